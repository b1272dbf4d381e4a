/* One of K classes: softmax and sparse categorical cross-entropy. */
#include "core/tasks/predictions.h"

static gboolean check(const TaskSetup *setup, GError **error) {
  const Model *model = setup->models->model[setup->models->n - 1];

  if (!task_check_inputs(setup, error) ||
      !predictions_check(setup, setup->dataset->n_classes, error))
    return FALSE;
  if (model->output.rank == 1)
    return TRUE;
  g_autofree char *gives = shape_to_string(&model->output);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "classification needs one vector of probabilities for each sample; the model gives "
              "%s: put “flatten” or a pooling before its last layer",
              gives);
  return FALSE;
}

static void build(const TaskSetup *setup, TaskGraph *ends) {
  task_build_models(setup, ends);
  predictions_loss(setup, ends, "label");
}

static void measure(const TaskGraph *ends, int rows, MetricSums *sums) {
  const Tensor *output = ends->output, *target = ends->target;
  const int k = output->shape.dim[1];

  for (int r = 0; r < rows; r++) {
    sums->sum[0] += task_row(ends->loss, r);
    sums->sum[1] += predictions_best(output->value + r * k, k) == target->index[r];
  }
  sums->rows += (guint64)rows;
}

static int rank_of(const real *probability, int k, int label) {
  int before = 0;

  for (int i = 0; i < k; i++)
    before +=
        probability[i] > probability[label] || (probability[i] == probability[label] && i < label);
  return before;
}

static void judge(const TaskGraph *ends, int rows, Judgement *judgement, guint32 from) {
  const Tensor *output = ends->output, *target = ends->target;
  const int k = output->shape.dim[1];

  for (int r = 0; r < rows; r++) {
    const real *probability = output->value + r * k;
    const guint32 sample = from + (guint32)r;
    judgement->label[sample] = target->index[r];
    judgement->guess[sample] = predictions_best(probability, k);
    judgement->confidence[sample] = (float)probability[judgement->guess[sample]];
    judgement->truth[sample] = (float)probability[target->index[r]];
    judgement->rank[sample] = rank_of(probability, k, target->index[r]);
  }
}

const TaskClass task_classification = {
    .name = "classification",
    .metrics = {"loss", "accuracy"},
    .check = check,
    .build = build,
    .measure = measure,
    .judge = judge,
};
