#include "core/kernels/vmath.h"

#define EPSILON 1e-7f /* probabilities are kept this far from 0 and 1, as in Keras */

INLINE Vec vec_clip(Vec x, float low, float high) { return vec_below(vec_above(x, low), high); }

INLINE Vec loss_value(const LossKind kind, Vec x, Vec t, float a) {
  Vec d = x - t, p;

  switch (kind) {
  case LOSS_SQUARED:
    return d * d;
  case LOSS_ABSOLUTE:
    return vec_abs(d);
  case LOSS_HUBER:
    return vec_select(vec_abs(d) <= a, 0.5f * d * d, a * (vec_abs(d) - 0.5f * a));
  case LOSS_HINGE:
    return vec_above(1.0f - t * x, 0.0f);
  case LOSS_SQUARED_HINGE:
    p = vec_above(1.0f - t * x, 0.0f);
    return p * p;
  case LOSS_LOG_COSH:
    return vec_abs(d) + vec_softplus(-2.0f * vec_abs(d)) - 0.69314718f;
  case LOSS_BINARY_CROSSENTROPY:
    p = vec_clip(x, EPSILON, 1.0f - EPSILON);
    return -(t * vec_log(p) + (1.0f - t) * vec_log(1.0f - p));
  case LOSS_BINARY_CROSSENTROPY_LOGITS:
    return vec_softplus(x) - t * x;
  }
  return x;
}

INLINE Vec loss_slope(const LossKind kind, Vec x, Vec t, float a) {
  Vec d = x - t, zero = {0}, one = vec_set(1.0f), p;

  switch (kind) {
  case LOSS_SQUARED:
    return 2.0f * d;
  case LOSS_ABSOLUTE:
    return vec_select(d == 0.0f, zero, vec_sign_of(one, d));
  case LOSS_HUBER:
    return vec_clip(d, -a, a);
  case LOSS_HINGE:
    return vec_select(1.0f - t * x > 0.0f, -t, zero);
  case LOSS_SQUARED_HINGE:
    return -2.0f * t * vec_above(1.0f - t * x, 0.0f);
  case LOSS_LOG_COSH:
    return vec_tanh(d);
  case LOSS_BINARY_CROSSENTROPY:
    p = vec_clip(x, EPSILON, 1.0f - EPSILON);
    return vec_select(p == x, (p - t) / (p * (1.0f - p)), zero);
  case LOSS_BINARY_CROSSENTROPY_LOGITS:
    return vec_sigmoid(x) - t;
  }
  return x;
}

INLINE float sum_loss(const LossKind kind, float a, const float *x, const float *t, gsize n) {
  Vec sum = {0};
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    sum += loss_value(kind, vec_load(x + i), vec_load(t + i), a);
  if (i < n) {
    float last[LANES] = {0};
    const int left = (int)(n - i);
    vec_store_part(
        last, loss_value(kind, vec_load_part(x + i, left), vec_load_part(t + i, left), a), left);
    sum += vec_load(last);
  }
  return vec_sum(sum);
}

INLINE void run_slope(const LossKind kind, float a, float scale, const float *x, const float *t,
                      float *dx, gsize n, gboolean accumulate) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES) {
    Vec g = scale * loss_slope(kind, vec_load(x + i), vec_load(t + i), a);
    vec_store(dx + i, accumulate ? vec_load(dx + i) + g : g);
  }
  if (i < n) {
    const int left = (int)(n - i);
    Vec g = scale * loss_slope(kind, vec_load_part(x + i, left), vec_load_part(t + i, left), a);
    vec_store_part(dx + i, accumulate ? vec_load_part(dx + i, left) + g : g, left);
  }
}

#define FOR_ALL_KINDS(DO)                                                                          \
  DO(LOSS_SQUARED)                                                                                 \
  DO(LOSS_ABSOLUTE)                                                                                \
  DO(LOSS_HUBER)                                                                                   \
  DO(LOSS_HINGE)                                                                                   \
  DO(LOSS_SQUARED_HINGE)                                                                           \
  DO(LOSS_LOG_COSH)                                                                                \
  DO(LOSS_BINARY_CROSSENTROPY)                                                                     \
  DO(LOSS_BINARY_CROSSENTROPY_LOGITS)

float K(loss)(LossKind kind, float parameter, const float *x, const float *t, gsize n) {
#define SUM(which)                                                                                 \
  case which:                                                                                      \
    return sum_loss(which, parameter, x, t, n);
  switch (kind) { FOR_ALL_KINDS(SUM) }
  return 0;
}

void K(loss_gradient)(LossKind kind, float parameter, float scale, const float *x, const float *t,
                      float *dx, gsize n, gboolean accumulate) {
#define SLOPE(which)                                                                               \
  case which:                                                                                      \
    run_slope(which, parameter, scale, x, t, dx, n, accumulate);                                   \
    break;
  switch (kind) { FOR_ALL_KINDS(SLOPE) }
}
