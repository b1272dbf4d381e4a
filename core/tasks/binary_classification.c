/* Yes or no, by one number: a probability (sigmoid) with binary cross-entropy; with the setting
 * "loss", a number compared with -1 and 1 (hinge) or with 0 and 1.
 *
 *   precision: the share of the guesses "yes" that are right; recall: the share of all "yes" that
 *   were found; F1: their harmonic mean.
 */
#include "core/ops/ops.h"
#include "core/tasks/targets.h"

#include <math.h>

static gboolean by_sign(const TaskSetup *setup) {
  const char *loss = settings_choice(setup->settings, "loss");

  return loss != NULL && g_str_has_suffix(loss, "hinge");
}

static gboolean check(const TaskSetup *setup, GError **error) {
  const Model *last = setup->models->model[setup->models->n - 1];

  if (!task_check_inputs(setup, error))
    return FALSE;
  if (last->output.rank == 1 && last->output.dim[0] == 1 && setup->dataset->n_classes == 2)
    return TRUE;
  g_autofree char *gives = shape_to_string(&last->output);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "yes or no needs data of two classes and one number for each sample; %s has %d, the "
              "model gives %s: end it with “dense 1 activation=sigmoid”, or take the task "
              "classification",
              setup->dataset->name, setup->dataset->n_classes, gives);
  return FALSE;
}

static void build(const TaskSetup *setup, TaskGraph *ends) {
  task_build_models(setup, ends);
  task_build_target(ends, "label", TENSOR_FLOAT, &SHAPE(1));
  if (by_sign(setup))
    ends->end[0] =
        task_apply(ends, &op_rescale, "sign", &(RescaleAttrs){2, -1}, ends->target, NULL);
  ends->loss = targets_loss(setup, ends, "loss", "binary_crossentropy",
                            by_sign(setup) ? ends->end[0] : ends->target);
}

/* Sums: loss, right; then guesses "yes", "yes" that are true, and both. */
static void measure(const TaskGraph *ends, int rows, MetricSums *sums) {
  const double threshold = ends->end[0] != NULL ? 0 : 0.5;

  for (int r = 0; r < rows; r++) {
    const gboolean guess = task_row(ends->output, r) > threshold;
    const gboolean truth = task_row(ends->target, r) > 0.5;
    sums->sum[0] += task_row(ends->loss, r);
    sums->sum[1] += guess == truth;
    sums->sum[2] += guess;
    sums->sum[3] += truth;
    sums->sum[4] += guess && truth;
  }
  sums->rows += (guint64)rows;
}

static double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

static void finish(const MetricSums *sums, double *metrics) {
  const double both = sums->sum[4];

  metrics[2] = share(both, sums->sum[2]);
  metrics[3] = share(both, sums->sum[3]);
  metrics[4] = share(2 * both, sums->sum[2] + sums->sum[3]);
}

const TaskClass task_binary_classification = {
    .name = "binary_classification",
    .metrics = {"loss", "accuracy", "precision", "recall", "f1_score"},
    .check = check,
    .build = build,
    .measure = measure,
    .finish = finish,
};
