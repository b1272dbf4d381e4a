/* Softmax and cross-entropy in one: the gradient of the logits is p - y, without a division, and
 * the loss stays exact where the probability of the true class is below what a float can hold.
 *
 *   logits (B, …, K), label (B, …), weight (B), loss (B), and the probabilities as a second output
 *
 * Labels, weights and label smoothing are as in cross_entropy.c.
 */
#include "core/ops/cross_entropy.h"

static const char *const CHAIN[] = {"softmax", "cross_entropy", NULL};

static gboolean fuse(Node *self, Node *const *chain) {
  self->output[1] = chain[0]->output[0];
  self->n_outputs = 2;
  *(CrossEntropyAttrs *)self->attrs = *(const CrossEntropyAttrs *)chain[1]->attrs;
  return TRUE;
}

static gboolean shape(Node *self, GError **error) {
  node_set_output(self, 1, &self->input[0]->shape);
  return cross_entropy_shape(self, error);
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

/* -Σ q log p with q = 1 - ε at the label and ε / K everywhere: log Σ e^x - (1 - ε)·x_label -
 * ε·mean(x). */
static double one_loss(const float *x, float *p, gint32 label, int classes, double smoothing) {
  const double log_sum = (double)kernels()->softmax(x, p, (gsize)classes);
  double sum = 0;

  for (int k = 0; smoothing > 0 && k < classes; k++)
    sum += (double)x[k];
  return log_sum - (1 - smoothing) * (double)x[label] - smoothing * sum / classes;
}

static void forward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[1]);
  const int classes = cross_entropy_classes(self);
  const double smoothing = cross_entropy_smoothing(self);

  for (int r = tile.begin; r < tile.end; r++) {
    double sum = 0;
    for (gsize i = (gsize)r * n; i < (gsize)(r + 1) * n; i++) {
      const gint32 label = self->input[1]->index[i];
      const float *x = self->input[0]->value + i * (gsize)classes;
      float *p = self->output[1]->value + i * (gsize)classes;
      g_assert(label < classes);
      if (label >= 0)
        sum += one_loss(x, p, label, classes, smoothing);
      else
        kernels()->softmax(x, p, (gsize)classes);
    }
    self->output[0]->value[r] = (float)(sum * cross_entropy_weight(self, r));
  }
}

static void backward(Node *self, Tile tile) {
  const gsize n = tensor_row_size(self->input[1]), classes = (gsize)cross_entropy_classes(self);
  const float smoothing = (float)cross_entropy_smoothing(self);

  for (int r = tile.begin; self->input[0]->grad != NULL && r < tile.end; r++) {
    const float dy = self->output[0]->grad[r] * (float)cross_entropy_weight(self, r);
    for (gsize i = (gsize)r * n; i < (gsize)(r + 1) * n; i++) {
      const gint32 label = self->input[1]->index[i];
      const float scale = label >= 0 ? dy : 0;
      float *dx = self->input[0]->grad + i * classes;
      kernels()->softmax_loss_gradient(self->output[1]->value + i * classes, scale,
                                       smoothing / (float)classes, dx, classes, !self->first[0]);
      if (label >= 0)
        dx[label] -= dy * (1 - smoothing);
    }
  }
}

static const FastKernels FAST = {.forward = forward, .backward = backward};
#endif

#define CHAIN_ATTRS(smoothing)                                                                     \
  (const void *const[]) {                                                                          \
    NULL, &(const CrossEntropyAttrs) { smoothing }                                                 \
  }

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 5), SHAPE(4)}, .attrs = CHAIN_ATTRS(0), .classes = 5},
    {.input = {SHAPE(9, 17), SHAPE(9)},
     .attrs = CHAIN_ATTRS(0),
     .classes = 17,
     .low = -5,
     .high = 5},
    {.input = {SHAPE(6, 7, 19), SHAPE(6, 7), SHAPE(6)},
     .attrs = CHAIN_ATTRS(0.2),
     .fixed = {FALSE, FALSE, TRUE},
     .classes = 19,
     .ignored = TRUE},
    {.input = {SHAPE(5, 4, 6), SHAPE(5, 4)},
     .attrs = CHAIN_ATTRS(0),
     .classes = 6,
     .ignored = TRUE},
    {{{0}}},
};

const Op op_softmax_cross_entropy = {
    .name = "softmax_cross_entropy",
    .formula = "L = \\log\\sum_j e^{x_j} - x_{\\text{label}}",
    .attrs_size = sizeof(CrossEntropyAttrs),
    .inputs = "xiX",
    .fuses = CHAIN,
    .fuse = fuse,
    .shape = shape,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .samples = SAMPLES,
};
