/* exp, log, tanh, erf of vectors: polynomials after a reduction of the argument, the same source
 * and the same steps for every instruction set. Included by kernels only.
 *
 * Errors are a few units in the last place; NaN stays NaN; what leaves the range of a float
 * saturates at its ends.
 */
#pragma once

#include "core/kernels/simd.h"

/* x where it is not below (above) the other; a NaN stays one. The processor's own maximum gives its
 * second operand when one is a NaN; compilers do not dare to use it for the comparison. */
#if defined(__AVX512F__)
INLINE Vec vec_above(Vec x, float low) {
  return (Vec)_mm512_max_ps(_mm512_set1_ps(low), (__m512)x);
}
INLINE Vec vec_below(Vec x, float high) {
  return (Vec)_mm512_min_ps(_mm512_set1_ps(high), (__m512)x);
}
#elif defined(__AVX2__)
INLINE Vec vec_above(Vec x, float low) {
  return (Vec)_mm256_max_ps(_mm256_set1_ps(low), (__m256)x);
}
INLINE Vec vec_below(Vec x, float high) {
  return (Vec)_mm256_min_ps(_mm256_set1_ps(high), (__m256)x);
}
#else
INLINE Vec vec_above(Vec x, float low) { return vec_select(x < low, vec_set(low), x); }
INLINE Vec vec_below(Vec x, float high) { return vec_select(x > high, vec_set(high), x); }
#endif
INLINE Vec vec_abs(Vec x) { return (Vec)((IVec)x & 0x7fffffff); }
/* |x| with the sign of y */
INLINE Vec vec_sign_of(Vec x, Vec y) {
  return (Vec)(((IVec)x & 0x7fffffff) | ((IVec)y & (gint32)0x80000000));
}

/* 1/√x for normal x > 0 to the last bits: a first guess from the exponent, then Newton's method
 * three times. The divider of a processor is ten times slower, and this is the same on all of them.
 */
INLINE Vec vec_rsqrt(Vec x) {
  Vec y = (Vec)(0x5f375a86 - ((IVec)x >> 1)), half = x * 0.5f;

  for (int i = 0; i < 3; i++)
    y *= 1.5f - half * y * y;
  return y;
}

/* 1/x for normal x > 0 up to 10³⁸, the same way: the guess is off by 5%, and each step squares
 * that, so that the third leaves what rounding does. */
INLINE Vec vec_reciprocal(Vec x) {
  Vec y = (Vec)(0x7ef311c3 - (IVec)x);

  for (int i = 0; i < 3; i++)
    y *= 2.0f - x * y;
  return y;
}

/* e^x = 2^n · e^r with r = x - n·ln 2, |r| ≤ ln 2 / 2; ln 2 in two parts, so that the product with
 * n is exact. The polynomial is the series of e^r with its last terms moved to spread the error. */
INLINE Vec vec_exp(Vec x) {
  const float magic = 12582912.0f; /* 1.5·2^23: adding it rounds to whole numbers */

  x = vec_below(vec_above(x, -87.3f), 88.7f);
  Vec shifted = x * 1.44269504f + magic, n = shifted - magic;
  Vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vec p = vec_set(1.3981999507e-3f);
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return (Vec)((IVec)p + (((IVec)shifted - (IVec)vec_set(magic)) << 23));
}

/* log(1 + r) - r, for 1 + r in [√½, √2). */
INLINE Vec log_series(Vec r) {
  Vec z = r * r, p = vec_set(7.0376836292e-2f);

  p = p * r - 1.1514610310e-1f;
  p = p * r + 1.1676998740e-1f;
  p = p * r - 1.2420140846e-1f;
  p = p * r + 1.4249322787e-1f;
  p = p * r - 1.6668057665e-1f;
  p = p * r + 2.0000714765e-1f;
  p = p * r - 2.4999993993e-1f;
  p = p * r + 3.3333331174e-1f;
  return r * z * p - z * 0.5f;
}

/* The same range. */
INLINE Vec vec_log1p(Vec r) { return r + log_series(r); }

