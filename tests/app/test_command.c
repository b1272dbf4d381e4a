#include "app/command.h"

#include <locale.h>
#include <string.h>

/* --- The table --- */

static void test_table(void) {
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
  for (const Command *command = COMMANDS; command->name; command++) {
    g_test_message("%s", command->name);
    g_assert_true(g_hash_table_add(names, (gpointer)command->name));
    g_assert_nonnull(command->arguments);
    g_assert_nonnull(command->help);
    g_assert_cmpuint(strlen(command->help), <=, 60);
    g_assert_nonnull(command->run);
    g_assert_true(command_find(command->name) == command);
  }
  g_assert_null(command_find("lesson"));
  g_assert_null(command_find(""));
}

/* --- Parsing: each case in a process of its own, for what it prints --- */

typedef struct {
  const char *name;
  const char *arguments[6]; /* NULL-ended */
  int status;
  const char *out, *err; /* patterns */
} ParseCase;

/* What a command like "data" would do with them. */
static int parse_and_print(char **argv) {
  g_autofree char *epochs = NULL;
  g_autofree char *file = NULL;
  g_auto(GStrv) sets = NULL;
  gboolean quiet = FALSE;
  const GOptionEntry options[] = {
      {"epochs", 0, 0, G_OPTION_ARG_STRING, &epochs, "how long to train", "N"},
      {"rate", 0, 0, G_OPTION_ARG_FILENAME, &file, "a number", "R"},
      {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &sets, "a setting", "NAME=VALUE"},
      {"quiet", 0, 0, G_OPTION_ARG_NONE, &quiet, "say nothing", NULL},
      {NULL},
  };
  int status;
  g_auto(GStrv) rest = command_parse(g_strv_length(argv), argv, options, 1, 2, &status);
  if (!rest)
    return status;
  gint64 n = 5;
  double rate = 0.5;
  if (!command_integer(argv[0], "--epochs", epochs, 1, 1000, &n) ||
      !command_real(argv[0], "--rate", file, 0.1, 10, &rate))
    return COMMAND_USAGE;
  g_autofree char *joined = g_strjoinv("|", rest);
  g_autofree char *settings = sets ? g_strjoinv("|", sets) : g_strdup("none");
  g_print("rest %s epochs %d rate %g sets %s quiet %d\n", joined, (int)n, rate, settings, quiet);
  return COMMAND_DONE;
}

static const ParseCase CASES[] = {
    {"plain", {"a"}, 0, "rest a epochs 5 rate 0.5 sets none quiet 0\n", ""},
    {"options",
     {"--epochs", "7", "a", "--quiet", "b"},
     0,
     "rest a|b epochs 7 rate 0.5 sets none quiet 1\n",
     ""},
    {"equals",
     {"a", "--set=x=1", "--set", "y=2"},
     0,
     "rest a epochs 5 rate 0.5 sets x=1|y=2 quiet 0\n",
     ""},
    {"dashes", {"--", "--quiet"}, 0, "rest --quiet epochs 5 rate 0.5 sets none quiet 0\n", ""},
    {"value-like-option",
     {"a", "--set", "--quiet"},
     0,
     "rest a epochs 5 rate 0.5 sets --quiet quiet 0\n",
     ""},
    {"unknown",
     {"a", "--epoch", "3"},
     2,
     "",
     "bathyscope: data has no option ‘--epoch’; did you mean ‘--epochs’?\ntry bathyscope data "
     "--help\n"},
    {"unlike-any",
     {"a", "--frobnicate"},
     2,
     "",
     "bathyscope: data has no option ‘--frobnicate’; there are: --epochs, --rate, *--help\ntry "
     "bathyscope data --help\n"},
    {"short", {"-q", "a"}, 2, "", "bathyscope: data has no option ‘-q’*\ntry *\n"},
    {"no-value",
     {"a", "--epochs"},
     2,
     "",
     "bathyscope: --epochs needs a value: --epochs N\ntry *\n"},
    {"value-for-none", {"a", "--quiet=1"}, 2, "", "bathyscope: --quiet takes no value\ntry *\n"},
    {"too-few", {"--quiet"}, 2, "", "bathyscope: something is missing: bathyscope data *\ntry *\n"},
    {"too-many",
     {"a", "b", "c"},
     2,
     "",
     "bathyscope: data: ‘c’ is one argument too many\ntry bathyscope data --help\n"},
    {"word-for-number",
     {"a", "--epochs", "two"},
     2,
     "",
     "bathyscope: --epochs takes a whole number from 1 to 1000, not ‘two’\ntry *\n"},
    {"out-of-range",
     {"a", "--rate=99"},
     2,
     "",
     "bathyscope: --rate takes a number from 0.1 to 10, not ‘99’\ntry *\n"},
    {"help",
     {"a", "--help"},
     0,
     "usage: bathyscope data *--epochs N * how long to train\n*--set NAME=VALUE *--help *\n",
     ""},
};

static void test_parse(gconstpointer data) {
  const ParseCase *self = data;
  if (g_test_subprocess()) {
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (gpointer) "data");
    for (const char *const *argument = self->arguments; *argument; argument++)
      g_ptr_array_add(argv, (gpointer)*argument);
    g_ptr_array_add(argv, NULL);
    g_print("<");
    int status = parse_and_print((char **)argv->pdata);
    g_print(">%d", status);
    return;
  }
  g_test_trap_subprocess(NULL, 0, 0);
  g_test_trap_assert_passed();
  g_autofree char *out = g_strdup_printf("*<%s>%d*", self->out, self->status);
  g_test_trap_assert_stdout(out);
  g_test_trap_assert_stderr(self->err);
}

/* --- Failing --- */

static void test_fail(void) {
  if (g_test_subprocess()) {
    GError *error = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_NOENT, "no such\nfile");
    g_assert_cmpint(command_fail_error(error), ==, COMMAND_FAILED);
    g_assert_cmpint(command_misuse(NULL, "not so"), ==, COMMAND_USAGE);
    return;
  }
  g_test_trap_subprocess(NULL, 0, 0);
  g_test_trap_assert_passed();
  g_test_trap_assert_stderr("bathyscope: no such file\n"
                            "bathyscope: not so\ntry bathyscope --help\n");
}

int main(int argc, char **argv) {
  setlocale(LC_ALL, "C.UTF-8");
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/command/table", test_table);
  for (gsize i = 0; i < G_N_ELEMENTS(CASES); i++) {
    g_autofree char *path = g_strdup_printf("/command/parse/%s", CASES[i].name);
    g_test_add_data_func(path, &CASES[i], test_parse);
  }
  g_test_add_func("/command/fail", test_fail);
  return g_test_run();
}
