#include "tests/core/lesson_fixture.h"

#include <math.h>
#include <string.h>

const char FIXTURE_TINY[] = "input 6x6x1\n"
                            "conv2d 3 kernel_size=3 activation=relu name=conv1\n"
                            "max_pooling2d\n"
                            "flatten\n"
                            "dense 12 activation=relu\n"
                            "dropout 0.25\n"
                            "dense 4 activation=softmax name=probabilities\n";

const char FIXTURE_SPLIT[] = "input 28x28x1\n"
                             "conv2d 6 kernel_size=3 activation=relu name=conv1\n"
                             "max_pooling2d\n"
                             "conv2d 8 kernel_size=3 padding=same activation=tanh name=conv2\n"
                             "average_pooling2d\n"
                             "flatten\n"
                             "dropout 0.2\n"
                             "dense 96 activation=sigmoid\n"
                             "dense 10 activation=softmax name=probabilities\n";

static const char HYPERPARAMETERS[] =
    "{\"name\": \"learning_rate\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"real\","
    "  \"minimum\": 0.00001, \"maximum\": 1e30, \"default\": 0.01, \"live\": true},"
    " {\"name\": \"optimizer\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"choice\","
    "  \"choices\": [\"sgd\", \"momentum\", \"nesterov\", \"adam\"], \"default\": \"adam\","
    "  \"live\": true},"
    " {\"name\": \"batch_size\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"integer\","
    "  \"minimum\": 1, \"maximum\": 512, \"default\": 16, \"live\": true},"
    " {\"name\": \"epochs\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"integer\","
    "  \"minimum\": 1, \"maximum\": 100000, \"default\": 3, \"live\": true},"
    " {\"name\": \"momentum\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"real\","
    "  \"minimum\": 0, \"maximum\": 0.999, \"default\": 0.9, \"live\": true},"
    " {\"name\": \"beta_1\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"real\","
    "  \"minimum\": 0, \"maximum\": 0.9999, \"default\": 0.9, \"live\": true},"
    " {\"name\": \"beta_2\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"real\","
    "  \"minimum\": 0, \"maximum\": 0.99999, \"default\": 0.999, \"live\": true}";

Lesson *fixture_task_lesson(const char *task, const char *models, const char *hyperparameters) {
  g_autofree char *text = g_strdup_printf(
      "{\"day\": 1, \"title\": \"A fixture\", \"summary\": \"S\", \"task\": \"%s\","
      " \"datasets\": [\"drawn_digits\"], \"models\": {%s}, \"hyperparameters\": [%s%s%s]}",
      task, models, HYPERPARAMETERS, *hyperparameters != '\0' ? "," : "", hyperparameters);
  GError *error = NULL;
  Lesson *lesson = lesson_parse(text, strlen(text), "lesson.json", "fixture", &error);

  g_assert_no_error(error);
  return lesson;
}

Lesson *fixture_lesson(const char *spec) {
  g_auto(GStrv) lines = g_strsplit(spec, "\n", 0);
  g_autofree char *escaped = g_strjoinv("\\n", lines);
  g_autofree char *model = g_strdup_printf("\"model\": \"%s\"", escaped);

  return fixture_task_lesson("classification", model, "");
}

static guint8 pixel(const Rng *rng, gsize sample, int side, int at, int label) {
  const int row = at / side, column = at % side;
  const int quarter = (row >= side / 2 ? 2 : 0) + (column >= side / 2 ? 1 : 0);
  const guint32 noise = rng_below(rng, sample * (gsize)(side * side) + (gsize)at, 128);

  return (guint8)(noise + (quarter == label % 4 ? 127 : 0));
}

Dataset *fixture_dataset(int side, int classes, guint32 train, guint32 validation, guint32 test) {
  const guint32 counts[DATASET_PARTS] = {train, validation, test};
  const gsize n = (gsize)train + validation + test, size = (gsize)(side * side);
  guint8 *pixels = g_malloc(n * size), *labels = g_malloc(n);
  const Rng rng = rng_new(7, RNG_TEST, 0);

  for (gsize i = 0; i < n; i++) {
    labels[i] = (guint8)(i % (gsize)classes);
    for (int at = 0; at < (int)size; at++)
      pixels[i * size + (gsize)at] = pixel(&rng, i, side, at, labels[i]);
  }
  return dataset_new_images("quarters", "noise", &SHAPE(side, side, 1), pixels, labels, counts,
                            classes, NULL);
}

Fixture *fixture_tiny(void) {
  Fixture *self = g_new0(Fixture, 1);

  self->lesson = fixture_lesson(FIXTURE_TINY);
  self->dataset = fixture_dataset(6, 4, 70, 300, 280);
  return self;
}

