/* Sparse categorical cross-entropy of probabilities: minus the logarithm of what the true class
 * got.
 *
 *   p (B, K), label (B), loss (B)
 *
 * Probabilities are kept within 10⁻⁷ … 1 - 10⁻⁷, as in Keras.
 */
#include "core/ops/ops.h"

#include <math.h>

#define EPSILON 1e-7

static gboolean cross_entropy_shape(Node *self, GError **error) {
  const Shape *p = &self->input[0]->shape, *label = &self->input[1]->shape;

  if (p->rank != 2 || label->rank != 1) {
    g_autofree char *text = shape_to_string(p);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs one vector of probabilities for each sample (batch × classes), the model's "
                "output is %s",
                text);
    return FALSE;
  }
  node_set_output(self, 0, &SHAPE(p->dim[0]));
  return TRUE;
}

static gsize true_class(const Node *self, int row) {
  const int k = self->input[0]->shape.dim[1], label = self->input[1]->index[row];

  g_assert(label >= 0 && label < k);
  return (gsize)row * (gsize)k + (gsize)label;
}

static void cross_entropy_forward(Node *self, Tile tile) {
  for (int r = tile.begin; r < tile.end; r++) {
    const double p = (double)self->input[0]->value[true_class(self, r)];
    self->output[0]->value[r] = (real)-log(CLAMP(p, EPSILON, 1 - EPSILON));
  }
}

static void cross_entropy_backward(Node *self, Tile tile) {
  for (int r = tile.begin; self->input[0]->grad != NULL && r < tile.end; r++) {
    const gsize at = true_class(self, r);
    const double p = (double)self->input[0]->value[at];
    if (p >= EPSILON && p <= 1 - EPSILON)
      self->input[0]->grad[at] -= (real)((double)self->output[0]->grad[r] / p);
  }
}

static double clip(double x, double a) { return CLAMP(x, EPSILON, 1 - EPSILON); }
static double clip_slope(double x, double a) { return x >= EPSILON && x <= 1 - EPSILON; }
static const ExprFunction CLIP = {"clip", "\\operatorname{clip}(x)", clip};
static const ExprFunction CLIP_SLOPE = {"clip′", "\\operatorname{clip}'(x)", clip_slope};

static Expr *cross_entropy_explain(const Node *self, gsize offset) {
  Expr *p = expr_operand(self->input[0], true_class(self, (int)offset));

  return expr_multiply(expr_constant(-1), expr_function(&EXPR_LOG, 0, expr_function(&CLIP, 0, p)));
}

static Expr *cross_entropy_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const int row = (int)(offset / (gsize)self->input[0]->shape.dim[1]);
  const gsize at = true_class(self, row);

  if (input != 0 || at != offset)
    return NULL;
  /* 1 over the clipped number: p itself may be 0. */
  Expr *clipped = expr_function(&CLIP, 0, expr_operand(self->input[0], at));
  Expr *slope = expr_multiply(expr_function(&CLIP_SLOPE, 0, expr_operand(self->input[0], at)),
                              expr_function(&EXPR_RECIPROCAL, 0, clipped));
  return expr_multiply(expr_constant(-1),
                       expr_multiply(expr_gradient(self->output[0], (gsize)row), slope));
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 5), SHAPE(4)}, .classes = 5, .low = 0.05, .high = 0.95},
    {.input = {SHAPE(6, 3), SHAPE(6)}, .classes = 3, .low = -0.45, .high = 1.5}, /* some cut off */
    {{{0}}},
};

const Op op_cross_entropy = {
    .name = "cross_entropy",
    .formula = "L = -\\log p_{\\text{label}}",
    .inputs = "xi",
    .shape = cross_entropy_shape,
    .forward = cross_entropy_forward,
    .backward = cross_entropy_backward,
    .explain = cross_entropy_explain,
    .explain_gradient = cross_entropy_explain_gradient,
    .samples = SAMPLES,
};
