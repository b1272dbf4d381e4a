/* The worker obeys, at every moment, and never changes the numbers. */
#include "core/session/session.h"

#include "tests/core/lesson_fixture.h"
#include "tests/core/support.h"

#include <math.h>
#include <string.h>

#define SECONDS(n) ((gint64)((n)*G_USEC_PER_SEC))

static void count_cb(gpointer data) { g_atomic_int_inc((gint *)data); }

static SessionStatus status_of(Session *session) {
  SessionStatus status;

  session_status(session, &status);
  return status;
}

/* At rest, or the test has failed. */
static SessionStatus rest(Session *session) {
  g_assert_true(session_wait(session, SECONDS(60), NULL));
  return status_of(session);
}

static void compare_cb(Run *run, gpointer data) { fixture_assert_same(run, data); }

/* --- one command --- */

static void test_train(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) alone = fixture_run(f, "", 1);
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);

  fixture_advance(alone, G_MAXUINT);
  g_assert_cmpint(status_of(session).state, ==, SESSION_PAUSED);
  session_train(session);
  const SessionStatus status = rest(session);
  g_assert_cmpint(status.state, ==, SESSION_FINISHED);
  g_assert_cmpuint(status.step, ==, 15);
  g_assert_cmpuint(status.end_step, ==, 15);
  g_assert_cmpuint(status.batch_size, ==, 16);
  g_assert_cmpuint(status.samples, ==, 210);
  g_assert_cmpfloat(status.training_seconds, >, 0);
  g_assert_true(isfinite(status.test[0]) && isfinite(status.validation[1]));
  session_inspect(session, compare_cb, alone);
}

static void test_step(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);

  for (guint32 step = 1; step <= 7; step++) {
    session_step(session);
    const SessionStatus status = rest(session);
    g_assert_cmpuint(status.step, ==, step);
    g_assert_cmpint(status.state, ==, SESSION_PAUSED);
  }
}

/* To the end of the epoch it is in, validated. */
static void test_epoch(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);

  session_step(session);
  session_epoch(session);
  g_assert_cmpuint(rest(session).step, ==, 5);
  g_assert_cmpint(status_of(session).phase, ==, RUN_TRAINING);
  g_assert_true(isfinite(status_of(session).validation[0]));
  session_epoch(session);
  g_assert_cmpuint(rest(session).step, ==, 10);
  session_epoch(session);
  g_assert_cmpint(rest(session).state, ==, SESSION_FINISHED);
}

/* Stopped and set going again at moments that nobody chose: the same numbers. */
static void test_pause(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) alone = fixture_run(f, "epochs=40", 1);
  g_autoptr(Session) session = session_new(fixture_run(f, "epochs=40", 1), NULL, NULL);
  g_autoptr(GRand) random = g_rand_new_with_seed(1);

  fixture_advance(alone, G_MAXUINT);
  for (int i = 0; i < 50; i++) {
    session_train(session);
    g_usleep((gulong)g_rand_int_range(random, 0, 200));
    session_pause(session);
    g_assert_cmpint(rest(session).state, !=, SESSION_TRAINING);
  }
  session_train(session);
  g_assert_cmpint(rest(session).state, ==, SESSION_FINISHED);
  session_inspect(session, compare_cb, alone);
}

static void test_set(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);

  session_set(session, "epochs", "2");
  session_train(session);
  g_assert_cmpuint(rest(session).step, ==, 10);
  g_assert_null(session_problem(session));
  session_set(session, "learning_rate", "fast");
  rest(session);
  g_autofree char *problem = session_problem(session);
  g_assert_nonnull(strstr(problem, "learning_rate takes a number"));
  session_set(session, "epochs", "3"); /* more, after the end */
  session_train(session);
  g_assert_cmpuint(rest(session).step, ==, 15);
}

static void test_reset(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) alone = fixture_run(f, "optimizer=sgd batch_size=7", 9);
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);

  session_train(session);
  session_reset(session, 9, alone->settings);
  SessionStatus status = rest(session);
  g_assert_cmpint(status.state, ==, SESSION_PAUSED);
  g_assert_cmpuint(status.step, ==, 0);
  g_assert_cmpuint(status.samples, ==, 0);
  g_assert_cmpuint(status.steps_per_epoch, ==, 10);
  session_inspect(session, compare_cb, alone);
  session_train(session);
  rest(session);
  fixture_advance(alone, G_MAXUINT);
  session_inspect(session, compare_cb, alone);
}

