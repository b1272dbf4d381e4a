/* Joins the most frequent pair again and again. Every distinct word is kept once; a pair knows how
 * often it is seen and in which words it may be, so that a merge costs only the words it changes.
 * The most frequent pair is the top of a heap whose entries may be out of date: one that was joined
 * to something else is put back with what is left of it. */
#include "core/text/pair_map.h"
#include "core/text/tokenizer_kinds.h"

#include <string.h>

typedef struct {
  gint32 *ids; /* into `symbols` */
  guint n, count;
} Word;

typedef struct {
  gint32 left, right;
  gint64 count;
  gint64 listed; /* what its latest entry in the heap says; 0: it has none */
  GArray *words; /* guint: those it has been seen in */
} Pair;

typedef struct {
  gint64 count;
  gint32 left, right;
  gint32 pair;
} Entry;

typedef struct {
  gint32 *symbols;
  Word *words;
  guint n_words;
  GArray *pairs; /* Pair */
  PairMap index; /* into pairs */
  GArray *heap;  /* Entry */
  GArray *risen; /* gint32: pairs that are seen more often than their entries say */
} Trainer;

/* --- The heap --- */

/* More frequent, or of lower ids. */
static gboolean comes_first(const Entry *a, const Entry *b) {
  if (a->count != b->count)
    return a->count > b->count;
  return a->left != b->left ? a->left < b->left : a->right < b->right;
}

static void heap_push(GArray *heap, Entry entry) {
  guint at = heap->len;

  g_array_append_val(heap, entry);
  Entry *entries = (Entry *)heap->data;
  for (; at > 0 && comes_first(&entry, &entries[(at - 1) / 2]); at = (at - 1) / 2)
    entries[at] = entries[(at - 1) / 2];
  entries[at] = entry;
}

static Entry heap_pop(GArray *heap) {
  Entry *entries = (Entry *)heap->data;
  const Entry top = entries[0], last = entries[heap->len - 1];
  const guint n = heap->len - 1;
  guint at = 0;

  for (guint child = 1; child < n; child = 2 * at + 1) {
    child += child + 1 < n && comes_first(&entries[child + 1], &entries[child]);
    if (!comes_first(&entries[child], &last))
      break;
    entries[at] = entries[child];
    at = child;
  }
  entries[at] = last;
  g_array_set_size(heap, n);
  return top;
}

static void push_pair(Trainer *self, gint32 index) {
  Pair *pair = &g_array_index(self->pairs, Pair, (guint)index);

  pair->listed = pair->count;
  heap_push(self->heap, (Entry){pair->count, pair->left, pair->right, index});
}

/* --- Counting --- */

static gint32 find_pair(Trainer *self, gint32 left, gint32 right) {
  gint32 *place = pair_map_at(&self->index, left, right);

  if (*place < 0) {
    const Pair pair = {left, right, 0, 0, g_array_new(FALSE, FALSE, sizeof(guint))};
    *place = (gint32)self->pairs->len;
    g_array_append_val(self->pairs, pair);
  }
  return *place;
}

/* Counts the pairs of a word in (`sign` 1) or out (-1). */
static void count_pairs(Trainer *self, guint w, int sign) {
  const Word *word = &self->words[w];

  for (guint i = 0; i + 1 < word->n; i++) {
    const gint32 index = find_pair(self, word->ids[i], word->ids[i + 1]);
    Pair *pair = &g_array_index(self->pairs, Pair, (guint)index);
    pair->count += sign * (gint64)word->count;
    if (sign < 0)
      continue;
    if (pair->words->len == 0 || g_array_index(pair->words, guint, pair->words->len - 1) != w)
      g_array_append_val(pair->words, w);
    g_array_append_val(self->risen, index);
  }
}

static void push_risen(Trainer *self) {
  for (guint i = 0; i < self->risen->len; i++) {
    const gint32 index = g_array_index(self->risen, gint32, i);
    const Pair *pair = &g_array_index(self->pairs, Pair, (guint)index);
    if (pair->listed < pair->count)
      push_pair(self, index);
  }
  g_array_set_size(self->risen, 0);
}

