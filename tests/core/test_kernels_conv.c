/* The kernels of convolution, pooling and optimizers of every instruction set against plain loops
 * in double, on sizes that fit no vector. */
#include "core/base/memory.h"
#include "core/base/rng.h"
#include "core/kernels/kernels.h"

#include <math.h>
#include <string.h>

#define CASES 150
#define MOST_PIXELS 40
#define MOST_CHANNELS 70
#define MOST_TAPS 30
#define GAP 3
#define REACH 64 /* offsets of taps lie below */
#define MOST_STEP 5
#define BOUND 2e-5
#define UNTOUCHED 1234.5f

/* One row of a convolution, with room for two rows of windows of 2 × 2. */
typedef struct {
  int pixels, channels, taps, kernel_row, out_row, step, x_row;
  gint32 *offset;
  float *x, *kernel, *bias, *out;
  guint8 *argmax;
} Row;

static float *block(gsize n, const Rng *rng, guint64 from) {
  float *values = memory_new(n * sizeof(float));

  for (gsize i = 0; i < n; i++)
    values[i] = 2 * rng_uniform(rng, from + i) - 1;
  return values;
}

static int one_of(const Rng *rng, guint64 element, int most) {
  return 1 + (int)rng_below(rng, element, (guint32)most);
}

static Row row_new(guint32 which, int channels) {
  const Rng rng = rng_new(13, RNG_TEST, which);
  Row r = {.pixels = one_of(&rng, 0, MOST_PIXELS),
           .channels = channels > 0 ? channels : one_of(&rng, 1, MOST_CHANNELS),
           .taps = one_of(&rng, 2, MOST_TAPS),
           .step = one_of(&rng, 3, MOST_STEP)};

  r.x_row = 2 * MOST_PIXELS * MOST_STEP + REACH;
  r.kernel_row = r.channels + (int)rng_below(&rng, 4, GAP);
  r.out_row = r.channels + (int)rng_below(&rng, 5, GAP);
  r.offset = memory_new(MOST_TAPS * sizeof(gint32));
  for (int t = 0; t < r.taps; t++)
    r.offset[t] = (gint32)rng_below(&rng, 100 + (guint64)t, REACH);
  r.x = block(2 * (gsize)r.x_row, &rng, 1000);
  r.kernel = block((gsize)(r.taps * r.kernel_row), &rng, 2000);
  r.bias = block((gsize)r.channels, &rng, 100000);
  r.out = block((gsize)(r.pixels * r.out_row), &rng, 200000);
  r.argmax = memory_new((gsize)(r.pixels * r.channels));
  for (int i = 0; i < r.pixels * r.channels; i++) {
    const guint32 cell = rng_below(&rng, 300000 + (guint64)i, 5);
    r.argmax[i] = (guint8)(cell < 4 ? cell : 255);
  }
  return r;
}

static void row_clear(Row *r) {
  memory_free(r->offset);
  memory_free(r->x);
  memory_free(r->kernel);
  memory_free(r->bias);
  memory_free(r->out);
  memory_free(r->argmax);
}

/* Convolution pixel `at` elements from the first, channel c. */
static double convolved(const Row *r, const float *bias, gssize at, int c) {
  double sum = bias != NULL ? (double)bias[c] : 0;

  for (int t = 0; t < r->taps; t++)
    sum += (double)r->x[r->offset[t] + at] * (double)r->kernel[t * r->kernel_row + c];
  return sum;
}

/* --- convolutions of some rows of some images --- */

typedef struct {
  Conv conv;
  gsize x_size, out_size;
  float *x, *kernel, *bias, *out;
  gint32 *offset;
} Images;

#define MOST_IMAGES 3
#define MOST_ROWS 4

