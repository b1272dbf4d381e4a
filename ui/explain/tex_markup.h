/* The short formulas of ops and optimizers, written in TeX, as text that can be read anywhere. */
#pragma once

#include <glib.h>

/* Pango markup: subscripts, superscripts, Greek letters, fractions as "a / b", letters in italics,
 * a quad as a new line. A command it does not know is written by its name. Caller frees. */
char *tex_to_markup(const char *tex);
