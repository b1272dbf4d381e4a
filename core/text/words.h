/* How texts of words are cut, and put together again: shared by the word tokenizers. */
#pragma once

#include <glib.h>

/* One word or mark of punctuation: bytes [from, to) of the text. */
typedef struct {
  guint32 from, to;
} WordSpan;

/* Appends the words (WordSpan) of a text: letters and digits with the marks on them (hyphens and
 * points between digits belong to no word of their own); contractions as the Penn Treebank splits
 * them. */
void words_split(const char *text, gsize size, GArray *spans);

/* Appends a word to a text of words: with a blank before it, unless it is a mark or a contraction
 * that clings to what stands before it, or follows an opening bracket. */
void words_append(GString *text, const char *word);
