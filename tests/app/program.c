#include "tests/app/program.h"

#include <string.h>
#include <sys/wait.h>

void result_clear(Result *self) {
  g_free(self->out);
  g_free(self->err);
}

static Result spawn(char **argv, char **environment) {
  g_autoptr(GError) error = NULL;
  Result result;
  int wait_status;

  g_spawn_sync(NULL, argv, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, &result.out, &result.err,
               &wait_status, &error);
  g_assert_no_error(error);
  g_test_message("%s", result.err);
  g_assert_true(WIFEXITED(wait_status));
  result.status = WEXITSTATUS(wait_status);
  return result;
}

Result run_with(const char *const *variables, const char *arguments) {
  g_auto(GStrv) environment = g_get_environ();
  for (; variables && *variables; variables++) {
    g_auto(GStrv) pair = g_strsplit(*variables, "=", 2);
    environment = g_environ_setenv(environment, pair[0], pair[1], TRUE);
  }
  const char *program = g_getenv("BATHYSCOPE_PROGRAM");
  g_assert_nonnull(program);
  g_autofree char *line = g_strdup_printf("'%s' %s", program, arguments);
  g_auto(GStrv) argv = NULL;
  g_autoptr(GError) error = NULL;
  g_shell_parse_argv(line, NULL, &argv, &error);
  g_assert_no_error(error);
  return spawn(argv, environment);
}

Result run(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *line = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  return run_with(NULL, line);
}

Result run_shell(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *line = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  return spawn((char *[]){(char *)"sh", (char *)"-c", line, NULL}, NULL);
}

void assert_contains(const char *text, const char *part) {
  if (!strstr(text, part)) {
    g_test_message("not there: %s\nin: %s", part, text);
    g_test_fail();
  }
}
