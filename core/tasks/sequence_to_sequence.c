/* One sequence out of another (Sutskever et al. 2014): the model reads the source and, while it
 * learns, what it should have said so far (teacher forcing), and says the next token at each step.
 * A sequence is right when all its tokens are. */
#include "core/tasks/predictions.h"

static gboolean check(const TaskSetup *setup, GError **error) {
  if (setup->models->model[0]->n_inputs != 2) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "sequence to sequence needs a model with two inputs, the source and what has been "
                "said so far; this one has %d",
                setup->models->model[0]->n_inputs);
    return FALSE;
  }
  return tokens_check(setup, error);
}

static void finish(const MetricSums *sums, double *metrics) {
  metrics[2] = sums->sum[2] / sums->sum[3];
}

const TaskClass task_sequence_to_sequence = {
    .name = "sequence_to_sequence",
    .metrics = {"loss", "token_accuracy", "sequence_accuracy"},
    .check = check,
    .build = tokens_build,
    .measure = tokens_measure,
    .finish = finish,
};
