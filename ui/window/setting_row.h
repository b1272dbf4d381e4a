/* One hyperparameter: its name, a control for its value, and whether the run has it yet. */
#pragma once

#include "ui/window/lab.h"

#include <gtk/gtk.h>

#define BATHY_TYPE_SETTING_ROW (bathy_setting_row_get_type())
G_DECLARE_FINAL_TYPE(BathySettingRow, bathy_setting_row, BATHY, SETTING_ROW, GtkWidget)

/* The definition is borrowed from the open lesson. */
GtkWidget *bathy_setting_row_new(BathyLab *lab, const Setting *setting);
/* Shows the wanted value, and the run's where that is another one. */
void bathy_setting_row_refresh(BathySettingRow *self);
