/* The mean of each window; padding does not count.   x (B, H, W, C), y (B, OH, OW, C) */
#include "core/ops/ops.h"

static gboolean average_pool2d_shape(Node *self, GError **error) {
  const WindowAttrs *attrs = self->attrs;
  const Shape *x = &self->input[0]->shape;
  WindowAxis axes[2];

  if (!window_axes(axes, x, attrs->size, attrs, error))
    return FALSE;
  node_set_output(self, 0, &SHAPE(x->dim[0], axes[0].output, axes[1].output, x->dim[3]));
  return TRUE;
}

/* The cells of a window that lie in the image: rows and columns begin … end - 1. */
typedef struct {
  int begin[2], end[2];
} Cells;

static Cells cells_of(const Node *self, const int at[4]) {
  const WindowAttrs *attrs = self->attrs;
  WindowAxis axes[2];
  Cells cells;
  gboolean fits = window_axes(axes, &self->input[0]->shape, attrs->size, attrs, NULL);

  g_assert(fits);
  for (int a = 0; a < 2; a++) {
    int first = window_pixel(&axes[a], at[a + 1], 0);
    cells.begin[a] = MAX(first, 0);
    cells.end[a] = MIN(first + axes[a].size, axes[a].input);
  }
  return cells;
}

static real share(const Cells *cells) {
  return (real)(1.0 / ((cells->end[0] - cells->begin[0]) * (cells->end[1] - cells->begin[1])));
}

static void window_run(Node *self, gsize o, gboolean backward) {
  Tensor *x = self->input[0], *y = self->output[0];
  int at[4];

  shape_unravel(&y->shape, o, at);
  const Cells cells = cells_of(self, at);
  real sum = 0;
  for (int iy = cells.begin[0]; iy < cells.end[0]; iy++)
    for (int ix = cells.begin[1]; ix < cells.end[1]; ix++) {
      const gsize i = shape_offset(&x->shape, (int[]){at[0], iy, ix, at[3]});
      if (backward)
        x->grad[i] += y->grad[o] * share(&cells);
      else
        sum += x->value[i];
    }
  if (!backward)
    y->value[o] = sum * share(&cells);
}

static void average_pool2d_run(Node *self, Tile tile, gboolean backward) {
  const gsize row = tensor_row_size(self->output[0]);

  for (gsize o = (gsize)tile.begin * row; o < (gsize)tile.end * row; o++)
    window_run(self, o, backward);
}

static void average_pool2d_forward(Node *self, Tile tile) { average_pool2d_run(self, tile, FALSE); }

static void average_pool2d_backward(Node *self, Tile tile) {
  if (self->input[0]->grad != NULL)
    average_pool2d_run(self, tile, TRUE);
}

static Expr *average_pool2d_explain(const Node *self, gsize offset) {
  const Tensor *x = self->input[0];
  Expr *sum = expr_sum();
  int at[4];

  shape_unravel(&self->output[0]->shape, offset, at);
  const Cells cells = cells_of(self, at);
  for (int iy = cells.begin[0]; iy < cells.end[0]; iy++)
    for (int ix = cells.begin[1]; ix < cells.end[1]; ix++)
      expr_add(sum, expr_operand(x, shape_offset(&x->shape, (int[]){at[0], iy, ix, at[3]})));
  return expr_multiply(expr_constant(share(&cells)), sum);
}

static Expr *average_pool2d_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const Tensor *x = self->input[0], *y = self->output[0];
  const gsize row = tensor_row_size(y), from = offset / tensor_row_size(x) * row;
  Expr *sum = expr_sum();
  int in[4], at[4];

  shape_unravel(&x->shape, offset, in);
  for (gsize o = from; o < from + row; o++) {
    shape_unravel(&y->shape, o, at);
    const Cells cells = cells_of(self, at);
    if (at[3] == in[3] && in[1] >= cells.begin[0] && in[1] < cells.end[0] &&
        in[2] >= cells.begin[1] && in[2] < cells.end[1])
      expr_add(sum, expr_multiply(expr_gradient(y, o), expr_constant(share(&cells))));
  }
  return sum;
}

#define ATTRS(...) (&(const WindowAttrs){__VA_ARGS__})

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 6, 4, 3)}, .attrs = ATTRS(.size = {2, 2}, .stride = {2, 2})},
    {.input = {SHAPE(2, 7, 5, 2)}, .attrs = ATTRS(.size = {3, 2}, .stride = {1, 2})},
    {.input = {SHAPE(3, 7, 6, 5)}, .attrs = ATTRS(.size = {3, 3}, .stride = {2, 2}, .same = TRUE)},
    {{{0}}},
};

const Op op_average_pool2d = {
    .name = "average_pool2d",
    .formula = "y_{pqc} = \\frac{1}{|w|}\\sum_{(i,j) \\in w} x_{sp+i,\\,sq+j,\\,c}",
    .attrs_size = sizeof(WindowAttrs),
    .inputs = "x",
    .shape = average_pool2d_shape,
    .forward = average_pool2d_forward,
    .backward = average_pool2d_backward,
    .explain = average_pool2d_explain,
    .explain_gradient = average_pool2d_explain_gradient,
    .samples = SAMPLES,
};
