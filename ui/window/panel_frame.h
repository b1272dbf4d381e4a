/* What is around a panel: its title, what one is looking at, its controls, its menu.
 *
 * Signals
 *   explain (const Target *target, gboolean drawing, Snapshot *look)  why this number?
 *   maximize ()  shown alone, or in the grid again
 *   put-away ()  hidden
 *   move (int by)  another place in the grid: -1 one back, 1 one on
 *   drop (const char *panel)  the panel of that name was dropped here: put it in this place
 *   export ()    to a file that is asked for
 *   copy (gboolean data)  its picture, or its data as text, to the clipboard
 */
#pragma once

#include "ui/window/panel_canvas.h"

#define BATHY_TYPE_PANEL_FRAME (bathy_panel_frame_get_type())
G_DECLARE_FINAL_TYPE(BathyPanelFrame, bathy_panel_frame, BATHY, PANEL_FRAME, GtkWidget)

/* Takes the panel over. `title` NULL: the panel's own. */
GtkWidget *bathy_panel_frame_new(Panel *panel, const char *title);
Panel *bathy_panel_frame_get_panel(BathyPanelFrame *self);
BathyPanelCanvas *bathy_panel_frame_get_canvas(BathyPanelFrame *self);
const char *bathy_panel_frame_get_title(BathyPanelFrame *self);
/* Its panel has another look than it shows; shows it. */
gboolean bathy_panel_frame_is_stale(BathyPanelFrame *self);
void bathy_panel_frame_refresh(BathyPanelFrame *self);
void bathy_panel_frame_set_maximized(BathyPanelFrame *self, gboolean maximized);
/* Sets a control, its widget too. FALSE when the panel has no such control. */
gboolean bathy_panel_frame_set_control(BathyPanelFrame *self, const char *id, double value);
/* Draws the eye to it for a moment. */
void bathy_panel_frame_flash(BathyPanelFrame *self);
