/* What one can change about the training: presets, data, seed and every hyperparameter, each with a
 * word on when it takes effect; and the button that starts over with what waits.
 *
 * Signal
 *   data-set (const char *name)  another data set is wanted: the lesson is to be opened with it
 */
#pragma once

#include "ui/window/lab.h"

#include <gtk/gtk.h>

#define BATHY_TYPE_HYPERPARAMETERS (bathy_hyperparameters_get_type())
G_DECLARE_FINAL_TYPE(BathyHyperparameters, bathy_hyperparameters, BATHY, HYPERPARAMETERS, GtkWidget)

GtkWidget *bathy_hyperparameters_new(BathyLab *lab);
