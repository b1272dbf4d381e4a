/* y = x·W + b: every output sees every input of its vector. A row may hold several vectors (steps
 * of a sequence), each treated alike.
 *
 *   x (B, …, I), W (I, O), b (O), y (B, …, O)
 */
#include "core/ops/ops.h"

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>
#endif

static gboolean dense_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape, *w = &self->input[1]->shape;
  Shape y = *x;

  if (x->rank < 2 || w->rank != 2 || x->dim[x->rank - 1] != w->dim[0]) {
    g_autofree char *input = shape_to_string(x), *kernel = shape_to_string(w);
    g_set_error(
        error, MODEL_ERROR, MODEL_ERROR_SHAPE,
        "needs vectors of as many numbers as the kernel has rows; the input is %s, the kernel "
        "%s",
        input, kernel);
    return FALSE;
  }
  y.dim[y.rank - 1] = w->dim[1];
  node_set_output(self, 0, &y);
  return TRUE;
}

/* Vectors in one row of the batch. */
static int vectors(const Node *self) {
  return (int)(tensor_row_size(self->input[0]) / (gsize)self->input[1]->shape.dim[0]);
}

static void dense_forward(Node *self, Tile tile) {
  const Tensor *x = self->input[0], *w = self->input[1], *b = self->input[2], *y = self->output[0];
  const int in = w->shape.dim[0], out = w->shape.dim[1];

  for (int r = tile.begin * vectors(self); r < tile.end * vectors(self); r++)
    for (int o = 0; o < out; o++) {
      real sum = 0;
      for (int i = 0; i < in; i++)
        sum += x->value[r * in + i] * w->value[i * out + o];
      y->value[r * out + o] = sum + (b != NULL ? b->value[o] : 0);
    }
}

static void dense_backward(Node *self, Tile tile) {
  const Tensor *x = self->input[0], *w = self->input[1], *b = self->input[2], *y = self->output[0];
  const int in = w->shape.dim[0], out = w->shape.dim[1];

  for (int r = tile.begin * vectors(self); r < tile.end * vectors(self); r++)
    for (int o = 0; o < out; o++) {
      const real dy = y->grad[r * out + o];
      for (int i = 0; i < in; i++) {
        if (x->grad != NULL)
          x->grad[r * in + i] += dy * w->value[i * out + o];
        if (w->grad != NULL)
          w->grad[i * out + o] += dy * x->value[r * in + i];
      }
      if (b != NULL && b->grad != NULL)
        b->grad[o] += dy;
    }
}

static double dense_flops(const Node *self) {
  return 2.0 * vectors(self) * (double)shape_size(&self->input[1]->shape);
}

static double dense_flops_backward(const Node *self, int input) {
  return input == 2 ? 0 : dense_flops(self);
}

static Expr *dense_explain(const Node *self, gsize offset) {
  const int in = self->input[1]->shape.dim[0], out = self->input[1]->shape.dim[1];
  const gsize r = offset / (gsize)out, o = offset % (gsize)out;
  Expr *sum = expr_sum();

  for (int i = 0; i < in; i++)
    expr_add(sum, expr_multiply(expr_operand(self->input[0], r * (gsize)in + (gsize)i),
                                expr_operand(self->input[1], (gsize)i * (gsize)out + o)));
  if (self->n_inputs > 2)
    expr_add(sum, expr_operand(self->input[2], o));
  return sum;
}

static Expr *explain_x(const Node *self, gsize offset) {
  const gsize in = (gsize)self->input[1]->shape.dim[0], out = (gsize)self->input[1]->shape.dim[1];
  Expr *sum = expr_sum();

  for (gsize o = 0; o < out; o++)
    expr_add(sum, expr_multiply(expr_gradient(self->output[0], offset / in * out + o),
                                expr_operand(self->input[1], offset % in * out + o)));
  return sum;
}

