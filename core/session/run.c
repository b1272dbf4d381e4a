#include "core/session/run.h"

#include "core/session/journal.h"

#include <math.h>
#include <string.h>

#define SERIES_BUDGET 16384 /* points of each metric: a learner's run is kept step by step */

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

static guint32 batch_size(const Run *self) {
  return MIN((guint32)settings_get(self->settings, "batch_size", 32),
             count(self, DATASET_TRAIN));
}

static gboolean build(Run *self, GError **error) {
  const LessonModel *model = g_ptr_array_index(self->lesson->models, 0);
  const TaskClass *task = task_find(self->lesson->task);
  const char *name = settings_choice(self->settings, "optimizer");
  const OptimizerClass *optimizer = optimizer_find(name != NULL ? name : "adam");

  if (task == NULL || optimizer == NULL) {
    g_set_error(error, LESSON_ERROR, LESSON_ERROR_INVALID, "%s: there is no %s ‘%s’",
                self->lesson->id, task == NULL ? "task" : "optimizer",
                task == NULL ? self->lesson->task : name);
    return FALSE;
  }
  self->model = model_new(model->spec, error);
  if (self->model == NULL) {
    g_prefix_error(error, "%s, model %s: ", self->lesson->id, model->name);
    return FALSE;
  }
  self->parameters = parameters_new_like(self->model->parameters, TRUE);
  parameters_initialize(self->parameters, self->seed);
  self->task = task_new(task, self->model, self->dataset, self->parameters, (int)batch_size(self),
                        self->seed, error);
  if (self->task == NULL)
    return FALSE;
  self->optimizer = optimizer_new(optimizer, self->parameters);
  return TRUE;
}

Run *run_new(const Lesson *lesson, Dataset *dataset, const Settings *settings, guint64 seed,
             GError **error) {
  g_autoptr(Run) self = g_new0(Run, 1);

  self->lesson = lesson;
  self->dataset = dataset;
  self->settings = settings_copy(settings);
  self->seed = seed;
  self->epochs = g_array_new(FALSE, TRUE, sizeof(EpochRecord));
  self->journal = g_array_new(FALSE, FALSE, sizeof(JournalEntry));
  g_array_set_clear_func(self->journal, journal_entry_clear);
  self->order = g_new(guint32, count(self, DATASET_TRAIN));
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    self->series[i] = series_new(SERIES_BUDGET);
  clear_metrics(self->last);
  clear_metrics(self->validation);
  clear_metrics(self->test);
  return build(self, error) ? g_steal_pointer(&self) : NULL;
}

void run_free(Run *self) {
  if (self == NULL)
    return;
  task_free(self->task);
  optimizer_free(self->optimizer);
  parameters_free(self->parameters);
  model_free(self->model);
  settings_free(self->settings);
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    series_free(self->series[i]);
  g_array_unref(self->epochs);
  g_array_unref(self->journal);
  g_free(self->order);
  g_free(self->journal_path);
  g_free(self->problem);
  g_free(self);
}

guint32 run_steps_per_epoch(const Run *self) {
  return (count(self, DATASET_TRAIN) + batch_size(self) - 1) / batch_size(self);
}

guint32 run_epoch(const Run *self) { return self->step / run_steps_per_epoch(self) + 1; }

guint32 run_end_step(const Run *self) {
  const double epochs = settings_get(self->settings, "epochs", 1);
  const guint64 end = (guint64)epochs * run_steps_per_epoch(self);

  return self->stop_step > 0 ? self->stop_step : (guint32)MIN(end, G_MAXUINT32);
}

static guint32 first_sample(const Run *self) {
  return self->step % run_steps_per_epoch(self) * batch_size(self);
}

int run_batch_rows(const Run *self) {
  return (int)MIN(batch_size(self), count(self, DATASET_TRAIN) - first_sample(self));
}

static void shuffle(Run *self) {
  const Rng rng = rng_new(self->seed, RNG_SHUFFLE, run_epoch(self));

  if (self->order_epoch == run_epoch(self))
    return;
  rng_permutation(&rng, self->order, count(self, DATASET_TRAIN));
  self->order_epoch = run_epoch(self);
}

