/* Words and their numbers, both ways. */
#pragma once

#include <glib.h>

typedef struct {
  GPtrArray *words; /* char *, by id */
  GHashTable *ids;  /* word → id + 1 */
} Vocabulary;

Vocabulary *vocabulary_new(void);
void vocabulary_free(Vocabulary *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vocabulary, vocabulary_free)

/* Adds a word as the next id, and gives it; the id it has where it is there. */
gint32 vocabulary_add(Vocabulary *self, const char *word);
/* -1 where there is none. */
gint32 vocabulary_find(const Vocabulary *self, const char *word);
static inline gint32 vocabulary_size(const Vocabulary *self) { return (gint32)self->words->len; }
static inline const char *vocabulary_word(const Vocabulary *self, gint32 id) {
  return self->words->pdata[id];
}

/* How often each word has been seen. */
typedef struct {
  GHashTable *counts; /* word → count */
} WordCounts;

void word_counts_init(WordCounts *self);
void word_counts_add(WordCounts *self, const char *word, gsize size);
void word_counts_clear(WordCounts *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WordCounts, word_counts_clear)
guint word_counts_get(const WordCounts *self, const char *word);
/* The words, the most frequent first, by their bytes where equally so; borrowed. */
GPtrArray *word_counts_sorted(const WordCounts *self);
