/* Convolution, ReLU and 2 × 2 max pooling in registers: the four convolution pixels of a window are
 * made side by side and only their maximum is stored. */
#include "core/kernels/simd.h"

#define POOLED (MAX_M / 4) /* windows made at once */
#define CUT_OFF 255        /* argmax where ReLU let nothing through */

/* Pixel i of the upper or lower row of a block: see micro.h for the addressing. */
typedef struct {
  const float *upper[(2 * POOLED + 2) / 3], *lower[(2 * POOLED + 2) / 3];
} Pixels;

INLINE Pixels pixels_at(const int pooled, const ConvPoolRow *r, int window) {
  const float *x = r->x + 2 * window * r->step;
  Pixels p;

  UNROLL
  for (int i = 0; i < 2 * pooled; i += 3) {
    p.upper[i / 3] = x + i * r->step;
    p.lower[i / 3] = x + r->x_row + i * r->step;
  }
  return p;
}

/* Cell c of window w is acc[4 w + c]. */
INLINE void windows_sum(const int pooled, const int vectors, const ConvPoolRow *r, int window,
                        int channel, Vec acc[4 * POOLED][2]) {
  const Pixels p = pixels_at(pooled, r, window);
  const float *kernel = r->kernel + channel;

  for (int t = 0; t < r->taps; t++, kernel += r->kernel_row) {
    const gssize at = r->offset[t];
    Vec b0 = vec_load(kernel), b1 = vectors > 1 ? vec_load(kernel + LANES) : b0;
    UNROLL
    for (int i = 0; i < 4 * pooled; i++) {
      const int pixel = 2 * (i / 4) + i % 2;
      const float *row = i % 4 < 2 ? p.upper[pixel / 3] : p.lower[pixel / 3];
      Vec x = vec_set(row[at + (pixel % 3) * r->step]);
      acc[i][0] += x * b0;
      if (vectors > 1)
        acc[i][1] += x * b1;
    }
  }
}

/* The first of equal values wins. The bias may come after the maximum: rounding keeps the order. */
INLINE void window_store(const ConvPoolRow *r, const Vec cells[4][2], const int j, Vec bias,
                         gsize to) {
  Vec best = cells[0][j];
  IVec arg = {0};

  UNROLL
  for (int c = 1; c < 4; c++) {
    IVec better = cells[c][j] > best;
    best = vec_select(better, cells[c][j], best);
    arg = (better & c) | (~better & arg);
  }
  best += bias;
  IVec positive = best > (Vec){0};
  vec_store(r->out + to, (Vec)(positive & (IVec)best));
  if (r->argmax != NULL)
    ivec_store_bytes(r->argmax + to, arg | (~positive & CUT_OFF));
}

INLINE void windows_run(const int pooled, const int vectors, const ConvPoolRow *r, int window,
                        int channel) {
  Vec acc[4 * POOLED][2];

  UNROLL
  for (int i = 0; i < 4 * pooled; i++)
    acc[i][0] = acc[i][1] = (Vec){0};
  windows_sum(pooled, vectors, r, window, channel, acc);
  UNROLL
  for (int j = 0; j < vectors; j++) {
    Vec bias = r->bias != NULL ? vec_load(r->bias + channel + j * LANES) : (Vec){0};
    UNROLL
    for (int w = 0; w < pooled; w++)
      window_store(r, (const Vec(*)[2])(acc + 4 * w), j, bias,
                   (gsize)((window + w) * r->channels + channel + j * LANES));
  }
}

typedef void (*WindowsFunc)(const ConvPoolRow *r, int window, int channel);

#define WINDOWS(n)                                                                                 \
  static void windows_##n##_1(const ConvPoolRow *r, int w, int c) { windows_run(n, 1, r, w, c); }  \
  static void windows_##n##_2(const ConvPoolRow *r, int w, int c) { windows_run(n, 2, r, w, c); }
/* clang-format off */
WINDOWS(1)
#if MAX_M >= 12
WINDOWS(2) WINDOWS(3)
#endif

static const WindowsFunc WINDOW_RUNS[POOLED][2] = {
    {windows_1_1, windows_1_2},
#if MAX_M >= 12
    {windows_2_1, windows_2_2}, {windows_3_1, windows_3_2},
#endif
};
/* clang-format on */

void K(conv_pool_row)(const ConvPoolRow *r) {
  const int blocks = (r->pixels + POOLED - 1) / POOLED;
  int channel = 0;

  g_assert(r->channels % LANES == 0);
  for (int vectors = 2; vectors >= 1; vectors--)
    for (; channel + vectors * LANES <= r->channels; channel += vectors * LANES)
      for (int i = 0; i < blocks; i++) {
        const int from = r->pixels * i / blocks, n = r->pixels * (i + 1) / blocks - from;
        WINDOW_RUNS[n - 1][vectors - 1](r, from, channel);
      }
}

