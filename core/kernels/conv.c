#include "core/kernels/micro.h"

/* Bias last, as in the gemm: the sum over taps is one chain from zero. */
INLINE void pixels_run(const int m, const int vectors, const ConvRow *r, int pixel, int channel) {
  Vec acc[MAX_M][2];
  Micro g = {.a = r->x + pixel * r->step,
             .a_row = r->step,
             .k_offset = r->offset,
             .b = r->kernel + channel,
             .b_row = r->kernel_row,
             .k = r->taps};

  UNROLL
  for (int i = 0; i < m; i++)
    acc[i][0] = acc[i][1] = (Vec){0};
  micro(m, vectors, MICRO_K_TABLE, &g, acc);
  UNROLL
  for (int j = 0; j < vectors; j++) {
    Vec bias = r->bias != NULL ? vec_load(r->bias + channel + j * LANES) : (Vec){0};
    UNROLL
    for (int i = 0; i < m; i++)
      vec_store(r->out + (pixel + i) * r->out_row + channel + j * LANES, acc[i][j] + bias);
  }
}

typedef void (*PixelsFunc)(const ConvRow *r, int pixel, int channel);

#define PIXELS(m)                                                                                  \
  static void pixels_##m##_1(const ConvRow *r, int p, int c) { pixels_run(m, 1, r, p, c); }        \
  static void pixels_##m##_2(const ConvRow *r, int p, int c) { pixels_run(m, 2, r, p, c); }
/* clang-format off */
PIXELS(1) PIXELS(2) PIXELS(3) PIXELS(4) PIXELS(5) PIXELS(6)
#if MAX_M > 6
PIXELS(7) PIXELS(8) PIXELS(9) PIXELS(10) PIXELS(11) PIXELS(12)
#endif
#if MAX_M > 12
PIXELS(13) PIXELS(14)
#endif

#define PAIR(m) {pixels_##m##_1, pixels_##m##_2}
static const PixelsFunc PIXEL_RUNS[MAX_M][2] = {
    PAIR(1),  PAIR(2),  PAIR(3), PAIR(4), PAIR(5), PAIR(6),
#if MAX_M > 6
    PAIR(7),  PAIR(8),  PAIR(9), PAIR(10), PAIR(11), PAIR(12),
#endif
#if MAX_M > 12
    PAIR(13), PAIR(14),
#endif
};
/* clang-format on */

static void channels_left(const ConvRow *r, int from) {
  for (int p = 0; p < r->pixels; p++)
    for (int c = from; c < r->channels; c++) {
      float sum = 0;
      for (int t = 0; t < r->taps; t++)
        sum += r->x[r->offset[t] + p * r->step] * r->kernel[t * r->kernel_row + c];
      r->out[p * r->out_row + c] = sum + (r->bias != NULL ? r->bias[c] : 0);
    }
}

void K(conv_row)(const ConvRow *r) {
  int blocks = (r->pixels + MAX_M - 1) / MAX_M, channel = 0;

  for (int vectors = 2; vectors >= 1; vectors--)
    for (; channel + vectors * LANES <= r->channels; channel += vectors * LANES)
      for (int i = 0, done = 0; i < blocks; i++) {
        int m = (r->pixels - done + (blocks - i) - 1) / (blocks - i);
        PIXEL_RUNS[m - 1][vectors - 1](r, done, channel);
        done += m;
      }
  channels_left(r, channel);
}

/* Row i of the block is tap + i of the kernel's gradient; with `ones`, the last row is the bias's.
 */
INLINE float *gradient_row(const ConvRowGradient *r, const gboolean bias, int tap, int channel) {
  return (bias ? r->bias : r->kernel + tap * r->kernel_row) + channel;
}

INLINE void taps_run(const int m, const int vectors, const gboolean ones, const ConvRowGradient *r,
                     int tap, int channel) {
  Vec acc[MAX_M][2];
  Micro g = {.a = r->x,
             .a_col = r->step,
             .i_offset = r->offset + tap,
             .b = r->out + channel,
             .b_row = r->out_row,
             .k = r->pixels};

  UNROLL
  for (int i = 0; i < m; i++)
    UNROLL
  for (int j = 0; j < 2; j++)
    acc[i][j] = j < vectors
                    ? vec_load(gradient_row(r, ones && i == m - 1, tap + i, channel) + j * LANES)
                    : (Vec){0};
  micro(m, vectors, ones ? MICRO_I_TABLE_ONES : MICRO_I_TABLE, &g, acc);
  UNROLL
  for (int i = 0; i < m; i++)
    UNROLL
  for (int j = 0; j < vectors; j++)
    vec_store(gradient_row(r, ones && i == m - 1, tap + i, channel) + j * LANES, acc[i][j]);
}

typedef void (*TapsFunc)(const ConvRowGradient *r, gboolean ones, int tap, int channel);

#define TAPS(m)                                                                                    \
  static void taps_##m##_1(const ConvRowGradient *r, gboolean ones, int t, int c) {                \
    ones ? taps_run(m, 1, TRUE, r, t, c) : taps_run(m, 1, FALSE, r, t, c);                         \
  }                                                                                                \
  static void taps_##m##_2(const ConvRowGradient *r, gboolean ones, int t, int c) {                \
    ones ? taps_run(m, 2, TRUE, r, t, c) : taps_run(m, 2, FALSE, r, t, c);                         \
  }
/* clang-format off */
TAPS(1) TAPS(2) TAPS(3) TAPS(4) TAPS(5) TAPS(6)
#if MAX_M > 6
TAPS(7) TAPS(8) TAPS(9) TAPS(10) TAPS(11) TAPS(12)
#endif
#if MAX_M > 12
TAPS(13) TAPS(14)
#endif

#undef PAIR
#define PAIR(m) {taps_##m##_1, taps_##m##_2}
static const TapsFunc TAP_RUNS[MAX_M][2] = {
    PAIR(1),  PAIR(2),  PAIR(3), PAIR(4), PAIR(5), PAIR(6),
#if MAX_M > 6
    PAIR(7),  PAIR(8),  PAIR(9), PAIR(10), PAIR(11), PAIR(12),
#endif
#if MAX_M > 12
    PAIR(13), PAIR(14),
#endif
};
/* clang-format on */

static void channels_left_gradient(const ConvRowGradient *r, int from) {
  for (int t = 0; t < r->taps; t++)
    for (int c = from; c < r->channels; c++) {
      float sum = r->kernel[t * r->kernel_row + c];
      for (int p = 0; p < r->pixels; p++)
        sum += r->x[r->offset[t] + p * r->step] * r->out[p * r->out_row + c];
      r->kernel[t * r->kernel_row + c] = sum;
    }
  for (int c = from; r->bias != NULL && c < r->channels; c++)
    for (int p = 0; p < r->pixels; p++)
      r->bias[c] += r->out[p * r->out_row + c];
}

void K(conv_row_gradient)(const ConvRowGradient *r) {
  const int rows = r->taps + (r->bias != NULL ? 1 : 0), blocks = (rows + MAX_M - 1) / MAX_M;
  int channel = 0;

  for (int vectors = 2; vectors >= 1; vectors--)
    for (; channel + vectors * LANES <= r->channels; channel += vectors * LANES)
      for (int i = 0, done = 0; i < blocks; i++) {
        int m = (rows - done + (blocks - i) - 1) / (blocks - i);
        TAP_RUNS[m - 1][vectors - 1](r, done + m > r->taps, done, channel);
        done += m;
      }
  channels_left_gradient(r, channel);
}