/* It says so, trains no further, and a reset helps. */
static void test_failed(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) mild = fixture_run(f, "", 1);
  g_autoptr(Session) session =
      session_new(fixture_run(f, "optimizer=sgd learning_rate=1e20", 1), NULL, NULL);

  session_train(session);
  g_assert_cmpint(rest(session).state, ==, SESSION_FAILED);
  g_autofree char *problem = session_problem(session);
  g_assert_nonnull(strstr(problem, "no longer a number"));
  session_train(session);
  g_assert_cmpint(rest(session).state, ==, SESSION_FAILED);
  session_reset(session, 1, mild->settings);
  session_train(session);
  g_assert_cmpint(rest(session).state, ==, SESSION_FINISHED);
  g_assert_null(session_problem(session));
}

/* The bound holds however slow the machine is; the steps are far apart. */
static void test_pace(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Session) session = session_new(fixture_run(f, "epochs=1000", 1), NULL, NULL);
  const gint64 start = g_get_monotonic_time();

  session_pace(session, 20);
  session_train(session);
  g_assert_false(session_wait(session, SECONDS(0.3), NULL));
  session_pause(session);
  const guint32 steps = rest(session).step;
  const double seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
  g_assert_cmpuint(steps, >=, 1);
  g_assert_cmpfloat(steps, <=, 2 + 20 * seconds);
  session_pace(session, 0);
  session_epoch(session);
  rest(session);
  session_pace(session, 0.001); /* a command is obeyed within the long wait between two steps */
  session_train(session);
  session_step(session);
  session_pause(session);
  rest(session);
}

static void test_wait(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Session) session = session_new(fixture_run(f, "epochs=100000", 1), NULL, NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new();

  g_assert_true(session_wait(session, 0, NULL) || session_wait(session, -1, NULL));
  session_train(session);
  g_assert_false(session_wait(session, 0, NULL));
  g_assert_false(session_wait(session, 1000, NULL));
  g_cancellable_cancel(cancellable);
  g_assert_false(session_wait(session, -1, cancellable));
}

/* --- snapshots --- */

static double sum_of(const Tensor *tensor) {
  double sum = 0;

  for (gsize i = 0; i < shape_size(&tensor->shape); i++)
    sum += tensor->value[i];
  return sum;
}

/* What the program looks at: everything by its name. */
static void look_at(const Snapshot *snapshot) {
  const Graph *graph = snapshot->probe->ends.graph;

  for (guint t = 0; t < graph->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(graph->tensors, t);
    if (tensor->type == TENSOR_FLOAT)
      g_assert_true(isfinite(sum_of(tensor)));
  }
  g_assert_cmpfloat_with_epsilon(sum_of(graph_find(graph, "probabilities")), 1, 1e-5);
  g_assert_cmpuint(snapshot->probe->step, ==, snapshot->status.step);
}

static void compare_probe_cb(Run *run, gpointer data) {
  const Snapshot *snapshot = data;
  const gsize bytes = run->parameters->size * sizeof(real);

  g_assert_cmpmem(snapshot->probe->parameters->value, bytes, run->parameters->value, bytes);
}

/* At rest the newest state is there to be taken, also where an older one had been left lying. */
static void test_snapshot(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  gint notified = 0;
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), count_cb, &notified);

  session_watch(session, TRUE, DATASET_VALIDATION, 3);
  session_train(session);
  rest(session);
  g_autoptr(Snapshot) snapshot = session_take_snapshot(session);
  g_assert_nonnull(snapshot);
  g_assert_cmpint(g_atomic_int_get(&notified), >=, 1);
  g_assert_cmpint(snapshot->status.state, ==, SESSION_FINISHED);
  g_assert_cmpuint(snapshot->status.step, ==, 15);
  g_assert_nonnull(snapshot->probe);
  g_assert_cmpint(snapshot->probe->part, ==, DATASET_VALIDATION);
  g_assert_cmpuint(snapshot->probe->example, ==, 3);
  look_at(snapshot);
  session_inspect(session, compare_probe_cb, snapshot);
  g_autoptr(Snapshot) none = session_take_snapshot(session);
  g_clear_pointer(&none, snapshot_unref); /* session_inspect may have left one */
  g_assert_null(session_take_snapshot(session));
}

