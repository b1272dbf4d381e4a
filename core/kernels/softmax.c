#include "core/kernels/vmath.h"

#include <math.h>

/* The last numbers of a row: what is missing counts as -∞. */
INLINE Vec load_row(const float *x, gsize i, gsize n) {
  float last[LANES];

  if (i + LANES <= n)
    return vec_load(x + i);
  vec_store(last, vec_set(-G_MAXFLOAT));
  memcpy(last, x + i, (n - i) * sizeof(float));
  return vec_load(last);
}

INLINE void store_row(float *y, gsize i, gsize n, Vec v) {
  if (i + LANES <= n)
    vec_store(y + i, v);
  else
    vec_store_part(y + i, v, (int)(n - i));
}

float K(softmax)(const float *x, float *y, gsize n) {
  Vec most = vec_set(-G_MAXFLOAT), sum = {0};

  for (gsize i = 0; i < n; i += LANES)
    most = vec_max(load_row(x, i, n), most);
  const float shift = vec_largest(most);
  for (gsize i = 0; i < n; i += LANES) {
    const Vec v = load_row(x, i, n), e = vec_exp(v - shift);
    sum += i + LANES <= n ? e : vec_select(v == -G_MAXFLOAT, (Vec){0}, e);
    store_row(y, i, n, e);
  }
  const float total = vec_sum(sum), factor = 1 / total;
  for (gsize i = 0; i < n; i += LANES)
    store_row(y, i, n,
              (i + LANES <= n ? vec_load(y + i) : vec_load_part(y + i, (int)(n - i))) * factor);
  return shift + logf(total);
}

/* dx[i] (+)= y[i] · (dy[i] - Σ_j y[j] · dy[j]) */
void K(softmax_gradient)(const float *y, const float *dy, float *dx, gsize n, gboolean accumulate) {
  Vec sum = {0};
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    sum += vec_load(y + i) * vec_load(dy + i);
  if (i < n)
    sum += vec_load_part(y + i, (int)(n - i)) * vec_load_part(dy + i, (int)(n - i));
  const float dot = vec_sum(sum);
  for (i = 0; i + LANES <= n; i += LANES) {
    Vec g = vec_load(y + i) * (vec_load(dy + i) - dot);
    vec_store(dx + i, accumulate ? vec_load(dx + i) + g : g);
  }
  if (i < n) {
    const int left = (int)(n - i);
    Vec g = vec_load_part(y + i, left) * (vec_load_part(dy + i, left) - dot);
    vec_store_part(dx + i, accumulate ? vec_load_part(dx + i, left) + g : g, left);
  }
}

/* dx[i] (+)= scale · (p[i] - rest) */
void K(softmax_loss_gradient)(const float *p, float scale, float rest, float *dx, gsize n,
                              gboolean accumulate) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES) {
    Vec g = scale * (vec_load(p + i) - rest);
    vec_store(dx + i, accumulate ? vec_load(dx + i) + g : g);
  }
  if (i < n) {
    const int left = (int)(n - i);
    Vec g = scale * (vec_load_part(p + i, left) - rest);
    vec_store_part(dx + i, accumulate ? vec_load_part(dx + i, left) + g : g, left);
  }
}
