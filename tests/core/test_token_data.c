/* Windows of a text, words to guess, words and their neighbours. */
#include "core/datasets/token_data.h"
#include "tests/core/support.h"

#include <math.h>
#include <string.h>

#define ROWS 64

static Tensor *tensor_new(int columns) {
  Tensor *self = g_new0(Tensor, 1);

  self->type = TENSOR_INT;
  self->batched = TRUE;
  self->shape = SHAPE(ROWS, columns);
  self->index = g_new0(gint32, ROWS * columns);
  return self;
}

static void tensor_done(Tensor *self) {
  g_free(self->index);
  g_free(self);
}

static void fill(const Dataset *data, DatasetPart part, const guint32 *indices, int rows,
                 guint32 step, Tensor *first, Tensor *second) {
  const DatasetBatch batch = {.part = part,
                              .indices = indices,
                              .rows = rows,
                              .field = {first, second},
                              .random = rng_new(1, RNG_BATCH, step)};

  data->klass->fill(data, &batch);
}

/* --- windows --- */

static void test_windows(void) {
  static const gsize COUNT[DATASET_PARTS] = {20, 9, 5};
  gint32 *ids = g_new(gint32, 34);
  Tensor *tokens = tensor_new(4), *targets = tensor_new(4);

  for (int i = 0; i < 34; i++)
    ids[i] = i;
  g_autoptr(Dataset) data = dataset_new_token_windows("text", "a text", ids, 4, COUNT, 34, NULL);
  g_assert_cmpuint(data->count[DATASET_TRAIN], ==, 16);
  g_assert_cmpuint(data->count[DATASET_VALIDATION], ==, 2);
  g_assert_cmpuint(data->count[DATASET_TEST], ==, 1);
  fill(data, DATASET_TRAIN, (const guint32[]){15, 3}, 2, 0, tokens, targets);
  g_assert_cmpmem(tokens->index, 32, ((const gint32[]){15, 16, 17, 18, 3, 4, 5, 6}), 32);
  g_assert_cmpmem(targets->index, 32, ((const gint32[]){16, 17, 18, 19, 4, 5, 6, 7}), 32);
  fill(data, DATASET_VALIDATION, (const guint32[]){1}, 1, 0, tokens, targets);
  g_assert_cmpmem(targets->index, 16, ((const gint32[]){25, 26, 27, 28}), 16);
  fill(data, DATASET_TEST, (const guint32[]){0}, 1, 0, tokens, targets);
  g_assert_cmpmem(targets->index, 16, ((const gint32[]){30, 31, 32, 33}), 16);
  tensor_done(tokens);
  tensor_done(targets);
}

static void test_short_text(void) {
  static const gsize COUNTS[][DATASET_PARTS] = {{4, 0, 0}, {0, 0, 0}, {5, 4, 0}};

  for (gsize i = 0; i < G_N_ELEMENTS(COUNTS); i++) {
    GError *error = NULL;
    g_assert_null(
        dataset_new_token_windows("text", "a text", g_new0(gint32, 9), 4, COUNTS[i], 1, &error));
    test_assert_error_says(&error, "the text is too short", "shorter window");
  }
}

/* --- masked words --- */

#define LENGTH 20

static Dataset *masked(void) {
  const MaskedWords words = {.ids = g_new(gint32, ROWS * LENGTH),
                             .offsets = g_new(gsize, ROWS + 1),
                             .length = LENGTH,
                             .mask = 4,
                             .first_word = 5,
                             .vocabulary = 105,
                             .share = 0.15};
  gsize n = 0;

  for (int s = 0; s < ROWS; s++) {
    words.offsets[s] = n;
    words.ids[n++] = 2;
    for (int i = 1; i < LENGTH - s % 3; i++)
      words.ids[n++] = 5 + (s + i) % 100;
  }
  words.offsets[ROWS] = n;
  return dataset_new_masked_words("masked", "sentences", &words, (const guint32[]){ROWS - 1, 1, 0});
}

/* Shares as in the paper; what is not to be guessed stays as it is; every sentence has something.
 */
static void test_masked(void) {
  g_autoptr(Dataset) data = masked();
  Tensor *tokens = tensor_new(LENGTH), *targets = tensor_new(LENGTH);
  int guessed = 0, masks = 0, same = 0, all = 0;
  guint32 sentence[ROWS];

  for (guint32 i = 0; i < ROWS - 1; i++)
    sentence[i] = i;
  for (guint32 step = 0; step < 50; step++) {
    fill(data, DATASET_TRAIN, sentence, ROWS - 1, step, tokens, targets);
    for (int s = 0; s < ROWS - 1; s++) {
      int here = 0;
      for (int i = 0; i < LENGTH; i++) {
        const int at = s * LENGTH + i, word = i == 0 ? 2 : 5 + (s + i) % 100;
        const gboolean real_step = i < LENGTH - s % 3;
        if (targets->index[at] < 0) {
          g_assert_cmpint(tokens->index[at], ==, real_step ? word : 0);
          all += real_step && i > 0;
          continue;
        }
        g_assert_cmpint(targets->index[at], ==, word);
        g_assert_true(tokens->index[at] == 4 || tokens->index[at] >= 5);
        here++;
        masks += tokens->index[at] == 4;
        same += tokens->index[at] == word;
      }
      g_assert_cmpint(here, >, 0);
      guessed += here;
    }
  }
  all += guessed;
  g_assert_cmpfloat(fabs((double)guessed / all - 0.155), <, 0.01); /* 0.15, and never none */
  g_assert_cmpfloat(fabs((double)masks / guessed - 0.8), <, 0.02);
  g_assert_cmpfloat(fabs((double)same / guessed - 0.101), <, 0.02);
  tensor_done(tokens);
  tensor_done(targets);
}

