#include "core/formats/safetensors.h"

#include "core/base/file.h"
#include "core/base/json_scan.h"

#include <string.h>

G_DEFINE_QUARK(format_error_quark, format_error)

/* The most that a GByteArray holds; larger models are not for this program. */
#define LARGEST_FILE ((gsize)G_MAXINT32)
#define LENGTH_BYTES 8

static const struct {
  const char *name;
  gsize size;
} DTYPES[] = {
    {"BOOL", 1},    {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E4M3FNUZ", 1}, {"F8_E5M2FNUZ", 1},
    {"F8_E5M2", 1}, {"U16", 2}, {"I16", 2}, {"F8_E8M0", 1}, {"F16", 2},         {"BF16", 2},
    {"U32", 4},     {"I32", 4}, {"F32", 4}, {"U64", 8},     {"I64", 8},         {"F64", 8},
};

gsize safetensors_dtype_size(const char *dtype) {
  for (gsize i = 0; i < G_N_ELEMENTS(DTYPES); i++)
    if (g_str_equal(DTYPES[i].name, dtype))
      return DTYPES[i].size;
  return 0;
}

static void tensor_free(SafeTensor *self) {
  g_free(self->name);
  g_free(self->dtype);
  g_free(self->dim);
  g_free(self);
}

void safetensors_free(SafeTensors *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->tensors);
  g_hash_table_unref(self->by_name);
  g_hash_table_unref(self->metadata);
  g_bytes_unref(self->bytes);
  g_free(self);
}

const SafeTensor *safetensors_find(const SafeTensors *self, const char *name) {
  return g_hash_table_lookup(self->by_name, name);
}

/* --- Reading the header --- */

/* What one tensor's object says; begin and end are bytes of the data. */
typedef struct {
  SafeTensor *tensor;
  const char *place;
  gint64 begin, end;
  gboolean has_shape;
} Entry;

static void scan_dtype(JsonScan *scan, SafeTensor *tensor) {
  tensor->dtype = json_scan_string(scan);
  if (tensor->dtype != NULL && safetensors_dtype_size(tensor->dtype) == 0)
    json_scan_fail(scan, "tensor ‘%s’ has an unknown element type ‘%s’", tensor->name,
                   tensor->dtype);
}

static void scan_shape(JsonScan *scan, SafeTensor *tensor) {
  tensor->dim = g_new0(gint64, SAFETENSORS_MAX_RANK);
  for (json_scan_array(scan); json_scan_element(scan);) {
    if (tensor->rank == SAFETENSORS_MAX_RANK) {
      json_scan_fail(scan, "tensor ‘%s’ has more than %d dimensions", tensor->name,
                     SAFETENSORS_MAX_RANK);
      return;
    }
    if (json_scan_integer(scan, &tensor->dim[tensor->rank]) && tensor->dim[tensor->rank] < 0)
      json_scan_fail(scan, "tensor ‘%s’ has a negative dimension", tensor->name);
    tensor->rank++;
  }
}

static void scan_offsets(JsonScan *scan, Entry *entry) {
  gint64 offset[2] = {0, 0};
  int n = 0;

  for (json_scan_array(scan); json_scan_element(scan); n++)
    if (!json_scan_integer(scan, &offset[MIN(n, 1)]))
      return;
  if (scan->error == NULL && (n != 2 || offset[0] < 0 || offset[1] < offset[0]))
    json_scan_fail(scan, "tensor ‘%s’ needs two offsets, where its data begin and end",
                   entry->tensor->name);
  entry->begin = offset[0];
  entry->end = offset[1];
}

