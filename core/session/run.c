#include "core/session/run.h"

#include "core/session/buckets.h"

#include "core/session/journal.h"
#include "core/session/regime.h"
#include "core/train/average.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define SERIES_BUDGET 16384 /* points of each metric: a learner's run is kept step by step */
#define MANY_EPOCHS 128     /* room made for so many at once */
#define CHECK_STEPS 16      /* steps from one look at all parameters to the next */
#define EXPLODING 1e6       /* a loss of so many times the first will not come down again */
#define LEAST_LOSS 1e-3     /* what counts as the first loss at least */
#define LARGE 1e4           /* a number that does not stand in a healthy network */

static void journal_entry_clear(gpointer data) {
  JournalEntry *entry = data;

  g_free(entry->name);
  g_free(entry->value);
}

static void clear_metrics(double *metrics) {
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    metrics[i] = NAN;
}

static guint32 count(const Run *self, DatasetPart part) { return self->dataset->count[part]; }

guint32 run_batch_size(const Run *self) {
  return MIN((guint32)settings_get(self->settings, "batch_size", 32), count(self, DATASET_TRAIN));
}

/* What the run will hold, roughly: each parameter with its gradient and the optimizer's state, and
 * for each row what the layers make, before and after their activations, with its gradient. */
static double memory_needed(const Run *self) {
  const double training = run_batch_size(self), evaluation = 256;
  double row = 0;

  for (int m = 0; m < self->models->n; m++)
    for (guint i = 0; i < self->models->model[m]->layers->len; i++)
      row += (double)shape_size(&((const Layer *)self->models->model[m]->layers->pdata[i])->output);
  return sizeof(real) * ((double)self->models->parameters->size * (2 + OPTIMIZER_MAX_SLOTS) +
                         row * (3 * training + 2 * evaluation));
}

static gboolean check_memory(const Run *self, GError **error) {
  const double there = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
  const double needed = memory_needed(self);

  if (there <= 0 || needed <= there)
    return TRUE;
  g_autofree char *large = g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)ceil(needed / 1e9));
  g_autofree char *small = g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)(there / 1e9));
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "training this model takes about %s GB of memory, more than the %s GB of this "
              "computer; make its layers or the batch smaller",
              large, small);
  return FALSE;
}

static gboolean build_task(Run *self, const TaskClass *klass, GError **error) {
  if (settings_get(self->settings, "ema_momentum", 0) > 0) {
    self->average = parameters_new_like(self->parameters, FALSE);
    memcpy(self->average->value, self->parameters->value, self->parameters->size * sizeof(real));
  }
  const TaskSetup setup = {.models = self->models,
                           .dataset = self->dataset,
                           .parameters = self->parameters,
                           .average = self->average,
                           .settings = self->settings,
                           .seed = self->seed};
  self->task = task_new(klass, &setup, (int)run_batch_size(self), error);
  return self->task != NULL;
}

ParameterSet *run_result(const Run *self) {
  return self->average != NULL ? self->average : self->parameters;
}

static gboolean build(Run *self, GError **error) {
  const TaskClass *task = task_find(self->lesson->task);
  const char *name = settings_choice(self->settings, "optimizer");
  const OptimizerClass *optimizer = optimizer_find(name != NULL ? name : "adam");

  if (task == NULL || optimizer == NULL) {
    g_set_error(error, LESSON_ERROR, LESSON_ERROR_INVALID, "%s: there is no %s ‘%s’",
                self->lesson->id, task == NULL ? "task" : "optimizer",
                task == NULL ? self->lesson->task : name);
    return FALSE;
  }
  self->models = lesson_models(self->lesson, error);
  if (self->models == NULL)
    return FALSE;
  self->model = self->models->model[0];
  if (!check_memory(self, error))
    return FALSE;
  self->parameters = parameters_new_like(self->models->parameters, TRUE);
  parameters_initialize(self->parameters, self->seed);
  if (!build_task(self, task, error))
    return FALSE;
  self->optimizer = optimizer_new(optimizer, self->parameters);
  return TRUE;
}

