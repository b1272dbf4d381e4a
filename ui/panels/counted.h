/* The tensors of a probe whose numbers are counted: weights, activations, gradients. */
#pragma once

#include "ui/chart/bars.h"
#include "ui/panels/panel.h"

typedef enum { SHOW_WEIGHTS, SHOW_ACTIVATIONS, SHOW_GRADIENTS, SHOW_DELTAS } Show;

/* Values or gradients of one tensor. */
typedef struct {
  const Tensor *tensor;
  gboolean gradient;
} Counted;

/* Fills in what there is of a kind, in order of computation, at most `room`; returns how many.
 * Parameters come where their layer does. */
int counted_list(const Panel *panel, Show show, Counted *counted, int room);
Histogram counted_make(const Counted *self, int bins);
const real *counted_values(const Counted *self);
/* The number nearest to a value: an example of what was counted there. */
gsize counted_nearest(const Counted *self, double value);

/* What its bars show: counts, or their logarithms; where exact zeros are so many that nothing else
 * would be seen, they have no bar, and the remark says so. */
Histogram counted_bars(const Histogram *histogram, gboolean logarithmic);

/* "∂loss/∂" of gradients. */
const char *counted_mark(const Counted *self);
/* "conv1.kernel: 0.00123 ± 0.1". */
void counted_title(const Counted *self, const Histogram *histogram, char text[160]);
/* What stands out: ", 43 % zero (no bar), 2 not finite"; often nothing. */
void counted_remark(const Histogram *histogram, char text[96]);