static Images images_new(guint32 which) {
  const Rng rng = rng_new(17, RNG_TEST, which);
  Images i = {.offset = memory_new(10 * MOST_TAPS * sizeof(gint32))};
  /* Now and then more taps and pixels than a panel holds. */
  const int scale = which % 10 == 9 ? 10 : 1;
  const int channels = one_of(&rng, 4, MOST_CHANNELS);
  ConvPixels at = {.images = one_of(&rng, 0, MOST_IMAGES),
                   .rows = one_of(&rng, 1, MOST_ROWS),
                   .pixels = scale * one_of(&rng, 2, MOST_PIXELS),
                   .x_step = one_of(&rng, 3, MOST_STEP)};

  at.x_row = at.pixels * at.x_step + (gssize)rng_below(&rng, 5, GAP);
  at.x_image = at.rows * at.x_row + (gssize)rng_below(&rng, 6, GAP);
  at.out_step = channels + (gssize)rng_below(&rng, 7, GAP);
  at.out_row = at.pixels * at.out_step + (gssize)rng_below(&rng, 8, GAP);
  at.out_image = at.rows * at.out_row + (gssize)rng_below(&rng, 9, GAP);
  i.conv = (Conv){.at = at,
                  .channels = channels,
                  .taps = scale * one_of(&rng, 10, MOST_TAPS),
                  .kernel_row = channels + (gssize)rng_below(&rng, 11, GAP)};
  i.x_size = (gsize)(at.images * at.x_image) + REACH;
  i.out_size = (gsize)(at.images * at.out_image);
  i.conv.x = i.x = block(i.x_size, &rng, 1000);
  i.conv.kernel = i.kernel = block((gsize)(i.conv.taps * i.conv.kernel_row), &rng, 1000000);
  i.bias = block((gsize)channels, &rng, 2000000);
  i.conv.out = i.out = block(i.out_size, &rng, 3000000);
  i.conv.offset = i.offset;
  for (int t = 0; t < i.conv.taps; t++) /* some side by side, as those of channels are */
    i.offset[t] = t % 11 > 0 ? i.offset[t - 1] + 1 : (gint32)rng_below(&rng, 100 + (guint64)t, 50);
  return i;
}

static void images_clear(Images *i) {
  memory_free(i->x);
  memory_free(i->kernel);
  memory_free(i->bias);
  memory_free(i->out);
  memory_free(i->offset);
}

/* The number of an image, row and pixel in x (its first tap) and in the output. */
static gssize x_of(const ConvPixels *at, int pixel) {
  const int row = pixel / at->pixels;

  return row / at->rows * at->x_image + row % at->rows * at->x_row +
         pixel % at->pixels * at->x_step;
}
static gssize out_of(const ConvPixels *at, int pixel) {
  const int row = pixel / at->pixels;

  return row / at->rows * at->out_image + row % at->rows * at->out_row +
         pixel % at->pixels * at->out_step;
}
static int all_pixels(const ConvPixels *at) { return at->images * at->rows * at->pixels; }

static double summed(const Images *i, int pixel, int c) {
  const float *x = i->x + x_of(&i->conv.at, pixel);
  double sum = 0;

  for (int t = 0; t < i->conv.taps; t++)
    sum += (double)x[i->offset[t]] * (double)i->kernel[t * i->conv.kernel_row + c];
  return sum;
}

static void check_conv(const Kernels *variant, guint32 which) {
  Images i = images_new(which);
  const ConvPixels *at = &i.conv.at;
  g_autofree float *before = g_memdup2(i.out, i.out_size * sizeof(float));
  g_autofree gboolean *touched = g_new0(gboolean, i.out_size);

  i.conv.bias = which % 3 == 0 ? NULL : i.bias;
  i.conv.accumulate = which % 4 == 0;
  variant->conv(&i.conv);
  for (int p = 0; p < all_pixels(at); p++)
    for (int c = 0; c < i.conv.channels; c++) {
      const gssize to = out_of(at, p) + c;
      double sum = summed(&i, p, c) + (i.conv.bias != NULL ? (double)i.bias[c] : 0);
      sum += i.conv.accumulate ? (double)before[to] : 0;
      touched[to] = TRUE;
      g_assert_cmpfloat_with_epsilon((double)i.out[to], sum, BOUND * sqrt(i.conv.taps));
    }
  for (gsize j = 0; j < i.out_size; j++)
    g_assert_true(touched[j] || i.out[j] == before[j]);
  images_clear(&i);
}

