#include "core/formats/plain_text.h"

#include "core/base/file.h"

#include <string.h>

static guint line_of(const char *text, const char *place) {
  guint line = 1;

  for (const char *c = text; c < place; c++)
    line += *c == '\n';
  return line;
}

static char *fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static char *fail(GError **error, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  if (error != NULL)
    *error = g_error_new_valist(G_IO_ERROR, G_IO_ERROR_INVALID_DATA, format, arguments);
  va_end(arguments);
  return NULL;
}

/* CR LF and lone CR become LF, in place. */
static gsize unify_lines(char *text, gsize size) {
  gsize made = 0;

  for (gsize i = 0; i < size; i++) {
    if (text[i] != '\r')
      text[made++] = text[i];
    else if (i + 1 == size || text[i + 1] != '\n')
      text[made++] = '\n';
  }
  text[made] = '\0';
  return made;
}

char *plain_text_parse(GBytes *bytes, const char *name, gsize *size, GError **error) {
  gsize length;
  const char *data = g_bytes_get_data(bytes, &length);
  const char *invalid = NULL;

  if (length >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0))
    return fail(error, "%s is UTF-16; save it as UTF-8", name);
  if (length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
    data += 3, length -= 3;
  if (length > 0 && !g_utf8_validate_len(data, length, &invalid)) {
    const guint line = line_of(data, invalid);
    if (*invalid == '\0')
      return fail(error, "%s:%u: there is a zero byte; this is no text file", name, line);
    return fail(error,
                "%s:%u: byte %" G_GSIZE_FORMAT " (%02x) is not UTF-8; save the file as UTF-8", name,
                line, (gsize)(invalid - data), (guint)(guint8)*invalid);
  }
  char *text = g_malloc(length + 1);
  if (length > 0)
    memcpy(text, data, length);
  length = unify_lines(text, length);
  if (size != NULL)
    *size = length;
  return text;
}

char *plain_text_read(const char *path, gsize *size, GError **error) {
  g_autoptr(GBytes) bytes = file_read(path, PLAIN_TEXT_LIMIT, error);

  return bytes != NULL ? plain_text_parse(bytes, path, size, error) : NULL;
}

GPtrArray *plain_text_lines(char *text) {
  GPtrArray *lines = g_ptr_array_new();

  while (text != NULL) {
    char *end = strchr(text, '\n');
    if (end != NULL)
      *end++ = '\0';
    if (*g_strstrip(text) != '\0')
      g_ptr_array_add(lines, text);
    text = end;
  }
  return lines;
}
