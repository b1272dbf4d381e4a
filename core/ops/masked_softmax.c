/* Softmax over the places a mask shows, 0 in the others; where it shows none, 0 in all.
 *
 *   x, y (B, …, K), mask (B, K): above ½ is shown
 *
 * On the way back dx_i = y_i·(dy_i - Σ_j y_j·dy_j), as without a mask.
 */
#include "core/ops/ops.h"

#include <math.h>

static gboolean masked_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape, *mask = &self->input[1]->shape;

  if (x->rank < 2 || !shape_equal(mask, &SHAPE(x->dim[0], x->dim[x->rank - 1]))) {
    g_autofree char *logits = shape_to_string(x), *shown = shape_to_string(mask);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs a mask with a number for each place of the last axis; the input is %s, the "
                "mask %s (batch first)",
                logits, shown);
    return FALSE;
  }
  node_set_output(self, 0, x);
  return TRUE;
}

static gsize places(const Node *self) { return (gsize)self->input[1]->shape.dim[1]; }

/* The mask of the vector that begins at v. */
static const real *mask_of(const Node *self, gsize v) {
  return self->input[1]->value + v / tensor_row_size(self->input[0]) * places(self);
}

static real largest(const real *x, const real *mask, gsize k) {
  real most = -G_MAXFLOAT;

  for (gsize i = 0; i < k; i++)
    if (mask[i] > (real)0.5 && x[i] > most)
      most = x[i];
  return most;
}

static void masked_forward(Node *self, Tile tile) {
  const gsize k = places(self), row = tensor_row_size(self->input[0]);

  for (gsize v = (gsize)tile.begin * row; v < (gsize)tile.end * row; v += k) {
    const real *x = self->input[0]->value + v, *mask = mask_of(self, v);
    real *y = self->output[0]->value + v, sum = 0;
    const real shift = largest(x, mask, k);
    for (gsize i = 0; i < k; i++)
      sum += y[i] = mask[i] > (real)0.5 ? (real)exp((double)(x[i] - shift)) : 0;
    for (gsize i = 0; sum > 0 && i < k; i++)
      y[i] /= sum;
  }
}

static void masked_backward(Node *self, Tile tile) {
  const gsize k = places(self), row = tensor_row_size(self->input[0]);

  for (gsize v = (gsize)tile.begin * row; self->input[0]->grad != NULL && v < (gsize)tile.end * row;
       v += k) {
    const real *y = self->output[0]->value + v, *dy = self->output[0]->grad + v;
    real dot = 0;
    for (gsize i = 0; i < k; i++)
      dot += y[i] * dy[i];
    for (gsize i = 0; i < k; i++)
      self->input[0]->grad[v + i] += y[i] * (dy[i] - dot);
  }
}

static Expr *power(const Node *self, gsize offset, double shift) {
  return expr_function(
      &EXPR_EXP, 0,
      expr_add(expr_add(expr_sum(), expr_operand(self->input[0], offset)), expr_constant(-shift)));
}

/* e^(x_i - x_max) / Σ e^(x_j - x_max) over what is shown. */
static Expr *masked_explain(const Node *self, gsize offset) {
  const gsize k = places(self), from = offset / k * k;
  const real *mask = mask_of(self, from);
  const double shift = (double)largest(self->input[0]->value + from, mask, k);
  Expr *sum = expr_sum();

  if (!(mask[offset - from] > (real)0.5)) {
    expr_free(sum);
    return expr_constant(0);
  }
  for (gsize i = 0; i < k; i++)
    if (mask[i] > (real)0.5)
      expr_add(sum, power(self, from + i, shift));
  return expr_multiply(power(self, offset, shift), expr_function(&EXPR_RECIPROCAL, 0, sum));
}

static Expr *masked_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize k = places(self), from = offset / k * k;
  const Tensor *y = self->output[0];
  Expr *inner = expr_add(expr_sum(), expr_gradient(y, offset));

  if (input != 0) {
    expr_free(inner);
    return NULL;
  }
  for (gsize i = from; i < from + k; i++)
    expr_add(inner,
             expr_add(expr_multiply(expr_constant(-1), expr_gradient(y, i)), expr_operand(y, i)));
  return expr_multiply(expr_operand(y, offset), inner);
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>

static void fast_forward(Node *self, Tile tile) {
  const gsize k = places(self), row = tensor_row_size(self->input[0]);

  for (int r = tile.begin; r < tile.end; r++) {
    float *y = self->output[0]->value + (gsize)r * row;
    memcpy(y, self->input[0]->value + (gsize)r * row, row * sizeof(float));
    kernels()->attention_rows(&(AttentionRows){.rows = (int)(row / k),
                                               .columns = (int)k,
                                               .scale = 1,
                                               .mask = mask_of(self, (gsize)r * row),
                                               .scores = y,
                                               .weights = y});
  }
}

static void fast_backward(Node *self, Tile tile) {
  const gsize k = places(self), row = tensor_row_size(self->input[0]);

  node_clear_gradient(self, tile, 1);
  for (gsize v = (gsize)tile.begin * row; self->input[0]->grad != NULL && v < (gsize)tile.end * row;
       v += k)
    kernels()->softmax_gradient(self->output[0]->value + v, self->output[0]->grad + v,
                                self->input[0]->grad + v, k, !self->first[0]);
}

static const FastKernels FAST = {.forward = fast_forward, .backward = fast_backward};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 5), SHAPE(4, 5)}, .mask = {FALSE, TRUE}},
    {.input = {SHAPE(9, 3, 37), SHAPE(9, 37)}, .mask = {FALSE, TRUE}, .low = -6, .high = 6},
    {{{0}}},
};

const Op op_masked_softmax = {
    .name = "masked_softmax",
    .formula = "y_i = \\frac{m_i\\,e^{x_i}}{\\sum_j m_j\\,e^{x_j}}",
    .inputs = "xx",
    .shape = masked_shape,
    .forward = masked_forward,
    .backward = masked_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .explain = masked_explain,
    .explain_gradient = masked_explain_gradient,
    .samples = SAMPLES,
};
