#include "core/formats/safetensors.h"

#include "core/base/file.h"

#include <string.h>

#define ALIGNMENT 8

typedef struct {
  char *name;
  const char *dtype;
  int rank;
  gint64 dim[SAFETENSORS_MAX_RANK];
  gsize element, size; /* bytes */
  const void *data;
} Item;

struct SafeTensorsWriter {
  GPtrArray *items; /* Item */
  GTree *metadata;  /* sorted by key */
};

static void item_free(Item *self) {
  g_free(self->name);
  g_free(self);
}

static int compare_keys(gconstpointer a, gconstpointer b, gpointer data) { return strcmp(a, b); }

SafeTensorsWriter *safetensors_writer_new(void) {
  SafeTensorsWriter *self = g_new0(SafeTensorsWriter, 1);

  self->items = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
  self->metadata = g_tree_new_full(compare_keys, NULL, g_free, g_free);
  return self;
}

void safetensors_writer_free(SafeTensorsWriter *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->items);
  g_tree_unref(self->metadata);
  g_free(self);
}

void safetensors_writer_metadata(SafeTensorsWriter *self, const char *key, const char *value) {
  g_return_if_fail(g_utf8_validate(key, -1, NULL) && g_utf8_validate(value, -1, NULL));
  g_tree_replace(self->metadata, g_strdup(key), g_strdup(value));
}

void safetensors_writer_add(SafeTensorsWriter *self, const char *name, const char *dtype, int rank,
                            const gint64 *dim, const void *data) {
  const gsize element = safetensors_dtype_size(dtype);

  g_return_if_fail(element > 0 && rank >= 0 && rank <= SAFETENSORS_MAX_RANK);
  g_return_if_fail(*name != '\0' && g_utf8_validate(name, -1, NULL));
  for (guint i = 0; i < self->items->len; i++)
    g_return_if_fail(!g_str_equal(((const Item *)self->items->pdata[i])->name, name));
  Item *item = g_new0(Item, 1);
  item->name = g_strdup(name);
  item->dtype = g_intern_string(dtype);
  item->rank = rank;
  item->element = item->size = element;
  item->data = data;
  for (int i = 0; i < rank; i++) {
    item->dim[i] = dim[i];
    item->size *= (gsize)dim[i];
  }
  g_ptr_array_add(self->items, item);
}

/* --- The header --- */

static void append_text(GString *out, const char *text) {
  g_string_append_c(out, '"');
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\')
      g_string_append_printf(out, "\\%c", *text);
    else if (*text == '\n')
      g_string_append(out, "\\n");
    else if ((guchar)*text < ' ')
      g_string_append_printf(out, "\\u%04x", (guint)(guchar)*text);
    else
      g_string_append_c(out, *text);
  }
  g_string_append_c(out, '"');
}

static gboolean append_metadata(gpointer key, gpointer value, gpointer data) {
  GString *out = data;

  if (out->str[out->len - 1] != '{')
    g_string_append_c(out, ',');
  append_text(out, key);
  g_string_append_c(out, ':');
  append_text(out, value);
  return FALSE;
}

static void append_item(GString *out, const Item *item, gsize begin) {
  if (out->len > 1)
    g_string_append_c(out, ',');
  append_text(out, item->name);
  g_string_append_printf(out, ":{\"dtype\":\"%s\",\"shape\":[", item->dtype);
  for (int i = 0; i < item->rank; i++)
    g_string_append_printf(out, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", item->dim[i]);
  g_string_append_printf(out, "],\"data_offsets\":[%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT "]}",
                         begin, begin + item->size);
}

static int compare_items(gconstpointer a, gconstpointer b) {
  const Item *first = *(const Item *const *)a, *second = *(const Item *const *)b;

  if (first->element != second->element)
    return first->element > second->element ? -1 : 1;
  return strcmp(first->name, second->name);
}

static GString *header_new(const SafeTensorsWriter *self, const GPtrArray *sorted) {
  GString *out = g_string_new("{");
  gsize begin = 0;

  if (g_tree_nnodes(self->metadata) > 0) {
    g_string_append(out, "\"__metadata__\":{");
    g_tree_foreach(self->metadata, append_metadata, out);
    g_string_append_c(out, '}');
  }
  for (guint i = 0; i < sorted->len; i++) {
    const Item *item = sorted->pdata[i];
    append_item(out, item, begin);
    begin += item->size;
  }
  g_string_append_c(out, '}');
  while (out->len % ALIGNMENT != 0)
    g_string_append_c(out, ' ');
  return out;
}

/* --- The file --- */

typedef gboolean (*Sink)(gpointer target, const void *data, gsize size, GError **error);

static gboolean write_all(const SafeTensorsWriter *self, Sink sink, gpointer target,
                          GError **error) {
  g_autoptr(GPtrArray) sorted = g_ptr_array_new();

  for (guint i = 0; i < self->items->len; i++)
    g_ptr_array_add(sorted, self->items->pdata[i]);
  g_ptr_array_sort(sorted, compare_items);
  g_autoptr(GString) header = header_new(self, sorted);
  const guint64 length = GUINT64_TO_LE((guint64)header->len);
  gboolean good =
      sink(target, &length, sizeof length, error) && sink(target, header->str, header->len, error);
  for (guint i = 0; i < sorted->len && good; i++) {
    const Item *item = sorted->pdata[i];
    good = sink(target, item->data, item->size, error);
  }
  return good;
}

static gboolean add_to_array(gpointer target, const void *data, gsize size, GError **error) {
  if (size > 0)
    g_byte_array_append(target, data, (guint)size);
  return TRUE;
}

GBytes *safetensors_writer_bytes(const SafeTensorsWriter *self) {
  GByteArray *array = g_byte_array_new();

  write_all(self, add_to_array, array, NULL);
  return g_byte_array_free_to_bytes(array);
}

static gboolean add_to_file(gpointer target, const void *data, gsize size, GError **error) {
  return file_writer_add(target, data, size, error);
}

gboolean safetensors_writer_save(const SafeTensorsWriter *self, const char *path, GError **error) {
  g_autoptr(FileWriter) writer = file_writer_new(path, error);

  return writer != NULL && write_all(self, add_to_file, writer, error) &&
         file_writer_finish(writer, error);
}
