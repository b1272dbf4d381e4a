/* The laboratory: hyperparameters, the panels, and "why this number?" beside them.
 *
 * Signals
 *   export (BathyPanelFrame *frame), copy (BathyPanelFrame *frame, gboolean data)
 *   data-set (const char *name)  as BathyHyperparameters
 */
#pragma once

#include "ui/window/panel_grid.h"
#include "ui/window/state.h"

#define BATHY_TYPE_LABORATORY (bathy_laboratory_get_type())
G_DECLARE_FINAL_TYPE(BathyLaboratory, bathy_laboratory, BATHY, LABORATORY, GtkWidget)

GtkWidget *bathy_laboratory_new(BathyLab *lab, BathyState *state);
BathyPanelGrid *bathy_laboratory_get_grid(BathyLaboratory *self);
/* Shows a panel wherever it is, and draws the eye to it. FALSE when the lesson has none such. */
gboolean bathy_laboratory_bring(BathyLaboratory *self, const char *panel);
void bathy_laboratory_explain(BathyLaboratory *self, Snapshot *look, const Target *target,
                              gboolean drawing);
gboolean bathy_laboratory_is_explaining(BathyLaboratory *self);
void bathy_laboratory_show_hyperparameters(BathyLaboratory *self, gboolean shown);
gboolean bathy_laboratory_shows_hyperparameters(BathyLaboratory *self);
