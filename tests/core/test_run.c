/* A run is a function of lesson, data, settings, seed and changes: of nothing else. */
#include "core/base/parallel.h"
#include "core/datasets/array_dataset.h"
#include "tests/core/lesson_fixture.h"
#include "tests/core/support.h"

#include <math.h>
#include <string.h>

/* --- the same bits --- */

static const guint THREADS[] = {2, 3, 8};

static void train_on(const Fixture *f, const char *settings, guint32 stop) {
  parallel_set_threads(1);
  g_autoptr(Run) one = fixture_run(f, settings, 1);
  one->stop_step = stop;
  fixture_advance(one, G_MAXUINT);
  g_assert_cmpint(one->phase, ==, RUN_FINISHED);
  for (gsize i = 0; i < G_N_ELEMENTS(THREADS); i++) {
    parallel_set_threads(THREADS[i]);
    g_autoptr(Run) many = fixture_run(f, settings, 1);
    many->stop_step = stop;
    fixture_advance(many, G_MAXUINT);
    fixture_assert_same(one, many);
  }
  parallel_set_threads(0);
}

/* Batches of 33 and a last one of 15; layers wide enough to be split. */
static void test_threads(void) {
  static const char *const SETTINGS[] = {
      "batch_size=33 epochs=2 optimizer=adam",
      "batch_size=128 epochs=2 optimizer=nesterov learning_rate=0.05",
      "batch_size=7 epochs=1 optimizer=sgd learning_rate=0.1",
  };
  Fixture f = {fixture_lesson(FIXTURE_SPLIT), fixture_dataset(28, 10, 180, 40, 30)};

  for (gsize i = 0; i < G_N_ELEMENTS(SETTINGS); i++)
    train_on(&f, SETTINGS[i], 0);
  lesson_free(f.lesson);
  dataset_free(f.dataset);
}

/* The Day 5 network as its lesson has it, for some steps. */
static void test_threads_day05(void) {
  GError *error = NULL;
  Fixture f = {lessons_open("day05", &error), dataset_draw_digits(1, 200, 40, 40)};

  g_assert_no_error(error);
  train_on(&f, "", 9);
  train_on(&f, "batch_size=128 optimizer=momentum", 4);
  lesson_free(f.lesson);
  dataset_free(f.dataset);
}

static void test_seed(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) a = fixture_run(f, "", 1), b = fixture_run(f, "", 1), c = fixture_run(f, "", 2);
  const gsize bytes = a->parameters->size * sizeof(real);

  fixture_advance(a, G_MAXUINT);
  fixture_advance(b, G_MAXUINT);
  fixture_advance(c, G_MAXUINT);
  fixture_assert_same(a, b);
  g_assert_cmpint(memcmp(a->parameters->value, c->parameters->value, bytes), !=, 0);
  g_assert_true(isfinite(a->test[0]));
  g_assert_cmpfloat(a->test[1], >, 0.35); /* it learns: guessing is a quarter */
}

/* --- live changes --- */

typedef struct {
  guint32 unit; /* after so many units of work */
  const char *name, *value;
} Change;

/* Units of an epoch of the tiny fixture: five steps, then two batches of validation. */
static const Change CHANGES[] = {
    {0, "learning_rate", "0.02"},
    {3, "beta_1", "0.8"},
    {3, "learning_rate", "0.005"},  /* twice at one step */
    {5, "learning_rate", "0.0125"}, /* in validation */
    {6, "beta_2", "0.99"},
    {7, "beta_1", "0.85"}, /* after validation */
    {12, "epochs", "2"},   /* in what is now the last validation */
    {15, "epochs", "4"},   /* in the test, which it leaves */
    {19, "learning_rate", "0.001"},
};

static void change(Run *run, const char *name, const char *value) {
  GError *error = NULL;

  run_set(run, name, value, &error);
  g_assert_no_error(error);
}

