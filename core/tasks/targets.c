#include "core/tasks/targets.h"

#include "core/ops/ops.h"

#include <math.h>

Tensor *targets_loss(const TaskSetup *setup, TaskGraph *ends, const char *name, const char *initial,
                     Tensor *target) {
  static const char *const LOSSES[] = {
      "mean_squared_error", "mean_absolute_error", "huber", "hinge", "squared_hinge",
      "log_cosh",           "binary_crossentropy", NULL};
  const char *chosen = settings_choice(setup->settings, "loss");
  const LossAttrs attrs = {settings_get(setup->settings, "delta", 1)};

  if (chosen == NULL || !g_strv_contains(LOSSES, chosen))
    chosen = initial;
  return task_apply(ends, op_find(chosen), name, &attrs, ends->output, target);
}

void targets_measure(const TaskGraph *ends, int rows, MetricSums *sums) {
  const gsize n = tensor_row_size(ends->output);

  for (int r = 0; r < rows; r++) {
    const real *x = ends->output->value + (gsize)r * n, *t = ends->target->value + (gsize)r * n;
    double absolute = 0, square = 0, target = 0, target_square = 0;
    for (gsize i = 0; i < n; i++) {
      const double error = (double)x[i] - (double)t[i];
      absolute += fabs(error);
      square += error * error;
      target += (double)t[i];
      target_square += (double)t[i] * (double)t[i];
    }
    sums->sum[0] += task_row(ends->loss, r);
    sums->sum[1] += absolute / (double)n;
    sums->sum[2] += square / (double)n;
    sums->sum[3] += target / (double)n;
    sums->sum[4] += target_square / (double)n;
  }
  sums->rows += (guint64)rows;
}
