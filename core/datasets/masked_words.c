#include "core/datasets/token_data.h"

#include <string.h>

typedef struct {
  MaskedWords words;
  guint32 first[DATASET_PARTS];
} Masked;

static void masked_free(gpointer data) {
  Masked *self = data;

  g_free(self->words.ids);
  g_free(self->words.offsets);
  g_free(self);
}

static int sentence_length(const Masked *self, gsize sentence) {
  const gsize *offsets = self->words.offsets;

  return (int)(offsets[sentence + 1] - offsets[sentence]);
}

/* What stands in place of a word that is to be guessed. */
static gint32 disguise(const MaskedWords *words, const Rng *rng, guint64 element, gint32 word) {
  const guint32 lot = rng_below(rng, element, 10);

  if (lot < 8)
    return words->mask;
  if (lot == 8)
    return word;
  return words->first_word +
         (gint32)rng_below(rng, element + 1, (guint32)(words->vocabulary - words->first_word));
}

/* Words to guess, one in 1/share at random; where none came up, one that is chosen at random. */
static void mask_row(const MaskedWords *words, const Rng *rng, guint64 element, int n, gint32 *ids,
                     gint32 *targets) {
  int maskable = 0, masked = 0;

  for (int i = 0; i < n; i++)
    maskable += ids[i] >= words->first_word;
  int left = maskable > 0 ? (int)rng_below(rng, element, (guint32)maskable) : -1;
  for (int i = 0; i < n; i++) {
    const guint64 at = element + 4 * (guint64)(i + 1);
    const gboolean chosen = rng_uniform(rng, at) < words->share;
    targets[i] = ids[i] >= words->first_word && chosen ? ids[i] : -1;
    masked += targets[i] >= 0;
  }
  for (int i = 0; i < n && masked == 0; i++)
    if (ids[i] >= words->first_word && left-- == 0)
      targets[i] = ids[i];
  for (int i = 0; i < n; i++)
    if (targets[i] >= 0)
      ids[i] = disguise(words, rng, element + 4 * (guint64)(i + 1) + 1, ids[i]);
}

/* The random numbers belong to the sentence, not to its place in the batch. */
static void fill_row(const Masked *self, const DatasetBatch *batch, int row) {
  const gsize sentence = self->first[batch->part] + batch->indices[row];
  const int room = batch->field[0]->shape.dim[1], n = MIN(sentence_length(self, sentence), room);
  gint32 *ids = batch->field[0]->index + (gsize)row * (gsize)room;
  g_autofree gint32 *spare = batch->field[1] == NULL ? g_new(gint32, room) : NULL;
  gint32 *targets = spare != NULL ? spare : batch->field[1]->index + (gsize)row * (gsize)room;

  memcpy(ids, self->words.ids + self->words.offsets[sentence], (gsize)n * sizeof *ids);
  mask_row(&self->words, &batch->random, (guint64)sentence << 20, n, ids, targets);
  for (int i = n; i < room; i++) {
    ids[i] = 0;
    targets[i] = -1;
  }
}

static void masked_fill(const Dataset *self, const DatasetBatch *batch) {
  for (int row = 0; row < batch->rows && batch->field[0] != NULL; row++)
    fill_row(self->data, batch, row);
}

static int masked_length(const Dataset *self, DatasetPart part, guint32 index, int field) {
  const Masked *masked = self->data;

  return sentence_length(masked, masked->first[part] + index);
}

static const DatasetClass MASKED_CLASS = {
    .fill = masked_fill, .length = masked_length, .free = masked_free};

Dataset *dataset_new_masked_words(const char *name, const char *source, const MaskedWords *words,
                                  const guint32 count[DATASET_PARTS]) {
  Dataset *self = g_new0(Dataset, 1);
  Masked *masked = g_new0(Masked, 1);
  guint32 first = 0;

  g_assert(words->vocabulary > words->first_word);
  masked->words = *words;
  for (int part = 0; part < DATASET_PARTS; part++) {
    masked->first[part] = first;
    first += self->count[part] = count[part];
  }
  self->klass = &MASKED_CLASS;
  self->data = masked;
  self->name = g_strdup(name);
  self->source = g_strdup(source);
  self->field[0] =
      (DatasetField){"tokens", TENSOR_INT, SHAPE(words->length), TRUE, words->vocabulary};
  self->field[1] =
      (DatasetField){"targets", TENSOR_INT, SHAPE(words->length), TRUE, words->vocabulary};
  self->n_fields = 2;
  self->n_classes = words->vocabulary;
  return self;
}
