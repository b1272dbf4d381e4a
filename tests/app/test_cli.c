/* The built program, started as a person would: $BATHYSCOPE_PROGRAM. */

#include "tests/app/program.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/wait.h>

/* --- The program --- */

static void test_help(void) {
  const char *const ways[] = {"--help", "-h"};
  for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
    g_auto(Result) result = run_with(NULL, ways[i]);
    g_assert_cmpint(result.status, ==, 0);
    g_assert_cmpstr(result.err, ==, "");
    assert_contains(result.out, "bathyscope COMMAND");
    assert_contains(result.out, "  lessons [--json] ");
    assert_contains(result.out, "  data [list | fetch NAME | path] ");
  }
}

/* One line that says what to do instead of a window. */
static void test_no_display(void) {
  const char *const variables[] = {"DISPLAY=", "WAYLAND_DISPLAY=", NULL};
  g_auto(Result) result = run_with(variables, "");
  g_assert_cmpint(result.status, ==, 1);
  g_assert_cmpstr(result.out, ==, "");
  assert_contains(result.err, "bathyscope train day05");
  g_assert_true(strchr(result.err, '\n') == strrchr(result.err, '\n'));
}

static void test_version(void) {
  g_auto(Result) result = run("--version");
  g_assert_cmpint(result.status, ==, 0);
  g_assert_cmpstr(result.out, ==, "bathyscope " BATHYSCOPE_VERSION "\n");
}

static void test_command_help(void) {
  g_auto(Result) result = run("lessons --help");
  g_assert_cmpint(result.status, ==, 0);
  assert_contains(result.out, "usage: bathyscope lessons [--json]\n");
  assert_contains(result.out, "--json");
}

