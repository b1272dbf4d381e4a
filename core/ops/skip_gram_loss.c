/* Skip-grams with negative sampling (Mikolov et al. 2013): a word's vector c is to match its
 * neighbour's, o_0, and not those of words drawn at random, o_1 … o_{K-1}.
 *
 *   c (B, D), o (B, K, D), L (B)
 *   L = -log σ(c·o_0) - Σ_{k>0} log σ(-c·o_k) = Σ_k log(1 + e^{s_k}),   s_0 = -c·o_0, s_k = c·o_k
 */
#include "core/ops/ops.h"

#include <math.h>

static gboolean skip_gram_shape(Node *self, GError **error) {
  const Shape *c = &self->input[0]->shape, *o = &self->input[1]->shape;

  if (c->rank != 2 || o->rank != 3 || c->dim[1] != o->dim[2]) {
    g_autofree char *centre = shape_to_string(c), *context = shape_to_string(o);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "compares a vector with several of the same length, the true one first; they are "
                "%s and %s (batch first)",
                centre, context);
    return FALSE;
  }
  node_set_output(self, 0, &SHAPE(c->dim[0]));
  return TRUE;
}

static gsize length(const Node *self) { return (gsize)self->input[0]->shape.dim[1]; }
static gsize count(const Node *self) { return (gsize)self->input[1]->shape.dim[1]; }

static double sign_of(gsize k) { return k == 0 ? -1 : 1; }

static double softplus(double x, double a) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double sigmoid(double x, double a) { return 1 / (1 + exp(-x)); }

static const ExprFunction SOFTPLUS = {"softplus", "\\log(1 + e^{x})", softplus},
                          SIGMOID = {"sigmoid", "\\sigma(x)", sigmoid};

/* s_k of row r. */
static double score(const Node *self, gsize r, gsize k) {
  const gsize d = length(self);
  double dot = 0;

  for (gsize i = 0; i < d; i++)
    dot += (double)self->input[0]->value[r * d + i] *
           (double)self->input[1]->value[(r * count(self) + k) * d + i];
  return sign_of(k) * dot;
}

static void skip_gram_forward(Node *self, Tile tile) {
  for (gsize r = (gsize)tile.begin; r < (gsize)tile.end; r++) {
    double sum = 0;
    for (gsize k = 0; k < count(self); k++)
      sum += softplus(score(self, r, k), 0);
    self->output[0]->value[r] = (real)sum;
  }
}

static void skip_gram_backward(Node *self, Tile tile) {
  const Tensor *c = self->input[0], *o = self->input[1];
  const gsize d = length(self);

  for (gsize r = (gsize)tile.begin; r < (gsize)tile.end; r++)
    for (gsize k = 0; k < count(self); k++) {
      const real slope =
          (real)((double)self->output[0]->grad[r] * sign_of(k) * sigmoid(score(self, r, k), 0));
      const gsize at = (r * count(self) + k) * d;
      for (gsize i = 0; i < d; i++) {
        if (c->grad != NULL)
          c->grad[r * d + i] += slope * o->value[at + i];
        if (o->grad != NULL)
          o->grad[at + i] += slope * c->value[r * d + i];
      }
    }
}

static double skip_gram_flops(const Node *self) {
  return 2.0 * (double)(count(self) * length(self));
}

static double skip_gram_flops_backward(const Node *self, int input) {
  return skip_gram_flops(self);
}

static Expr *score_expr(const Node *self, gsize r, gsize k) {
  const gsize d = length(self);
  Expr *sum = expr_sum();

  for (gsize i = 0; i < d; i++)
    expr_add(sum, expr_multiply(expr_operand(self->input[0], r * d + i),
                                expr_operand(self->input[1], (r * count(self) + k) * d + i)));
  return expr_multiply(expr_constant(sign_of(k)), sum);
}

static Expr *skip_gram_explain(const Node *self, gsize offset) {
  Expr *sum = expr_sum();

  for (gsize k = 0; k < count(self); k++)
    expr_add(sum, expr_function(&SOFTPLUS, 0, score_expr(self, offset, k)));
  return sum;
}

/* What the score of k says to each vector of its product. */
static Expr *slope_expr(const Node *self, gsize r, gsize k) {
  return expr_add(expr_multiply(expr_gradient(self->output[0], r), expr_constant(sign_of(k))),
                  expr_function(&SIGMOID, 0, score_expr(self, r, k)));
}

