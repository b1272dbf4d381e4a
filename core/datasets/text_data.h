/* Data sets made of texts, with the tokenizer that is trained on what is learned from. */
#pragma once

#include "core/datasets/dataset.h"
#include "core/formats/table.h"

/* Texts of the parts, one part after the other, and what class each has. */
typedef struct {
  GPtrArray *texts; /* char *, owned */
  GArray *labels;   /* gint32; empty: no classes */
  guint32 count[DATASET_PARTS];
} Texts;

void texts_init(Texts *self);
void texts_clear(Texts *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Texts, texts_clear)

/* Appends the rows of a table to a part (the last that has any, or a later one): the column named
 * sentence, text or review, else the first; labels from that named label, class or sentiment, else
 * the last, as whole numbers below `classes`. Errors name file and line. */
gboolean texts_read_table(Texts *self, const char *path, const CsvOptions *options,
                          DatasetPart part, int classes, GError **error);
/* Appends the lines of a file, without labels. */
gboolean texts_read_lines(Texts *self, const char *path, DatasetPart part, GError **error);
/* Appends the pairs of a file, one a line, with a tab between them or, as in files of fixed width,
 * an underscore: each is two texts, and counts once. Errors name file and line. */
gboolean texts_read_pairs(Texts *self, const char *path, DatasetPart part, GError **error);
/* Mixes what is there (pairs stay pairs) and holds a tenth out for validation, another for testing.
 */
void texts_split(Texts *self, guint64 seed);

/* Texts that the program makes, so many for each part. */
/* Pairs: a date as people write it, and in ISO 8601. Counts are of pairs. */
void texts_draw_dates(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]);
/* Invented names that sound like those of four places, all different. */
void texts_draw_names(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]);
/* Opinions about films: 0 disliked, 1 liked. */
void texts_draw_reviews(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]);
/* Sentences about countries, people, animals, comparisons and food, for word vectors: "paris is the
 * capital of france", "the queen took her crown to the palace". */
void texts_draw_sentences(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]);

typedef struct {
  gboolean lower_case;
  guint minimum_count; /* of a word in the training part */
  guint largest;       /* of the vocabulary; 0: no limit */
  int longest;         /* tokens of a text; what is longer is cut off */
} TextOptions;

/* Sentences and their classes: "tokens" (a sequence of words), "label". Tokens begin with [PAD],
 * [UNK] and [MASK]. */
Dataset *dataset_new_sentences(const char *name, const char *source, const Texts *texts,
                               const TextOptions *options, const char *const *class_names);
/* The same sentences to guess masked words of (token_data.h): `share` of them. */
Dataset *dataset_new_masked_sentences(const char *name, const char *source, const Texts *texts,
                                      const TextOptions *options, double share);

/* The words of all texts and those that stand near them (token_data.h): "word", "contexts". Parts
 * are not minded: the last twentieth of the texts is for validation. */
Dataset *dataset_new_neighbours(const char *name, const char *source, const Texts *texts,
                                int window, int negatives, GError **error);

/* Short texts (names) to write letter by letter: "tokens" ([START] and the letters), "targets" (the
 * letters and [END], then -1). */
Dataset *dataset_new_spellings(const char *name, const char *source, const Texts *texts);

/* Texts that become others (dates): "source" (letters), "said" ([START] and the target's letters),
 * "targets" (its letters and [END], then -1). Text 2i becomes text 2i + 1; counts are of pairs. */
Dataset *dataset_new_pairs(const char *name, const char *source, const Texts *texts);

/* One long text in windows of `length` tokens (token_data.h): letters, or with `merges` byte pairs.
 * The last tenth is for validation. */
Dataset *dataset_new_text(const char *name, const char *source, const char *text, int length,
                          guint merges, GError **error);
