/* Byte-level byte-pair encoding as in GPT-2: a text is cut into pieces (words with the blank before
 * them), a piece into bytes, and then neighbours are merged, those of the lowest rank first. */
#include "core/text/bpe_merge.h"
#include "core/text/unicode.h"

#include <string.h>

#define CHARACTERS 0x144 /* those that stand for bytes are below */

typedef struct {
  GArray *merges; /* Merge, by rank */
  PairMap ranks;
  gint32 byte[256];         /* ids */
  gint16 shown[CHARACTERS]; /* the byte that a character stands for; -1: none */
} Bpe;

static void bpe_free(gpointer data) {
  Bpe *self = data;

  g_array_unref(self->merges);
  pair_map_clear(&self->ranks);
  g_free(self);
}

/* --- bytes as characters that can be seen --- */

static gboolean is_visible(guint byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

gunichar bpe_character(guint8 byte) {
  gunichar hidden = 0;

  if (is_visible(byte))
    return byte;
  for (guint b = 0; b < byte; b++)
    hidden += !is_visible(b);
  return 0x100 + hidden;
}

/* -1: no byte. */
static int byte_of(const Bpe *self, gunichar c) { return c < CHARACTERS ? self->shown[c] : -1; }

gboolean bpe_find_bytes(const Vocabulary *vocabulary, gint32 ids[256], int *lacking) {
  for (int b = 0; b < 256; b++) {
    char word[8] = "";
    g_unichar_to_utf8(bpe_character((guint8)b), word);
    ids[b] = vocabulary_find(vocabulary, word);
    if (ids[b] < 0) {
      *lacking = b;
      return FALSE;
    }
  }
  return TRUE;
}

/* --- pieces --- */

typedef enum { LETTER, NUMBER, SPACE, OTHER } Kind;

static Kind kind_of(gunichar c) {
  return unicode_is_letter(c)   ? LETTER
         : unicode_is_number(c) ? NUMBER
         : unicode_is_space(c)  ? SPACE
                                : OTHER;
}

/* 's, 't, 're, 've, 'm, 'll, 'd: its length; 0: it is none. */
static gsize contraction(const char *at, const char *end) {
  static const char *const ENDINGS[] = {"s", "t", "re", "ve", "m", "ll", "d"};

  for (gsize i = 0; *at == '\'' && i < G_N_ELEMENTS(ENDINGS); i++) {
    const gsize n = strlen(ENDINGS[i]);
    if ((gsize)(end - at) > n && memcmp(at + 1, ENDINGS[i], n) == 0)
      return n + 1;
  }
  return 0;
}

/* The end of the characters of one kind; `last` is where the last of them begins. */
static const char *run_end(const char *at, const char *end, Kind kind, const char **last) {
  while (at < end) {
    const char *next = at;
    if (kind_of(unicode_next(&next, end)) != kind)
      break;
    *last = at;
    at = next;
  }
  return at;
}

const char *bpe_piece_end(const char *at, const char *end) {
  const gsize short_form = contraction(at, end);
  const char *from = *at == ' ' && at + 1 < end ? at + 1 : at, *next = from, *last = at;

  if (short_form > 0)
    return at + short_form;
  const Kind kind = kind_of(unicode_next(&next, end));
  if (kind != SPACE)
    return run_end(from, end, kind, &last);
  /* Of blanks before a word the last belongs to it. */
  const char *after = run_end(at, end, SPACE, &last);
  return after < end && last > at ? last : after;
}

/* --- merging --- */

static void encode_piece(const Bpe *self, const char *text, gsize from, gsize to, GArray *tokens) {
  const guint first = tokens->len;

  for (gsize i = from; i < to; i++) {
    const Token token = {self->byte[(guint8)text[i]], (guint32)i, (guint32)i + 1};
    g_array_append_val(tokens, token);
  }
  const guint left = bpe_merge_piece(&self->ranks, (const Merge *)self->merges->data,
                                     &g_array_index(tokens, Token, first), tokens->len - first);
  g_array_set_size(tokens, first + left);
}

static void bpe_encode(const Tokenizer *self, const char *text, gsize size, GArray *tokens) {
  const char *at = text, *end = text + size;

  while (at < end) {
    const char *next = bpe_piece_end(at, end);
    encode_piece(self->data, text, (gsize)(at - text), (gsize)(next - text), tokens);
    at = next;
  }
}

/* Bytes that are no UTF-8 (a letter cut in two) become U+FFFD. */
static void bpe_decode(const Tokenizer *self, const gint32 *ids, gsize n, GString *text) {
  g_autoptr(GString) bytes = g_string_new(NULL);

  for (gsize i = 0; i < n; i++)
    for (const char *c = vocabulary_word(self->vocabulary, ids[i]); *c != '\0';
         c = g_utf8_next_char(c)) {
      const int byte = byte_of(self->data, g_utf8_get_char(c));
      if (byte >= 0)
        g_string_append_c(bytes, (char)byte);
    }
  g_autofree char *valid = g_utf8_make_valid(bytes->str, (gssize)bytes->len);
  g_string_append(text, valid);
}

static void bpe_write(const Tokenizer *self, JsonBuilder *builder) {
  const Bpe *bpe = self->data;

  json_builder_set_member_name(builder, "merges");
  json_builder_begin_array(builder);
  for (guint i = 0; i < bpe->merges->len; i++) {
    const Merge *merge = &g_array_index(bpe->merges, Merge, i);
    json_builder_add_int_value(builder, merge->left);
    json_builder_add_int_value(builder, merge->right);
    json_builder_add_int_value(builder, merge->both);
  }
  json_builder_end_array(builder);
}

static const TokenizerClass BPE = {
    .name = "bpe",
    .encode = bpe_encode,
    .decode = bpe_decode,
    .write = bpe_write,
    .free = bpe_free,
};

static void index_merges(Bpe *self) {
  pair_map_init(&self->ranks, self->merges->len);
  for (guint i = 0; i < self->merges->len; i++) {
    const Merge *merge = &g_array_index(self->merges, Merge, i);
    gint32 *rank = pair_map_at(&self->ranks, merge->left, merge->right);
    if (*rank < 0) /* what is there twice has its first rank */
      *rank = (gint32)i;
  }
}

Tokenizer *bpe_tokenizer(Vocabulary *vocabulary, guint specials, GArray *merges, int *lacking) {
  g_autoptr(Vocabulary) words = vocabulary;
  g_autoptr(GArray) pairs = merges;
  gint32 bytes[256];

  if (!bpe_find_bytes(words, bytes, lacking))
    return NULL;
  Bpe *self = g_new0(Bpe, 1);
  memcpy(self->byte, bytes, sizeof bytes);
  memset(self->shown, 0xff, sizeof self->shown);
  for (int b = 0; b < 256; b++)
    self->shown[bpe_character((guint8)b)] = (gint16)b;
  self->merges = g_steal_pointer(&pairs);
  index_merges(self);
  return tokenizer_new(&BPE, self, g_steal_pointer(&words), specials);
}

guint tokenizer_bpe_merges(const Tokenizer *self) {
  g_return_val_if_fail(self->klass == &BPE, 0);
  return ((const Bpe *)self->data)->merges->len;
}

void tokenizer_bpe_merge(const Tokenizer *self, guint rank, gint32 pair[2], gint32 *both) {
  g_return_if_fail(self->klass == &BPE && rank < tokenizer_bpe_merges(self));
  const Merge *merge = &g_array_index(((const Bpe *)self->data)->merges, Merge, rank);

  pair[0] = merge->left;
  pair[1] = merge->right;
  *both = merge->both;
}
