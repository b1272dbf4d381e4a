/* A training run: everything that decides its numbers, moved on one unit of work at a time.
 *
 * A run is a pure function of lesson, data, settings, seed and the journal of live changes: whoever
 * drives it, with however many threads, saved and resumed wherever, gets the same bits. It knows no
 * threads and no clock; session.h drives it.
 */
#pragma once

#include "core/lesson/lesson.h"
#include "core/tasks/task.h"
#include "core/train/optimizer.h"
#include "core/train/series.h"

/* A live change: before step `step` (counted from 0), `name` became `value`. */
typedef struct {
  guint32 step;
  char *name, *value;
} JournalEntry;

/* One finished epoch. Training metrics are means over its batches as they went by, as in Keras. */
typedef struct {
  guint32 epoch; /* from 1 */
  guint32 step;  /* steps done at its end */
  double learning_rate;
  double train[TASK_MAX_METRICS], validation[TASK_MAX_METRICS];
} EpochRecord;

typedef enum {
  RUN_TRAINING,
  RUN_VALIDATING, /* after an epoch, or at the end */
  RUN_TESTING,    /* once, at the end */
  RUN_FINISHED,
  RUN_FAILED, /* a number is not finite, or the loss explodes: `problem` says where it began */
} RunPhase;

typedef struct {
  const Lesson *lesson; /* borrowed */
  Dataset *dataset;     /* borrowed */
  Settings *settings;
  guint64 seed;
  ModelSet *models;
  Model *model; /* the first of them */
  ParameterSet *parameters;
  ParameterSet *average; /* of the parameters over the steps, with the setting "ema_momentum": what
                          * is evaluated and exported; else NULL */
  Optimizer *optimizer;
  Task *task;

  RunPhase phase;
  guint32 step;        /* training steps done */
  guint32 stop_step;   /* finish here even within an epoch; 0: by the setting "epochs" */
  guint32 position;    /* samples evaluated so far */
  guint32 *order;      /* of the training samples in this epoch */
  guint32 *spare;      /* room for another */
  guint32 order_epoch; /* the epoch `order` is for, from 1; 0: none */
  MetricSums epoch_sums, evaluation_sums;
  Series *series[TASK_MAX_METRICS];
  GArray *epochs;                      /* EpochRecord */
  double last[TASK_MAX_METRICS];       /* of the last batch */
  double validation[TASK_MAX_METRICS]; /* newest; NaN before the first */
  double test[TASK_MAX_METRICS];       /* NaN before the end */
  Judgement *judgement;                /* run_judge; NULL before the first */
  double learning_rate;                /* of the last step, of the first model */
  double first_loss;                   /* of the first step; NaN before */
  GArray *journal;                     /* JournalEntry, by step, each checked */
  guint applied;                       /* entries that have taken effect */
  char *journal_path; /* where changes are written first (journal.h); NULL: nowhere */
  char *problem;
} Run;

/* A fresh run: parameters initialised from the seed. `settings` is copied. Errors: the lesson's
 * model does not fit the data or the memory, an unknown task or optimizer. */
Run *run_new(const Lesson *lesson, Dataset *dataset, const Settings *settings, guint64 seed,
             GError **error);
void run_free(Run *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Run, run_free)

/* Does one unit: a training step, or a batch of evaluation. FALSE when there is nothing left to do
 * (finished or failed). */
gboolean run_advance(Run *self);

/* Judges all validation samples now, beside the run, whose numbers do not change by it; stops early
 * when `stop` (not NULL) says so, and then there is no new judgement. Nothing where the task makes
 * none. */
void run_judge(Run *self, gboolean (*stop)(gpointer data), gpointer data);

guint32 run_steps_per_epoch(const Run *self);
/* The epoch of the step to come, from 1. */
guint32 run_epoch(const Run *self);
/* Where the run ends: by stop_step, the setting "epochs", or because it stops early. */
guint32 run_end_step(const Run *self);
/* The same, as it was planned: without stopping early. */
guint32 run_planned_steps(const Run *self);
/* The parameters that are evaluated and exported. */
ParameterSet *run_result(const Run *self);
/* Samples of a full training step, and of the next one. */
guint32 run_batch_size(const Run *self);
int run_batch_rows(const Run *self);

/* A live change at this step, checked and written to the journal; journal entries of the future are
 * dropped (the run branches). Errors: unknown, out of range, or only taken on reset. */
gboolean run_set(Run *self, const char *name, const char *value, GError **error);
/* Adds an entry to be applied when its step comes; in order of steps. Errors: as run_set, or a step
 * that lies in the past. */
gboolean run_plan(Run *self, guint32 step, const char *name, const char *value, GError **error);

/* Saves everything into one safetensors file, replaced at once. */
gboolean run_save(const Run *self, const char *path, GError **error);
