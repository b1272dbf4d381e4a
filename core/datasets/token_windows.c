#include "core/datasets/token_data.h"

#include <string.h>

G_DEFINE_QUARK(bathyscope - token - data - error - quark, token_data_error)

typedef struct {
  gint32 *ids;
  gsize first[DATASET_PARTS];
  int length;
} Windows;

static void windows_free(gpointer data) {
  Windows *self = data;

  g_free(self->ids);
  g_free(self);
}

static void windows_fill(const Dataset *self, const DatasetBatch *batch) {
  const Windows *windows = self->data;
  const gsize length = (gsize)windows->length;
  const gsize stride = batch->part == DATASET_TRAIN ? 1 : length;

  for (int row = 0; row < batch->rows; row++) {
    g_assert(batch->indices[row] < self->count[batch->part]);
    const gint32 *from = windows->ids + windows->first[batch->part] + stride * batch->indices[row];
    for (int f = 0; f < 2; f++)
      if (batch->field[f] != NULL)
        memcpy(batch->field[f]->index + (gsize)row * length, from + f, length * sizeof(gint32));
  }
}

static const DatasetClass WINDOWS_CLASS = {.fill = windows_fill, .free = windows_free};

static guint32 count_windows(DatasetPart part, gsize tokens, gsize length) {
  if (tokens <= length)
    return 0;
  return (guint32)MIN(part == DATASET_TRAIN ? tokens - length : (tokens - 1) / length, G_MAXUINT32);
}

Dataset *dataset_new_token_windows(const char *name, const char *source, gint32 *ids, int length,
                                   const gsize count[DATASET_PARTS], int vocabulary,
                                   GError **error) {
  static const char *const PARTS[] = {"to learn from", "to validate with", "to test with"};
  g_autofree gint32 *owned = ids;
  g_autoptr(Dataset) self = g_new0(Dataset, 1);
  gsize first = 0;

  Windows *windows = g_new0(Windows, 1);
  self->klass = &WINDOWS_CLASS;
  self->data = windows;
  windows->length = length;
  for (int part = 0; part < DATASET_PARTS; part++) {
    windows->first[part] = first;
    first += count[part];
    self->count[part] = count_windows((DatasetPart)part, count[part], (gsize)length);
    if (self->count[part] > 0 || (count[part] == 0 && part != DATASET_TRAIN))
      continue;
    g_set_error(error, TOKEN_DATA_ERROR, TOKEN_DATA_ERROR_SHORT,
                "%s: the text is too short: it has %" G_GSIZE_FORMAT " tokens %s, and a window of "
                "%d needs one more than that; take a longer text or a shorter window",
                name, count[part], PARTS[part], length);
    return NULL;
  }
  windows->ids = g_steal_pointer(&owned);
  self->name = g_strdup(name);
  self->source = g_strdup(source);
  self->field[0] = (DatasetField){"tokens", TENSOR_INT, SHAPE(length), FALSE, vocabulary};
  self->field[1] = (DatasetField){"targets", TENSOR_INT, SHAPE(length), FALSE, vocabulary};
  self->n_fields = 2;
  self->n_classes = vocabulary;
  return g_steal_pointer(&self);
}