/* A pixel is the same bits whatever pixels it is made with. */
static void check_conv_cuts(const Kernels *variant, guint32 which) {
  Images i = images_new(which);
  const ConvPixels at = i.conv.at;
  Conv one = i.conv;
  float alone[MOST_CHANNELS];

  i.conv.bias = one.bias = i.bias;
  variant->conv(&i.conv);
  one.at = (ConvPixels){1, 1, 1, 0, 0, 0, 0, 0, MOST_CHANNELS};
  one.out = alone;
  for (int p = 0; p < all_pixels(&at); p++) {
    one.x = i.x + x_of(&at, p);
    variant->conv(&one);
    g_assert_cmpmem(alone, (gsize)i.conv.channels * sizeof(float), i.out + out_of(&at, p),
                    (gsize)i.conv.channels * sizeof(float));
  }
  images_clear(&i);
}

static void test_conv(gconstpointer data) {
  for (guint32 which = 0; which < CASES; which++) {
    check_conv(data, which);
    check_conv_cuts(data, which);
  }
}

static void check_conv_gradient(const Kernels *variant, guint32 which) {
  Images i = images_new(which);
  const ConvPixels *at = &i.conv.at;
  const gsize size = (gsize)(i.conv.taps * i.conv.kernel_row);
  g_autofree float *before = g_memdup2(i.kernel, size * sizeof(float));
  const gboolean accumulate = which % 2 == 0;

  variant->conv_gradient(&(ConvGradient){.at = *at,
                                         .channels = i.conv.channels,
                                         .taps = i.conv.taps,
                                         .x = i.x,
                                         .offset = i.offset,
                                         .kernel = i.kernel,
                                         .kernel_row = i.conv.kernel_row,
                                         .dout = i.out,
                                         .accumulate = accumulate});
  for (int t = 0; t < i.conv.taps; t++)
    for (int c = 0; c < i.conv.kernel_row; c++) {
      const gsize to = (gsize)(t * i.conv.kernel_row + c);
      double sum = accumulate ? (double)before[to] : 0;
      if (c >= i.conv.channels) {
        g_assert_cmpfloat(i.kernel[to], ==, before[to]);
        continue;
      }
      for (int p = 0; p < all_pixels(at); p++)
        sum += (double)i.x[x_of(at, p) + i.offset[t]] * (double)i.out[out_of(at, p) + c];
      g_assert_cmpfloat_with_epsilon((double)i.kernel[to], sum,
                                     BOUND * sqrt(1 + all_pixels(at) / 10.0));
    }
  images_clear(&i);
}

static void test_conv_gradient(gconstpointer data) {
  for (guint32 which = 0; which < CASES; which++)
    check_conv_gradient(data, which);
}

/* The first of the largest cells of a window, 255 where none is above 0 and ReLU cuts off. */
static int winner(const float *cells, int n, gboolean relu) {
  int best = 0;

  for (int c = 1; c < n; c++)
    best = cells[c] > cells[best] ? c : best;
  return relu && !(cells[best] > 0) ? 255 : best;
}

