/* Learning rates against Keras's and PyTorch's (tests/golden/make_schedules.py), patience, and what
 * a run makes of them. */
#include "core/formats/safetensors.h"
#include "core/session/regime.h"
#include "core/train/schedule.h"
#include "tests/core/lesson_fixture.h"
#include "tests/core/support.h"

#include <math.h>
#include <string.h>

#define STEPS 40

static SafeTensors *golden;

static const SafeTensor *tensor(const char *name) {
  const SafeTensor *found = safetensors_find(golden, name);

  g_assert_nonnull(found);
  return found;
}

static double golden_rate(const char *name, guint i) {
  float value;

  memcpy(&value, tensor(name)->data + i * sizeof value, sizeof value);
  return (double)value;
}

static void check(const char *name, const Schedule *schedule) {
  for (guint32 step = 0; step < STEPS; step++)
    g_assert_cmpfloat_with_epsilon(schedule_rate(schedule, step), golden_rate(name, step), 1e-6);
}

static void test_keras(void) {
  Schedule s = {.rate = 0.5, .decay_rate = 0.6, .decay_steps = 10, .total = STEPS};

  s.kind = SCHEDULE_EXPONENTIAL;
  check("exponential", &s);
  s.kind = SCHEDULE_STEP;
  check("step", &s);
  s = (Schedule){
      .kind = SCHEDULE_COSINE, .rate = 0.5, .minimum = 0.05, .decay_steps = 30, .total = STEPS};
  check("cosine", &s);
  s = (Schedule){.kind = SCHEDULE_ONE_CYCLE, .rate = 0.5, .total = STEPS};
  check("one_cycle", &s);
  s.kind = SCHEDULE_CONSTANT;
  g_assert_cmpfloat(schedule_rate(&s, 39), ==, 0.5);
}

/* Keras warms up from a rate of 0, with which the first step does nothing; ours begins one step
 * later on the same line. What is left of the run is where a cosine ends by itself. */
static void test_warm_up(void) {
  const Schedule s = {
      .kind = SCHEDULE_COSINE, .rate = 0.5, .minimum = 0.05, .warmup = 10, .total = STEPS};

  for (guint32 step = 0; step < 10; step++)
    g_assert_cmpfloat_with_epsilon(schedule_rate(&s, step), golden_rate("warm_cosine", step + 1),
                                   1e-6);
  for (guint32 step = 10; step < STEPS; step++)
    g_assert_cmpfloat_with_epsilon(schedule_rate(&s, step), golden_rate("warm_cosine", step), 1e-6);
}

static void test_patience(void) {
  const SafeTensor *saved = tensor("losses");
  const guint n = (guint)saved->dim[0];
  double losses[32];

  memcpy(losses, saved->data, n * sizeof *losses);
  for (guint epochs = 1; epochs <= n; epochs++) {
    const guint reductions = patience_over(losses, 1, epochs, 3, 1e-4).reductions;
    g_assert_cmpfloat(pow(0.5, reductions), ==, golden_rate("plateau", epochs - 1));
  }
  g_assert_cmpuint(patience_over(losses, 1, n, 4, 0).stop, ==, (guint)golden_rate("stopped", 0));
  g_assert_cmpuint(patience_over(losses, 1, n, 0, 0).stop, ==, 0);
  losses[3] = NAN;
  g_assert_cmpuint(patience_over(losses, 1, 5, 3, 0.1).stop, ==, 5);
}

/* --- in a run --- */

#define NUMBER(name, initial)                                                                      \
  "{\"name\": \"" name "\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"real\", "               \
  "\"minimum\": 0, \"maximum\": 1000, \"default\": " initial ", \"live\": true}"
#define SCHEDULES                                                                                  \
  "{\"name\": \"schedule\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"choice\", "             \
  "\"choices\": [\"constant\", \"cosine\", \"plateau\"], \"default\": \"constant\", "              \
  "\"live\": true}"

static Fixture *fixture(void) {
  Fixture *self = g_new0(Fixture, 1);

  self->lesson = fixture_task_lesson(
      "classification",
      "\"m\": [\"input 6x6x1\", \"flatten\", \"dense 4 activation=softmax name=probabilities\"]",
      SCHEDULES "," NUMBER("early_stopping", "0") "," NUMBER("patience", "10") "," NUMBER(
          "decay_rate",
          "0.1") "," NUMBER("l2", "0") "," NUMBER("l1",
                                                  "0") "," NUMBER("ema_momentum",
                                                                  "0") "," NUMBER("minimum_rate",
                                                                                  "0"));
  self->dataset = fixture_dataset(6, 4, 70, 20, 20);
  return self;
}

