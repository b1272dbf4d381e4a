#include "core/graph/gradcheck.h"

#include <math.h>
#include <string.h>

/* The error of the difference is about h²/6 by the third derivative, and the rounding of the loss
 * divided by h: 10⁻⁹ each with this. A power of two, so that x + h - x is h. */
#define H 0x1p-14

static double loss_at(Graph *graph, int rows, guint32 step, real *place, real value) {
  *place = value;
  graph_forward(graph, rows, step);
  return graph_mean(graph->loss, rows);
}

static void check_element(Graph *graph, int rows, guint32 step, const Tensor *tensor,
                          const real *gradients, gsize offset, Gradcheck *worst) {
  real *place = tensor->value + offset;
  const real before = *place;
  const double above = loss_at(graph, rows, step, place, before + (real)H);
  const double below = loss_at(graph, rows, step, place, before - (real)H);
  const double gradient = gradients[offset], difference = (above - below) / (2 * H);
  const double scale = fmax(1, fmax(fabs(gradient), fabs(difference)));
  const double error = fabs(gradient - difference) / scale;

  *place = before;
  worst->checked++;
  if (!(error <= worst->error)) { /* a NaN is the worst of all */
    const gsize checked = worst->checked;
    *worst =
        (Gradcheck){tensor, offset, gradient, difference, isnan(error) ? INFINITY : error, checked};
  }
}

static void check_tensor(Graph *graph, int rows, guint32 step, const Tensor *tensor, gsize most,
                         const Rng *rng, Gradcheck *worst) {
  const gsize n =
      tensor->batched ? (gsize)rows * tensor_row_size(tensor) : shape_size(&tensor->shape);
  g_autofree real *gradients = g_memdup2(tensor->grad, n * sizeof(real));

  for (gsize i = 0; i < MIN(n, most); i++)
    check_element(graph, rows, step, tensor, gradients,
                  n <= most ? i : rng_below(rng, i, (guint32)n), worst);
}

Gradcheck gradcheck(Graph *graph, int rows, guint32 step, gsize most, const Rng *rng) {
  Gradcheck worst = {.error = 0};

  graph_step(graph, rows, step);
  for (guint t = 0; t < graph->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(graph->tensors, t);
    if (tensor->maker == NULL && tensor->grad != NULL)
      check_tensor(graph, rows, step, tensor, most, rng, &worst);
  }
  graph_forward(graph, rows, step);
  return worst;
}
