#include "core/session/journal.h"
#include "tests/core/support.h"

#include <glib/gstdio.h>
#include <string.h>

static const char LESSON[] =
    "{\"day\": 1, \"title\": \"T\", \"summary\": \"S\", \"task\": \"classification\","
    " \"datasets\": [\"drawn_digits\"],"
    " \"models\": {\"m\": [\"input 28x28x1\", \"flatten\", \"dense 10 activation=softmax\"]},"
    " \"hyperparameters\": [{\"name\": \"learning_rate\", \"label\": \"L\", \"help\": \"H\","
    " \"kind\": \"real\", \"minimum\": 0.001, \"maximum\": 1, \"default\": 0.01, \"live\": true},"
    " {\"name\": \"epochs\", \"label\": \"E\", \"help\": \"H\", \"kind\": \"integer\","
    " \"minimum\": 1, \"maximum\": 9, \"default\": 1, \"live\": true},"
    " {\"name\": \"optimizer\", \"label\": \"O\", \"help\": \"H\", \"kind\": \"choice\","
    " \"choices\": [\"sgd\", \"adam\"], \"default\": \"adam\", \"live\": false}]}";

typedef struct {
  Lesson *lesson;
  Dataset *dataset;
  Settings *settings;
  char *folder, *path;
} Fixture;

static void set_up(Fixture *f, gconstpointer data) {
  GError *error = NULL;

  f->lesson = lesson_parse(LESSON, strlen(LESSON), "lesson.json", "day01", &error);
  g_assert_no_error(error);
  f->dataset = dataset_draw_digits(1, 320, 32, 32);
  f->settings = settings_new(f->lesson->definitions);
  f->folder = g_dir_make_tmp("journal-XXXXXX", NULL);
  f->path = g_build_filename(f->folder, "journal.tsv", NULL);
}

static void tear_down(Fixture *f, gconstpointer data) {
  g_remove(f->path);
  g_rmdir(f->folder);
  g_free(f->path);
  g_free(f->folder);
  settings_free(f->settings);
  dataset_free(f->dataset);
  lesson_free(f->lesson);
}

static Run *start(const Fixture *f) {
  GError *error = NULL;
  Run *run = run_new(f->lesson, f->dataset, f->settings, 5, &error);

  g_assert_no_error(error);
  return run;
}

static void steps(Run *run, guint32 until) {
  while (run->step < until && run_advance(run))
    ;
}

static void change(Run *run, const char *value) {
  GError *error = NULL;

  run_set(run, "learning_rate", value, &error);
  g_assert_no_error(error);
}

static void assert_same(const Run *a, const Run *b) {
  g_assert_cmpmem(a->parameters->value, a->parameters->size * sizeof(real), b->parameters->value,
                  b->parameters->size * sizeof(real));
}

/* What was changed live and what is replayed from the file end in the same bits; without the
 * changes they would not. */
static void test_replay(Fixture *f, gconstpointer data) {
  GError *error = NULL;
  g_autoptr(Run) live = start(f), replayed = start(f), untouched = start(f);

  journal_keep(live, f->path, &error);
  g_assert_no_error(error);
  steps(live, 3);
  change(live, "0.1");
  steps(live, 7);
  change(live, "0.002");
  steps(live, 10);
  journal_replay(replayed, f->path, &error);
  g_assert_no_error(error);
  steps(replayed, 10);
  steps(untouched, 10);
  assert_same(live, replayed);
  g_assert_true(memcmp(live->parameters->value, untouched->parameters->value,
                       live->parameters->size * sizeof(real)) != 0);
}

static void test_cut_line(Fixture *f, gconstpointer data) {
  static const char TEXT[] = "2\tlearning_rate\t0.1\n4\tlearning_r";
  GError *error = NULL;
  g_autoptr(Run) run = start(f);

  g_file_set_contents(f->path, TEXT, -1, NULL);
  journal_replay(run, f->path, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(run->journal->len, ==, 1);
}

static void test_bad_lines(Fixture *f, gconstpointer data) {
  static const char *const TEXTS[][2] = {
      {"2\tlearning_rate\t0.1\n1\tlearning_rate\t0.2\n", "line 2: a change at step 1 stands after"},
      {"2\tlearning_rate\t50\n", "line 1: "},
      {"2\tlearnin_rate\t0.1\n", "learning_rate"},
      {"nonsense\n", "line 1: expected a step"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
    GError *error = NULL;
    g_autoptr(Run) run = start(f);
    g_file_set_contents(f->path, TEXTS[i][0], -1, NULL);
    g_assert_false(journal_replay(run, f->path, &error));
    g_assert_nonnull(strstr(error->message, TEXTS[i][1]));
    g_error_free(error);
  }
}

/* A change that cannot be written is not made. */
static void test_unwritable(Fixture *f, gconstpointer data) {
  GError *error = NULL;
  g_autoptr(Run) run = start(f);

  journal_keep(run, f->path, &error);
  g_assert_no_error(error);
  g_remove(f->path);
  g_assert_false(run_set(run, "learning_rate", "0.5", &error));
  g_assert_nonnull(strstr(error->message, f->path));
  g_assert_cmpfloat(settings_get(run->settings, "learning_rate", 0), ==, 0.01);
  g_error_free(error);
}

static void test_refused(Fixture *f, gconstpointer data) {
  GError *error = NULL;
  g_autoptr(Run) run = start(f);

  g_assert_false(run_set(run, "optimizer", "sgd", &error));
  g_assert_nonnull(strstr(error->message, "takes effect when a run is started"));
  g_clear_error(&error);
  g_assert_false(run_set(run, "learning_rate", "7", &error));
  g_assert_cmpuint(run->journal->len, ==, 0);
  g_error_free(error);
}

#define ADD(path, func) g_test_add("/journal/" path, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("replay", test_replay);
  ADD("cut-line", test_cut_line);
  ADD("bad-lines", test_bad_lines);
  ADD("unwritable", test_unwritable);
  ADD("refused", test_refused);
  return g_test_run();
}
