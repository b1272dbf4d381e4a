/* A function out of a C file, for lessons that show the program's own source. */
#pragma once

#include <glib.h>

/* The function of that name at the outermost level of `text`, with the comment right above it.
 * Caller frees; NULL when there is none. */
char *source_function(const char *text, const char *function);
