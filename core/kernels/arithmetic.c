#include "core/kernels/vmath.h"

INLINE Vec binary_value(const BinaryKind kind, Vec a, Vec b) {
  const Vec zero = {0}, one = vec_set(1.0f);

  switch (kind) {
  case BINARY_ADD:
    return a + b;
  case BINARY_SUBTRACT:
    return a - b;
  case BINARY_MULTIPLY:
    return a * b;
  case BINARY_DIVIDE:
    return a / b;
  case BINARY_MAXIMUM:
    return vec_select(b > a, b, a);
  case BINARY_MINIMUM:
    return vec_select(b < a, b, a);
  case BINARY_EQUAL:
    return vec_select(a == b, one, zero);
  case BINARY_DIFFERENT:
    return vec_select(a == b, zero, one);
  case BINARY_PRELU:
    return vec_select(a > 0.0f, a, a * b);
  case BINARY_PRELU_SLOPE:
    return vec_select(a > 0.0f, one, b);
  }
  return a;
}

/* A step of 0: the same number for all. */
INLINE Vec load(const float *p, gssize step, gsize i) {
  return step != 0 ? vec_load(p + i) : vec_set(*p);
}
INLINE Vec load_part(const float *p, gssize step, gsize i, int n) {
  return step != 0 ? vec_load_part(p + i, n) : vec_set(*p);
}

INLINE void run_binary(const BinaryKind kind, const float *a, gssize a_step, const float *b,
                       gssize b_step, float *y, gsize n) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    vec_store(y + i, binary_value(kind, load(a, a_step, i), load(b, b_step, i)));
  if (i < n) {
    const int left = (int)(n - i);
    vec_store_part(y + i,
                   binary_value(kind, load_part(a, a_step, i, left), load_part(b, b_step, i, left)),
                   left);
  }
}

#define FOR_ALL_KINDS(DO)                                                                          \
  DO(BINARY_ADD)                                                                                   \
  DO(BINARY_SUBTRACT)                                                                              \
  DO(BINARY_MULTIPLY)                                                                              \
  DO(BINARY_DIVIDE)                                                                                \
  DO(BINARY_MAXIMUM)                                                                               \
  DO(BINARY_MINIMUM)                                                                               \
  DO(BINARY_EQUAL)                                                                                 \
  DO(BINARY_DIFFERENT)                                                                             \
  DO(BINARY_PRELU)                                                                                 \
  DO(BINARY_PRELU_SLOPE)

void K(binary)(BinaryKind kind, const float *a, gssize a_step, const float *b, gssize b_step,
               float *y, gsize n) {
#define VALUE(which)                                                                               \
  case which:                                                                                      \
    run_binary(which, a, a_step, b, b_step, y, n);                                                 \
    break;
  switch (kind) { FOR_ALL_KINDS(VALUE) }
}

INLINE Vec affine_value(const AffineRow *r, Vec x) { return r->scale * x + r->offset; }

void K(affine)(const AffineRow *r, const float *x, float *y, gsize n) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    vec_store(y + i, vec_below(vec_above(affine_value(r, vec_load(x + i)), r->low), r->high));
  if (i < n) {
    const int left = (int)(n - i);
    Vec v = affine_value(r, vec_load_part(x + i, left));
    vec_store_part(y + i, vec_below(vec_above(v, r->low), r->high), left);
  }
}

INLINE Vec affine_slope(const AffineRow *r, Vec x, Vec dy) {
  Vec v = affine_value(r, x), zero = {0};

  return vec_select((v < r->low) | (v > r->high), zero, r->scale * dy);
}

void K(affine_gradient)(const AffineRow *r, const float *x, const float *dy, float *dx, gsize n,
                        gboolean accumulate) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES) {
    Vec g = affine_slope(r, vec_load(x + i), vec_load(dy + i));
    vec_store(dx + i, accumulate ? vec_load(dx + i) + g : g);
  }
  if (i < n) {
    const int left = (int)(n - i);
    Vec g = affine_slope(r, vec_load_part(x + i, left), vec_load_part(dy + i, left));
    vec_store_part(dx + i, accumulate ? vec_load_part(dx + i, left) + g : g, left);
  }
}

float K(sum)(const float *x, gsize n) {
  Vec sum = {0};
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    sum += vec_load(x + i);
  if (i < n)
    sum += vec_load_part(x + i, (int)(n - i));
  return vec_sum(sum);
}

float K(largest)(const float *x, gsize n) {
  Vec most = vec_set(-G_MAXFLOAT);
  float largest;
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    most = vec_max(vec_load(x + i), most);
  for (largest = vec_largest(most); i < n; i++)
    largest = x[i] > largest ? x[i] : largest;
  return largest;
}

float K(dot)(const float *x, const float *y, gsize n) {
  Vec sum = {0};
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    sum += vec_load(x + i) * vec_load(y + i);
  if (i < n)
    sum += vec_load_part(x + i, (int)(n - i)) * vec_load_part(y + i, (int)(n - i));
  return vec_sum(sum);
}

void K(add_scaled)(float factor, const float *x, float *y, gsize n) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    vec_store(y + i, vec_load(y + i) + factor * vec_load(x + i));
  if (i < n) {
    const int left = (int)(n - i);
    vec_store_part(y + i, vec_load_part(y + i, left) + factor * vec_load_part(x + i, left), left);
  }
}
