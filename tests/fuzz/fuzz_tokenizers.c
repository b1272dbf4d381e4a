/* Tokenizers: the first byte says which reader gets the rest; what could be read then encodes it
 * all and decodes it again. */
#include "core/text/tokenizer.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Vocabulary and merges have a zero byte between them. */
static Tokenizer *parse_gpt2(const char *text, gsize size) {
  const char *zero = size > 0 ? memchr(text, '\0', size) : NULL;
  const gsize first = zero != NULL ? (gsize)(zero - text) : size;
  g_autoptr(GBytes) vocabulary = g_bytes_new(text, first);
  g_autoptr(GBytes) merges =
      g_bytes_new(zero != NULL ? zero + 1 : NULL, zero != NULL ? size - first - 1 : 0);

  return tokenizer_parse_gpt2(vocabulary, "vocab.json", merges, "merges.txt", NULL);
}

static Tokenizer *train(int kind, const char *text, gsize size) {
  g_autofree char *copy = g_strndup(text, size);
  const TokenizerTexts texts = {(const char *const[]){copy}, 1, TOKEN_ALL_FLAGS};

  if (kind == 3)
    return tokenizer_train_bpe(&texts, 20, 1);
  if (kind == 4)
    return tokenizer_train_words(&texts, &(const WordOptions){.lower_case = TRUE});
  return tokenizer_train_characters(&texts);
}

static Tokenizer *make(int kind, const char *text, gsize size) {
  g_autoptr(GBytes) bytes = g_bytes_new(text, size);

  if (kind == 0)
    return tokenizer_parse(text, size, "saved", NULL);
  if (kind == 1)
    return tokenizer_parse_wordpiece(bytes, "vocab.txt", size % 2 == 0, NULL);
  return kind == 2 ? parse_gpt2(text, size) : train(kind, text, size);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  if (size == 0)
    return 0;
  g_autoptr(Tokenizer) tokenizer = make(data[0] % 6, (const char *)data + 1, size - 1);
  if (tokenizer == NULL)
    return 0;
  g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(Token));
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint32));
  tokenizer_encode(tokenizer, (const char *)data, size, tokens);
  guint32 from = 0;
  for (guint i = 0; i < tokens->len; i++) {
    const Token *token = &g_array_index(tokens, Token, i);
    g_assert_cmpint(token->id, >=, 0);
    g_assert_cmpint(token->id, <, vocabulary_size(tokenizer->vocabulary));
    g_assert_cmpuint(token->from, >=, from);
    g_assert_cmpuint(token->from, <, token->to);
    g_assert_cmpuint(token->to, <=, size);
    from = token->from;
    g_array_append_val(ids, token->id);
  }
  g_autofree char *text = tokenizer_decode(tokenizer, (const gint32 *)ids->data, ids->len);
  g_assert_true(g_utf8_validate(text, -1, NULL));
  g_autofree char *saved = tokenizer_serialize(tokenizer);
  g_autoptr(GError) error = NULL;
  g_autoptr(Tokenizer) again = tokenizer_parse(saved, strlen(saved), "saved", &error);
  g_assert_no_error(error);
  g_assert_nonnull(again);
  return 0;
}
