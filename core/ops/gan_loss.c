/* What a logit of a discriminator loses: the mean over a row (Goodfellow et al. 2014; with
 * least squares Mao et al. 2017).
 *
 *                     log, non-saturating                       least squares
 *   real              -(1 - ε)·log σ(x) - ε·log(1 - σ(x))       (x - (1 - ε))²
 *   fake              -log(1 - σ(x))                            x²
 *   generator         log: log(1 - σ(x)); else -log σ(x)        (x - 1)²
 *
 * With log(1 + e^x) = -log(1 - σ(x)) all of them are a·log(1 + e^x) - b·x, or c·(x - t)².
 */
#include "core/ops/ops.h"

#include <math.h>

typedef struct {
  double soft, line; /* a, b */
  double square, target;
} Terms;

static Terms terms_of(const Node *self) {
  const GanLossAttrs *attrs = self->attrs;
  const double wanted = attrs->role == GAN_FAKE   ? 0
                        : attrs->role == GAN_REAL ? 1 - attrs->label_smoothing
                                                  : 1;

  if (attrs->kind == GAN_LEAST_SQUARES)
    return (Terms){.square = 1, .target = wanted};
  if (attrs->kind == GAN_LOG && attrs->role == GAN_GENERATOR)
    return (Terms){.soft = -1};
  return (Terms){.soft = 1, .line = wanted};
}

static double softplus(double x, double a) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double sigmoid(double x, double a) { return 1 / (1 + exp(-x)); }

static const ExprFunction SOFTPLUS = {"softplus", "\\log(1 + e^{x})", softplus},
                          SIGMOID = {"sigmoid", "\\sigma(x)", sigmoid};

static gboolean gan_shape(Node *self, GError **error) {
  node_set_output(self, 0, &SHAPE(self->input[0]->shape.dim[0]));
  return TRUE;
}

static void gan_forward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);
  const Terms is = terms_of(self);

  for (int r = tile.begin; r < tile.end; r++) {
    double sum = 0;
    for (gsize i = (gsize)r * n; i < (gsize)(r + 1) * n; i++) {
      const double x = (double)self->input[0]->value[i];
      sum += is.soft * softplus(x, 0) - is.line * x + is.square * (x - is.target) * (x - is.target);
    }
    self->output[0]->value[r] = (real)(sum / (double)n);
  }
}

static void gan_backward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);
  const Terms is = terms_of(self);

  for (gsize i = (gsize)tile.begin * n; self->input[0]->grad != NULL && i < (gsize)tile.end * n;
       i++) {
    const double x = (double)self->input[0]->value[i];
    self->input[0]->grad[i] +=
        (real)((double)self->output[0]->grad[i / n] / (double)n *
               (is.soft * sigmoid(x, 0) - is.line + 2 * is.square * (x - is.target)));
  }
}

static Expr *operand(const Node *self, gsize i) { return expr_operand(self->input[0], i); }

static Expr *scaled(double factor, Expr *expr) {
  return expr_multiply(expr_constant(factor), expr);
}

static Expr *away(const Node *self, const Terms *is, gsize i) {
  return expr_add(expr_add(expr_sum(), operand(self, i)), expr_constant(-is->target));
}

static Expr *gan_explain(const Node *self, gsize offset) {
  const gsize n = tensor_row_size(self->input[0]);
  const Terms is = terms_of(self);
  Expr *sum = expr_sum();

  for (gsize i = offset * n; i < (offset + 1) * n; i++) {
    if (is.soft != 0)
      expr_add(sum, scaled(is.soft, expr_function(&SOFTPLUS, 0, operand(self, i))));
    if (is.line != 0)
      expr_add(sum, scaled(-is.line, operand(self, i)));
    if (is.square != 0)
      expr_add(sum, expr_multiply(away(self, &is, i), away(self, &is, i)));
  }
  return scaled(1 / (double)n, sum);
}