static Expr *skip_gram_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize d = length(self), n = count(self);
  Expr *sum = expr_sum();

  if (input == 1)
    return expr_add(sum, expr_add(slope_expr(self, offset / (d * n), offset / d % n),
                                  expr_operand(self->input[0], offset / (d * n) * d + offset % d)));
  for (gsize k = 0; k < n; k++)
    expr_add(sum, expr_add(slope_expr(self, offset / d, k),
                           expr_operand(self->input[1], (offset / d * n + k) * d + offset % d)));
  return sum;
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>

/* The scores of all rows. */
static gsize skip_gram_state_size(const Node *self, int tiles) {
  return (gsize)self->input[0]->shape.dim[0] * count(self) * sizeof(float);
}

static float *scores_of(const Node *self, int r) {
  return (float *)self->state + (gsize)r * count(self);
}

#define PIECE 64

static float loss_of(const float *scores, gsize n) {
  float piece[PIECE], sum = 0;

  for (gsize k = 0; k < n; k += PIECE) {
    kernels()->function(FUNCTION_SOFTPLUS, 0, scores + k, piece, MIN(n - k, PIECE));
    sum += kernels()->sum(piece, MIN(n - k, PIECE));
  }
  return sum;
}

static void fast_forward(Node *self, Tile tile) {
  const gsize d = length(self), n = count(self);

  for (int r = tile.begin; r < tile.end; r++) {
    const float *c = self->input[0]->value + (gsize)r * d;
    const float *o = self->input[1]->value + (gsize)r * n * d;
    float *scores = scores_of(self, r);
    for (gsize k = 0; k < n; k++)
      scores[k] = (k == 0 ? -1 : 1) * kernels()->dot(c, o + k * d, d);
    self->output[0]->value[r] = loss_of(scores, n);
  }
}

/* `slope` of the scores, of one row. */
static void spread(Node *self, int r, const float *slope) {
  const gsize d = length(self), n = count(self);
  const float *c = self->input[0]->value + (gsize)r * d;
  const float *o = self->input[1]->value + (gsize)r * n * d;
  float *dc = self->input[0]->grad, *d_o = self->input[1]->grad;

  if (dc != NULL && self->first[0])
    memset(dc + (gsize)r * d, 0, d * sizeof(float));
  if (d_o != NULL && self->first[1])
    memset(d_o + (gsize)r * n * d, 0, n * d * sizeof(float));
  for (gsize k = 0; k < n; k++) {
    const float factor = self->output[0]->grad[r] * (k == 0 ? -slope[k] : slope[k]);
    if (dc != NULL)
      kernels()->add_scaled(factor, o + k * d, dc + (gsize)r * d, d);
    if (d_o != NULL)
      kernels()->add_scaled(factor, c, d_o + ((gsize)r * n + k) * d, d);
  }
}

static void fast_backward(Node *self, Tile tile) {
  for (int r = tile.begin; r < tile.end; r++) {
    float *scores = scores_of(self, r);
    kernels()->function(FUNCTION_SIGMOID, 0, scores, scores, count(self));
    spread(self, r, scores);
  }
}

static const FastKernels FAST = {.forward = fast_forward, .backward = fast_backward};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 5), SHAPE(4, 3, 5)}, .low = -1, .high = 1},
    {.input = {SHAPE(9, 37), SHAPE(9, 1, 37)}, .low = -0.5, .high = 0.5},
    {.input = {SHAPE(5, 19), SHAPE(5, 70, 19)}, .low = -0.5, .high = 0.5},
    {{{0}}},
};

extern const Op op_skip_gram_loss;
const Op op_skip_gram_loss = {
    .name = "skip_gram_loss",
    .formula = "L = -\\log\\sigma(c \\cdot o_0) - \\sum_{k > 0}\\log\\sigma(-c \\cdot o_k)",
    .inputs = "xx",
    .shape = skip_gram_shape,
    .forward = skip_gram_forward,
    .backward = skip_gram_backward,
#ifndef REAL_DOUBLE
    .state_size = skip_gram_state_size,
    .fast = &FAST,
#endif
    .flops = skip_gram_flops,
    .flops_backward = skip_gram_flops_backward,
    .explain = skip_gram_explain,
    .explain_gradient = skip_gram_explain_gradient,
    .samples = SAMPLES,
};
