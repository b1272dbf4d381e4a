#include "core/tasks/task.h"

#include <math.h>

#define EVALUATION_ROWS 256
#define EVALUATION_MEMORY (1 << 23) /* numbers in all tensors of a graph for evaluation */

const TaskClass *task_find(const char *name) {
  for (const TaskClass *const *klass = TASKS; *klass != NULL; klass++)
    if (g_str_equal((*klass)->name, name))
      return *klass;
  return NULL;
}

/* As many rows as fit, by what one row has in the graph of training. */
static int rows_that_fit(const Graph *training) {
  gsize row = 1;

  for (guint t = 0; t < training->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(training->tensors, t);
    row += tensor->batched ? tensor_row_size(tensor) : 0;
  }
  return (int)CLAMP(EVALUATION_MEMORY / row, 8, EVALUATION_ROWS);
}

Task *task_new(const TaskClass *klass, const TaskSetup *setup, int batch, GError **error) {
  if (!klass->check(setup, error))
    return NULL;
  Task *self = g_new0(Task, 1);
  self->klass = klass;
  self->setup = *setup;
  if (klass->prepare != NULL)
    klass->prepare(self, batch);
  else
    task_graph_build(klass, setup, GRAPH_TRAIN, batch, &self->training);
  if (!task_check_tokens(&self->training, setup->dataset, error)) {
    task_free(self);
    return NULL;
  }
  return self;
}

/* The graph of evaluation is made when it is needed first. */
static const TaskGraph *inference_of(Task *self) {
  TaskSetup used = self->setup;

  if (self->inference.graph != NULL)
    return &self->inference;
  used.parameters = self->setup.average != NULL ? self->setup.average : self->setup.parameters;
  task_graph_build(self->klass, &used, GRAPH_INFER, rows_that_fit(self->training.graph),
                   &self->inference);
  return &self->inference;
}

void task_free(Task *self) {
  if (self == NULL)
    return;
  graph_free(self->training.graph);
  graph_free(self->inference.graph);
  for (int i = 0; i < TASK_MAX_ENDS; i++)
    graph_free(self->more[i].graph);
  g_free(self);
}

static gboolean is_finite(const MetricSums *sums) {
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    if (!isfinite(sums->sum[i]))
      return FALSE;
  return TRUE;
}

static gboolean train(Task *self, const TaskStep *step, MetricSums *sums) {
  DatasetBatch batch = {.part = DATASET_TRAIN,
                        .indices = step->indices,
                        .rows = step->rows,
                        .training = TRUE,
                        .random = rng_new(self->setup.seed, RNG_BATCH, step->step)};

  task_graph_fill(&self->training, self->setup.dataset, &batch);
  graph_step(self->training.graph, step->rows, step->step);
  self->klass->measure(&self->training, step->rows, sums);
  if (!is_finite(sums))
    return FALSE;
  optimizer_step(step->optimizer, &step->settings[0], step->step + 1);
  return TRUE;
}

gboolean task_train(Task *self, const TaskStep *step, MetricSums *sums) {
  if (self->klass->train == NULL)
    return train(self, step, sums);
  return self->klass->train(self, step, sums) && is_finite(sums);
}

int task_evaluation_rows(Task *self) { return inference_of(self)->graph->capacity; }

void task_evaluate(Task *self, DatasetPart part, guint32 from, int rows, MetricSums *sums,
                   Judgement *judgement) {
  const TaskGraph *inference = inference_of(self);
  guint32 indices[EVALUATION_ROWS];
  DatasetBatch batch = {.part = part,
                        .indices = indices,
                        .rows = rows,
                        .random = rng_new(self->setup.seed, RNG_BATCH, 0)};

  g_assert(rows <= EVALUATION_ROWS);
  for (int i = 0; i < rows; i++)
    indices[i] = from + (guint32)i;
  task_graph_fill(inference, self->setup.dataset, &batch);
  graph_forward(inference->graph, rows, 0);
  self->klass->measure(inference, rows, sums);
  if (judgement != NULL && self->klass->judge != NULL)
    self->klass->judge(inference, rows, judgement, from);
}

void task_metrics(const TaskClass *klass, const MetricSums *sums, double *metrics) {
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    metrics[i] = klass->metrics[i] != NULL ? sums->sum[i] / (double)sums->rows : NAN;
  if (klass->finish != NULL && sums->rows > 0)
    klass->finish(sums, metrics);
  metrics[0] += sums->penalty / (double)sums->rows;
  for (gboolean end = FALSE, i = 0; i < TASK_MAX_METRICS; i++) {
    end = end || klass->metrics[i] == NULL;
    metrics[i] = end ? NAN : metrics[i];
  }
}

const Tensor *task_find_beyond(const Task *self, int rows, double limit) {
  const Tensor *found = graph_find_beyond(self->training.graph, rows, limit);

  for (int i = 0; found == NULL && i < TASK_MAX_ENDS && self->more[i].graph != NULL; i++)
    found = graph_find_beyond(self->more[i].graph, rows, limit);
  return found;
}

double task_flops(const Task *self) {
  return self->klass->flops != NULL ? self->klass->flops(self)
                                    : graph_flops(self->training.graph, TRUE);
}
