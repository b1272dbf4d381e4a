#include "core/tasks/task.h"

#define EVALUATION_ROWS 256

const TaskClass *task_find(const char *name) {
  for (const TaskClass *const *klass = TASKS; *klass != NULL; klass++)
    if (g_str_equal((*klass)->name, name))
      return *klass;
  return NULL;
}

void task_graph_build(const TaskClass *klass, const ModelSet *models, ParameterSet *parameters,
                      GraphMode mode, int capacity, guint64 seed, TaskGraph *result) {
  const Model *model = models->model[0];

  *result = (TaskGraph){.graph = graph_new(mode, capacity, seed), .n_inputs = model->n_inputs};
  result->output =
      model_build(model, result->graph, &(ModelPlace){.parameters = parameters}, result->inputs);
  result->input = result->inputs[0];
  klass->loss(model, result);
  for (int i = 0; i < model->n_inputs; i++)
    result->field[i] = result->inputs[i];
  if (result->target != result->input)
    result->field[model->n_inputs] = result->target;
  graph_finish(result->graph, result->loss);
}

static int longest(const Dataset *dataset, const DatasetBatch *batch, int field) {
  int most = 1;

  for (int row = 0; row < batch->rows; row++)
    most = MAX(most, dataset->klass->length(dataset, batch->part, batch->indices[row], field));
  return most;
}

void task_graph_fill(const TaskGraph *self, const Dataset *dataset, DatasetBatch *batch) {
  for (int i = 0; i < DATASET_MAX_FIELDS; i++) {
    batch->field[i] = self->field[i];
    if (self->field[i] != NULL && dataset->field[i].sequence)
      graph_set_length(self->graph, self->field[i], longest(dataset, batch, i));
  }
  dataset->klass->fill(dataset, batch);
}

static gboolean check_input(const Model *model, const Dataset *dataset, GError **error) {
  if (shape_equal(&model->input, &dataset->field[0].row))
    return TRUE;
  g_autofree char *takes = shape_to_string(&model->input);
  g_autofree char *has = shape_to_string(&dataset->field[0].row);
  g_set_error(
      error, MODEL_ERROR, MODEL_ERROR_SHAPE,
      "the model takes samples of %s, but those of %s are %s; change the model's input line "
      "or choose another data set",
      takes, dataset->name, has);
  return FALSE;
}

Task *task_new(const TaskClass *klass, const ModelSet *models, const Dataset *dataset,
               ParameterSet *parameters, int batch, guint64 seed, GError **error) {
  if (!check_input(models->model[0], dataset, error) ||
      !klass->check(models->model[0], dataset, error))
    return NULL;
  Task *self = g_new0(Task, 1);
  self->klass = klass;
  self->models = models;
  self->dataset = dataset;
  self->parameters = parameters;
  self->seed = seed;
  task_graph_build(klass, models, parameters, GRAPH_TRAIN, batch, seed, &self->training);
  task_graph_build(klass, models, parameters, GRAPH_INFER, EVALUATION_ROWS, seed, &self->inference);
  return self;
}

void task_free(Task *self) {
  if (self == NULL)
    return;
  graph_free(self->training.graph);
  graph_free(self->inference.graph);
  g_free(self);
}

void task_step(Task *self, const guint32 *indices, int rows, guint32 step, MetricSums *sums) {
  DatasetBatch batch = {.part = DATASET_TRAIN,
                        .indices = indices,
                        .rows = rows,
                        .training = TRUE,
                        .random = rng_new(self->seed, RNG_BATCH, step)};

  task_graph_fill(&self->training, self->dataset, &batch);
  graph_step(self->training.graph, rows, step);
  self->klass->measure(&self->training, rows, sums);
}

int task_evaluation_rows(const Task *self) { return self->inference.graph->capacity; }

void task_evaluate(Task *self, DatasetPart part, guint32 from, int rows, MetricSums *sums,
                   Judgement *judgement) {
  guint32 indices[EVALUATION_ROWS];
  DatasetBatch batch = {
      .part = part, .indices = indices, .rows = rows, .random = rng_new(self->seed, RNG_BATCH, 0)};

  g_assert(rows <= EVALUATION_ROWS);
  for (int i = 0; i < rows; i++)
    indices[i] = from + (guint32)i;
  task_graph_fill(&self->inference, self->dataset, &batch);
  graph_forward(self->inference.graph, rows, 0);
  self->klass->measure(&self->inference, rows, sums);
  if (judgement != NULL && self->klass->judge != NULL)
    self->klass->judge(&self->inference, rows, judgement, from);
}
