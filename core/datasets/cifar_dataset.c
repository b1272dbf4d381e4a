#include "core/base/file.h"
#include "core/datasets/dataset.h"
#include "core/formats/cifar.h"

#include <string.h>

#define FILE_LIMIT ((gsize)1 << 26)
#define BATCHES 5

static const char *const CLASSES[] = {"airplane", "automobile", "bird", "cat",   "deer", "dog",
                                      "frog",     "horse",      "ship", "truck", NULL};

/* Records of all files that were read, one after the other. */
typedef struct {
  GByteArray *labels, *pixels;
} Records;

static gboolean read_records(Records *self, const char *path, GError **error) {
  g_autoptr(GBytes) bytes = file_read(path, FILE_LIMIT, error);
  const guint32 n = bytes != NULL ? cifar_check(bytes, path, error) : 0;
  const guint labels = self->labels->len, pixels = self->pixels->len;

  if (n == 0)
    return FALSE;
  g_byte_array_set_size(self->labels, labels + n);
  g_byte_array_set_size(self->pixels, pixels + n * CIFAR_PIXELS);
  cifar_copy(bytes, self->labels->data + labels, self->pixels->data + pixels);
  return TRUE;
}

/* As many of the five as are there; the first must be. */
static gboolean read_training(Records *self, const char *folder, int *batches, GError **error) {
  for (int i = 1; i <= BATCHES; i++) {
    g_autofree char *name = g_strdup_printf("data_batch_%d.bin", i);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (i > 1 && !g_file_test(path, G_FILE_TEST_EXISTS))
      return TRUE;
    if (!read_records(self, path, error))
      return FALSE;
    *batches = i;
  }
  return TRUE;
}

static gboolean read_test(Records *self, const char *folder, GError **error) {
  g_autofree char *all = g_build_filename(folder, "test_batch.bin", NULL);
  g_autofree char *first = g_build_filename(folder, "test_batch_first1000.bin", NULL);

  return read_records(self, g_file_test(all, G_FILE_TEST_EXISTS) ? all : first, error);
}

Dataset *dataset_open_cifar10(const char *folder, GError **error) {
  Records records = {g_byte_array_new(), g_byte_array_new()};
  int batches = 0;
  const gboolean read = read_training(&records, folder, &batches, error);
  const guint32 known = records.labels->len;

  if (!read || !read_test(&records, folder, error)) {
    g_byte_array_unref(records.labels);
    g_byte_array_unref(records.pixels);
    return NULL;
  }
  const guint32 held = known / 10;
  const guint32 count[DATASET_PARTS] = {known - held, held, records.labels->len - known};
  g_autofree char *source =
      g_strdup_printf("CIFAR-10, %d of %d batches, in %s", batches, BATCHES, folder);
  return dataset_new_images("cifar10", source, &SHAPE(CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS),
                            g_byte_array_free(records.pixels, FALSE),
                            g_byte_array_free(records.labels, FALSE), count, CIFAR_CLASSES,
                            CLASSES);
}
