#include "core/kernels/vmath.h"

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

/* The loops of the other optimizers: `s`, the values p, their gradient g, and the slots a and b. */
#define UPDATE(name, body)                                                                         \
  void K(name)(const UpdateStep *s, float *value, const float *grad, float *first, float *second,  \
               gsize n) {                                                                          \
    g_assert(n % 16 == 0);                                                                         \
    for (gsize i = 0; i < n; i += LANES) {                                                         \
      Vec p = vec_load(value + i), g = vec_load(grad + i), a = vec_load(first + i);                \
      Vec b = second != NULL ? vec_load(second + i) : a;                                           \
      body;                                                                                        \
      vec_store(value + i, p);                                                                     \
      vec_store(first + i, a);                                                                     \
      if (second != NULL)                                                                          \
        vec_store(second + i, b);                                                                  \
    }                                                                                              \
  }

UPDATE(rmsprop, {
  a = s->rho * a + (1 - s->rho) * g * g;
  p -= s->rate * g * vec_rsqrt(a + s->epsilon);
})

UPDATE(adagrad, {
  a += g * g;
  p -= s->rate * g * vec_rsqrt(a + s->epsilon);
})

UPDATE(adadelta, {
  a = s->rho * a + (1 - s->rho) * g * g;
  Vec step = -g * (b + s->epsilon) * vec_rsqrt(b + s->epsilon) * vec_rsqrt(a + s->epsilon);
  b = s->rho * b + (1 - s->rho) * step * step;
  p += s->rate * step;
})

UPDATE(lion, {
  Vec along = s->beta_1 * a + (1 - s->beta_1) * g;
  p -= vec_select(along == 0.0f, (Vec){0}, vec_sign_of(vec_set(s->rate), along));
  a = s->beta_2 * a + (1 - s->beta_2) * g;
})

void K(amsgrad)(const AdamStep *s, float *p, const float *g, float *m, float *v, float *most,
                gsize n) {
  g_assert(n % 16 == 0);
  for (gsize i = 0; i < n; i += LANES) {
    Vec grad = vec_load(g + i), first = vec_load(m + i), second = vec_load(v + i);
    first += (grad - first) * (1 - s->beta_1);
    second += (grad * grad - second) * (1 - s->beta_2);
    Vec largest = vec_max(second, vec_load(most + i));
    vec_store(m + i, first);
    vec_store(v + i, second);
    vec_store(most + i, largest);
    Vec root = largest * vec_rsqrt(largest + 1e-37f);
    vec_store(p + i, vec_load(p + i) - s->rate * first * vec_reciprocal(root + s->epsilon));
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