void fixture_free(Fixture *self) {
  lesson_free(self->lesson);
  dataset_free(self->dataset);
  g_free(self);
}

Run *fixture_run(const Fixture *self, const char *text, guint64 seed) {
  g_autoptr(Settings) settings = settings_new(self->lesson->definitions);
  g_auto(GStrv) words = g_strsplit(text, " ", 0);
  GError *error = NULL;

  for (int i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
    g_auto(GStrv) pair = g_strsplit(words[i], "=", 2);
    settings_parse(settings, pair[0], pair[1], &error);
    g_assert_no_error(error);
  }
  Run *run = run_new(self->lesson, self->dataset, settings, seed, &error);
  g_assert_no_error(error);
  return run;
}

guint fixture_advance(Run *run, guint units) {
  guint done = 0;

  for (gboolean more = TRUE; done < units && more; done++)
    more = run_advance(run);
  return done;
}

Run *fixture_resume(const Fixture *self, Run *run, const char *path) {
  GError *error = NULL;

  run_save(run, path, &error);
  g_assert_no_error(error);
  run_free(run);
  g_autoptr(ModelFile) file = model_file_read(path, &error);
  g_assert_no_error(error);
  run = checkpoint_restore(file, path, self->lesson, self->dataset, &error);
  g_assert_no_error(error);
  return run;
}

static void assert_same_block(const Run *a, const real *x, const real *y) {
  const gsize bytes = a->parameters->size * sizeof *x;

  g_assert_cmpmem(x, bytes, y, bytes);
}

static void assert_same_history(const Run *a, const Run *b) {
  for (int m = 0; a->task->klass->metrics[m] != NULL; m++) {
    g_assert_cmpuint(series_length(a->series[m]), ==, series_length(b->series[m]));
    for (guint i = 0; i < series_length(a->series[m]); i++) {
      const SeriesPoint x = series_get(a->series[m], i), y = series_get(b->series[m], i);
      g_assert_cmpmem(&x, sizeof x, &y, sizeof y);
    }
  }
  g_assert_cmpmem(a->epochs->data, a->epochs->len * sizeof(EpochRecord), b->epochs->data,
                  b->epochs->len * sizeof(EpochRecord));
  g_assert_cmpmem(a->last, sizeof a->last, b->last, sizeof b->last);
  g_assert_cmpmem(a->validation, sizeof a->validation, b->validation, sizeof b->validation);
  g_assert_cmpmem(a->test, sizeof a->test, b->test, sizeof b->test);
}

static void assert_same_journal(const Run *a, const Run *b) {
  g_assert_cmpuint(a->journal->len, ==, b->journal->len);
  g_assert_cmpuint(a->applied, ==, b->applied);
  for (guint i = 0; i < a->journal->len; i++) {
    const JournalEntry *x = &g_array_index(a->journal, JournalEntry, i);
    const JournalEntry *y = &g_array_index(b->journal, JournalEntry, i);
    g_assert_cmpuint(x->step, ==, y->step);
    g_assert_cmpstr(x->name, ==, y->name);
    g_assert_cmpstr(x->value, ==, y->value);
  }
}

void fixture_assert_same(const Run *a, const Run *b) {
  const gsize settings = a->settings->definitions->len * sizeof *a->settings->values;

  g_assert_cmpuint(a->step, ==, b->step);
  g_assert_cmpint(a->phase, ==, b->phase);
  assert_same_block(a, a->parameters->value, b->parameters->value);
  for (int i = 0; i < a->optimizer->n_slots; i++)
    assert_same_block(a, a->optimizer->slot[i], b->optimizer->slot[i]);
  if (a->average != NULL)
    assert_same_block(a, a->average->value, b->average->value);
  assert_same_history(a, b);
  assert_same_journal(a, b);
  g_assert_cmpmem(a->settings->values, settings, b->settings->values, settings);
}

double fixture_sum(const Tensor *tensor) {
  double sum = 0;

  for (gsize i = 0; i < shape_size(&tensor->shape); i++)
    sum += tensor->value[i];
  return sum;
}

void fixture_look(const Snapshot *snapshot) {
  const Graph *graph = snapshot->probe->ends.graph;

  for (guint t = 0; t < graph->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(graph->tensors, t);
    if (tensor->type == TENSOR_FLOAT)
      g_assert_true(isfinite(fixture_sum(tensor)));
  }
  g_assert_cmpfloat_with_epsilon(fixture_sum(graph_find(graph, "probabilities")), 1, 1e-5);
  g_assert_cmpuint(snapshot->probe->step, ==, snapshot->status.step);
}
