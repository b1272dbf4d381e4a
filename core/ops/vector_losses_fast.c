/* The fast kernels of losses that compare vectors, in pieces that stay in the first cache. */
#include "core/ops/vector_losses.h"

#include "core/kernels/kernels.h"

#include <math.h>
#include <string.h>

#define PIECE 256

/* A vector, its target, and where its gradient goes. */
typedef struct {
  const float *x, *t;
  float *grad; /* NULL on the way forward */
  float *p;    /* n numbers of state, of ops that have some */
  float scale; /* the gradient of the vector's loss */
  gsize n;
  float smoothing;
  gboolean add;
} VectorPair;

static void times(float *y, const float *x, gssize step, gsize n) {
  kernels()->binary(BINARY_MULTIPLY, y, 1, x, step, y, n);
}

static void clip(const float *x, float scale, float high, float *y, gsize n) {
  kernels()->affine(&(AffineRow){scale, 0, (float)LOSS_EPSILON, high}, x, y, n);
}

static void truth_of(const VectorPair *v, gsize from, float *t, gsize n) {
  const AffineRow smooth = {1 - v->smoothing, v->smoothing / (float)v->n, -INFINITY, INFINITY};

  kernels()->affine(&smooth, v->t + from, t, n);
}

/* scale·slope of a piece, to where it belongs. */
static void put(const VectorPair *v, gsize from, const float *slope, gsize n) {
  if (!v->add)
    memset(v->grad + from, 0, n * sizeof(float));
  kernels()->add_scaled(v->scale, slope, v->grad + from, n);
}

/* Σ t log t - Σ t log x */
static float kl_divergence_value(const VectorPair *v) {
  float t[PIECE], log_t[PIECE], log_x[PIECE], sum = 0;

  for (gsize i = 0; i < v->n; i += PIECE) {
    const gsize n = MIN(v->n - i, PIECE);
    clip(v->t + i, 1, 1, t, n);
    clip(v->x + i, 1, 1, log_x, n);
    kernels()->function(FUNCTION_LOG, 0, t, log_t, n);
    kernels()->function(FUNCTION_LOG, 0, log_x, log_x, n);
    kernels()->binary(BINARY_SUBTRACT, log_t, 1, log_x, 1, log_t, n);
    sum += kernels()->dot(t, log_t, n);
  }
  return sum;
}

/* Where x is cut off, the slope of the cut is 0. */
static void kl_divergence_gradient(const VectorPair *v) {
  const AffineRow cut = {-1, 0, -1, -(float)LOSS_EPSILON};
  float t[PIECE], slope[PIECE], x[PIECE];

  for (gsize i = 0; i < v->n; i += PIECE) {
    const gsize n = MIN(v->n - i, PIECE);
    clip(v->t + i, 1, 1, t, n);
    clip(v->x + i, 1, 1, x, n);
    kernels()->affine_gradient(&cut, v->x + i, t, slope, n, FALSE);
    kernels()->binary(BINARY_DIVIDE, slope, 1, x, 1, slope, n);
    put(v, i, slope, n);
  }
}

static AffineRow share_row(const VectorPair *v) {
  return (AffineRow){1 / kernels()->sum(v->x, v->n), 0, (float)LOSS_EPSILON,
                     1 - (float)LOSS_EPSILON};
}

static float categorical_crossentropy_value(const VectorPair *v) {
  const AffineRow share = share_row(v);
  float t[PIECE], x[PIECE], sum = 0;

  for (gsize i = 0; i < v->n; i += PIECE) {
    const gsize n = MIN(v->n - i, PIECE);
    truth_of(v, i, t, n);
    kernels()->affine(&share, v->x + i, x, n);
    kernels()->function(FUNCTION_LOG, 0, x, x, n);
    sum -= kernels()->dot(t, x, n);
  }
  return sum;
}

/* t/Σx where x is not cut off, 0 elsewhere. */
static void shown_truth(const VectorPair *v, const AffineRow *share, gsize from, float *t,
                        gsize n) {
  float all[PIECE];

  truth_of(v, from, all, n);
  kernels()->affine_gradient(share, v->x + from, all, t, n, FALSE);
}

static void categorical_crossentropy_gradient(const VectorPair *v) {
  const AffineRow share = share_row(v);
  float t[PIECE], x[PIECE], rest = 0;

  for (gsize i = 0; i < v->n; i += PIECE) {
    shown_truth(v, &share, i, t, MIN(v->n - i, PIECE));
    rest += kernels()->sum(t, MIN(v->n - i, PIECE));
  }
  for (gsize i = 0; i < v->n; i += PIECE) {
    const gsize n = MIN(v->n - i, PIECE);
    shown_truth(v, &share, i, t, n);
    kernels()->affine(&share, v->x + i, x, n);
    kernels()->binary(BINARY_DIVIDE, t, 1, x, 1, t, n);
    kernels()->binary(BINARY_SUBTRACT, &rest, 0, t, 1, t, n);
    put(v, i, t, n);
  }
}

