#include "core/base/json_scan.h"

#include "core/base/text.h"

#include <math.h>
#include <string.h>

/* --- Errors --- */

static gboolean fail_valist(JsonScan *self, const char *place, const char *member,
                            const char *format, va_list arguments) {
  if (self->error != NULL)
    return FALSE;
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  GString *where = g_string_new(self->name);
  if (self->by_byte) {
    g_string_append_printf(where, ": header, byte %" G_GSIZE_FORMAT, (gsize)(place - self->text));
  } else {
    guint line = 1;
    for (const char *c = self->text; c < place; c++)
      line += *c == '\n';
    g_string_append_printf(where, ":%u", line);
  }
  if (member != NULL)
    g_string_append_printf(where, ": ‘%s’", member);
  self->error = g_error_new(self->domain, self->code, "%s: %s", where->str, message);
  g_string_free(where, TRUE);
  return FALSE;
}

static const char *innermost_member(const JsonScan *self) {
  for (int i = self->depth - 1; i >= 0; i--)
    if (self->level[i].member != NULL)
      return self->level[i].member;
  return NULL;
}

gboolean json_scan_fail(JsonScan *self, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  fail_valist(self, self->value, innermost_member(self), format, arguments);
  va_end(arguments);
  return FALSE;
}

gboolean json_scan_fail_at(JsonScan *self, const char *place, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  fail_valist(self, place, NULL, format, arguments);
  va_end(arguments);
  return FALSE;
}

gboolean json_scan_unknown(JsonScan *self, const char *const *known) {
  const char *member = innermost_member(self);

  if (self->error != NULL || member == NULL)
    return FALSE;
  g_autofree char *suggestion = text_suggest(member, known);
  return json_scan_fail(self, "there is no such member%s", suggestion);
}

/* --- Letters --- */

static void skip_space(JsonScan *self) {
  while (self->at < self->end && *self->at != '\0' && strchr(" \t\r\n", *self->at) != NULL)
    self->at++;
}

static gboolean take(JsonScan *self, char letter) {
  skip_space(self);
  if (self->error != NULL || self->at == self->end || *self->at != letter)
    return FALSE;
  self->at++;
  return TRUE;
}

/* What stands at `at`, for an error. */
static char *describe(JsonScan *self) {
  static const char *const KINDS[] = {NULL,       "an object", "an array", "a text",
                                      "a number", NULL,        "null"};
  const JsonScanKind kind = json_scan_kind(self);

  if (self->at == self->end)
    return g_strdup("the end of the text");
  if (kind == JSON_SCAN_BOOLEAN)
    return g_strdup(*self->at == 't' ? "true" : "false");
  if (kind != JSON_SCAN_ERROR)
    return g_strdup(KINDS[kind]);
  if (g_ascii_isprint(*self->at))
    return g_strdup_printf("‘%c’", *self->at);
  return g_strdup_printf("the byte 0x%02x", (guchar)*self->at);
}

static gboolean fail_expected(JsonScan *self, const char *expected) {
  g_autofree char *found = describe(self);

  self->value = self->at;
  return json_scan_fail(self, "expected %s, found %s", expected, found);
}

JsonScanKind json_scan_kind(JsonScan *self) {
  skip_space(self);
  if (self->error != NULL || self->at == self->end)
    return JSON_SCAN_ERROR;
  switch (*self->at) {
  case '{':
    return JSON_SCAN_OBJECT;
  case '[':
    return JSON_SCAN_ARRAY;
  case '"':
    return JSON_SCAN_STRING;
  case 't':
  case 'f':
    return JSON_SCAN_BOOLEAN;
  case 'n':
    return JSON_SCAN_NULL;
  default:
    return *self->at == '-' || g_ascii_isdigit(*self->at) ? JSON_SCAN_NUMBER : JSON_SCAN_ERROR;
  }
}

/* TRUE if the next value is of this kind, which errors call `expected`. */
static gboolean expect(JsonScan *self, JsonScanKind kind, const char *expected) {
  if (self->error != NULL)
    return FALSE;
  if (json_scan_kind(self) != kind)
    return fail_expected(self, expected);
  self->value = self->at;
  return TRUE;
}

/* --- Texts --- */

static int hex_digits(JsonScan *self) {
  int code = 0;

  if (self->end - self->at < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    const int digit = g_ascii_xdigit_value(*self->at++);
    if (digit < 0)
      return -1;
    code = code * 16 + digit;
  }
  return code;
}