/* --- the way back --- */

#define ROWS (MAX_M - 1) /* of the kernel's gradient at once, the bias's among them */

INLINE float *gradient_row(const ConvPoolRowGradient *r, const gboolean bias, int tap,
                           int channel) {
  return (bias ? r->bias : r->kernel + tap * r->kernel_row) + channel;
}

/* Only the cell that won a window passes its gradient on: the others meet zeros. */
INLINE void windows_gradient(const int m, const int vectors, const gboolean ones,
                             const ConvPoolRowGradient *r, int tap, int channel, Vec acc[ROWS][2]) {
  for (int w = 0; w < r->pixels; w++) {
    const gsize at = (gsize)(w * r->channels + channel);
    Vec dout[2];
    IVec arg[2];
    UNROLL
    for (int j = 0; j < vectors; j++) {
      dout[j] = vec_load(r->dout + at + j * LANES);
      arg[j] = ivec_load_bytes(r->argmax + at + j * LANES);
    }
    UNROLL
    for (int c = 0; c < 4; c++) {
      const float *x = r->x + (c / 2) * r->x_row + (2 * w + c % 2) * r->step;
      Vec b[2];
      UNROLL
      for (int j = 0; j < vectors; j++)
        b[j] = (Vec)((arg[j] == c) & (IVec)dout[j]);
      UNROLL
      for (int i = 0; i < m; i++) {
        const gboolean one = ones && i == m - 1;
        Vec a = one ? (Vec){0} : vec_set(x[r->offset[tap + i]]);
        UNROLL
        for (int j = 0; j < vectors; j++)
          acc[i][j] = one ? acc[i][j] + b[j] : acc[i][j] + a * b[j];
      }
    }
  }
}

INLINE void gradient_run(const int m, const int vectors, const gboolean ones,
                         const ConvPoolRowGradient *r, int tap, int channel) {
  Vec acc[ROWS][2];

  UNROLL
  for (int i = 0; i < m; i++)
    UNROLL
  for (int j = 0; j < vectors; j++)
    acc[i][j] = vec_load(gradient_row(r, ones && i == m - 1, tap + i, channel) + j * LANES);
  windows_gradient(m, vectors, ones, r, tap, channel, acc);
  UNROLL
  for (int i = 0; i < m; i++)
    UNROLL
  for (int j = 0; j < vectors; j++)
    vec_store(gradient_row(r, ones && i == m - 1, tap + i, channel) + j * LANES, acc[i][j]);
}

typedef void (*GradientFunc)(const ConvPoolRowGradient *r, gboolean ones, int tap, int channel);

#define GRADIENT(m)                                                                                \
  static void gradient_##m##_1(const ConvPoolRowGradient *r, gboolean ones, int t, int c) {        \
    ones ? gradient_run(m, 1, TRUE, r, t, c) : gradient_run(m, 1, FALSE, r, t, c);                 \
  }                                                                                                \
  static void gradient_##m##_2(const ConvPoolRowGradient *r, gboolean ones, int t, int c) {        \
    ones ? gradient_run(m, 2, TRUE, r, t, c) : gradient_run(m, 2, FALSE, r, t, c);                 \
  }
/* clang-format off */
GRADIENT(1) GRADIENT(2) GRADIENT(3) GRADIENT(4) GRADIENT(5)
#if MAX_M >= 12
GRADIENT(6) GRADIENT(7) GRADIENT(8) GRADIENT(9) GRADIENT(10) GRADIENT(11)
#endif
#if MAX_M > 12
GRADIENT(12) GRADIENT(13)
#endif

#define PAIR(m) {gradient_##m##_1, gradient_##m##_2}
static const GradientFunc GRADIENT_RUNS[ROWS][2] = {
    PAIR(1),  PAIR(2),  PAIR(3), PAIR(4), PAIR(5),
#if MAX_M >= 12
    PAIR(6),  PAIR(7),  PAIR(8), PAIR(9), PAIR(10), PAIR(11),
#endif
#if MAX_M > 12
    PAIR(12), PAIR(13),
#endif
};
/* clang-format on */

void K(conv_pool_row_gradient)(const ConvPoolRowGradient *r) {
  const int rows = r->taps + 1, blocks = (rows + ROWS - 1) / ROWS;
  int channel = 0;

  g_assert(r->channels % LANES == 0);
  for (int vectors = 2; vectors >= 1; vectors--)
    for (; channel + vectors * LANES <= r->channels; channel += vectors * LANES)
      for (int i = 0; i < blocks; i++) {
        const int from = rows * i / blocks, m = rows * (i + 1) / blocks - from;
        GRADIENT_RUNS[m - 1][vectors - 1](r, from + m > r->taps, from, channel);
      }
}
