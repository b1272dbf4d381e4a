#include "core/kernels/simd.h"

#define CUT_OFF 255 /* argmax where ReLU let nothing through */

/* The first of equal values wins, as in Keras. */
INLINE void pool_vector(const PoolRow *r, const int width, const int height, gsize from, gsize to) {
  const float *x = r->x + from;
  Vec best = vec_load(x);
  IVec arg = {0};

  for (int cell = 1; cell < width * height; cell++) {
    Vec v = vec_load(x + (cell / width) * r->x_row + (cell % width) * r->channels);
    IVec better = v > best;
    best = vec_select(better, v, best);
    arg = (better & cell) | (~better & arg);
  }
  if (r->relu) {
    IVec positive = best > (Vec){0};
    best = (Vec)(positive & (IVec)best);
    arg |= ~positive & CUT_OFF;
  }
  vec_store(r->out + to, best);
  if (r->argmax != NULL)
    ivec_store_bytes(r->argmax + to, arg);
}

static void pool_one(const PoolRow *r, gsize from, gsize to) {
  const float *x = r->x + from;
  float best = x[0];
  int arg = 0;

  for (int cell = 1; cell < r->width * r->height; cell++) {
    float v = x[(cell / r->width) * r->x_row + (cell % r->width) * r->channels];
    if (v > best)
      best = v, arg = cell;
  }
  if (r->relu && !(best > 0))
    best = 0, arg = CUT_OFF;
  r->out[to] = best;
  if (r->argmax != NULL)
    r->argmax[to] = (guint8)arg;
}

void K(pool_row)(const PoolRow *r) {
  for (int p = 0; p < r->pixels; p++) {
    gsize from = (gsize)(p * r->width * r->channels), to = (gsize)(p * r->channels);
    int c = 0;
    for (; c + LANES <= r->channels; c += LANES)
      if (r->width == 2 && r->height == 2)
        pool_vector(r, 2, 2, from + (gsize)c, to + (gsize)c);
      else
        pool_vector(r, r->width, r->height, from + (gsize)c, to + (gsize)c);
    for (; c < r->channels; c++)
      pool_one(r, from + (gsize)c, to + (gsize)c);
  }
}

INLINE void spread_vector(const PoolRowGradient *r, const int width, const int height, int pixel,
                          int channel) {
  const gsize at = (gsize)(pixel * r->channels + channel);
  float *dx = r->dx + pixel * width * r->channels + channel;
  Vec dout = vec_load(r->dout + at);
  IVec arg = ivec_load_bytes(r->argmax + at);

  for (int cell = 0; cell < width * height; cell++)
    vec_store(dx + (cell / width) * r->dx_row + (cell % width) * r->channels,
              (Vec)((arg == cell) & (IVec)dout));
}

static void spread_one(const PoolRowGradient *r, int pixel, int channel) {
  const gsize at = (gsize)(pixel * r->channels + channel);
  float *dx = r->dx + pixel * r->width * r->channels + channel;

  for (int cell = 0; cell < r->width * r->height; cell++)
    dx[(cell / r->width) * r->dx_row + (cell % r->width) * r->channels] =
        r->argmax[at] == cell ? r->dout[at] : 0;
}

void K(pool_row_gradient)(const PoolRowGradient *r) {
  for (int p = 0; p < r->pixels; p++) {
    int c = 0;
    for (; c + LANES <= r->channels; c += LANES)
      if (r->width == 2 && r->height == 2)
        spread_vector(r, 2, 2, p, c);
      else
        spread_vector(r, r->width, r->height, p, c);
    for (; c < r->channels; c++)
      spread_one(r, p, c);
  }
}