Run *run_new(const Lesson *lesson, Dataset *dataset, const Settings *settings, guint64 seed,
             GError **error) {
  g_autoptr(Run) self = g_new0(Run, 1);

  g_return_val_if_fail(dataset->count[DATASET_TRAIN] > 0, NULL);
  self->lesson = lesson;
  self->dataset = dataset;
  self->settings = settings_copy(settings);
  self->seed = seed;
  self->epochs = g_array_sized_new(FALSE, TRUE, sizeof(EpochRecord), MANY_EPOCHS);
  self->journal = g_array_new(FALSE, FALSE, sizeof(JournalEntry));
  g_array_set_clear_func(self->journal, journal_entry_clear);
  self->order = g_new(guint32, count(self, DATASET_TRAIN));
  self->spare = g_new(guint32, count(self, DATASET_TRAIN));
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    self->series[i] = series_new(SERIES_BUDGET);
  clear_metrics(self->last);
  clear_metrics(self->validation);
  clear_metrics(self->test);
  self->first_loss = NAN;
  return build(self, error) ? g_steal_pointer(&self) : NULL;
}

void run_free(Run *self) {
  if (self == NULL)
    return;
  task_free(self->task);
  optimizer_free(self->optimizer);
  parameters_free(self->parameters);
  parameters_free(self->average);
  judgement_unref(self->judgement);
  model_set_free(self->models);
  settings_free(self->settings);
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    series_free(self->series[i]);
  g_array_unref(self->epochs);
  g_array_unref(self->journal);
  g_free(self->order);
  g_free(self->spare);
  g_free(self->journal_path);
  g_free(self->problem);
  g_free(self);
}

guint32 run_steps_per_epoch(const Run *self) {
  return (count(self, DATASET_TRAIN) + run_batch_size(self) - 1) / run_batch_size(self);
}

guint32 run_epoch(const Run *self) { return self->step / run_steps_per_epoch(self) + 1; }

guint32 run_planned_steps(const Run *self) {
  const double epochs = settings_get(self->settings, "epochs", 1);
  const guint64 end = (guint64)epochs * run_steps_per_epoch(self);

  return self->stop_step > 0 ? self->stop_step : (guint32)MIN(end, G_MAXUINT32);
}

guint32 run_end_step(const Run *self) {
  const guint32 planned = run_planned_steps(self), early = regime_early_stop(self);

  return early > 0 ? MIN(early, planned) : planned;
}

static guint32 first_sample(const Run *self) {
  return self->step % run_steps_per_epoch(self) * run_batch_size(self);
}

int run_batch_rows(const Run *self) {
  return (int)MIN(run_batch_size(self), count(self, DATASET_TRAIN) - first_sample(self));
}

static void shuffle(Run *self) {
  const Rng rng = rng_new(self->seed, RNG_SHUFFLE, run_epoch(self));

  if (self->order_epoch == run_epoch(self))
    return;
  rng_permutation(&rng, self->order, count(self, DATASET_TRAIN));
  buckets_arrange(self->dataset, self->order, count(self, DATASET_TRAIN), run_batch_size(self),
                  &rng, self->spare);
  self->order_epoch = run_epoch(self);
}

static void apply_journal(Run *self) {
  for (; self->applied < self->journal->len; self->applied++) {
    const JournalEntry *entry = &g_array_index(self->journal, JournalEntry, self->applied);
    if (entry->step > self->step)
      return;
    settings_parse(self->settings, entry->name, entry->value, NULL);
  }
}

static void enter(Run *self, RunPhase phase) {
  self->phase = phase;
  self->position = 0;
  self->evaluation_sums = (MetricSums){0};
}

/* "conv1.preactivation (made by conv2d)": where an explosion began. */
static char *describe(const Tensor *tensor) {
  if (tensor == NULL)
    return g_strdup("the loss");
  if (tensor->parameter)
    return g_strdup_printf("%s (a parameter)", tensor->name);
  if (tensor->maker == NULL)
    return g_strdup_printf("%s (the data themselves)", tensor->name);
  return g_strdup_printf("%s (made by %s)", tensor->name, tensor->maker->op->name);
}

static const char *advice(const Run *self, const Tensor *tensor) {
  if (tensor != NULL && tensor->maker == NULL && !tensor->parameter)
    return "look for numbers that are missing or far too large";
  if (settings_find(self->settings, "global_clipnorm") != NULL)
    return "try a smaller learning rate, or clip the gradients (global_clipnorm)";
  return "try a smaller learning rate";
}

