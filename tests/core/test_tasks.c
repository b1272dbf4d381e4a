/* Every task, because it is registered: it learns, its gradient is that of its loss, it gives the
 * same bits on any number of threads and after it was saved and resumed. */
#include "tests/core/support.h"
#include "tests/core/task_fixture.h"

#include "core/base/parallel.h"

#include <math.h>
#include <string.h>

static int metric_index(const TaskClass *klass, const char *name) {
  for (int i = 0; klass->metrics[i] != NULL; i++)
    if (g_str_equal(klass->metrics[i], name))
      return i;
  g_assert_not_reached();
}

static gboolean more_is_better(const char *metric) {
  return strstr(metric, "accuracy") != NULL || strstr(metric, "score") != NULL ||
         g_str_equal(metric, "r2");
}

static void test_learns(gconstpointer data) {
  const TaskProblem *problem = data;
  g_autoptr(Fixture) f = task_fixture(problem);
  g_autoptr(Run) run = fixture_run(f, problem->run, 1);
  const int metric = metric_index(run->task->klass, problem->metric);

  fixture_advance(run, G_MAXUINT);
  g_assert_cmpstr(run->problem, ==, NULL);
  g_assert_cmpint(run->phase, ==, RUN_FINISHED);
  g_test_message("%s %g, bound %g", problem->metric, run->validation[metric], problem->bound);
  for (int i = 0; run->task->klass->metrics[i] != NULL; i++)
    g_assert_true(isfinite(run->validation[i]) && isfinite(run->last[i]));
  if (more_is_better(problem->metric))
    g_assert_cmpfloat(run->validation[metric], >, problem->bound);
  else
    g_assert_cmpfloat(run->validation[metric], <, problem->bound);
}

/* Some steps, in batches that do not divide the data evenly, and an evaluation. */
static Run *some_steps(const TaskProblem *problem, const Fixture *f, int threads) {
  g_autofree char *settings = g_strconcat(problem->run, " batch_size=60 epochs=2", NULL);
  Run *run = fixture_run(f, settings, 3);

  parallel_set_threads((guint)threads);
  fixture_advance(run, 25);
  parallel_set_threads(0);
  return run;
}

static void test_threads(gconstpointer data) {
  static const int THREADS[] = {2, 3, 8};
  g_autoptr(Fixture) f = task_fixture(data);
  g_autoptr(Run) one = some_steps(data, f, 1);

  for (gsize i = 0; i < G_N_ELEMENTS(THREADS); i++) {
    g_autoptr(Run) other = some_steps(data, f, THREADS[i]);
    fixture_assert_same(one, other);
  }
}

static void test_resume(gconstpointer data) {
  const TaskProblem *problem = data;
  g_autoptr(Fixture) f = task_fixture(problem);
  g_autofree char *settings = g_strconcat(problem->run, " batch_size=60 epochs=2", NULL);
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "run.safetensors", NULL);
  g_autoptr(Run) through = fixture_run(f, settings, 3);
  Run *resumed = fixture_run(f, settings, 3);

  for (gboolean more = TRUE; more;) {
    more = run_advance(through);
    run_advance(resumed);
    resumed = fixture_resume(f, resumed, path);
    fixture_assert_same(through, resumed);
  }
  run_free(resumed);
  test_remove_dir(folder);
}

/* --- gradients --- */

/* The loss of the training graph at parameters + distance · direction. */
static double loss_at(Run *run, const real *origin, const real *direction, double distance,
                      int rows) {
  for (gsize i = 0; i < run->parameters->size; i++)
    run->parameters->value[i] = (real)((double)origin[i] + distance * (double)direction[i]);
  graph_forward(run->task->training.graph, rows, 0);
  return graph_mean(run->task->training.loss, rows);
}

/* Along the gradient the loss rises by its length: what is wrong in any of its numbers shows. */
static void check_gradient(Run *run, int rows) {
  const gsize n = run->parameters->size;
  g_autofree real *origin = g_memdup2(run->parameters->value, n * sizeof(real));
  g_autofree real *direction = g_new(real, n);
  const double h = 0.0005;
  double length = 0;

  memset(run->parameters->grad, 0, n * sizeof(real)); /* a GAN's graph has only some of them */
  graph_step(run->task->training.graph, rows, 0);
  for (gsize i = 0; i < n; i++)
    length += (double)run->parameters->grad[i] * (double)run->parameters->grad[i];
  length = sqrt(length);
  g_assert_cmpfloat(length, >, 1e-3);
  for (gsize i = 0; i < n; i++)
    direction[i] = (real)((double)run->parameters->grad[i] / length);
  const double slope =
      (8 * (loss_at(run, origin, direction, h, rows) - loss_at(run, origin, direction, -h, rows)) -
       (loss_at(run, origin, direction, 2 * h, rows) -
        loss_at(run, origin, direction, -2 * h, rows))) /
      (12 * h);
  g_test_message("length %g, slope %g", length, slope);
  g_assert_cmpfloat(fabs(slope - length), <, 1e-3 * fmax(length, 1));
}

