/* Words and numbers as text: always in the C locale, whatever language the user has. */
#pragma once

#include <glib.h>

/* The candidate (NULL-ended list) that `word` was probably meant to be: the fewest letters to
 * insert, delete, replace or swap (optimal string alignment distance). NULL when none is near.
 * Borrowed from the list. */
const char *text_nearest(const char *word, const char *const *candidates);
/* "; did you mean ‘NAME’?" or, when none is near, "; there are: A, B, C", to end an error message
 * with. Caller frees. */
char *text_suggest(const char *word, const char *const *candidates);

/* The whole text is one finite decimal number ("0.001", "-3", "1e-5"): no blanks, no hexadecimal,
 * no infinity. */
gboolean text_to_real(const char *text, double *value);
/* The whole text is one decimal integer that fits. */
gboolean text_to_integer(const char *text, gint64 *value);
/* The shortest text that reads back as exactly this value. Caller frees. */
char *text_from_real(double value);
