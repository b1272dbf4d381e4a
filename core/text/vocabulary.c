#include "core/text/vocabulary.h"

#include <string.h>

Vocabulary *vocabulary_new(void) {
  Vocabulary *self = g_new0(Vocabulary, 1);

  self->words = g_ptr_array_new_with_free_func(g_free);
  self->ids = g_hash_table_new(g_str_hash, g_str_equal);
  return self;
}

void vocabulary_free(Vocabulary *self) {
  if (self == NULL)
    return;
  g_hash_table_unref(self->ids);
  g_ptr_array_unref(self->words);
  g_free(self);
}

gint32 vocabulary_find(const Vocabulary *self, const char *word) {
  return GPOINTER_TO_INT(g_hash_table_lookup(self->ids, word)) - 1;
}

gint32 vocabulary_add(Vocabulary *self, const char *word) {
  const gint32 found = vocabulary_find(self, word);

  if (found >= 0)
    return found;
  char *copy = g_strdup(word);
  g_ptr_array_add(self->words, copy);
  g_hash_table_insert(self->ids, copy, GINT_TO_POINTER((gint)self->words->len));
  return (gint32)self->words->len - 1;
}

/* --- Counts --- */

void word_counts_init(WordCounts *self) {
  self->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void word_counts_clear(WordCounts *self) { g_clear_pointer(&self->counts, g_hash_table_unref); }

guint word_counts_get(const WordCounts *self, const char *word) {
  return GPOINTER_TO_UINT(g_hash_table_lookup(self->counts, word));
}

void word_counts_add(WordCounts *self, const char *word, gsize size) {
  char *copy = g_strndup(word, size);
  const guint count = word_counts_get(self, copy);

  g_hash_table_insert(self->counts, copy, GUINT_TO_POINTER(count < G_MAXUINT ? count + 1 : count));
}

static int compare_words(gconstpointer a, gconstpointer b, gpointer data) {
  const char *left = *(const char *const *)a, *right = *(const char *const *)b;
  const guint x = word_counts_get(data, left), y = word_counts_get(data, right);

  return x != y ? (x > y ? -1 : 1) : strcmp(left, right);
}

GPtrArray *word_counts_sorted(const WordCounts *self) {
  GPtrArray *words = g_ptr_array_new();
  GHashTableIter iter;
  gpointer word;

  g_hash_table_iter_init(&iter, self->counts);
  while (g_hash_table_iter_next(&iter, &word, NULL))
    g_ptr_array_add(words, word);
  g_ptr_array_sort_with_data(words, compare_words, (gpointer)self);
  return words;
}
