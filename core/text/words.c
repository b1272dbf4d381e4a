#include "core/text/words.h"

#include "core/text/unicode.h"

#include <string.h>

static gboolean is_word_character(gunichar c) {
  return unicode_is_letter(c) || unicode_is_number(c) || unicode_is_mark(c);
}

static gboolean is_apostrophe(gunichar c) { return c == '\'' || c == 0x2019; }

static void add(GArray *spans, const char *text, const char *from, const char *to) {
  const WordSpan span = {(guint32)(from - text), (guint32)(to - text)};

  if (from < to)
    g_array_append_val(spans, span);
}

/* The end of the letters and digits from `at` on; "3.5" and "1,000" stay together. */
static const char *run_end(const char *at, const char *end) {
  while (at < end) {
    const char *next = at, *after;
    const gunichar c = unicode_next(&next, end);
    after = next;
    const gboolean inside = (c == '.' || c == ',') && next < end && g_ascii_isdigit(at[-1]) &&
                            unicode_is_number(unicode_next(&after, end));
    if (!inside && !is_word_character(c))
      return at;
    at = next;
  }
  return end;
}

/* A word and the contraction on it: "do" + "n't", "it" + "'s". Gives where the next begins. */
static const char *take_word(const char *text, const char *from, const char *end, GArray *spans) {
  const char *second = from;

  unicode_next(&second, end);
  const char *word_end = run_end(second, end);
  const char *letters = word_end;

  if (word_end == end || !is_apostrophe(unicode_next(&letters, end)) || letters == end ||
      !g_ascii_isalpha(*letters)) {
    add(spans, text, from, word_end);
    return word_end;
  }
  const char *contraction_end = run_end(letters + 1, end);
  const gboolean negation =
      contraction_end == letters + 1 && (*letters | 0x20) == 't' && (word_end[-1] | 0x20) == 'n';
  const char *split = negation ? word_end - 1 : word_end;
  add(spans, text, from, split);
  add(spans, text, split, contraction_end);
  return contraction_end;
}

void words_split(const char *text, gsize size, GArray *spans) {
  const char *at = text, *end = text + size;

  while (at < end) {
    const char *next = at;
    const gunichar c = unicode_next(&next, end);
    if (is_word_character(c)) {
      next = take_word(text, at, end, spans);
    } else if (is_apostrophe(c) && next < end && g_ascii_isalpha(*next) &&
               (at == text || g_ascii_isspace(at[-1]))) {
      next = run_end(next + 1, end); /* "'s" that was split off before */
      add(spans, text, at, next);
    } else if (!unicode_is_space(c)) {
      add(spans, text, at, next);
    }
    at = next;
  }
}

void words_append(GString *text, const char *word) {
  static const char *const CLINGING[] = {".", ",", "!", "?", ";", ":", ")", "]", "%", "n't", "…"};
  gboolean clings = text->len == 0 || *word == '\'' || g_str_has_prefix(word, "’");

  for (gsize i = 0; i < G_N_ELEMENTS(CLINGING); i++)
    clings |= g_str_equal(word, CLINGING[i]);
  if (text->len > 0 && strchr("([", text->str[text->len - 1]) != NULL)
    clings = TRUE;
  if (!clings)
    g_string_append_c(text, ' ');
  g_string_append(text, word);
}
