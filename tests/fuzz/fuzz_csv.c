/* CSV files: as table_parse_csv sees them, and every column as whatever it may be. */
#include "core/formats/table.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

#define COLUMNS 8 /* looked at: a wide table would be slow to fuzz */

static void read_column(const Table *table, guint column) {
  g_autoptr(GError) no_numbers = NULL, no_dates = NULL, no_classes = NULL;
  g_autofree double *numbers = table_numbers(table, column, &no_numbers);
  g_autofree double *dates = table_dates(table, column, &no_dates);
  g_autofree gint32 *classes = NULL;
  g_auto(GStrv) names = table_classes(table, column, 10, &classes, &no_classes);

  g_assert_true((numbers == NULL) == (no_numbers != NULL));
  g_assert_true((dates == NULL) == (no_dates != NULL));
  g_assert_true((names == NULL) == (no_classes != NULL));
  for (guint row = 0; names != NULL && row < table->n_rows; row++)
    g_assert_cmpint(classes[row], <, (int)g_strv_length(names));
  if (table_is_numeric(table, column))
    g_assert_nonnull(numbers);
  if (table_is_date(table, column))
    g_assert_nonnull(dates);
}

static void read_with(GBytes *bytes, const CsvOptions *options) {
  g_autoptr(GError) error = NULL;
  g_autoptr(Table) table = table_parse_csv(bytes, "input", options, &error);

  g_assert_true((table == NULL) == (error != NULL));
  if (table == NULL)
    return;
  g_assert_cmpuint(table->cells->len, ==, table->n_rows * table->n_columns);
  g_assert_cmpuint(table->lines->len, ==, table->n_rows);
  g_assert_cmpuint(g_strv_length(table->columns), ==, table->n_columns);
  for (guint column = 0; column < MIN(table->n_columns, COLUMNS); column++)
    read_column(table, column);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  static const CsvOptions SENTENCES = {.delimiters = "\t", .no_quotes = TRUE};
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);

  read_with(bytes, NULL);
  read_with(bytes, &SENTENCES);
  return 0;
}
