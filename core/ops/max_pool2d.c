/* The largest value of each window.   x (B, H, W, C), y (B, OH, OW, C) */
#include "core/ops/ops.h"

#include <math.h>

static gboolean max_pool2d_shape(Node *self, GError **error) {
  const WindowAttrs *attrs = self->attrs;
  const Shape *x = &self->input[0]->shape;
  WindowAxis axes[2];

  if (!window_axes(axes, x, attrs->size, attrs, error))
    return FALSE;
  node_set_output(self, 0, &SHAPE(x->dim[0], axes[0].output, axes[1].output, x->dim[3]));
  return TRUE;
}

static void get_axes(const Node *self, WindowAxis axes[2]) {
  const WindowAttrs *attrs = self->attrs;
  gboolean fits = window_axes(axes, &self->input[0]->shape, attrs->size, attrs, NULL);

  g_assert(fits);
}

/* Offset of the largest input in the window of output `at`; the first of equal ones. */
static gsize winner(const Node *self, const WindowAxis axes[2], const int at[4]) {
  const Tensor *x = self->input[0];
  gsize best = 0;
  real largest = -INFINITY;
  gboolean found = FALSE;

  for (int ky = 0; ky < axes[0].size; ky++)
    for (int kx = 0; kx < axes[1].size; kx++) {
      const int iy = window_pixel(&axes[0], at[1], ky), ix = window_pixel(&axes[1], at[2], kx);
      if (iy < 0 || iy >= axes[0].input || ix < 0 || ix >= axes[1].input)
        continue;
      const gsize offset = shape_offset(&x->shape, (int[]){at[0], iy, ix, at[3]});
      if (!found || x->value[offset] > largest) {
        largest = x->value[offset];
        best = offset;
        found = TRUE;
      }
    }
  return best;
}

static void max_pool2d_run(Node *self, Tile tile, gboolean backward) {
  Tensor *x = self->input[0], *y = self->output[0];
  const gsize row = tensor_row_size(y);
  WindowAxis axes[2];

  get_axes(self, axes);
  for (gsize o = (gsize)tile.begin * row; o < (gsize)tile.end * row; o++) {
    int at[4];
    shape_unravel(&y->shape, o, at);
    if (backward)
      x->grad[winner(self, axes, at)] += y->grad[o];
    else
      y->value[o] = x->value[winner(self, axes, at)];
  }
}

static void max_pool2d_forward(Node *self, Tile tile) { max_pool2d_run(self, tile, FALSE); }

static void max_pool2d_backward(Node *self, Tile tile) {
  if (self->input[0]->grad != NULL)
    max_pool2d_run(self, tile, TRUE);
}

static Expr *max_pool2d_explain(const Node *self, gsize offset) {
  const Tensor *x = self->input[0];
  Expr *max = expr_max();
  WindowAxis axes[2];
  int at[4];

  get_axes(self, axes);
  shape_unravel(&self->output[0]->shape, offset, at);
  for (int ky = 0; ky < axes[0].size; ky++)
    for (int kx = 0; kx < axes[1].size; kx++) {
      const int iy = window_pixel(&axes[0], at[1], ky), ix = window_pixel(&axes[1], at[2], kx);
      if (iy >= 0 && iy < axes[0].input && ix >= 0 && ix < axes[1].input)
        expr_add(max, expr_operand(x, shape_offset(&x->shape, (int[]){at[0], iy, ix, at[3]})));
    }
  return max;
}

static Expr *max_pool2d_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const Tensor *y = self->output[0];
  const gsize row = tensor_row_size(y), from = offset / tensor_row_size(self->input[0]) * row;
  Expr *sum = expr_sum();
  WindowAxis axes[2];

  get_axes(self, axes);
  for (gsize o = from; o < from + row; o++) {
    int at[4];
    shape_unravel(&y->shape, o, at);
    if (winner(self, axes, at) == offset)
      expr_add(sum, expr_gradient(y, o));
  }
  return sum;
}

#define ATTRS(...) (&(const WindowAttrs){__VA_ARGS__})

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 6, 4, 3)}, .attrs = ATTRS(.size = {2, 2}, .stride = {2, 2})},
    {.input = {SHAPE(2, 7, 5, 2)}, .attrs = ATTRS(.size = {3, 2}, .stride = {2, 1})},
    {.input = {SHAPE(3, 7, 6, 17)}, .attrs = ATTRS(.size = {3, 3}, .stride = {2, 2}, .same = TRUE)},
    {{{0}}},
};

const Op op_max_pool2d = {
    .name = "max_pool2d",
    .formula = "y_{pqc} = \\max_{i,j} x_{sp+i,\\,sq+j,\\,c}",
    .attrs_size = sizeof(WindowAttrs),
    .inputs = "x",
    .shape = max_pool2d_shape,
    .forward = max_pool2d_forward,
    .backward = max_pool2d_backward,
    .explain = max_pool2d_explain,
    .explain_gradient = max_pool2d_explain_gradient,
    .samples = SAMPLES,
};
