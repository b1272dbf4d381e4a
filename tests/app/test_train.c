/* train, as a person would use it: what it leaves, how it is stopped and goes on, what it refuses.
 */
#include "tests/app/program.h"
#include "tests/app/workshop.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const char *const GERMAN[] = {"LC_ALL=de_DE.UTF-8", NULL};

/* The arguments of a training in the workshop, before what a test adds. */
static char *arguments_of(const Workshop *w, const char *more) {
  return g_strdup_printf("train %s --dataset %s %s", w->lesson, w->data, more);
}

static Result train(const Workshop *w, const char *more) {
  g_autofree char *arguments = arguments_of(w, more);

  return run_with(NULL, arguments);
}

static void assert_done(const Result *result) {
  g_assert_cmpstr(result->err, ==, "");
  g_assert_cmpint(result->status, ==, 0);
}

/* One line that says why, and 1. */
static void assert_failed(const Result *result, const char *why) {
  g_assert_cmpint(result->status, ==, 1);
  g_assert_true(g_str_has_prefix(result->err, "bathyscope: "));
  g_assert_true(strchr(result->err, '\n') == strrchr(result->err, '\n'));
  assert_contains(result->err, why);
}

static void assert_same_file(const Workshop *w, const char *a, const char *b) {
  g_autoptr(GBytes) first = workshop_read(w, a), second = workshop_read(w, b);

  if (!g_bytes_equal(first, second)) {
    g_test_message("%s and %s differ", a, b);
    g_test_fail();
  }
}

/* --- what it leaves --- */

static JsonObject *read_report(const Workshop *w, const char *name, JsonParser *parser) {
  g_autoptr(GBytes) bytes = workshop_read(w, name);
  GError *error = NULL;

  json_parser_load_from_data(parser, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes),
                             &error);
  g_assert_no_error(error);
  return json_node_get_object(json_parser_get_root(parser));
}

static void assert_int(JsonObject *object, const char *member, gint64 value) {
  g_assert_true(json_object_has_member(object, member));
  g_assert_cmpint(json_object_get_int_member(object, member), ==, value);
}

static void assert_number(JsonObject *object, const char *member, double minimum, double maximum) {
  g_assert_true(json_object_has_member(object, member));
  const double value = json_object_get_double_member(object, member);
  g_assert_cmpfloat(value, >=, minimum);
  g_assert_cmpfloat(value, <=, maximum);
}

static void check_report(JsonObject *report) {
  JsonObject *hyperparameters = json_object_get_object_member(report, "hyperparameters");
  JsonObject *metrics = json_object_get_object_member(report, "metrics");

  g_assert_cmpstr(json_object_get_string_member(report, "lesson"), ==, "tiny");
  g_assert_cmpstr(json_object_get_string_member(report, "dataset"), ==, "lines");
  assert_int(report, "seed", 9007199254740993); /* more than a double holds */
  assert_int(report, "threads", 2);
  assert_int(report, "steps", 21);
  assert_int(report, "epochs", 3);
  assert_int(report, "parameters", 4 * 9 + 4 + 100 * 10 + 10);
  assert_number(report, "samples_per_second", 1, 1e9);
  assert_number(report, "wall_seconds", 0, 100);
  g_assert_cmpstr(json_object_get_string_member(hyperparameters, "optimizer"), ==, "adam");
  assert_int(hyperparameters, "epochs", 3);
  assert_int(hyperparameters, "batch_size", 16);
  assert_number(hyperparameters, "learning_rate", 0.0025, 0.0025);
  assert_number(metrics, "loss", 0, 3);
  assert_number(metrics, "val_loss", 0, 3);
  assert_number(metrics, "test_loss", 0, 3);
  assert_number(metrics, "accuracy", 0, 1);
  assert_number(metrics, "val_accuracy", 0, 1);
  assert_number(metrics, "test_accuracy", 0, 1);
}

