#include "core/kernels/vmath.h"

#define SELU_ALPHA 1.67326324f
#define SELU_SCALE 1.05070099f
#define SQRT_2_PI 0.79788456f /* √(2/π) */

INLINE Vec positive(Vec x) { return vec_select(x > 0.0f, vec_set(1.0f), vec_set(0.0f)); }

INLINE Vec overflowing_exp(Vec x) { /* an overflow has to show */
  return vec_select(x > 88.7228f, vec_set(G_MAXFLOAT) * 2.0f, vec_exp(x));
}

/* e^(p·log |x|), with the sign of x where p is odd; a negative x needs a whole p. */
INLINE Vec vec_power(Vec x, float p) {
  const Vec one = vec_set(1.0f), zero = {0};
  const gboolean whole = p == (float)(gint32)p, odd = whole && (gint32)p % 2 != 0;
  Vec y = overflowing_exp(p * vec_log(vec_abs(x)));

  if (p >= 0)
    y = vec_select(x == 0.0f, p == 0 ? one : zero, y);
  if (odd)
    y = vec_sign_of(y, x);
  return whole ? y : vec_select(x < 0.0f, zero / zero, y);
}

INLINE Vec vec_sqrt(Vec x) {
  return vec_select(x < 0.0f, vec_log(x), vec_select(x > 3.4e38f, x, x * vec_rsqrt(x)));
}

INLINE Vec function_value(const FunctionKind kind, Vec x, float a) {
  Vec square;

  switch (kind) {
  case FUNCTION_LINEAR:
    return x;
  case FUNCTION_RELU:
    return vec_select(x < 0.0f, vec_set(0.0f), x);
  case FUNCTION_LEAKY_RELU:
    return vec_select(x > 0.0f, x, a * x);
  case FUNCTION_ELU:
    return vec_select(x > 0.0f, x, a * (vec_exp(x) - 1.0f));
  case FUNCTION_SELU:
    return SELU_SCALE * vec_select(x > 0.0f, x, SELU_ALPHA * (vec_exp(x) - 1.0f));
  case FUNCTION_SIGMOID:
    return vec_sigmoid(x);
  case FUNCTION_TANH:
    return vec_tanh(x);
  case FUNCTION_GELU:
    return 0.5f * x * (1.0f + vec_erf(x * 0.70710678f, &square));
  case FUNCTION_GELU_TANH:
    return 0.5f * x * (1.0f + vec_tanh(SQRT_2_PI * (x + 0.044715f * x * x * x)));
  case FUNCTION_SILU:
    return x * vec_sigmoid(x);
  case FUNCTION_SOFTPLUS:
    return vec_softplus(x);
  case FUNCTION_EXP:
    return overflowing_exp(x);
  case FUNCTION_LOG:
    return vec_log(x);
  case FUNCTION_STEP:
    return vec_select(x >= 0.0f, vec_set(1.0f), vec_set(0.0f));
  case FUNCTION_SQRT:
    return vec_sqrt(x);
  case FUNCTION_POWER:
    return vec_power(x, a);
  case FUNCTION_ABS:
    return vec_abs(x);
  case FUNCTION_NEGATIVE:
    return -x;
  case FUNCTION_SQUARE:
    return x * x;
  case FUNCTION_RECIPROCAL:
    return 1.0f / x;
  }
  return x;
}

