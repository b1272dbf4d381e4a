#include "core/formats/table.h"

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/formats/plain_text.h"

#include <string.h>

void table_free(Table *self) {
  if (self == NULL)
    return;
  g_free(self->name);
  g_strfreev(self->columns);
  g_clear_pointer(&self->cells, g_ptr_array_unref);
  g_clear_pointer(&self->lines, g_array_unref);
  g_free(self->text);
  g_clear_pointer(&self->made, g_string_chunk_free);
  g_free(self);
}

Table *table_read(const char *path, const CsvOptions *options, GError **error) {
  g_autoptr(GBytes) bytes = file_read(path, PLAIN_TEXT_LIMIT, error);

  if (bytes == NULL)
    return NULL;
  if (g_str_has_suffix(path, ".json"))
    return table_parse_json(bytes, path, error);
  return table_parse_csv(bytes, path, options, error);
}

static int find_exactly(const Table *self, const char *column) {
  for (guint i = 0; i < self->n_columns; i++)
    if (g_ascii_strcasecmp(self->columns[i], column) == 0)
      return (int)i;
  return -1;
}

int table_find(const Table *self, const char *column, GError **error) {
  const int index = find_exactly(self, column);
  gint64 number;

  if (index >= 0)
    return index;
  if (text_to_integer(column, &number) && number >= 1 && number <= self->n_columns)
    return (int)number - 1;
  g_autofree char *suggestion = text_suggest(column, (const char *const *)self->columns);
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s has no column ‘%s’%s", self->name,
              column, suggestion);
  return -1;
}

/* "AAPL.Close" for "close". */
static gboolean ends_in(const char *column, const char *name) {
  const gsize length = strlen(column), end = strlen(name);

  return length > end && strchr("._ -", column[length - end - 1]) != NULL &&
         g_ascii_strcasecmp(column + length - end, name) == 0;
}

int table_find_any(const Table *self, const char *const *names) {
  for (const char *const *name = names; *name != NULL; name++) {
    const int index = find_exactly(self, *name);
    if (index >= 0)
      return index;
  }
  for (; *names != NULL; names++)
    for (guint i = 0; i < self->n_columns; i++)
      if (ends_in(self->columns[i], *names))
        return (int)i;
  return -1;
}

/* --- Classes --- */

static int compare_classes(gconstpointer a, gconstpointer b) {
  const char *left = *(const char *const *)a, *right = *(const char *const *)b;
  double x, y;

  if (text_to_real(left, &x) && text_to_real(right, &y) && x != y)
    return x < y ? -1 : 1;
  return strcmp(left, right);
}

/* The different cells, sorted; NULL with an error when there are too many or too few. */
static GPtrArray *distinct_cells(const Table *self, guint column, guint most, GError **error) {
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  for (guint row = 0; row < self->n_rows; row++) {
    const char *cell = table_cell(self, row, column);
    if (cell == NULL || !g_hash_table_add(seen, (gpointer)cell))
      continue;
    g_ptr_array_add(names, (gpointer)cell);
    if (names->len <= most)
      continue;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s:%u: ‘%s’ is the %u. different class in column ‘%s’; up to %u are read",
                self->name, table_line(self, row), cell, names->len, self->columns[column], most);
    return NULL;
  }
  if (names->len < 2) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s: column ‘%s’ has %s; a class to learn needs at least two", self->name,
                self->columns[column], names->len == 0 ? "no value" : "one value only");
    return NULL;
  }
  g_ptr_array_sort(names, compare_classes);
  return g_steal_pointer(&names);
}

char **table_classes(const Table *self, guint column, guint most, gint32 **classes,
                     GError **error) {
  g_autoptr(GPtrArray) names = distinct_cells(self, column, most, error);
  g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);

  if (names == NULL)
    return NULL;
  for (guint i = 0; i < names->len; i++)
    g_hash_table_insert(numbers, names->pdata[i], GUINT_TO_POINTER(i));
  *classes = g_new(gint32, self->n_rows);
  for (guint row = 0; row < self->n_rows; row++) {
    const char *cell = table_cell(self, row, column);
    (*classes)[row] = cell != NULL ? GPOINTER_TO_INT(g_hash_table_lookup(numbers, cell)) : -1;
  }
  g_ptr_array_add(names, NULL);
  return g_strdupv((char **)names->pdata);
}
