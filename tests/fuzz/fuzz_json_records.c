/* JSON records: as table_parse_json sees them. */
#include "core/formats/table.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static gsize sum; /* so that no read is optimised away */

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(Table) table = table_parse_json(bytes, "input", &error);

  g_assert_true((table == NULL) == (error != NULL));
  if (table == NULL)
    return 0;
  g_assert_cmpuint(table->cells->len, ==, table->n_rows * table->n_columns);
  g_assert_cmpuint(table->lines->len, ==, table->n_rows);
  for (guint i = 0; i < table->cells->len; i++)
    sum += table->cells->pdata[i] != NULL ? strlen(table->cells->pdata[i]) : 0;
  for (guint column = 0; column < table->n_columns; column++)
    sum += (gsize)table_is_numeric(table, column);
  return 0;
}
