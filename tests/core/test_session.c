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

/* Two asked for at once are two. */
static void test_epochs(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);

  session_pace(session, 200);
  session_epoch(session);
  session_epoch(session);
  g_assert_cmpuint(rest(session).step, ==, 10);
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

/* The old run comes back as it was and goes on; what replaced it can come back in turn. */
static void test_undo_reset(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) alone = fixture_run(f, "", 1);
  g_autoptr(Run) other = fixture_run(f, "", 2);
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);

  session_undo_reset(session); /* of nothing */
  session_epoch(session);
  rest(session);
  session_reset(session, 2, NULL);
  session_step(session);
  rest(session);
  session_undo_reset(session);
  g_assert_cmpuint(rest(session).step, ==, 5);
  session_train(session);
  rest(session);
  fixture_advance(alone, G_MAXUINT);
  session_inspect(session, compare_cb, alone);
  session_undo_reset(session);
  g_assert_cmpuint(rest(session).step, ==, 1);
  fixture_advance(other, 1);
  session_inspect(session, compare_cb, other);
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
  fixture_look(snapshot);
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
  const double before = fixture_sum(graph_find(first->probe->ends.graph, "conv1"));
  session_train(session);
  for (int i = 0; i < 20; i++) {
    session_watch(session, TRUE, DATASET_TRAIN, (guint32)i);
    g_usleep(2000);
    g_autoptr(Snapshot) newer = session_take_snapshot(session);
    if (newer != NULL && newer->probe != NULL)
      fixture_look(newer);
  }
  session_reset(session, 2, NULL);
  session_train(session);
  session_free(session);
  fixture_look(first);
  g_assert_cmpfloat(fixture_sum(graph_find(first->probe->ends.graph, "conv1")), ==, before);
}

/* Every validation sample was asked, by the parameters of that step. */
static void assert_judged(const Snapshot *look) {
  const Judgement *judgement = look->judgement;
  guint32 right = 0;

  g_assert_cmpuint(judgement->step, ==, look->status.step);
  g_assert_cmpuint(judgement->n, ==, 300);
  for (int class = 0; class < 4; class ++)
    right += judgement_count(judgement, class, class);
  g_assert_cmpfloat_with_epsilon(right / 300.0, look->status.validation[1], 1e-6);
  for (guint32 i = 0; i < judgement->n; i++) {
    g_assert_cmpfloat(judgement->truth[i], <=, judgement->confidence[i]);
    g_assert_cmpfloat(judgement->confidence[i], >=, 0.25f);
    g_assert_true(judgement->guess[i] != judgement->label[i] ||
                  judgement->truth[i] == judgement->confidence[i]);
  }
}

/* Samples are judged after the last step was told; whoever asks in between gets what there is. */
static Snapshot *judged(Session *session, guint32 step) {
  for (int i = 0; i < 1000; i++) {
    Snapshot *look = session_take_snapshot(session);
    if (look != NULL && look->judgement != NULL && look->judgement->step == step)
      return look;
    snapshot_unref(look);
    g_usleep(10000);
  }
  g_assert_not_reached();
}

/* The curves, the newest judgement and the settings come with a look. */
static void test_look(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);

  session_watch(session, TRUE, DATASET_VALIDATION, 0);
  session_epoch(session);
  rest(session);
  session_set(session, "learning_rate", "0.02");
  session_train(session);
  rest(session);
  g_autoptr(Snapshot) look = judged(session, 15);
  const History *history = look->history;
  g_assert_cmpuint(history->n, ==, 15);
  g_assert_cmpuint(history->block, ==, 1);
  g_assert_cmpuint(history->n_epochs, ==, 3);
  g_assert_cmpuint(history->changes->len, ==, 1);
  const HistoryChange *change = history->changes->pdata[0];
  g_assert_cmpuint(change->step, ==, 5);
  g_assert_cmpstr(change->name, ==, "learning_rate");
  g_assert_cmpfloat_with_epsilon(history->mean[0][14], look->status.last[0], 1e-6);
  g_assert_cmpfloat_with_epsilon(look->settings[0], 0.02, 1e-12);
  assert_judged(look);
}

static void test_drawing(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);
  float picture[36], pinned[36];

  for (int i = 0; i < 36; i++)
    picture[i] = (float)i / 36;
  dataset_sample(f->dataset, DATASET_TEST, 7, pinned, NULL);
  session_watch(session, TRUE, DATASET_TEST, 7);
  session_draw(session, picture);
  rest(session);
  g_autoptr(Snapshot) look = session_take_snapshot(session);
  g_assert_cmpmem(look->drawing->ends.input->value, sizeof picture, picture, sizeof picture);
  g_assert_cmpmem(look->probe->ends.input->value, sizeof pinned, pinned, sizeof pinned);
  const Tensor *probabilities = graph_find(look->drawing->ends.graph, "probabilities");
  const int guess = graph_find(look->drawing->ends.graph, "label")->index[0];
  for (int k = 0; k < 4; k++)
    g_assert_cmpfloat(probabilities->value[k], <=, probabilities->value[guess]);
  session_draw(session, NULL);
  rest(session);
  g_autoptr(Snapshot) without = session_take_snapshot(session);
  g_assert_null(without->drawing);
}

/* An example that is not there is another one's place, not a crash. */
static void test_watch_beyond(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Session) session = session_new(fixture_run(f, "", 1), NULL, NULL);

  session_watch(session, TRUE, DATASET_VALIDATION, 100000);
  rest(session);
  g_autoptr(Snapshot) look = session_take_snapshot(session);
  g_assert_cmpuint(look->probe->example, ==, 299);
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

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/train", test_train);
  g_test_add_func("/session/step", test_step);
  g_test_add_func("/session/epoch", test_epoch);
  g_test_add_func("/session/epochs", test_epochs);
  g_test_add_func("/session/pause", test_pause);
  g_test_add_func("/session/set", test_set);
  g_test_add_func("/session/reset", test_reset);
  g_test_add_func("/session/undo-reset", test_undo_reset);
  g_test_add_func("/session/failed", test_failed);
  g_test_add_func("/session/pace", test_pace);
  g_test_add_func("/session/wait", test_wait);
  g_test_add_func("/session/snapshot", test_snapshot);
  g_test_add_func("/session/snapshot-held", test_snapshot_held);
  g_test_add_func("/session/look", test_look);
  g_test_add_func("/session/drawing", test_drawing);
  g_test_add_func("/session/watch-beyond", test_watch_beyond);
  g_test_add_func("/session/save", test_save);
  return g_test_run();
}
