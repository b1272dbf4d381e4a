/* y = scale·x + offset, and y = x kept within low … high. */
#include "core/ops/ops.h"

#include <math.h>

static gboolean same_shape(Node *self, GError **error) {
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

static double rescale(double x, const RescaleAttrs *attrs) {
  return attrs->scale * x + attrs->offset;
}
static double rescale_slope(double x, const RescaleAttrs *attrs) { return attrs->scale; }

static double clip(double x, const ClipAttrs *attrs) { return CLAMP(x, attrs->low, attrs->high); }
static double clip_slope(double x, const ClipAttrs *attrs) {
  return x >= attrs->low && x <= attrs->high;
}

static Expr *operand(const Node *self, gsize offset) {
  return expr_operand(self->input[0], offset);
}

static Expr *rescale_expr(const Node *self, gsize offset) {
  const RescaleAttrs *attrs = self->attrs;

  return expr_add(
      expr_add(expr_sum(), expr_multiply(expr_constant(attrs->scale), operand(self, offset))),
      expr_constant(attrs->offset));
}

/* min(max(x, low), high) = -max(-max(x, low), -high) */
static Expr *clip_expr(const Node *self, gsize offset) {
  const ClipAttrs *attrs = self->attrs;
  Expr *above = expr_add(expr_add(expr_max(), operand(self, offset)), expr_constant(attrs->low));

  return expr_multiply(expr_constant(-1),
                       expr_add(expr_add(expr_max(), expr_multiply(expr_constant(-1), above)),
                                expr_constant(-attrs->high)));
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

static AffineRow rescale_row(const RescaleAttrs *attrs) {
  return (AffineRow){(float)attrs->scale, (float)attrs->offset, -INFINITY, INFINITY};
}
static AffineRow clip_row(const ClipAttrs *attrs) {
  return (AffineRow){1, 0, (float)attrs->low, (float)attrs->high};
}

static void fast_forward(Node *self, Tile tile, AffineRow row) {
  const gsize n = tensor_row_size(self->output[0]), from = (gsize)tile.begin * n;

  kernels()->affine(&row, self->input[0]->value + from, self->output[0]->value + from,
                    (gsize)(tile.end - tile.begin) * n);
}

static void fast_backward(Node *self, Tile tile, AffineRow row) {
  const gsize n = tensor_row_size(self->output[0]), from = (gsize)tile.begin * n;

  if (self->input[0]->grad != NULL)
    kernels()->affine_gradient(&row, self->input[0]->value + from, self->output[0]->grad + from,
                               self->input[0]->grad + from, (gsize)(tile.end - tile.begin) * n,
                               !self->first[0]);
}

#define FAST(id)                                                                                   \
  static void id##_fast_forward(Node *self, Tile tile) {                                           \
    fast_forward(self, tile, id##_row(self->attrs));                                               \
  }                                                                                                \
  static void id##_fast_backward(Node *self, Tile tile) {                                          \
    fast_backward(self, tile, id##_row(self->attrs));                                              \
  }                                                                                                \
  static const FastKernels id##_kernels = {.forward = id##_fast_forward,                           \
                                           .backward = id##_fast_backward};
#define FAST_KERNELS(id) &id##_kernels
#else
#define FAST(id)
#define FAST_KERNELS(id) NULL
#endif

static const OpSample rescale_samples[] = {
    {.input = {SHAPE(4, 9)}, .attrs = &(const RescaleAttrs){0.5, -1}},
    {.input = {SHAPE(3, 4, 5, 2)}, .attrs = &(const RescaleAttrs){1.0 / 127.5, 0}},
    {{{0}}},
};

static const OpSample clip_samples[] = {
    {.input = {SHAPE(4, 9)}, .attrs = &(const ClipAttrs){-0.7, 1.3}},
    {.input = {SHAPE(3, 4, 5, 2)}, .attrs = &(const ClipAttrs){0.11, 0.93}},
    {{{0}}},
};

#define AFFINE(id, attributes, tex)                                                                \
  FAST(id)                                                                                         \
  static void id##_forward(Node *self, Tile tile) {                                                \
    const gsize row = tensor_row_size(self->output[0]);                                            \
    for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)                        \
      self->output[0]->value[i] = (real)id((double)self->input[0]->value[i], self->attrs);         \
  }                                                                                                \
  static void id##_backward(Node *self, Tile tile) {                                               \
    const gsize row = tensor_row_size(self->output[0]);                                            \
    for (gsize i = (gsize)tile.begin * row;                                                        \
         self->input[0]->grad != NULL && i < (gsize)tile.end * row; i++)                           \
      self->input[0]->grad[i] +=                                                                   \
          (real)((double)self->output[0]->grad[i] *                                                \
                 id##_slope((double)self->input[0]->value[i], self->attrs));                       \
  }                                                                                                \
  static Expr *id##_explain_gradient(const Node *self, int input, gsize offset, int rows) {        \
    const double slope = id##_slope((double)self->input[0]->value[offset], self->attrs);           \
    return slope == 0                                                                              \
               ? NULL                                                                              \
               : expr_multiply(expr_constant(slope), expr_gradient(self->output[0], offset));      \
  }                                                                                                \
  const Op op_##id = {                                                                             \
      .name = #id,                                                                                 \
      .formula = "y = " tex,                                                                       \
      .attrs_size = sizeof(attributes),                                                            \
      .inputs = "x",                                                                               \
      .shape = same_shape,                                                                         \
      .forward = id##_forward,                                                                     \
      .backward = id##_backward,                                                                   \
      .fast = FAST_KERNELS(id),                                                                    \
      .explain = id##_expr,                                                                        \
      .explain_gradient = id##_explain_gradient,                                                   \
      .samples = id##_samples,                                                                     \
  };

AFFINE(rescale, RescaleAttrs, "a\\,x + b")
AFFINE(clip, ClipAttrs, "\\min(\\max(x, a), b)")
