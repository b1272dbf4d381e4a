/* y = W[id]: each token's row of a table; and which tokens are padding.
 *
 *   id (B, …), W (V, D), y (B, …, D)
 */
#include "core/ops/ops.h"

#include <string.h>

static gboolean embedding_shape(Node *self, GError **error) {
  const Shape *id = &self->input[0]->shape, *w = &self->input[1]->shape;
  Shape y = *id;

  if (id->rank + 1 > TENSOR_MAX_RANK || w->rank != 2) {
    g_autofree char *tokens = shape_to_string(id);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "gives a vector for each token of a sentence; the tokens are %s (batch first), "
                "which has too many sizes",
                tokens);
    return FALSE;
  }
  y.dim[y.rank++] = w->dim[1];
  node_set_output(self, 0, &y);
  return TRUE;
}

static gsize width(const Node *self) { return (gsize)self->input[1]->shape.dim[1]; }

/* Readers and tokenizers give tokens of their vocabulary only. */
static gsize row_of(const Node *self, gsize token) {
  const gint32 id = self->input[0]->index[token];

  g_assert(id >= 0 && id < self->input[1]->shape.dim[0]);
  return (gsize)id * width(self);
}

static void embedding_forward(Node *self, Tile tile) {
  const gsize d = width(self), n = tensor_row_size(self->input[0]);

  for (gsize i = (gsize)tile.begin * n; i < (gsize)tile.end * n; i++)
    memcpy(self->output[0]->value + i * d, self->input[1]->value + row_of(self, i),
           d * sizeof(real));
}

static void embedding_backward(Node *self, Tile tile) {
  const gsize d = width(self), n = tensor_row_size(self->input[0]);

  for (gsize i = (gsize)tile.begin * n; self->input[1]->grad != NULL && i < (gsize)tile.end * n;
       i++)
    for (gsize j = 0; j < d; j++)
      self->input[1]->grad[row_of(self, i) + j] += self->output[0]->grad[i * d + j];
}

static Expr *embedding_explain(const Node *self, gsize offset) {
  const gsize d = width(self);

  return expr_operand(self->input[1], row_of(self, offset / d) + offset % d);
}

static Expr *embedding_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize d = width(self), n = tensor_row_size(self->input[0]) * (gsize)rows;
  Expr *sum = expr_sum();

  for (gsize i = 0; input == 1 && i < n; i++)
    if (row_of(self, i) == offset / d * d)
      expr_add(sum, expr_gradient(self->output[0], i * d + offset % d));
  return sum;
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

static void fast_backward(Node *self, Tile tile) {}

/* Words of one item: all tokens are looked through by each, which costs little beside adding the
 * vectors of its own. */
#define ITEM_WEIGHTS 16384

static int weight_items(const Node *self) {
  const gsize weights = shape_size(&self->input[1]->shape);

  return self->input[1]->grad != NULL ? (int)MIN((weights + ITEM_WEIGHTS - 1) / ITEM_WEIGHTS, 64)
                                      : 0;
}

static void weight_gradient(Node *self, int item, int rows, int tiles) {
  const gsize d = width(self), n = tensor_row_size(self->input[0]) * (gsize)rows;
  const gint64 words = self->input[1]->shape.dim[0], items = weight_items(self);
  const gsize from = (gsize)(words * item / items) * d,
              to = (gsize)(words * (item + 1) / items) * d;
  float *grad = self->input[1]->grad;

  if (self->first[1])
    memset(grad + from, 0, (to - from) * sizeof(float));
  for (gsize i = 0; i < n; i++) {
    const gsize at = row_of(self, i);
    if (at >= from && at < to)
      kernels()->add(self->output[0]->grad + i * d, grad + at, d);
  }
}

static const FastKernels FAST = {.forward = embedding_forward,
                                 .backward = fast_backward,
                                 .weight_items = weight_items,
                                 .weight_gradient = weight_gradient};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 3), SHAPE(5, 6)}, .classes = 5},
    {.input = {SHAPE(7), SHAPE(40, 17)}, .classes = 40},
    {.input = {SHAPE(9, 4), SHAPE(900, 37)}, .classes = 900},
    {{{0}}},
};

const Op op_embedding = {
    .name = "embedding",
    .formula = "y_{d} = W_{\\text{id},d}",
    .inputs = "iw",
    .shape = embedding_shape,
    .forward = embedding_forward,
    .backward = embedding_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .explain = embedding_explain,
    .explain_gradient = embedding_explain_gradient,
    .samples = SAMPLES,
};

/* --- which tokens are real: 1, padding: 0 --- */

static gboolean token_mask_shape(Node *self, GError **error) {
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

static void token_mask_forward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);

  for (gsize i = (gsize)tile.begin * n; i < (gsize)tile.end * n; i++)
    self->output[0]->value[i] = self->input[0]->index[i] != 0;
}

static Expr *token_mask_explain(const Node *self, gsize offset) {
  return expr_constant(self->input[0]->index[offset] != 0);
}

static const OpSample MASK_SAMPLES[] = {
    {.input = {SHAPE(4, 5)}, .classes = 3},
    {{{0}}},
};

const Op op_token_mask = {
    .name = "token_mask",
    .formula = "y = [\\text{id} \\ne 0]",
    .inputs = "i",
    .shape = token_mask_shape,
    .forward = token_mask_forward,
    .explain = token_mask_explain,
    .samples = MASK_SAMPLES,
};