static void fail(Run *self, const char *what, int rows, double limit) {
  const Tensor *tensor = task_find_beyond(self->task, rows, limit);
  g_autofree char *where = describe(tensor);

  self->problem = g_strdup_printf("training stopped at step %u: %s, first in %s; %s", self->step,
                                  what, where, advice(self, tensor));
  self->phase = RUN_FAILED;
}

/* Infinities and NaN have the largest exponent. */
static gboolean parameters_finite(const ParameterSet *self) {
  guint32 largest = 0;

  for (gsize i = 0; i < self->size; i++) {
    guint32 bits;
    memcpy(&bits, &self->value[i], sizeof bits);
    largest = MAX(largest, bits & 0x7fffffff);
  }
  return largest < 0x7f800000;
}

/* A parameter that is not finite need not show in the loss: ReLU and maximum pass over it. */
static gboolean time_to_check(const Run *self) {
  return self->step % CHECK_STEPS == 0 || self->phase != RUN_TRAINING;
}

static void add_sums(MetricSums *total, const MetricSums *sums) {
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    total->sum[i] += sums->sum[i];
  total->rows += sums->rows;
  total->penalty += sums->penalty;
}

static void record_step(Run *self, const MetricSums *sums) {
  task_metrics(self->task->klass, sums, self->last);
  add_sums(&self->epoch_sums, sums);
  for (int i = 0; self->task->klass->metrics[i] != NULL; i++)
    series_add(self->series[i], (float)self->last[i]);
  if (isnan(self->first_loss))
    self->first_loss = self->last[0];
}

static gboolean explodes(const Run *self) {
  return self->last[0] > EXPLODING * fmax(fabs(self->first_loss), LEAST_LOSS);
}

static gboolean learn(Run *self, int rows, MetricSums *sums) {
  OptimizerSettings settings[MODEL_SET_MAX];

  regime_settings(self, settings);
  const double penalty = optimizer_penalty(self->optimizer, &settings[0]);
  const TaskStep step = {.indices = self->order + first_sample(self),
                         .rows = rows,
                         .step = self->step,
                         .optimizer = self->optimizer,
                         .settings = settings};
  if (!task_train(self->task, &step, sums))
    return FALSE;
  sums->penalty = penalty * (double)sums->rows;
  self->learning_rate = settings[0].learning_rate;
  self->step++;
  if (self->average != NULL)
    average_update(self->average, self->parameters, settings_get(self->settings, "ema_momentum", 0),
                   self->step);
  return TRUE;
}

static void train_step(Run *self) {
  const int rows = run_batch_rows(self);
  MetricSums sums = {0};

  shuffle(self);
  if (!learn(self, rows, &sums)) {
    fail(self, "the loss is no longer a number", rows, INFINITY);
    return;
  }
  record_step(self, &sums);
  if (self->step % run_steps_per_epoch(self) == 0 || self->step >= run_end_step(self))
    enter(self, RUN_VALIDATING);
  if (time_to_check(self) && !parameters_finite(self->parameters))
    fail(self, "a parameter is no longer a number", rows, INFINITY);
  else if (explodes(self))
    fail(self, "the loss explodes: it is a million times what it was at first", rows, LARGE);
}

/* With the rate of the last step, not the one that is set now: the record does not depend on when
 * between two steps a change came. */
static void record_epoch(Run *self) {
  EpochRecord record = {.epoch = self->step / run_steps_per_epoch(self),
                        .step = self->step,
                        .learning_rate = self->learning_rate};

  task_metrics(self->task->klass, &self->epoch_sums, record.train);
  memcpy(record.validation, self->validation, sizeof record.validation);
  g_array_append_val(self->epochs, record);
  self->epoch_sums = (MetricSums){0};
}

static void finish_evaluation(Run *self) {
  double *result = self->phase == RUN_TESTING ? self->test : self->validation;

  OptimizerSettings settings[MODEL_SET_MAX];
  regime_settings(self, settings);
  self->evaluation_sums.penalty =
      optimizer_penalty(self->optimizer, &settings[0]) * (double)self->evaluation_sums.rows;
  task_metrics(self->task->klass, &self->evaluation_sums, result);
  if (self->phase == RUN_TESTING) {
    enter(self, RUN_FINISHED);
    return;
  }
  if (self->step % run_steps_per_epoch(self) == 0 && self->epoch_sums.rows > 0)
    record_epoch(self);
  enter(self, self->step >= run_end_step(self) ? RUN_TESTING : RUN_TRAINING);
}

