#include "core/tasks/targets.h"

#include "core/base/parallel.h"
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

#define BLOCK_ROWS 128 /* measured at a time */
#define ITEM_ROWS 8
#define CHAINS 8 /* sums side by side, which vectors do at once */

typedef struct {
  double absolute, square, target, target_square;
} RowSums;

typedef struct {
  const TaskGraph *ends;
  int from, rows;
  RowSums sums[BLOCK_ROWS];
} Block;

static double add_chains(const double sum[CHAINS]) {
  double all = 0;

  for (int c = 0; c < CHAINS; c++)
    all += sum[c];
  return all;
}

static RowSums measure_row(const real *x, const real *t, gsize n) {
  double absolute[CHAINS] = {0}, square[CHAINS] = {0}, target[CHAINS] = {0}, squares[CHAINS] = {0};

  for (gsize i = 0; i < n; i += CHAINS)
    for (gsize c = 0; c < MIN(CHAINS, n - i); c++) {
      const double error = (double)x[i + c] - (double)t[i + c], goal = (double)t[i + c];
      absolute[c] += fabs(error);
      square[c] += error * error;
      target[c] += goal;
      squares[c] += goal * goal;
    }
  return (RowSums){add_chains(absolute), add_chains(square), add_chains(target),
                   add_chains(squares)};
}

static void measure_rows(guint item, gpointer data) {
  Block *block = data;
  const gsize n = tensor_row_size(block->ends->output);

  for (int r = (int)item * ITEM_ROWS; r < MIN(((int)item + 1) * ITEM_ROWS, block->rows); r++) {
    const gsize at = (gsize)(block->from + r) * n;
    block->sums[r] =
        measure_row(block->ends->output->value + at, block->ends->target->value + at, n);
  }
}

static void add_block(const Block *block, double n, MetricSums *sums) {
  for (int r = 0; r < block->rows; r++) {
    const RowSums *row = &block->sums[r];
    sums->sum[0] += task_row(block->ends->loss, block->from + r);
    sums->sum[1] += row->absolute / n;
    sums->sum[2] += row->square / n;
    sums->sum[3] += row->target / n;
    sums->sum[4] += row->target_square / n;
  }
}

void targets_measure(const TaskGraph *ends, int rows, MetricSums *sums) {
  const double n = (double)tensor_row_size(ends->output);

  for (int from = 0; from < rows; from += BLOCK_ROWS) {
    Block block = {.ends = ends, .from = from, .rows = MIN(BLOCK_ROWS, rows - from)};
    parallel_for((guint)((block.rows + ITEM_ROWS - 1) / ITEM_ROWS), 8 * n * block.rows,
                 measure_rows, &block);
    add_block(&block, n, sums);
  }
  sums->rows += (guint64)rows;
}
