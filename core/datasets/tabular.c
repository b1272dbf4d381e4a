#include "core/datasets/tabular.h"

#include "core/datasets/array_dataset.h"

#include <math.h>

#define MOST_CLASSES 100
#define SEED 1

/* What is read of a table: columns of features and of the target, and which rows count, mixed. */
typedef struct {
  GPtrArray *columns; /* double *, of all rows */
  double *numbers;    /* of the target, or */
  gint32 *labels;     /* its classes, */
  char **names;       /* and their names */
  GArray *rows;       /* guint */
  guint32 count[DATASET_PARTS];
} Content;

static void content_clear(Content *self) {
  g_ptr_array_unref(self->columns);
  g_free(self->numbers);
  g_free(self->labels);
  g_strfreev(self->names);
  g_array_unref(self->rows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Content, content_clear)

static int find_target(const Table *table, const char *target, GError **error) {
  if (target != NULL)
    return table_find(table, target, error);
  for (int c = (int)table->n_columns - 1; c >= 0; c--)
    if (!table_is_numeric(table, (guint)c))
      return c;
  return (int)table->n_columns - 1;
}

static gboolean read_target(Content *self, const Table *table, guint column, gboolean classes,
                            GError **error) {
  if (!classes && table_is_numeric(table, column))
    self->numbers = table_numbers(table, column, error);
  else
    self->names = table_classes(table, column, MOST_CLASSES, &self->labels, error);
  return self->numbers != NULL || self->names != NULL;
}

static gboolean read_features(Content *self, const Table *table, guint target, GError **error) {
  for (guint c = 0; c < table->n_columns; c++)
    if (c != target && table_is_numeric(table, c))
      g_ptr_array_add(self->columns, table_numbers(table, c, NULL));
  if (self->columns->len > 0)
    return TRUE;
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
              "%s: besides ‘%s’ no column has numbers to learn from", table->name,
              table->columns[target]);
  return FALSE;
}

static gboolean mix(Content *self, const Table *table, GError **error) {
  g_autoptr(GArray) whole = g_array_new(FALSE, FALSE, sizeof(guint));

  for (guint row = 0; row < table->n_rows; row++)
    if (self->labels != NULL ? self->labels[row] >= 0 : !isnan(self->numbers[row]))
      g_array_append_val(whole, row);
  const guint32 n = whole->len, held = n / 10;
  if (held == 0) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s: only %u rows have a target; at least 10 are needed", table->name, n);
    return FALSE;
  }
  g_autofree guint32 *order = g_new(guint32, n);
  const Rng rng = rng_new(SEED, RNG_DATASET, n);
  rng_permutation(&rng, order, n);
  for (guint32 i = 0; i < n; i++)
    g_array_append_val(self->rows, g_array_index(whole, guint, order[i]));
  self->count[DATASET_TRAIN] = n - 2 * held;
  self->count[DATASET_VALIDATION] = self->count[DATASET_TEST] = held;
  return TRUE;
}

static DatasetUnit fit(const Content *self, const double *column) {
  double sum = 0, squares = 0, n = 0;

  for (int pass = 0; pass < 2; pass++)
    for (guint32 i = 0; i < self->count[DATASET_TRAIN]; i++) {
      const double value = column[g_array_index(self->rows, guint, i)];
      if (isnan(value))
        continue;
      if (pass == 0)
        sum += value, n++;
      else
        squares += (value - sum / n) * (value - sum / n);
    }
  const double deviation = n > 0 ? sqrt(squares / n) : 0;
  return (DatasetUnit){n > 0 ? sum / n : 0, deviation > 0 ? deviation : 1};
}

/* What is missing is 0: the mean. */
static void scale_column(const Content *self, const double *column, const DatasetUnit *unit,
                         float *to, gsize step) {
  for (guint i = 0; i < self->rows->len; i++) {
    const double value = column[g_array_index(self->rows, guint, i)];
    to[i * step] = isnan(value) ? 0 : (float)((value - unit->offset) / unit->scale);
  }
}

static ArrayField feature_field(const Content *self) {
  const gsize n = self->columns->len;
  ArrayField field = {.field = {"features", TENSOR_FLOAT, SHAPE((int)n), FALSE},
                      .values = g_new(float, self->rows->len *n)};

  for (gsize c = 0; c < n; c++) {
    const DatasetUnit unit = fit(self, self->columns->pdata[c]);
    scale_column(self, self->columns->pdata[c], &unit, field.values + c, n);
  }
  return field;
}

static ArrayField target_field(const Content *self, DatasetUnit *unit) {
  const guint n = self->rows->len;

  if (self->labels == NULL) {
    ArrayField field = {.field = {"target", TENSOR_FLOAT, SHAPE(1), FALSE},
                        .values = g_new(float, n)};
    *unit = fit(self, self->numbers);
    scale_column(self, self->numbers, unit, field.values, 1);
    return field;
  }
  ArrayField field = {.field = {"label", TENSOR_INT, {0}, FALSE}, .ids = g_new(gint32, n)};
  for (guint i = 0; i < n; i++)
    field.ids[i] = self->labels[g_array_index(self->rows, guint, i)];
  return field;
}

Dataset *dataset_new_table(const char *name, const char *source, const Table *table,
                           const char *target, gboolean classes, GError **error) {
  const int column = find_target(table, target, error);
  g_auto(Content) content = {.columns = g_ptr_array_new_with_free_func(g_free),
                             .rows = g_array_new(FALSE, FALSE, sizeof(guint))};
  DatasetUnit unit = {0, 1};

  if (column < 0 || !read_target(&content, table, (guint)column, classes, error) ||
      !read_features(&content, table, (guint)column, error) || !mix(&content, table, error))
    return NULL;
  const ArrayField fields[] = {feature_field(&content), target_field(&content, &unit)};
  Dataset *self = dataset_new_arrays(name, source, fields, 2, content.count,
                                     (const char *const *)content.names);
  self->unit = unit;
  return self;
}
