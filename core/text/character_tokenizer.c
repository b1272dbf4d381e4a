#include "core/text/tokenizer_kinds.h"
#include "core/text/unicode.h"

#include <string.h>

#define TABLE 256 /* code points with a place of their own; the others are looked up */

typedef struct {
  gint32 table[TABLE]; /* -1: none */
  GHashTable *others;  /* code point → id + 1 */
} Characters;

static void characters_free(gpointer data) {
  Characters *self = data;

  g_hash_table_unref(self->others);
  g_free(self);
}

static gint32 find(const Characters *self, gunichar c) {
  if (c < TABLE)
    return self->table[c];
  return GPOINTER_TO_INT(g_hash_table_lookup(self->others, GUINT_TO_POINTER(c))) - 1;
}

static void characters_encode(const Tokenizer *self, const char *text, gsize size, GArray *tokens) {
  const char *at = text, *end = text + size;

  while (at < end) {
    const guint32 from = (guint32)(at - text);
    gint32 id = find(self->data, unicode_next(&at, end));
    if (id < 0)
      id = self->special[TOKEN_UNKNOWN];
    const Token token = {id, from, (guint32)(at - text)};
    if (id >= 0)
      g_array_append_val(tokens, token);
  }
}

static void characters_decode(const Tokenizer *self, const gint32 *ids, gsize n, GString *text) {
  for (gsize i = 0; i < n; i++)
    g_string_append(text, vocabulary_word(self->vocabulary, ids[i]));
}

static const TokenizerClass CHARACTERS = {
    .name = "characters",
    .encode = characters_encode,
    .decode = characters_decode,
    .free = characters_free,
};

static int compare(gconstpointer a, gconstpointer b) {
  const gunichar left = *(const gunichar *)a, right = *(const gunichar *)b;

  return left < right ? -1 : left > right;
}

static GArray *distinct_characters(const TokenizerTexts *texts) {
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
  GArray *found = g_array_new(FALSE, FALSE, sizeof(gunichar));

  for (gsize i = 0; i < texts->n; i++) {
    const char *at = texts->texts[i], *end = at + strlen(at);
    while (at < end) {
      const gunichar c = unicode_next(&at, end);
      if (g_hash_table_add(seen, GUINT_TO_POINTER(c)))
        g_array_append_val(found, c);
    }
  }
  g_array_sort(found, compare);
  return found;
}

/* The id of every word that is one character. */
static Characters *index_characters(const Vocabulary *vocabulary) {
  Characters *self = g_new(Characters, 1);

  memset(self->table, 0xff, sizeof self->table);
  self->others = g_hash_table_new(NULL, NULL);
  for (gint32 id = 0; id < vocabulary_size(vocabulary); id++) {
    const char *word = vocabulary_word(vocabulary, id), *at = word;
    const gunichar c = *word != '\0' ? unicode_next(&at, word + strlen(word)) : 0;
    if (*word == '\0' || *at != '\0')
      continue;
    if (c < TABLE)
      self->table[c] = id;
    else
      g_hash_table_insert(self->others, GUINT_TO_POINTER(c), GINT_TO_POINTER(id + 1));
  }
  return self;
}

Tokenizer *character_tokenizer(Vocabulary *vocabulary, guint specials) {
  return tokenizer_new(&CHARACTERS, index_characters(vocabulary), vocabulary, specials);
}

Tokenizer *tokenizer_train_characters(const TokenizerTexts *texts) {
  g_autoptr(GArray) found = distinct_characters(texts);
  Vocabulary *vocabulary = tokenizer_specials(texts->specials);

  for (guint i = 0; i < found->len; i++) {
    char word[8] = "";
    g_unichar_to_utf8(g_array_index(found, gunichar, i), word);
    vocabulary_add(vocabulary, word);
  }
  return character_tokenizer(vocabulary, texts->specials);
}
