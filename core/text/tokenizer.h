/* From text to tokens and back: characters, words, pieces of words.
 *
 * A tokenizer is trained on texts or read from files; after that it never changes, and any number
 * of threads may use it. Every token knows which bytes of the text it stands for, so that a page
 * can show both.
 */
#pragma once

#include "core/text/vocabulary.h"
#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* One token, and where it comes from: bytes [from, to) of the text. */
typedef struct {
  gint32 id;
  guint32 from, to;
} Token;

/* Tokens that stand for no text. Those a tokenizer has come first in a vocabulary that is trained,
 * in this order. */
typedef enum {
  TOKEN_PADDING, /* "[PAD]": fills up what is shorter */
  TOKEN_UNKNOWN, /* "[UNK]": what the vocabulary does not have; without it, that is left out */
  TOKEN_MASK,    /* "[MASK]": a word to be guessed */
  TOKEN_START,   /* "[START]", BERT's "[CLS]" */
  TOKEN_END,     /* "[END]", BERT's "[SEP]", GPT-2's "<|endoftext|>" */
  TOKEN_SPECIALS
} SpecialToken;
#define TOKEN_FLAG(special) (1u << (special))
#define TOKEN_ALL_FLAGS (TOKEN_FLAG(TOKEN_SPECIALS) - 1)

typedef struct Tokenizer Tokenizer;

/* What a kind of tokenizer does. */
typedef struct {
  const char *name; /* "characters", "words", "bpe", "wordpiece" */
  /* Appends the tokens of a text without special tokens. */
  void (*encode)(const Tokenizer *self, const char *text, gsize size, GArray *tokens);
  /* Appends the text of ids, none of them special. */
  void (*decode)(const Tokenizer *self, const gint32 *ids, gsize n, GString *text);
  /* Adds the members of its own to the object that it is saved as; NULL: none. */
  void (*write)(const Tokenizer *self, JsonBuilder *builder);
  void (*free)(gpointer data);
} TokenizerClass;

struct Tokenizer {
  const TokenizerClass *klass;
  gpointer data;
  Vocabulary *vocabulary;
  guint flags;                    /* of the special tokens it was made with */
  gint32 special[TOKEN_SPECIALS]; /* ids; -1: it has none */
  grefcount references;
};

Tokenizer *tokenizer_ref(Tokenizer *self);
void tokenizer_unref(Tokenizer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tokenizer, tokenizer_unref)

/* Appends the tokens (Token) of `size` bytes of text, at most 4 GiB. Special tokens that the text
 * spells out ("[MASK]") are one token. Bytes that are no UTF-8 are read as U+FFFD; byte-pair
 * encoding has a token for each. */
void tokenizer_encode(const Tokenizer *self, const char *text, gsize size, GArray *tokens);
/* Appends the ids alone (gint32). */
void tokenizer_encode_ids(const Tokenizer *self, const char *text, gsize size, GArray *ids);
/* The text of ids; special tokens are left out, ids out of range too. UTF-8, caller frees. */
char *tokenizer_decode(const Tokenizer *self, const gint32 *ids, gsize n);
/* An id as it stands in the vocabulary ("##ing", "Ġthe"). */
const char *tokenizer_token(const Tokenizer *self, gint32 id);
gboolean tokenizer_is_special(const Tokenizer *self, gint32 id);

/* As text, to be kept with a model: {"kind": "words", "specials": 3, "tokens": […], …}. Caller
 * frees. */
char *tokenizer_serialize(const Tokenizer *self);
/* Reads it back; trusts nothing. */
Tokenizer *tokenizer_parse(const char *text, gsize size, const char *name, GError **error);

#define TOKENIZER_ERROR (tokenizer_error_quark())
GQuark tokenizer_error_quark(void);
typedef enum { TOKENIZER_ERROR_INVALID } TokenizerError;

/* What a tokenizer is trained on. */
typedef struct {
  const char *const *texts;
  gsize n;
  guint specials; /* flags */
} TokenizerTexts;

/* One token a character, in the order of their code points. */
Tokenizer *tokenizer_train_characters(const TokenizerTexts *texts);

/* Words, each mark of punctuation one of its own; "isn't" is "is" and "n't", "it's" is "it" and
 * "'s", as the Penn Treebank splits them. The most frequent come first. */
typedef struct {
  gboolean lower_case;
  guint minimum_count; /* rarer words are unknown; 0 is 1 */
  guint largest;       /* of the vocabulary, special tokens counted; 0: no limit */
} WordOptions;
Tokenizer *tokenizer_train_words(const TokenizerTexts *texts, const WordOptions *options);

/* Byte-pair encoding (Gage 1994; Sennrich et al. 2016) over bytes, with GPT-2's way to cut words
 * and to write bytes (Radford et al. 2019): starts with the 256 bytes, then joins the most frequent
 * pair within words, `merges` times or until none is seen `minimum_count` times. Of equally
 * frequent pairs that of the lower ids is first. */
Tokenizer *tokenizer_train_bpe(const TokenizerTexts *texts, guint merges, guint minimum_count);
/* GPT-2's own: vocab.json, {"token": id, …}, and merges.txt, one pair a line by rank. */
Tokenizer *tokenizer_parse_gpt2(GBytes *vocabulary, const char *vocabulary_name, GBytes *merges,
                                const char *merges_name, GError **error);
/* The pairs in order of rank, as the ids of left, right and both: steps of how a word is made. */
guint tokenizer_bpe_merges(const Tokenizer *self);
void tokenizer_bpe_merge(const Tokenizer *self, guint rank, gint32 pair[2], gint32 *both);

/* BERT's WordPiece (Devlin et al. 2019): vocab.txt, one token a line, of which the longest that
 * fits is taken again and again. Uncased: lower case, without accents. */
Tokenizer *tokenizer_parse_wordpiece(GBytes *vocabulary, const char *name, gboolean lower_case,
                                     GError **error);
