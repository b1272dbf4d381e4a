/* How far normal distributions are from the unit one, in nats, summed over a row (Kingma and
 * Welling 2014, appendix B):
 *
 *   μ, λ = log σ² (B, …), L (B):   L = ½ Σ (μ² + e^λ - 1 - λ)
 */
#include "core/ops/ops.h"

#include <math.h>

static gboolean kl_shape(Node *self, GError **error) {
  const Shape *mean = &self->input[0]->shape, *variance = &self->input[1]->shape;

  if (!shape_equal(mean, variance)) {
    g_autofree char *a = shape_to_string(mean), *b = shape_to_string(variance);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "compares distributions with a mean and the logarithm of a variance each; there "
                "are %s means and %s variances (batch first)",
                a, b);
    return FALSE;
  }
  node_set_output(self, 0, &SHAPE(mean->dim[0]));
  return TRUE;
}

static void kl_forward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);

  for (int r = tile.begin; r < tile.end; r++) {
    double sum = 0;
    for (gsize i = (gsize)r * n; i < (gsize)(r + 1) * n; i++) {
      const double mean = (double)self->input[0]->value[i];
      const double log_variance = (double)self->input[1]->value[i];
      sum += mean * mean + expm1(log_variance) - log_variance;
    }
    self->output[0]->value[r] = (real)(sum / 2);
  }
}

static void kl_backward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);
  const Tensor *mean = self->input[0], *log_variance = self->input[1];

  for (gsize i = (gsize)tile.begin * n; i < (gsize)tile.end * n; i++) {
    const real dy = self->output[0]->grad[i / n];
    if (mean->grad != NULL)
      mean->grad[i] += dy * mean->value[i];
    if (log_variance->grad != NULL)
      log_variance->grad[i] += (real)((double)dy * expm1((double)log_variance->value[i]) / 2);
  }
}

static Expr *half(Expr *expr) { return expr_multiply(expr_constant(0.5), expr); }

static Expr *variance_less_one(const Node *self, gsize i) {
  return expr_add(
      expr_add(expr_sum(), expr_function(&EXPR_EXP, 0, expr_operand(self->input[1], i))),
      expr_constant(-1));
}

static Expr *kl_explain(const Node *self, gsize offset) {
  const gsize n = tensor_row_size(self->input[0]);
  Expr *sum = expr_sum();

  for (gsize i = offset * n; i < (offset + 1) * n; i++) {
    Expr *mean = expr_operand(self->input[0], i);
    expr_add(sum, expr_multiply(mean, expr_operand(self->input[0], i)));
    expr_add(sum, variance_less_one(self, i));
    expr_add(sum, expr_multiply(expr_constant(-1), expr_operand(self->input[1], i)));
  }
  return half(sum);
}

static Expr *kl_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  Expr *dy = expr_gradient(self->output[0], offset / tensor_row_size(self->input[0]));

  if (input == 0)
    return expr_multiply(dy, expr_operand(self->input[0], offset));
  return half(expr_multiply(dy, variance_less_one(self, offset)));
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#define PIECE 256

static const AffineRow LESS_ONE = {1, -1, -INFINITY, INFINITY};

/* Twice the sum over numbers that fit a piece. */
static float sum_of(const float *mean, const float *log_variance, gsize n) {
  float piece[PIECE];

  kernels()->function(FUNCTION_EXP, 0, log_variance, piece, n);
  kernels()->affine(&LESS_ONE, piece, piece, n);
  kernels()->binary(BINARY_SUBTRACT, piece, 1, log_variance, 1, piece, n);
  return kernels()->dot(mean, mean, n) + kernels()->sum(piece, n);
}

static void fast_forward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);

  for (int r = tile.begin; r < tile.end; r++) {
    float sum = 0;
    for (gsize i = 0; i < n; i += PIECE)
      sum += sum_of(self->input[0]->value + (gsize)r * n + i,
                    self->input[1]->value + (gsize)r * n + i, MIN(n - i, PIECE));
    self->output[0]->value[r] = sum / 2;
  }
}

/* The gradient of input k from `from` on: of numbers of one row that fit a piece. */
static void add_gradient(Node *self, int k, float dy, gsize from, gsize n) {
  const AffineRow half_less_one = {dy / 2, -dy / 2, -INFINITY, INFINITY};
  const float *x = self->input[k]->value + from;
  float piece[PIECE], *grad = self->input[k]->grad + from, *to = self->first[k] ? grad : piece;

  if (k == 0) {
    kernels()->binary(BINARY_MULTIPLY, x, 1, &dy, 0, to, n);
  } else {
    kernels()->function(FUNCTION_EXP, 0, x, to, n);
    kernels()->affine(&half_less_one, to, to, n);
  }
  if (!self->first[k])
    kernels()->add(piece, grad, n);
}

static void fast_backward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);

  for (int k = 0; k < 2; k++)
    for (int r = tile.begin; self->input[k]->grad != NULL && r < tile.end; r++)
      for (gsize i = 0; i < n; i += PIECE)
        add_gradient(self, k, self->output[0]->grad[r], (gsize)r * n + i, MIN(n - i, PIECE));
}

static const FastKernels FAST = {.forward = fast_forward, .backward = fast_backward};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 2), SHAPE(4, 2)}},
    {.input = {SHAPE(9, 3, 19), SHAPE(9, 3, 19)}},
    {.input = {SHAPE(2, 300), SHAPE(2, 300)}},
    {{{0}}},
};

extern const Op op_gaussian_kl;
const Op op_gaussian_kl = {
    .name = "gaussian_kl",
    .formula =
        "L = \\frac{1}{2}\\sum_i \\left(\\mu_i^{2} + e^{\\lambda_i} - 1 - \\lambda_i\\right)",
    .inputs = "xx",
    .shape = kl_shape,
    .forward = kl_forward,
    .backward = kl_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .explain = kl_explain,
    .explain_gradient = kl_explain_gradient,
    .samples = SAMPLES,
};
