/* The window: days, lesson, laboratory, transport. */
#pragma once

#include "ui/window/lab.h"
#include "ui/window/laboratory.h"
#include "ui/window/state.h"

#include <adwaita.h>

#define BATHY_TYPE_WINDOW (bathy_window_get_type())
G_DECLARE_FINAL_TYPE(BathyWindow, bathy_window, BATHY, WINDOW, AdwApplicationWindow)

/* Opens the lesson it was last at, or the first there is. */
GtkWidget *bathy_window_new(GtkApplication *application, BathyState *state);
BathyLab *bathy_window_get_lab(BathyWindow *self);
BathyLaboratory *bathy_window_get_laboratory(BathyWindow *self);
/* Opens a lesson, or a run saved at a path (then `lesson` may be NULL). */
void bathy_window_open(BathyWindow *self, const char *lesson, const char *path);
/* A lesson is open, not just being opened. */
gboolean bathy_window_is_ready(BathyWindow *self);
/* Says something in passing. `folder` is offered to be shown; NULL: none. */
void bathy_window_tell(BathyWindow *self, const char *text, const char *folder);
