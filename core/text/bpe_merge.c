/* How a piece is merged. A heap has every pair of neighbours that can be, the lowest rank first and
 * of one rank the leftmost; a pair that has since lost a token is passed over when it comes up. So
 * a piece of n bytes takes n log n steps, however long it is. What a merge makes is itself only
 * merged by later ones, as training has it; so this is the same as all pairs of one rank at a time.
 */
#include "core/text/bpe_merge.h"

/* Two neighbours in the heap, by where the left one begins. */
typedef struct {
  gint32 rank;
  guint left;
} Candidate;

typedef struct {
  const PairMap *ranks;
  const Merge *merges;
  Token *tokens;   /* id -1: it is part of one on its left */
  guint *next;     /* neighbours; n: none */
  guint *previous; /* n: none */
  GArray *heap;    /* Candidate */
  guint n;
} Merging;

static gboolean comes_first(Candidate a, Candidate b) {
  return a.rank != b.rank ? a.rank < b.rank : a.left < b.left;
}

static void push(GArray *heap, Candidate candidate) {
  guint at = heap->len;

  g_array_append_val(heap, candidate);
  Candidate *entries = (Candidate *)heap->data;
  for (; at > 0 && comes_first(candidate, entries[(at - 1) / 2]); at = (at - 1) / 2)
    entries[at] = entries[(at - 1) / 2];
  entries[at] = candidate;
}

static Candidate pop(GArray *heap) {
  Candidate *entries = (Candidate *)heap->data;
  const Candidate top = entries[0], last = entries[heap->len - 1];
  const guint n = heap->len - 1;
  guint at = 0;

  for (guint child = 1; child < n; child = 2 * at + 1) {
    child += child + 1 < n && comes_first(entries[child + 1], entries[child]);
    if (!comes_first(entries[child], last))
      break;
    entries[at] = entries[child];
    at = child;
  }
  entries[at] = last;
  g_array_set_size(heap, n);
  return top;
}

/* The rank of a token and its right neighbour; -1: they are never merged. */
static gint32 rank_at(const Merging *self, guint left) {
  const guint right = self->next[left];

  return right < self->n ? pair_map_find(self->ranks, self->tokens[left].id, self->tokens[right].id)
                         : -1;
}

static void push_pair(Merging *self, guint left) {
  const Candidate candidate = {left < self->n ? rank_at(self, left) : -1, left};

  if (candidate.rank >= 0)
    push(self->heap, candidate);
}

static void merge_at(Merging *self, guint left, gint32 both) {
  const guint right = self->next[left], after = self->next[right];

  self->tokens[left].id = both;
  self->tokens[left].to = self->tokens[right].to;
  self->tokens[right].id = -1;
  self->next[left] = after;
  if (after < self->n)
    self->previous[after] = left;
  push_pair(self, self->previous[left]);
  push_pair(self, left);
}

/* Few tokens: looking at all of them again and again is faster than a heap. */
static guint merge_few(const PairMap *ranks, const Merge *merges, Token *tokens, guint n) {
  for (;;) {
    gint32 lowest = G_MAXINT32;
    guint to = 0;
    for (guint i = 0; i + 1 < n; i++) {
      const gint32 rank = pair_map_find(ranks, tokens[i].id, tokens[i + 1].id);
      lowest = rank >= 0 ? MIN(lowest, rank) : lowest;
    }
    if (lowest == G_MAXINT32)
      return n;
    const Merge merge = merges[lowest];
    for (guint i = 0; i < n; i++, to++) {
      const gboolean both =
          i + 1 < n && tokens[i].id == merge.left && tokens[i + 1].id == merge.right;
      tokens[to] = both ? (Token){merge.both, tokens[i].from, tokens[i + 1].to} : tokens[i];
      i += both;
    }
    n = to;
  }
}

static guint merge_many(const PairMap *ranks, const Merge *merges, Token *tokens, guint n) {
  g_autofree guint *next = g_new(guint, n), *previous = g_new(guint, n);
  g_autoptr(GArray) heap = g_array_new(FALSE, FALSE, sizeof(Candidate));
  Merging self = {ranks, merges, tokens, next, previous, heap, n};
  guint to = 0;

  for (guint i = 0; i < n; i++) {
    next[i] = i + 1;
    previous[i] = i > 0 ? i - 1 : n;
  }
  for (guint i = 0; i < n; i++)
    push_pair(&self, i);
  while (heap->len > 0) {
    const Candidate candidate = pop(heap);
    if (tokens[candidate.left].id >= 0 && rank_at(&self, candidate.left) == candidate.rank)
      merge_at(&self, candidate.left, merges[candidate.rank].both);
  }
  for (guint i = 0; i < n; i++)
    if (tokens[i].id >= 0)
      tokens[to++] = tokens[i];
  return to;
}

#define FEW 32

guint bpe_merge_piece(const PairMap *ranks, const Merge *merges, Token *tokens, guint n) {
  return n <= FEW ? merge_few(ranks, merges, tokens, n) : merge_many(ranks, merges, tokens, n);
}
