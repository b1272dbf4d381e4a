#include "core/base/parallel.h"
#include "core/datasets/catalogue.h"
#include "tests/core/support.h"

#include <glib/gstdio.h>
#include <string.h>

#define SIDE 2 /* of the images in the folders made here */

static void fill(const Dataset *dataset, DatasetPart part, const guint32 *indices, int rows,
                 Tensor *input, Tensor *target) {
  const DatasetBatch batch = {
      .part = part, .indices = indices, .rows = rows, .field = {input, target}};

  dataset->klass->fill(dataset, &batch);
}

typedef struct {
  char *folder;
} Place;

static void set_up(Place *self, gconstpointer data) { self->folder = test_tmp_dir(); }

static void tear_down(Place *self, gconstpointer data) { test_remove_dir(self->folder); }

/* --- Folders of IDX files --- */

static void put(const char *folder, const char *file, int rank, const guint32 *dim,
                const guint8 *data) {
  g_autofree char *path = g_build_filename(folder, file, NULL);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  gsize size = 1;

  g_byte_array_append(bytes, (guint8[]){0, 0, 8, (guint8)rank}, 4);
  for (int i = 0; i < rank; i++) {
    guint32 big = GUINT32_TO_BE(dim[i]);
    g_byte_array_append(bytes, (const guint8 *)&big, 4);
    size *= dim[i];
  }
  g_byte_array_append(bytes, data, (guint)size);
  test_write(path, bytes->data, bytes->len);
}

static void put_images(const char *folder, const char *file, guint32 count) {
  guint8 data[256];

  for (int i = 0; i < 256; i++)
    data[i] = (guint8)i;
  put(folder, file, 3, (const guint32[]){count, SIDE, SIDE}, data);
}

static void put_labels(const char *folder, const char *file, guint32 count, guint8 last) {
  guint8 data[256];

  for (guint32 i = 0; i < count; i++)
    data[i] = i + 1 == count ? last : (guint8)(i % 10);
  put(folder, file, 1, &count, data);
}

static void put_all(const char *folder) {
  put_images(folder, "train-images-idx3-ubyte", 12);
  put_labels(folder, "train-labels-idx1-ubyte", 12, 7);
  put_images(folder, "t10k-images-idx3-ubyte", 3);
  put_labels(folder, "t10k-labels-idx1-ubyte", 3, 9);
}

static Tensor *tensor(TensorType type, int rows, gsize row) {
  Tensor *self = g_new0(Tensor, 1);

  self->type = type;
  self->shape = type == TENSOR_FLOAT ? SHAPE(rows, (int)row) : SHAPE(rows);
  self->value = type == TENSOR_FLOAT ? g_new0(real, (gsize)rows * row) : NULL;
  self->index = type == TENSOR_INT ? g_new0(gint32, (gsize)rows) : NULL;
  return self;
}

static void tensor_done(Tensor *self) {
  g_free(self->value);
  g_free(self->index);
  g_free(self);
}

