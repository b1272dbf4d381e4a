/* Graphs of tasks: built from models, filled from data. */
#include "core/tasks/task.h"

void task_graph_build(const TaskClass *klass, const TaskSetup *setup, GraphMode mode, int capacity,
                      TaskGraph *result) {
  *result = (TaskGraph){.graph = graph_new(mode, capacity, setup->seed)};
  klass->build(setup, result);
  task_graph_keep(result);
  graph_finish(result->graph, result->loss);
}

void task_graph_keep(const TaskGraph *self) {
  if (self->output != NULL)
    graph_keep(self->graph, self->output);
  for (int i = 0; i < TASK_MAX_ENDS; i++)
    if (self->end[i] != NULL)
      graph_keep(self->graph, self->end[i]);
}

void task_build_models(const TaskSetup *setup, TaskGraph *ends) {
  const ModelSet *models = setup->models;
  const Model *first = models->model[0];

  ends->n_inputs = first->n_inputs;
  for (int m = 0; m < models->n; m++) {
    const ModelPlace place = {.parameters = setup->parameters,
                              .scope = models->scope[m],
                              .prefix = models->scope[m],
                              .given = {ends->output}};
    ends->output = model_build(models->model[m], ends->graph, &place, m == 0 ? ends->inputs : NULL);
  }
  ends->input = ends->inputs[0];
  for (int i = 0; i < ends->n_inputs; i++)
    ends->field[i] = ends->inputs[i];
}

void task_build_target(TaskGraph *ends, const char *name, TensorType type, const Shape *row) {
  ends->target = graph_input(ends->graph, name, type, row);
  ends->field[ends->n_inputs] = ends->target;
}

Tensor *task_apply(TaskGraph *ends, const Op *op, const char *name, const void *attrs, Tensor *a,
                   Tensor *b) {
  return graph_apply(ends->graph, op, name, attrs, (Tensor *[]){a, b}, b != NULL ? 2 : 1, NULL);
}

double task_row(const Tensor *tensor, int r) { return (double)tensor->value[r]; }

static int longest(const Dataset *dataset, const DatasetBatch *batch, int field) {
  int most = 1;

  for (int row = 0; row < batch->rows; row++)
    most = MAX(most, dataset->klass->length(dataset, batch->part, batch->indices[row], field));
  return most;
}

/* The loss of a row is the sum over its labels times its weight, that of the batch the mean over
 * its rows: so it is the mean over all labels that count. */
static void weigh(const TaskGraph *self, int rows) {
  const gsize n = tensor_row_size(self->target);
  gsize counted = 0;

  for (gsize i = 0; i < (gsize)rows * n; i++)
    counted += self->target->index[i] >= 0;
  for (int r = 0; r < rows; r++)
    self->weight->value[r] = (real)rows / (real)MAX(counted, 1);
}

void task_graph_fill(const TaskGraph *self, const Dataset *dataset, DatasetBatch *batch) {
  Tensor *sequences[DATASET_MAX_FIELDS];
  int lengths[DATASET_MAX_FIELDS], n = 0;

  for (int i = 0; i < DATASET_MAX_FIELDS; i++) {
    batch->field[i] = self->field[i];
    if (self->field[i] == NULL || !dataset->field[i].sequence)
      continue;
    sequences[n] = self->field[i];
    lengths[n++] = longest(dataset, batch, i);
  }
  graph_set_lengths(self->graph, sequences, lengths, n);
  dataset->klass->fill(dataset, batch);
  if (self->weight != NULL)
    weigh(self, batch->rows);
  if (self->noise != NULL)
    task_graph_draw(self, batch, 0);
}

void task_graph_draw(const TaskGraph *self, const DatasetBatch *batch, guint32 turn) {
  const gsize n = tensor_row_size(self->noise);

  for (int row = 0; row < batch->rows; row++) {
    const guint64 sample = ((guint64)turn << 32) + batch->indices[row];
    for (gsize i = 0; i < n; i++)
      self->noise->value[(gsize)row * n + i] = (real)rng_normal(&batch->random, sample * n + i);
  }
}

gboolean task_check_tokens(const TaskGraph *ends, const Dataset *dataset, GError **error) {
  for (guint i = 0; i < ends->graph->nodes->len; i++) {
    const Node *node = g_ptr_array_index(ends->graph->nodes, i);
    const int rows = g_str_equal(node->op->name, "embedding") ? node->input[1]->shape.dim[0] : 0;
    for (int f = 0; rows > 0 && f < dataset->n_fields; f++)
      if (ends->field[f] == node->input[0] && dataset->field[f].vocabulary > rows) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                    "%s has vectors for %d tokens, but %s has %d; make it larger, or the "
                    "vocabulary smaller",
                    node->input[1]->name, rows, dataset->name, dataset->field[f].vocabulary);
        return FALSE;
      }
  }
  return TRUE;
}

gboolean task_check_inputs(const TaskSetup *setup, GError **error) {
  const Model *model = setup->models->model[0];
  const Dataset *dataset = setup->dataset;

  if (model->n_inputs > dataset->n_fields) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "the model has %d inputs, but a sample of %s has only %d parts; take inputs out of "
                "the model or choose another data set",
                model->n_inputs, dataset->name, dataset->n_fields);
    return FALSE;
  }
  for (int i = 0; i < model->n_inputs; i++) {
    if (shape_equal(&model->inputs[i]->output, &dataset->field[i].row))
      continue;
    g_autofree char *takes = shape_to_string(&model->inputs[i]->output);
    g_autofree char *has = shape_to_string(&dataset->field[i].row);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "the model takes samples of %s, but those of %s are %s; change the model's input "
                "line or choose another data set",
                takes, dataset->name, has);
    return FALSE;
  }
  return TRUE;
}
