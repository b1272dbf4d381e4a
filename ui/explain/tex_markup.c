#include "ui/explain/tex_markup.h"

#include <string.h>

#define THIN_SPACE "\u2009"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

typedef struct {
  const char *tex, *text;
} Symbol;

static const Symbol SYMBOLS[] = {
    {"alpha", "<i>α</i>"},  {"beta", "<i>β</i>"},   {"epsilon", "<i>ε</i>"}, {"eta", "<i>η</i>"},
    {"gamma", "<i>γ</i>"},  {"lambda", "<i>λ</i>"}, {"mu", "<i>μ</i>"},      {"sigma", "<i>σ</i>"},
    {"varphi", "<i>φ</i>"}, {"Phi", "Φ"},           {"partial", "∂"},        {"sum", "∑"},
    {"cdot", " · "},        {"times", " × "},       {"le", " ≤ "},           {"ge", " ≥ "},
    {"sim", " ∼ "},         {"in", " ∈ "},          {"leftarrow", " ← "},    {"quad", "\n"},
    {"max", "max "},        {"min", "min "},        {"log", "log "},         {"exp", "exp "},
    {"tanh", "tanh "},
};

static void write_tex(GString *out, const char **at, char end);

/* An argument: {…}, a command or one character. */
static char *argument(const char **at) {
  GString *out = g_string_new(NULL);

  while (**at == ' ')
    ++*at;
  if (**at == '{') {
    ++*at;
    write_tex(out, at, '}');
  } else if (**at != '\0') {
    const char *from = *at;
    *at += *from == '\\' ? 1 + strspn(from + 1, LETTERS) : 1;
    g_autofree char *one = g_strndup(from, (gsize)(*at - from));
    const char *rest = one;
    write_tex(out, &rest, '\0');
  }
  return g_string_free(out, FALSE);
}

/* An argument as it stands: {label}. */
static char *words(const char **at) {
  const char *from = **at == '{' ? *at + 1 : *at;
  const gsize n = strcspn(from, "}");

  *at = from + n + (from[n] == '}' ? 1 : 0);
  g_autofree char *text = g_strndup(from, n);
  return g_markup_escape_text(text, -1);
}

/* In a line a fraction needs brackets around what is added up. */
static void append_bracketed(GString *out, const char *part, const char *needs) {
  const gboolean brackets = strpbrk(part, needs) != NULL || strstr(part, "∑") != NULL;

  g_string_append_printf(out, brackets ? "(%s)" : "%s", part);
}

/* In a line, what stands before or after a fraction is multiplied by a dot. */
static void fraction(GString *out, const char **at) {
  g_autofree char *above = argument(at), *below = argument(at);

  if (g_str_has_suffix(out->str, THIN_SPACE))
    g_string_truncate(out, out->len - strlen(THIN_SPACE));
  if (out->len > 0 && strchr(" (\n", out->str[out->len - 1]) == NULL)
    g_string_append(out, " · ");
  append_bracketed(out, above, "+");
  g_string_append(out, THIN_SPACE "/" THIN_SPACE);
  append_bracketed(out, below, "+ ");
  if (g_str_has_prefix(*at, "\\,") && !g_str_has_prefix(*at, "\\,\\frac")) {
    g_string_append(out, " · ");
    *at += 2;
  }
}

static void command(GString *out, const char **at) {
  const gsize n = strspn(*at, LETTERS);
  g_autofree char *name = g_strndup(*at, n);

  if (n == 0) { /* \, and "\ " are spaces */
    g_string_append(out, **at == ',' ? THIN_SPACE : " ");
    *at += **at != '\0' ? 1 : 0;
    return;
  }
  *at += n;
  if (g_str_equal(name, "frac")) {
    fraction(out, at);
  } else if (g_str_equal(name, "sqrt")) {
    g_autofree char *inside = argument(at);
    g_string_append_printf(out, "√(%s)", inside);
  } else if (g_str_equal(name, "text") || g_str_equal(name, "operatorname")) {
    g_autofree char *text = words(at);
    g_string_append(out, text);
  } else {
    guint i = 0;
    while (i < G_N_ELEMENTS(SYMBOLS) && !g_str_equal(SYMBOLS[i].tex, name))
      i++;
    g_string_append(out, i < G_N_ELEMENTS(SYMBOLS) ? SYMBOLS[i].text : name);
  }
}

/* Sums, maxima and logarithms keep some distance from what follows their script. */
static void script(GString *out, const char **at, const char *tag) {
  g_autofree char *inside = argument(at);
  g_autoptr(GString) close = g_string_new(inside);
  gboolean spaced = g_str_has_suffix(out->str, "∑");

  for (; out->len > 0 && out->str[out->len - 1] == ' '; spaced = TRUE)
    g_string_truncate(out, out->len - 1);
  g_string_replace(close, " + ", "+", 0);
  g_string_append_printf(out, "<%s>%s</%s>%s", tag, close->str, tag, spaced ? " " : "");
}

static void sign(GString *out, const char *text) {
  const gboolean unary = out->len == 0 || strchr(" (\n", out->str[out->len - 1]) != NULL;

  g_string_append_printf(out, unary ? "%s" : " %s ", text);
}

static void character(GString *out, const char **at) {
  const char c = *(*at)++;

  if (g_ascii_isalpha(c))
    g_string_append_printf(out, "<i>%c</i>", c);
  else if (c == '-')
    sign(out, "\u2212");
  else if (c == '=' || c == '+')
    g_string_append_printf(out, " %c ", c);
  else if (c == '<' || c == '>')
    g_string_append_printf(out, " &%ct; ", c == '<' ? 'l' : 'g');
  else if (c == '\'' || c == '*')
    g_string_append(out, c == '*' ? "∗" : "′");
  else if (c == '&')
    g_string_append(out, "&amp;");
  else if (c != ' ')
    g_string_append_c(out, c);
}

/* Up to `end`, which is eaten. */
static void write_tex(GString *out, const char **at, char end) {
  while (**at != '\0' && **at != end) {
    const char c = **at;
    if (c == '\\') {
      ++*at;
      command(out, at);
    } else if (c == '_' || c == '^') {
      ++*at;
      script(out, at, c == '_' ? "sub" : "sup");
    } else if (c == '{') {
      g_autofree char *group = argument(at);
      g_string_append(out, group);
    } else {
      character(out, at);
    }
  }
  if (**at != '\0')
    ++*at;
}

char *tex_to_markup(const char *tex) {
  GString *out = g_string_new(NULL);

  while (*tex != '\0')
    write_tex(out, &tex, '\0');
  return g_string_free(out, FALSE);
}