/* After \u: four digits, and for what lies beyond 16 bits a second \u with four more (UTF-16). */
static gboolean scan_unicode(JsonScan *self, GString *out) {
  gint64 code = hex_digits(self);

  if (code >= 0xd800 && code < 0xdc00 && self->end - self->at >= 2 && self->at[0] == '\\' &&
      self->at[1] == 'u') {
    self->at += 2;
    const int low = hex_digits(self);
    code = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : -1;
  }
  if (code <= 0 || (code >= 0xd800 && code < 0xe000))
    return json_scan_fail(self, "the text has a \\u that stands for no character");
  g_string_append_unichar(out, (gunichar)code);
  return TRUE;
}

static gboolean scan_escape(JsonScan *self, GString *out) {
  static const char LETTERS[] = "\"\\/bfnrt", MEANINGS[] = "\"\\/\b\f\n\r\t";
  const char letter = self->at < self->end ? *self->at++ : '\0';

  if (letter == 'u')
    return scan_unicode(self, out);
  const char *found = letter != '\0' ? strchr(LETTERS, letter) : NULL;
  if (found == NULL)
    return json_scan_fail(self, "the text has a \\ that is not followed by one of \"\\/bfnrtu");
  g_string_append_c(out, MEANINGS[found - LETTERS]);
  return TRUE;
}

/* Behind the opening quote, to behind the closing one. */
static gboolean scan_text(JsonScan *self, GString *out) {
  while (self->at < self->end) {
    const char *from = self->at;
    while (self->at < self->end && (guchar)*self->at >= ' ' && *self->at != '"' &&
           *self->at != '\\')
      self->at++;
    if (!g_utf8_validate_len(from, (gsize)(self->at - from), NULL))
      return json_scan_fail(self, "the text is not UTF-8");
    g_string_append_len(out, from, self->at - from);
    if (self->at == self->end)
      break;
    if (*self->at++ == '"')
      return TRUE;
    if (self->at[-1] != '\\')
      return json_scan_fail(self, "the text has a line break or another control character in it; "
                                  "write \\n, or close it with a quote before");
    if (!scan_escape(self, out))
      return FALSE;
  }
  return json_scan_fail(self, "the text has no closing quote");
}

char *json_scan_string(JsonScan *self) {
  if (!expect(self, JSON_SCAN_STRING, "a text in quotes"))
    return NULL;
  self->at++;
  GString *out = g_string_new(NULL);
  const gboolean good = scan_text(self, out);
  return g_string_free(out, !good);
}

char **json_scan_strings(JsonScan *self) {
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);

  for (json_scan_array(self); json_scan_element(self);) {
    char *text = json_scan_string(self);
    if (text != NULL)
      g_ptr_array_add(all, text);
  }
  if (self->error != NULL)
    return NULL;
  g_ptr_array_add(all, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
}

/* --- Numbers and words --- */

