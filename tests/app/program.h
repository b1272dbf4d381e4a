/* The built program ($BATHYSCOPE_PROGRAM), started as a person would. */
#pragma once

#include <glib.h>

typedef struct {
  int status;
  char *out, *err;
} Result;

void result_clear(Result *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Result, result_clear)

/* Runs `bathyscope ARGUMENTS`, split as a shell does, with variables NAME=VALUE added to the
 * environment (NULL-ended; may be NULL). It must end by itself. */
Result run_with(const char *const *variables, const char *arguments);
Result run(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* A line for sh, in which $BATHYSCOPE_PROGRAM stands for the program. */
Result run_shell(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Fails the running test, saying so, and goes on. */
void assert_contains(const char *text, const char *part);
