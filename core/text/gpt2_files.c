/* GPT-2's vocab.json and merges.txt. */
#include "core/base/json_scan.h"
#include "core/text/tokenizer_kinds.h"

#include <string.h>

#define MOST_TOKENS 10000000

static gboolean fail(GError **error, const char *name, guint line, const char *what,
                     const char *word) {
  g_set_error(
      error, TOKENIZER_ERROR, TOKENIZER_ERROR_INVALID,
      "%s:%u: %s%s; merges are two tokens of the vocabulary a line, as in GPT-2's merges.txt", name,
      line, what, word);
  return FALSE;
}

/* Names by id, as far as ids go. */
static gboolean read_ids(JsonScan *scan, GPtrArray *names) {
  const char *name;
  gint64 id;

  for (json_scan_object(scan); json_scan_member(scan, &name);) {
    g_autofree char *copy = g_strdup(name);
    if (!json_scan_integer(scan, &id))
      return FALSE;
    if (id < 0 || id >= MOST_TOKENS)
      return json_scan_fail(scan, "must be from 0 to %d", MOST_TOKENS - 1);
    if ((guint)id >= names->len)
      g_ptr_array_set_size(names, (int)id + 1);
    if (names->pdata[id] != NULL)
      return json_scan_fail(scan, "is the number of another token too");
    names->pdata[id] = g_steal_pointer(&copy);
  }
  return scan->error == NULL;
}

static Vocabulary *parse_vocabulary(GBytes *bytes, const char *file, GError **error) {
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(Vocabulary) vocabulary = vocabulary_new();
  g_auto(JsonScan) scan;
  gsize size;
  const char *text = g_bytes_get_data(bytes, &size);

  json_scan_init(&scan, text != NULL ? text : "", size, file, TOKENIZER_ERROR,
                 TOKENIZER_ERROR_INVALID);
  read_ids(&scan, names);
  if (!json_scan_finish(&scan, error))
    return NULL;
  for (guint id = 0; id < names->len; id++) {
    if (names->pdata[id] == NULL) {
      g_set_error(error, TOKENIZER_ERROR, TOKENIZER_ERROR_INVALID,
                  "%s: no token has number %u; the numbers must go from 0 to %u without a gap",
                  file, id, names->len - 1);
      return NULL;
    }
    vocabulary_add(vocabulary, names->pdata[id]);
  }
  return g_steal_pointer(&vocabulary);
}

static gboolean parse_merge(const Vocabulary *vocabulary, const char *file, guint line, char *text,
                            GArray *merges, GError **error) {
  char *space = strchr(text, ' ');

  if (space == NULL || space == text || space[1] == '\0' || strchr(space + 1, ' ') != NULL)
    return fail(error, file, line, "there are not two tokens here", "");
  *space = '\0';
  g_autofree char *word = g_strconcat(text, space + 1, NULL);
  const Merge merge = {vocabulary_find(vocabulary, text), vocabulary_find(vocabulary, space + 1),
                       vocabulary_find(vocabulary, word)};
  if (merge.left < 0 || merge.right < 0 || merge.both < 0)
    return fail(error, file, line, "the vocabulary does not have ",
                merge.left < 0    ? text
                : merge.right < 0 ? space + 1
                                  : word);
  g_array_append_val(merges, merge);
  return TRUE;
}

static GArray *parse_merges(const Vocabulary *vocabulary, GBytes *bytes, const char *file,
                            GError **error) {
  g_autoptr(GArray) merges = g_array_new(FALSE, FALSE, sizeof(Merge));
  gsize size;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autofree char *text = g_strndup(data != NULL ? data : "", size);
  guint line = 1;

  if (strlen(text) != size || !g_utf8_validate(text, -1, NULL)) {
    fail(error, file, 1, "this is no UTF-8 text", "");
    return NULL;
  }
  for (char *at = text, *next; at != NULL; at = next, line++) {
    next = strchr(at, '\n');
    if (next != NULL)
      *next++ = '\0';
    if (g_str_has_suffix(at, "\r"))
      at[strlen(at) - 1] = '\0';
    if ((line == 1 && g_str_has_prefix(at, "#version")) || (*at == '\0' && next == NULL))
      continue;
    if (!parse_merge(vocabulary, file, line, at, merges, error))
      return NULL;
  }
  return g_steal_pointer(&merges);
}

Tokenizer *tokenizer_parse_gpt2(GBytes *vocabulary_bytes, const char *vocabulary_name,
                                GBytes *merge_bytes, const char *merges_name, GError **error) {
  g_autoptr(Vocabulary) vocabulary = parse_vocabulary(vocabulary_bytes, vocabulary_name, error);
  int lacking = 0;

  if (vocabulary == NULL)
    return NULL;
  GArray *merges = parse_merges(vocabulary, merge_bytes, merges_name, error);
  if (merges == NULL)
    return NULL;
  Tokenizer *self = bpe_tokenizer(g_steal_pointer(&vocabulary), TOKEN_ALL_FLAGS, merges, &lacking);
  if (self == NULL)
    g_set_error(error, TOKENIZER_ERROR, TOKENIZER_ERROR_INVALID,
                "%s: there is no token for byte %d; a byte-level vocabulary has all 256",
                vocabulary_name, lacking);
  return self;
}
