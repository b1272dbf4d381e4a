#include "core/datasets/digit_image.h"

#include "core/datasets/dataset.h"
#include "tests/core/support.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <math.h>
#include <string.h>

#define SIDE 28
#define PIXELS (SIDE * SIDE)
#define N_DIGITS 20

static void fill(const Dataset *dataset, DatasetPart part, const guint32 *indices, int rows,
                 Tensor *input, Tensor *target) {
  const DatasetBatch batch = {
      .part = part, .indices = indices, .rows = rows, .field = {input, target}};

  dataset->klass->fill(dataset, &batch);
}

typedef struct {
  char *folder, *path;
  real digits[N_DIGITS][PIXELS]; /* drawn, 0 … 1 */
} Place;

static void set_up(Place *self, gconstpointer data) {
  g_autoptr(Dataset) dataset = dataset_draw_digits(4, N_DIGITS, 0, 0);
  Tensor input = {.shape = SHAPE(N_DIGITS, SIDE, SIDE, 1), .value = self->digits[0]};
  guint32 all[N_DIGITS];

  for (guint32 i = 0; i < N_DIGITS; i++)
    all[i] = i;
  fill(dataset, DATASET_TRAIN, all, N_DIGITS, &input, NULL);
  self->folder = test_tmp_dir();
  self->path = g_build_filename(self->folder, "digit.png", NULL);
}

static void tear_down(Place *self, gconstpointer data) {
  g_free(self->path);
  test_remove_dir(self->folder);
}

/* --- Pictures --- */

typedef struct {
  int width, height, left, top, scale; /* the digit goes to (left, top), scale times as large */
  guint8 paper[4], ink[4];             /* RGBA */
  const char *format;
} Picture;

/* Ink at a place of the digit, between the centres of its pixels by straight lines. */
static double ink_at(const real *digit, double x, double y) {
  int left = (int)floor(x), top = (int)floor(y);
  double sum = 0;

  for (int i = top; i <= top + 1; i++)
    for (int j = left; j <= left + 1; j++)
      if (i >= 0 && j >= 0 && i < SIDE && j < SIDE)
        sum += (double)digit[i * SIDE + j] * (1 - fabs(x - j)) * (1 - fabs(y - i));
  return sum;
}

static void save(const Picture *picture, const real *digit, const char *path) {
  g_autoptr(GdkPixbuf) image = gdk_pixbuf_new(GDK_COLORSPACE_RGB, picture->paper[3] < 255, 8,
                                              picture->width, picture->height);
  int channels = gdk_pixbuf_get_n_channels(image), stride = gdk_pixbuf_get_rowstride(image);
  GError *error = NULL;

  for (int y = 0; y < picture->height; y++)
    for (int x = 0; x < picture->width; x++) {
      double ink = ink_at(digit, (x - picture->left + .5) / picture->scale - .5,
                          (y - picture->top + .5) / picture->scale - .5);
      guint8 *pixel = gdk_pixbuf_get_pixels(image) + y * stride + x * channels;
      for (int c = 0; c < channels; c++)
        pixel[c] = (guint8)lround(picture->paper[c] + ink * (picture->ink[c] - picture->paper[c]));
    }
  gdk_pixbuf_save(image, path, picture->format, &error, NULL);
  g_assert_no_error(error);
}

/* Of a, moved by whole pixels, and b. */
static double correlation_at(const real *a, const real *b, int dx, int dy) {
  double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;

  for (int i = 0; i < PIXELS; i++) {
    int x = i % SIDE - dx, y = i / SIDE - dy;
    double p = x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : (double)a[y * SIDE + x];
    double q = (double)b[i];
    sa += p, sb += q, aa += p * p, bb += q * q, ab += p * q;
  }
  return (ab - sa * sb / PIXELS) / sqrt((aa - sa * sa / PIXELS) * (bb - sb * sb / PIXELS));
}

/* A centre of mass halfway between two pixels may be rounded either way. */
static double correlation(const real *a, const real *b) {
  double best = -1;

  for (int dy = -1; dy <= 1; dy++)
    for (int dx = -1; dx <= 1; dx++)
      best = MAX(best, correlation_at(a, b, dx, dy));
  return best;
}

/* Every digit comes back from such a picture; `least` and `mean` are how like what was drawn. */
static void assert_returns(Place *self, const Picture *picture, double least, double mean) {
  double sum = 0;

  for (int i = 0; i < N_DIGITS; i++) {
    real found[PIXELS];
    GError *error = NULL;
    double like;
    save(picture, self->digits[i], self->path);
    g_assert_true(digit_image_read(self->path, SIDE, SIDE, found, &error));
    g_assert_no_error(error);
    like = correlation(found, self->digits[i]);
    g_test_message("%d: correlation %.4f", i, like);
    g_assert_cmpfloat(like, >, least);
    sum += like / N_DIGITS;
  }
  g_test_message("mean correlation %.4f", sum);
  g_assert_cmpfloat(sum, >, mean);
}

static void assert_exact(Place *self, const Picture *picture) {
  for (int i = 0; i < N_DIGITS; i++) {
    real found[PIXELS];
    save(picture, self->digits[i], self->path);
    g_assert_true(digit_image_read(self->path, SIDE, SIDE, found, NULL));
    g_assert_cmpmem(found, sizeof found, self->digits[i], sizeof found);
  }
}

