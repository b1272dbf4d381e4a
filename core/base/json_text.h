/* JSON as text. */
#pragma once

#include <json-glib/json-glib.h>

/* As json_to_string, and valid: json-glib leaves the character U+001F in texts as it is, which no
 * strict reader takes. Caller frees. */
char *json_text(JsonNode *root, gboolean pretty);