static void evaluate_batch(Run *self) {
  const DatasetPart part = self->phase == RUN_TESTING ? DATASET_TEST : DATASET_VALIDATION;
  const guint32 left = count(self, part) - self->position;
  const int rows = (int)MIN((guint32)task_evaluation_rows(self->task), left);

  if (rows > 0)
    task_evaluate(self->task, part, self->position, rows, &self->evaluation_sums, NULL);
  self->position += (guint32)rows;
  if (self->position >= count(self, part))
    finish_evaluation(self);
}

void run_judge(Run *self, gboolean (*stop)(gpointer data), gpointer data) {
  const guint32 n = count(self, DATASET_VALIDATION),
                batch = (guint32)task_evaluation_rows(self->task);
  MetricSums unused = {0};

  if (self->task->klass->judge == NULL || n == 0)
    return;
  g_autoptr(Judgement) judgement = judgement_new(DATASET_VALIDATION, n, self->dataset->n_classes);
  judgement->step = self->step;
  for (guint32 from = 0; from < n; from += batch) {
    if (stop(data))
      return;
    task_evaluate(self->task, DATASET_VALIDATION, from, (int)MIN(batch, n - from), &unused,
                  judgement);
  }
  judgement_unref(self->judgement);
  self->judgement = g_steal_pointer(&judgement);
}

/* Where the run ends can change on the way, and after it. */
static void follow_end(Run *self) {
  const gboolean more = self->step < run_end_step(self);

  if (more && (self->phase == RUN_TESTING || self->phase == RUN_FINISHED))
    enter(self, RUN_TRAINING);
  if (!more && self->phase == RUN_TRAINING)
    enter(self, RUN_VALIDATING);
}

gboolean run_advance(Run *self) {
  apply_journal(self);
  follow_end(self);
  if (self->phase == RUN_FINISHED || self->phase == RUN_FAILED)
    return FALSE;
  if (self->phase == RUN_TRAINING)
    train_step(self);
  else
    evaluate_batch(self);
  return self->phase != RUN_FINISHED && self->phase != RUN_FAILED;
}

/* --- live changes --- */

/* Never live, whatever a lesson says: graphs and optimizer are built for these. */
static gboolean is_live(const Setting *setting) {
  return setting->live && !g_str_equal(setting->name, "batch_size") &&
         !g_str_equal(setting->name, "optimizer");
}

static gboolean check_change(const Run *self, const char *name, const char *value, GError **error) {
  const Setting *setting = settings_find(self->settings, name);
  g_autoptr(Settings) changed = settings_copy(self->settings);

  if (setting != NULL && !is_live(setting)) {
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE,
                "%s takes effect when a run is started, not while it goes on", name);
    return FALSE;
  }
  return settings_parse(changed, name, value, error);
}

static void add_entry(Run *self, guint32 step, const char *name, const char *value) {
  const JournalEntry entry = {step, g_strdup(name), g_strdup(value)};

  g_array_append_val(self->journal, entry);
}

gboolean run_plan(Run *self, guint32 step, const char *name, const char *value, GError **error) {
  const guint n = self->journal->len;
  const guint32 last = n > 0 ? g_array_index(self->journal, JournalEntry, n - 1).step : 0;

  if (!check_change(self, name, value, error))
    return FALSE;
  if (step < MAX(self->step, last)) {
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE,
                "a change at step %u stands after step %u, too late", step, MAX(self->step, last));
    return FALSE;
  }
  add_entry(self, step, name, value);
  return TRUE;
}

gboolean run_set(Run *self, const char *name, const char *value, GError **error) {
  const JournalEntry entry = {self->step, (char *)name, (char *)value};

  if (!check_change(self, name, value, error) ||
      (self->journal_path != NULL && !journal_append(self->journal_path, &entry, error)))
    return FALSE;
  apply_journal(self);
  g_array_set_size(self->journal, self->applied);
  add_entry(self, self->step, name, value);
  apply_journal(self);
  return TRUE;
}
