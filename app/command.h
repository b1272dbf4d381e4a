/* The commands of the program, and what they share: options, arguments, messages, exit status.
 *
 * A command is one file command_NAME.c and one line in commands.c. It prints its result on standard
 * output, and what went wrong in one line on standard error.
 */
#pragma once

#include <glib.h>

typedef enum {
  COMMAND_DONE = 0,
  COMMAND_FAILED = 1, /* one line on standard error says why */
  COMMAND_USAGE = 2,  /* wrong usage: one line, and where to read on */
} CommandStatus;

typedef struct {
  const char *name;      /* "train" */
  const char *arguments; /* what follows the name: "LESSON [OPTION…]" */
  const char *help;      /* one line */
  /* argv[0] is the command's name, argv is NULL-ended; returns a CommandStatus. */
  int (*run)(int argc, char **argv);
} Command;

/* In the order of the help; ended by one with name NULL. */
extern const Command COMMANDS[];

/* NULL if there is none of that name. */
const Command *command_find(const char *name);

/* Parses what follows a command's name: the options of `entries` (ended by an empty one), and
 * `minimum` to `maximum` other arguments. Returns those arguments, NULL-ended, owned by the caller
 * (g_strfreev).
 *
 * Returns NULL when there is nothing left to do, with the exit status in *status: --help has been
 * printed, or wrong usage has been reported.
 *
 * In an entry, description and arg_description are written as they are, in this program's own
 * help. Numbers are best taken as G_OPTION_ARG_STRING and given to command_integer and
 * command_real, files as G_OPTION_ARG_FILENAME. G_OPTION_FLAG_REVERSE and callbacks are not
 * supported. */
char **command_parse(int argc, char **argv, const GOptionEntry *entries, int minimum, int maximum,
                     int *status);

/* Reads the number given to `option` ("--epochs"), `minimum` to `maximum`, in the C locale, nothing
 * else beside it. Leaves *value alone and returns TRUE when `text` is NULL: the option was not
 * given. FALSE after reporting wrong usage of `command`. */
gboolean command_integer(const char *command, const char *option, const char *text, gint64 minimum,
                         gint64 maximum, gint64 *value);
gboolean command_real(const char *command, const char *option, const char *text, double minimum,
                      double maximum, double *value);

/* Prints "bathyscope: MESSAGE" as one line on standard error; returns COMMAND_FAILED. */
int command_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* The same for an error, which it frees. */
int command_fail_error(GError *error);
/* Prints the message and "try bathyscope COMMAND --help" (`command` NULL: "try bathyscope --help");
 * returns COMMAND_USAGE. */
int command_misuse(const char *command, const char *format, ...) G_GNUC_PRINTF(2, 3);