static OptimizerSettings optimizer_settings(const Run *self) {
  const Settings *s = self->settings;

  return (OptimizerSettings){.learning_rate = settings_get(s, "learning_rate", 0.001),
                             .momentum = settings_get(s, "momentum", 0.9),
                             .beta_1 = settings_get(s, "beta_1", 0.9),
                             .beta_2 = settings_get(s, "beta_2", 0.999),
                             .epsilon = settings_get(s, "epsilon", 1e-7)};
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

/* The first tensor of the training graph, in order of computation, with a number that is not finite:
 * where an explosion began. */
static void fail(Run *self, int rows) {
  g_autofree char *where = graph_find_not_finite(self->task->training.graph, rows);

  self->problem = g_strdup_printf(
      "training stopped at step %u: the loss is no longer a number%s%s; try a smaller learning rate",
      self->step, where != NULL ? ", first in " : "", where != NULL ? where : "");
  self->phase = RUN_FAILED;
}

static void train_step(Run *self) {
  const int rows = run_batch_rows(self);
  MetricSums sums = {0};

  apply_journal(self);
  shuffle(self);
  task_step(self->task, self->order + first_sample(self), rows, self->step, &sums);
  if (!isfinite(sums.sum[0])) {
    fail(self, rows);
    return;
  }
  const OptimizerSettings settings = optimizer_settings(self);
  optimizer_step(self->optimizer, &settings, ++self->step);
  for (int i = 0; self->task->klass->metrics[i] != NULL; i++) {
    self->last[i] = sums.sum[i] / (double)sums.rows;
    self->epoch_sums.sum[i] += sums.sum[i];
    series_add(self->series[i], (float)self->last[i]);
  }
  self->epoch_sums.rows += sums.rows;
  if (self->step % run_steps_per_epoch(self) == 0 || self->step >= run_end_step(self))
    enter(self, RUN_VALIDATING);
}

static void record_epoch(Run *self) {
  EpochRecord record = {.epoch = self->step / run_steps_per_epoch(self), .step = self->step,
                        .learning_rate = settings_get(self->settings, "learning_rate", 0.001)};

  for (int i = 0; i < TASK_MAX_METRICS; i++) {
    record.train[i] = self->epoch_sums.sum[i] / (double)self->epoch_sums.rows;
    record.validation[i] = self->validation[i];
  }
  g_array_append_val(self->epochs, record);
  self->epoch_sums = (MetricSums){0};
}

static void finish_evaluation(Run *self) {
  double *result = self->phase == RUN_TESTING ? self->test : self->validation;

  for (int i = 0; self->task->klass->metrics[i] != NULL; i++)
    result[i] = self->evaluation_sums.sum[i] / (double)self->evaluation_sums.rows;
  if (self->phase == RUN_TESTING) {
    enter(self, RUN_FINISHED);
    return;
  }
  if (self->step % run_steps_per_epoch(self) == 0)
    record_epoch(self);
  enter(self, self->step >= run_end_step(self) ? RUN_TESTING : RUN_TRAINING);
}

static void evaluate_batch(Run *self) {
  const DatasetPart part = self->phase == RUN_TESTING ? DATASET_TEST : DATASET_VALIDATION;
  const guint32 left = count(self, part) - self->position;
  const int rows = (int)MIN((guint32)task_evaluation_rows(self->task), left);

  if (rows > 0)
    task_evaluate(self->task, part, self->position, rows, &self->evaluation_sums);
  self->position += (guint32)rows;
  if (self->position >= count(self, part))
    finish_evaluation(self);
}

gboolean run_advance(Run *self) {
  /* More epochs were asked for after the end. */
  if (self->phase == RUN_FINISHED && self->step < run_end_step(self))
    enter(self, RUN_TRAINING);
  if (self->phase == RUN_TRAINING && self->step >= run_end_step(self))
    enter(self, RUN_VALIDATING);
  if (self->phase == RUN_FINISHED || self->phase == RUN_FAILED)
    return FALSE;
  if (self->phase == RUN_TRAINING)
    train_step(self);
  else
    evaluate_batch(self);
  return self->phase != RUN_FINISHED && self->phase != RUN_FAILED;
}

void run_plan(Run *self, guint32 step, const char *name, const char *value) {
  const JournalEntry entry = {step, g_strdup(name), g_strdup(value)};

  g_array_append_val(self->journal, entry);
}

gboolean run_set(Run *self, const char *name, const char *value, GError **error) {
  const Setting *setting = settings_find(self->settings, name);

  if (setting != NULL && !setting->live) {
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE,
                "%s takes effect when the run is reset, not while it goes on", name);
    return FALSE;
  }
  g_autoptr(Settings) trial = settings_copy(self->settings);
  const JournalEntry entry = {self->step, (char *)name, (char *)value};
  if (!settings_parse(trial, name, value, error) ||
      (self->journal_path != NULL && !journal_append(self->journal_path, &entry, error)))
    return FALSE;
  settings_parse(self->settings, name, value, NULL);
  g_array_set_size(self->journal, self->applied);
  run_plan(self, self->step, name, value);
  self->applied = self->journal->len;
  return TRUE;
}