/* What is drawn belongs to sentence and step: not to the place in a batch, nor to its length. */
static void test_masked_again(void) {
  g_autoptr(Dataset) data = masked();
  Tensor *a = tensor_new(LENGTH), *b = tensor_new(LENGTH), *x = tensor_new(LENGTH),
         *y = tensor_new(LENGTH);

  g_assert_cmpint(data->klass->length(data, DATASET_TRAIN, 2, 0), ==, LENGTH - 2);
  fill(data, DATASET_TRAIN, (const guint32[]){7, 2}, 2, 5, a, b);
  x->shape.dim[1] = y->shape.dim[1] = LENGTH - 2;
  fill(data, DATASET_TRAIN, (const guint32[]){2}, 1, 5, x, y);
  g_assert_cmpmem(a->index + LENGTH, (LENGTH - 2) * 4, x->index, (LENGTH - 2) * 4);
  g_assert_cmpmem(b->index + LENGTH, (LENGTH - 2) * 4, y->index, (LENGTH - 2) * 4);
  fill(data, DATASET_TRAIN, (const guint32[]){2}, 1, 6, x, y);
  g_assert_true(memcmp(b->index + LENGTH, y->index, (LENGTH - 2) * 4) != 0);
  tensor_done(a);
  tensor_done(b);
  tensor_done(x);
  tensor_done(y);
}

/* --- skip-grams --- */

/* Sentences of 1, 2 and 4 words, twenty times. */
static Dataset *grams(GError **error) {
  static const gint32 WORDS[] = {0, 1, 2, 1, 3, 4, 5};
  SkipGrams skip_grams = {.ids = g_new(gint32, 140),
                          .offsets = g_new(gsize, 61),
                          .sentences = 60,
                          .window = 2,
                          .negatives = 5,
                          .vocabulary = 7};

  for (int i = 0; i < 140; i++)
    skip_grams.ids[i] = WORDS[i % 7];
  for (gsize s = 0; s <= 60; s++)
    skip_grams.offsets[s] = s / 3 * 7 + (s % 3 == 0 ? 0 : s % 3 == 1 ? 1 : 3);
  return dataset_new_skip_grams("words", "sentences", &skip_grams, error);
}

static void test_pairs(void) {
  static const gint32 PAIRS[][2] = {{1, 2}, {2, 1}, {1, 3}, {1, 4}, {3, 1}, {3, 4},
                                    {3, 5}, {4, 1}, {4, 3}, {4, 5}, {5, 3}, {5, 4}};
  GError *error = NULL;
  g_autoptr(Dataset) data = grams(&error);
  Tensor *word = tensor_new(1), *contexts = tensor_new(6);

  g_assert_no_error(error);
  g_assert_cmpuint(data->count[DATASET_TRAIN] + data->count[DATASET_VALIDATION], ==, 20 * 12);
  g_assert_cmpuint(data->count[DATASET_VALIDATION], ==, 12);
  for (guint32 i = 0; i < 24; i++) {
    fill(data, DATASET_TRAIN, &i, 1, 0, word, contexts);
    g_assert_cmpint(word->index[0], ==, PAIRS[i % 12][0]);
    g_assert_cmpint(contexts->index[0], ==, PAIRS[i % 12][1]);
  }
  tensor_done(word);
  tensor_done(contexts);
}

/* False neighbours come by frequency to the power of 3/4: word 1 is twice as frequent as others,
 * word 6 is not in the text. */
static void test_negatives(void) {
  g_autoptr(Dataset) data = grams(NULL);
  Tensor *word = tensor_new(1), *contexts = tensor_new(6);
  int drawn[7] = {0}, all = 0;

  for (guint32 step = 0; step < 100; step++)
    for (guint32 i = 0; i < 20; i++) {
      fill(data, DATASET_TRAIN, &i, 1, step, word, contexts);
      for (int c = 1; c < 6; c++, all++)
        drawn[contexts->index[c]]++;
    }
  const double total = 5 + pow(2, 0.75);
  g_assert_cmpfloat(fabs((double)drawn[1] / all - pow(2, 0.75) / total), <, 0.015);
  g_assert_cmpfloat(fabs((double)drawn[4] / all - 1 / total), <, 0.015);
  g_assert_cmpint(drawn[6], ==, 0);
  tensor_done(word);
  tensor_done(contexts);
}

static void test_no_pairs(void) {
  GError *error = NULL;
  const SkipGrams alone = {.ids = g_new0(gint32, 2),
                           .offsets = g_memdup2((const gsize[]){0, 1, 2}, 3 * sizeof(gsize)),
                           .sentences = 2,
                           .window = 2,
                           .negatives = 5,
                           .vocabulary = 1};

  g_assert_null(dataset_new_skip_grams("words", "two", &alone, &error));
  test_assert_error_says(&error, "no sentence has two words");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/token-data/windows", test_windows);
  g_test_add_func("/token-data/short-text", test_short_text);
  g_test_add_func("/token-data/masked", test_masked);
  g_test_add_func("/token-data/masked-again", test_masked_again);
  g_test_add_func("/token-data/pairs", test_pairs);
  g_test_add_func("/token-data/negatives", test_negatives);
  g_test_add_func("/token-data/no-pairs", test_no_pairs);
  return g_test_run();
}