/* A snapshot that is held is not written to, whatever the session does, and outlives it. */
static void test_snapshot_held(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  Session *session = session_new(fixture_run(f, "epochs=50", 1), NULL, NULL);

  session_watch(session, TRUE, DATASET_TRAIN, 0);
  rest(session);
  g_autoptr(Snapshot) first = session_take_snapshot(session);
  g_assert_nonnull(first->probe);
  const double before = sum_of(graph_find(first->probe->ends.graph, "conv1"));
  session_train(session);
  for (int i = 0; i < 20; i++) {
    session_watch(session, TRUE, DATASET_TRAIN, (guint32)i);
    g_usleep(2000);
    g_autoptr(Snapshot) newer = session_take_snapshot(session);
    if (newer != NULL && newer->probe != NULL)
      look_at(newer);
  }
  session_reset(session, 2, NULL);
  session_train(session);
  session_free(session);
  look_at(first);
  g_assert_cmpfloat(sum_of(graph_find(first->probe->ends.graph, "conv1")), ==, before);
}

/* --- saving --- */

/* Saved while it trains, the file resumes to the numbers of a run that was never saved. */
static void test_save(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) alone = fixture_run(f, "epochs=60", 1);
  g_autoptr(Session) session = session_new(fixture_run(f, "epochs=60", 1), NULL, NULL);
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
  GError *error = NULL;

  fixture_advance(alone, G_MAXUINT);
  session_train(session);
  for (int i = 0; i < 5; i++) {
    session_save(session, path, &error);
    g_assert_no_error(error);
    g_autoptr(ModelFile) file = model_file_read(path, &error);
    g_assert_no_error(error);
    g_autoptr(Run) resumed = checkpoint_restore(file, path, f->lesson, f->dataset, &error);
    g_assert_no_error(error);
    fixture_advance(resumed, G_MAXUINT);
    fixture_assert_same(alone, resumed);
  }
  g_assert_false(session_save(session, "/dev/null/nowhere", &error));
  test_assert_error_says(&error, "/dev/null/nowhere");
  test_remove_dir(folder);
}

/* --- all of it, in any order, at any moment --- */

#define SESSIONS 1000

typedef struct {
  const Fixture *fixture;
  GRand *random;
  const char *path;
  Session *session;
  guint64 seed; /* what the run must be a replay of */
  Settings *settings;
  Snapshot *held;
} Monkey;

static void take(Monkey *self) {
  g_autoptr(Snapshot) snapshot = session_take_snapshot(self->session);

  if (snapshot == NULL)
    return;
  if (snapshot->probe != NULL)
    look_at(snapshot);
  if (g_rand_boolean(self->random)) {
    snapshot_unref(self->held);
    self->held = snapshot_ref(snapshot);
  }
}

static void set(Monkey *self) {
  static const char *const CHANGES[][2] = {
      {"learning_rate", "0.02"}, {"learning_rate", "0.001"}, {"momentum", "0.5"},
      {"epochs", "2"},           {"epochs", "50"},           {"learning_rate", "nonsense"},
      {"batch_size", "3"},
  };
  const int i = g_rand_int_range(self->random, 0, G_N_ELEMENTS(CHANGES));

  session_set(self->session, CHANGES[i][0], CHANGES[i][1]);
}

static void reset(Monkey *self) {
  static const char *const NAMES[] = {"sgd", "momentum", "adam"};
  const int i = g_rand_int_range(self->random, 0, G_N_ELEMENTS(NAMES));

  settings_reset(self->settings);
  settings_parse(self->settings, "optimizer", NAMES[i], NULL);
  self->seed = g_rand_int(self->random);
  session_reset(self->session, self->seed, self->settings);
}

static void watch(Monkey *self) {
  session_watch(self->session, g_rand_int_range(self->random, 0, 4) > 0,
                (DatasetPart)g_rand_int_range(self->random, 0, DATASET_PARTS),
                (guint32)g_rand_int_range(self->random, 0, 20));
}

