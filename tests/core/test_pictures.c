#include "core/base/parallel.h"
#include "core/datasets/augment.h"
#include "core/datasets/catalogue.h"
#include "core/datasets/image_folder.h"
#include "tests/core/support.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>

#define SIDE 16
#define PIXELS (SIDE * SIDE)
#define N 64

/* One bright pixel right of and above the middle, on a dark ground. */
static Dataset *dots(void) {
  const guint32 count[DATASET_PARTS] = {N, 0, 0};
  guint8 *pixels = g_malloc0((gsize)N * PIXELS), *labels = g_malloc0(N);

  for (int i = 0; i < N; i++) {
    pixels[i * PIXELS + 6 * SIDE + 9] = 255;
    labels[i] = (guint8)(i % 3);
  }
  return dataset_new_images("dots", "dots", &SHAPE(SIDE, SIDE, 1), pixels, labels, count, 3, NULL);
}

static void fill(const Dataset *data, gboolean training, guint32 step, float *values,
                 gint32 *labels) {
  Tensor images = {.type = TENSOR_FLOAT, .batched = TRUE, .value = values};
  Tensor classes = {.type = TENSOR_INT, .batched = TRUE, .index = labels};
  guint32 indices[N];
  DatasetBatch batch = {.part = DATASET_TRAIN,
                        .indices = indices,
                        .rows = N,
                        .field = {&images, &classes},
                        .training = training,
                        .random = rng_new(1, RNG_BATCH, step)};

  images.shape = SHAPE(N, SIDE, SIDE, 1);
  classes.shape = SHAPE(N);
  for (guint32 i = 0; i < N; i++)
    indices[i] = i;
  data->klass->fill(data, &batch);
}

static void test_nothing(void) {
  g_autoptr(Dataset) plain = dots();
  g_autoptr(Dataset) data = dataset_augment(dots(), &(const Augmentation){0});
  g_autofree float *a = g_new(float, N *PIXELS), *b = g_new(float, N *PIXELS);
  gint32 x[N], y[N];

  fill(plain, TRUE, 1, a, x);
  fill(data, TRUE, 1, b, y);
  for (int i = 0; i < N * PIXELS; i++)
    g_assert_cmpfloat_with_epsilon(a[i], b[i], 1e-6);
  g_assert_cmpmem(x, sizeof x, y, sizeof y);
}

/* The same for any number of threads, other pictures in the next step, none where nothing is
 * learned; labels are as they were. */
static void test_varies(void) {
  const Augmentation all = {
      .shift = 0.2, .rotate = 20, .zoom = 0.2, .flip = TRUE, .elastic = 1, .noise = 0.1};
  g_autoptr(Dataset) plain = dots();
  g_autoptr(Dataset) data = dataset_augment(dots(), &all);
  g_autofree float *a = g_new(float, N *PIXELS), *b = g_new(float, N *PIXELS);
  gint32 x[N], y[N];

  parallel_set_threads(1);
  fill(data, TRUE, 1, a, x);
  parallel_set_threads(4);
  fill(data, TRUE, 1, b, y);
  parallel_set_threads(0);
  g_assert_cmpmem(a, N * PIXELS * sizeof(float), b, N * PIXELS * sizeof(float));
  for (int i = 0; i < N; i++)
    g_assert_cmpint(y[i], ==, i % 3);
  fill(data, TRUE, 2, b, y);
  g_assert_cmpint(memcmp(a, b, N * PIXELS * sizeof(float)), !=, 0);
  fill(data, FALSE, 1, a, x);
  fill(plain, FALSE, 1, b, y);
  g_assert_cmpmem(a, N * PIXELS * sizeof(float), b, N * PIXELS * sizeof(float));
}

/* Where the light is, on the mean; and how much of it there is. */
static double centre(const float *image, double *sum, double *row) {
  double column = 0;

  *sum = *row = 0;
  for (int i = 0; i < PIXELS; i++) {
    *sum += (double)image[i];
    column += (double)image[i] * (i % SIDE);
    *row += (double)image[i] * (i / SIDE);
  }
  *row /= *sum;
  return column / *sum;
}

static void test_flip(void) {
  g_autoptr(Dataset) data = dataset_augment(dots(), &(const Augmentation){.flip = TRUE});
  g_autofree float *a = g_new(float, N *PIXELS);
  gint32 x[N];
  int mirrored = 0;

  fill(data, TRUE, 1, a, x);
  for (int i = 0; i < N; i++) {
    const gboolean left = a[i * PIXELS + 6 * SIDE + 6] > 0.99f;
    g_assert_true(left || a[i * PIXELS + 6 * SIDE + 9] > 0.99f);
    mirrored += left;
  }
  g_assert_true(mirrored > N / 4 && mirrored < 3 * N / 4);
}

