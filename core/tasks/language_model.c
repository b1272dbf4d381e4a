/* The next token at each step: what a GPT learns (Radford et al. 2018). Perplexity, e to the loss,
 * is among how many tokens the model is as unsure as if it had to guess. */
#include "core/tasks/predictions.h"

#include <math.h>

static void finish(const MetricSums *sums, double *metrics) {
  metrics[1] = exp(metrics[0]);
  metrics[2] = sums->sum[1] / (double)sums->rows;
}

const TaskClass task_language_model = {
    .name = "language_model",
    .metrics = {"loss", "perplexity", "accuracy"},
    .check = tokens_check,
    .build = tokens_build,
    .measure = tokens_measure,
    .finish = finish,
};
