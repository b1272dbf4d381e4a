/* The kinds of tokenizers, made of what they know: private to core/text. All take over the
 * vocabulary. */
#pragma once

#include "core/text/tokenizer.h"

/* For those below: takes over `data` and `vocabulary`; the special tokens in `flags` are looked up
 * in it by their usual names. */
Tokenizer *tokenizer_new(const TokenizerClass *klass, gpointer data, Vocabulary *vocabulary,
                         guint flags);
/* A vocabulary that begins with the special tokens in `flags`. */
Vocabulary *tokenizer_specials(guint flags);

Tokenizer *character_tokenizer(Vocabulary *vocabulary, guint specials);
Tokenizer *word_tokenizer(Vocabulary *vocabulary, guint specials, gboolean lower_case);
Tokenizer *wordpiece_tokenizer(Vocabulary *vocabulary, guint specials, gboolean lower_case);

/* Two neighbouring tokens, and the one that takes their place. */
typedef struct {
  gint32 left, right, both;
} Merge;

/* Merges (Merge, by rank) are taken over. NULL and the byte where the vocabulary lacks one. */
Tokenizer *bpe_tokenizer(Vocabulary *vocabulary, guint specials, GArray *merges, int *lacking);
/* The byte-level alphabet of GPT-2: the character that stands for a byte. */
gunichar bpe_character(guint8 byte);
/* The end of the piece that begins at `at`: merges never cross from one piece to the next. */
const char *bpe_piece_end(const char *at, const char *end);
/* Finds the token of each byte; FALSE where the vocabulary lacks one: `lacking`. */
gboolean bpe_find_bytes(const Vocabulary *vocabulary, gint32 ids[256], int *lacking);