/* A header and a line for each of the epochs, every field a number. */
static void check_history(const Workshop *w, const char *name, guint epochs) {
  g_autoptr(GBytes) bytes = workshop_read(w, name);
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

  g_assert_cmpstr(lines[0], ==, "epoch,step,learning_rate,loss,accuracy,val_loss,val_accuracy");
  g_assert_cmpuint(g_strv_length(lines), ==, epochs + 2);
  for (guint e = 1; e <= epochs; e++) {
    g_auto(GStrv) fields = g_strsplit(lines[e], ",", 0);
    g_assert_cmpuint(g_strv_length(fields), ==, 7);
    g_assert_cmpint(atoi(fields[0]), ==, e);
    g_assert_cmpint(atoi(fields[1]), ==, 7 * e); /* 110 pictures in batches of 16 */
    for (int i = 2; i < 7; i++) {
      char *end;
      g_assert_true(isfinite(g_ascii_strtod(fields[i], &end)) && *end == '\0');
    }
  }
}

#define THREE_EPOCHS "--epochs 3 --seed 9007199254740993 --threads 2 --set learning_rate=0.0025"

/* Every panel of the lesson, as a picture of either kind. */
static void test_plots(void) {
  static const char *const SOME[] = {"loss.svg", "loss.png", "filters.svg", "confusion_matrix.png"};
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *line =
      g_strdup_printf("train day05 --dataset drawn_digits --steps 2 --out %s/plotted", w->folder);
  g_auto(Result) result = run_with(NULL, line);

  assert_done(&result);
  assert_contains(result.out, "report.json, plots\n");
  for (guint i = 0; i < G_N_ELEMENTS(SOME); i++) {
    g_autofree char *file = g_build_filename(w->folder, "plotted", "plots", SOME[i], NULL);
    g_assert_true(g_file_test(file, G_FILE_TEST_IS_REGULAR));
  }
}

static void test_out(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *arguments = arguments_of(w, THREE_EPOCHS);
  g_autofree char *line = g_strdup_printf("%s --out %s/a", arguments, w->folder);
  g_auto(Result) result = run_with(NULL, line);
  g_autoptr(JsonParser) parser = json_parser_new();

  assert_done(&result);
  assert_contains(result.out, "Data: lines, 140 images, from ");
  assert_contains(result.out, "epoch 3 · loss ");
  assert_contains(result.out, " · val_accuracy ");
  assert_contains(result.out, "Test on 20 samples never trained on · loss ");
  assert_contains(result.out, "/a: model.safetensors, history.csv, report.json\n");
  check_report(read_report(w, "a/report.json", parser));
  check_history(w, "a/history.csv", 3);
}

/* Written in another language, or with another number of threads: the same files. */
static void test_same_everywhere(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *arguments = arguments_of(w, THREE_EPOCHS " --quiet --out");
  g_autofree char *plain = g_strdup_printf("%s %s/a", arguments, w->folder);
  g_autofree char *german = g_strdup_printf("%s %s/b --threads 5", arguments, w->folder);
  g_autoptr(JsonParser) parser = json_parser_new();
  g_auto(Result) a = run_with(NULL, plain);
  g_auto(Result) b = run_with(GERMAN, german);

  assert_done(&a);
  assert_done(&b);
  g_assert_cmpstr(a.out, ==, "");
  assert_same_file(w, "a/model.safetensors", "b/model.safetensors");
  assert_same_file(w, "a/history.csv", "b/history.csv");
  assert_number(
      json_object_get_object_member(read_report(w, "b/report.json", parser), "hyperparameters"),
      "learning_rate", 0.0025, 0.0025);
}

static void test_steps(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *more = g_strdup_printf("--steps 10 --out %s/a", w->folder);
  g_autofree char *both = g_strdup_printf("--steps 10 --epochs 1 --out %s/b", w->folder);
  g_autoptr(JsonParser) parser = json_parser_new();
  g_auto(Result) result = train(w, more);
  g_auto(Result) shorter = train(w, both);

  assert_done(&result);
  assert_int(read_report(w, "a/report.json", parser), "steps", 10);
  check_history(w, "a/history.csv", 1);
  assert_done(&shorter);
  assert_int(read_report(w, "b/report.json", parser), "steps", 7);
}

/* --- going on --- */

/* What the model is in the end, without how it came about. */
static void export(const Workshop *w, const char *name) {
  g_auto(Result) result =
      run("export %s/%s/model.safetensors %s/%s.safetensors", w->folder, name, w->folder, name);

  assert_done(&result);
}

