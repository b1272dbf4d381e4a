/* One of K classes: softmax and sparse categorical cross-entropy. */
#include "core/ops/ops.h"
#include "core/tasks/task.h"

static gboolean gives_probabilities(const Layer *layer) {
  for (const LayerArgument *a = layer->klass->arguments; a->name != NULL; a++)
    if (g_str_equal(a->name, "activation"))
      return g_str_equal(layer_choice(layer, "activation"), "softmax");
  return FALSE;
}

static gboolean check(const Model *model, const Dataset *dataset, GError **error) {
  const Layer *last = g_ptr_array_index(model->layers, model->layers->len - 1);

  if (model->output.rank != 1 || model->output.dim[0] != dataset->n_classes) {
    g_autofree char *text = shape_to_string(&model->output);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "%s has %d classes, but the model's last layer, %s, gives %s; end the model with "
                "“dense %d activation=softmax”",
                dataset->name, dataset->n_classes, last->name, text, dataset->n_classes);
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

static void loss(const Model *model, TaskGraph *ends) {
  ends->target = graph_input(ends->graph, "label", TENSOR_INT, &(Shape){0});
  ends->loss = graph_apply(ends->graph, &op_cross_entropy, "loss", NULL,
                           (Tensor *[]){ends->output, ends->target}, 2, NULL);
}

static int largest(const real *values, int n) {
  int best = 0;

  for (int i = 1; i < n; i++)
    if (values[i] > values[best])
      best = i;
  return best;
}

static void measure(const TaskGraph *ends, int rows, MetricSums *sums) {
  const Tensor *output = ends->output, *target = ends->target;
  const int k = output->shape.dim[1];

  for (int r = 0; r < rows; r++) {
    sums->sum[0] += ends->loss->value[r];
    sums->sum[1] += largest(output->value + r * k, k) == target->index[r];
  }
  sums->rows += (guint64)rows;
}

static void judge(const TaskGraph *ends, int rows, Judgement *judgement, guint32 from) {
  const Tensor *output = ends->output, *target = ends->target;
  const int k = output->shape.dim[1];

  for (int r = 0; r < rows; r++) {
    const real *probability = output->value + r * k;
    const guint32 sample = from + (guint32)r;
    judgement->label[sample] = target->index[r];
    judgement->guess[sample] = largest(probability, k);
    judgement->confidence[sample] = (float)probability[judgement->guess[sample]];
    judgement->truth[sample] = (float)probability[target->index[r]];
  }
}

const TaskClass task_classification = {
    .name = "classification",
    .metrics = {"loss", "accuracy"},
    .check = check,
    .loss = loss,
    .measure = measure,
    .judge = judge,
};
