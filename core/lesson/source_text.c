#include "core/lesson/source_text.h"

#include <string.h>

static gboolean is_name_char(char c) { return g_ascii_isalnum(c) || c == '_'; }

/* The end of a line that defines the function: its name followed by (, at the outermost level, with
 * a body. */
static gboolean defines(const char *line, const char *end, const char *function) {
  const gsize n = strlen(function);

  if (end == line || g_ascii_isspace(*line) || *line == '#' || *line == '/' || *line == '}')
    return FALSE;
  for (const char *at = g_strstr_len(line, end - line, function); at != NULL;
       at = g_strstr_len(at + 1, end - at - 1, function))
    if ((at == line || !is_name_char(at[-1])) && at + n < end && at[n] == '(' && at > line)
      return TRUE;
  return FALSE;
}

static const char *line_end(const char *line) {
  const char *end = strchr(line, '\n');

  return end != NULL ? end : line + strlen(line);
}

static const char *line_start(const char *text, const char *at) {
  while (at > text && at[-1] != '\n')
    at--;
  return at;
}

/* The first line of the comment that ends right above, or the line itself. */
static const char *with_comment(const char *text, const char *line) {
  const char *above = line;

  if (above == text)
    return line;
  above = line_start(text, above - 1);
  if (g_strstr_len(above, line - above, "*/") == NULL)
    return line;
  while (above > text && g_strstr_len(above, line_end(above) - above, "/*") == NULL)
    above = line_start(text, above - 1);
  return g_str_has_prefix(above, "/*") ? above : line;
}

/* The line "}" that closes it, or the end of a body of one line. NULL: only declared. */
static const char *body_end(const char *line) {
  const char *brace = strpbrk(line, "{;");

  if (brace == NULL || *brace == ';')
    return NULL;
  const char *end = line_end(brace);
  if (end[-1] == '}')
    return end;
  for (const char *at = end; *at != '\0'; at = line_end(at)) {
    at++;
    if (*at == '}')
      return line_end(at);
  }
  return NULL;
}

char *source_function(const char *text, const char *function) {
  for (const char *line = text; *line != '\0';) {
    const char *end = line_end(line);
    if (defines(line, end, function)) {
      const char *last = body_end(line);
      const char *first = with_comment(text, line);
      if (last != NULL)
        return g_strndup(first, (gsize)(last - first));
    }
    line = *end == '\n' ? end + 1 : end;
  }
  return NULL;
}