static Expr *dense_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize in = (gsize)self->input[1]->shape.dim[0], out = (gsize)self->input[1]->shape.dim[1];

  if (input == 0)
    return explain_x(self, offset);
  Expr *sum = expr_sum();
  for (gsize r = 0; r < (gsize)(rows * vectors(self)); r++) {
    Expr *dy = expr_gradient(self->output[0], r * out + offset % out);
    expr_add(sum, input == 2
                      ? dy
                      : expr_multiply(dy, expr_operand(self->input[0], r * in + offset / out)));
  }
  return sum;
}

#ifndef REAL_DOUBLE
#define ITEM_WEIGHTS 16384 /* weights of one item: 64 KiB of gradient */
#define SPLIT_WEIGHTS 65536

static int dense_weight_items(const Node *self) {
  const gsize weights = shape_size(&self->input[1]->shape);

  return self->input[1]->grad != NULL ? (int)((weights + ITEM_WEIGHTS - 1) / ITEM_WEIGHTS) : 0;
}

/* The inputs of one item: nearly the same number for all, starting at whole cache lines. */
typedef struct {
  int from, n;
} Inputs;

#define UNIT 32

static Inputs item_inputs(const Node *self, int item) {
  const gint64 in = self->input[1]->shape.dim[0], items = dense_weight_items(self);
  const gint64 units = (in + UNIT - 1) / UNIT;
  const int from = (int)(units * item / items * UNIT);

  return (Inputs){from, (int)MIN(units * (item + 1) / items * UNIT, in) - from};
}

static gboolean dense_split(const Node *self) {
  return self->input[0]->grad != NULL && self->input[1]->grad != NULL &&
         shape_size(&self->input[1]->shape) >= SPLIT_WEIGHTS;
}

/* Partial sums of all items, each (capacity, out). */
static float *partial(const Node *self, int item) {
  return (float *)self->state + (gsize)item * shape_size(&self->output[0]->shape);
}

static gsize dense_state_size(const Node *self, int tiles) {
  return self->split
             ? (gsize)dense_weight_items(self) * shape_size(&self->output[0]->shape) * sizeof(float)
             : 0;
}

/* What the inputs from … from + n - 1 give to every row. */
static void weight_forward(Node *self, int item, int rows) {
  const int in = self->input[1]->shape.dim[0], out = self->input[1]->shape.dim[1];
  const Inputs inputs = item_inputs(self, item);

  kernels()->gemm(&(Gemm){.m = rows * vectors(self),
                          .n = out,
                          .k = inputs.n,
                          .a = self->input[0]->value + inputs.from,
                          .a_row = in,
                          .a_col = 1,
                          .b = self->input[1]->value + (gsize)inputs.from * (gsize)out,
                          .b_row = out,
                          .b_col = 1,
                          .c = partial(self, item),
                          .c_row = out});
}

static void sum_partials(Node *self, Tile tile) {
  const gsize out = (gsize)self->input[1]->shape.dim[1], row = out * (gsize)vectors(self);
  const gsize from = (gsize)tile.begin * row, n = (gsize)(tile.end - tile.begin) * row;
  float *y = self->output[0]->value + from;

  memcpy(y, partial(self, 0) + from, n * sizeof(float));
  for (int item = 1; item < dense_weight_items(self); item++)
    kernels()->add(partial(self, item) + from, y, n);
  for (gsize i = 0; self->input[2] != NULL && i < n; i += out)
    kernels()->add(self->input[2]->value, y + i, out);
}

static void fast_forward(Node *self, Tile tile) {
  if (self->split) {
    sum_partials(self, tile);
    return;
  }
  const int in = self->input[1]->shape.dim[0], out = self->input[1]->shape.dim[1];
  const gsize from = (gsize)(tile.begin * vectors(self));
  kernels()->gemm(&(Gemm){.m = (tile.end - tile.begin) * vectors(self),
                          .n = out,
                          .k = in,
                          .a = self->input[0]->value + from * (gsize)in,
                          .a_row = in,
                          .a_col = 1,
                          .b = self->input[1]->value,
                          .b_row = out,
                          .b_col = 1,
                          .c = self->output[0]->value + from * (gsize)out,
                          .c_row = out,
                          .bias = self->input[2] != NULL ? self->input[2]->value : NULL});
}