static gboolean skip_digits(JsonScan *self) {
  const char *from = self->at;

  while (self->at < self->end && g_ascii_isdigit(*self->at))
    self->at++;
  return self->at > from;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static gboolean skip_number(JsonScan *self) {
  const char *first = take(self, '-') ? self->at : self->value;

  if (!skip_digits(self) || (*first == '0' && self->at > first + 1))
    return FALSE;
  if (self->at < self->end && *self->at == '.') {
    self->at++;
    if (!skip_digits(self))
      return FALSE;
  }
  if (self->at < self->end && (*self->at == 'e' || *self->at == 'E')) {
    self->at++;
    if (self->at < self->end && (*self->at == '+' || *self->at == '-'))
      self->at++;
    return skip_digits(self);
  }
  return TRUE;
}

static char *scan_number(JsonScan *self, const char *expected) {
  if (!expect(self, JSON_SCAN_NUMBER, expected))
    return NULL;
  if (!skip_number(self)) {
    json_scan_fail(self, "this is not how JSON writes a number; write it as 12, -0.5 or 1e-3");
    return NULL;
  }
  return g_strndup(self->value, (gsize)(self->at - self->value));
}

gboolean json_scan_real(JsonScan *self, double *value) {
  g_autofree char *text = scan_number(self, "a number");

  if (text == NULL)
    return FALSE;
  return text_to_real(text, value) || json_scan_fail(self, "%.40s is too large", text);
}

gboolean json_scan_integer(JsonScan *self, gint64 *value) {
  g_autofree char *text = scan_number(self, "a whole number");

  if (text == NULL)
    return FALSE;
  if (strpbrk(text, ".eE") != NULL)
    return json_scan_fail(self, "expected a whole number, found %.40s", text);
  return text_to_integer(text, value) || json_scan_fail(self, "%.40s is too large", text);
}

static gboolean take_word(JsonScan *self, const char *word) {
  const gsize length = strlen(word);

  if ((gsize)(self->end - self->at) < length || memcmp(self->at, word, length) != 0)
    return FALSE;
  self->at += length;
  return TRUE;
}

gboolean json_scan_boolean(JsonScan *self, gboolean *value) {
  if (!expect(self, JSON_SCAN_BOOLEAN, "true or false"))
    return FALSE;
  *value = *self->at == 't';
  return take_word(self, *value ? "true" : "false") ||
         json_scan_fail(self, "expected true or false, without quotes");
}

gboolean json_scan_null(JsonScan *self) {
  return expect(self, JSON_SCAN_NULL, "null") &&
         (take_word(self, "null") || json_scan_fail(self, "expected null, without quotes"));
}

char *json_scan_scalar(JsonScan *self, JsonScanKind *kind) {
  gboolean value;

  *kind = json_scan_kind(self);
  if (*kind == JSON_SCAN_STRING)
    return json_scan_string(self);
  if (*kind == JSON_SCAN_NUMBER)
    return scan_number(self, "a number");
  if (*kind == JSON_SCAN_BOOLEAN)
    return json_scan_boolean(self, &value) ? g_strdup(value ? "true" : "false") : NULL;
  if (self->error == NULL)
    fail_expected(self, "a number, a text, true or false");
  return NULL;
}

/* --- Objects and arrays --- */

static gboolean enter(JsonScan *self, JsonScanKind kind, const char *expected) {
  if (!expect(self, kind, expected))
    return FALSE;
  g_assert(self->depth < JSON_SCAN_MAX_DEPTH); /* the reader's own nesting, not the file's */
  self->at++;
  self->level[self->depth++] = (JsonScanLevel){.first = TRUE};
  return TRUE;
}

static void leave(JsonScan *self) {
  g_clear_pointer(&self->level[--self->depth].names, g_hash_table_unref);
}

/* TRUE when another item follows, FALSE when `close` ended them or on error. */
static gboolean next_item(JsonScan *self, char close, const char *expected) {
  if (self->error != NULL)
    return FALSE;
  g_assert(self->depth > 0);
  JsonScanLevel *level = &self->level[self->depth - 1];
  level->member = NULL; /* a missing comma is not about the member before */
  if (take(self, close)) {
    leave(self);
    return FALSE;
  }
  if (!level->first && !take(self, ','))
    return fail_expected(self, expected);
  level->first = FALSE;
  return TRUE;
}

gboolean json_scan_object(JsonScan *self) {
  if (!enter(self, JSON_SCAN_OBJECT, "an object, { … }"))
    return FALSE;
  self->level[self->depth - 1].names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return TRUE;
}

gboolean json_scan_member(JsonScan *self, const char **name) {
  if (!next_item(self, '}', "a comma or the closing }"))
    return FALSE;
  JsonScanLevel *level = &self->level[self->depth - 1];
  if (!expect(self, JSON_SCAN_STRING, "a member name in quotes"))
    return FALSE;
  const char *place = self->value;
  char *member = json_scan_string(self);
  if (member == NULL)
    return FALSE;
  if (g_hash_table_contains(level->names, member)) {
    json_scan_fail_at(self, place, "there is a second ‘%s’; keep one of them", member);
    g_free(member);
    return FALSE;
  }
  g_hash_table_add(level->names, member);
  level->member = member;
  *name = member;
  return take(self, ':') || fail_expected(self, "a colon");
}

gboolean json_scan_array(JsonScan *self) { return enter(self, JSON_SCAN_ARRAY, "an array, [ … ]"); }

gboolean json_scan_element(JsonScan *self) {
  return next_item(self, ']', "a comma or the closing ]");
}

/* --- Beginning and end --- */

void json_scan_init(JsonScan *self, const char *text, gsize size, const char *name, GQuark domain,
                    int code) {
  *self = (JsonScan){.name = name, .domain = domain, .code = code};
  self->text = self->at = self->value = text;
  self->end = text + size;
}

void json_scan_clear(JsonScan *self) {
  while (self->depth > 0)
    leave(self);
  g_clear_error(&self->error);
}

gboolean json_scan_finish(JsonScan *self, GError **error) {
  skip_space(self);
  if (self->error == NULL && self->at < self->end)
    fail_expected(self, "the end of the text");
  if (self->error == NULL)
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&self->error));
  return FALSE;
}
