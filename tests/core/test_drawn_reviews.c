/* Reviews by the built-in grammar: words alone do not tell what is meant, a transformer does, also
 * of sentences that the grammar does not make. */
#include "core/datasets/text_data.h"
#include "tests/core/lesson_fixture.h"

#define CLASSES "\"global_average_pooling1d\", \"dense 2 activation=softmax\""

/* What is asked of both, and what is meant. */
static const struct {
  const char *text;
  gint32 label;
} ASKED[] = {
    {"I love learning deep learning!", 1},
    {"I hate learning deep learning!", 0},
    {"The acting was fine, but the plot fell flat.", 0},
    {"The plot fell flat, but I loved the ending.", 1},
    {"It was not bad at all", 1},
    {"it was not good at all", 0},
    {"I do not like this film", 0},
    {"Although the beginning was dull, I love it", 1},
};

/* The reviews, and after them what is asked. */
static Dataset *reviews(void) {
  g_auto(Texts) texts;

  texts_init(&texts);
  texts_draw_reviews(&texts, 1, (const guint32[]){16000, 1000, 0});
  for (gsize i = 0; i < G_N_ELEMENTS(ASKED); i++) {
    g_ptr_array_add(texts.texts, g_strdup(ASKED[i].text));
    g_array_append_val(texts.labels, ASKED[i].label);
    texts.count[DATASET_VALIDATION]++;
  }
  return dataset_new_sentences(
      "reviews", "reviews", &texts,
      &(const TextOptions){.lower_case = TRUE, .minimum_count = 2, .longest = 64},
      (const char *const[]){"NEGATIVE", "POSITIVE", NULL});
}

static gboolean never(gpointer data) { return FALSE; }

/* Trains; gives the share of validation samples that are judged rightly, and the judgements. */
static double learn(Fixture *fixture, const char *layers, const char *settings,
                    Judgement **judgement) {
  const DatasetField *tokens = &fixture->dataset->field[0];
  g_autofree char *models =
      g_strdup_printf(layers, tokens->row.dim[0], tokens->vocabulary, tokens->row.dim[0]);

  fixture->lesson = fixture_task_lesson("classification", models, "");
  g_autoptr(Run) run = fixture_run(fixture, settings, 1);
  fixture_advance(run, G_MAXUINT);
  run_judge(run, never, NULL);
  *judgement = judgement_ref(run->judgement);
  return run->validation[1];
}

static void test_words_alone(void) {
  g_autoptr(Fixture) fixture = g_new0(Fixture, 1);
  g_autoptr(Judgement) judgement = NULL;

  fixture->dataset = reviews();
  const double right = learn(fixture,
                             "\"model\": [\"input %d dtype=int32\","
                             " \"embedding %d 32 mask_zero=true\"," CLASSES "]",
                             "epochs=2 batch_size=64 learning_rate=0.005", &judgement);
  g_assert_cmpfloat(right, >, 0.5);
  g_assert_cmpfloat(right, <, 0.7);
}

static void test_transformer(void) {
  g_autoptr(Fixture) fixture = g_new0(Fixture, 1);
  g_autoptr(Judgement) judgement = NULL;

  fixture->dataset = reviews();
  const double right = learn(
      fixture,
      "\"model\": [\"input %d dtype=int32\","
      " \"token_and_position_embedding %d %d 64 mask_zero=true\","
      " \"transformer_encoder 128 4 normalize_first=true\","
      " \"transformer_encoder 128 4 normalize_first=true\", \"layer_normalization\"," CLASSES "]",
      "epochs=4 batch_size=64 learning_rate=0.001", &judgement);
  g_assert_cmpfloat(right, >, 0.97);
  for (gsize i = 0; i < G_N_ELEMENTS(ASKED); i++) {
    const gsize at = judgement->n - G_N_ELEMENTS(ASKED) + i;
    g_test_message("%s: %d %g", ASKED[i].text, judgement->guess[at],
                   (double)judgement->confidence[at]);
    g_assert_cmpint(judgement->guess[at], ==, ASKED[i].label);
    g_assert_cmpfloat((double)judgement->confidence[at], >, i == 0 ? 0.9 : 0.5);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/drawn-reviews/words-alone", test_words_alone);
  g_test_add_func("/drawn-reviews/transformer", test_transformer);
  return g_test_run();
}
