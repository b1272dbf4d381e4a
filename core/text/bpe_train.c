/* How byte-pair encoding learns: every distinct piece of the texts once, with its count; the counts
 * of pairs are kept up to date while pieces change. */
#include "core/text/tokenizer_kinds.h"

#include <string.h>

/* A distinct piece. */
typedef struct {
  gint32 *ids;
  int n;
  gint64 count;
} Piece;

typedef struct {
  gint64 key; /* first: what the table compares */
  gint32 left, right;
  gint64 count;
  GArray *pieces; /* guint: where it has been seen; some may have lost it */
} Pair;

typedef struct {
  GArray *pieces;    /* Piece */
  GHashTable *pairs; /* Pair, by its key */
  GPtrArray *all;    /* the same, in order of appearance */
} Training;

static void pair_free(gpointer data) {
  Pair *self = data;

  g_array_unref(self->pieces);
  g_free(self);
}

static void piece_clear(gpointer data) { g_free(((Piece *)data)->ids); }

static void training_init(Training *self) {
  self->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
  g_array_set_clear_func(self->pieces, piece_clear);
  self->pairs = g_hash_table_new(g_int64_hash, g_int64_equal);
  self->all = g_ptr_array_new_with_free_func(pair_free);
}

static void training_clear(Training *self) {
  g_array_unref(self->pieces);
  g_hash_table_unref(self->pairs);
  g_ptr_array_unref(self->all);
}

static Pair *find_pair(Training *self, gint32 left, gint32 right) {
  const gint64 key = ((gint64)left << 32) | (gint64)(guint32)right;
  Pair *pair = g_hash_table_lookup(self->pairs, &key);

  if (pair != NULL)
    return pair;
  pair = g_new0(Pair, 1);
  *pair = (Pair){key, left, right, 0, g_array_new(FALSE, FALSE, sizeof(guint))};
  g_hash_table_insert(self->pairs, &pair->key, pair);
  g_ptr_array_add(self->all, pair);
  return pair;
}

/* Counts the pairs of a piece, or (`sign` -1) takes them back. */
static void count_pairs(Training *self, guint index, int sign) {
  const Piece *piece = &g_array_index(self->pieces, Piece, index);

  for (int i = 0; i + 1 < piece->n; i++) {
    Pair *pair = find_pair(self, piece->ids[i], piece->ids[i + 1]);
    pair->count += sign * piece->count;
    if (sign > 0 && (pair->pieces->len == 0 ||
                     g_array_index(pair->pieces, guint, pair->pieces->len - 1) != index))
      g_array_append_val(pair->pieces, index);
  }
}

static void add_piece(Training *self, const gint32 byte[256], const char *bytes, gint64 count) {
  Piece piece = {.n = (int)strlen(bytes), .count = count};

  piece.ids = g_new(gint32, piece.n);
  for (int i = 0; i < piece.n; i++)
    piece.ids[i] = byte[(guint8)bytes[i]];
  g_array_append_val(self->pieces, piece);
  count_pairs(self, self->pieces->len - 1, 1);
}

/* The most frequent; of equally frequent ones that of the lower ids. */
static Pair *best_pair(const Training *self) {
  Pair *best = NULL;

  for (guint i = 0; i < self->all->len; i++) {
    Pair *pair = self->all->pdata[i];
    if (best == NULL || pair->count > best->count ||
        (pair->count == best->count && pair->key < best->key))
      best = pair;
  }
  return best;
}

static void merge_in(Training *self, guint index, const Merge *merge) {
  Piece *piece = &g_array_index(self->pieces, Piece, index);
  int to = 0;

  count_pairs(self, index, -1);
  for (int i = 0; i < piece->n; i++) {
    const gboolean both =
        piece->ids[i] == merge->left && i + 1 < piece->n && piece->ids[i + 1] == merge->right;
    piece->ids[to++] = both ? merge->both : piece->ids[i];
    i += both;
  }
  piece->n = to;
  count_pairs(self, index, 1);
}

static Merge make_merge(Vocabulary *vocabulary, const Pair *pair) {
  g_autofree char *word = g_strconcat(vocabulary_word(vocabulary, pair->left),
                                      vocabulary_word(vocabulary, pair->right), NULL);

  return (Merge){pair->left, pair->right, vocabulary_add(vocabulary, word)};
}

static void count_pieces(const TokenizerTexts *texts, WordCounts *counts) {
  for (gsize i = 0; i < texts->n; i++) {
    const char *at = texts->texts[i], *end = at + strlen(at);
    while (at < end) {
      const char *next = bpe_piece_end(at, end);
      word_counts_add(counts, at, (gsize)(next - at));
      at = next;
    }
  }
}

/* The 256 bytes in GPT-2's order: first those that can be seen. */
static void add_bytes(Vocabulary *vocabulary) {
  for (int hidden = 0; hidden <= 1; hidden++)
    for (int b = 0; b < 256; b++) {
      const gunichar c = bpe_character((guint8)b);
      char word[8] = "";
      g_unichar_to_utf8(c, word);
      if ((c >= 0x100) == hidden)
        vocabulary_add(vocabulary, word);
    }
}

Tokenizer *tokenizer_train_bpe(const TokenizerTexts *texts, guint merges, guint minimum_count) {
  Vocabulary *vocabulary = tokenizer_specials(texts->specials);
  GArray *learned = g_array_new(FALSE, FALSE, sizeof(Merge));
  g_auto(WordCounts) counts = {0};
  Training training;
  gint32 byte[256];
  int lacking;

  add_bytes(vocabulary);
  bpe_find_bytes(vocabulary, byte, &lacking);
  word_counts_init(&counts);
  count_pieces(texts, &counts);
  training_init(&training);
  g_autoptr(GPtrArray) words = word_counts_sorted(&counts);
  for (guint i = 0; i < words->len; i++)
    add_piece(&training, byte, words->pdata[i], word_counts_get(&counts, words->pdata[i]));
  while (learned->len < merges) {
    const Pair *pair = best_pair(&training);
    if (pair == NULL || pair->count < MAX(minimum_count, 1))
      break;
    const Merge merge = make_merge(vocabulary, pair);
    g_autoptr(GArray) pieces = g_array_copy(pair->pieces);
    g_array_append_val(learned, merge);
    for (guint i = 0; i < pieces->len; i++)
      merge_in(&training, g_array_index(pieces, guint, i), &merge);
  }
  training_clear(&training);
  return bpe_tokenizer(vocabulary, texts->specials, learned, &lacking);
}
