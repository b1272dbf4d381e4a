/* y = x·W + b: every output sees every input of its vector. A row may hold several vectors (steps
 * of a sequence), each treated alike.
 *
 *   x (B, …, I), W (I, O), b (O), y (B, …, O)
 *
 * Either side of W may be cut further, as Keras cuts the kernels of attention by heads: (E, H, D)
 * or (H, D, E). It is the same matrix.
 */
#include "core/graph/graph.h"
#include "core/ops/ops.h"

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>
#endif

/* The sides of W as a matrix. */
static int inputs_of(const Node *self) {
  return self->input[0]->shape.dim[self->input[0]->shape.rank - 1];
}

static int outputs_of(const Node *self) {
  return (int)(shape_size(&self->input[1]->shape) / (gsize)inputs_of(self));
}

/* Whether the first dimensions of W, but not all, multiply to the length of the vectors. */
static gboolean fits(const Shape *x, const Shape *w) {
  gint64 inputs = 1;
  int i = 0;

  if (x->rank < 2)
    return FALSE;
  while (i < w->rank - 1 && (i == 0 || inputs < x->dim[x->rank - 1]))
    inputs *= w->dim[i++];
  return i > 0 && inputs == x->dim[x->rank - 1];
}

static gboolean dense_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape, *w = &self->input[1]->shape;
  Shape y = *x;

  if (!fits(x, w)) {
    g_autofree char *input = shape_to_string(x), *kernel = shape_to_string(w);
    g_set_error(
        error, MODEL_ERROR, MODEL_ERROR_SHAPE,
        "needs vectors of as many numbers as the kernel has rows; the input is %s, the kernel "
        "%s",
        input, kernel);
    return FALSE;
  }
  y.dim[y.rank - 1] = outputs_of(self);
  node_set_output(self, 0, &y);
  return TRUE;
}

/* Vectors in one row of the batch. */
static int vectors(const Node *self) {
  return (int)(tensor_row_size(self->input[0]) / (gsize)inputs_of(self));
}

static void dense_forward(Node *self, Tile tile) {
  const Tensor *x = self->input[0], *w = self->input[1], *b = self->input[2], *y = self->output[0];
  const int in = inputs_of(self), out = outputs_of(self);

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
  const int in = inputs_of(self), out = outputs_of(self);

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
  const int in = inputs_of(self), out = outputs_of(self);
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
  const gsize in = (gsize)inputs_of(self), out = (gsize)outputs_of(self);
  Expr *sum = expr_sum();

  for (gsize o = 0; o < out; o++)
    expr_add(sum, expr_multiply(expr_gradient(self->output[0], offset / in * out + o),
                                expr_operand(self->input[1], offset % in * out + o)));
  return sum;
}

static Expr *dense_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize in = (gsize)inputs_of(self), out = (gsize)outputs_of(self);

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
#define SPLIT_WEIGHTS 65536
#define SPLIT_ITEM 16384 /* weights of one item: 64 KiB of gradient */
#define SPLIT_VECTORS 64 /* a tile of as many shares what it loads of the weights */
#define ITEM_WEIGHTS 4096
#define ITEM_OUTPUTS 64
#define UNIT 32 /* parts of either side start at whole cache lines */

/* Of `n` numbers, part `index` of `parts`: nearly the same for all. */
typedef struct {
  int from, n;
} Part;

static Part part_of(int n, int parts, int index) {
  const gint64 units = (n + UNIT - 1) / UNIT;
  const int from = (int)(units * index / parts * UNIT);

  return (Part){from, (int)MIN(units * (index + 1) / parts * UNIT, n) - from};
}

/* How the weights are cut into items: a grid; a split node's by inputs alone. */
static int output_parts(const Node *self) {
  return self->split ? 1 : MAX(1, (outputs_of(self) + ITEM_OUTPUTS / 2) / ITEM_OUTPUTS);
}

