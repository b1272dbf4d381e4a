#include "core/tasks/predictions.h"

#include "core/ops/ops.h"

static gboolean gives_probabilities(const Layer *layer) {
  if (g_str_equal(layer->klass->name, "softmax"))
    return TRUE;
  for (const LayerArgument *a = layer->klass->arguments; a->name != NULL; a++)
    if (g_str_equal(a->name, "activation"))
      return g_str_equal(layer_choice(layer, "activation"), "softmax");
  return FALSE;
}

gboolean predictions_check(const TaskSetup *setup, int classes, GError **error) {
  const Model *model = setup->models->model[setup->models->n - 1];
  const Layer *last = g_ptr_array_index(model->layers, model->layers->len - 1);
  const int given = model->output.dim[model->output.rank - 1];

  if (given != classes) {
    g_autofree char *text = shape_to_string(&model->output);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "%s has %d classes, but the model's last layer, %s, gives %s; end the model with "
                "“dense %d activation=softmax”",
                setup->dataset->name, classes, last->name, text, classes);
    return FALSE;
  }
  if (!gives_probabilities(last)) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "classification needs probabilities: give the last layer, %s, activation=softmax",
                last->name);
    return FALSE;
  }
  return TRUE;
}

int predictions_best(const real *values, int n) {
  int best = 0;

  for (int i = 1; i < n; i++)
    if (values[i] > values[best])
      best = i;
  return best;
}

void predictions_loss(const TaskSetup *setup, TaskGraph *ends, const char *name) {
  const CrossEntropyAttrs attrs = {settings_get(setup->settings, "label_smoothing", 0)};
  Shape labels = {.rank = ends->output->shape.rank - 2};

  for (int i = 0; i < labels.rank; i++)
    labels.dim[i] = ends->output->shape.dim[i + 1];
  task_build_target(ends, name, TENSOR_INT, &labels);
  ends->loss = graph_apply(ends->graph, &op_cross_entropy, "loss", &attrs,
                           (Tensor *[]){ends->output, ends->target, ends->weight},
                           ends->weight != NULL ? 3 : 2, NULL);
}

/* --- tokens --- */

gboolean tokens_check(const TaskSetup *setup, GError **error) {
  const Model *model = setup->models->model[0];
  const Dataset *dataset = setup->dataset;
  const DatasetField *target = &dataset->field[MIN(model->n_inputs, DATASET_MAX_FIELDS - 1)];

  if (!task_check_inputs(setup, error) || !predictions_check(setup, dataset->n_classes, error))
    return FALSE;
  if (model->n_inputs < dataset->n_fields && target->row.rank == 1 && model->output.rank == 2 &&
      model->output.dim[0] == target->row.dim[0])
    return TRUE;
  g_autofree char *gives = shape_to_string(&model->output);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "this task needs the probabilities of a token at each step, for as many steps as %s "
              "has targets; the model gives %s",
              dataset->name, gives);
  return FALSE;
}

void tokens_build(const TaskSetup *setup, TaskGraph *ends) {
  task_build_models(setup, ends);
  ends->weight = graph_input(ends->graph, "weight", TENSOR_FLOAT, &(Shape){0});
  predictions_loss(setup, ends, "targets");
}

void tokens_measure(const TaskGraph *ends, int rows, MetricSums *sums) {
  const gsize n = tensor_row_size(ends->target);
  const int k = ends->output->shape.dim[ends->output->shape.rank - 1];

  for (int r = 0; r < rows; r++) {
    guint64 counted = 0, right = 0;
    for (gsize i = (gsize)r * n; i < (gsize)(r + 1) * n; i++) {
      if (ends->target->index[i] < 0)
        continue;
      counted++;
      right += predictions_best(ends->output->value + i * (gsize)k, k) == ends->target->index[i];
    }
    sums->sum[0] += task_row(ends->loss, r) / task_row(ends->weight, r);
    sums->sum[1] += (double)right;
    sums->sum[2] += right == counted;
    sums->sum[3]++;
    sums->rows += counted;
  }
}
