/* Sessions told anything, at any moment, in any order. */
#include "tests/core/lesson_fixture.h"
#include "tests/core/support.h"

static void count_cb(gpointer data) { g_atomic_int_inc((gint *)data); }

#define SESSIONS 1000

typedef struct {
  const Fixture *fixture;
  GRand *random;
  const char *path;
  Session *session;
  guint64 seed, seed_before; /* what the run must be a replay of; and the one before the reset */
  Settings *settings, *settings_before;
  Snapshot *held;
} Monkey;

static void take(Monkey *self) {
  g_autoptr(Snapshot) snapshot = session_take_snapshot(self->session);

  if (snapshot == NULL)
    return;
  if (snapshot->probe != NULL)
    fixture_look(snapshot);
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

  settings_free(self->settings_before);
  self->settings_before = settings_copy(self->settings);
  self->seed_before = self->seed;
  settings_reset(self->settings);
  settings_parse(self->settings, "optimizer", NAMES[i], NULL);
  self->seed = g_rand_int(self->random);
  session_reset(self->session, self->seed, self->settings);
}

static void undo_reset(Monkey *self) {
  session_undo_reset(self->session);
  if (self->settings_before == NULL)
    return;
  const guint64 seed = self->seed;
  self->seed = self->seed_before;
  self->seed_before = seed;
  Settings *settings = self->settings;
  self->settings = self->settings_before;
  self->settings_before = settings;
}

static void draw(Monkey *self) {
  float picture[36];

  for (int i = 0; i < 36; i++)
    picture[i] = (float)g_rand_double(self->random);
  session_draw(self->session, g_rand_boolean(self->random) ? picture : NULL);
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

  switch (g_rand_int_range(self->random, 0, 29)) {
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
  case 26:
    undo_reset(self);
    break;
  case 27 ... 28:
    draw(self);
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
  g_clear_pointer(&self->settings_before, settings_free);
  Run *run =
      run_new(self->fixture->lesson, self->fixture->dataset, self->settings, self->seed, NULL);
  self->session = session_new(run, count_cb, &notified);
  for (int n = g_rand_int_range(self->random, 0, 25); n > 0; n--)
    act(self);
  if (g_rand_int_range(self->random, 0, 10) == 0)
    session_inspect(self->session, replay_cb, self);
  session_free(self->session);
  if (self->held != NULL && self->held->probe != NULL)
    fixture_look(self->held);
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
  settings_free(monkey.settings_before);
  test_remove_dir(folder);
  lesson_free(f.lesson);
  dataset_free(f.dataset);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/anything", test_anything);
  return g_test_run();
}
