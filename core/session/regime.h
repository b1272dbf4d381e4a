/* How a run learns at each step, from its settings and its record so far: the optimizer's settings,
 * schedule and early stopping. Pure functions of the run: nothing here has to be saved.
 *
 * Settings: optimizer's (momentum, beta_1, beta_2, rho, epsilon, weight_decay, l1, l2, clipvalue,
 * global_clipnorm); learning_rate, or MODEL_learning_rate for one of several models; schedule,
 * warmup_steps, decay_steps, decay_rate, minimum_rate, patience; early_stopping (epochs of
 * patience, 0: never).
 */
#pragma once

#include "core/session/run.h"

/* For the next step, for each of the models. */
void regime_settings(const Run *run, OptimizerSettings settings[MODEL_SET_MAX]);
/* The step at whose epoch patience ran out; 0: it has not. */
guint32 regime_early_stop(const Run *run);
