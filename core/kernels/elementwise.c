#include "core/kernels/simd.h"

void K(bytes_to_unit)(const guint8 *x, float *y, gsize n) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    vec_store(y + i, __builtin_convertvector(ivec_load_bytes(x + i), Vec) / 255.0f);
  for (; i < n; i++)
    y[i] = (float)x[i] / 255.0f;
}

void K(add)(const float *x, float *y, gsize n) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    vec_store(y + i, vec_load(y + i) + vec_load(x + i));
  for (; i < n; i++)
    y[i] += x[i];
}
