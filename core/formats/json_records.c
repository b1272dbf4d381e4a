#include "core/base/json_scan.h"
#include "core/formats/cell.h"
#include "core/formats/plain_text.h"
#include "core/formats/table.h"

#define MANY_CELLS 1000000

/* Rows grow with the columns found so far; a later column is missing in the rows before. */
typedef struct {
  JsonScan scan;
  GPtrArray *columns;  /* char *, owned */
  GHashTable *numbers; /* name → its place + 1 */
  GPtrArray *rows;     /* GPtrArray of const char *, as long as the last member it has */
  guint64 cells;       /* in all rows */
  GArray *lines;
  GStringChunk *made;
} Records;

static void records_clear(Records *self) {
  json_scan_clear(&self->scan);
  g_clear_pointer(&self->columns, g_ptr_array_unref);
  g_clear_pointer(&self->numbers, g_hash_table_unref);
  g_clear_pointer(&self->rows, g_ptr_array_unref);
  g_clear_pointer(&self->lines, g_array_unref);
  g_clear_pointer(&self->made, g_string_chunk_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Records, records_clear)

static guint find_column(Records *self, const char *name) {
  const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(self->numbers, name));

  if (found > 0)
    return found - 1;
  if (self->columns->len == TABLE_MAX_COLUMNS) {
    json_scan_fail(&self->scan, "there are more than %d different members; is this a table?",
                   TABLE_MAX_COLUMNS);
    return 0;
  }
  char *copy = g_strdup(name);
  g_ptr_array_add(self->columns, copy);
  g_hash_table_insert(self->numbers, copy, GUINT_TO_POINTER(self->columns->len));
  return self->columns->len - 1;
}

/* The value as text; NULL where it is null or missing. */
static const char *read_value(Records *self) {
  if (json_scan_kind(&self->scan) == JSON_SCAN_NULL) {
    json_scan_null(&self->scan);
    return NULL;
  }
  JsonScanKind kind;
  g_autofree char *text = json_scan_scalar(&self->scan, &kind);
  return text != NULL && !cell_is_missing(text) ? g_string_chunk_insert_const(self->made, text)
                                                : NULL;
}

/* What a record lacks costs a pointer: a few wide records among many narrow ones could ask for far
 * more memory than the file is long. */
static gboolean fits(Records *self, guint64 cells) {
  return cells <= MANY_CELLS + 16 * (guint64)(self->scan.end - self->scan.text) ||
         json_scan_fail(&self->scan, "%u records of %u different members: most would be empty",
                        self->rows->len, self->columns->len);
}

static void read_record(Records *self) {
  GPtrArray *row = g_ptr_array_new();
  const char *member;

  g_ptr_array_add(self->rows, row);
  for (json_scan_object(&self->scan); json_scan_member(&self->scan, &member);) {
    const guint column = find_column(self, member);
    const char *value = read_value(self);
    if (!fits(self, self->cells + column))
      return;
    while (row->len <= column)
      g_ptr_array_add(row, NULL);
    row->pdata[column] = (gpointer)value;
  }
  self->cells += row->len;
}

static void read_records(Records *self) {
  guint line = 1;
  const char *counted = self->scan.text;

  for (json_scan_array(&self->scan); json_scan_element(&self->scan);) {
    json_scan_kind(&self->scan);
    for (; counted < self->scan.at; counted++)
      line += *counted == '\n';
    g_array_append_val(self->lines, line);
    read_record(self);
  }
  if (self->rows->len == 0 || self->columns->len == 0)
    json_scan_fail(&self->scan, "there are no records to read; expected is [{\"a\": 1, …}, …]");
  fits(self, (guint64)self->rows->len * self->columns->len);
}

static Table *make_table(Records *self, const char *name) {
  Table *table = g_new0(Table, 1);

  table->name = g_strdup(name);
  table->n_rows = self->rows->len;
  table->n_columns = self->columns->len;
  table->named = TRUE;
  g_ptr_array_add(self->columns, NULL);
  table->columns = g_strdupv((char **)self->columns->pdata);
  table->cells = g_ptr_array_new();
  for (guint r = 0; r < table->n_rows; r++) {
    const GPtrArray *row = self->rows->pdata[r];
    for (guint c = 0; c < table->n_columns; c++)
      g_ptr_array_add(table->cells, c < row->len ? row->pdata[c] : NULL);
  }
  table->lines = g_steal_pointer(&self->lines);
  table->made = g_steal_pointer(&self->made);
  return table;
}

Table *table_parse_json(GBytes *bytes, const char *name, GError **error) {
  gsize size;
  g_autofree char *text = plain_text_parse(bytes, name, &size, error);
  g_auto(Records) records = {0};

  if (text == NULL)
    return NULL;
  json_scan_init(&records.scan, text, size, name, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  records.columns = g_ptr_array_new_with_free_func(g_free);
  records.numbers = g_hash_table_new(g_str_hash, g_str_equal);
  records.rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
  records.lines = g_array_new(FALSE, FALSE, sizeof(guint));
  records.made = g_string_chunk_new(4096);
  read_records(&records);
  if (!json_scan_finish(&records.scan, error))
    return NULL;
  return make_table(&records, name);
}