static void save(Monkey *self) {
  GError *error = NULL;

  session_save(self->session, self->path, &error);
  g_assert_no_error(error);
}

static void act(Monkey *self) {
  static const double PACES[] = {0, 0, 10000, 500};

  switch (g_rand_int_range(self->random, 0, 26)) {
  case 0 ... 6:
    session_train(self->session);
    break;
  case 7 ... 8:
    session_pause(self->session);
    break;
  case 9 ... 10:
    session_step(self->session);
    break;
  case 11 ... 12:
    session_epoch(self->session);
    break;
  case 13 ... 15:
    set(self);
    break;
  case 16:
    reset(self);
    break;
  case 17 ... 18:
    watch(self);
    break;
  case 19 ... 22:
    take(self);
    break;
  case 23:
    session_pace(self->session, PACES[g_rand_int_range(self->random, 0, 4)]);
    break;
  case 24:
    session_wait(self->session, g_rand_int_range(self->random, 0, 300), NULL);
    break;
  default:
    if (g_rand_int_range(self->random, 0, 8) == 0) /* it waits for the disk */
      save(self);
  }
  if (g_rand_boolean(self->random))
    g_usleep((gulong)g_rand_int_range(self->random, 0, 100));
}

/* Whatever happened, the run is a function of its seed, its settings and its journal. */
static void replay_cb(Run *run, gpointer data) {
  const Monkey *self = data;
  GError *error = NULL;
  g_autoptr(Run) again =
      run_new(self->fixture->lesson, self->fixture->dataset, self->settings, self->seed, &error);
  const gsize bytes = run->parameters->size * sizeof(real);

  g_assert_no_error(error);
  for (guint i = 0; i < run->journal->len; i++) {
    const JournalEntry *entry = &g_array_index(run->journal, JournalEntry, i);
    run_plan(again, entry->step, entry->name, entry->value, &error);
    g_assert_no_error(error);
  }
  while (again->step < run->step && run_advance(again))
    ;
  g_assert_cmpuint(again->step, ==, run->step);
  g_assert_cmpmem(again->parameters->value, bytes, run->parameters->value, bytes);
}

static void play(Monkey *self) {
  gint notified = 0;

  self->seed = g_rand_int(self->random);
  settings_reset(self->settings);
  Run *run =
      run_new(self->fixture->lesson, self->fixture->dataset, self->settings, self->seed, NULL);
  self->session = session_new(run, count_cb, &notified);
  for (int n = g_rand_int_range(self->random, 0, 25); n > 0; n--)
    act(self);
  if (g_rand_int_range(self->random, 0, 10) == 0)
    session_inspect(self->session, replay_cb, self);
  session_free(self->session);
  if (self->held != NULL && self->held->probe != NULL)
    look_at(self->held);
}

static void test_anything(void) {
  Fixture f = {fixture_lesson(FIXTURE_TINY), fixture_dataset(6, 4, 70, 20, 20)};
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
  g_autoptr(GRand) random = g_rand_new_with_seed(20);
  Monkey monkey = {&f, random, path, .settings = settings_new(f.lesson->definitions)};

  for (int i = 0; i < SESSIONS; i++)
    play(&monkey);
  snapshot_unref(monkey.held);
  settings_free(monkey.settings);
  test_remove_dir(folder);
  lesson_free(f.lesson);
  dataset_free(f.dataset);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/train", test_train);
  g_test_add_func("/session/step", test_step);
  g_test_add_func("/session/epoch", test_epoch);
  g_test_add_func("/session/pause", test_pause);
  g_test_add_func("/session/set", test_set);
  g_test_add_func("/session/reset", test_reset);
  g_test_add_func("/session/failed", test_failed);
  g_test_add_func("/session/pace", test_pace);
  g_test_add_func("/session/wait", test_wait);
  g_test_add_func("/session/snapshot", test_snapshot);
  g_test_add_func("/session/snapshot-held", test_snapshot_held);
  g_test_add_func("/session/save", test_save);
  g_test_add_func("/session/anything", test_anything);
  return g_test_run();
}