gsize categorical_crossentropy_logits_state_size(const Node *self, int tiles) {
  return shape_size(&self->input[0]->shape) * sizeof(float);
}

/* Σ t·(log Σ e^x - x); the probabilities are kept. */
static float categorical_crossentropy_logits_value(const VectorPair *v) {
  const float log_sum = kernels()->softmax(v->x, v->p, v->n);
  float t[PIECE], away[PIECE], sum = 0;

  for (gsize i = 0; i < v->n; i += PIECE) {
    const gsize n = MIN(v->n - i, PIECE);
    truth_of(v, i, t, n);
    kernels()->binary(BINARY_SUBTRACT, &log_sum, 0, v->x + i, 1, away, n);
    sum += kernels()->dot(t, away, n);
  }
  return sum;
}

static void categorical_crossentropy_logits_gradient(const VectorPair *v) {
  float t[PIECE], slope[PIECE];
  const float all = (1 - v->smoothing) * kernels()->sum(v->t, v->n) + v->smoothing;

  for (gsize i = 0; i < v->n; i += PIECE) {
    const gsize n = MIN(v->n - i, PIECE);
    truth_of(v, i, t, n);
    kernels()->binary(BINARY_MULTIPLY, v->p + i, 1, &all, 0, slope, n);
    kernels()->binary(BINARY_SUBTRACT, slope, 1, t, 1, slope, n);
    put(v, i, slope, n);
  }
}

static float one_over_length(const float *x, gsize n) {
  return fminf(1 / sqrtf(kernels()->dot(x, x, n)), 1 / (float)LOSS_EPSILON);
}

static float cosine_similarity_value(const VectorPair *v) {
  return -kernels()->dot(v->x, v->t, v->n) * one_over_length(v->x, v->n) *
         one_over_length(v->t, v->n);
}

static void cosine_similarity_gradient(const VectorPair *v) {
  const float r = one_over_length(v->x, v->n), both = -r * one_over_length(v->t, v->n);
  const float along = -both * r * r * kernels()->dot(v->x, v->t, v->n);
  float slope[PIECE];

  for (gsize i = 0; i < v->n; i += PIECE) {
    const gsize n = MIN(v->n - i, PIECE);
    memcpy(slope, v->t + i, n * sizeof(float));
    times(slope, &both, 0, n);
    kernels()->add_scaled(along, v->x + i, slope, n);
    put(v, i, slope, n);
  }
}

/* Vector `v` of all. */
static VectorPair pair_of(const Node *self, gsize v) {
  const gsize n = vector_loss_length(self), from = v * n;

  return (VectorPair){.x = self->input[0]->value + from,
                      .t = self->input[1]->value + from,
                      .grad = self->input[0]->grad != NULL ? self->input[0]->grad + from : NULL,
                      .p = self->state != NULL ? (float *)self->state + from : NULL,
                      .n = n,
                      .smoothing = (float)vector_loss_smoothing(self),
                      .add = !self->first[0]};
}

static void fast_forward(Node *self, Tile tile, float (*value)(const VectorPair *v)) {
  const gsize count = vector_loss_count(self);

  for (int r = tile.begin; r < tile.end; r++) {
    float sum = 0;
    for (gsize v = (gsize)r * count; v < (gsize)(r + 1) * count; v++) {
      const VectorPair pair = pair_of(self, v);
      sum += value(&pair);
    }
    self->output[0]->value[r] = sum / (float)count;
  }
}

static void fast_backward(Node *self, Tile tile, void (*gradient)(const VectorPair *v)) {
  const gsize count = vector_loss_count(self);

  node_clear_gradient(self, tile, 1);
  for (gsize v = (gsize)tile.begin * count;
       self->input[0]->grad != NULL && v < (gsize)tile.end * count; v++) {
    VectorPair pair = pair_of(self, v);
    pair.scale = self->output[0]->grad[v / count] / (float)count;
    gradient(&pair);
  }
}

#define FAST(id)                                                                                   \
  static void id##_forward(Node *self, Tile tile) { fast_forward(self, tile, id##_value); }        \
  static void id##_backward(Node *self, Tile tile) { fast_backward(self, tile, id##_gradient); }   \
  const FastKernels id##_kernels = {.forward = id##_forward, .backward = id##_backward};
FAST(kl_divergence)
FAST(categorical_crossentropy)
FAST(categorical_crossentropy_logits)
FAST(cosine_similarity)
