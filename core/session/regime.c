#include "core/session/regime.h"

#include "core/train/schedule.h"

#include <math.h>

#define MIN_DELTA 1e-4 /* Keras's for plateaus */

/* The loss that patience looks at: of validation where there is one. */
static Patience patience_of(const Run *run, guint patience, double min_delta) {
  const EpochRecord *first = &g_array_index(run->epochs, EpochRecord, 0);
  const gboolean validated = run->dataset->count[DATASET_VALIDATION] > 0;
  const double *losses = validated ? first->validation : first->train;

  return run->epochs->len > 0 ? patience_over(losses, sizeof(EpochRecord) / sizeof(double),
                                              run->epochs->len, patience, min_delta)
                              : (Patience){0};
}

static Schedule schedule_of(const Run *run, double rate) {
  const Settings *s = run->settings;
  Schedule self = {.kind = schedule_find(settings_choice(s, "schedule")),
                   .rate = rate,
                   .minimum = settings_get(s, "minimum_rate", 0),
                   .decay_rate = settings_get(s, "decay_rate", 0.1),
                   .warmup = (guint32)settings_get(s, "warmup_steps", 0),
                   .decay_steps = (guint32)settings_get(s, "decay_steps", 0),
                   .total = run_planned_steps(run)};

  if (self.kind == SCHEDULE_PLATEAU)
    self.reductions =
        patience_of(run, (guint)settings_get(s, "patience", 10), MIN_DELTA).reductions;
  return self;
}

static double rate_of(const Run *run, int model) {
  const double common = settings_get(run->settings, "learning_rate", 0.001);
  char name[128];

  if (run->models->n == 1)
    return common;
  g_snprintf(name, sizeof name, "%s_learning_rate", run->models->name[model]);
  return settings_get(run->settings, name, common);
}

void regime_settings(const Run *run, OptimizerSettings settings[MODEL_SET_MAX]) {
  const Settings *s = run->settings;
  const OptimizerSettings common = {.momentum = settings_get(s, "momentum", 0.9),
                                    .beta_1 = settings_get(s, "beta_1", 0.9),
                                    .beta_2 = settings_get(s, "beta_2", 0.999),
                                    .rho = settings_get(s, "rho", 0.9),
                                    .epsilon = settings_get(s, "epsilon", 1e-7),
                                    .weight_decay = settings_get(s, "weight_decay", 0),
                                    .l1 = settings_get(s, "l1", 0),
                                    .l2 = settings_get(s, "l2", 0),
                                    .clipvalue = settings_get(s, "clipvalue", 0),
                                    .global_clipnorm = settings_get(s, "global_clipnorm", 0)};

  for (int m = 0; m < run->models->n; m++) {
    const Schedule schedule = schedule_of(run, rate_of(run, m));
    settings[m] = common;
    settings[m].learning_rate = schedule_rate(&schedule, run->step);
  }
}

guint32 regime_early_stop(const Run *run) {
  const guint patience = (guint)settings_get(run->settings, "early_stopping", 0);

  if (patience == 0)
    return 0;
  const guint epoch = patience_of(run, patience, 0).stop;
  return epoch > 0 ? g_array_index(run->epochs, EpochRecord, epoch - 1).step : 0;
}