static void test_exact(Place *self, gconstpointer data) {
  Picture picture = {SIDE, SIDE, 0, 0, 1, {0, 0, 0, 255}, {255, 255, 255, 255}, "png"};

  assert_exact(self, &picture);
  memset(picture.paper, 255, 3);
  memset(picture.ink, 0, 3);
  assert_exact(self, &picture);
  memset(picture.paper, 0, 4); /* ink on nothing: as seen on white */
  assert_exact(self, &picture);
}

static void test_paper(Place *self, gconstpointer data) {
  Picture white = {400, 300, 90, 30, 8, {255, 255, 255, 255}, {20, 20, 30, 255}, "png"};
  Picture photo = {700, 500, 300, 150, 10, {201, 195, 180, 255}, {60, 70, 110, 255}, "jpeg"};
  Picture board = {300, 400, 5, 60, 7, {25, 50, 40, 255}, {230, 230, 220, 255}, "png"};
  Picture clear = {300, 400, 5, 60, 7, {0, 0, 0, 0}, {0, 0, 0, 255}, "png"};

  assert_returns(self, &white, .90, .96);
  assert_returns(self, &photo, .90, .96);
  assert_returns(self, &board, .90, .96);
  assert_returns(self, &clear, .90, .96);
}

/* Larger than what is kept in detail. */
static void test_large(Place *self, gconstpointer data) {
  Picture large = {1600, 900, 200, 100, 25, {255, 255, 255, 255}, {0, 0, 0, 255}, "png"};
  real found[PIXELS];

  save(&large, self->digits[0], self->path);
  g_assert_true(digit_image_read(self->path, SIDE, SIDE, found, NULL));
  g_assert_cmpfloat(correlation(found, self->digits[0]), >, .95);
}

/* Twice the field: the ink fills 40 of 56 pixels, and stays in the middle. */
static void test_other_size(Place *self, gconstpointer data) {
  Picture white = {400, 300, 90, 30, 8, {255, 255, 255, 255}, {0, 0, 0, 255}, "png"};
  real found[4 * PIXELS];
  int top = 2 * SIDE, bottom = 0, left = 2 * SIDE, right = 0;

  save(&white, self->digits[0], self->path);
  g_assert_true(digit_image_read(self->path, 2 * SIDE, 2 * SIDE, found, NULL));
  for (int i = 0; i < 4 * PIXELS; i++)
    if (found[i] > 0) {
      top = MIN(top, i / (2 * SIDE)), bottom = MAX(bottom, i / (2 * SIDE));
      left = MIN(left, i % (2 * SIDE)), right = MAX(right, i % (2 * SIDE));
    }
  g_assert_cmpint(MAX(bottom - top, right - left) + 1, ==, 40);
}

/* --- What is no picture of a digit --- */

static void assert_refused(Place *self, const char *what) {
  real found[PIXELS];
  GError *error = NULL;

  g_assert_false(digit_image_read(self->path, SIDE, SIDE, found, &error));
  test_assert_error_says(&error, self->path, what);
}

static void test_refused(Place *self, gconstpointer data) {
  Picture blank = {100, 100, 36, 36, 1, {200, 200, 200, 255}, {190, 190, 190, 255}, "png"};

  assert_refused(self, "there is no file");
  test_write(self->path, "not a picture", 13);
  assert_refused(self, "is not a picture");
  save(&blank, self->digits[0], self->path);
  assert_refused(self, "no ink");
  blank = (Picture){SIDE, SIDE, 0, 0, 1, {0, 0, 0, 255}, {0, 0, 0, 255}, "png"};
  save(&blank, self->digits[0], self->path);
  assert_refused(self, "no ink");
  blank.format = "bmp";
  save(&blank, self->digits[0], self->path);
  assert_refused(self, "PNG or JPEG is expected");
}

static void test_truncated(Place *self, gconstpointer data) {
  Picture white = {400, 300, 90, 30, 8, {255, 255, 255, 255}, {0, 0, 0, 255}, "png"};
  g_autofree char *bytes = NULL;
  gsize size;

  save(&white, self->digits[0], self->path);
  g_assert_true(g_file_get_contents(self->path, &bytes, &size, NULL));
  test_write(self->path, bytes, size / 2);
  assert_refused(self, "cannot be read");
}

/* A header that promises 30,000 × 30,000 pixels is not believed far enough to allocate them. */
static void test_huge(Place *self, gconstpointer data) {
  static const guint8 header[] = {0x89, 'P',  'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,    0,
                                  13,   'I',  'H', 'D', 'R',  0,    0,    0x75, 0x30, 0,    0,
                                  0x75, 0x30, 8,   0,   0,    0,    0,    0x29, 0x9c, 0xa5, 0x6e};

  test_write(self->path, header, sizeof header);
  assert_refused(self, "");
}

#define ADD(name, func) g_test_add("/digit-image/" name, Place, NULL, set_up, func, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("exact", test_exact);
  ADD("paper", test_paper);
  ADD("large", test_large);
  ADD("other-size", test_other_size);
  ADD("refused", test_refused);
  ADD("truncated", test_truncated);
  ADD("huge", test_huge);
  return g_test_run();
}