/* Wrong usage: nothing on standard output, the reason, where to read on, and 2. */
static void test_misuse(void) {
  static const char *const cases[][3] = {
      {"lesons", "there is no command ‘lesons’; did you mean ‘lessons’?", "try bathyscope --help"},
      {"xyzzy", "there is no command ‘xyzzy’; there are: lessons, *", "try bathyscope --help"},
      {"--verbose", "there is no command ‘--verbose’; there are: lessons, *",
       "try bathyscope --help"},
      {"lessons --jsn", "lessons has no option ‘--jsn’; did you mean ‘--json’?",
       "try bathyscope lessons --help"},
      {"lessons day05", "lessons: ‘day05’ is one argument too many",
       "try bathyscope lessons --help"},
      {"data fetch", "data fetch needs the NAME of a data set", "try bathyscope data --help"},
      {"data fetch mnits", "there is no data set ‘mnits’; did you mean ‘mnist’?",
       "try bathyscope data --help"},
      {"data list mnist", "data list takes nothing after it, not ‘mnist’",
       "try bathyscope data --help"},
      {"data remove", "data can list, fetch NAME or path, not ‘remove’",
       "try bathyscope data --help"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(Result) result = run_with(NULL, cases[i][0]);
    g_autofree char *expected = g_strdup_printf("bathyscope: %s\n%s\n", cases[i][1], cases[i][2]);
    if (!g_pattern_match_simple(expected, result.err)) {
      g_test_message("expected: %s\nfound: %s", expected, result.err);
      g_test_fail();
    }
    g_assert_cmpstr(result.out, ==, "");
    g_assert_cmpint(result.status, ==, 2);
  }
}

/* --- lessons --- */

static void test_lessons(void) {
  g_auto(Result) result = run("lessons");
  g_assert_cmpstr(result.err, ==, "");
  g_assert_cmpint(result.status, ==, 0);
  assert_contains(result.out, "day05 ");
}

static void test_lessons_json(void) {
  const char *const german[] = {"LC_ALL=de_DE.UTF-8", NULL};
  g_auto(Result) plain = run("lessons --json");
  g_auto(Result) result = run_with(german, "lessons --json");
  g_assert_cmpint(result.status, ==, 0);
  g_assert_cmpstr(result.out, ==, plain.out);
  g_autoptr(JsonParser) parser = json_parser_new();
  g_autoptr(GError) error = NULL;
  json_parser_load_from_data(parser, result.out, -1, &error);
  g_assert_no_error(error);
  JsonArray *lessons = json_node_get_array(json_parser_get_root(parser));
  g_assert_cmpuint(json_array_get_length(lessons), >=, 1);
  JsonObject *lesson = json_array_get_object_element(lessons, 0);
  const char *id = json_object_get_string_member(lesson, "id");
  g_autofree char *day = g_strdup_printf("day%02d", (int)json_object_get_int_member(lesson, "day"));
  g_assert_cmpstr(id, ==, day);
  g_assert_cmpstr(json_object_get_string_member(lesson, "title"), !=, "");
}

static void test_lessons_missing(void) {
  const char *const variables[] = {"BATHYSCOPE_LESSONS=/nowhere/at/all", NULL};
  g_auto(Result) result = run_with(variables, "lessons");
  g_assert_cmpint(result.status, ==, 1);
  g_assert_cmpstr(result.out, ==, "");
  g_assert_true(g_str_has_prefix(result.err, "bathyscope: "));
  assert_contains(result.err, "/nowhere/at/all");
  g_assert_true(strchr(result.err, '\n') == strrchr(result.err, '\n'));
}

/* --- data --- */

/* A home without data sets in it. */
static const char *const *empty_home(void) {
  static const char *variables[] = {"BATHYSCOPE_DATA=/nowhere", "XDG_DATA_HOME=/nowhere/else",
                                    NULL};
  return variables;
}

static void test_data_list(void) {
  g_auto(Result) result = run_with(empty_home(), "data");
  g_assert_cmpint(result.status, ==, 0);
  assert_contains(result.out, "mnist ");
  assert_contains(result.out, "by: bathyscope data fetch mnist\n");
  assert_contains(result.out, "built in\n");
  g_auto(Result) same = run_with(empty_home(), "data list");
  g_assert_cmpstr(result.out, ==, same.out);
}

static void test_data_path(void) {
  g_auto(Result) result = run_with(empty_home(), "data path");
  g_assert_cmpint(result.status, ==, 0);
  g_assert_cmpstr(result.out, ==, "/nowhere/else/bathyscope/datasets\n");
}

static void test_data_built_in(void) {
  g_auto(Result) result = run_with(empty_home(), "data fetch drawn_digits");
  g_assert_cmpint(result.status, ==, 0);
  g_assert_cmpstr(result.out, ==, "drawn_digits is built in: there is nothing to fetch\n");
}

/* A full disk is a failure, not a success that nobody can read. */
static void test_full_disk(void) {
  if (!g_file_test("/dev/full", G_FILE_TEST_EXISTS)) {
    g_test_skip("this machine has no /dev/full");
    return;
  }
  g_autofree char *command =
      g_strdup_printf("sh -c '\"%s\" --version > /dev/full'", g_getenv("BATHYSCOPE_PROGRAM"));
  g_autofree char *err = NULL;
  int status;
  g_autoptr(GError) error = NULL;
  g_spawn_command_line_sync(command, NULL, &err, &status, &error);
  g_assert_no_error(error);
  g_assert_cmpint(WEXITSTATUS(status), ==, 1);
  assert_contains(err, "bathyscope: cannot write to standard output: ");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  /* messages are compared: in English, unless a case says otherwise */
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  g_test_add_func("/cli/help", test_help);
  g_test_add_func("/cli/no-display", test_no_display);
  g_test_add_func("/cli/version", test_version);
  g_test_add_func("/cli/command-help", test_command_help);
  g_test_add_func("/cli/misuse", test_misuse);
  g_test_add_func("/cli/full-disk", test_full_disk);
  g_test_add_func("/cli/lessons", test_lessons);
  g_test_add_func("/cli/lessons-json", test_lessons_json);
  g_test_add_func("/cli/lessons-missing", test_lessons_missing);
  g_test_add_func("/cli/data-list", test_data_list);
  g_test_add_func("/cli/data-path", test_data_path);
  g_test_add_func("/cli/data-built-in", test_data_built_in);
  return g_test_run();
}
