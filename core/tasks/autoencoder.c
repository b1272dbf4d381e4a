/* What goes in should come out again, through a narrow place: encoder and decoder, or one model.
 * With a layer of noise or dropout before the encoder it learns to take the noise out (Vincent et
 * al. 2008): what should come out is the input without it. */
#include "core/tasks/targets.h"

#include <math.h>

static gboolean check(const TaskSetup *setup, GError **error) {
  const Model *first = setup->models->model[0];
  const Model *last = setup->models->model[setup->models->n - 1];

  if (!task_check_inputs(setup, error))
    return FALSE;
  if (shape_equal(&last->output, &first->input))
    return TRUE;
  g_autofree char *gives = shape_to_string(&last->output);
  g_autofree char *takes = shape_to_string(&first->input);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "an autoencoder gives what it takes, %s; this one gives %s: end it with a reshape or "
              "another size",
              takes, gives);
  return FALSE;
}

static void build(const TaskSetup *setup, TaskGraph *ends) {
  task_build_models(setup, ends);
  ends->target = ends->input;
  ends->loss = targets_loss(setup, ends, "loss", "mean_squared_error", ends->target);
}

static void finish(const MetricSums *sums, double *metrics) {
  metrics[2] = sqrt(sums->sum[2] / (double)sums->rows);
}

const TaskClass task_autoencoder = {
    .name = "autoencoder",
    .metrics = {"loss", "mean_absolute_error", "root_mean_squared_error"},
    .check = check,
    .build = build,
    .measure = targets_measure,
    .finish = finish,
};