static void test_resume(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *first = g_strdup_printf("--epochs 1 --out %s/a", w->folder);
  g_autofree char *on = g_strdup_printf("--resume %s/a/model.safetensors --epochs 3 --out %s/b",
                                        w->folder, w->folder);
  g_autofree char *whole = g_strdup_printf("--epochs 3 --out %s/c", w->folder);
  g_auto(Result) a = train(w, first);
  g_auto(Result) b = train(w, on);
  g_auto(Result) c = train(w, whole);

  assert_done(&a);
  assert_done(&b);
  g_assert_null(strstr(b.out, "epoch 1 "));
  assert_contains(b.out, "epoch 2 ");
  assert_done(&c);
  check_history(w, "b/history.csv", 3);
  assert_same_file(w, "b/history.csv", "c/history.csv");
  export(w, "b");
  export(w, "c");
  assert_same_file(w, "b.safetensors", "c.safetensors");
}

/* As from a keyboard, once it has printed something; returns what it says on standard error. */
static char *interrupt(const char *line, const char *folder) {
  g_autofree char *command = g_strdup_printf("'%s' %s", g_getenv("BATHYSCOPE_PROGRAM"), line);
  g_autoptr(GSubprocessLauncher) launcher =
      g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_auto(GStrv) argv = NULL;
  char *err, byte;
  GError *error = NULL;

  g_shell_parse_argv(command, NULL, &argv, &error);
  g_assert_no_error(error);
  g_subprocess_launcher_set_cwd(launcher, folder);
  g_autoptr(GSubprocess) process =
      g_subprocess_launcher_spawnv(launcher, (const char *const *)argv, &error);
  g_assert_no_error(error);
  for (int lines = 0; lines < 3;) { /* the data, two epochs */
    g_assert_cmpint(
        g_input_stream_read(g_subprocess_get_stdout_pipe(process), &byte, 1, NULL, NULL), ==, 1);
    lines += byte == '\n';
  }
  g_subprocess_send_signal(process, SIGINT);
  g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, NULL, &err, &error));
  g_assert_no_error(error);
  g_test_message("%s", err);
  g_assert_true(g_subprocess_get_if_exited(process));
  g_assert_cmpint(g_subprocess_get_exit_status(process), ==, 1);
  return err;
}

/* The command that an interrupted one says to go on with; without "bathyscope". */
static char *hint_of(const char *err) {
  static const char START[] = "and saved; go on with: bathyscope ";
  const char *hint = strstr(err, START);

  assert_contains(err, "bathyscope: interrupted at step ");
  g_assert_nonnull(hint);
  return g_strchomp(g_strdup(hint + strlen(START)));
}

/* Twice stopped, the second time in German, it ends where it would have. */
static void test_interrupt(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *line = arguments_of(w, "--epochs 1500");
  g_autofree char *whole = g_strdup_printf("%s --quiet --out %s/whole", line, w->folder);
  g_autofree char *err = interrupt(line, w->folder);
  g_autofree char *hint = hint_of(err);

  assert_contains(hint, " --resume tiny-interrupted/model.safetensors ");
  assert_contains(hint, " --out tiny-interrupted");
  g_setenv("LC_ALL", "de_DE.UTF-8", TRUE);
  g_autofree char *again = interrupt(hint, w->folder);
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  g_autofree char *last = hint_of(again);
  g_auto(Result) rest = run_shell("cd '%s' && \"$BATHYSCOPE_PROGRAM\" %s", w->folder, last);
  assert_done(&rest);
  g_auto(Result) alone = run_with(NULL, whole);
  assert_done(&alone);
  assert_same_file(w, "tiny-interrupted/model.safetensors", "whole/model.safetensors");
  assert_same_file(w, "tiny-interrupted/history.csv", "whole/history.csv");
}

/* An earlier interrupted run is not written over, and odd names can be pasted. */
static void test_interrupt_names(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *line = arguments_of(w, "--epochs 90000 --steps 400000 --threads 1");
  g_autofree char *odd = arguments_of(w, "--epochs 90000 --out \"it's a run\"");
  g_autofree char *first = interrupt(line, w->folder), *second = interrupt(line, w->folder);
  g_autofree char *third = interrupt(odd, w->folder);
  g_autofree char *hint = hint_of(second);

  assert_contains(first, "--out tiny-interrupted\n");
  assert_contains(second, "--out tiny-interrupted-2\n");
  assert_contains(hint, " --steps 400000 --threads 1 ");
  assert_contains(third, "--out 'it'\\''s a run'\n");
}

/* --- who listens --- */

