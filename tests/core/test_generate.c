/* Drawing tokens, writing with and without a memory, following several beams. */
#include "core/generate/beam.h"
#include "core/generate/divergence.h"
#include "core/generate/sampling.h"
#include "core/generate/writer.h"
#include "tests/core/support.h"
#include "tests/core/task_fixture.h"

#include <math.h>
#include <string.h>

/* --- drawing --- */

static const real P[] = {(real)0.1, (real)0.4, (real)0.2, (real)0.25, (real)0.05};

static void check_shares(const SamplingSettings *settings, const double *shares) {
  g_autoptr(Sampling) sampling = sampling_new(5);
  static const gint32 ORDER[] = {1, 3, 2, 0, 4};

  sampling_prepare(sampling, settings, P);
  for (int i = 0; i < 5; i++) {
    g_assert_cmpint(sampling->candidates[i].token, ==, ORDER[i]);
    g_assert_cmpfloat_with_epsilon(sampling->candidates[i].probability, (double)P[ORDER[i]], 1e-9);
    g_assert_cmpfloat_with_epsilon(sampling->candidates[i].share, shares[i], 1e-6);
  }
}

static void test_shares(void) {
  const double squares = 0.16 + 0.0625 + 0.04 + 0.01 + 0.0025;

  check_shares(&(SamplingSettings){1, 0, 1}, (const double[]){0.4, 0.25, 0.2, 0.1, 0.05});
  check_shares(&(SamplingSettings){0, 0, 1}, (const double[]){1, 0, 0, 0, 0});
  check_shares(&(SamplingSettings){1, 2, 1}, (const double[]){0.4 / 0.65, 0.25 / 0.65, 0, 0, 0});
  check_shares(&(SamplingSettings){0.5, 0, 1},
               (const double[]){0.16 / squares, 0.0625 / squares, 0.04 / squares, 0.01 / squares,
                                0.0025 / squares});
  check_shares(&(SamplingSettings){1, 0, 0.7},
               (const double[]){0.4 / 0.85, 0.25 / 0.85, 0.2 / 0.85, 0, 0});
  check_shares(&(SamplingSettings){1, 2, 0.3}, (const double[]){1, 0, 0, 0, 0});
}

static void test_draws(void) {
  g_autoptr(Sampling) sampling = sampling_new(5);
  const Rng rng = rng_new(1, RNG_TEST, 0);
  int count[5] = {0};

  sampling_prepare(sampling, &(SamplingSettings){1, 0, 0.9}, P);
  for (guint64 i = 0; i < 20000; i++)
    count[sampling_draw(sampling, (double)rng_uniform(&rng, i))]++;
  g_assert_cmpint(count[4], ==, 0);
  for (int k = 0; k < 4; k++)
    g_assert_cmpfloat_with_epsilon(count[k] / 20000.0, (double)P[k] / 0.95, 0.015);
  g_assert_cmpint(sampling_draw(sampling, 1), ==, 0); /* rounding: the last that can be drawn */
}

/* --- writing --- */

#define BLOCKS                                                                                     \
  "transformer_decoder 32 2 activation=gelu normalize_first=true\n"                                \
  "transformer_decoder 32 2\ndense 11 activation=softmax\n"

static const char *const MODELS[] = {
    "input 12 dtype=int32\ntoken_and_position_embedding 11 12 16\n" BLOCKS,
    "input 12 dtype=int32\nembedding 11 16 name=words\nsine_position_encoding name=steps\n"
    "add from=words,steps\n" BLOCKS,
    "input 12 dtype=int32\nembedding 11 16\nlstm 20 return_sequences=true\n"
    "gru 12 return_sequences=true\nsimple_rnn 16 return_sequences=true\n" BLOCKS,
};

static gint32 token(int i) { return (gint32)(i * i + 3 * i) % 11; }

static void assert_same(const real *a, const real *b) {
  for (int k = 0; k < 11; k++)
    g_assert_cmpfloat_with_epsilon((double)a[k], (double)b[k], 1e-6);
}

static void test_memory(gconstpointer data) {
  g_autoptr(Model) model = model_new(data, NULL);
  g_autoptr(ParameterSet) parameters = parameters_new_like(model->parameters, FALSE);
  g_autoptr(Writer) with = writer_new(model, parameters, TRUE, NULL);
  g_autoptr(Writer) without = writer_new(model, parameters, FALSE, NULL);
  const gint32 prompt[] = {3, 1, 4};

  parameters_initialize(parameters, 1);
  g_assert_cmpint(writer_context(with), ==, 12);
  g_assert_cmpint(writer_vocabulary(with), ==, 11);
  assert_same(writer_read(with, prompt, 3), writer_read(without, prompt, 3));
  for (int i = 3; i < 12; i++) {
    const gint32 next = token(i);
    assert_same(writer_read(with, &next, 1), writer_read(without, &next, 1));
  }
  g_assert_cmpuint(writer_steps(with), ==, 12);
  g_assert_cmpuint(writer_steps(without), ==, 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12);
}

