/* The panels of a lesson in a grid of equal cells, as many columns as fit; or one of them alone.
 *
 * Signals
 *   explain (const Target *target, gboolean drawing, Snapshot *look)
 *   export (BathyPanelFrame *frame)
 *   copy (BathyPanelFrame *frame, gboolean data)
 *   arranged ()  panels were moved, hidden or shown
 */
#pragma once

#include "ui/window/lab.h"
#include "ui/window/panel_frame.h"

#define BATHY_TYPE_PANEL_GRID (bathy_panel_grid_get_type())
G_DECLARE_FINAL_TYPE(BathyPanelGrid, bathy_panel_grid, BATHY, PANEL_GRID, GtkWidget)

GtkWidget *bathy_panel_grid_new(void);
/* Makes the panels of the open lesson, in the order of `order` (names, NULL-ended; others follow in
 * the lesson's order) without those in `hidden`. Both may be NULL. */
void bathy_panel_grid_fill(BathyPanelGrid *self, BathyLab *lab, const char *const *order,
                           const char *const *hidden);
/* Lets go of all panels, before the lesson is closed. */
void bathy_panel_grid_clear(BathyPanelGrid *self);
/* Gives a newer look to all panels; they show it when it is their turn. */
void bathy_panel_grid_look(BathyPanelGrid *self, Snapshot *look);
/* Draws panels that have not shown their look yet, in turns: one, and others while all of them took
 * at most `budget` µs when they were drawn last. `top` and `height`: the part of the grid that is
 * in sight. */
void bathy_panel_grid_refresh(BathyPanelGrid *self, double top, double height, gint64 budget);

/* In their present order; hidden ones too. The caller unrefs the array. */
GPtrArray *bathy_panel_grid_frames(BathyPanelGrid *self);
BathyPanelFrame *bathy_panel_grid_find(BathyPanelGrid *self, const char *panel);
gboolean bathy_panel_grid_is_hidden(BathyPanelGrid *self, BathyPanelFrame *frame);
void bathy_panel_grid_set_hidden(BathyPanelGrid *self, BathyPanelFrame *frame, gboolean hidden);
/* NULL: all in the grid. */
void bathy_panel_grid_maximize(BathyPanelGrid *self, BathyPanelFrame *frame);
BathyPanelFrame *bathy_panel_grid_get_maximized(BathyPanelGrid *self);
/* Outlines a number in every panel that shows it; returns the first such frame. NULL target: no
 * more. */
BathyPanelFrame *bathy_panel_grid_mark(BathyPanelGrid *self, const Target *target);
