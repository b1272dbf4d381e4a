#include "core/datasets/array_dataset.h"
#include "core/datasets/text_data.h"
#include "core/datasets/token_data.h"

#include <string.h>

/* Tokens of all texts, and where each text's begin. */
typedef struct {
  GArray *ids;     /* gint32 */
  GArray *offsets; /* gsize, one more than texts */
  int longest;
} Sequences;

static void sequences_init(Sequences *self) {
  const gsize zero = 0;

  self->ids = g_array_new(FALSE, FALSE, sizeof(gint32));
  self->offsets = g_array_new(FALSE, FALSE, sizeof(gsize));
  self->longest = 1;
  g_array_append_val(self->offsets, zero);
}

static void end_sequence(Sequences *self) {
  const gsize end = self->ids->len;
  const gsize begin = g_array_index(self->offsets, gsize, self->offsets->len - 1);

  self->longest = MAX(self->longest, (int)(end - begin));
  g_array_append_val(self->offsets, end);
}

static ArrayField sequence_field(const char *name, Sequences *sequences, int vocabulary,
                                 gint32 padding) {
  const ArrayField field = {
      .field = {name, TENSOR_INT, SHAPE(sequences->longest), TRUE, vocabulary},
      .ids = (gint32 *)(gpointer)g_array_free(sequences->ids, FALSE),
      .offsets = (gsize *)(gpointer)g_array_free(sequences->offsets, FALSE),
      .padding = padding};

  return field;
}

/* --- words --- */

static Tokenizer *train_words(const Texts *texts, const TextOptions *options) {
  const TokenizerTexts learned = {
      (const char *const *)texts->texts->pdata, texts->count[DATASET_TRAIN],
      TOKEN_FLAG(TOKEN_PADDING) | TOKEN_FLAG(TOKEN_UNKNOWN) | TOKEN_FLAG(TOKEN_MASK)};

  return tokenizer_train_words(&learned,
                               &(const WordOptions){.lower_case = options->lower_case,
                                                    .minimum_count = options->minimum_count,
                                                    .largest = options->largest});
}

/* A text without a word has one that nobody knows. */
static void encode_words(const Texts *texts, const Tokenizer *tokenizer, int longest,
                         Sequences *sequences) {
  for (guint i = 0; i < texts->texts->len; i++) {
    const char *text = texts->texts->pdata[i];
    const guint first = sequences->ids->len;
    tokenizer_encode_ids(tokenizer, text, strlen(text), sequences->ids);
    if (sequences->ids->len == first)
      g_array_append_val(sequences->ids, tokenizer->special[TOKEN_UNKNOWN]);
    if (sequences->ids->len > first + (guint)longest)
      g_array_set_size(sequences->ids, first + (guint)longest);
    end_sequence(sequences);
  }
}

Dataset *dataset_new_sentences(const char *name, const char *source, const Texts *texts,
                               const TextOptions *options, const char *const *class_names) {
  Tokenizer *tokenizer = train_words(texts, options);
  Sequences sequences;

  sequences_init(&sequences);
  encode_words(texts, tokenizer, options->longest, &sequences);
  ArrayField fields[] = {
      sequence_field("tokens", &sequences, vocabulary_size(tokenizer->vocabulary), 0),
      {.field = {"label", TENSOR_INT, {0}, FALSE},
       .ids = g_memdup2(texts->labels->data, texts->labels->len * sizeof(gint32))}};
  Dataset *self = dataset_new_arrays(name, source, fields, 2, texts->count, class_names);
  self->tokenizer = tokenizer;
  return self;
}

Dataset *dataset_new_masked_sentences(const char *name, const char *source, const Texts *texts,
                                      const TextOptions *options, double share) {
  Tokenizer *tokenizer = train_words(texts, options);
  Sequences sequences;

  sequences_init(&sequences);
  encode_words(texts, tokenizer, options->longest, &sequences);
  const MaskedWords words = {.ids = (gint32 *)(gpointer)g_array_free(sequences.ids, FALSE),
                             .offsets = (gsize *)(gpointer)g_array_free(sequences.offsets, FALSE),
                             .length = sequences.longest,
                             .mask = tokenizer->special[TOKEN_MASK],
                             .first_word = tokenizer->special[TOKEN_MASK] + 1,
                             .vocabulary = vocabulary_size(tokenizer->vocabulary),
                             .share = share};
  Dataset *self = dataset_new_masked_words(name, source, &words, texts->count);
  self->tokenizer = tokenizer;
  return self;
}

