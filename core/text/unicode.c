#include "core/text/unicode.h"

gunichar unicode_next(const char **at, const char *end) {
  const guint8 first = (guint8) * *at;

  if (first < 0x80) {
    (*at)++;
    return first;
  }
  const gunichar c = g_utf8_get_char_validated(*at, end - *at);
  if (c >= (gunichar)-2) {
    (*at)++;
    return UNICODE_REPLACEMENT;
  }
  *at = g_utf8_next_char(*at);
  return c;
}

void unicode_append(GString *to, const char *text, gsize size, gboolean lower_case) {
  const char *end = text + size;

  while (text < end) {
    const gunichar c = unicode_next(&text, end);
    g_string_append_unichar(to, lower_case ? g_unichar_tolower(c) : c);
  }
}

gboolean unicode_is_space(gunichar c) {
  if (c < 0x80)
    return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

gboolean unicode_is_letter(gunichar c) {
  if (c < 0x80)
    return g_ascii_isalpha(c);
  switch (g_unichar_type(c)) {
  case G_UNICODE_LOWERCASE_LETTER:
  case G_UNICODE_MODIFIER_LETTER:
  case G_UNICODE_OTHER_LETTER:
  case G_UNICODE_TITLECASE_LETTER:
  case G_UNICODE_UPPERCASE_LETTER:
    return TRUE;
  default:
    return FALSE;
  }
}

gboolean unicode_is_number(gunichar c) {
  if (c < 0x80)
    return g_ascii_isdigit(c);
  switch (g_unichar_type(c)) {
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_OTHER_NUMBER:
    return TRUE;
  default:
    return FALSE;
  }
}

gboolean unicode_is_mark(gunichar c) { return c >= 0x300 && g_unichar_ismark(c); }

gboolean unicode_is_punctuation(gunichar c) {
  if (c < 0x80)
    return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
           (c >= 123 && c <= 126);
  switch (g_unichar_type(c)) {
  case G_UNICODE_CONNECT_PUNCTUATION:
  case G_UNICODE_DASH_PUNCTUATION:
  case G_UNICODE_CLOSE_PUNCTUATION:
  case G_UNICODE_FINAL_PUNCTUATION:
  case G_UNICODE_INITIAL_PUNCTUATION:
  case G_UNICODE_OTHER_PUNCTUATION:
  case G_UNICODE_OPEN_PUNCTUATION:
    return TRUE;
  default:
    return FALSE;
  }
}

gboolean unicode_is_dropped(gunichar c) {
  if (c == '\t' || c == '\n' || c == '\r')
    return FALSE;
  if (c < 0x80)
    return c < ' ' || c == 0x7f;
  if (c == UNICODE_REPLACEMENT)
    return TRUE;
  const GUnicodeType type = g_unichar_type(c);
  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT;
}

gboolean unicode_is_ideograph(gunichar c) {
  static const gunichar BLOCKS[][2] = {{0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xf900, 0xfaff},
                                       {0x20000, 0x2a6df}, {0x2a700, 0x2b73f}, {0x2b740, 0x2b81f},
                                       {0x2b820, 0x2ceaf}, {0x2f800, 0x2fa1f}};

  for (gsize i = 0; i < G_N_ELEMENTS(BLOCKS); i++)
    if (c >= BLOCKS[i][0] && c <= BLOCKS[i][1])
      return TRUE;
  return FALSE;
}
