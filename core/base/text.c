#include "core/base/text.h"

#include <math.h>
#include <string.h>

/* Longer words are no slips of the finger, and the table is words long each way. */
#define LONGEST_WORD 64

static guint edit_distance(const char *a, const char *b) {
  guint table[LONGEST_WORD + 1][LONGEST_WORD + 1];
  const guint rows = (guint)strlen(a), columns = (guint)strlen(b);

  for (guint i = 0; i <= rows; i++) {
    for (guint j = 0; j <= columns; j++) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      guint least = MIN(table[i - 1][j], table[i][j - 1]) + 1;
      least = MIN(least, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        least = MIN(least, table[i - 2][j - 2] + 1);
      table[i][j] = least;
    }
  }
  return table[rows][columns];
}

const char *text_nearest(const char *word, const char *const *candidates) {
  const gsize length = strlen(word);
  /* one slip in a short word, one more for every three letters; never all letters of a word */
  guint limit = 1 + (guint)MIN(length, LONGEST_WORD) / 3;
  const char *nearest = NULL;

  if (length > LONGEST_WORD)
    return NULL;
  for (; *candidates != NULL; candidates++) {
    const gsize other = strlen(*candidates);
    if (other > LONGEST_WORD)
      continue;
    guint distance = edit_distance(word, *candidates);
    if (distance >= MAX(length, other) || distance > limit)
      continue;
    if (nearest == NULL || distance < limit)
      nearest = *candidates;
    limit = distance;
  }
  return nearest;
}

char *text_suggest(const char *word, const char *const *candidates) {
  const char *nearest = text_nearest(word, candidates);

  if (nearest != NULL)
    return g_strdup_printf("; did you mean ‘%s’?", nearest);
  if (*candidates == NULL)
    return g_strdup("; there are none");
  g_autofree char *all = g_strjoinv(", ", (char **)candidates);
  return g_strconcat("; there are: ", all, NULL);
}

gboolean text_to_real(const char *text, double *value) {
  char *end;

  /* g_ascii_strtod also takes blanks, hexadecimal, infinity and NaN */
  if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text))
    return FALSE;
  const double parsed = g_ascii_strtod(text, &end);
  if (end == text || *end != '\0' || !isfinite(parsed))
    return FALSE;
  *value = parsed;
  return TRUE;
}

gboolean text_to_integer(const char *text, gint64 *value) {
  return g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, value, NULL);
}

char *text_from_real(double value) {
  char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];

  if (value == floor(value) && fabs(value) < 1e15) /* 100, not 1e+02 */
    return g_strdup(g_ascii_formatd(text, sizeof text, "%.0f", value));
  for (int digits = 1; digits <= 17; digits++) {
    g_snprintf(format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd(text, sizeof text, format, value);
    if (g_ascii_strtod(text, NULL) == value)
      break;
  }
  return g_strdup(text);
}
