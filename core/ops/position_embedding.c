/* A learned vector for each step, whatever stands there (Gehring et al. 2017).
 *
 *   x (B, T, E) only says how many, w (L, E) with L ≥ T, y (B, T, E):   y[b, t] = w[t]
 */
#include "core/ops/ops.h"

static gboolean position_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape, *w = &self->input[1]->shape;

  if (x->rank != 3 || w->rank != 2 || x->dim[2] != w->dim[1] ||
      self->past + x->dim[1] > w->dim[0]) {
    g_autofree char *input = shape_to_string(x), *table = shape_to_string(w);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs sequences of at most as many steps as there are positions, of vectors as "
                "long as theirs; the input is %s, the positions %s",
                input, table);
    return FALSE;
  }
  node_set_output(self, 0, x);
  return TRUE;
}

/* The vector of the first step. */
static gsize first_at(const Node *self) {
  return (gsize)self->past * (gsize)self->input[1]->shape.dim[1];
}

static void position_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)
    self->output[0]->value[i] = self->input[1]->value[first_at(self) + i % row];
}

static void position_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);
  const Tensor *w = self->input[1];

  for (gsize i = (gsize)tile.begin * row; w->grad != NULL && i < (gsize)tile.end * row; i++)
    w->grad[i % row] += self->output[0]->grad[i];
}

static Expr *position_explain(const Node *self, gsize offset) {
  return expr_operand(self->input[1], first_at(self) + offset % tensor_row_size(self->output[0]));
}

/* A position that is longer than the sequences gets nothing. */
static Expr *position_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize row = tensor_row_size(self->output[0]);
  Expr *sum = expr_sum();

  for (gsize r = 0; input == 1 && offset < row && r < (gsize)rows; r++)
    expr_add(sum, expr_gradient(self->output[0], r * row + offset));
  return sum;
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>

#define ITEM_WEIGHTS 4096

static void fast_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);

  for (int r = tile.begin; r < tile.end; r++)
    memcpy(self->output[0]->value + (gsize)r * row, self->input[1]->value + first_at(self),
           row * sizeof(float));
}

/* The input has no part in it. */
static void fast_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);

  if (self->first[0] && self->input[0]->grad != NULL)
    memset(self->input[0]->grad + (gsize)tile.begin * row, 0,
           (gsize)(tile.end - tile.begin) * row * sizeof(float));
}

static int weight_items(const Node *self) {
  const gsize weights = shape_size(&self->input[1]->shape);

  return self->input[1]->grad != NULL ? (int)((weights + ITEM_WEIGHTS - 1) / ITEM_WEIGHTS) : 0;
}

static void weight_gradient(Node *self, int item, int rows, int tiles) {
  const gsize row = tensor_row_size(self->output[0]), from = (gsize)item * ITEM_WEIGHTS;
  const gsize end = MIN(from + ITEM_WEIGHTS, shape_size(&self->input[1]->shape));
  const gsize used = CLAMP(row, from, end);
  float *dw = self->input[1]->grad;

  kernels()->sum_rows(self->output[0]->grad + from, (gssize)row, rows, (int)(used - from),
                      dw + from, !self->first[1]);
  if (self->first[1])
    memset(dw + used, 0, (end - used) * sizeof(float));
}

static const FastKernels FAST = {.forward = fast_forward,
                                 .backward = fast_backward,
                                 .weight_items = weight_items,
                                 .weight_gradient = weight_gradient};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 4, 5), SHAPE(4, 5)}},
    {.input = {SHAPE(2, 3, 6), SHAPE(7, 6)}},
    {.input = {SHAPE(9, 21, 210), SHAPE(40, 210)}},
    {{{0}}},
};

const Op op_position_embedding = {
    .name = "position_embedding",
    .formula = "y_{t} = W_{t}",
    .inputs = "xw",
    .shape = position_shape,
    .forward = position_forward,
    .backward = position_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .explain = position_explain,
    .explain_gradient = position_explain_gradient,
    .samples = SAMPLES,
};
