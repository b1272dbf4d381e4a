/* What a run has done so far, copied for whoever looks: curves, epochs, live changes. */
#pragma once

#include "core/session/run.h"

/* A live change as a curve shows it. */
typedef struct {
  guint32 step; /* it took effect before this step, from 0 */
  char *name, *value;
} HistoryChange;

/* Point i of a curve stands for steps i × block + 1 … (i + 1) × block: mean, and the range from low
 * to high. With block 1 all three are the same. */
typedef struct {
  const char *const *metrics; /* names, NULL-ended: "loss", "accuracy" */
  guint n, block;
  float *low[TASK_MAX_METRICS], *mean[TASK_MAX_METRICS], *high[TASK_MAX_METRICS];
  const EpochRecord *epochs;
  guint n_epochs;
  GPtrArray *changes;      /* HistoryChange, by step */
  guint room, epochs_room; /* what is allocated */
} History;

History *history_new(void);
void history_free(History *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(History, history_free)
/* Copies the run's state; allocates only when it has outgrown the room. */
void history_copy(History *self, const Run *run);