static int input_parts(const Node *self) {
  const int weights = self->split ? SPLIT_ITEM : ITEM_WEIGHTS;
  const int outputs = (outputs_of(self) + output_parts(self) - 1) / output_parts(self);
  const int rows = MAX(UNIT, weights / outputs / UNIT * UNIT);

  return (inputs_of(self) + rows - 1) / rows;
}

static int dense_weight_items(const Node *self) {
  return self->input[1]->grad != NULL ? input_parts(self) * output_parts(self) : 0;
}

static Part item_inputs(const Node *self, int item) {
  return part_of(inputs_of(self), input_parts(self), item / output_parts(self));
}

static Part item_outputs(const Node *self, int item) {
  return part_of(outputs_of(self), output_parts(self), item % output_parts(self));
}

static gboolean dense_split(const Node *self) {
  const int capacity = self->input[0]->shape.dim[0];

  return self->input[0]->grad != NULL && self->input[1]->grad != NULL &&
         shape_size(&self->input[1]->shape) >= SPLIT_WEIGHTS &&
         inputs_of(self) > outputs_of(self) &&
         graph_tile_rows(capacity, self->light) * vectors(self) < SPLIT_VECTORS;
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
  const int in = inputs_of(self), out = outputs_of(self);
  const Part inputs = item_inputs(self, item);

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
  const gsize out = (gsize)outputs_of(self), row = out * (gsize)vectors(self);
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
  const int in = inputs_of(self), out = outputs_of(self);
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
  const int in = inputs_of(self), out = outputs_of(self);
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
    input_gradient(self, tile, 0, inputs_of(self));
}

static void bias_gradient(const Node *self, Part outputs, int rows) {
  const Tensor *b = self->input[2];

  if (b != NULL && b->grad != NULL)
    kernels()->sum_rows(self->output[0]->grad + outputs.from, outputs_of(self),
                        rows * vectors(self), outputs.n, b->grad + outputs.from, !self->first[2]);
}

static void fast_weight_gradient(Node *self, int item, int rows, int tiles) {
  const int in = inputs_of(self), out = outputs_of(self);
  const Part inputs = item_inputs(self, item), outputs = item_outputs(self, item);

  kernels()->gemm(
      &(Gemm){.m = inputs.n,
              .n = outputs.n,
              .k = rows * vectors(self),
              .a = self->input[0]->value + inputs.from,
              .a_row = 1,
              .a_col = in,
              .b = self->output[0]->grad + outputs.from,
              .b_row = out,
              .b_col = 1,
              .c = self->input[1]->grad + (gsize)inputs.from * (gsize)out + (gsize)outputs.from,
              .c_row = out,
              .accumulate = !self->first[1]});
  if (self->split)
    input_gradient(self, (Tile){0, rows, 0, rows}, inputs.from, inputs.n);
  if (inputs.from == 0)
    bias_gradient(self, outputs, rows);
}

static const FastKernels FAST = {.forward = fast_forward,
                                 .backward = fast_backward,
                                 .weight_items = dense_weight_items,
                                 .weight_gradient = fast_weight_gradient,
                                 .split = dense_split,
                                 .weight_forward = weight_forward};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 4), SHAPE(4, 5), SHAPE(5)}},
    {.input = {SHAPE(7, 33), SHAPE(33, 18)}},
    {.input = {SHAPE(5, 3, 6), SHAPE(6, 4), SHAPE(4)}},
    {.input = {SHAPE(9, 130), SHAPE(130, 70), SHAPE(70)}},
    {.input = {SHAPE(35, 600), SHAPE(600, 112), SHAPE(112)}},
    {.input = {SHAPE(5, 14, 70), SHAPE(70, 1000), SHAPE(1000)}},
    {.input = {SHAPE(3, 4, 6), SHAPE(6, 2, 5), SHAPE(2, 5)}},
    {.input = {SHAPE(3, 4, 6), SHAPE(2, 3, 5), SHAPE(5)}},
    {{{0}}},
};

const Op op_dense = {
    .name = "dense",
    .formula = "y_{o} = \\sum_i x_{i}\\,W_{io} + b_{o}",
    .inputs = "xwW",
    .output_unread = TRUE,
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
