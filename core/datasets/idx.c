#include "core/datasets/idx.h"

#include "core/base/file.h"

#include <string.h>

/* Larger than any published IDX file (EMNIST by class: 530 MiB). */
#define LARGEST_FILE ((gsize)1 << 30)
#define TYPE_BYTES 0x08

static gboolean fail(GError **error, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);

static gboolean fail(GError **error, const char *name, const char *format, ...) {
  g_autofree char *what = NULL;
  va_list arguments;

  va_start(arguments, format);
  what = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s %s", name, what);
  return FALSE;
}

static gboolean check_magic(const guint8 *data, gsize size, const char *name, GError **error) {
  if (size < 4)
    return fail(error, name, "is no IDX file: it has only %u bytes", (guint)size);
  if (data[0] != 0 || data[1] != 0)
    return fail(error, name, "is no IDX file: it starts with the bytes %02x %02x, not with 00 00",
                data[0], data[1]);
  if (data[2] != TYPE_BYTES)
    return fail(error, name, "has IDX type 0x%02x; only unsigned bytes (0x08) are read", data[2]);
  if (data[3] < 1 || data[3] > IDX_MAX_RANK)
    return fail(error, name, "has %u dimensions; 1 to %d are read", data[3], IDX_MAX_RANK);
  if (size < 4 + 4 * (gsize)data[3])
    return fail(error, name, "is truncated: it ends inside its header, fetch it again");
  return TRUE;
}

gboolean idx_parse(Idx *self, GBytes *bytes, const char *name, GError **error) {
  gsize size;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  guint64 promised = 1;

  g_return_val_if_fail(self != NULL && name != NULL, FALSE);
  memset(self, 0, sizeof *self);
  if (!check_magic(data, size, name, error))
    return FALSE;
  self->rank = data[3];
  for (int i = 0; i < self->rank; i++) {
    const guint8 *at = data + 4 + 4 * i;
    self->dim[i] = (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
    if (!g_uint64_checked_mul(&promised, promised, self->dim[i]))
      return fail(error, name, "is damaged: its dimensions multiply to more than 64 bits");
  }
  self->data = data + 4 + 4 * self->rank;
  size -= (gsize)(self->data - data);
  if (size < promised)
    return fail(error, name,
                "is truncated: its header promises %" G_GUINT64_FORMAT
                " bytes, it has %" G_GSIZE_FORMAT ", fetch it again",
                promised, size);
  if (size > promised)
    return fail(error, name,
                "is damaged: its header promises %" G_GUINT64_FORMAT
                " bytes, it has %" G_GSIZE_FORMAT,
                promised, size);
  self->bytes = g_bytes_ref(bytes);
  return TRUE;
}

gboolean idx_read(Idx *self, const char *path, GError **error) {
  g_autofree char *zipped = g_strconcat(path, ".gz", NULL);
  const char *found = NULL;
  g_autoptr(GBytes) bytes = NULL;

  memset(self, 0, sizeof *self);
  if (g_file_test(path, G_FILE_TEST_EXISTS))
    found = path;
  else if (g_file_test(zipped, G_FILE_TEST_EXISTS))
    found = zipped;
  if (found == NULL) {
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "there is neither %s nor %s.gz", path,
                path);
    return FALSE;
  }
  bytes = file_read(found, LARGEST_FILE, error);
  return bytes != NULL && idx_parse(self, bytes, found, error);
}

void idx_clear(Idx *self) {
  g_clear_pointer(&self->bytes, g_bytes_unref);
  memset(self, 0, sizeof *self);
}
