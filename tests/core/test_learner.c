/* How far one has come: remembered, and never lost to a damaged file. */
#include "core/lesson/learner.h"

#include "tests/core/support.h"

#include <string.h>

static void test_remembered(void) {
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "deep", "progress.json", NULL);
  GError *error = NULL;
  Learner *progress = learner_new(path, NULL);

  g_assert_null(learner_step(progress, "day05"));
  learner_set_step(progress, "day05", "watch");
  learner_set_step(progress, "day05", "quiz");
  learner_add_goal(progress, "day05", "first_epoch");
  learner_set_answer(progress, "day05", "quiz.quiz1", 2);
  learner_save(progress, &error);
  g_assert_no_error(error);
  learner_free(progress);
  progress = learner_new(path, NULL);
  g_autofree char *step = learner_step(progress, "day05");
  g_assert_cmpstr(step, ==, "quiz");
  g_assert_true(learner_has_seen(progress, "day05", "watch"));
  g_assert_false(learner_has_seen(progress, "day05", "geometry"));
  g_assert_true(learner_has_goal(progress, "day05", "first_epoch"));
  g_assert_false(learner_has_goal(progress, "day06", "first_epoch"));
  g_assert_cmpint(learner_answer(progress, "day05", "quiz.quiz1"), ==, 2);
  g_assert_cmpint(learner_answer(progress, "day05", "quiz.quiz2"), ==, -1);
  learner_clear(progress, "day05");
  g_assert_false(learner_has_goal(progress, "day05", "first_epoch"));
  learner_free(progress);
  test_remove_dir(folder);
}

/* What a newer program has written stays. */
static void test_unknown_kept(void) {
  static const char TEXT[] = "{\"lessons\":{\"day09\":{\"rank\":[1,2]}},\"extra\":true}";
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "progress.json", NULL), *text = NULL;
  GError *error = NULL;

  test_write(path, TEXT, strlen(TEXT));
  g_autoptr(Learner) progress = learner_new(path, NULL);
  learner_add_goal(progress, "day05", "g");
  learner_save(progress, &error);
  g_assert_no_error(error);
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_nonnull(strstr(text, "\"rank\""));
  g_assert_nonnull(strstr(text, "\"extra\" : true"));
  test_remove_dir(folder);
}

static void test_damaged(void) {
  static const char *const TEXTS[] = {"", "{", "[1]", "{\"lessons\":", "\xff\xfe"};

  for (guint i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
    char *folder = test_tmp_dir();
    g_autofree char *path = g_build_filename(folder, "progress.json", NULL);
    g_autofree char *aside = g_strconcat(path, ".damaged", NULL), *problem = NULL;
    test_write(path, TEXTS[i], strlen(TEXTS[i]));
    g_autoptr(Learner) progress = learner_new(path, &problem);
    g_assert_nonnull(problem);
    g_assert_nonnull(strstr(problem, aside));
    g_assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
    g_assert_null(learner_step(progress, "day05"));
    test_remove_dir(folder);
  }
}

static void test_deep(void) {
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "progress.json", NULL);
  g_autofree char *text = g_strnfill(500000, '['), *problem = NULL;

  test_write(path, text, strlen(text));
  g_autoptr(Learner) progress = learner_new(path, &problem);
  g_assert_nonnull(strstr(problem, "too deeply"));
  test_remove_dir(folder);
}

/* Damaged twice, kept twice. */
static void test_damaged_again(void) {
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "progress.json", NULL);
  g_autofree char *second = g_strconcat(path, ".damaged-2", NULL);
  g_autofree char *first = g_strconcat(path, ".damaged", NULL), *text = NULL;

  for (int i = 1; i <= 2; i++) {
    g_autofree char *problem = NULL;
    test_write(path, i == 1 ? "{1" : "{2", 2);
    g_autoptr(Learner) progress = learner_new(path, &problem);
    g_assert_nonnull(strstr(problem, i == 1 ? first : second));
  }
  g_assert_true(g_file_get_contents(first, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "{1");
  g_assert_true(g_file_test(second, G_FILE_TEST_EXISTS));
  test_remove_dir(folder);
}

/* Where what is damaged cannot be put aside (here, its name would be too long) it stays as it is.
 */
static void test_stuck(void) {
  char *folder = test_tmp_dir();
  g_autofree char *name = g_strnfill(248, 'p'), *path = g_build_filename(folder, name, NULL);
  g_autofree char *problem = NULL, *text = NULL;
  GError *error = NULL;

  test_write(path, "{1", 2);
  g_autoptr(Learner) progress = learner_new(path, &problem);
  g_assert_nonnull(strstr(problem, "is not kept"));
  learner_add_goal(progress, "day05", "g");
  g_assert_true(learner_has_goal(progress, "day05", "g"));
  g_assert_true(learner_save(progress, &error));
  g_assert_no_error(error);
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "{1");
  test_remove_dir(folder);
}

/* Members of the wrong kind are as good as none. */
static void test_wrong_kinds(void) {
  static const char TEXT[] = "{\"lessons\":{\"a\":3,\"b\":{\"step\":1,\"goals\":[],\"seen\":0,"
                             "\"answers\":{\"q\":\"x\"}}}}";
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "progress.json", NULL);

  test_write(path, TEXT, strlen(TEXT));
  g_autoptr(Learner) progress = learner_new(path, NULL);
  g_assert_null(learner_step(progress, "a"));
  g_assert_null(learner_step(progress, "b"));
  g_assert_false(learner_has_goal(progress, "b", "g"));
  g_assert_cmpint(learner_answer(progress, "b", "q"), ==, -1);
  learner_set_step(progress, "a", "s");
  learner_add_goal(progress, "b", "g");
  g_assert_true(learner_has_goal(progress, "b", "g"));
  test_remove_dir(folder);
}

static void test_full_disk(void) {
  g_autoptr(Learner) progress = learner_new("/dev/null/progress.json", NULL);
  GError *error = NULL;

  learner_add_goal(progress, "day05", "g");
  g_assert_false(learner_save(progress, &error));
  test_assert_error_says(&error, "/dev/null/progress.json");
  g_assert_false(learner_save(progress, NULL)); /* still to be written */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/learner/remembered", test_remembered);
  g_test_add_func("/learner/unknown-kept", test_unknown_kept);
  g_test_add_func("/learner/damaged", test_damaged);
  g_test_add_func("/learner/deep", test_deep);
  g_test_add_func("/learner/damaged-again", test_damaged_again);
  g_test_add_func("/learner/stuck", test_stuck);
  g_test_add_func("/learner/wrong-kinds", test_wrong_kinds);
  g_test_add_func("/learner/full-disk", test_full_disk);
  return g_test_run();
}
