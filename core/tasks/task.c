#include "core/tasks/task.h"

#define EVALUATION_ROWS 256

const TaskClass *task_find(const char *name) {
  for (const TaskClass *const *klass = TASKS; *klass != NULL; klass++)
    if (g_str_equal((*klass)->name, name))
      return *klass;
  return NULL;
}

void task_graph_build(const TaskClass *klass, const Model *model, ParameterSet *parameters,
                      GraphMode mode, int capacity, guint64 seed, TaskGraph *result) {
  result->graph = graph_new(mode, capacity, seed);
  result->output =
      model_build(model, result->graph, &(ModelPlace){.parameters = parameters}, &result->input);
  result->loss = klass->loss(model, result->graph, result->output, &result->target);
  graph_finish(result->graph, result->loss);
}

static gboolean check_input(const Model *model, const Dataset *dataset, GError **error) {
  if (shape_equal(&model->input, &dataset->input))
    return TRUE;
  g_autofree char *takes = shape_to_string(&model->input);
  g_autofree char *has = shape_to_string(&dataset->input);
  g_set_error(
      error, MODEL_ERROR, MODEL_ERROR_SHAPE,
      "the model takes samples of %s, but those of %s are %s; change the model's input line "
      "or choose another data set",
      takes, dataset->name, has);
  return FALSE;
}

Task *task_new(const TaskClass *klass, const Model *model, const Dataset *dataset,
               ParameterSet *parameters, int batch, guint64 seed, GError **error) {
  if (!check_input(model, dataset, error) || !klass->check(model, dataset, error))
    return NULL;
  Task *self = g_new0(Task, 1);
  self->klass = klass;
  self->model = model;
  self->dataset = dataset;
  self->parameters = parameters;
  task_graph_build(klass, model, parameters, GRAPH_TRAIN, batch, seed, &self->training);
  task_graph_build(klass, model, parameters, GRAPH_INFER, EVALUATION_ROWS, seed, &self->inference);
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
  const TaskGraph *g = &self->training;

  self->dataset->klass->fill(self->dataset, DATASET_TRAIN, indices, rows, g->input, g->target);
  graph_step(g->graph, rows, step);
  self->klass->measure(self, g->output, g->target, g->loss, rows, sums);
}

int task_evaluation_rows(const Task *self) { return self->inference.graph->capacity; }

void task_evaluate(Task *self, DatasetPart part, guint32 from, int rows, MetricSums *sums,
                   Judgement *judgement) {
  const TaskGraph *g = &self->inference;
  guint32 indices[EVALUATION_ROWS];

  g_assert(rows <= EVALUATION_ROWS);
  for (int i = 0; i < rows; i++)
    indices[i] = from + (guint32)i;
  self->dataset->klass->fill(self->dataset, part, indices, rows, g->input, g->target);
  graph_forward(g->graph, rows, 0);
  self->klass->measure(self, g->output, g->target, g->loss, rows, sums);
  if (judgement != NULL && self->klass->judge != NULL)
    self->klass->judge(g->output, g->target, rows, judgement, from);
}
