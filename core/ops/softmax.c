/* Probabilities from logits, over the last axis.   x, y (B, …, K) */
#include "core/ops/ops.h"

#include <math.h>

static gboolean softmax_shape(Node *self, GError **error) {
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

static int classes(const Node *self) {
  return self->input[0]->shape.dim[self->input[0]->shape.rank - 1];
}

/* Vectors of logits in the rows of a tile: their first offsets. */
static gsize vectors(const Node *self, int row) {
  return (gsize)row * tensor_row_size(self->input[0]);
}

static real largest(const real *x, int k) {
  real largest = x[0];

  for (int i = 1; i < k; i++)
    largest = x[i] > largest ? x[i] : largest;
  return largest;
}

static void softmax_forward(Node *self, Tile tile) {
  const int k = classes(self);

  for (gsize v = vectors(self, tile.begin); v < vectors(self, tile.end); v += (gsize)k) {
    const real *x = self->input[0]->value + v;
    real *y = self->output[0]->value + v, sum = 0, shift = largest(x, k);
    for (int i = 0; i < k; i++)
      sum += y[i] = (real)exp((double)(x[i] - shift));
    for (int i = 0; i < k; i++)
      y[i] /= sum;
  }
}

static void softmax_backward(Node *self, Tile tile) {
  const int k = classes(self);

  if (self->input[0]->grad == NULL)
    return;
  for (gsize v = vectors(self, tile.begin); v < vectors(self, tile.end); v += (gsize)k) {
    const real *y = self->output[0]->value + v, *dy = self->output[0]->grad + v;
    real dot = 0;
    for (int i = 0; i < k; i++)
      dot += y[i] * dy[i];
    for (int i = 0; i < k; i++)
      self->input[0]->grad[v + (gsize)i] += y[i] * (dy[i] - dot);
  }
}

/* e^(x_i - x_max) / Σ e^(x_j - x_max): the shift changes nothing but keeps e^x within range. */
static Expr *softmax_explain(const Node *self, gsize offset) {
  const gsize k = (gsize)classes(self), from = offset / k * k;
  const double shift = largest(self->input[0]->value + from, (int)k);
  Expr *sum = expr_sum(), *own = NULL;

  for (gsize i = from; i < from + k; i++) {
    Expr *shifted =
        expr_add(expr_add(expr_sum(), expr_operand(self->input[0], i)), expr_constant(-shift));
    expr_add(sum, expr_function(&EXPR_EXP, 0, shifted));
  }
  own = expr_add(expr_add(expr_sum(), expr_operand(self->input[0], offset)), expr_constant(-shift));
  return expr_multiply(expr_function(&EXPR_EXP, 0, own), expr_function(&EXPR_RECIPROCAL, 0, sum));
}

static Expr *softmax_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize k = (gsize)classes(self), from = offset / k * k;
  const Tensor *y = self->output[0];
  Expr *inner = expr_add(expr_sum(), expr_gradient(y, offset));

  for (gsize i = from; i < from + k; i++)
    expr_add(inner,
             expr_add(expr_multiply(expr_constant(-1), expr_gradient(y, i)), expr_operand(y, i)));
  return expr_multiply(expr_operand(y, offset), inner);
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

static void fast_forward(Node *self, Tile tile) {
  const gsize k = (gsize)classes(self);

  for (gsize v = vectors(self, tile.begin); v < vectors(self, tile.end); v += k)
    kernels()->softmax(self->input[0]->value + v, self->output[0]->value + v, k);
}

static void fast_backward(Node *self, Tile tile) {
  const gsize k = (gsize)classes(self);

  for (gsize v = vectors(self, tile.begin);
       self->input[0]->grad != NULL && v < vectors(self, tile.end); v += k)
    kernels()->softmax_gradient(self->output[0]->value + v, self->output[0]->grad + v,
                                self->input[0]->grad + v, k, !self->first[0]);
}

static const FastKernels FAST = {.forward = fast_forward, .backward = fast_backward};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 5)}},
    {.input = {SHAPE(2, 3, 4)}},
    {.input = {SHAPE(9, 37)}, .low = -8, .high = 8},
    {{{0}}},
};

const Op op_softmax = {
    .name = "softmax",
    .formula = "y_i = \\frac{e^{x_i}}{\\sum_j e^{x_j}}",
    .inputs = "x",
    .shape = softmax_shape,
    .forward = softmax_forward,
    .backward = softmax_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .explain = softmax_explain,
    .explain_gradient = softmax_explain_gradient,
    .samples = SAMPLES,
};
