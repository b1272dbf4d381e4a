#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((gsize)1 << 20)

struct FileWriter {
  char *path;   /* as given: for errors */
  char *target; /* links followed */
  char *temp;   /* NULL when written through, and once renamed */
  int fd;
};

static gboolean fail(GError **error, int number, const char *what, const char *path) {
  g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "cannot %s %s: %s", what, path,
              g_strerror(number));
  return FALSE;
}

static char *follow_links(const char *path) {
  char *real = realpath(path, NULL), *copy;

  if (real == NULL)
    return g_strdup(path);
  copy = g_strdup(real);
  free(real);
  return copy;
}

/* The permissions of the file that is replaced, else what the umask leaves. */
static gboolean open_temp(FileWriter *self, const struct stat *old) {
  g_autofree char *folder = g_path_get_dirname(self->target);

  if (g_mkdir_with_parents(folder, 0777) != 0)
    return FALSE;
  self->temp = g_build_filename(folder, ".bathyscope-XXXXXX", NULL);
  self->fd = g_mkstemp_full(self->temp, O_WRONLY | O_CLOEXEC, 0666);
  if (self->fd < 0) {
    int number = errno;
    g_clear_pointer(&self->temp, g_free);
    errno = number;
    return FALSE;
  }
  return old == NULL || fchmod(self->fd, old->st_mode & 07777) == 0;
}

FileWriter *file_writer_new(const char *path, GError **error) {
  g_autoptr(FileWriter) self = g_new0(FileWriter, 1);
  struct stat old;
  gboolean exists;

  g_return_val_if_fail(path != NULL, NULL);
  self->path = g_strdup(path);
  self->target = follow_links(path);
  self->fd = -1;
  exists = stat(self->target, &old) == 0;
  if (exists && !S_ISREG(old.st_mode))
    self->fd = g_open(self->target, O_WRONLY | O_CLOEXEC, 0);
  else if (!open_temp(self, exists ? &old : NULL)) {
    fail(error, errno, "write", path);
    return NULL;
  }
  if (self->fd < 0) {
    fail(error, errno, "write", path);
    return NULL;
  }
  return g_steal_pointer(&self);
}

gboolean file_writer_add(FileWriter *self, const void *data, gsize size, GError **error) {
  const char *from = data;

  g_return_val_if_fail(self != NULL && self->fd >= 0, FALSE);
  while (size > 0) {
    gssize written = write(self->fd, from, MIN(size, CHUNK));
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return fail(error, errno, "write", self->path);
    from += written;
    size -= (gsize)written;
  }
  return TRUE;
}

/* After a power cut the new name is there, not only the new bytes. Some file systems cannot sync a
 * folder; the file itself is safe then. */
static void sync_folder(const char *path) {
  g_autofree char *folder = g_path_get_dirname(path);
  int fd = g_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  fsync(fd);
  close(fd);
}

gboolean file_writer_finish(FileWriter *self, GError **error) {
  int fd;

  g_return_val_if_fail(self != NULL && self->fd >= 0, FALSE);
  if (self->temp != NULL && fsync(self->fd) != 0)
    return fail(error, errno, "write", self->path);
  fd = self->fd, self->fd = -1;
  if (close(fd) != 0 && errno != EINTR)
    return fail(error, errno, "write", self->path);
  if (self->temp == NULL)
    return TRUE;
  if (g_rename(self->temp, self->target) != 0)
    return fail(error, errno, "write", self->path);
  g_clear_pointer(&self->temp, g_free);
  sync_folder(self->target);
  return TRUE;
}

void file_writer_free(FileWriter *self) {
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close(self->fd);
  if (self->temp != NULL)
    g_unlink(self->temp);
  g_free(self->path);
  g_free(self->target);
  g_free(self->temp);
  g_free(self);
}

gboolean file_write(const char *path, const void *data, gsize size, GError **error) {
  g_autoptr(FileWriter) writer = file_writer_new(path, error);

  return writer != NULL && file_writer_add(writer, data, size, error) &&
         file_writer_finish(writer, error);
}