static Run *run_with_changes(const Fixture *f) {
  Run *run = fixture_run(f, "", 3);
  guint unit = 0;

  for (gsize i = 0; i < G_N_ELEMENTS(CHANGES); i++) {
    unit += fixture_advance(run, CHANGES[i].unit - unit);
    g_assert_cmpuint(unit, ==, CHANGES[i].unit);
    change(run, CHANGES[i].name, CHANGES[i].value);
  }
  fixture_advance(run, G_MAXUINT);
  g_assert_cmpuint(run->epochs->len, ==, 4);
  return run;
}

static Run *plan_changes(const Fixture *f, const Run *from) {
  Run *run = fixture_run(f, "", 3);
  GError *error = NULL;

  for (guint i = 0; i < from->journal->len; i++) {
    const JournalEntry *entry = &g_array_index(from->journal, JournalEntry, i);
    run_plan(run, entry->step, entry->name, entry->value, &error);
    g_assert_no_error(error);
  }
  return run;
}

static void test_replay(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) live = run_with_changes(f), replayed = plan_changes(f, live);
  g_autoptr(Run) untouched = fixture_run(f, "epochs=4", 3);

  fixture_advance(replayed, G_MAXUINT);
  fixture_assert_same(live, replayed);
  fixture_advance(untouched, G_MAXUINT);
  g_assert_cmpint(memcmp(live->parameters->value, untouched->parameters->value,
                         live->parameters->size * sizeof(real)),
                  !=, 0);
}

/* What is still to come travels with the file. */
static void test_replay_from_file(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) live = run_with_changes(f);
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "run.safetensors", NULL);

  for (guint units = 0; units < 30; units += 3) {
    Run *replayed = plan_changes(f, live);
    fixture_advance(replayed, units);
    replayed = fixture_resume(f, replayed, path);
    fixture_advance(replayed, G_MAXUINT);
    fixture_assert_same(live, replayed);
    run_free(replayed);
  }
  test_remove_dir(folder);
}

/* A change where others were planned starts a branch: those are forgotten. */
static void test_branch(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) live = run_with_changes(f), branch = plan_changes(f, live);

  fixture_advance(branch, 3);
  change(branch, "learning_rate", "0.5");
  g_assert_cmpuint(branch->journal->len, ==, 4); /* one at step 0, two at step 3, and this */
  g_assert_cmpuint(branch->applied, ==, 4);
  fixture_advance(branch, G_MAXUINT);
  g_assert_cmpuint(branch->epochs->len, ==, 3);
  g_assert_cmpfloat(settings_get(branch->settings, "learning_rate", 0), ==, 0.5);
}

static void assert_refused(Run *run, const char *name, const char *value, const char *why) {
  GError *error = NULL;

  g_assert_false(run_set(run, name, value, &error));
  test_assert_error_says(&error, name, why);
  g_assert_false(run_plan(run, run->step + 1, name, value, &error));
  test_assert_error_says(&error, name, why);
  g_assert_cmpuint(run->journal->len, ==, 0);
}

/* The graphs are built for a batch size and an optimizer; the fixture's lesson calls them live. */
static void test_refused_changes(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) run = fixture_run(f, "", 1);
  GError *error = NULL;

  fixture_advance(run, 2);
  assert_refused(run, "batch_size", "64", "when a run is started");
  assert_refused(run, "optimizer", "sgd", "when a run is started");
  assert_refused(run, "learnin_rate", "1", "did you mean ‘learning_rate’");
  assert_refused(run, "learning_rate", "abc", "a number from 1e-05 to");
  assert_refused(run, "epochs", "0", "a whole number from 1 to 100000");
  assert_refused(run, "momentum", "0,5", "a number from 0 to 0.999");
  g_assert_false(run_plan(run, 1, "learning_rate", "1", &error));
  test_assert_error_says(&error, "step 1", "too late", "step 2");
}

/* --- where it ends --- */

