/* All steps of a sequence that came so far, where it is given piece by piece (a KV cache): what was
 * there stays, what is new is put behind it. In a graph that does not remember nothing has been
 * before, and y is x.
 *
 *   x (B, T, E), y (B, P + T, E):   y[b, P + t] = x[b, t],   P steps before it
 */
#include "core/ops/ops.h"

#include <string.h>

static gboolean memory_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape;

  if (x->rank != 3) {
    g_autofree char *input = shape_to_string(x);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "remembers sequences of vectors, one vector a step; the input is %s", input);
    return FALSE;
  }
  node_set_output(self, 0, &SHAPE(x->dim[0], self->past + x->dim[1], x->dim[2]));
  return TRUE;
}

/* Where what is new begins in row r, of output and of input. */
static gsize new_at(const Node *self, int r) {
  const gsize size = (gsize)self->input[0]->shape.dim[2];

  return (gsize)r * tensor_row_size(self->output[0]) + (gsize)self->past * size;
}
static gsize given_at(const Node *self, int r) {
  return (gsize)r * tensor_row_size(self->input[0]);
}

static void memory_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);

  for (int r = tile.begin; r < tile.end; r++)
    memcpy(self->output[0]->value + new_at(self, r), self->input[0]->value + given_at(self, r),
           row * sizeof(real));
}

static void memory_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);

  for (int r = tile.begin; self->input[0]->grad != NULL && r < tile.end; r++)
    for (gsize i = 0; i < row; i++)
      self->input[0]->grad[given_at(self, r) + i] += self->output[0]->grad[new_at(self, r) + i];
}

/* What came before is given. */
static Expr *memory_explain(const Node *self, gsize offset) {
  const int r = (int)(offset / tensor_row_size(self->output[0]));

  if (offset < new_at(self, r))
    return NULL;
  return expr_operand(self->input[0], offset - new_at(self, r) + given_at(self, r));
}

static Expr *memory_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const int r = (int)(offset / tensor_row_size(self->input[0]));

  return expr_gradient(self->output[0], offset - given_at(self, r) + new_at(self, r));
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 4, 5)}},
    {{{0}}},
};

const Op op_sequence_memory = {
    .name = "sequence_memory",
    .formula = "y_{P + t} = x_t",
    .inputs = "x",
    .shape = memory_shape,
    .forward = memory_forward,
    .backward = memory_backward,
    .explain = memory_explain,
    .explain_gradient = memory_explain_gradient,
    .samples = SAMPLES,
};
