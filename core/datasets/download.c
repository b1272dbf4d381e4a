#include "core/datasets/download.h"

#include "core/base/file.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>

#define CHUNK ((gsize)64 << 10)
#define TIMEOUT_SECONDS 30

typedef struct {
  const CatalogueEntry *entry;
  char *folder;
  SoupSession *session;
  DownloadProgress progress;
  gpointer data;
  GCancellable *cancellable;
  guint64 done, total; /* bytes over all files */
} Download;

static void download_clear(Download *self) {
  g_free(self->folder);
  g_clear_object(&self->session);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Download, download_clear)

static void report(const Download *self, const char *file, guint64 done) {
  if (self->progress != NULL)
    self->progress(file, self->done + done, self->total, self->data);
}

/* The errors that another mirror would meet too. */
static gboolean is_ours(const GError *error) {
  return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || error->domain == G_FILE_ERROR;
}

static gboolean wrong_size(const CatalogueFile *file, const char *how, guint64 size,
                           GError **error) {
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
              "%s is %" G_GUINT64_FORMAT " bytes %s, expected %" G_GUINT64_FORMAT, file->file, size,
              how, file->size);
  return FALSE;
}

static gboolean check_md5(const CatalogueFile *file, GChecksum *md5, GError **error) {
  if (g_ascii_strcasecmp(g_checksum_get_string(md5), file->md5) == 0)
    return TRUE;
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
              "%s has the MD5 checksum %s, expected %s: it is not the published file", file->file,
              g_checksum_get_string(md5), file->md5);
  return FALSE;
}

/* Never takes more bytes than the catalogue names, whatever the server sends. */
static gboolean receive(Download *self, const CatalogueFile *file, GInputStream *body,
                        FileWriter *writer, GError **error) {
  g_autoptr(GChecksum) md5 = g_checksum_new(G_CHECKSUM_MD5);
  g_autofree guint8 *chunk = g_malloc(CHUNK);
  guint64 got = 0;
  gssize n;

  while ((n = g_input_stream_read(body, chunk, CHUNK, self->cancellable, error)) > 0) {
    got += (guint64)n;
    if (got > file->size)
      return wrong_size(file, "or more", got, error);
    g_checksum_update(md5, chunk, n);
    if (!file_writer_add(writer, chunk, (gsize)n, error))
      return FALSE;
    report(self, file->file, got);
  }
  if (n < 0)
    return FALSE;
  if (got != file->size)
    return wrong_size(file, "long", got, error);
  return check_md5(file, md5, error);
}

static GInputStream *request(Download *self, const char *url, GError **error) {
  g_autoptr(SoupMessage) message = soup_message_new(SOUP_METHOD_GET, url);
  g_autoptr(GInputStream) body = NULL;

  if (message == NULL) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "this is no web address");
    return NULL;
  }
  body = soup_session_send(self->session, message, self->cancellable, error);
  if (body == NULL)
    return NULL;
  if (soup_message_get_status(message) != SOUP_STATUS_OK) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the server answers %u %s",
                soup_message_get_status(message), soup_message_get_reason_phrase(message));
    return NULL;
  }
  return g_steal_pointer(&body);
}

static gboolean fetch_from(Download *self, const CatalogueFile *file, const char *url,
                           const char *path, GError **error) {
  g_autoptr(GInputStream) body = request(self, url, error);
  g_autoptr(FileWriter) writer = NULL;

  if (body == NULL)
    return FALSE;
  writer = file_writer_new(path, error);
  return writer != NULL && receive(self, file, body, writer, error) &&
         file_writer_finish(writer, error);
}

static gboolean is_there(const CatalogueFile *file, const char *path) {
  g_autoptr(GMappedFile) map = g_mapped_file_new(path, FALSE, NULL);
  g_autofree char *md5 = NULL;

  if (map == NULL || g_mapped_file_get_length(map) != file->size)
    return FALSE;
  md5 = g_compute_checksum_for_data(G_CHECKSUM_MD5, (const guchar *)g_mapped_file_get_contents(map),
                                    g_mapped_file_get_length(map));
  return g_ascii_strcasecmp(md5, file->md5) == 0;
}

/* Mirrors in order; when all fail, the error tells what each of them said. */
static gboolean fetch(Download *self, const CatalogueFile *file, const char *path, GError **error) {
  g_autoptr(GString) reasons = g_string_new(NULL);
  g_autoptr(GError) cause = NULL;

  for (const char *const *mirror = self->entry->urls; *mirror != NULL; mirror++) {
    g_autofree char *url = g_strconcat(*mirror, file->file, NULL);
    g_clear_error(&cause);
    if (fetch_from(self, file, url, path, &cause))
      return TRUE;
    if (is_ours(cause)) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return FALSE;
    }
    g_string_append_printf(reasons, "%s%s: %s", reasons->len > 0 ? "; " : "", url, cause->message);
    report(self, file->file, 0);
  }
  g_return_val_if_fail(cause != NULL, FALSE);
  g_set_error(error, cause->domain, cause->code, "cannot download %s: %s", file->file,
              reasons->str);
  return FALSE;
}

static gboolean fetch_files(Download *self, GError **error) {
  for (const CatalogueFile *file = self->entry->files; file->file != NULL; file++) {
    g_autofree char *path = g_build_filename(self->folder, file->file, NULL);
    if (g_cancellable_set_error_if_cancelled(self->cancellable, error))
      return FALSE;
    if (!is_there(file, path) && !fetch(self, file, path, error))
      return FALSE;
    self->done += file->size;
    report(self, file->file, 0);
  }
  return TRUE;
}

gboolean download_entry(const CatalogueEntry *entry, DownloadProgress progress, gpointer data,
                        GCancellable *cancellable, GError **error) {
  g_auto(Download) self = {.entry = entry,
                           .progress = progress,
                           .data = data,
                           .cancellable = cancellable,
                           .folder = catalogue_download_folder(entry)};

  if (entry->files == NULL)
    return TRUE;
  for (const CatalogueFile *file = entry->files; file->file != NULL; file++)
    self.total += file->size;
  self.session = soup_session_new_with_options("timeout", TIMEOUT_SECONDS, "user-agent",
                                               "Bathyscope/" BATHYSCOPE_VERSION, NULL);
  /* The files are .gz themselves: what arrives is what is kept. */
  soup_session_remove_feature_by_type(self.session, SOUP_TYPE_CONTENT_DECODER);
  if (fetch_files(&self, error))
    return TRUE;
  g_rmdir(self.folder); /* fails, as it should, unless it is empty */
  return FALSE;
}