static void test_nobody_listens(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *arguments = arguments_of(w, "");
  g_auto(Result) closed =
      run_shell("\"$BATHYSCOPE_PROGRAM\" %s --out %s/a >&-", arguments, w->folder);
  g_auto(Result) quiet =
      run_shell("\"$BATHYSCOPE_PROGRAM\" %s --quiet --out %s/b >&- 2>&- <&-", arguments, w->folder);
  g_auto(Result) broken =
      run_shell("{ \"$BATHYSCOPE_PROGRAM\" %s --epochs 400 --out %s/c; echo $? >&2; } | true",
                arguments, w->folder);

  assert_failed(&closed, "cannot write to standard output");
  assert_done(&quiet);
  assert_contains(broken.err, "cannot write to standard output: Broken pipe\n1\n");
  assert_same_file(w, "a/model.safetensors", "b/model.safetensors");
  export(w, "a");
  export(w, "c");
}

/* --- what it refuses --- */

/* %s stands for the workshop's folder. */
static const char *const MISUSES[][2] = {
    {"train", "something is missing: bathyscope train LESSON"},
    {"train %s/tiny day05", "‘day05’ is one argument too many"},
    {"train %s/tiny --epoch 1", "did you mean ‘--epochs’?"},
    {"train %s/tiny --epochs", "--epochs needs a value: --epochs N"},
    {"train %s/tiny --epochs two",
     "--epochs: epochs takes a whole number from 1 to 100000, not ‘two’"},
    {"train %s/tiny --epochs 0", "--epochs: epochs takes a whole number from 1 to 100000, not ‘0’"},
    {"train %s/tiny --epochs 1e9",
     "--epochs: epochs takes a whole number from 1 to 100000, not ‘1e9’"},
    {"train %s/tiny --epochs 1.5", "--epochs: epochs takes a whole number"},
    {"train %s/tiny --set foo", "--set takes NAME=VALUE, not ‘foo’"},
    {"train %s/tiny --set learning_rate=abc", "--set: learning_rate takes a number from"},
    {"train %s/tiny --set learning_rate=0,1", "--set: learning_rate takes a number from"},
    {"train %s/tiny --set learning_rate=", "--set: learning_rate takes a number from"},
    {"train %s/tiny --set learnin_rate=1", "--set: there is no hyperparameter ‘learnin_rate’ here; "
                                           "did you mean ‘learning_rate’?"},
    {"train %s/tiny --set optimizer=sdg", "--set: optimizer takes one of sgd, adam, not ‘sdg’"},
    {"train %s/tiny --preset nope", "--preset: lesson tiny has no preset ‘nope’"},
    {"train %s/tiny --threads 0", "--threads takes a whole number from 1 to 1024, not ‘0’"},
    {"train %s/tiny --threads many", "--threads takes a whole number from 1 to 1024, not ‘many’"},
    {"train %s/tiny --steps -1", "--steps takes a whole number from 1 to 4294967295, not ‘-1’"},
    {"train %s/tiny --seed x", "--seed takes a whole number of at least 0, not ‘x’"},
    {"train %s/tiny --quiet=1", "--quiet takes no value"},
    {"train %s/tiny --resume x --seed 3", "a resumed run keeps its seed"},
    {"train %s/tiny --resume x --preset explode", "a resumed run keeps its seed and preset"},
};

static void test_misuse(void) {
  g_autoptr(Workshop) w = workshop_new();

  for (gsize i = 0; i < G_N_ELEMENTS(MISUSES); i++) {
    g_auto(GStrv) parts = g_strsplit(MISUSES[i][0], "%s", 0);
    g_autofree char *line = g_strjoinv(w->folder, parts);
    g_auto(Result) result = run_with(NULL, line);
    g_assert_cmpint(result.status, ==, 2);
    g_assert_cmpstr(result.out, ==, "");
    g_assert_true(g_str_has_prefix(result.err, "bathyscope: "));
    g_assert_true(g_str_has_suffix(result.err, "\ntry bathyscope train --help\n"));
    assert_contains(result.err, MISUSES[i][1]);
  }
}

