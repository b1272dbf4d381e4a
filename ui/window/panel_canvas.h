/* A panel as a widget: its drawing, what the pointer and the keyboard find in it.
 *
 * The pointer outlines what is under it and says its value; a click on a number asks why. By
 * keyboard: arrows step from cell to cell, Enter asks, Escape leaves the cells; what the cursor is
 * on is the widget's accessible description.
 *
 * Signals
 *   explain (const Target *target, gboolean drawing, Snapshot *look)  why this number?
 *   focused ()  it has got the focus
 */
#pragma once

#include "ui/panels/panel.h"

#include <gtk/gtk.h>

#define BATHY_TYPE_PANEL_CANVAS (bathy_panel_canvas_get_type())
G_DECLARE_FINAL_TYPE(BathyPanelCanvas, bathy_panel_canvas, BATHY, PANEL_CANVAS, GtkWidget)

/* Takes the panel over; what it asks of its host goes on to the host it was made with. */
GtkWidget *bathy_panel_canvas_new(Panel *panel);
Panel *bathy_panel_canvas_get_panel(BathyPanelCanvas *self);
/* What drawing it took last, in µs; 0: not drawn yet. */
gint64 bathy_panel_canvas_get_cost(BathyPanelCanvas *self);
/* Outlines a number if the panel shows it; returns whether it does. NULL: none any more. */
gboolean bathy_panel_canvas_mark(BathyPanelCanvas *self, const Target *target);
/* Its description for those who do not see it, made anew. */
void bathy_panel_canvas_describe(BathyPanelCanvas *self);

/* What the pointer and the keyboard do; for tests too. A drag by little is a click. */
void bathy_panel_canvas_drag(BathyPanelCanvas *self, double x, double y, double dx, double dy);
gboolean bathy_panel_canvas_press(BathyPanelCanvas *self, guint keyval, gboolean control);
