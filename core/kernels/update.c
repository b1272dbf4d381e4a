#include "core/kernels/simd.h"

/* 1/√x for normal x > 0 to the last bits: a first guess from the exponent, then Newton's method
 * three times. The divider of a processor is ten times slower, and this is the same on all of them.
 */
INLINE Vec vec_rsqrt(Vec x) {
  Vec y = (Vec)(0x5f375a86 - ((IVec)x >> 1)), half = x * 0.5f;

  for (int i = 0; i < 3; i++)
    y *= 1.5f - half * y * y;
  return y;
}

/* 1/x for normal x > 0, the same way. */
INLINE Vec vec_reciprocal(Vec x) {
  Vec y = (Vec)(0x7ef311c3 - (IVec)x);

  for (int i = 0; i < 4; i++)
    y *= 2.0f - x * y;
  return y;
}

INLINE void adam_vector(const AdamStep *s, float *p, const float *g, float *m, float *v) {
  Vec grad = vec_load(g), first = vec_load(m), second = vec_load(v);

  first += (grad - first) * (1 - s->beta_1);
  second += (grad * grad - second) * (1 - s->beta_2);
  vec_store(m, first);
  vec_store(v, second);
  Vec root = second * vec_rsqrt(second + 1e-37f);
  vec_store(p, vec_load(p) - s->rate * first * vec_reciprocal(root + s->epsilon));
}

/* Blocks of parameters are padded to 64 bytes: n is a multiple of 16. */
void K(adam)(const AdamStep *step, float *p, const float *g, float *m, float *v, gsize n) {
  g_assert(n % 16 == 0);
  for (gsize i = 0; i < n; i += LANES)
    adam_vector(step, p + i, g + i, m + i, v + i);
}

void K(sgd)(float rate, float momentum, gboolean nesterov, float *p, const float *g, float *m,
            gsize n) {
  g_assert(n % 16 == 0);
  for (gsize i = 0; i < n; i += LANES) {
    Vec step = rate * vec_load(g + i), velocity = momentum * vec_load(m + i) - step;
    vec_store(m + i, velocity);
    vec_store(p + i, vec_load(p + i) + (nesterov ? momentum * velocity - step : velocity));
  }
}

double K(peak)(guint steps) {
  Vec acc[12], x = vec_set(1.0f), y = vec_set(1e-9f);

  for (int i = 0; i < 12; i++)
    acc[i] = vec_set((float)i);
  for (guint step = 0; step < steps; step++) {
    __asm__ volatile("" : "+x"(x), "+x"(y));
    UNROLL
    for (int i = 0; i < 12; i++)
      acc[i] = acc[i] * x + y;
  }
  Vec sum = acc[0];
  for (int i = 1; i < 12; i++)
    sum += acc[i];
  __asm__ volatile("" ::"x"(sum));
  return 2.0 * LANES * 12 * steps;
}
