#include "core/datasets/dataset.h"

#include "core/base/parallel.h"
#include "core/kernels/kernels.h"

#include "core/datasets/idx.h"

#include <string.h>

#define N_DIGITS 10
/* A net on larger pictures than this would not fit any lesson; also keeps products within an int.
 */
#define MAX_SIDE 4096

void dataset_free(Dataset *self) {
  if (self == NULL)
    return;
  if (self->klass != NULL && self->klass->free != NULL)
    self->klass->free(self->data);
  g_free(self->name);
  g_free(self->source);
  g_strfreev(self->class_names);
  tokenizer_unref(self->tokenizer);
  tokenizer_unref(self->target_tokenizer);
  g_free(self);
}

/* Images in memory, the parts one after the other. */
typedef struct {
  guint8 *pixels; /* (count, h, w, c) */
  guint8 *labels; /* (count) */
  gsize size;     /* h·w·c */
  gsize first[DATASET_PARTS];
} Images;

static void images_free(gpointer data) {
  Images *self = data;

  g_free(self->pixels);
  g_free(self->labels);
  g_free(self);
}

/* What one call of images_fill copies, a few rows at a time. */
typedef struct {
  const Images *images;
  const DatasetBatch *batch;
} Fill;

#define FILL_ROWS 8

static void fill_row(const Fill *fill, int row) {
  const Images *images = fill->images;
  const DatasetBatch *batch = fill->batch;
  const gsize sample = images->first[batch->part] + batch->indices[row];

  if (batch->field[0] != NULL)
    kernels()->bytes_to_unit(images->pixels + sample * images->size,
                             batch->field[0]->value + (gsize)row * images->size, images->size);
  if (batch->field[1] != NULL)
    batch->field[1]->index[row] = images->labels[sample];
}

static void fill_rows(guint item, gpointer data) {
  const Fill *fill = data;
  const int from = (int)item * FILL_ROWS, to = MIN(from + FILL_ROWS, fill->batch->rows);

  for (int row = from; row < to; row++)
    fill_row(fill, row);
}

static void images_fill(const Dataset *self, const DatasetBatch *batch) {
  const Images *images = self->data;
  const Tensor *input = batch->field[0], *label = batch->field[1];
  const int rows = batch->rows;
  Fill fill = {images, batch};

  g_return_if_fail(batch->part < DATASET_PARTS);
  g_return_if_fail(input == NULL || tensor_row_size(input) == images->size);
  g_return_if_fail(label == NULL || label->type == TENSOR_INT);
  for (int row = 0; row < rows; row++)
    g_assert(batch->indices[row] < self->count[batch->part]);
  /* Bytes come from far away: one is worth some operations. */
  parallel_for((guint)((rows + FILL_ROWS - 1) / FILL_ROWS),
               8.0 * (double)rows * (double)images->size, fill_rows, &fill);
}

void dataset_sample(const Dataset *self, DatasetPart part, guint32 index, float *input,
                    int *label) {
  const Shape *row = &self->field[0].row;
  Tensor sample = {.type = TENSOR_FLOAT, .batched = TRUE, .value = input};
  gint32 class = 0;
  Tensor target = {.type = TENSOR_INT, .batched = TRUE, .index = &class};
  DatasetBatch batch = {.part = part, .indices = &index, .rows = 1};

  g_return_if_fail(part < DATASET_PARTS && index < self->count[part]);
  g_return_if_fail(self->field[0].type == TENSOR_FLOAT);
  sample.shape.rank = row->rank + 1;
  sample.shape.dim[0] = 1;
  memcpy(sample.shape.dim + 1, row->dim, (gsize)row->rank * sizeof(int));
  target.shape = SHAPE(1);
  batch.field[0] = input != NULL ? &sample : NULL;
  batch.field[1] = label != NULL ? &target : NULL;
  self->klass->fill(self, &batch);
  if (label != NULL)
    *label = class;
}

static const DatasetClass IMAGES_CLASS = {.fill = images_fill, .free = images_free};

static char **number_names(int n) {
  char **names = g_new0(char *, n + 1);

  for (int i = 0; i < n; i++)
    names[i] = g_strdup_printf("%d", i);
  return names;
}

Dataset *dataset_new_images(const char *name, const char *source, const Shape *image,
                            guint8 *pixels, guint8 *labels, const guint32 count[DATASET_PARTS],
                            int n_classes, const char *const *class_names) {
  Dataset *self = g_new0(Dataset, 1);
  Images *images = g_new0(Images, 1);
  gsize first = 0;

  images->pixels = pixels;
  images->labels = labels;
  images->size = shape_size(image);
  for (int part = 0; part < DATASET_PARTS; part++) {
    images->first[part] = first;
    first += self->count[part] = count[part];
  }
  self->klass = &IMAGES_CLASS;
  self->data = images;
  self->name = g_strdup(name);
  self->source = g_strdup(source);
  self->field[0] = (DatasetField){"image", TENSOR_FLOAT, *image, FALSE};
  self->field[1] = (DatasetField){"label", TENSOR_INT, {0}, FALSE};
  self->n_fields = 2;
  self->n_classes = n_classes;
  self->class_names = class_names ? g_strdupv((char **)class_names) : number_names(n_classes);
  return self;
}

/* One half of an MNIST-like folder. */
typedef struct {
  Idx images, labels;
} Half;