/* dx[rows, from … from + n - 1] = dy · Wᵀ */
static void input_gradient(const Node *self, Tile tile, int from, int n) {
  const int in = self->input[1]->shape.dim[0], out = self->input[1]->shape.dim[1];
  const gsize first = (gsize)(tile.begin * vectors(self));

  kernels()->gemm(&(Gemm){.m = (tile.end - tile.begin) * vectors(self),
                          .n = n,
                          .k = out,
                          .a = self->output[0]->grad + first * (gsize)out,
                          .a_row = out,
                          .a_col = 1,
                          .b = self->input[1]->value + (gsize)from * (gsize)out,
                          .b_row = 1,
                          .b_col = out,
                          .c = self->input[0]->grad + first * (gsize)in + from,
                          .c_row = in,
                          .accumulate = !self->first[0]});
}

static void fast_backward(Node *self, Tile tile) {
  if (self->input[0]->grad != NULL)
    input_gradient(self, tile, 0, self->input[1]->shape.dim[0]);
}

static void bias_gradient(const Node *self, int rows) {
  const Tensor *b = self->input[2];
  const int out = self->input[1]->shape.dim[1];

  for (int o = 0; self->first[2] && o < out; o++)
    b->grad[o] = 0;
  for (int r = 0; r < rows * vectors(self); r++)
    for (int o = 0; o < out; o++)
      b->grad[o] += self->output[0]->grad[r * out + o];
}

static void fast_weight_gradient(Node *self, int item, int rows, int tiles) {
  const int in = self->input[1]->shape.dim[0], out = self->input[1]->shape.dim[1];
  const Inputs inputs = item_inputs(self, item);

  kernels()->gemm(&(Gemm){.m = inputs.n,
                          .n = out,
                          .k = rows * vectors(self),
                          .a = self->input[0]->value + inputs.from,
                          .a_row = 1,
                          .a_col = in,
                          .b = self->output[0]->grad,
                          .b_row = out,
                          .b_col = 1,
                          .c = self->input[1]->grad + (gsize)inputs.from * (gsize)out,
                          .c_row = out,
                          .accumulate = !self->first[1]});
  if (self->split)
    input_gradient(self, (Tile){0, rows, 0, rows}, inputs.from, inputs.n);
  if (item == 0 && self->input[2] != NULL && self->input[2]->grad != NULL)
    bias_gradient(self, rows);
}

static const FastKernels FAST = {fast_forward,         fast_backward, dense_weight_items,
                                 fast_weight_gradient, dense_split,   weight_forward};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 4), SHAPE(4, 5), SHAPE(5)}},
    {.input = {SHAPE(7, 33), SHAPE(33, 18)}},
    {.input = {SHAPE(5, 3, 6), SHAPE(6, 4), SHAPE(4)}},
    {.input = {SHAPE(9, 130), SHAPE(130, 70), SHAPE(70)}},
    {.input = {SHAPE(35, 600), SHAPE(600, 112), SHAPE(112)}},
    {{{0}}},
};

const Op op_dense = {
    .name = "dense",
    .formula = "y_{o} = \\sum_i x_{i}\\,W_{io} + b_{o}",
    .inputs = "xwW",
    .shape = dense_shape,
    .forward = dense_forward,
    .backward = dense_backward,
#ifndef REAL_DOUBLE
    .state_size = dense_state_size,
    .fast = &FAST,
#endif
    .flops = dense_flops,
    .flops_backward = dense_flops_backward,
    .explain = dense_explain,
    .explain_gradient = dense_explain_gradient,
    .samples = SAMPLES,
};