static const char *const FAILURES[][2] = {
    {"train day99", "there is no lesson ‘day99’ in "},
    {"train /nowhere/at/all", "/nowhere/at/all is no lesson"},
    {"train %s/tiny --dataset nosuch", "nosuch is neither a folder nor the name of a data set"},
    {"train %s/tiny --dataset %s/tiny", "has not the four files train-images-idx3-ubyte"},
    {"train %s/tiny --quiet", "the model takes samples of 12 × 12 × 1, but those of drawn_digits"},
    {"train %s/tiny --resume %s/none.safetensors", "none.safetensors: No such file"},
    {"train %s/tiny --resume %s/tiny", "/tiny: Is a directory"},
    {"train %s/tiny --resume %s/text.safetensors", "is no safetensors file"},
    {"train %s/tiny --resume %s/plain.safetensors", "it cannot go on: there is no seed"},
    {"train day05 --resume %s/a/model.safetensors", "was saved in tiny, not in day05"},
    {"train %s/tiny --dataset %s/lines --out %s/text.safetensors/x", "Not a directory"},
    {"train %s/tiny --dataset %s/lines --out /proc/nowhere", "cannot write /proc/nowhere"},
};

static void test_failures(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *text = workshop_path(w, "text.safetensors");
  g_autofree char *first = g_strdup_printf("--epochs 1 --out %s/a", w->folder);
  g_auto(Result) a = train(w, first);

  assert_done(&a);
  g_file_set_contents(text, "only text\n", -1, NULL);
  g_auto(Result) plain =
      run("export %s/a/model.safetensors %s/plain.safetensors", w->folder, w->folder);
  assert_done(&plain);
  for (gsize i = 0; i < G_N_ELEMENTS(FAILURES); i++) {
    g_auto(GStrv) parts = g_strsplit(FAILURES[i][0], "%s", 0);
    g_autofree char *joined = g_strjoinv(w->folder, parts);
    g_autofree char *line =
        strstr(joined, "plain") != NULL || strstr(joined, "text.safetensors") != NULL
            ? g_strdup_printf("%s --dataset %s", joined, w->data)
            : g_strdup(joined);
    g_auto(Result) result = run_with(NULL, line);
    assert_failed(&result, FAILURES[i][1]);
  }
}

/* What was there stays when there is no room, or nothing worth saving. */
static void test_nothing_lost(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *first = g_strdup_printf("--out %s/a", w->folder);
  g_autofree char *bad = g_strdup_printf("--preset explode --out %s/a", w->folder);
  g_auto(Result) a = train(w, first);
  g_autoptr(GBytes) model = workshop_read(w, "a/model.safetensors");
  g_autoptr(GBytes) history = workshop_read(w, "a/history.csv");

  assert_done(&a);
  g_auto(Result) exploded = train(w, bad);
  assert_failed(&exploded, "is no longer a number, first in ");
  assert_contains(exploded.err, "training stopped at step ");
  assert_contains(exploded.err, "try a smaller learning rate");
  g_autoptr(GBytes) model_after = workshop_read(w, "a/model.safetensors");
  g_autoptr(GBytes) history_after = workshop_read(w, "a/history.csv");
  g_assert_true(g_bytes_equal(model, model_after));
  g_assert_true(g_bytes_equal(history, history_after));
}

static void test_full_disk(void) {
  g_autoptr(Workshop) w = workshop_new();
  g_autofree char *link = workshop_path(w, "model.safetensors");
  g_autofree char *more = g_strdup_printf("--out %s", w->folder);

  if (access("/dev/full", W_OK) != 0) {
    g_test_skip("this machine has no /dev/full");
    return;
  }
  g_assert_cmpint(symlink("/dev/full", link), ==, 0);
  g_auto(Result) result = train(w, more);
  assert_failed(&result, "model.safetensors: No space left on device");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  /* messages are compared: in English, unless a case says otherwise */
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  g_test_add_func("/train/out", test_out);
  g_test_add_func("/train/plots", test_plots);
  g_test_add_func("/train/same-everywhere", test_same_everywhere);
  g_test_add_func("/train/steps", test_steps);
  g_test_add_func("/train/resume", test_resume);
  g_test_add_func("/train/interrupt", test_interrupt);
  g_test_add_func("/train/interrupt-names", test_interrupt_names);
  g_test_add_func("/train/nobody-listens", test_nobody_listens);
  g_test_add_func("/train/misuse", test_misuse);
  g_test_add_func("/train/failures", test_failures);
  g_test_add_func("/train/nothing-lost", test_nothing_lost);
  g_test_add_func("/train/full-disk", test_full_disk);
  return g_test_run();
}
