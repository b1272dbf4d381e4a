/* The controls of a panel as a row of widgets that wraps. */
#pragma once

#include "ui/panels/panel.h"

#include <gtk/gtk.h>

#define BATHY_TYPE_PANEL_CONTROLS (bathy_panel_controls_get_type())
G_DECLARE_FINAL_TYPE(BathyPanelControls, bathy_panel_controls, BATHY, PANEL_CONTROLS, GtkWidget)

/* The panel is borrowed. */
GtkWidget *bathy_panel_controls_new(Panel *panel);
/* Shows the values, choices and sensitivities that the panel has now. */
void bathy_panel_controls_refresh(BathyPanelControls *self);