static void test_idx(Place *self, gconstpointer data) {
  g_autoptr(Dataset) dataset = NULL;
  GError *error = NULL;

  put_all(self->folder);
  dataset = dataset_open_idx("small", self->folder, 4, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(dataset->name, ==, "small");
  g_assert_nonnull(strstr(dataset->source, "small, 15 images, from "));
  g_assert_nonnull(strstr(dataset->source, self->folder));
  g_assert_true(shape_equal(&dataset->field[0].row, &SHAPE(SIDE, SIDE, 1)));
  g_assert_cmpuint(dataset->count[DATASET_TRAIN], ==, 8);
  g_assert_cmpuint(dataset->count[DATASET_VALIDATION], ==, 4);
  g_assert_cmpuint(dataset->count[DATASET_TEST], ==, 3);
  g_assert_cmpint(dataset->n_classes, ==, 10);
  g_assert_cmpuint(g_strv_length(dataset->class_names), ==, 10);
  g_assert_cmpstr(dataset->class_names[9], ==, "9");
}

/* The pixels of image n are 4n … 4n + 3; parts do not overlap. */
static void assert_row(const Dataset *dataset, DatasetPart part, guint32 sample, int first,
                       int label) {
  Tensor *input = tensor(TENSOR_FLOAT, 2, SIDE * SIDE), *target = tensor(TENSOR_INT, 2, 1);

  fill(dataset, part, (const guint32[]){0, sample}, 2, input, target);
  for (int i = 0; i < SIDE * SIDE; i++)
    g_assert_cmpfloat(input->value[SIDE * SIDE + i], ==, (real)(first + i) / 255);
  g_assert_cmpint(target->index[1], ==, label);
  fill(dataset, part, &sample, 1, NULL, target);
  g_assert_cmpint(target->index[0], ==, label);
  fill(dataset, part, &sample, 1, input, NULL);
  g_assert_cmpfloat(input->value[0], ==, (real)first / 255);
  tensor_done(input);
  tensor_done(target);
}

static void test_fill(Place *self, gconstpointer data) {
  g_autoptr(Dataset) dataset = NULL;

  put_all(self->folder);
  dataset = dataset_open_idx("small", self->folder, 4, NULL);
  assert_row(dataset, DATASET_TRAIN, 7, 28, 7);
  assert_row(dataset, DATASET_VALIDATION, 0, 32, 8);
  assert_row(dataset, DATASET_VALIDATION, 3, 44, 7);
  assert_row(dataset, DATASET_TEST, 2, 8, 9);
}

#define assert_refused(self, ...)                                                                  \
  do {                                                                                             \
    GError *refusal = NULL;                                                                        \
    g_assert_null(dataset_open_idx("small", (self)->folder, 4, &refusal));                         \
    test_assert_error_says(&refusal, (self)->folder, __VA_ARGS__);                                 \
  } while (0)

static void test_missing(Place *self, gconstpointer data) {
  g_autofree char *path = g_build_filename(self->folder, "t10k-labels-idx1-ubyte", NULL);

  assert_refused(self, "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte", ".gz");
  put_all(self->folder);
  g_assert_cmpint(g_remove(path), ==, 0);
  assert_refused(self, "there is neither", path);
}

static void test_labels(Place *self, gconstpointer data) {
  put_all(self->folder);
  put_labels(self->folder, "train-labels-idx1-ubyte", 11, 0);
  assert_refused(self, "train-labels", "11 labels", "12 images");
  put_labels(self->folder, "train-labels-idx1-ubyte", 12, 10);
  assert_refused(self, "train-labels", "label 10 at image 11", "0 to 9");
  put_images(self->folder, "train-labels-idx1-ubyte", 12);
  assert_refused(self, "train-labels", "3 dimensions", "labels have 1");
}

static void test_images(Place *self, gconstpointer data) {
  guint8 pixels[16] = {0};

  put_all(self->folder);
  put_labels(self->folder, "t10k-images-idx3-ubyte", 3, 0);
  assert_refused(self, "t10k-images", "holds labels");
  put(self->folder, "t10k-images-idx3-ubyte", 3, (const guint32[]){0, 2, 2}, pixels);
  assert_refused(self, "t10k-images", "no images");
  put(self->folder, "t10k-images-idx3-ubyte", 3, (const guint32[]){3, 0, 2}, pixels);
  assert_refused(self, "t10k-images", "0 × 2");
  put(self->folder, "t10k-images-idx3-ubyte", 3, (const guint32[]){3, 2, 1}, pixels);
  assert_refused(self, "training images of 2 × 2", "test images of 2 × 1");
}

static void test_validation(Place *self, gconstpointer data) {
  g_autoptr(Dataset) dataset = NULL;
  GError *error = NULL;

  put_all(self->folder);
  g_assert_null(dataset_open_idx("small", self->folder, 12, &error));
  test_assert_error_says(&error, self->folder, "12 training images");
  dataset = dataset_open_idx("small", self->folder, DATASET_A_TWELFTH, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(dataset->count[DATASET_VALIDATION], ==, 1);
}

/* --- The catalogue --- */

static void test_catalogue(void) {
  for (const CatalogueEntry *entry = CATALOGUE; entry->name != NULL; entry++) {
    g_assert_true(catalogue_find(entry->name) == entry);
    g_assert_nonnull(entry->title);
    g_assert_nonnull(entry->licence);
    g_assert_true((entry->urls == NULL) == (entry->files == NULL));
    g_assert_true(catalogue_is_built_in(entry) == (entry->files == NULL && entry->folder == NULL));
    for (const CatalogueFile *file = entry->files; file != NULL && file->file != NULL; file++) {
      g_assert_cmpuint(strlen(file->md5), ==, 32);
      g_assert_cmpuint(file->size, >, 0);
    }
  }
  g_assert_null(catalogue_find("minst"));
}

/* Runs with BATHYSCOPE_DATA at another place. */
static char *use_data(const char *folder) {
  char *before = g_strdup(g_getenv("BATHYSCOPE_DATA"));

  g_setenv("BATHYSCOPE_DATA", folder, TRUE);
  return before;
}

static void restore_data(char *before) {
  if (before != NULL)
    g_setenv("BATHYSCOPE_DATA", before, TRUE);
  else
    g_unsetenv("BATHYSCOPE_DATA");
  g_free(before);
}

static void test_locate(Place *self, gconstpointer data) {
  const CatalogueEntry *mnist = catalogue_find("mnist");
  g_autofree char *given = g_build_filename(self->folder, "mnist", NULL);
  g_autofree char *downloaded = catalogue_download_folder(mnist);
  g_autofree char *nowhere = NULL, *second = NULL, *first = NULL;
  char *before = use_data(self->folder);

  nowhere = catalogue_locate(mnist);
  g_assert_null(nowhere);
  g_assert_true(g_str_has_suffix(downloaded, "/bathyscope/datasets/mnist"));
  g_assert_cmpint(g_mkdir_with_parents(downloaded, 0700), ==, 0);
  second = catalogue_locate(mnist);
  g_assert_cmpstr(second, ==, downloaded);
  g_assert_cmpint(g_mkdir_with_parents(given, 0700), ==, 0);
  first = catalogue_locate(mnist);
  g_assert_cmpstr(first, ==, given);
  test_remove_dir(g_steal_pointer(&downloaded));
  restore_data(before);
}

static void test_open_errors(Place *self, gconstpointer data) {
  char *before = use_data(self->folder);
  GError *error = NULL;

  g_assert_null(catalogue_open("mnist", &error));
  test_assert_error_says(&error, "mnist", self->folder, "fetch mnist");
  g_assert_null(catalogue_open("minst", &error));
  test_assert_error_says(&error, "minst", "mnist, drawn_digits");
  g_assert_null(catalogue_open(self->folder, &error));
  test_assert_error_says(&error, self->folder, "train-images-idx3-ubyte");
  put_all(self->folder);
  g_autoptr(Dataset) dataset = catalogue_open(self->folder, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(dataset->count[DATASET_TRAIN], ==, 11);
  restore_data(before);
}

static void test_open_first(Place *self, gconstpointer data) {
  const char *const names[] = {"mnist", "drawn_digits", NULL};
  g_autofree char *given = g_build_filename(self->folder, "mnist", NULL);
  g_autoptr(Dataset) dataset = NULL;
  char *before = use_data(self->folder);
  GError *error = NULL;

  g_assert_null(catalogue_open_first((const char *const[]){"mnist", NULL}, &error));
  test_assert_error_says(&error, "mnist", "fetch");
  dataset = catalogue_open_first(names, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(dataset->name, ==, "drawn_digits");
  /* There but damaged: an error, not the next name. */
  g_assert_cmpint(g_mkdir_with_parents(given, 0700), ==, 0);
  g_assert_null(catalogue_open_first(names, &error));
  test_assert_error_says(&error, given);
  restore_data(before);
}

static void test_mnist(void) {
  g_autofree char *path = test_data_path("mnist");
  g_autoptr(Dataset) dataset = NULL;
  GError *error = NULL;

  if (path == NULL)
    return;
  dataset = catalogue_open_first((const char *const[]){"mnist", "drawn_digits", NULL}, &error);
  g_assert_no_error(error);
  g_assert_true(g_str_has_prefix(dataset->source, "MNIST, 70,000 images, from "));
  g_assert_true(g_str_has_suffix(dataset->source, path));
  g_assert_cmpuint(dataset->count[DATASET_TRAIN], ==, 55000);
  g_assert_cmpuint(dataset->count[DATASET_VALIDATION], ==, 5000);
  g_assert_cmpuint(dataset->count[DATASET_TEST], ==, 10000);
  for (const CatalogueFile *file = catalogue_find("mnist")->files; file->file != NULL; file++) {
    g_autofree char *name = g_build_filename(path, file->file, NULL), *bytes = NULL, *md5 = NULL;
    gsize size;
    g_assert_true(g_file_get_contents(name, &bytes, &size, NULL));
    g_assert_cmpuint(size, ==, file->size);
    md5 = g_compute_checksum_for_data(G_CHECKSUM_MD5, (const guchar *)bytes, size);
    g_assert_cmpstr(md5, ==, file->md5);
  }
}

/* --- Drawn digits --- */

#define DRAWN 1000

typedef struct {
  real *pixels;   /* (DRAWN, 28·28) */
  gint32 *labels; /* (DRAWN) */
} Drawn;

static Drawn drawn_read(const Dataset *dataset, DatasetPart part) {
  Tensor *input = tensor(TENSOR_FLOAT, DRAWN, 28 * 28), *target = tensor(TENSOR_INT, DRAWN, 1);
  Drawn drawn = {input->value, target->index};
  guint32 all[DRAWN];

  for (guint32 i = 0; i < DRAWN; i++)
    all[i] = i;
  fill(dataset, part, all, DRAWN, input, target);
  g_free(input);
  g_free(target);
  return drawn;
}

static void drawn_clear(Drawn *self) {
  g_free(self->pixels);
  g_free(self->labels);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Drawn, drawn_clear)

static Drawn draw(guint64 seed) {
  g_autoptr(Dataset) dataset = dataset_draw_digits(seed, DRAWN, 0, 0);

  return drawn_read(dataset, DATASET_TRAIN);
}

static gboolean drawn_equal(const Drawn *a, const Drawn *b) {
  return memcmp(a->pixels, b->pixels, sizeof(real) * DRAWN * 28 * 28) == 0 &&
         memcmp(a->labels, b->labels, sizeof(gint32) * DRAWN) == 0;
}

static void test_drawn_same(void) {
  g_auto(Drawn) two = {0}, one = {0}, other = {0};

  parallel_set_threads(2);
  two = draw(5);
  parallel_set_threads(1);
  one = draw(5);
  parallel_set_threads(0);
  other = draw(6);
  g_assert_true(drawn_equal(&one, &two));
  g_assert_false(drawn_equal(&one, &other));
}

static void test_drawn_balance(void) {
  g_autoptr(Dataset) dataset = dataset_draw_digits(3, DRAWN, DRAWN, DRAWN);
  g_auto(Drawn) train = drawn_read(dataset, DATASET_TRAIN);
  g_auto(Drawn) test = drawn_read(dataset, DATASET_TEST);
  int count[10] = {0}, same_as_before = 0;

  g_assert_cmpint(dataset->n_classes, ==, 10);
  g_assert_true(g_str_has_prefix(dataset->source, "drawn digits, made by the built-in"));
  for (int i = 0; i < DRAWN; i++)
    count[test.labels[i]]++;
  for (int digit = 0; digit < 10; digit++)
    g_assert_cmpint(count[digit], ==, DRAWN / 10);
  for (int i = 1; i < DRAWN; i++)
    same_as_before += test.labels[i] == test.labels[i - 1];
  g_assert_cmpint(same_as_before, >, DRAWN / 20);
  g_assert_cmpint(same_as_before, <, DRAWN / 5);
  g_assert_false(drawn_equal(&train, &test));
}

/* As MNIST: ink within a frame of 28, its longer side 20, its centre of mass in the middle. */
static void assert_prepared(const real *pixels) {
  double mass = 0, mx = 0, my = 0, peak = 0;
  int left = 28, right = -1, top = 28, bottom = -1;

  for (int y = 0; y < 28; y++)
    for (int x = 0; x < 28; x++) {
      double value = pixels[28 * y + x];
      mass += value, mx += value * (x + .5), my += value * (y + .5), peak = MAX(peak, value);
      if (value > 0)
        left = MIN(left, x), right = MAX(right, x), top = MIN(top, y), bottom = MAX(bottom, y);
    }
  g_assert_cmpfloat(peak, >, .9);
  g_assert_cmpfloat(peak, <=, 1);
  g_assert_cmpfloat_with_epsilon(mx / mass, 14, .51);
  g_assert_cmpfloat_with_epsilon(my / mass, 14, .51);
  g_assert_cmpint(MAX(right - left, bottom - top) + 1, >=, 18);
  g_assert_cmpint(MAX(right - left, bottom - top) + 1, <=, 22);
}

static void test_drawn_prepared(void) {
  g_auto(Drawn) drawn = draw(7);
  double sum = 0;

  for (int i = 0; i < DRAWN; i++)
    assert_prepared(drawn.pixels + i * 28 * 28);
  for (int i = 0; i < DRAWN * 28 * 28; i++)
    sum += drawn.pixels[i];
  g_assert_cmpfloat_with_epsilon(sum / (DRAWN * 28 * 28), .131, .012); /* MNIST: 0.1307 */
}

/* The nearest of 900 others is mostly of the same class, and no two are the same. */
static void test_drawn_classes(void) {
  g_auto(Drawn) drawn = draw(8);
  int right = 0;

  for (int i = 0; i < 100; i++) {
    double best = G_MAXDOUBLE;
    int nearest = -1;
    for (int j = 100; j < DRAWN; j++) {
      double distance = 0;
      for (int p = 0; p < 28 * 28; p++) {
        double d = drawn.pixels[i * 28 * 28 + p] - drawn.pixels[j * 28 * 28 + p];
        distance += d * d;
      }
      if (distance < best)
        best = distance, nearest = j;
    }
    g_assert_cmpfloat(best, >, 0);
    right += drawn.labels[i] == drawn.labels[nearest];
  }
  g_assert_cmpint(right, >=, 75);
  g_assert_cmpint(right, <, 100); /* as alike as prints, not as handwriting */
}

#define ADD(name, func) g_test_add("/datasets/" name, Place, NULL, set_up, func, tear_down)

int main(int argc, char **argv) {
  char *user_data = test_tmp_user_data_dir();
  int status;

  g_test_init(&argc, &argv, NULL);
  ADD("idx/parts", test_idx);
  ADD("idx/fill", test_fill);
  ADD("idx/missing", test_missing);
  ADD("idx/labels", test_labels);
  ADD("idx/images", test_images);
  ADD("idx/validation", test_validation);
  g_test_add_func("/datasets/catalogue/entries", test_catalogue);
  ADD("catalogue/locate", test_locate);
  ADD("catalogue/open-errors", test_open_errors);
  ADD("catalogue/open-first", test_open_first);
  g_test_add_func("/datasets/catalogue/mnist", test_mnist);
  g_test_add_func("/datasets/drawn/same", test_drawn_same);
  g_test_add_func("/datasets/drawn/balance", test_drawn_balance);
  g_test_add_func("/datasets/drawn/prepared", test_drawn_prepared);
  g_test_add_func("/datasets/drawn/classes", test_drawn_classes);
  status = g_test_run();
  test_remove_dir(user_data);
  return status;
}
