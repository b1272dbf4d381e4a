/* bathyscope: the window. bathyscope COMMAND …: finds the command and runs it; no command touches
 * GTK. */

#include "app/commands.h"

#include "app/patience.h"
#include "core/base/text.h"
#include "ui/window/application.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_help(void) {
  g_print("usage: bathyscope              open the window\n"
          "       bathyscope COMMAND [ARGUMENT...]\n"
          "learn deep learning by training real models and looking inside them\n\n");
  for (const Command *command = COMMANDS; command->name; command++) {
    g_autofree char *usage = g_strdup_printf("%s %s", command->name, command->arguments);
    g_print("  %-36s %s\n", usage, command->help);
  }
  g_print("\n  %-36s %s\n", "COMMAND --help", "what a command takes");
  g_print("  %-36s %s\n", "--version", "the version of this program");
}

static int unknown_command(const char *name) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (const Command *command = COMMANDS; command->name; command++)
    g_ptr_array_add(names, (gpointer)command->name);
  g_ptr_array_add(names, NULL);
  g_autofree char *suggestion = text_suggest(name, (const char *const *)names->pdata);
  return command_misuse(NULL, "there is no command ‘%s’%s", name, suggestion);
}

/* A standard stream that was closed would be the next file opened, and progress be written into a
 * model. Opened for reading only, so that writing to it fails as it should. */
static void keep_standard_streams(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
      return;
}

static int run(int argc, char **argv) {
  if (argc < 2)
    return bathy_application_main(argc, argv);
  if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h")) {
    print_help();
    return COMMAND_DONE;
  }
  if (g_str_equal(argv[1], "--version")) {
    g_print("bathyscope %s\n", BATHYSCOPE_VERSION);
    return COMMAND_DONE;
  }
  const Command *command = command_find(argv[1]);
  return command ? command->run(argc - 1, argv + 1) : unknown_command(argv[1]);
}

int main(int argc, char **argv) {
  patience_limit(argv);
  keep_standard_streams();
  setlocale(LC_ALL, "");
  int status = run(argc, argv);
  /* a full disk shows here at the latest */
  if ((fflush(stdout) != 0 || ferror(stdout)) && status == COMMAND_DONE)
    return command_fail("cannot write to standard output: %s", g_strerror(errno));
  return status;
}