static Expr *gan_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize n = tensor_row_size(self->input[0]);
  const Terms is = terms_of(self);
  Expr *slope = expr_sum();

  if (is.soft != 0)
    expr_add(slope, scaled(is.soft, expr_function(&SIGMOID, 0, operand(self, offset))));
  if (is.line != 0)
    expr_add(slope, expr_constant(-is.line));
  if (is.square != 0)
    expr_add(slope, scaled(2, away(self, &is, offset)));
  return scaled(1 / (double)n, expr_multiply(expr_gradient(self->output[0], offset / n), slope));
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#define PIECE 256

/* The sum over numbers that fit a piece. */
static float sum_of(const Terms *is, const float *x, gsize n) {
  const AffineRow from = {1, -(float)is->target, -INFINITY, INFINITY};
  float piece[PIECE];

  if (is->square != 0) {
    kernels()->affine(&from, x, piece, n);
    return kernels()->dot(piece, piece, n);
  }
  kernels()->function(FUNCTION_SOFTPLUS, 0, x, piece, n);
  return (float)is->soft * kernels()->sum(piece, n) - (float)is->line * kernels()->sum(x, n);
}

static void fast_forward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);
  const Terms is = terms_of(self);

  for (int r = tile.begin; r < tile.end; r++) {
    float sum = 0;
    for (gsize i = 0; i < n; i += PIECE)
      sum += sum_of(&is, self->input[0]->value + (gsize)r * n + i, MIN(n - i, PIECE));
    self->output[0]->value[r] = sum / (float)n;
  }
}

static void slopes_of(const Terms *is, float scale, const float *x, float *slope, gsize n) {
  const AffineRow square = {2 * scale, -2 * scale * (float)is->target, -INFINITY, INFINITY};
  const AffineRow line = {(float)is->soft * scale, -(float)is->line * scale, -INFINITY, INFINITY};

  if (is->square != 0) {
    kernels()->affine(&square, x, slope, n);
    return;
  }
  kernels()->function(FUNCTION_SIGMOID, 0, x, slope, n);
  kernels()->affine(&line, slope, slope, n);
}

static void fast_backward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);
  const Terms is = terms_of(self);
  float piece[PIECE];

  for (int r = tile.begin; self->input[0]->grad != NULL && r < tile.end; r++)
    for (gsize i = 0; i < n; i += PIECE) {
      const gsize from = (gsize)r * n + i, count = MIN(n - i, PIECE);
      float *grad = self->input[0]->grad + from;
      slopes_of(&is, self->output[0]->grad[r] / (float)n, self->input[0]->value + from,
                self->first[0] ? grad : piece, count);
      if (!self->first[0])
        kernels()->add(piece, grad, count);
    }
}

static const FastKernels FAST = {.forward = fast_forward, .backward = fast_backward};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 1)}, .attrs = &(const GanLossAttrs){GAN_NON_SATURATING, GAN_REAL, 0.1}},
    {.input = {SHAPE(9, 3, 7)}, .attrs = &(const GanLossAttrs){GAN_LOG, GAN_FAKE, 0}},
    {.input = {SHAPE(9, 300)}, .attrs = &(const GanLossAttrs){GAN_LOG, GAN_GENERATOR, 0}},
    {.input = {SHAPE(4, 1)}, .attrs = &(const GanLossAttrs){GAN_NON_SATURATING, GAN_GENERATOR, 0}},
    {.input = {SHAPE(9, 19)}, .attrs = &(const GanLossAttrs){GAN_LEAST_SQUARES, GAN_REAL, 0.2}},
    {.input = {SHAPE(4, 300)}, .attrs = &(const GanLossAttrs){GAN_LEAST_SQUARES, GAN_FAKE, 0}},
    {{{0}}},
};

extern const Op op_gan_loss;
const Op op_gan_loss = {
    .name = "gan_loss",
    .formula = "L = a\\log(1 + e^{x}) - b\\,x",
    .attrs_size = sizeof(GanLossAttrs),
    .inputs = "x",
    .shape = gan_shape,
    .forward = gan_forward,
    .backward = gan_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .explain = gan_explain,
    .explain_gradient = gan_explain_gradient,
    .samples = SAMPLES,
};