/* Few different numbers, so that equal ones meet: the first must win. */
static void check_pool(const Kernels *variant, guint32 which) {
  const Rng rng = rng_new(14, RNG_TEST, which);
  const int width = one_of(&rng, 0, 3), height = one_of(&rng, 1, 3);
  const int pixels = one_of(&rng, 2, 9), channels = one_of(&rng, 3, MOST_CHANNELS);
  const int row = pixels * width * channels + (int)rng_below(&rng, 4, GAP);
  const gboolean relu = rng_below(&rng, 5, 2);
  float *x = memory_new((gsize)(row * height) * sizeof(float));
  float *out = memory_new((gsize)(pixels * channels) * sizeof(float));
  guint8 *argmax = memory_new((gsize)(pixels * channels));

  for (int i = 0; i < row * height; i++)
    x[i] = (float)rng_below(&rng, 100 + (guint64)i, 7) - 4;
  variant->pool_row(
      &(PoolRow){width, height, pixels, channels, x, row, relu, out, which % 4 ? argmax : NULL});
  for (int i = 0; i < pixels * channels; i++) {
    float cells[9];
    for (int c = 0; c < width * height; c++)
      cells[c] = x[c / width * row + (i / channels * width + c % width) * channels + i % channels];
    const int best = winner(cells, width * height, relu);
    g_assert_cmpfloat(out[i], ==, best == 255 ? 0 : cells[best]);
    if (which % 4)
      g_assert_cmpuint(argmax[i], ==, best);
  }
  if (which % 4) {
    variant->pool_row_gradient(
        &(PoolRowGradient){width, height, pixels, channels, out, argmax, x, row});
    for (int c = 0; c < width * height; c++)
      for (int i = 0; i < pixels * channels; i++)
        g_assert_cmpfloat(
            x[c / width * row + (i / channels * width + c % width) * channels + i % channels], ==,
            argmax[i] == c ? out[i] : 0);
  }
  memory_free(x);
  memory_free(out);
  memory_free(argmax);
}

static void test_pool(gconstpointer data) {
  for (guint32 which = 0; which < CASES; which++)
    check_pool(data, which);
}

/* Cell c of window p, from the first pixel. */
static gssize cell_at(const Row *r, int p, int c) {
  return c / 2 * r->x_row + (gssize)(2 * p + c % 2) * r->step;
}

static void check_conv_pool(const Kernels *variant, guint32 which) {
  Row r = row_new(which, variant->lanes * (1 + (int)which % 4));
  const float *bias = which % 3 == 0 ? NULL : r.bias;

  variant->conv_pool_row(&(ConvPoolRow){.pixels = r.pixels,
                                        .channels = r.channels,
                                        .taps = r.taps,
                                        .x = r.x,
                                        .x_row = r.x_row,
                                        .step = r.step,
                                        .offset = r.offset,
                                        .kernel = r.kernel,
                                        .kernel_row = r.kernel_row,
                                        .bias = bias,
                                        .out = r.out,
                                        .argmax = which % 5 ? r.argmax : NULL});
  for (int p = 0; p < r.pixels; p++)
    for (int c = 0; c < r.channels; c++) {
      double best = 0;
      for (int cell = 0; cell < 4; cell++)
        best = fmax(best, convolved(&r, bias, cell_at(&r, p, cell), c));
      const int at = p * r.channels + c, arg = r.argmax[at];
      g_assert_cmpfloat_with_epsilon((double)r.out[at], best, BOUND);
      if (which % 5 == 0)
        continue;
      g_assert_true(arg < 4 || arg == 255);
      g_assert_cmpfloat_with_epsilon(arg == 255 ? 0 : convolved(&r, bias, cell_at(&r, p, arg), c),
                                     best, BOUND);
    }
  row_clear(&r);
}

static void check_conv_pool_gradient(const Kernels *variant, guint32 which) {
  Row r = row_new(which, variant->lanes * (1 + (int)which % 4));
  g_autofree float *kernel = g_memdup2(r.kernel, (gsize)(r.taps * r.kernel_row) * sizeof(float));
  g_autofree float *bias = g_memdup2(r.bias, (gsize)r.channels * sizeof(float));

  variant->conv_pool_row_gradient(&(ConvPoolRowGradient){.pixels = r.pixels,
                                                         .channels = r.channels,
                                                         .taps = r.taps,
                                                         .x = r.x,
                                                         .x_row = r.x_row,
                                                         .step = r.step,
                                                         .offset = r.offset,
                                                         .kernel = r.kernel,
                                                         .kernel_row = r.kernel_row,
                                                         .bias = r.bias,
                                                         .dout = r.out,
                                                         .argmax = r.argmax});
  for (int c = 0; c < r.channels; c++)
    for (int t = 0; t <= r.taps; t++) { /* after the last tap: the bias */
      double sum = (double)(t < r.taps ? kernel[t * r.kernel_row + c] : bias[c]);
      for (int p = 0; p < r.pixels; p++) {
        const int at = p * r.channels + c, arg = r.argmax[at];
        if (arg != 255)
          sum +=
              (double)r.out[at] * (double)(t < r.taps ? r.x[r.offset[t] + cell_at(&r, p, arg)] : 1);
      }
      g_assert_cmpfloat_with_epsilon(
          (double)(t < r.taps ? r.kernel[t * r.kernel_row + c] : r.bias[c]), sum, BOUND);
    }
  row_clear(&r);
}

