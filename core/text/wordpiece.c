#include "core/text/tokenizer_kinds.h"
#include "core/text/unicode.h"
#include "core/text/words.h"

#include <string.h>

#define LONGEST 100 /* characters of a word; longer ones are unknown */
#define CONTINUED "##"

typedef struct {
  gboolean lower_case;
} Wordpiece;

/* A character of a word as it is looked up, and the bytes of the text it comes from. */
typedef struct {
  gunichar c;
  guint32 from, to;
} Letter;

typedef struct {
  const Tokenizer *tokenizer;
  GArray *tokens;
  GArray *word; /* Letter */
} Encoding;

static void append_token(const Encoding *self, gint32 id, guint first, guint last) {
  const Token token = {id, g_array_index(self->word, Letter, first).from,
                       g_array_index(self->word, Letter, last).to};

  if (id >= 0)
    g_array_append_val(self->tokens, token);
}

/* The longest token that begins at `first`: its last letter in `last`; -1: there is none. */
static gint32 longest_piece(const Encoding *self, guint first, guint *last) {
  g_autoptr(GString) piece = g_string_new(first > 0 ? CONTINUED : "");
  gint32 best = -1;

  for (guint i = first; i < self->word->len; i++) {
    g_string_append_unichar(piece, g_array_index(self->word, Letter, i).c);
    const gint32 id = vocabulary_find(self->tokenizer->vocabulary, piece->str);
    if (id >= 0) {
      best = id;
      *last = i;
    }
  }
  return best;
}

/* All pieces of the word, or one unknown token where any of it does not fit. */
static void end_word(Encoding *self) {
  const guint before = self->tokens->len, n = self->word->len;
  gboolean known = n <= LONGEST;

  for (guint first = 0, last = 0; known && first < n; first = last + 1) {
    const gint32 id = longest_piece(self, first, &last);
    known = id >= 0;
    if (known)
      append_token(self, id, first, last);
  }
  if (!known) {
    g_array_set_size(self->tokens, before);
    append_token(self, self->tokenizer->special[TOKEN_UNKNOWN], 0, n - 1);
  }
  g_array_set_size(self->word, 0);
}

static void add_letter(Encoding *self, gunichar c, guint32 from, guint32 to) {
  const Letter letter = {c, from, to};
  const gboolean alone = unicode_is_punctuation(c) || unicode_is_ideograph(c);

  if (alone && self->word->len > 0)
    end_word(self);
  g_array_append_val(self->word, letter);
  if (alone)
    end_word(self);
}

/* In lower case and without accents: a letter may become several, or none. */
static void add_plain(Encoding *self, gunichar c, guint32 from, guint32 to) {
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  const gsize n =
      g_unichar_fully_decompose(g_unichar_tolower(c), FALSE, parts, G_N_ELEMENTS(parts));

  for (gsize i = 0; i < n; i++)
    if (g_unichar_type(parts[i]) != G_UNICODE_NON_SPACING_MARK)
      add_letter(self, parts[i], from, to);
}

static void wordpiece_encode(const Tokenizer *self, const char *text, gsize size, GArray *tokens) {
  const char *at = text, *end = text + size;
  g_autoptr(GArray) word = g_array_new(FALSE, FALSE, sizeof(Letter));
  Encoding encoding = {self, tokens, word};

  while (at < end) {
    const guint32 from = (guint32)(at - text);
    const gunichar c = unicode_next(&at, end);
    const guint32 to = (guint32)(at - text);
    if (unicode_is_dropped(c))
      continue;
    if (unicode_is_space(c)) {
      if (word->len > 0)
        end_word(&encoding);
    } else if (((const Wordpiece *)self->data)->lower_case) {
      add_plain(&encoding, c, from, to);
    } else {
      add_letter(&encoding, c, from, to);
    }
  }
  if (word->len > 0)
    end_word(&encoding);
}

static void wordpiece_decode(const Tokenizer *self, const gint32 *ids, gsize n, GString *text) {
  for (gsize i = 0; i < n; i++) {
    const char *word = vocabulary_word(self->vocabulary, ids[i]);
    if (g_str_has_prefix(word, CONTINUED))
      g_string_append(text, word + strlen(CONTINUED));
    else
      words_append(text, word);
  }
}

static void wordpiece_write(const Tokenizer *self, JsonBuilder *builder) {
  json_builder_set_member_name(builder, "lower_case");
  json_builder_add_boolean_value(builder, ((const Wordpiece *)self->data)->lower_case);
}

static const TokenizerClass WORDPIECE = {
    .name = "wordpiece",
    .encode = wordpiece_encode,
    .decode = wordpiece_decode,
    .write = wordpiece_write,
    .free = g_free,
};

Tokenizer *wordpiece_tokenizer(Vocabulary *vocabulary, guint specials, gboolean lower_case) {
  Wordpiece *self = g_new(Wordpiece, 1);

  self->lower_case = lower_case;
  return tokenizer_new(&WORDPIECE, self, vocabulary, specials);
}

static gboolean fail(GError **error, const char *name, guint line, const char *what,
                     const char *word) {
  g_set_error(
      error, TOKENIZER_ERROR, TOKENIZER_ERROR_INVALID,
      "%s:%u: %s%s; a WordPiece vocabulary has one token a line, [UNK] among them, as BERT's "
      "vocab.txt",
      name, line, what, word);
  return FALSE;
}

static gboolean add_line(Vocabulary *vocabulary, const char *name, guint line, char *text,
                         gboolean last, GError **error) {
  if (g_str_has_suffix(text, "\r"))
    text[strlen(text) - 1] = '\0';
  if (*text == '\0')
    return last || fail(error, name, line, "the line is empty", "");
  if (!g_utf8_validate(text, -1, NULL))
    return fail(error, name, line, "this is not UTF-8", "");
  if (vocabulary_find(vocabulary, text) >= 0)
    return fail(error, name, line, "for the second time there is ", text);
  vocabulary_add(vocabulary, text);
  return TRUE;
}

Tokenizer *tokenizer_parse_wordpiece(GBytes *bytes, const char *name, gboolean lower_case,
                                     GError **error) {
  g_autoptr(Vocabulary) vocabulary = vocabulary_new();
  g_autofree char *text =
      g_strndup(g_bytes_get_data(bytes, NULL) != NULL ? g_bytes_get_data(bytes, NULL) : "",
                g_bytes_get_size(bytes));
  guint line = 1;

  if (strlen(text) != g_bytes_get_size(bytes)) {
    fail(error, name, 1, "there is a zero byte", "");
    return NULL;
  }
  for (char *at = text, *next; at != NULL; at = next, line++) {
    next = strchr(at, '\n');
    if (next != NULL)
      *next++ = '\0';
    if (!add_line(vocabulary, name, line, at, next == NULL, error))
      return NULL;
  }
  if (vocabulary_find(vocabulary, "[UNK]") < 0) {
    fail(error, name, line - 1, "[UNK] is missing", "");
    return NULL;
  }
  return wordpiece_tokenizer(g_steal_pointer(&vocabulary), TOKEN_ALL_FLAGS, lower_case);
}