/* Its bytes are those of its shape, and inside the data, which are `available` bytes. */
static void check_entry(JsonScan *scan, Entry *entry, guint64 available) {
  SafeTensor *tensor = entry->tensor;
  guint64 size = safetensors_dtype_size(tensor->dtype);
  const guint64 given = (guint64)(entry->end - entry->begin);
  gboolean fits = TRUE, empty = FALSE;

  for (int i = 0; i < tensor->rank; i++) {
    empty |= tensor->dim[i] == 0;
    fits = fits && g_uint64_checked_mul(&size, size, (guint64)tensor->dim[i]);
  }
  if (empty)
    size = 0;
  else if (!fits)
    json_scan_fail_at(scan, entry->place, "tensor ‘%s’ has a shape too large for any memory",
                      tensor->name);
  if (given != size)
    json_scan_fail_at(scan, entry->place,
                      "tensor ‘%s’ has %" G_GUINT64_FORMAT
                      " bytes of data, but its shape and type need %" G_GUINT64_FORMAT,
                      tensor->name, given, size);
  if ((guint64)entry->end > available)
    json_scan_fail_at(scan, entry->place,
                      "the data of tensor ‘%s’ end at byte %" G_GINT64_FORMAT
                      ", but the file has only %" G_GUINT64_FORMAT
                      "; it is truncated: copy or fetch it again",
                      tensor->name, entry->end, available);
  tensor->size = (gsize)size;
}

static void scan_tensor(JsonScan *scan, Entry *entry, guint64 available) {
  static const char *const KNOWN[] = {"dtype", "shape", "data_offsets", NULL};
  const char *member;
  gboolean has_offsets = FALSE;

  for (json_scan_object(scan); json_scan_member(scan, &member);) {
    if (g_str_equal(member, "dtype")) {
      scan_dtype(scan, entry->tensor);
    } else if (g_str_equal(member, "shape")) {
      scan_shape(scan, entry->tensor);
    } else if (g_str_equal(member, "data_offsets")) {
      scan_offsets(scan, entry);
      has_offsets = TRUE;
    } else {
      json_scan_unknown(scan, KNOWN);
    }
  }
  if (scan->error != NULL)
    return;
  if (entry->tensor->dtype == NULL || entry->tensor->dim == NULL || !has_offsets)
    json_scan_fail_at(scan, entry->place, "tensor ‘%s’ needs dtype, shape and data_offsets",
                      entry->tensor->name);
  else
    check_entry(scan, entry, available);
}

static void scan_metadata(JsonScan *scan, GHashTable *metadata) {
  const char *key;

  for (json_scan_object(scan); json_scan_member(scan, &key);) {
    char *value = json_scan_string(scan);
    if (value != NULL)
      g_hash_table_insert(metadata, g_strdup(key), value);
  }
}

static void scan_header(JsonScan *scan, SafeTensors *self, GArray *entries, guint64 available) {
  const char *name;

  for (json_scan_object(scan); json_scan_member(scan, &name);) {
    if (g_str_equal(name, "__metadata__")) {
      scan_metadata(scan, self->metadata);
      continue;
    }
    Entry entry = {.tensor = g_new0(SafeTensor, 1), .place = scan->value};
    entry.tensor->name = g_strdup(name);
    g_ptr_array_add(self->tensors, entry.tensor);
    if (*name == '\0')
      json_scan_fail(scan, "there is a tensor without a name");
    scan_tensor(scan, &entry, available);
    g_array_append_val(entries, entry);
  }
}

/* --- Checking that the data are covered once --- */

static int compare_entries(gconstpointer a, gconstpointer b) {
  const Entry *first = a, *second = b;

  if (first->begin != second->begin)
    return first->begin < second->begin ? -1 : 1;
  if (first->end != second->end)
    return first->end < second->end ? -1 : 1;
  return strcmp(first->tensor->name, second->tensor->name);
}

