/* Softmax and cross-entropy in one: the gradient of the logits is p - y, without a division, and
 * the loss stays exact where the probability of the true class is below what a float can hold.
 *
 *   logits (B, K), label (B), loss (B), and the probabilities (B, K) as a second output
 */
#include "core/ops/ops.h"

static const char *const CHAIN[] = {"softmax", "cross_entropy", NULL};

static gboolean fuse(Node *self, Node *const *chain) {
  self->output[1] = chain[0]->output[0];
  self->n_outputs = 2;
  return chain[0]->input[0]->shape.rank == 2;
}

#ifndef REAL_DOUBLE
#include <math.h>

static void forward(Node *self, Tile tile) {
  const int k = self->input[0]->shape.dim[1];

  for (int r = tile.begin; r < tile.end; r++) {
    const float *x = self->input[0]->value + r * k;
    float *p = self->output[1]->value + r * k, sum = 0, shift = x[0];
    for (int i = 1; i < k; i++)
      shift = x[i] > shift ? x[i] : shift;
    for (int i = 0; i < k; i++)
      sum += p[i] = expf(x[i] - shift);
    for (int i = 0; i < k; i++)
      p[i] /= sum;
    self->output[0]->value[r] = logf(sum) - (x[self->input[1]->index[r]] - shift);
  }
}

static void backward(Node *self, Tile tile) {
  const int k = self->input[0]->shape.dim[1];

  for (int r = tile.begin; r < tile.end; r++) {
    const float *p = self->output[1]->value + r * k, dy = self->output[0]->grad[r];
    float *dx = self->input[0]->grad + r * k;
    for (int i = 0; i < k; i++) {
      float slope = dy * (p[i] - (i == self->input[1]->index[r] ? 1.0f : 0.0f));
      dx[i] = self->first[0] ? slope : dx[i] + slope;
    }
  }
}

static const FastKernels FAST = {forward, backward, NULL, NULL, NULL, NULL};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 5), SHAPE(4)}, .attrs = (const void *const[]){NULL, NULL}, .classes = 5},
    {.input = {SHAPE(9, 17), SHAPE(9)},
     .attrs = (const void *const[]){NULL, NULL},
     .classes = 17,
     .low = -5,
     .high = 5},
    {{{0}}},
};

const Op op_softmax_cross_entropy = {
    .name = "softmax_cross_entropy",
    .formula = "L = \\log\\sum_j e^{x_j} - x_{\\text{label}}",
    .inputs = "xi",
    .fuses = CHAIN,
    .fuse = fuse,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .samples = SAMPLES,
};