static void half_clear(Half *self) {
  idx_clear(&self->images);
  idx_clear(&self->labels);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Half, half_clear)

static gboolean wrong(GError **error, const char *path, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean wrong(GError **error, const char *path, const char *format, ...) {
  g_autofree char *what = NULL;
  va_list arguments;

  va_start(arguments, format);
  what = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s %s", path, what);
  return FALSE;
}

static gboolean check_images(const Idx *images, const char *path, GError **error) {
  if (images->rank == 1)
    return wrong(error, path,
                 "holds labels (1 dimension) where images (3 dimensions) are expected");
  if (images->rank != 3)
    return wrong(error, path, "has %d dimensions; images have 3: count, height, width",
                 images->rank);
  if (images->dim[0] == 0)
    return wrong(error, path, "holds no images");
  if (images->dim[1] - 1 >= MAX_SIDE || images->dim[2] - 1 >= MAX_SIDE)
    return wrong(error, path, "holds images of %u × %u pixels; sides of 1 to %d are read",
                 images->dim[1], images->dim[2], MAX_SIDE);
  return TRUE;
}

static gboolean check_labels(const Half *self, const char *path, GError **error) {
  if (self->labels.rank != 1)
    return wrong(error, path, "has %d dimensions; labels have 1", self->labels.rank);
  if (self->labels.dim[0] != self->images.dim[0])
    return wrong(error, path, "holds %u labels, but there are %u images", self->labels.dim[0],
                 self->images.dim[0]);
  for (guint32 i = 0; i < self->labels.dim[0]; i++)
    if (self->labels.data[i] >= N_DIGITS)
      return wrong(error, path, "has the label %u at image %u; labels are 0 to %d",
                   self->labels.data[i], i, N_DIGITS - 1);
  return TRUE;
}

static gboolean half_read(Half *self, const char *folder, const char *prefix, GError **error) {
  g_autofree char *image_file = g_strconcat(prefix, "-images-idx3-ubyte", NULL);
  g_autofree char *label_file = g_strconcat(prefix, "-labels-idx1-ubyte", NULL);
  g_autofree char *image_path = g_build_filename(folder, image_file, NULL);
  g_autofree char *label_path = g_build_filename(folder, label_file, NULL);

  return idx_read(&self->images, image_path, error) &&
         check_images(&self->images, image_path, error) &&
         idx_read(&self->labels, label_path, error) && check_labels(self, label_path, error);
}

static gboolean halves_read(Half *train, Half *test, const char *folder, GError **error) {
  GError *cause = NULL;

  if (!half_read(train, folder, "train", &cause) || !half_read(test, folder, "t10k", &cause)) {
    if (g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      g_prefix_error(&cause,
                     "%s has not the four files train-images-idx3-ubyte, "
                     "train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte "
                     "(each with or without .gz): ",
                     folder);
    g_propagate_error(error, cause);
    return FALSE;
  }
  if (train->images.dim[1] == test->images.dim[1] && train->images.dim[2] == test->images.dim[2])
    return TRUE;
  return wrong(error, folder, "has training images of %u × %u pixels, but test images of %u × %u",
               train->images.dim[1], train->images.dim[2], test->images.dim[1],
               test->images.dim[2]);
}

static guint8 *join(const Idx *a, const Idx *b, gsize item) {
  gsize first = a->dim[0] * item, second = b->dim[0] * item;
  guint8 *both = g_malloc(first + second);

  memcpy(both, a->data, first);
  memcpy(both + first, b->data, second);
  return both;
}

/* 70000 → "70,000", whatever the locale. Caller frees. */
static char *with_commas(guint64 n) {
  GString *text = g_string_new(NULL);

  g_string_printf(text, "%" G_GUINT64_FORMAT, n);
  for (gssize at = (gssize)text->len - 3; at > 0; at -= 3)
    g_string_insert_c(text, at, ',');
  return g_string_free(text, FALSE);
}

static Dataset *join_halves(const char *name, const char *folder, const Half *train,
                            const Half *test, guint32 validation) {
  guint32 height = train->images.dim[1], width = train->images.dim[2];
  guint32 count[] = {train->images.dim[0] - validation, validation, test->images.dim[0]};
  g_autofree char *total = with_commas((guint64)train->images.dim[0] + test->images.dim[0]);
  g_autofree char *source = g_strdup_printf("%s, %s images, from %s", name, total, folder);
  Shape image = SHAPE((int)height, (int)width, 1);

  return dataset_new_images(name, source, &image,
                            join(&train->images, &test->images, (gsize)height * width),
                            join(&train->labels, &test->labels, 1), count, N_DIGITS, NULL);
}

Dataset *dataset_open_idx(const char *name, const char *folder, guint32 validation,
                          GError **error) {
  g_auto(Half) train = {0}, test = {0};

  g_return_val_if_fail(name != NULL && folder != NULL, NULL);
  if (!halves_read(&train, &test, folder, error))
    return NULL;
  if (validation == DATASET_A_TWELFTH)
    validation = train.images.dim[0] / 12;
  if (validation >= train.images.dim[0]) {
    wrong(error, folder, "has %u training images; %u of them cannot be held out for validation",
          train.images.dim[0], validation);
    return NULL;
  }
  return join_halves(name, folder, &train, &test, validation);
}
