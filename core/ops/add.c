/* y = a + b, two inputs of the same shape: a skip connection. */
#include "core/ops/ops.h"

static gboolean add_shape(Node *self, GError **error) {
  if (!shape_equal(&self->input[0]->shape, &self->input[1]->shape)) {
    g_autofree char *a = shape_to_string(&self->input[0]->shape);
    g_autofree char *b = shape_to_string(&self->input[1]->shape);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs inputs of the same shape, they are %s and %s", a, b);
    return FALSE;
  }
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

static void add_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)
    self->output[0]->value[i] = self->input[0]->value[i] + self->input[1]->value[i];
}

static void add_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);

  for (int k = 0; k < 2; k++)
    for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)
      if (self->input[k]->grad != NULL)
        self->input[k]->grad[i] += self->output[0]->grad[i];
}

static Expr *add_explain(const Node *self, gsize offset) {
  return expr_add(expr_add(expr_sum(), expr_operand(self->input[0], offset)),
                  expr_operand(self->input[1], offset));
}

static Expr *add_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  return expr_gradient(self->output[0], offset);
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 5), SHAPE(3, 5)}},
    {.input = {SHAPE(2, 4, 3, 2), SHAPE(2, 4, 3, 2)}},
    {{{0}}},
};

const Op op_add = {
    .name = "add",
    .formula = "y = a + b",
    .inputs = "xx",
    .shape = add_shape,
    .forward = add_forward,
    .backward = add_backward,
    .explain = add_explain,
    .explain_gradient = add_explain_gradient,
    .samples = SAMPLES,
};