static void check_cover(JsonScan *scan, const GArray *entries, guint64 available) {
  gint64 end = 0;

  for (guint i = 0; i < entries->len; i++) {
    const Entry *entry = &g_array_index(entries, Entry, i);
    if (entry->begin != end)
      json_scan_fail_at(scan, entry->place,
                        "the data of tensor ‘%s’ begin at byte %" G_GINT64_FORMAT
                        ", but those before it end at %" G_GINT64_FORMAT ": there is %s",
                        entry->tensor->name, entry->begin, end,
                        entry->begin < end ? "an overlap" : "a hole");
    end = entry->end;
  }
  if ((guint64)end != available)
    json_scan_fail_at(scan, scan->text,
                      "the tensors' data end at byte %" G_GINT64_FORMAT
                      ", but the file goes on to byte %" G_GUINT64_FORMAT
                      ": it is damaged, or something was added to it",
                      end, available);
}

/* Sorted by their data, they get their pointers into it. */
static void place_tensors(SafeTensors *self, const GArray *entries, const guint8 *data) {
  for (guint i = 0; i < entries->len; i++) {
    const Entry *entry = &g_array_index(entries, Entry, i);
    entry->tensor->data = data + entry->begin;
    self->tensors->pdata[i] = entry->tensor;
    g_hash_table_insert(self->by_name, entry->tensor->name, entry->tensor);
  }
}

static gboolean parse_header(SafeTensors *self, const char *header, gsize length, gsize available,
                             const char *name, GError **error) {
  g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  g_auto(JsonScan) scan;

  json_scan_init(&scan, header, length, name, FORMAT_ERROR, FORMAT_ERROR_INVALID);
  scan.by_byte = TRUE;
  scan_header(&scan, self, entries, available);
  if (scan.error == NULL) {
    g_array_sort(entries, compare_entries);
    check_cover(&scan, entries, available);
  }
  if (!json_scan_finish(&scan, error))
    return FALSE;
  place_tensors(self, entries, (const guint8 *)header + length);
  return TRUE;
}

/* --- Reading the file --- */

static gboolean fail_file(const char *name, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
static gboolean fail_file(const char *name, GError **error, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, FORMAT_ERROR, FORMAT_ERROR_INVALID, "%s: %s", name, message);
  return FALSE;
}

static gboolean header_length(const guint8 *data, gsize size, const char *name, gsize *length,
                              GError **error) {
  guint64 promised;

  if (size < LENGTH_BYTES)
    return fail_file(name, error, "is no safetensors file, or truncated: it has only %u bytes",
                     (guint)size);
  memcpy(&promised, data, sizeof promised);
  promised = GUINT64_FROM_LE(promised);
  if (promised > SAFETENSORS_MAX_HEADER)
    return fail_file(
        name, error,
        "is no safetensors file: its first 8 bytes promise a header of %" G_GUINT64_FORMAT
        " bytes, more than any has",
        promised);
  if (promised > size - LENGTH_BYTES)
    return fail_file(name, error,
                     "is truncated: its header should have %" G_GUINT64_FORMAT
                     " bytes, but only %" G_GSIZE_FORMAT " follow; copy or fetch it again",
                     promised, size - LENGTH_BYTES);
  if (promised == 0 || data[LENGTH_BYTES] != '{')
    return fail_file(name, error, "is no safetensors file: its header does not start with {");
  *length = (gsize)promised;
  return TRUE;
}

SafeTensors *safetensors_parse(GBytes *bytes, const char *name, GError **error) {
  g_autoptr(SafeTensors) self = g_new0(SafeTensors, 1);
  gsize size, length = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);

  self->tensors = g_ptr_array_new_with_free_func((GDestroyNotify)tensor_free);
  self->by_name = g_hash_table_new(g_str_hash, g_str_equal);
  self->metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  self->bytes = g_bytes_ref(bytes);
  if (!header_length(data, size, name, &length, error) ||
      !parse_header(self, (const char *)data + LENGTH_BYTES, length, size - LENGTH_BYTES - length,
                    name, error))
    return NULL;
  return g_steal_pointer(&self);
}

SafeTensors *safetensors_read(const char *path, GError **error) {
  g_autoptr(GBytes) bytes = file_read(path, LARGEST_FILE, error);

  return bytes != NULL ? safetensors_parse(bytes, path, error) : NULL;
}