static void test_stop_step(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) run = fixture_run(f, "", 1), whole = fixture_run(f, "", 1);

  run->stop_step = 7;
  fixture_advance(run, G_MAXUINT);
  g_assert_cmpuint(run->step, ==, 7);
  g_assert_cmpint(run->phase, ==, RUN_FINISHED);
  g_assert_cmpuint(run->epochs->len, ==, 1);
  g_assert_true(isfinite(run->test[1]));
  run->stop_step = 0;
  fixture_advance(run, G_MAXUINT);
  fixture_advance(whole, G_MAXUINT);
  fixture_assert_same(run, whole);
}

/* Asked for one after the other or at once, three epochs are three epochs. */
static void test_more_epochs(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) run = fixture_run(f, "epochs=1", 1), whole = fixture_run(f, "epochs=3", 1);

  fixture_advance(whole, G_MAXUINT);
  fixture_advance(run, G_MAXUINT);
  g_assert_cmpuint(run->step, ==, 5);
  g_assert_false(run_advance(run));
  change(run, "epochs", "3");
  fixture_advance(run, 6);
  g_assert_cmpint(run->phase, ==, RUN_VALIDATING);
  fixture_advance(run, G_MAXUINT);
  g_array_set_size(run->journal, 0);
  run->applied = 0;
  fixture_assert_same(run, whole);
}

/* An end that has been passed is now; no epoch is recorded twice. */
static void test_fewer_epochs(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) run = fixture_run(f, "epochs=9", 1);

  fixture_advance(run, 14); /* two epochs, both validated */
  g_assert_cmpuint(run->step, ==, 10);
  g_assert_cmpint(run->phase, ==, RUN_TRAINING);
  change(run, "epochs", "1");
  fixture_advance(run, G_MAXUINT);
  g_assert_cmpuint(run->step, ==, 10);
  g_assert_cmpint(run->phase, ==, RUN_FINISHED);
  g_assert_cmpuint(run->epochs->len, ==, 2);
}

/* --- what goes wrong --- */

static void test_not_finite(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) run = fixture_run(f, "optimizer=sgd learning_rate=1e20", 1);

  fixture_advance(run, G_MAXUINT);
  g_assert_cmpint(run->phase, ==, RUN_FAILED);
  g_test_message("%s", run->problem);
  g_assert_nonnull(strstr(run->problem, "no longer a number, first in "));
  g_assert_nonnull(strstr(run->problem, "smaller learning rate"));
  g_assert_false(run_advance(run));
}

static void assert_failed(Run *run, const char *what, const char *where) {
  fixture_advance(run, G_MAXUINT);
  g_test_message("%s", run->problem);
  g_assert_cmpint(run->phase, ==, RUN_FAILED);
  g_assert_nonnull(strstr(run->problem, what));
  g_assert_nonnull(strstr(run->problem, where));
}

/* Each in its own way; the message names the tensor and the op where it began. */
static void test_explosions(void) {
  static const char LINE[] = "\"m\": [\"input 2\", \"dense 3 name=first\", \"dense 1 name=last\"]";
  const guint32 counts[DATASET_PARTS] = {32, 8, 8};
  g_autoptr(Lesson) lesson = fixture_task_lesson("regression", LINE, "");

  for (int broken = 0; broken < 2; broken++) {
    ArrayField fields[] = {
        {.field = {"point", TENSOR_FLOAT, SHAPE(2), FALSE}, .values = g_new0(float, 96)},
        {.field = {"height", TENSOR_FLOAT, SHAPE(1), FALSE}, .values = g_new0(float, 48)},
    };
    for (int i = 0; i < 96; i++)
      fields[0].values[i] = (float)(i % 7) - 3;
    for (int i = 0; i < 48; i++)
      fields[1].values[i] = (float)(i % 5) - 2;
    fields[0].values[9] = broken ? NAN : 0;
    g_autoptr(Dataset) data = dataset_new_arrays("points", "made", fields, 2, counts, NULL);
    const Fixture f = {lesson, data};
    g_autoptr(Run) run = fixture_run(&f, "optimizer=sgd learning_rate=0.5 epochs=100", 1);
    if (broken)
      assert_failed(run, "no longer a number", "first in input (the data themselves");
    else
      assert_failed(run, "the loss explodes", "first in ");
  }
}

