/* Text files as people have them: with a byte order mark or without, with any ends of lines. */
#pragma once

#include <gio/gio.h>

/* No text that a lesson learns from is longer. */
#define PLAIN_TEXT_LIMIT ((gsize)1 << 28)

/* A copy in UTF-8 without byte order mark, lines ended by LF, NUL-ended; `size` may be NULL. Other
 * controls stay as they are (U+0085 ends no line). Caller frees. Errors name line and byte of what
 * is no UTF-8, or a NUL, and say how to mend it. */
char *plain_text_parse(GBytes *bytes, const char *name, gsize *size, GError **error);
/* The same from a file (gzipped or not). */
char *plain_text_read(const char *path, gsize *size, GError **error);

/* Its lines without their LF, blanks at both ends and empty ones left out; pointers into `text`,
 * which is cut up. */
GPtrArray *plain_text_lines(char *text);