/* Beyond the context: made anew from its newer half. */
static void test_full(gconstpointer data) {
  g_autoptr(Model) model = model_new(data, NULL);
  g_autoptr(ParameterSet) parameters = parameters_new_like(model->parameters, FALSE);
  g_autoptr(Writer) long_text = writer_new(model, parameters, TRUE, NULL);
  g_autoptr(Writer) half = writer_new(model, parameters, FALSE, NULL);
  gint32 text[15];

  parameters_initialize(parameters, 2);
  for (int i = 0; i < 15; i++)
    text[i] = token(i);
  for (int i = 0; i < 14; i++)
    writer_read(long_text, text + i, 1);
  assert_same(writer_read(long_text, text + 14, 1), writer_read(half, text + 6, 9));
  writer_start(long_text);
  writer_start(half);
  assert_same(writer_read(long_text, text, 15), writer_read(half, text + 6, 9));
}

static void test_no_writer(void) {
  g_autoptr(Model) model = model_new("input 4\ndense 3 activation=softmax\n", NULL);
  g_autoptr(ParameterSet) parameters = parameters_new_like(model->parameters, FALSE);
  const BeamSettings settings = {1, 2, 0, 1, 0};
  GError *error = NULL;

  g_assert_null(writer_new(model, parameters, TRUE, &error));
  test_assert_error_says(&error, "this model cannot write");
  g_assert_null(translator_new(model, parameters, &settings, &error));
  test_assert_error_says(&error, "two inputs of tokens");
}

/* --- beams --- */

static const TaskProblem *problem(const char *task) {
  for (const TaskProblem *p = TASK_PROBLEMS; p->task != NULL; p++)
    if (g_str_equal(p->task, task))
      return p;
  g_assert_not_reached();
}

/* The log-probability of a beam, computed at once. */
static double log_probability(Graph *graph, Tensor **inputs, const Tensor *output,
                              const gint32 *source, const Beam *beam) {
  const int lengths[] = {3, beam->n - 1};
  double sum = 0;

  graph_set_lengths(graph, inputs, lengths, 2);
  memcpy(inputs[0]->index, source, 3 * sizeof *source);
  memcpy(inputs[1]->index, beam->tokens, (gsize)(beam->n - 1) * sizeof *source);
  graph_forward(graph, 1, 0);
  for (int i = 0; i + 1 < beam->n; i++)
    sum += log((double)output->value[i * output->shape.dim[2] + beam->tokens[i + 1]]);
  return sum;
}

static void test_beams(void) {
  g_autoptr(Fixture) f = task_fixture(problem("sequence_to_sequence"));
  g_autoptr(Run) run = fixture_run(f, "epochs=2", 1); /* still unsure */
  g_autoptr(Graph) graph = graph_new(GRAPH_INFER, 1, 0);
  Tensor *inputs[LAYER_MAX_INPUTS];
  const ModelPlace place = {.parameters = run->parameters};
  const Tensor *output = model_build(run->model, graph, &place, inputs);
  const gint32 source[] = {3, 6, 4};
  double best = -INFINITY;

  fixture_advance(run, G_MAXUINT);
  graph_finish(graph, NULL);
  for (int beams = 1; beams <= 64; beams *= 4) {
    const BeamSettings settings = {.start = 1, .end = 2, .beams = beams};
    g_autoptr(Translator) translator = translator_new(run->model, run->parameters, &settings, NULL);
    int n;
    g_autofree gint32 *said = translator_run(translator, source, 3, &n);
    const Beam *found = translator_beams(translator, &n);
    g_assert_cmpint(n, ==, beams);
    g_assert_nonnull(said);
    for (int b = 0; b < n; b++) {
      g_assert_cmpfloat_with_epsilon(found[b].log_probability,
                                     log_probability(graph, inputs, output, source, &found[b]),
                                     1e-4);
      g_assert_true(b == 0 || found[b].log_probability <= found[b - 1].log_probability);
    }
    g_assert_cmpfloat(found[0].log_probability, >=, best - 1e-9);
    best = found[0].log_probability;
  }
}

