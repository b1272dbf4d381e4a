#include "core/session/journal.h"

#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES (16 << 20)

static char *format_entry(const JournalEntry *entry) {
  return g_strdup_printf("%u\t%s\t%s\n", entry->step, entry->name, entry->value);
}

gboolean journal_keep(Run *run, const char *path, GError **error) {
  g_autoptr(GString) text = g_string_new(NULL);

  for (guint i = 0; i < run->applied; i++) {
    g_autofree char *line = format_entry(&g_array_index(run->journal, JournalEntry, i));
    g_string_append(text, line);
  }
  if (!file_write(path, text->str, text->len, error))
    return FALSE;
  g_free(run->journal_path);
  run->journal_path = g_strdup(path);
  return TRUE;
}

/* A line that was cut short is taken back, so that the next one starts where it did. */
static gboolean write_line(int file, const char *line) {
  const off_t end = lseek(file, 0, SEEK_END);
  const gsize size = strlen(line);

  if (end >= 0 && write(file, line, size) == (gssize)size && fsync(file) == 0)
    return TRUE;
  const int problem = errno;
  if (end >= 0 && ftruncate(file, end) != 0)
    g_debug("cannot shorten the journal");
  errno = problem;
  return FALSE;
}

gboolean journal_append(const char *path, const JournalEntry *entry, GError **error) {
  g_autofree char *line = format_entry(entry);
  int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  gboolean written = file >= 0 && write_line(file, line);
  const int problem = errno;

  if (file >= 0)
    close(file);
  if (!written)
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(problem),
                "the change of %s was not made, because it could not be written to %s: %s",
                entry->name, path, g_strerror(problem));
  return written;
}

static gboolean plan_line(Run *run, const char *line, GError **error) {
  g_auto(GStrv) parts = g_strsplit(line, "\t", 3);
  guint64 step;

  if (g_strv_length(parts) == 3 &&
      g_ascii_string_to_unsigned(parts[0], 10, 0, G_MAXUINT32, &step, NULL))
    return run_plan(run, (guint32)step, parts[1], parts[2], error);
  g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE,
              "expected a step, a name and a value between tabs");
  return FALSE;
}

gboolean journal_replay(Run *run, const char *path, GError **error) {
  g_autoptr(GBytes) bytes = file_read(path, MAX_BYTES, error);

  if (bytes == NULL)
    return FALSE;
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
  for (int i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
    if (!plan_line(run, lines[i], error)) {
      g_prefix_error(error, "%s, line %d: ", path, i + 1);
      return FALSE;
    }
  return TRUE;
}
