#include "core/base/json_text.h"

char *json_text(JsonNode *root, gboolean pretty) {
  g_autofree char *text = json_to_string(root, pretty);
  GString *valid = g_string_new(text);

  g_string_replace(valid, "\x1f", "\\u001f", 0);
  return g_string_free(valid, FALSE);
}
