#include "core/datasets/token_data.h"

#include <math.h>

typedef struct {
  SkipGrams grams;
  guint32 *pairs;     /* pairs of the words before position i of the text: one more than words */
  guint32 *sentence;  /* of each position */
  double *cumulative; /* of the words' frequencies to the power of 3/4, to 1 */
  guint32 first[DATASET_PARTS];
} Grams;

static void grams_free(gpointer data) {
  Grams *self = data;

  g_free(self->grams.ids);
  g_free(self->grams.offsets);
  g_free(self->pairs);
  g_free(self->sentence);
  g_free(self->cumulative);
  g_free(self);
}

static gsize words_of(const SkipGrams *grams) { return grams->offsets[grams->sentences]; }

/* The neighbours of a position lie in [from, to), itself among them. */
static void neighbours(const Grams *self, gsize position, gsize *from, gsize *to) {
  const gsize *offsets = self->grams.offsets + self->sentence[position];
  const gsize window = (gsize)self->grams.window;

  *from = position - MIN(window, position - offsets[0]);
  *to = MIN(position + window + 1, offsets[1]);
}

/* The last i with table[i] ≤ value. */
static gsize search_pairs(const guint32 *table, gsize n, guint32 value) {
  gsize low = 0, high = n;

  while (high - low > 1) {
    const gsize middle = (low + high) / 2;
    if (table[middle] <= value)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* The first word whose share of the whole reaches that far. */
static gint32 draw_word(const Grams *self, float share) {
  gint32 low = 0, high = self->grams.vocabulary - 1;

  while (low < high) {
    const gint32 middle = (low + high) / 2;
    if (self->cumulative[middle] > (double)share)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static void fill_row(const Grams *self, const DatasetBatch *batch, int row) {
  const guint32 pair = self->first[batch->part] + batch->indices[row];
  const gsize position = search_pairs(self->pairs, words_of(&self->grams), pair);
  const int contexts = 1 + self->grams.negatives;
  gsize from, to;

  neighbours(self, position, &from, &to);
  gsize other = from + (pair - self->pairs[position]);
  other += other >= position;
  if (batch->field[0] != NULL)
    batch->field[0]->index[row] = self->grams.ids[position];
  for (int c = 0; batch->field[1] != NULL && c < contexts; c++)
    batch->field[1]->index[row * contexts + c] =
        c == 0 ? self->grams.ids[other]
               : draw_word(self, rng_uniform(&batch->random,
                                             (guint64)pair * (guint64)contexts + (guint64)c));
}

static void grams_fill(const Dataset *self, const DatasetBatch *batch) {
  for (int row = 0; row < batch->rows; row++) {
    g_assert(batch->indices[row] < self->count[batch->part]);
    fill_row(self->data, batch, row);
  }
}

static const DatasetClass GRAMS_CLASS = {.fill = grams_fill, .free = grams_free};

/* Counts the pairs; FALSE when there are more than can be numbered. */
static gboolean count_pairs(Grams *self) {
  const gsize words = words_of(&self->grams);
  guint64 pairs = 0;

  self->pairs = g_new(guint32, words + 1);
  self->sentence = g_new(guint32, words + 1);
  for (guint32 s = 0; s < self->grams.sentences; s++)
    for (gsize i = self->grams.offsets[s]; i < self->grams.offsets[s + 1]; i++)
      self->sentence[i] = s;
  for (gsize i = 0; i < words; i++) {
    gsize from, to;
    self->pairs[i] = (guint32)pairs;
    neighbours(self, i, &from, &to);
    pairs += to - from - 1;
    if (pairs > G_MAXINT32)
      return FALSE;
  }
  self->pairs[words] = (guint32)pairs;
  return TRUE;
}

static void weigh_words(Grams *self) {
  const gint32 vocabulary = self->grams.vocabulary;
  double sum = 0;

  self->cumulative = g_new0(double, vocabulary);
  for (gsize i = 0; i < words_of(&self->grams); i++)
    self->cumulative[self->grams.ids[i]]++;
  for (gint32 w = 0; w < vocabulary; w++)
    self->cumulative[w] = sum += pow(self->cumulative[w], 0.75);
  for (gint32 w = 0; w < vocabulary; w++)
    self->cumulative[w] /= sum;
}

static void cut(Dataset *self, Grams *grams) {
  const guint32 sentences = grams->grams.sentences, held = sentences / 20;
  const guint32 train = grams->pairs[grams->grams.offsets[sentences - held]];

  self->count[DATASET_TRAIN] = train;
  self->count[DATASET_VALIDATION] = grams->pairs[words_of(&grams->grams)] - train;
  grams->first[DATASET_VALIDATION] = train;
}

Dataset *dataset_new_skip_grams(const char *name, const char *source, const SkipGrams *skip_grams,
                                GError **error) {
  g_autoptr(Dataset) self = g_new0(Dataset, 1);
  Grams *grams = g_new0(Grams, 1);

  g_assert(skip_grams->window > 0 && skip_grams->negatives > 0);
  grams->grams = *skip_grams;
  self->klass = &GRAMS_CLASS;
  self->data = grams;
  if (!count_pairs(grams) || grams->pairs[words_of(skip_grams)] == 0) {
    g_set_error(error, TOKEN_DATA_ERROR, TOKEN_DATA_ERROR_SHORT,
                "%s: %s; word vectors are learned from neighbours in a sentence", name,
                words_of(skip_grams) > 1000 ? "there are too many pairs of words"
                                            : "no sentence has two words");
    return NULL;
  }
  weigh_words(grams);
  cut(self, grams);
  self->name = g_strdup(name);
  self->source = g_strdup(source);
  self->field[0] = (DatasetField){"word", TENSOR_INT, SHAPE(1), FALSE, skip_grams->vocabulary};
  self->field[1] = (DatasetField){"contexts", TENSOR_INT, SHAPE(1 + skip_grams->negatives), FALSE,
                                  skip_grams->vocabulary};
  self->n_fields = 2;
  self->n_classes = skip_grams->vocabulary;
  return g_steal_pointer(&self);
}