INLINE Vec function_slope(const FunctionKind kind, Vec x, Vec y, float a) {
  Vec square, t;

  switch (kind) {
  case FUNCTION_LINEAR:
    return vec_set(1.0f);
  case FUNCTION_RELU:
    return positive(x);
  case FUNCTION_LEAKY_RELU:
    return vec_select(x > 0.0f, vec_set(1.0f), vec_set(a));
  case FUNCTION_ELU:
    return vec_select(x > 0.0f, vec_set(1.0f), y + a);
  case FUNCTION_SELU:
    return vec_select(x > 0.0f, vec_set(SELU_SCALE), y + SELU_SCALE * SELU_ALPHA);
  case FUNCTION_SIGMOID:
    return y * (1.0f - y);
  case FUNCTION_TANH:
    return 1.0f - y * y;
  case FUNCTION_GELU:
    t = 0.5f * (1.0f + vec_erf(x * 0.70710678f, &square));
    return t + 0.39894228f * x * square;
  case FUNCTION_GELU_TANH:
    t = vec_tanh(SQRT_2_PI * (x + 0.044715f * x * x * x));
    return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * SQRT_2_PI * (1.0f + 0.134145f * x * x);
  case FUNCTION_SILU:
    t = vec_sigmoid(x);
    return t + y * (1.0f - t);
  case FUNCTION_SOFTPLUS:
    return vec_sigmoid(x);
  case FUNCTION_EXP:
    return y;
  case FUNCTION_LOG:
    return 1.0f / x;
  case FUNCTION_STEP:
    return vec_set(0.0f);
  case FUNCTION_SQRT:
    return 0.5f / y;
  case FUNCTION_POWER:
    return a * vec_power(x, a - 1.0f);
  case FUNCTION_ABS:
    return vec_select(x == 0.0f, vec_set(0.0f), vec_sign_of(vec_set(1.0f), x));
  case FUNCTION_NEGATIVE:
    return vec_set(-1.0f);
  case FUNCTION_SQUARE:
    return 2.0f * x;
  case FUNCTION_RECIPROCAL:
    return -y * y;
  }
  return x;
}

INLINE void run_function(const FunctionKind kind, float a, const float *x, float *y, gsize n) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    vec_store(y + i, function_value(kind, vec_load(x + i), a));
  if (i < n)
    vec_store_part(y + i, function_value(kind, vec_load_part(x + i, (int)(n - i)), a),
                   (int)(n - i));
}

INLINE void run_gradient(const FunctionKind kind, float a, const float *x, const float *y,
                         const float *dy, float *dx, gsize n, gboolean accumulate) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES) {
    Vec g = vec_load(dy + i) * function_slope(kind, vec_load(x + i), vec_load(y + i), a);
    vec_store(dx + i, accumulate ? vec_load(dx + i) + g : g);
  }
  if (i < n) {
    const int left = (int)(n - i);
    Vec g = vec_load_part(dy + i, left) *
            function_slope(kind, vec_load_part(x + i, left), vec_load_part(y + i, left), a);
    vec_store_part(dx + i, accumulate ? vec_load_part(dx + i, left) + g : g, left);
  }
}

/* One loop for each kind: constant arguments unroll the switch. */
#define FOR_ALL_KINDS(DO)                                                                          \
  DO(FUNCTION_LINEAR)                                                                              \
  DO(FUNCTION_RELU)                                                                                \
  DO(FUNCTION_LEAKY_RELU)                                                                          \
  DO(FUNCTION_ELU)                                                                                 \
  DO(FUNCTION_SELU)                                                                                \
  DO(FUNCTION_SIGMOID)                                                                             \
  DO(FUNCTION_TANH)                                                                                \
  DO(FUNCTION_GELU)                                                                                \
  DO(FUNCTION_GELU_TANH)                                                                           \
  DO(FUNCTION_SILU)                                                                                \
  DO(FUNCTION_SOFTPLUS)                                                                            \
  DO(FUNCTION_EXP)                                                                                 \
  DO(FUNCTION_LOG)                                                                                 \
  DO(FUNCTION_STEP)                                                                                \
  DO(FUNCTION_SQRT)                                                                                \
  DO(FUNCTION_POWER)                                                                               \
  DO(FUNCTION_ABS)                                                                                 \
  DO(FUNCTION_NEGATIVE)                                                                            \
  DO(FUNCTION_SQUARE)                                                                              \
  DO(FUNCTION_RECIPROCAL)

void K(function)(FunctionKind kind, float parameter, const float *x, float *y, gsize n) {
#define VALUE(which)                                                                               \
  case which:                                                                                      \
    run_function(which, parameter, x, y, n);                                                       \
    break;
  switch (kind) { FOR_ALL_KINDS(VALUE) }
}

void K(function_gradient)(FunctionKind kind, float parameter, const float *x, const float *y,
                          const float *dy, float *dx, gsize n, gboolean accumulate) {
#define SLOPE(which)                                                                               \
  case which:                                                                                      \
    run_gradient(which, parameter, x, y, dy, dx, n, accumulate);                                   \
    break;
  switch (kind) { FOR_ALL_KINDS(SLOPE) }
}
