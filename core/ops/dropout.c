/* While training, each value is dropped with probability `rate`, the others grow by 1/(1 - rate);
 * else nothing happens (Srivastava et al. 2014, "inverted" as in Keras). */
#include "core/ops/ops.h"

static gboolean dropout_shape(Node *self, GError **error) {
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

/* The factor of element i: a pure function of seed, step, node and element. */
static real factor(const Node *self, gsize i) {
  const DropoutAttrs *attrs = self->attrs;
  const Rng rng = rng_new(self->random.seed, RNG_DROPOUT, self->random.step);

  if (!self->training || attrs->rate <= 0)
    return 1;
  if (rng_uniform(&rng, node_element(self, self->output[0], i)) < attrs->rate)
    return 0;
  return (real)(1 / (1 - attrs->rate));
}

static void dropout_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)
    self->output[0]->value[i] = self->input[0]->value[i] * factor(self, i);
}

static void dropout_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);

  for (gsize i = (gsize)tile.begin * row; self->input[0]->grad != NULL && i < (gsize)tile.end * row;
       i++)
    self->input[0]->grad[i] += self->output[0]->grad[i] * factor(self, i);
}

static Expr *dropout_explain(const Node *self, gsize offset) {
  return expr_multiply(expr_operand(self->input[0], offset), expr_constant(factor(self, offset)));
}

static Expr *dropout_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  return expr_multiply(expr_gradient(self->output[0], offset), expr_constant(factor(self, offset)));
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 9)}, .attrs = &(const DropoutAttrs){0.5}},
    {.input = {SHAPE(3, 4, 2)}, .attrs = &(const DropoutAttrs){0}},
    {{{0}}},
};

const Op op_dropout = {
    .name = "dropout",
    .formula = "y = \\frac{m}{1-p}\\,x, \\quad m \\sim \\operatorname{Bernoulli}(1-p)",
    .attrs_size = sizeof(DropoutAttrs),
    .inputs = "x",
    .shape = dropout_shape,
    .forward = dropout_forward,
    .backward = dropout_backward,
    .explain = dropout_explain,
    .explain_gradient = dropout_explain_gradient,
    .samples = SAMPLES,
};
