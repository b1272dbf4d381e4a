/* Characters of UTF-8 text and their kinds, as the tokenizers' own definitions have them. */
#pragma once

#include <glib.h>

#define UNICODE_REPLACEMENT 0xfffd

/* The character at `*at`, which moves behind it; where the bytes are no UTF-8, U+FFFD and one byte
 * on. `*at` < `end`. */
gunichar unicode_next(const char **at, const char *end);

/* Appends the text, letter by letter, in lower case if asked for; what is no UTF-8 as U+FFFD. */
void unicode_append(GString *to, const char *text, gsize size, gboolean lower_case);

/* The property White_Space: what \s matches. */
gboolean unicode_is_space(gunichar c);
/* Categories L and N: \p{L} and \p{N}. */
gboolean unicode_is_letter(gunichar c);
gboolean unicode_is_number(gunichar c);
/* Categories Mn, Mc, Me. */
gboolean unicode_is_mark(gunichar c);
/* ASCII that is neither letter, digit, blank nor control, and category P: what BERT splits off. */
gboolean unicode_is_punctuation(gunichar c);
/* Categories Cc and Cf but tab and line ends, U+0000 and U+FFFD: what BERT drops. */
gboolean unicode_is_dropped(gunichar c);
/* The blocks of CJK ideographs that BERT names, each its own word. */
gboolean unicode_is_ideograph(gunichar c);