static void test_conv_pool(gconstpointer data) {
  for (guint32 which = 0; which < CASES; which++) {
    check_conv_pool(data, which);
    check_conv_pool_gradient(data, which);
  }
}

#define VALUES 48

/* Gradients from nothing to large: where epsilon is added shows in the small ones. */
static void draw_gradients(float *g, guint32 step) {
  static const float SIZES[] = {1, 0, 1e-3f, 1e-7f, 30, 1e4f, 1e-12f};
  const Rng rng = rng_new(15, RNG_TEST, step);

  for (gsize i = 0; i < VALUES; i++)
    g[i] = (2 * rng_uniform(&rng, i) - 1) * SIZES[i % G_N_ELEMENTS(SIZES)];
}

static void test_adam(gconstpointer data) {
  const Kernels *variant = data;
  const AdamStep step = {0.01f, 0.9f, 0.999f, 1e-7f};
  const double keep_1 = 1 - (double)step.beta_1, keep_2 = 1 - (double)step.beta_2;
  float p[VALUES] = {0}, g[VALUES], m[VALUES] = {0}, v[VALUES] = {0};
  double q[VALUES] = {0}, n[VALUES] = {0}, w[VALUES] = {0};

  for (guint32 t = 0; t < 10; t++) {
    draw_gradients(g, t);
    variant->adam(&step, p, g, m, v, VALUES);
    for (int i = 0; i < VALUES; i++) {
      const double grad = (double)g[i];
      n[i] += (grad - n[i]) * keep_1;
      w[i] += (grad * grad - w[i]) * keep_2;
      q[i] -= (double)step.rate * n[i] / (sqrt(w[i]) + (double)step.epsilon);
    }
  }
  for (int i = 0; i < VALUES; i++) /* 1/1000 of a step of rate · 1 */
    g_assert_cmpfloat_with_epsilon((double)p[i], q[i], 1e-5);
}

static void check_sgd(const Kernels *variant, gboolean nesterov) {
  const float rate = 0.125f, momentum = 0.875f;
  float p[VALUES] = {0}, g[VALUES], m[VALUES] = {0};
  double q[VALUES] = {0}, n[VALUES] = {0};

  for (guint32 t = 0; t < 10; t++) {
    draw_gradients(g, t);
    variant->sgd(rate, momentum, nesterov, p, g, m, VALUES);
    for (int i = 0; i < VALUES; i++) {
      n[i] = 0.875 * n[i] - 0.125 * (double)g[i];
      q[i] += nesterov ? 0.875 * n[i] - 0.125 * (double)g[i] : n[i];
    }
  }
  for (int i = 0; i < VALUES; i++)
    g_assert_cmpfloat_with_epsilon((double)p[i], q[i], 1e-6 * fmax(1, fabs(q[i])));
}

static void test_sgd(gconstpointer data) {
  check_sgd(data, FALSE);
  check_sgd(data, TRUE);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    GTestDataFunc func;
  } TESTS[] = {{"conv", test_conv}, {"conv-gradient", test_conv_gradient},
               {"pool", test_pool}, {"conv-pool", test_conv_pool},
               {"adam", test_adam}, {"sgd", test_sgd}};

  g_test_init(&argc, &argv, NULL);
  for (const Kernels *const *variant = kernels_available(); *variant != NULL; variant++)
    for (gsize t = 0; t < G_N_ELEMENTS(TESTS); t++) {
      g_autofree char *path = g_strdup_printf("/kernels/%s/%s", TESTS[t].name, (*variant)->name);
      g_test_add_data_func(path, *variant, TESTS[t].func);
    }
  return g_test_run();
}
