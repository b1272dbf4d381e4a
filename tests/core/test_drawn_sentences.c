/* Sentences for word vectors: what they are, and that analogies can be learned from them. */
#include "core/datasets/catalogue.h"
#include "core/datasets/text_data.h"
#include "tests/core/lesson_fixture.h"
#include "tests/core/support.h"

#include <math.h>
#include <string.h>

static const guint32 COUNT[DATASET_PARTS] = {20000, 0, 0};

static void draw(Texts *texts, guint64 seed) {
  texts_init(texts);
  texts_draw_sentences(texts, seed, COUNT);
  g_assert_cmpuint(texts->texts->len, ==, COUNT[0]);
}

/* Nothing of the grammar is left in a sentence; seeds decide; no word is rare. */
static void test_sentences(void) {
  g_auto(Texts) texts, same, other;
  g_auto(WordCounts) counts;
  guint different = 0;

  draw(&texts, 1);
  draw(&same, 1);
  draw(&other, 2);
  word_counts_init(&counts);
  for (guint i = 0; i < texts.texts->len; i++) {
    const char *text = texts.texts->pdata[i];
    g_assert_cmpuint(strspn(text, "abcdefghijklmnopqrstuvwxyz ,"), ==, strlen(text));
    g_assert_null(strstr(text, "  "));
    g_assert_cmpstr(text, ==, same.texts->pdata[i]);
    different += strcmp(text, other.texts->pdata[i]) != 0;
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (gsize w = 0; words[w] != NULL; w++)
      word_counts_add(&counts, words[w], strlen(words[w]));
  }
  g_assert_cmpuint(different, >, texts.texts->len / 2);
  g_autoptr(GPtrArray) sorted = word_counts_sorted(&counts);
  g_assert_cmpuint(sorted->len, >, 300);
  g_assert_cmpuint(word_counts_get(&counts, sorted->pdata[sorted->len - 1]), >=, 30);
}

/* --- what is learned --- */

#define UNITS 32

typedef struct {
  const Tokenizer *tokenizer;
  const real *vectors;
} Words;

static const real *vector_of(const Words *words, const char *word) {
  const gint32 id = vocabulary_find(words->tokenizer->vocabulary, word);

  g_assert_cmpint(id, >=, 0);
  return words->vectors + (gsize)id * UNITS;
}

static double cosine(const double *a, const real *b) {
  double product = 0, squares[2] = {0, 0};

  for (int i = 0; i < UNITS; i++) {
    product += a[i] * (double)b[i];
    squares[0] += a[i] * a[i];
    squares[1] += (double)b[i] * (double)b[i];
  }
  return product / sqrt(squares[0] * squares[1]);
}

/* b - a + c, and the word nearest to it that is none of them (Mikolov et al. 2013). */
static const char *analogy(const Words *words, const char *a, const char *b, const char *c) {
  const char *best = NULL;
  double target[UNITS], most = -2;

  for (int i = 0; i < UNITS; i++)
    target[i] = (double)vector_of(words, b)[i] - (double)vector_of(words, a)[i] +
                (double)vector_of(words, c)[i];
  for (gint32 id = 0; id < vocabulary_size(words->tokenizer->vocabulary); id++) {
    const char *word = vocabulary_word(words->tokenizer->vocabulary, id);
    const double near = cosine(target, words->vectors + (gsize)id * UNITS);
    if (near > most && strcmp(word, a) != 0 && strcmp(word, b) != 0 && strcmp(word, c) != 0) {
      most = near;
      best = word;
    }
  }
  return best;
}

/* How many of all analogies between two pairs of a list come out. */
static double share_right(const Words *words, const char *const *pairs) {
  guint right = 0, all = 0;

  for (int i = 0; pairs[i] != NULL; i += 2)
    for (int j = 0; pairs[j] != NULL; j += 2)
      if (i != j) {
        right += strcmp(analogy(words, pairs[i], pairs[i + 1], pairs[j]), pairs[j + 1]) == 0;
        all++;
      }
  return (double)right / all;
}

static const char *const CAPITALS[] = {"france", "paris",  "italy",  "rome",   "germany",
                                       "berlin", "japan",  "tokyo",  "russia", "moscow",
                                       "greece", "athens", "norway", "oslo",   NULL};
static const char *const WOMEN[] = {"king", "queen", "man",  "woman", "prince",  "princess", "boy",
                                    "girl", "uncle", "aunt", "actor", "actress", NULL};
static const char *const YOUNG[] = {"dog",  "puppy", "cat",  "kitten", "cow",    "calf", "horse",
                                    "foal", "sheep", "lamb", "pig",    "piglet", NULL};
static const char *const MORE[] = {"big",   "bigger",  "fast", "faster", "cold", "colder",
                                   "sweet", "sweeter", "loud", "louder", NULL};

static const char *const *const RELATIONS[] = {CAPITALS, WOMEN, YOUNG, MORE};

static void test_analogies(void) {
  GError *error = NULL;
  Fixture fixture = {.dataset = catalogue_open("drawn_sentences", &error)};

  g_assert_no_error(error);
  const int vocabulary = fixture.dataset->field[0].vocabulary;
  g_autofree char *models =
      g_strdup_printf("\"word\": [\"input 1 dtype=int32\", \"embedding %d %d\", \"flatten\"],"
                      "\"neighbours\": [\"input 6 dtype=int32\", \"embedding %d %d\"]",
                      vocabulary, UNITS, vocabulary, UNITS);
  fixture.lesson = fixture_task_lesson("skip_gram", models, "");
  g_autoptr(Run) run = fixture_run(&fixture, "epochs=3 batch_size=512 learning_rate=0.01", 1);
  fixture_advance(run, G_MAXUINT);
  const int at = parameters_find(run->parameters, "word.embedding.embeddings");
  g_assert_cmpint(at, >=, 0);
  const Words words = {fixture.dataset->tokenizer,
                       run->parameters->value + parameters_get(run->parameters, (guint)at)->offset};
  g_assert_cmpstr(analogy(&words, "man", "king", "woman"), ==, "queen");
  for (gsize i = 0; i < G_N_ELEMENTS(RELATIONS); i++)
    g_assert_cmpfloat(share_right(&words, RELATIONS[i]), >=, 0.9);
  lesson_free(fixture.lesson);
  dataset_free(fixture.dataset);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/drawn-sentences/sentences", test_sentences);
  g_test_add_func("/drawn-sentences/analogies", test_analogies);
  return g_test_run();
}
