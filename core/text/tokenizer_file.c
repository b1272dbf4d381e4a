/* Tokenizers as text. */
#include "core/base/json_scan.h"
#include "core/base/json_text.h"
#include "core/text/tokenizer_kinds.h"

char *tokenizer_serialize(const Tokenizer *self) {
  g_autoptr(JsonBuilder) builder = json_builder_new();

  json_builder_begin_object(builder);
  json_builder_set_member_name(builder, "kind");
  json_builder_add_string_value(builder, self->klass->name);
  json_builder_set_member_name(builder, "specials");
  json_builder_add_int_value(builder, self->flags);
  json_builder_set_member_name(builder, "tokens");
  json_builder_begin_array(builder);
  for (gint32 id = 0; id < vocabulary_size(self->vocabulary); id++)
    json_builder_add_string_value(builder, vocabulary_word(self->vocabulary, id));
  json_builder_end_array(builder);
  if (self->klass->write != NULL)
    self->klass->write(self, builder);
  json_builder_end_object(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  return json_text(root, FALSE);
}

/* What is read. */
typedef struct {
  char *kind;
  gint64 specials;
  gboolean lower_case;
  Vocabulary *vocabulary;
  GArray *merges;
} Parts;

static void parts_clear(Parts *self) {
  g_free(self->kind);
  g_clear_pointer(&self->vocabulary, vocabulary_free);
  g_clear_pointer(&self->merges, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

static gboolean read_tokens(JsonScan *scan, Vocabulary *vocabulary) {
  for (json_scan_array(scan); json_scan_element(scan);) {
    g_autofree char *word = json_scan_string(scan);
    if (word == NULL)
      return FALSE;
    if (vocabulary_find(vocabulary, word) >= 0)
      return json_scan_fail(scan, "this token is there twice");
    vocabulary_add(vocabulary, word);
  }
  return TRUE;
}

static gboolean read_merges(JsonScan *scan, GArray *merges) {
  g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint32));
  gint64 number;

  for (json_scan_array(scan); json_scan_element(scan);) {
    if (!json_scan_integer(scan, &number))
      return FALSE;
    if (number < 0 || number > G_MAXINT32)
      return json_scan_fail(scan, "this is not the number of a token");
    const gint32 id = (gint32)number;
    g_array_append_val(numbers, id);
  }
  if (numbers->len % 3 != 0)
    return json_scan_fail(scan, "these are not three numbers for each merge");
  g_array_append_vals(merges, numbers->data, numbers->len / 3);
  return TRUE;
}

static void read_parts(JsonScan *scan, Parts *parts) {
  static const char *const KNOWN[] = {"kind", "specials", "tokens", "lower_case", "merges", NULL};
  const char *name;

  for (json_scan_object(scan); json_scan_member(scan, &name);) {
    if (g_str_equal(name, "kind"))
      parts->kind = json_scan_string(scan);
    else if (g_str_equal(name, "specials"))
      json_scan_integer(scan, &parts->specials);
    else if (g_str_equal(name, "tokens"))
      read_tokens(scan, parts->vocabulary);
    else if (g_str_equal(name, "lower_case"))
      json_scan_boolean(scan, &parts->lower_case);
    else if (g_str_equal(name, "merges"))
      read_merges(scan, parts->merges);
    else
      json_scan_unknown(scan, KNOWN);
  }
}

static gboolean merges_fit(const Parts *parts) {
  const gint32 n = vocabulary_size(parts->vocabulary);

  for (guint i = 0; i < parts->merges->len; i++) {
    const Merge *merge = &g_array_index(parts->merges, Merge, i);
    if (merge->left >= n || merge->right >= n || merge->both >= n)
      return FALSE;
  }
  return TRUE;
}

static Tokenizer *build(Parts *parts) {
  const guint specials = (guint)parts->specials;
  Vocabulary *vocabulary = g_steal_pointer(&parts->vocabulary);
  int lacking;

  if (g_str_equal(parts->kind, "characters"))
    return character_tokenizer(vocabulary, specials);
  if (g_str_equal(parts->kind, "words"))
    return word_tokenizer(vocabulary, specials, parts->lower_case);
  if (g_str_equal(parts->kind, "wordpiece"))
    return wordpiece_tokenizer(vocabulary, specials, parts->lower_case);
  if (g_str_equal(parts->kind, "bpe"))
    return bpe_tokenizer(vocabulary, specials, g_steal_pointer(&parts->merges), &lacking);
  vocabulary_free(vocabulary);
  return NULL;
}

Tokenizer *tokenizer_parse(const char *text, gsize size, const char *name, GError **error) {
  g_auto(Parts) parts = {.specials = -1,
                         .vocabulary = vocabulary_new(),
                         .merges = g_array_new(FALSE, FALSE, sizeof(Merge))};
  g_auto(JsonScan) scan;

  json_scan_init(&scan, text, size, name, TOKENIZER_ERROR, TOKENIZER_ERROR_INVALID);
  read_parts(&scan, &parts);
  if (!json_scan_finish(&scan, error))
    return NULL;
  const gboolean fits = parts.kind != NULL && parts.specials >= 0 &&
                        parts.specials <= (gint64)TOKEN_ALL_FLAGS && merges_fit(&parts);
  Tokenizer *self = fits ? build(&parts) : NULL;
  if (self == NULL)
    g_set_error(
        error, TOKENIZER_ERROR, TOKENIZER_ERROR_INVALID,
        "%s: this is no tokenizer; it needs \"kind\" (characters, words, wordpiece or bpe), "
        "\"specials\" and \"tokens\", and merges of tokens that are there",
        name);
  return self;
}