static void test_shift(void) {
  g_autoptr(Dataset) data = dataset_augment(dots(), &(const Augmentation){.shift = 0.2});
  g_autofree float *a = g_new(float, N *PIXELS);
  double least = SIDE, most = 0, sum, row;
  gint32 x[N];

  fill(data, TRUE, 1, a, x);
  for (int i = 0; i < N; i++) {
    const double column = centre(a + i * PIXELS, &sum, &row);
    g_assert_cmpfloat_with_epsilon(sum, 1, 1e-3);
    g_assert_true(row > 6 - 3.3 && row < 6 + 3.3);
    least = MIN(least, column);
    most = MAX(most, column);
  }
  g_assert_true(least > 9 - 3.3 && least < 9 - 1.5 && most < 9 + 3.3 && most > 9 + 1.5);
}

/* --- folders --- */

static void write_picture(const char *folder, const char *class, int index, guint32 colour) {
  g_autofree char *dir = g_build_filename(folder, class, NULL);
  g_autofree char *name = g_strdup_printf("%d.png", index);
  g_autofree char *path = g_build_filename(dir, name, NULL);
  g_autoptr(GdkPixbuf) picture = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, 40, 20);
  GError *error = NULL;

  g_mkdir_with_parents(dir, 0700);
  gdk_pixbuf_fill(picture, colour);
  gdk_pixbuf_save(picture, path, "png", &error, NULL);
  g_assert_no_error(error);
}

static void test_folder(void) {
  static const ImageFolderOptions OPTIONS = {8, 8, 3};
  char *folder = test_tmp_dir();
  GError *error = NULL;
  float pixels[8 * 8 * 3];
  int label;

  for (int i = 0; i < 20; i++) {
    write_picture(folder, "red", i, 0xff0000ff);
    write_picture(folder, "blue", i, 0x0000ffff);
  }
  g_assert_true(image_folder_is_one(folder));
  g_autoptr(Dataset) data = dataset_open_image_folder("colours", folder, &OPTIONS, &error);
  g_assert_no_error(error);
  g_assert_cmpint(data->n_classes, ==, 2);
  g_assert_cmpstr(data->class_names[0], ==, "blue");
  g_assert_cmpuint(data->count[DATASET_TRAIN], ==, 32);
  g_assert_cmpuint(data->count[DATASET_TEST], ==, 4);
  for (guint32 i = 0; i < 32; i++) {
    dataset_sample(data, DATASET_TRAIN, i, pixels, &label);
    g_assert_cmpfloat_with_epsilon(pixels[label == 0 ? 2 : 0], 1, 0.01);
    g_assert_cmpfloat_with_epsilon(pixels[label == 0 ? 0 : 2], 0, 0.01);
  }
  g_autoptr(Dataset) opened = catalogue_open(folder, &error);
  g_assert_no_error(error);
  g_assert_cmpint(opened->field[0].row.dim[0], ==, 32);
  test_remove_dir(folder);
}

static void test_bad_folder(void) {
  static const ImageFolderOptions OPTIONS = {8, 8, 1};
  char *folder = test_tmp_dir();
  g_autofree char *broken = g_build_filename(folder, "red", "2.png", NULL);
  GError *error = NULL;

  g_assert_null(dataset_open_image_folder("x", folder, &OPTIONS, &error));
  test_assert_error_says(&error, folder, "no folder");
  for (int i = 0; i < 4; i++)
    write_picture(folder, "red", i, 0xff0000ff);
  g_assert_null(dataset_open_image_folder("x", folder, &OPTIONS, &error));
  test_assert_error_says(&error, folder, "only one folder");
  write_picture(folder, "blue", 0, 0x0000ffff);
  g_assert_null(dataset_open_image_folder("x", folder, &OPTIONS, &error));
  test_assert_error_says(&error, "blue", "only 1 pictures");
  write_picture(folder, "blue", 1, 0x0000ffff);
  write_picture(folder, "blue", 2, 0x0000ffff);
  test_write(broken, "no picture", 10);
  g_assert_null(dataset_open_image_folder("x", folder, &OPTIONS, &error));
  test_assert_error_says(&error, "2.png");
  g_assert_null(dataset_open_image_folder("x", "/nowhere", &OPTIONS, &error));
  test_assert_error_says(&error, "/nowhere");
  test_remove_dir(folder);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/pictures/augment-nothing", test_nothing);
  g_test_add_func("/pictures/augment-varies", test_varies);
  g_test_add_func("/pictures/flip", test_flip);
  g_test_add_func("/pictures/shift", test_shift);
  g_test_add_func("/pictures/folder", test_folder);
  g_test_add_func("/pictures/bad-folder", test_bad_folder);
  return g_test_run();
}
