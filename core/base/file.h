/* Files: written whole or not at all, read within a limit. */
#pragma once

#include <gio/gio.h>

/* Replaces `path` by `size` bytes at once: a temporary file beside it, synced, then renamed. When
 * anything fails (no such folder, no permission, disk full), what was at `path` stays as it was,
 * nothing is left beside it, and the error names the path and says why. Creates missing parent
 * folders. A symbolic link stays one: what it points to is replaced. What is there and is no
 * regular file (a pipe, a device) is written through directly. Errors: G_FILE_ERROR. */
gboolean file_write(const char *path, const void *data, gsize size, GError **error);

/* The same in pieces: nothing is at the path before file_writer_finish. */
typedef struct FileWriter FileWriter;

FileWriter *file_writer_new(const char *path, GError **error);
gboolean file_writer_add(FileWriter *self, const void *data, gsize size, GError **error);
/* Syncs and renames; after it, or after an error, only file_writer_free is left to call. */
gboolean file_writer_finish(FileWriter *self, GError **error);
/* Removes the temporary file if it was not finished. */
void file_writer_free(FileWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FileWriter, file_writer_free)

/* Reads a whole file of at most `limit` bytes; gunzips it when it starts with the gzip magic (the
 * limit then holds for the unzipped size). Errors: G_FILE_ERROR or G_IO_ERROR with the path and the
 * reason, G_IO_ERROR_INVALID_DATA for a damaged or truncated gzip stream. */
GBytes *file_read(const char *path, gsize limit, GError **error);

/* Unzips a gzip stream of one or more members in memory to at most `limit` bytes. `name` is used in
 * errors, which are those of file_read. */
GBytes *file_gunzip(GBytes *bytes, gsize limit, const char *name, GError **error);
