/* Lesson and laboratory: side by side where there is room, else one at a time.
 *
 * Property "wide" (gboolean, read-only): both fit.
 */
#pragma once

#include <gtk/gtk.h>

#define BATHY_TYPE_PANES (bathy_panes_get_type())
G_DECLARE_FINAL_TYPE(BathyPanes, bathy_panes, BATHY, PANES, GtkWidget)

GtkWidget *bathy_panes_new(GtkWidget *lesson, GtkWidget *laboratory);
gboolean bathy_panes_is_wide(BathyPanes *self);
/* Which one is shown where only one fits. */
void bathy_panes_show_laboratory(BathyPanes *self, gboolean laboratory);
gboolean bathy_panes_shows_laboratory(BathyPanes *self);
int bathy_panes_get_position(BathyPanes *self);
void bathy_panes_set_position(BathyPanes *self, int position);
