/* Sparse categorical cross-entropy of probabilities: minus the logarithm of what the true class
 * got.
 *
 *   p (B, …, K), label (B, …), weight (B), loss (B)
 *
 * A row may hold several predictions (steps of a sequence); a label of -1 does not count. The loss
 * of a row is the mean over those that count, or, with weights, their sum times the row's weight.
 * With label smoothing (Szegedy et al. 2016) the truth is (1 - ε) for the label and ε / K for every
 * class. Probabilities are kept within 10⁻⁷ … 1 - 10⁻⁷, as in Keras.
 */
#include "core/ops/cross_entropy.h"

#include <math.h>

#define EPSILON 1e-7

gboolean cross_entropy_shape(Node *self, GError **error) {
  const Shape *p = &self->input[0]->shape, *label = &self->input[1]->shape;
  gboolean fits = p->rank == label->rank + 1;

  for (int i = 0; fits && i < label->rank; i++)
    fits = p->dim[i] == label->dim[i];
  if (!fits) {
    g_autofree char *output = shape_to_string(p), *labels = shape_to_string(label);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs a vector of probabilities for each label; the labels are %s (batch first), "
                "the model's output is %s",
                labels, output);
    return FALSE;
  }
  node_set_output(self, 0, &SHAPE(p->dim[0]));
  return TRUE;
}

int cross_entropy_classes(const Node *self) {
  return self->input[0]->shape.dim[self->input[0]->shape.rank - 1];
}

double cross_entropy_smoothing(const Node *self) {
  return ((const CrossEntropyAttrs *)self->attrs)->label_smoothing;
}

double cross_entropy_weight(const Node *self, int row) {
  const gsize n = tensor_row_size(self->input[1]);
  const gint32 *label = self->input[1]->index + (gsize)row * n;
  int counted = 0;

  if (self->input[2] != NULL)
    return (double)self->input[2]->value[row];
  for (gsize i = 0; i < n; i++)
    counted += label[i] >= 0;
  return counted > 0 ? 1.0 / counted : 0;
}

/* What is true of class `k` where the label is `label`. */
static double truth(const Node *self, gint32 label, int k) {
  const double smoothing = cross_entropy_smoothing(self);

  return (label == k ? 1 - smoothing : 0) + smoothing / cross_entropy_classes(self);
}

static double clip(double x, double a) { return CLAMP(x, EPSILON, 1 - EPSILON); }
static double clip_slope(double x, double a) { return x >= EPSILON && x <= 1 - EPSILON; }

static void cross_entropy_forward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[1]);
  const int classes = cross_entropy_classes(self);

  for (int r = tile.begin; r < tile.end; r++) {
    double sum = 0;
    for (gsize i = (gsize)r * n; i < (gsize)(r + 1) * n; i++) {
      const gint32 label = self->input[1]->index[i];
      g_assert(label < classes);
      for (int k = 0; label >= 0 && k < classes; k++)
        if (truth(self, label, k) > 0)
          sum -= truth(self, label, k) *
                 log(clip((double)self->input[0]->value[i * (gsize)classes + (gsize)k], 0));
    }
    self->output[0]->value[r] = (real)(sum * cross_entropy_weight(self, r));
  }
}

static void cross_entropy_backward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[1]);
  const int classes = cross_entropy_classes(self);

  for (int r = tile.begin; self->input[0]->grad != NULL && r < tile.end; r++) {
    const double dy = (double)self->output[0]->grad[r] * cross_entropy_weight(self, r);
    for (gsize i = (gsize)r * n; i < (gsize)(r + 1) * n; i++)
      for (int k = 0; self->input[1]->index[i] >= 0 && k < classes; k++) {
        const gsize at = i * (gsize)classes + (gsize)k;
        const double p = (double)self->input[0]->value[at];
        self->input[0]->grad[at] -=
            (real)(dy * truth(self, self->input[1]->index[i], k) * clip_slope(p, 0) / clip(p, 0));
      }
  }
}

static const ExprFunction CLIP = {"clip", "\\operatorname{clip}(x)", clip};
static const ExprFunction CLIP_SLOPE = {"clip′", "\\operatorname{clip}'(x)", clip_slope};

/* Times the row's weight: a number that is given, or one over how many labels count. */
static Expr *weighted(const Node *self, int row, Expr *expr) {
  const double weight = cross_entropy_weight(self, row);

  if (self->input[2] != NULL)
    return expr_multiply(expr_operand(self->input[2], (gsize)row), expr);
  return weight == 1 ? expr : expr_multiply(expr_constant(weight), expr);
}

static Expr *cross_entropy_explain(const Node *self, gsize offset) {
  const gsize n = tensor_row_size(self->input[1]);
  const int classes = cross_entropy_classes(self);
  Expr *sum = expr_sum();

  for (gsize i = offset * n; i < (offset + 1) * n; i++)
    for (int k = 0; self->input[1]->index[i] >= 0 && k < classes; k++) {
      const double share = truth(self, self->input[1]->index[i], k);
      Expr *p = expr_operand(self->input[0], i * (gsize)classes + (gsize)k);
      Expr *log_p = expr_function(&EXPR_LOG, 0, expr_function(&CLIP, 0, p));
      if (share > 0)
        expr_add(sum, expr_multiply(expr_constant(-share), log_p));
      else
        expr_free(log_p);
    }
  return weighted(self, (int)offset, sum);
}

/* 1 over the clipped number: p itself may be 0. */
static Expr *cross_entropy_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize classes = (gsize)cross_entropy_classes(self), i = offset / classes;
  const int row = (int)(i / tensor_row_size(self->input[1]));
  const gint32 label = self->input[1]->index[i];

  if (input != 0 || label < 0 || truth(self, label, (int)(offset % classes)) == 0)
    return NULL;
  Expr *clipped = expr_function(&CLIP, 0, expr_operand(self->input[0], offset));
  Expr *slope = expr_multiply(expr_function(&CLIP_SLOPE, 0, expr_operand(self->input[0], offset)),
                              expr_function(&EXPR_RECIPROCAL, 0, clipped));
  Expr *above = weighted(self, row, expr_gradient(self->output[0], (gsize)row));
  return expr_multiply(expr_constant(-truth(self, label, (int)(offset % classes))),
                       expr_multiply(above, slope));
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 5), SHAPE(4)}, .classes = 5, .low = 0.05, .high = 0.95},
    {.input = {SHAPE(6, 3), SHAPE(6)}, .classes = 3, .low = -0.45, .high = 1.5}, /* some cut off */
    {.input = {SHAPE(4, 6, 5), SHAPE(4, 6), SHAPE(4)},
     .attrs = &(const CrossEntropyAttrs){0.1},
     .classes = 5,
     .ignored = TRUE,
     .fixed = {FALSE, FALSE, TRUE},
     .low = 0.15,
     .high = 0.95},
    {{{0}}},
};

const Op op_cross_entropy = {
    .name = "cross_entropy",
    .formula = "L = -\\log p_{\\text{label}}",
    .attrs_size = sizeof(CrossEntropyAttrs),
    .inputs = "xiX",
    .shape = cross_entropy_shape,
    .forward = cross_entropy_forward,
    .backward = cross_entropy_backward,
    .explain = cross_entropy_explain,
    .explain_gradient = cross_entropy_explain_gradient,
    .samples = SAMPLES,
};