/* What ReLU and maximum would hide. */
static void test_parameter_not_finite(void) {
  g_autoptr(Fixture) f = fixture_tiny();

  for (guint p = 0; p < 6; p++) {
    g_autoptr(Run) run = fixture_run(f, "", 1);
    const Parameter *item = parameters_get(run->parameters, p);
    fixture_advance(run, 2);
    run->parameters->value[item->offset] = p % 2 == 0 ? NAN : -INFINITY;
    fixture_advance(run, G_MAXUINT);
    g_assert_cmpint(run->phase, ==, RUN_FAILED);
    g_assert_cmpuint(run->step, <=, 5);
    g_assert_nonnull(strstr(run->problem, "no longer a number, first in "));
  }
}

/* Refused before anything is allocated. */
static void test_too_large(void) {
  g_autoptr(GString) spec = g_string_new("input 6x6x1\nconv2d 65536 3 padding=same\n");
  for (int i = 0; i < 100; i++)
    g_string_append(spec, "activation tanh\n");
  g_string_append(spec, "max_pooling2d 6\nflatten\ndense 4 activation=softmax");
  Fixture f = {fixture_lesson(spec->str), fixture_dataset(6, 4, 512, 4, 4)};
  g_autoptr(Settings) settings = settings_new(f.lesson->definitions);
  GError *error = NULL;

  settings_set(settings, "batch_size", 512, NULL);
  g_autoptr(Run) run = run_new(f.lesson, f.dataset, settings, 1, &error);
  g_assert_null(run); /* two terabytes */
  test_assert_error_says(&error, "takes about", "GB of memory", "make its layers or the batch");
  lesson_free(f.lesson);
  dataset_free(f.dataset);
}

static void test_misfit(void) {
  static const char *const CASES[][3] = {
      {"input 7x7x1\nflatten\ndense 4 activation=softmax", "7 × 7 × 1", "6 × 6 × 1"},
      {"input 6x6x1\nflatten\ndense 5 activation=softmax", "quarters has 4 classes", "dense 4"},
      {"input 6x6x1\nflatten\ndense 4 name=last", "last", "activation=softmax"},
  };
  g_autoptr(Dataset) dataset = fixture_dataset(6, 4, 20, 4, 4);

  for (gsize i = 0; i < G_N_ELEMENTS(CASES); i++) {
    g_autoptr(Lesson) lesson = fixture_lesson(CASES[i][0]);
    g_autoptr(Settings) settings = settings_new(lesson->definitions);
    GError *error = NULL;
    g_assert_null(run_new(lesson, dataset, settings, 1, &error));
    test_assert_error_says(&error, CASES[i][1], CASES[i][2]);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/run/explosions", test_explosions);
  g_test_add_func("/run/threads", test_threads);
  g_test_add_func("/run/threads-day05", test_threads_day05);
  g_test_add_func("/run/seed", test_seed);
  g_test_add_func("/run/replay", test_replay);
  g_test_add_func("/run/replay-from-file", test_replay_from_file);
  g_test_add_func("/run/branch", test_branch);
  g_test_add_func("/run/refused-changes", test_refused_changes);
  g_test_add_func("/run/stop-step", test_stop_step);
  g_test_add_func("/run/more-epochs", test_more_epochs);
  g_test_add_func("/run/fewer-epochs", test_fewer_epochs);
  g_test_add_func("/run/not-finite", test_not_finite);
  g_test_add_func("/run/parameter-not-finite", test_parameter_not_finite);
  g_test_add_func("/run/too-large", test_too_large);
  g_test_add_func("/run/misfit", test_misfit);
  return g_test_run();
}