static void count_words(const TokenizerTexts *texts, WordCounts *counts) {
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

static void spell_words(Trainer *self, const gint32 bytes[256], const WordCounts *counts) {
  g_autoptr(GPtrArray) sorted = word_counts_sorted(counts);
  gsize size = 0;

  for (guint w = 0; w < sorted->len; w++)
    size += strlen(sorted->pdata[w]);
  gint32 *at = self->symbols = g_new(gint32, size);
  self->n_words = sorted->len;
  self->words = g_new(Word, sorted->len);
  for (guint w = 0; w < sorted->len; w++) {
    const char *text = sorted->pdata[w];
    self->words[w] = (Word){at, (guint)strlen(text), word_counts_get(counts, text)};
    while (*text != '\0')
      *at++ = bytes[(guint8)*text++];
  }
}

/* --- Merging --- */

static void merge_word(Word *word, Merge merge) {
  guint made = 0;

  for (guint i = 0; i < word->n; i++) {
    const gboolean joins =
        i + 1 < word->n && word->ids[i] == merge.left && word->ids[i + 1] == merge.right;
    word->ids[made++] = joins ? merge.both : word->ids[i];
    i += joins;
  }
  word->n = made;
}

static void merge_pair(Trainer *self, gint32 index, Merge merge) {
  g_autoptr(GArray) words = g_array_ref(g_array_index(self->pairs, Pair, (guint)index).words);

  for (guint i = 0; i < words->len; i++) {
    const guint w = g_array_index(words, guint, i);
    count_pairs(self, w, -1);
    merge_word(&self->words[w], merge);
    count_pairs(self, w, 1);
  }
  push_risen(self);
}

/* Entries never say too little: a pair that rose was listed again. The most frequent pair; -1 where
 * none is seen often enough. */
static gint32 best_pair(Trainer *self, guint minimum_count) {
  while (self->heap->len > 0) {
    const Entry entry = heap_pop(self->heap);
    Pair *pair = &g_array_index(self->pairs, Pair, (guint)entry.pair);
    if (entry.count < minimum_count)
      return -1;
    if (entry.count != pair->listed) /* a later entry stands for it */
      continue;
    pair->listed = 0;
    if (entry.count == pair->count)
      return entry.pair;
    if (pair->count > 0)
      push_pair(self, entry.pair);
  }
  return -1;
}

/* Adds a token for the pair; where two ways to cut a text spell the same, both make one token. */
static Merge add_token(Vocabulary *vocabulary, const Pair *pair) {
  g_autofree char *both = g_strconcat(vocabulary_word(vocabulary, pair->left),
                                      vocabulary_word(vocabulary, pair->right), NULL);

  return (Merge){pair->left, pair->right, vocabulary_add(vocabulary, both)};
}

static void trainer_init(Trainer *self) {
  memset(self, 0, sizeof *self);
  self->pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
  self->heap = g_array_new(FALSE, FALSE, sizeof(Entry));
  self->risen = g_array_new(FALSE, FALSE, sizeof(gint32));
  pair_map_init(&self->index, 4096);
}

static void trainer_clear(Trainer *self) {
  for (guint i = 0; i < self->pairs->len; i++)
    g_array_unref(g_array_index(self->pairs, Pair, i).words);
  g_array_unref(self->pairs);
  g_array_unref(self->heap);
  g_array_unref(self->risen);
  pair_map_clear(&self->index);
  g_free(self->symbols);
  g_free(self->words);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Trainer, trainer_clear)

static void count_all(Trainer *self, const TokenizerTexts *texts, const gint32 bytes[256]) {
  g_auto(WordCounts) counts = {0};

  word_counts_init(&counts);
  count_words(texts, &counts);
  spell_words(self, bytes, &counts);
  for (guint w = 0; w < self->n_words; w++)
    count_pairs(self, w, 1);
  push_risen(self);
}

Tokenizer *tokenizer_train_bpe(const TokenizerTexts *texts, guint merges, guint minimum_count) {
  Vocabulary *vocabulary = tokenizer_specials(texts->specials);
  GArray *learned = g_array_new(FALSE, FALSE, sizeof(Merge));
  g_auto(Trainer) trainer = {0};
  gint32 bytes[256];
  int lacking;

  add_bytes(vocabulary);
  bpe_find_bytes(vocabulary, bytes, &lacking);
  trainer_init(&trainer);
  count_all(&trainer, texts, bytes);
  while (learned->len < merges) {
    const gint32 index = best_pair(&trainer, MAX(minimum_count, 1));
    if (index < 0)
      break;
    const Merge merge = add_token(vocabulary, &g_array_index(trainer.pairs, Pair, (guint)index));
    g_array_append_val(learned, merge);
    merge_pair(&trainer, index, merge);
  }
  return bpe_tokenizer(vocabulary, texts->specials, learned, &lacking);
}
