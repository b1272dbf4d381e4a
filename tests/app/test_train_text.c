#include "app/train_text.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static const TaskClass TASK = {.name = "t", .metrics = {"loss", "accuracy"}};

static const SessionStatus STATUS = {.phase = RUN_TRAINING,
                                     .step = 1000,
                                     .end_step = 8000,
                                     .epoch = 2,
                                     .epochs = 9,
                                     .steps_per_epoch = 800,
                                     .batch_size = 64,
                                     .samples_per_second = 44800,
                                     .running = {0.04123, 0.98765}};

static void assert_line(SessionStatus status, const char *expected) {
  g_autofree char *line = train_line(&TASK, &status);

  g_assert_cmpstr(line, ==, expected);
}

/* 7000 steps of 64 at 44,800 a second are ten seconds, whatever was trained before. */
static void test_line(void) {
  SessionStatus status = STATUS;

  assert_line(status, "epoch 2/10 · 0:10 left · 44,800 images/s · loss 0.0412 · accuracy 0.9877");
  status.samples_per_second = 0;
  status.running[1] = NAN;
  assert_line(status, "epoch 2/10 · loss 0.0412 · accuracy –");
  status = STATUS;
  status.step = 1600;
  status.epoch = 3;
  status.phase = RUN_VALIDATING;
  assert_line(status, "epoch 2/10 · validating");
  status.step = status.end_step;
  status.epoch = 11;
  status.phase = RUN_TESTING;
  assert_line(status, "epoch 10/10 · testing");
  status.phase = RUN_FINISHED;
  assert_line(status, "epoch 10/10 · 0:00 left · 44,800 images/s · loss 0.0412 · accuracy 0.9877");
  status.end_step = 5; /* --steps within the first epoch */
  status.step = 3;
  status.epoch = 1;
  status.phase = RUN_TRAINING;
  assert_line(status, "epoch 1/1 · 0:00 left · 44,800 images/s · loss 0.0412 · accuracy 0.9877");
}

static void test_german(void) {
  if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
    g_test_skip("this machine has no German locale");
    return;
  }
  test_line();
  setlocale(LC_ALL, "C.UTF-8");
}

static void test_command(void) {
  const char *const options[] = {"--resume", "a b/it's", "--steps", NULL, "--out", "", NULL};
  g_autofree char *line = train_command("day05", options);

  g_assert_cmpstr(line, ==, "bathyscope train day05 --resume 'a b/it'\\''s' --out ''");
}

static void test_free_folder(void) {
  g_autofree char *folder = g_dir_make_tmp("train-text-XXXXXX", NULL);
  g_autofree char *lesson = g_build_filename(folder, "day05", NULL);

  for (int n = 1; n <= 3; n++) {
    g_autofree char *name = train_free_folder(lesson);
    g_autofree char *ending =
        n > 1 ? g_strdup_printf("-interrupted-%d", n) : g_strdup("-interrupted");
    g_assert_true(g_str_has_suffix(name, ending));
    g_assert_cmpint(g_mkdir(name, 0777), ==, 0);
  }
  for (int n = 1; n <= 3; n++) {
    g_autofree char *name = n > 1 ? g_strdup_printf("%s-interrupted-%d", lesson, n)
                                  : g_strconcat(lesson, "-interrupted", NULL);
    g_assert_cmpint(rmdir(name), ==, 0);
  }
  g_assert_cmpint(rmdir(folder), ==, 0);
}

int main(int argc, char **argv) {
  setlocale(LC_ALL, "C.UTF-8");
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train-text/line", test_line);
  g_test_add_func("/train-text/german", test_german);
  g_test_add_func("/train-text/command", test_command);
  g_test_add_func("/train-text/free-folder", test_free_folder);
  return g_test_run();
}