static void test_run_rates(void) {
  g_autoptr(Fixture) f = fixture();
  g_autoptr(Run) run = fixture_run(f, "schedule=cosine learning_rate=0.02 epochs=4", 1);

  for (guint32 step = 0; step < 20; step = run->step) {
    run_advance(run);
    if (run->step == step)
      continue;
    g_assert_cmpfloat_with_epsilon(run->learning_rate, 0.01 * (1 + cos(G_PI * step / 20)), 1e-9);
  }
  fixture_advance(run, G_MAXUINT);
  g_assert_cmpfloat(g_array_index(run->epochs, EpochRecord, 3).learning_rate, ==,
                    run->learning_rate);
}

/* A rate of almost 0: nothing falls, so patience runs out; then the run goes on to its test. */
static void test_early_stopping(void) {
  g_autoptr(Fixture) f = fixture();
  g_autoptr(Run) run = fixture_run(
      f, "early_stopping=2 learning_rate=30 optimizer=sgd epochs=50 schedule=plateau patience=2",
      1);

  fixture_advance(run, G_MAXUINT);
  g_assert_cmpint(run->phase, ==, RUN_FINISHED);
  g_assert_cmpuint(run->epochs->len, <, 50);
  g_assert_cmpuint(run->epochs->len, >=, 3);
  g_assert_cmpuint(run->step, ==, 5 * run->epochs->len);
  g_assert_true(isfinite(run->test[0]));
  run_set(run, "early_stopping", "0", NULL); /* more is wanted after all */
  run_advance(run);
  g_assert_cmpint(run->phase, ==, RUN_TRAINING);
  g_assert_cmpfloat(run->learning_rate, <=, 3.001); /* reduced, at least once */
}

/* --- regularization and averages --- */

/* The loss that is shown has the penalty, which is that of the weights before the step. */
static void test_penalty(void) {
  g_autoptr(Fixture) f = fixture();
  g_autoptr(Run) with = fixture_run(f, "l2=0.5 l1=0.25", 1), without = fixture_run(f, "", 1);
  double penalty = 0;

  for (gsize i = 0; i < 36 * 4; i++) {
    const double w = (double)with->parameters->value[i];
    penalty += 0.5 * w * w + 0.25 * fabs(w);
  }
  run_advance(with);
  run_advance(without);
  g_assert_cmpfloat_with_epsilon(with->last[0], without->last[0] + penalty, 1e-5);
  fixture_advance(with, 5);
  g_assert_cmpfloat(with->validation[0], >, 0);
}

static void test_average(void) {
  g_autoptr(Fixture) f = fixture();
  g_autoptr(Run) run = fixture_run(f, "ema_momentum=0.8", 1);
  const gsize n = run->parameters->size;
  g_autofree double *mean = g_new0(double, n);

  for (int step = 1; step <= 5; step++) {
    run_advance(run);
    for (gsize i = 0; i < n; i++)
      mean[i] = step == 1 ? (double)run->parameters->value[i]
                          : 0.8 * mean[i] + 0.2 * (double)run->parameters->value[i];
  }
  g_assert_true(run_result(run) == run->average);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon((double)run->average->value[i], mean[i], 1e-6);
  run_advance(run); /* what is measured is the average's */
  const Tensor *kernel = graph_find(run->task->inference.graph, "probabilities.kernel");
  g_assert_true(kernel->value == run->average->value);
}

/* An average is what a saved run is used with; the parameters are what it goes on with. */
static void test_saved_average(void) {
  g_autoptr(Fixture) f = fixture();
  Run *run = fixture_run(f, "ema_momentum=0.8", 1);
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "run.safetensors", NULL);
  GError *error = NULL;

  fixture_advance(run, 7);
  run = fixture_resume(f, run, path);
  g_autoptr(ModelFile) file = model_file_read(path, &error);
  g_assert_no_error(error);
  const gsize bytes = run->parameters->size * sizeof(real);
  g_assert_cmpmem(file->parameters->value, bytes, run->average->value, bytes);
  g_assert_cmpint(memcmp(run->parameters->value, run->average->value, bytes), !=, 0);
  run_free(run);
  test_remove_dir(folder);
}

int main(int argc, char **argv) {
  GError *error = NULL;

  g_test_init(&argc, &argv, NULL);
  g_autofree char *path =
      g_test_build_filename(G_TEST_DIST, "golden", "schedules.safetensors", NULL);
  golden = safetensors_read(path, &error);
  g_assert_no_error(error);
  g_test_add_func("/schedule/keras", test_keras);
  g_test_add_func("/schedule/warm-up", test_warm_up);
  g_test_add_func("/schedule/patience", test_patience);
  g_test_add_func("/schedule/run", test_run_rates);
  g_test_add_func("/schedule/early-stopping", test_early_stopping);
  g_test_add_func("/schedule/penalty", test_penalty);
  g_test_add_func("/schedule/average", test_average);
  g_test_add_func("/schedule/saved-average", test_saved_average);
  const int result = g_test_run();
  safetensors_free(golden);
  return result;
}