/* log x = e·ln 2 + log m with m in [√½, √2), for normal x > 0; -∞ at 0, NaN below. */
INLINE Vec vec_log(Vec x) {
  const Vec lowest = vec_set(1.17549435e-38f);
  IVec zero = x == 0.0f, invalid = x < 0.0f, special = (x != x) | (x > 3.4e38f);
  Vec safe = vec_select(x < lowest, lowest, x);
  IVec bits = (IVec)safe - 0x3f3504f3;
  Vec e = __builtin_convertvector(bits >> 23, Vec);
  Vec m = (Vec)((bits & 0x007fffff) + 0x3f3504f3), r = m - 1.0f;
  Vec result = r + (log_series(r) + e * -2.12194440e-4f) + e * 0.693359375f;
  result = vec_select(special, x, result);
  result = vec_select(zero, vec_set(-G_MAXFLOAT) * 2.0f, result);
  return vec_select(invalid, vec_set(0.0f) / vec_set(0.0f), result);
}

INLINE Vec vec_sigmoid(Vec x) { return 1.0f / (1.0f + vec_exp(-x)); }

/* Near 0 an odd polynomial keeps all digits; elsewhere 1 - 2 / (e^2x + 1). */
INLINE Vec vec_tanh(Vec x) {
  Vec a = vec_abs(x), z = x * x;
  Vec p = vec_set(-5.70498872745e-3f);

  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  Vec near = x + x * z * p;
  Vec far = 1.0f - 2.0f / (vec_exp(2.0f * vec_below(a, 20.0f)) + 1.0f);
  return vec_select(a < 0.625f, near, vec_sign_of(far, x));
}

/* Abramowitz and Stegun 1964, 7.1.26, absolute error below 1.5·10⁻⁷; `square` gets e^(-x²). */
INLINE Vec vec_erf(Vec x, Vec *square) {
  Vec a = vec_abs(x), t = 1.0f / (1.0f + 0.3275911f * a);
  Vec p = vec_set(1.061405429f);

  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  *square = vec_exp(-(x * x));
  return vec_sign_of(1.0f - p * t * *square, x);
}

/* log(1 + e^x) without overflow. */
INLINE Vec vec_softplus(Vec x) {
  Vec e = vec_exp(-vec_abs(x)), u = 1.0f + e;
  /* log u loses the digits of e that u has no room for: Goldberg 1991 gives them back. */
  Vec tail = vec_select(u == 1.0f, e, vec_log(u) * e / vec_select(u == 1.0f, u, u - 1.0f));

  return vec_select(x > 0.0f, x, vec_set(0.0f)) + tail;
}

/* Over the lanes, pairwise: half of them with the other half, then quarters, … */
INLINE float vec_sum(Vec v) {
  float lane[LANES];

  vec_store(lane, v);
  UNROLL
  for (int half = LANES / 2; half > 0; half /= 2)
    UNROLL
  for (int i = 0; i < half; i++)
    lane[i] += lane[i + half];
  return lane[0];
}

INLINE float vec_largest(Vec v) {
  float lane[LANES];

  vec_store(lane, v);
  UNROLL
  for (int half = LANES / 2; half > 0; half /= 2)
    UNROLL
  for (int i = 0; i < half; i++)
    lane[i] = lane[i] > lane[i + half] ? lane[i] : lane[i + half];
  return lane[0];
}

/* The first n < LANES numbers, 0 after them. Processors that have masks for it neither read nor
 * write the others. */
#if defined(__AVX512F__)
INLINE Vec vec_load_part(const float *p, int n) {
  return (Vec)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
INLINE void vec_store_part(float *p, Vec v, int n) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
}
#elif defined(__AVX2__)
INLINE __m256i part_mask(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE Vec vec_load_part(const float *p, int n) { return (Vec)_mm256_maskload_ps(p, part_mask(n)); }
INLINE void vec_store_part(float *p, Vec v, int n) {
  _mm256_maskstore_ps(p, part_mask(n), (__m256)v);
}
#else
INLINE Vec vec_load_part(const float *p, int n) {
  Vec v = {0};
  memcpy(&v, p, (gsize)n * sizeof(float));
  return v;
}
INLINE void vec_store_part(float *p, Vec v, int n) { memcpy(p, &v, (gsize)n * sizeof(float)); }
#endif

/* A vector from p[i] on, of n numbers that there are. */
INLINE Vec load_column(const float *p, int i, int n) {
  return i + LANES <= n ? vec_load(p + i) : vec_load_part(p + i, n - i);
}

INLINE void store_column(float *p, int i, int n, Vec v) {
  if (i + LANES <= n)
    vec_store(p + i, v);
  else
    vec_store_part(p + i, v, n - i);
}
