/* Text files: as plain_text_parse sees them. What comes out is UTF-8 with plain ends of lines. */
#include "core/formats/plain_text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  g_autoptr(GError) error = NULL;
  gsize length = 0;
  g_autofree char *text = plain_text_parse(bytes, "input", &length, &error);

  g_assert_true((text == NULL) == (error != NULL));
  if (text == NULL)
    return 0;
  g_assert_cmpuint(strlen(text), ==, length);
  g_assert_cmpuint(length, <=, size);
  g_assert_true(g_utf8_validate(text, (gssize)length, NULL));
  g_assert_null(strchr(text, '\r'));
  g_autoptr(GPtrArray) lines = plain_text_lines(text);
  for (guint i = 0; i < lines->len; i++)
    g_assert_cmpuint(strlen(lines->pdata[i]), >, 0);
  return 0;
}