static void test_gradient(gconstpointer data) {
  const TaskProblem *problem = data;
  g_autoptr(Fixture) f = task_fixture(problem);
  g_autoptr(Run) run = fixture_run(f, problem->run, 1);
  guint32 indices[16];
  DatasetBatch batch = {.part = DATASET_TRAIN,
                        .indices = indices,
                        .rows = 15,
                        .training = TRUE,
                        .random = rng_new(1, RNG_BATCH, 0)};

  fixture_advance(run, 10); /* away from where all is small */
  for (guint32 i = 0; i < 16; i++)
    indices[i] = 3 * i;
  task_graph_fill(&run->task->training, f->dataset, &batch);
  check_gradient(run, 15);
}

/* --- models that do not fit --- */

static void refuse(const char *task, const char *models, Dataset *(*dataset)(void),
                   const char *says) {
  g_autoptr(Lesson) lesson = fixture_task_lesson(task, models, "");
  g_autoptr(Dataset) data = dataset();
  g_autoptr(Settings) settings = settings_new(lesson->definitions);
  GError *error = NULL;

  g_assert_null(run_new(lesson, data, settings, 1, &error));
  test_assert_error_says(&error, says);
}

static Dataset *dataset_of(const char *task) {
  for (const TaskProblem *p = TASK_PROBLEMS; p->task != NULL; p++)
    if (g_str_equal(p->task, task))
      return p->dataset();
  g_assert_not_reached();
}

static Dataset *points(void) { return dataset_of("classification"); }
static Dataset *heights(void) { return dataset_of("regression"); }
static Dataset *tokens(void) { return dataset_of("language_model"); }
static Dataset *pairs(void) { return dataset_of("skip_gram"); }
static Dataset *pictures(void) { return dataset_of("autoencoder"); }

static void test_refused(void) {
  static const char PLANE[] = "\"m\": [\"input 2\", \"dense 3\"]";
  static const char TEXT[] = "\"m\": [\"input 8 dtype=int32\", \"embedding 7 4\"]";

  refuse("classification", PLANE, points, "“dense 2 activation=softmax”");
  refuse("classification", "\"m\": [\"input 3\", \"dense 2\"]", points, "those of circle are 2");
  refuse("classification", "\"m\": [\"input 2\", \"dense 2\"]", points, "activation=softmax");
  refuse("binary_classification", PLANE, points, "dense 1 activation=sigmoid");
  refuse("binary_classification", PLANE, heights, "data of two classes");
  refuse("regression", PLANE, heights, "the targets of saddle are 1");
  refuse("autoencoder", PLANE, heights, "gives what it takes, 2; this one gives 3");
  refuse("variational_autoencoder", PLANE, heights, "named z_mean and z_log_var");
  refuse("variational_autoencoder",
         "\"e\": [\"input 6x6x1\", \"flatten\", \"dense 2 name=z_mean\","
         "        \"dense 2 name=z_log_var\"], \"d\": [\"input 2\", \"dense 5\"]",
         pictures, "the decoder gives 5");
  refuse("language_model", TEXT, tokens, "“dense 7 activation=softmax”");
  refuse("language_model",
         "\"m\": [\"input 8 dtype=int32\", \"embedding 7 4\", \"flatten\","
         "        \"dense 7 activation=softmax\"]",
         tokens, "a token at each step");
  refuse("language_model",
         "\"m\": [\"input 8 dtype=int32\", \"embedding 6 4\", \"dense 7 activation=softmax\"]",
         tokens, "embedding.embeddings has vectors for 6 tokens, but sevens has 7");
  refuse("sequence_to_sequence", TEXT, tokens, "two inputs");
  refuse("skip_gram", TEXT, pairs, "two models");
  refuse("skip_gram",
         "\"w\": [\"input 1 dtype=int32\", \"embedding 20 8\"],"
         "\"n\": [\"input 5 dtype=int32\", \"embedding 20 8\"]",
         pairs, "gives one vector");
  refuse("gan", PLANE, points, "two models");
  refuse("gan", "\"g\": [\"input 4\", \"dense 3\"], \"d\": [\"input 3\", \"dense 1\"]", points,
         "they must be the same");
  refuse("gan", "\"g\": [\"input 4\", \"dense 2\"], \"d\": [\"input 2\", \"dense 2\"]", points,
         "end it with “dense 1”");
}

static void test_all(void) {
  for (const TaskClass *const *klass = TASKS; *klass != NULL; klass++) {
    gboolean found = FALSE;
    for (const TaskProblem *p = TASK_PROBLEMS; p->task != NULL; p++)
      found = found || g_str_equal(p->task, (*klass)->name);
    if (!found)
      g_error("no problem for %s in task_fixture.c", (*klass)->name);
  }
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    GTestDataFunc func;
  } TESTS[] = {{"learns", test_learns},
               {"threads", test_threads},
               {"resume", test_resume},
               {"gradient", test_gradient}};

  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tasks/all", test_all);
  g_test_add_func("/tasks/refused", test_refused);
  for (int i = 0; TASK_PROBLEMS[i].task != NULL; i++)
    for (gsize t = 0; t < G_N_ELEMENTS(TESTS); t++) {
      g_autofree char *path =
          g_strdup_printf("/tasks/%s/%d/%s", TASK_PROBLEMS[i].task, i, TESTS[t].name);
      g_test_add_data_func(path, &TASK_PROBLEMS[i], TESTS[t].func);
    }
  return g_test_run();
}
