#include "core/datasets/array_dataset.h"

#include "core/base/parallel.h"

#include <string.h>

typedef struct {
  ArrayField field[DATASET_MAX_FIELDS];
  int n;
  guint32 first[DATASET_PARTS];
} Arrays;

static void arrays_free(gpointer data) {
  Arrays *self = data;

  for (int i = 0; i < self->n; i++) {
    g_free(self->field[i].values);
    g_free(self->field[i].ids);
    g_free(self->field[i].offsets);
  }
  g_free(self);
}

/* Numbers in one step of a sequence: everything but its first dimension. */
static gsize step_size(const DatasetField *field) {
  return shape_size(&field->row) / (gsize)MAX(field->row.dim[0], 1);
}

/* Where a sample lies in its array, and how many numbers it has. */
static void locate(const ArrayField *field, gsize sample, gsize *from, gsize *n) {
  const gsize step = step_size(&field->field), row = shape_size(&field->field.row);

  *from = field->offsets != NULL ? field->offsets[sample] * step : sample * row;
  *n = field->offsets != NULL ? (field->offsets[sample + 1] - field->offsets[sample]) * step : row;
}

/* Copies one sample into a row; what is shorter than the row is padded. Labels can be asked for as
 * numbers. */
static void copy_row(const ArrayField *field, gsize sample, Tensor *tensor, int row) {
  const gsize room = tensor_row_size(tensor), at = (gsize)row * room;
  gsize from, n;

  locate(field, sample, &from, &n);
  n = MIN(n, room);
  if (field->ids != NULL && tensor->type == TENSOR_FLOAT) {
    for (gsize i = 0; i < room; i++)
      tensor->value[at + i] = (real)(i < n ? field->ids[from + i] : field->padding);
  } else if (field->ids != NULL) {
    memcpy(tensor->index + at, field->ids + from, n * sizeof(gint32));
    for (gsize i = n; i < room; i++)
      tensor->index[at + i] = field->padding;
  } else {
    memcpy(tensor->value + at, field->values + from, n * sizeof(float));
    memset(tensor->value + at + n, 0, (room - n) * sizeof(real));
  }
}

/* What one call of arrays_fill copies, a few rows at a time. */
typedef struct {
  const Dataset *dataset;
  const DatasetBatch *batch;
} Fill;

#define FILL_ROWS 8

static void fill_rows(guint item, gpointer data) {
  const Fill *fill = data;
  const Arrays *arrays = fill->dataset->data;
  const DatasetBatch *batch = fill->batch;
  const int from = (int)item * FILL_ROWS, to = MIN(from + FILL_ROWS, batch->rows);

  for (int row = from; row < to; row++)
    for (int i = 0; i < arrays->n; i++)
      if (batch->field[i] != NULL)
        copy_row(&arrays->field[i], arrays->first[batch->part] + batch->indices[row],
                 batch->field[i], row);
}

static void arrays_fill(const Dataset *self, const DatasetBatch *batch) {
  const Arrays *arrays = self->data;
  Fill fill = {self, batch};
  double work = 0;

  for (int row = 0; row < batch->rows; row++)
    g_assert(batch->indices[row] < self->count[batch->part]);
  /* Numbers come from far away: one is worth some operations. */
  for (int i = 0; i < arrays->n; i++)
    work += 8.0 * (double)batch->rows * (double)shape_size(&arrays->field[i].field.row);
  parallel_for((guint)((batch->rows + FILL_ROWS - 1) / FILL_ROWS), work, fill_rows, &fill);
}

static int arrays_length(const Dataset *self, DatasetPart part, guint32 index, int field) {
  const Arrays *arrays = self->data;
  const gsize *offsets = arrays->field[field].offsets;
  const gsize sample = arrays->first[part] + index;

  return offsets != NULL ? (int)(offsets[sample + 1] - offsets[sample])
                         : self->field[field].row.dim[0];
}

static const DatasetClass ARRAYS_CLASS = {
    .fill = arrays_fill, .length = arrays_length, .free = arrays_free};

Dataset *dataset_new_arrays(const char *name, const char *source, const ArrayField *fields, int n,
                            const guint32 count[DATASET_PARTS], const char *const *class_names) {
  Dataset *self = g_new0(Dataset, 1);
  Arrays *arrays = g_new0(Arrays, 1);
  guint32 first = 0;

  g_assert(n >= 1 && n <= DATASET_MAX_FIELDS);
  arrays->n = self->n_fields = n;
  for (int i = 0; i < n; i++) {
    g_assert((fields[i].values != NULL) == (fields[i].field.type == TENSOR_FLOAT));
    g_assert((fields[i].offsets != NULL) == fields[i].field.sequence);
    arrays->field[i] = fields[i];
    self->field[i] = fields[i].field;
  }
  for (int part = 0; part < DATASET_PARTS; part++) {
    arrays->first[part] = first;
    first += self->count[part] = count[part];
  }
  self->klass = &ARRAYS_CLASS;
  self->data = arrays;
  self->name = g_strdup(name);
  self->source = g_strdup(source);
  if (class_names != NULL) {
    self->class_names = g_strdupv((char **)class_names);
    self->n_classes = (int)g_strv_length(self->class_names);
  }
  return self;
}
