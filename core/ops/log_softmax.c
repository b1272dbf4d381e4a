/* Logarithms of probabilities from logits, over the last axis: y_i = x_i - log Σ_j e^x_j. On the
 * way back dx_i = dy_i - e^y_i·Σ_j dy_j. */
#include "core/ops/ops.h"

#include <math.h>

static gboolean log_softmax_shape(Node *self, GError **error) {
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

static gsize classes(const Node *self) {
  return (gsize)self->input[0]->shape.dim[self->input[0]->shape.rank - 1];
}

static double largest(const real *x, gsize k) {
  real most = x[0];

  for (gsize i = 1; i < k; i++)
    most = x[i] > most ? x[i] : most;
  return (double)most;
}

static void log_softmax_forward(Node *self, Tile tile) {
  const gsize k = classes(self), row = tensor_row_size(self->input[0]);

  for (gsize v = (gsize)tile.begin * row; v < (gsize)tile.end * row; v += k) {
    const real *x = self->input[0]->value + v;
    const double shift = largest(x, k);
    double sum = 0;
    for (gsize i = 0; i < k; i++)
      sum += exp((double)x[i] - shift);
    for (gsize i = 0; i < k; i++)
      self->output[0]->value[v + i] = (real)((double)x[i] - shift - log(sum));
  }
}

static void log_softmax_backward(Node *self, Tile tile) {
  const gsize k = classes(self), row = tensor_row_size(self->input[0]);

  for (gsize v = (gsize)tile.begin * row; self->input[0]->grad != NULL && v < (gsize)tile.end * row;
       v += k) {
    const real *y = self->output[0]->value + v, *dy = self->output[0]->grad + v;
    double sum = 0;
    for (gsize i = 0; i < k; i++)
      sum += (double)dy[i];
    for (gsize i = 0; i < k; i++)
      self->input[0]->grad[v + i] += (real)((double)dy[i] - exp((double)y[i]) * sum);
  }
}

static Expr *shifted(const Node *self, gsize offset, double shift) {
  return expr_add(expr_add(expr_sum(), expr_operand(self->input[0], offset)),
                  expr_constant(-shift));
}

/* The shift by the largest changes nothing but keeps e^x within range. */
static Expr *log_softmax_explain(const Node *self, gsize offset) {
  const gsize k = classes(self), from = offset / k * k;
  const double shift = largest(self->input[0]->value + from, k);
  Expr *sum = expr_sum();

  for (gsize i = from; i < from + k; i++)
    expr_add(sum, expr_function(&EXPR_EXP, 0, shifted(self, i, shift)));
  return expr_add(shifted(self, offset, shift),
                  expr_multiply(expr_constant(-1), expr_function(&EXPR_LOG, 0, sum)));
}

static Expr *log_softmax_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize k = classes(self), from = offset / k * k;
  const Tensor *y = self->output[0];
  Expr *sum = expr_sum(), *own = expr_function(&EXPR_EXP, 0, expr_operand(y, offset));

  for (gsize i = from; i < from + k; i++)
    expr_add(sum, expr_gradient(y, i));
  return expr_add(expr_add(expr_sum(), expr_gradient(y, offset)),
                  expr_add(expr_multiply(expr_constant(-1), own), sum));
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

static void fast_forward(Node *self, Tile tile) {
  const gsize k = classes(self), row = tensor_row_size(self->input[0]);

  for (gsize v = (gsize)tile.begin * row; v < (gsize)tile.end * row; v += k) {
    const float *x = self->input[0]->value + v;
    float *y = self->output[0]->value + v;
    const float log_sum = kernels()->softmax(x, y, k);
    kernels()->binary(BINARY_SUBTRACT, x, 1, &log_sum, 0, y, k);
  }
}

#define PIECE 256

static void fast_backward(Node *self, Tile tile) {
  const gsize k = classes(self), row = tensor_row_size(self->input[0]);
  float p[PIECE];

  for (gsize v = (gsize)tile.begin * row; self->input[0]->grad != NULL && v < (gsize)tile.end * row;
       v += k) {
    const float *y = self->output[0]->value + v, *dy = self->output[0]->grad + v;
    float *dx = self->input[0]->grad + v;
    const float sum = kernels()->sum(dy, k);
    for (gsize i = 0; i < k; i += PIECE) {
      const gsize n = MIN(k - i, PIECE);
      kernels()->function(FUNCTION_EXP, 0, y + i, p, n);
      kernels()->binary(BINARY_MULTIPLY, p, 1, &sum, 0, p, n);
      kernels()->binary(BINARY_SUBTRACT, dy + i, 1, p, 1, self->first[0] ? dx + i : p, n);
      if (!self->first[0])
        kernels()->add(p, dx + i, n);
    }
  }
}

static const FastKernels FAST = {.forward = fast_forward, .backward = fast_backward};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 5)}},
    {.input = {SHAPE(9, 2, 37)}, .low = -8, .high = 8},
    {.input = {SHAPE(4, 300)}},
    {{{0}}},
};

const Op op_log_softmax = {
    .name = "log_softmax",
    .formula = "y_i = x_i - \\log\\sum_j e^{x_j}",
    .inputs = "x",
    .shape = log_softmax_shape,
    .forward = log_softmax_forward,
    .backward = log_softmax_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .explain = log_softmax_explain,
    .explain_gradient = log_softmax_explain_gradient,
    .samples = SAMPLES,
};