/* A model that has learned says by itself what it was taught. */
static void test_translates(void) {
  const TaskProblem *p = problem("sequence_to_sequence");
  g_autoptr(Fixture) f = task_fixture(p);
  g_autoptr(Run) run = fixture_run(f, p->run, 1);
  const BeamSettings settings = {.start = 1, .end = 2, .beams = 3, .length_power = 0.6};
  int right = 0;

  fixture_advance(run, G_MAXUINT);
  g_autoptr(Translator) translator = translator_new(run->model, run->parameters, &settings, NULL);
  for (int s = 0; s < 64; s++) {
    const gint32 source[] = {3 + s % 4, 3 + s / 4 % 4, 3 + s / 16};
    int n;
    g_autofree gint32 *said = translator_run(translator, source, 3, &n);
    right += n == 3 && said[0] == source[2] && said[1] == source[1] && said[2] == source[0];
  }
  g_test_message("%d of 64 turned round", right);
  g_assert_cmpint(right, >=, 55);
}

/* --- clouds of points --- */

static void test_divergence(void) {
  const float four[] = {0.1f, 0.1f, 0.9f, 0.1f, 0.1f, 0.9f, 0.9f, 0.9f};
  const float corner[] = {0.2f, 0.2f, 0.3f, 0.3f};
  const float far[] = {-5, -5, 5, -5, NAN, 5, 5, 5};

  Divergence d = divergence_2d(four, 4, four, 4, 2, 0, 1);
  g_assert_cmpfloat_with_epsilon(d.js, 0, 1e-12);
  g_assert_cmpfloat_with_epsilon(d.kl, 0, 1e-12);
  g_assert_cmpfloat(d.coverage, ==, 1);
  d = divergence_2d(four, 4, far, 4, 2, 0, 1);
  g_assert_cmpfloat_with_epsilon(d.js, 0, 1e-12); /* at the edges */
  d = divergence_2d(four, 4, corner, 2, 2, 0, 1); /* mode collapse */
  g_assert_cmpfloat(d.coverage, ==, 0.25);
  g_assert_cmpfloat_with_epsilon(d.kl, 0.25 * (log(0.25 / (2.5 / 4)) + 3 * log(0.25 / 0.125)),
                                 1e-12);
  g_assert_cmpfloat_with_epsilon(
      d.js, (0.25 * log(0.25 / 0.625) + 0.75 * log(2) + log(1 / 0.625)) / 2, 1e-12);
}

static void test_scores(void) {
  g_autoptr(Judgement) judgement = judgement_new(DATASET_VALIDATION, 6, 3);
  static const gint32 LABEL[] = {0, 0, 0, 1, 1, 1}, GUESS[] = {0, 0, 1, 1, 0, 2},
                      RANK[] = {0, 0, 1, 0, 2, 1};
  ClassScores classes[3];

  for (int i = 0; i < 6; i++) {
    judgement->label[i] = LABEL[i];
    judgement->guess[i] = GUESS[i];
    judgement->rank[i] = RANK[i];
  }
  const ClassScores mean = judgement_scores(judgement, classes);
  g_assert_cmpfloat_with_epsilon(classes[0].precision, 2.0 / 3, 1e-12);
  g_assert_cmpfloat_with_epsilon(classes[0].recall, 2.0 / 3, 1e-12);
  g_assert_cmpfloat_with_epsilon(classes[1].precision, 1.0 / 2, 1e-12);
  g_assert_cmpfloat_with_epsilon(classes[1].f1_score, 2.0 / 5, 1e-12);
  g_assert_cmpfloat(classes[2].precision + classes[2].recall + classes[2].f1_score, ==, 0);
  g_assert_cmpfloat_with_epsilon(mean.f1_score, (2.0 / 3 + 2.0 / 5) / 3, 1e-12);
  g_assert_cmpuint(mean.support, ==, 6);
  g_assert_cmpfloat_with_epsilon(judgement_top_k(judgement, 1), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon(judgement_top_k(judgement, 2), 5.0 / 6, 1e-12);
  g_assert_cmpfloat(judgement_top_k(judgement, 3), ==, 1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/generate/divergence", test_divergence);
  g_test_add_func("/generate/scores", test_scores);
  g_test_add_func("/generate/shares", test_shares);
  g_test_add_func("/generate/draws", test_draws);
  for (gsize i = 0; i < G_N_ELEMENTS(MODELS); i++) {
    g_autofree char *memory = g_strdup_printf("/generate/memory/%d", (int)i);
    g_autofree char *full = g_strdup_printf("/generate/full/%d", (int)i);
    g_test_add_data_func(memory, MODELS[i], test_memory);
    g_test_add_data_func(full, MODELS[i], test_full);
  }
  g_test_add_func("/generate/no-writer", test_no_writer);
  g_test_add_func("/generate/beams", test_beams);
  g_test_add_func("/generate/translates", test_translates);
  return g_test_run();
}
