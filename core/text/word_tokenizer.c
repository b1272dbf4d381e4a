#include "core/text/tokenizer_kinds.h"
#include "core/text/unicode.h"
#include "core/text/words.h"

#include <string.h>

typedef struct {
  gboolean lower_case;
} Words;

/* Calls for each word of a text, as it stands in the vocabulary. */
typedef void (*WordFunc)(const char *word, gsize size, const WordSpan *span, gpointer data);

static void foreach_word(const char *text, gsize size, gboolean lower_case, WordFunc func,
                         gpointer data) {
  g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(WordSpan));
  g_autoptr(GString) word = g_string_new(NULL);

  words_split(text, size, spans);
  for (guint i = 0; i < spans->len; i++) {
    const WordSpan *span = &g_array_index(spans, WordSpan, i);
    g_string_truncate(word, 0);
    unicode_append(word, text + span->from, span->to - span->from, lower_case);
    func(word->str, word->len, span, data);
  }
}

typedef struct {
  const Tokenizer *tokenizer;
  GArray *tokens;
} Encoding;

static void encode_word(const char *word, gsize size, const WordSpan *span, gpointer data) {
  const Encoding *encoding = data;
  const gint32 found = vocabulary_find(encoding->tokenizer->vocabulary, word);
  const Token token = {found >= 0 ? found : encoding->tokenizer->special[TOKEN_UNKNOWN], span->from,
                       span->to};

  if (token.id >= 0)
    g_array_append_val(encoding->tokens, token);
}

static void words_encode(const Tokenizer *self, const char *text, gsize size, GArray *tokens) {
  const Words *words = self->data;
  Encoding encoding = {self, tokens};

  foreach_word(text, size, words->lower_case, encode_word, &encoding);
}

static void words_decode(const Tokenizer *self, const gint32 *ids, gsize n, GString *text) {
  for (gsize i = 0; i < n; i++)
    words_append(text, vocabulary_word(self->vocabulary, ids[i]));
}

static void words_write(const Tokenizer *self, JsonBuilder *builder) {
  json_builder_set_member_name(builder, "lower_case");
  json_builder_add_boolean_value(builder, ((const Words *)self->data)->lower_case);
}

static const TokenizerClass WORDS = {
    .name = "words",
    .encode = words_encode,
    .decode = words_decode,
    .write = words_write,
    .free = g_free,
};

Tokenizer *word_tokenizer(Vocabulary *vocabulary, guint specials, gboolean lower_case) {
  Words *self = g_new(Words, 1);

  self->lower_case = lower_case;
  return tokenizer_new(&WORDS, self, vocabulary, specials);
}

static void count_word(const char *word, gsize size, const WordSpan *span, gpointer data) {
  word_counts_add(data, word, size);
}

Tokenizer *tokenizer_train_words(const TokenizerTexts *texts, const WordOptions *options) {
  g_auto(WordCounts) counts = {0};
  Vocabulary *vocabulary = tokenizer_specials(texts->specials);

  word_counts_init(&counts);
  for (gsize i = 0; i < texts->n; i++)
    foreach_word(texts->texts[i], strlen(texts->texts[i]), options->lower_case, count_word,
                 &counts);
  g_autoptr(GPtrArray) words = word_counts_sorted(&counts);
  for (guint i = 0; i < words->len; i++) {
    if (word_counts_get(&counts, words->pdata[i]) < options->minimum_count ||
        (options->largest > 0 && (guint)vocabulary_size(vocabulary) >= options->largest))
      break;
    vocabulary_add(vocabulary, words->pdata[i]);
  }
  return word_tokenizer(vocabulary, texts->specials, options->lower_case);
}
