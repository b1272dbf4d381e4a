/* Numbers out of numbers: the mean squared error, or another loss by the setting "loss".
 *
 *   R² = 1 - Σ (x - t)² / Σ (t - mean t)²: the share of the targets' variance that is explained.
 */
#include "core/tasks/targets.h"

#include <math.h>

static gboolean check(const TaskSetup *setup, GError **error) {
  const Model *first = setup->models->model[0];
  const Model *last = setup->models->model[setup->models->n - 1];
  const Dataset *dataset = setup->dataset;

  if (!task_check_inputs(setup, error))
    return FALSE;
  if (first->n_inputs < dataset->n_fields &&
      shape_equal(&last->output, &dataset->field[first->n_inputs].row))
    return TRUE;
  g_autofree char *gives = shape_to_string(&last->output);
  g_autofree char *wanted = first->n_inputs < dataset->n_fields
                                ? shape_to_string(&dataset->field[first->n_inputs].row)
                                : g_strdup("none");
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "the model gives %s numbers for a sample, but the targets of %s are %s; change the "
              "last layer or choose another data set",
              gives, dataset->name, wanted);
  return FALSE;
}

static void build(const TaskSetup *setup, TaskGraph *ends) {
  task_build_models(setup, ends);
  const Shape row = setup->models->model[setup->models->n - 1]->output;
  task_build_target(ends, "target", TENSOR_FLOAT, &row);
  ends->loss = targets_loss(setup, ends, "loss", "mean_squared_error", ends->target);
}

static void finish(const MetricSums *sums, double *metrics) {
  const double n = (double)sums->rows, mean = sums->sum[3] / n;
  const double variance = sums->sum[4] / n - mean * mean;

  metrics[2] = sqrt(sums->sum[2] / n);
  metrics[3] = variance > 0 ? 1 - sums->sum[2] / n / variance : NAN;
}

const TaskClass task_regression = {
    .name = "regression",
    .metrics = {"loss", "mean_absolute_error", "root_mean_squared_error", "r2"},
    .check = check,
    .build = build,
    .measure = targets_measure,
    .finish = finish,
};
