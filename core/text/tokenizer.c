#include "core/text/tokenizer_kinds.h"

#include <string.h>

G_DEFINE_QUARK(bathyscope - tokenizer - error - quark, tokenizer_error)

/* Usual names, the first the one that training uses. */
static const char *const SPECIAL_NAMES[TOKEN_SPECIALS][4] = {
    {"[PAD]"}, {"[UNK]"}, {"[MASK]"}, {"[START]", "[CLS]"}, {"[END]", "[SEP]", "<|endoftext|>"},
};

Vocabulary *tokenizer_specials(guint flags) {
  Vocabulary *vocabulary = vocabulary_new();

  for (int i = 0; i < TOKEN_SPECIALS; i++)
    if (flags & TOKEN_FLAG(i))
      vocabulary_add(vocabulary, SPECIAL_NAMES[i][0]);
  return vocabulary;
}

Tokenizer *tokenizer_new(const TokenizerClass *klass, gpointer data, Vocabulary *vocabulary,
                         guint flags) {
  Tokenizer *self = g_new0(Tokenizer, 1);

  g_ref_count_init(&self->references);
  self->klass = klass;
  self->data = data;
  self->vocabulary = vocabulary;
  self->flags = flags;
  for (int i = 0; i < TOKEN_SPECIALS; i++) {
    self->special[i] = -1;
    for (int n = 0; (flags & TOKEN_FLAG(i)) && self->special[i] < 0 && SPECIAL_NAMES[i][n]; n++)
      self->special[i] = vocabulary_find(vocabulary, SPECIAL_NAMES[i][n]);
  }
  return self;
}

Tokenizer *tokenizer_ref(Tokenizer *self) {
  g_ref_count_inc(&self->references);
  return self;
}

void tokenizer_unref(Tokenizer *self) {
  if (self == NULL || !g_ref_count_dec(&self->references))
    return;
  if (self->klass->free != NULL)
    self->klass->free(self->data);
  vocabulary_free(self->vocabulary);
  g_free(self);
}

/* The special token that the text begins with; its length, or 0 where there is none. */
static gsize match_special(const Tokenizer *self, const char *text, gsize size, gint32 *id) {
  for (int i = 0; i < TOKEN_SPECIALS; i++) {
    if (self->special[i] < 0)
      continue;
    const char *name = vocabulary_word(self->vocabulary, self->special[i]);
    const gsize length = strlen(name);
    if (name[0] == text[0] && length <= size && memcmp(text, name, length) == 0) {
      *id = self->special[i];
      return length;
    }
  }
  return 0;
}

/* The next special token that the text spells out: where it begins, and its length, or 0 where
 * there is none. */
static gsize find_special(const Tokenizer *self, const char *text, gsize size, gsize *at,
                          gint32 *id) {
  for (*at = 0; *at < size; (*at)++) {
    const gsize length = match_special(self, text + *at, size - *at, id);
    if (length > 0)
      return length;
  }
  return 0;
}

/* Encodes a piece of the text that begins at `offset`. */
static void encode_piece(const Tokenizer *self, const char *text, gsize offset, gsize size,
                         GArray *tokens) {
  const guint first = tokens->len;

  if (size == 0)
    return;
  self->klass->encode(self, text + offset, size, tokens);
  for (guint i = first; i < tokens->len; i++) {
    g_array_index(tokens, Token, i).from += (guint32)offset;
    g_array_index(tokens, Token, i).to += (guint32)offset;
  }
}

void tokenizer_encode(const Tokenizer *self, const char *text, gsize size, GArray *tokens) {
  gsize done = 0;

  g_return_if_fail(size <= G_MAXUINT32);
  while (done < size) {
    gsize at;
    gint32 id;
    const gsize length = find_special(self, text + done, size - done, &at, &id);
    encode_piece(self, text, done, at, tokens);
    done += at;
    if (length > 0) {
      const Token token = {id, (guint32)done, (guint32)(done + length)};
      g_array_append_val(tokens, token);
    }
    done += length;
  }
}

void tokenizer_encode_ids(const Tokenizer *self, const char *text, gsize size, GArray *ids) {
  g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(Token));

  tokenizer_encode(self, text, size, tokens);
  for (guint i = 0; i < tokens->len; i++)
    g_array_append_val(ids, g_array_index(tokens, Token, i).id);
}

gboolean tokenizer_is_special(const Tokenizer *self, gint32 id) {
  for (int i = 0; i < TOKEN_SPECIALS; i++)
    if (self->special[i] >= 0 && self->special[i] == id)
      return TRUE;
  return FALSE;
}

char *tokenizer_decode(const Tokenizer *self, const gint32 *ids, gsize n) {
  g_autofree gint32 *plain = g_new(gint32, n);
  GString *text = g_string_new(NULL);
  gsize kept = 0;

  for (gsize i = 0; i < n; i++)
    if (ids[i] >= 0 && ids[i] < vocabulary_size(self->vocabulary) &&
        !tokenizer_is_special(self, ids[i]))
      plain[kept++] = ids[i];
  self->klass->decode(self, plain, kept, text);
  return g_string_free(text, FALSE);
}

const char *tokenizer_token(const Tokenizer *self, gint32 id) {
  g_return_val_if_fail(id >= 0 && id < vocabulary_size(self->vocabulary), NULL);
  return vocabulary_word(self->vocabulary, id);
}
