/* Numbers as people read them. */
#include "ui/chart/canvas.h"

#include <math.h>
#include <string.h>

#define THIN_SPACE "\u2009"
#define MINUS "\u2212"

/* Digits with a thin space before every third from the right. */
static void append_grouped(GString *text, const char *digits) {
  const gsize n = strcspn(digits, ".");

  for (gsize i = 0; i < n; i++) {
    if (i > 0 && (n - i) % 3 == 0)
      g_string_append(text, THIN_SPACE);
    g_string_append_c(text, digits[i]);
  }
  g_string_append(text, digits + n);
}

static void trim_zeros(char *digits) {
  char *end = digits + strlen(digits);

  if (strchr(digits, '.') == NULL)
    return;
  while (end[-1] == '0')
    *--end = '\0';
  if (end[-1] == '.')
    end[-1] = '\0';
}

static char *finish(GString *text, char out[NUMBER_SIZE]) {
  g_strlcpy(out, text->str, NUMBER_SIZE);
  g_string_free(text, TRUE);
  return out;
}

static gboolean special(double value, char text[NUMBER_SIZE]) {
  if (isnan(value))
    g_strlcpy(text, "—", NUMBER_SIZE);
  else if (isinf(value))
    g_strlcpy(text, value < 0 ? MINUS "∞" : "∞", NUMBER_SIZE);
  else
    return FALSE;
  return TRUE;
}

char *scientific_text(double value, int decimals, char out[NUMBER_SIZE]) {
  char format[16], digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (special(value, out))
    return out;
  g_snprintf(format, sizeof format, "%%.%de", CLAMP(decimals, 0, 15));
  g_ascii_formatd(digits, sizeof digits, format, fabs(value));
  char *exponent = strchr(digits, 'e');
  const int power = (int)g_ascii_strtoll(exponent + 1, NULL, 10);
  *exponent = '\0';
  trim_zeros(digits);
  g_snprintf(out, NUMBER_SIZE, "%s%se%s%d", value < 0 ? MINUS : "", digits, power < 0 ? MINUS : "",
             ABS(power));
  return out;
}

char *number_text(double value, char out[NUMBER_SIZE]) {
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  const double size = fabs(value);
  GString *text;

  if (special(value, out))
    return out;
  if (size != 0 && (size < 0.9995e-3 || size >= 999999.5))
    return scientific_text(value, 2, out);
  text = g_string_new(value < 0 ? MINUS : NULL);
  const int whole = size >= 1 ? (int)floor(log10(size)) + 1 : 0;
  int decimals = MAX(3 - whole, 0);
  if (size > 0 && size < 1)
    decimals = 2 - (int)floor(log10(size) + 1e-12);
  char format[16];
  g_snprintf(format, sizeof format, "%%.%df", decimals);
  g_ascii_formatd(digits, sizeof digits, format, size);
  trim_zeros(digits);
  append_grouped(text, digits);
  return finish(text, out);
}

char *count_text(double value, char out[NUMBER_SIZE]) {
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  GString *text;

  if (special(value, out))
    return out;
  text = g_string_new(value < 0 ? MINUS : NULL);
  append_grouped(text, g_ascii_formatd(digits, sizeof digits, "%.0f", fabs(value)));
  return finish(text, out);
}
