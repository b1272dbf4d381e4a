/* The days there are, with how far one has come in each.
 *
 * Signal: chosen (const char *lesson).
 */
#pragma once

#include "core/lesson/lesson.h"

#include <gtk/gtk.h>

#define BATHY_TYPE_DAY_LIST (bathy_day_list_get_type())
G_DECLARE_FINAL_TYPE(BathyDayList, bathy_day_list, BATHY, DAY_LIST, GtkWidget)

/* `lessons`: of Lesson; a reference is taken. */
GtkWidget *bathy_day_list_new(GPtrArray *lessons);
/* Without a signal. */
void bathy_day_list_select(BathyDayList *self, const char *lesson);
/* 0 … 1 of a lesson's steps have been seen and its goals reached. */
void bathy_day_list_set_progress(BathyDayList *self, const char *lesson, double progress);
