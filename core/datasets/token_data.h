/* Data made of one long text of tokens, or of many short ones: what language models, masked-word
 * models and word vectors learn from. Nothing is stored twice; what is masked and which words are
 * false neighbours is drawn from the batch's random numbers.
 */
#pragma once

#include "core/datasets/dataset.h"

/* Windows of `length` tokens, and as targets the same moved on by one:
 *
 *   "tokens" (length), "targets" (length)
 *
 * `ids` (taken over, g_free) is cut in time: first `train` tokens to learn from, then `validation`,
 * then `test`. A window to learn from may begin anywhere; those of the other parts follow each
 * other without overlap. NULL and an error when a part that has tokens has fewer than length + 1.
 */
Dataset *dataset_new_token_windows(const char *name, const char *source, gint32 *ids, int length,
                                   const gsize count[DATASET_PARTS], int vocabulary,
                                   GError **error);

/* What BERT is trained on (Devlin et al. 2019): of every sentence `share` of the words (at least
 * one) are to be guessed; of these eight in ten are replaced by `mask`, one by some word, one is
 * left.
 *
 *   "tokens" (length), "targets" (length): the word where one is to be guessed, else -1
 *
 * `ids` and `offsets` (one more than there are sentences) are taken over; ids below `first_word`
 * are never masked nor drawn. */
typedef struct {
  gint32 *ids;
  gsize *offsets;
  int length; /* of the longest */
  gint32 mask, first_word, vocabulary;
  double share; /* 0.15 */
} MaskedWords;
Dataset *dataset_new_masked_words(const char *name, const char *source, const MaskedWords *words,
                                  const guint32 count[DATASET_PARTS]);

/* Skip-grams with negative sampling (Mikolov et al. 2013): a word, one true neighbour, and
 * `negatives` words drawn by frequency to the power of 3/4.
 *
 *   "word" (1), "contexts" (1 + negatives): the true one first
 *
 * All words within `window` steps in the same sentence are neighbours. `ids` and `offsets` as
 * above; the last twentieth of the sentences is for validation. */
typedef struct {
  gint32 *ids;
  gsize *offsets;
  guint32 sentences;
  int window, negatives;
  gint32 vocabulary;
} SkipGrams;
Dataset *dataset_new_skip_grams(const char *name, const char *source, const SkipGrams *grams,
                                GError **error);

#define TOKEN_DATA_ERROR (token_data_error_quark())
GQuark token_data_error_quark(void);
typedef enum { TOKEN_DATA_ERROR_SHORT } TokenDataError;
