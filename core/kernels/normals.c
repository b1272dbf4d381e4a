#include "core/kernels/vmath.h"

typedef guint32 UVec __attribute__((vector_size(4 * LANES)));

INLINE UVec words(const guint32 *p, int n) {
  UVec v = {0};

  memcpy(&v, p, (gsize)n * sizeof *p);
  return v;
}

/* (x + ½) · 2^-32, its halves apart: whole numbers of 16 bits fit a float. */
INLINE Vec unit(UVec x) {
  Vec high = __builtin_convertvector((IVec)(x >> 16), Vec);
  Vec low = __builtin_convertvector((IVec)(x & 0xffff), Vec) + 0.5f;

  return high * 0x1p-16f + low * 0x1p-32f;
}

/* cos 2πv: even and of period 1, so v is brought to 0 … ½, and from there it is the sine of what is
 * left to ¼; its series to the 13th power. */
INLINE Vec cosine(Vec v) {
  Vec x = 6.28318531f * (0.25f - vec_abs(v - vec_select(v > 0.5f, vec_set(1.0f), vec_set(0.0f))));
  Vec z = x * x, p = vec_set(1.6059043837e-10f);

  p = p * z - 2.5052108385e-8f;
  p = p * z + 2.7557319224e-6f;
  p = p * z - 1.9841269841e-4f;
  p = p * z + 8.3333333333e-3f;
  p = p * z - 1.6666666667e-1f;
  return x + x * z * p;
}

/* Box and Muller 1958: √(-2 log u) · cos 2πv. Near 1 the logarithm is taken of 1 - w, which keeps
 * the digits that u has no room for. */
INLINE Vec normal(UVec u, UVec v) {
  Vec far = vec_log(unit(u)), near = vec_log1p(-unit(~u));
  Vec t = -2.0f * vec_select(unit(u) > 0.75f, near, far);

  return t * vec_rsqrt(t) * cosine(unit(v));
}

void K(normals)(const guint32 *u, const guint32 *v, float *y, gsize n) {
  for (gsize i = 0; i < n; i += LANES) {
    const int left = (int)MIN(n - i, LANES);
    vec_store_part(y + i, normal(words(u + i, left), words(v + i, left)), left);
  }
}