Dataset *dataset_new_neighbours(const char *name, const char *source, const Texts *texts,
                                int window, int negatives, GError **error) {
  const TokenizerTexts all = {(const char *const *)texts->texts->pdata, texts->texts->len, 0};
  g_autoptr(Tokenizer) tokenizer =
      tokenizer_train_words(&all, &(const WordOptions){.lower_case = TRUE});
  Sequences sequences;

  sequences_init(&sequences);
  for (guint i = 0; i < texts->texts->len; i++) {
    const char *text = texts->texts->pdata[i];
    tokenizer_encode_ids(tokenizer, text, strlen(text), sequences.ids);
    end_sequence(&sequences);
  }
  const SkipGrams grams = {.ids = (gint32 *)(gpointer)g_array_free(sequences.ids, FALSE),
                           .offsets = (gsize *)(gpointer)g_array_free(sequences.offsets, FALSE),
                           .sentences = texts->texts->len,
                           .window = window,
                           .negatives = negatives,
                           .vocabulary = vocabulary_size(tokenizer->vocabulary)};
  Dataset *self = dataset_new_skip_grams(name, source, &grams, error);
  if (self != NULL)
    self->tokenizer = g_steal_pointer(&tokenizer);
  return self;
}

/* --- letters --- */

/* The tokenizer of every `step`-th text from `first` on, of the training part. */
static Tokenizer *train_letters(const Texts *texts, guint first, guint step) {
  const guint n = texts->count[DATASET_TRAIN];
  g_autofree const char **learned = g_new(const char *, n);

  for (guint i = 0; i < n; i++)
    learned[i] = texts->texts->pdata[first + i * step];
  const TokenizerTexts all = {learned, n,
                              TOKEN_FLAG(TOKEN_PADDING) | TOKEN_FLAG(TOKEN_UNKNOWN) |
                                  TOKEN_FLAG(TOKEN_START) | TOKEN_FLAG(TOKEN_END)};
  return tokenizer_train_characters(&all);
}

/* The letters of a text, with one special token before or behind them; -1: none. */
static void add_letters(Sequences *sequences, const Tokenizer *tokenizer, const char *text,
                        gint32 before, gint32 behind) {
  if (before >= 0)
    g_array_append_val(sequences->ids, before);
  tokenizer_encode_ids(tokenizer, text, strlen(text), sequences->ids);
  if (behind >= 0)
    g_array_append_val(sequences->ids, behind);
  end_sequence(sequences);
}

Dataset *dataset_new_spellings(const char *name, const char *source, const Texts *texts) {
  Tokenizer *tokenizer = train_letters(texts, 0, 1);
  const int vocabulary = vocabulary_size(tokenizer->vocabulary);
  Sequences tokens, targets;

  sequences_init(&tokens);
  sequences_init(&targets);
  for (guint i = 0; i < texts->texts->len; i++) {
    const char *text = texts->texts->pdata[i];
    add_letters(&tokens, tokenizer, text, tokenizer->special[TOKEN_START], -1);
    add_letters(&targets, tokenizer, text, -1, tokenizer->special[TOKEN_END]);
  }
  ArrayField fields[] = {sequence_field("tokens", &tokens, vocabulary, 0),
                         sequence_field("targets", &targets, vocabulary, -1)};
  Dataset *self = dataset_new_arrays(name, source, fields, 2, texts->count, NULL);
  self->n_classes = vocabulary;
  self->tokenizer = tokenizer;
  return self;
}

Dataset *dataset_new_pairs(const char *name, const char *source, const Texts *texts) {
  Tokenizer *read = train_letters(texts, 0, 2), *spoken = train_letters(texts, 1, 2);
  const int vocabulary = vocabulary_size(spoken->vocabulary);
  Sequences sources, said, targets;

  sequences_init(&sources);
  sequences_init(&said);
  sequences_init(&targets);
  for (guint i = 0; i + 1 < texts->texts->len; i += 2) {
    const char *from = texts->texts->pdata[i], *to = texts->texts->pdata[i + 1];
    add_letters(&sources, read, from, -1, *from == '\0' ? read->special[TOKEN_END] : -1);
    add_letters(&said, spoken, to, spoken->special[TOKEN_START], -1);
    add_letters(&targets, spoken, to, -1, spoken->special[TOKEN_END]);
  }
  ArrayField fields[] = {sequence_field("source", &sources, vocabulary_size(read->vocabulary), 0),
                         sequence_field("said", &said, vocabulary, 0),
                         sequence_field("targets", &targets, vocabulary, -1)};
  Dataset *self = dataset_new_arrays(name, source, fields, 3, texts->count, NULL);
  self->n_classes = vocabulary;
  self->tokenizer = read;
  self->target_tokenizer = spoken;
  return self;
}

/* --- one long text --- */

Dataset *dataset_new_text(const char *name, const char *source, const char *text, int length,
                          guint merges, GError **error) {
  const TokenizerTexts all = {&text, 1, 0};
  g_autoptr(Tokenizer) tokenizer =
      merges > 0 ? tokenizer_train_bpe(&all, merges, 2) : tokenizer_train_characters(&all);
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint32));

  tokenizer_encode_ids(tokenizer, text, strlen(text), ids);
  const gsize n = ids->len, held = n / 10, count[DATASET_PARTS] = {n - held, held, 0};
  const int vocabulary = vocabulary_size(tokenizer->vocabulary);
  Dataset *self = dataset_new_token_windows(name, source, g_memdup2(ids->data, n * sizeof(gint32)),
                                            length, count, vocabulary, error);
  if (self != NULL)
    self->tokenizer = g_steal_pointer(&tokenizer);
  return self;
}