static gboolean too_large(const char *name, gsize limit, GError **error) {
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
              "%s is larger than %" G_GSIZE_FORMAT " bytes, the most that is read", name, limit);
  return FALSE;
}

/* Room for `more` bytes at the end. Grows by doubling: what a header promises is never believed. */
static guint8 *grow(GByteArray *array, gsize more) {
  gsize used = array->len;

  g_byte_array_set_size(array, (guint)(used + more));
  return array->data + used;
}

static gboolean read_all(int fd, const char *path, gsize limit, GByteArray *out, GError **error) {
  for (;;) {
    gsize used = out->len;
    gssize n = read(fd, grow(out, CHUNK), CHUNK);
    g_byte_array_set_size(out, (guint)(used + (gsize)MAX(n, 0)));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail(error, errno, "read", path);
    if (n == 0)
      return TRUE;
    if (out->len > limit)
      return too_large(path, limit, error);
  }
}

static gboolean is_gzip(const guint8 *data, gsize size) {
  return size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

/* Zeros after the last member are padding (tar pads so); anything else does not belong there. */
static gboolean is_padding(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0)
      return FALSE;
  return TRUE;
}

static gboolean explain_gzip(GError *cause, const char *name, gsize size, GError **error) {
  if (g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s is truncated: its gzip data breaks off after %" G_GSIZE_FORMAT
                " bytes, fetch it again",
                name, size);
  else
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is damaged: %s, fetch it again",
                name, cause->message);
  g_error_free(cause);
  return FALSE;
}

/* Appends one member; `*used` is how much of the input it took. */
static gboolean gunzip_member(GConverter *unzip, const guint8 *data, gsize size, gsize *used,
                              gsize limit, GByteArray *out, const char *name, GError **error) {
  GConverterResult result = G_CONVERTER_CONVERTED;

  while (result != G_CONVERTER_FINISHED) {
    gsize taken = 0, made = 0, before = out->len;
    GError *cause = NULL;
    result = g_converter_convert(unzip, data + *used, size - *used, grow(out, CHUNK), CHUNK,
                                 G_CONVERTER_INPUT_AT_END, &taken, &made, &cause);
    g_byte_array_set_size(out, (guint)(before + made));
    if (result == G_CONVERTER_ERROR)
      return explain_gzip(cause, name, size, error);
    *used += taken;
    if (out->len > limit)
      return too_large(name, limit, error);
  }
  return TRUE;
}

GBytes *file_gunzip(GBytes *bytes, gsize limit, const char *name, GError **error) {
  g_autoptr(GByteArray) out = g_byte_array_new();
  g_autoptr(GZlibDecompressor) unzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  gsize size, used = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);

  limit = MIN(limit, (gsize)G_MAXINT32);
  if (!is_gzip(data, size)) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is no gzip file", name);
    return NULL;
  }
  do {
    g_converter_reset(G_CONVERTER(unzip));
    if (!gunzip_member(G_CONVERTER(unzip), data, size, &used, limit, out, name, error))
      return NULL;
  } while (is_gzip(data + used, size - used));
  if (!is_padding(data + used, size - used)) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s is damaged: something that is not gzip follows at byte %" G_GSIZE_FORMAT
                ", fetch it again",
                name, used);
    return NULL;
  }
  return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

GBytes *file_read(const char *path, gsize limit, GError **error) {
  g_autoptr(GByteArray) out = g_byte_array_new();
  g_autoptr(GBytes) bytes = NULL;
  gboolean ok;
  int fd;

  g_return_val_if_fail(path != NULL, NULL);
  limit = MIN(limit, (gsize)G_MAXINT32);
  fd = g_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) {
    fail(error, errno, "read", path);
    return NULL;
  }
  /* What does not compress is a little larger zipped. */
  ok = read_all(fd, path, limit + limit / 1024 + 1024, out, error);
  close(fd);
  if (!ok)
    return NULL;
  bytes = g_byte_array_free_to_bytes(g_steal_pointer(&out));
  if (is_gzip(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)))
    return file_gunzip(bytes, limit, path, error);
  if (g_bytes_get_size(bytes) > limit) {
    too_large(path, limit, error);
    return NULL;
  }
  return g_steal_pointer(&bytes);
}
