#include "core/base/rng.h"

#include <math.h>

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

void rng_block(const Rng *self, guint64 block, guint32 out[4]) {
  guint32 key0 = (guint32)self->seed, key1 = (guint32)(self->seed >> 32);
  guint32 c0 = (guint32)block, c1 = (guint32)(block >> 32), c2 = self->step, c3 = self->stream;

  for (int round = 0; round < 10; round++) {
    guint64 p0 = (guint64)PHILOX_M0 * c0, p1 = (guint64)PHILOX_M1 * c2;
    guint32 n0 = (guint32)(p1 >> 32) ^ c1 ^ key0, n2 = (guint32)(p0 >> 32) ^ c3 ^ key1;
    c1 = (guint32)p1, c3 = (guint32)p0, c0 = n0, c2 = n2;
    key0 += PHILOX_W0, key1 += PHILOX_W1;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

guint32 rng_u32(const Rng *self, guint64 element) {
  guint32 block[4];

  rng_block(self, element / 4, block);
  return block[element % 4];
}

float rng_uniform(const Rng *self, guint64 element) {
  return (float)(rng_u32(self, element) >> 8) * 0x1p-24f;
}

double rng_normal(const Rng *self, guint64 element) {
  guint32 block[4];

  rng_block(self, element / 2, block);
  const guint32 *pair = block + 2 * (element % 2);
  double u = (pair[0] + 0.5) * 0x1p-32, v = pair[1] * 0x1p-32;
  return sqrt(-2 * log(u)) * cos(2 * G_PI * v);
}

guint32 rng_below(const Rng *self, guint64 element, guint32 n) {
  return (guint32)(((guint64)rng_u32(self, element) * n) >> 32);
}

void rng_permutation(const Rng *self, guint32 *order, guint32 n) {
  for (guint32 i = 0; i < n; i++)
    order[i] = i;
  for (guint32 i = n; i > 1; i--) {
    guint32 j = rng_below(self, i, i), swap = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swap;
  }
}
