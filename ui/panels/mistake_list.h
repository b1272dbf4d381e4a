/* Which samples of a judgement are shown, in which order, and what is said of them. */
#pragma once

#include "core/datasets/dataset.h"
#include "core/tasks/judgement.h"

typedef enum {
  MISTAKES_WORST,  /* all mistakes, most confident first */
  MISTAKES_UNSURE, /* all samples, least confident first */
  MISTAKES_CLASS,  /* mistakes of one class, most confident first */
} MistakeOrder;

/* Answers that are no number come before all others; ties go by the probability of the truth, then
 * in order. Caller frees. `class` is read for MISTAKES_CLASS only. */
guint32 *mistakes_list(const Judgement *judgement, MistakeOrder order, int class, guint *n);
guint32 mistakes_count(const Judgement *judgement);

/* "202 of 5,000 validation pictures misread at step 400, most confident first", and shorter; of n
 * samples that are listed. */
#define MISTAKE_WORDS 192
typedef struct {
  char longest[MISTAKE_WORDS], middle[MISTAKE_WORDS], shortest[MISTAKE_WORDS];
} MistakeHeadline;
void mistakes_headline(const Judgement *judgement, const Dataset *dataset, MistakeOrder order,
                       int class, guint n, MistakeHeadline *headline);
/* "No mistakes: …" Caller frees. */
char *mistakes_none(const Judgement *judgement, const Dataset *dataset, MistakeOrder order,
                    int class);

/* "truth 4 → read as 9 (99.3 %)" or "4, read right (52 %)", with the probability given to the truth
 * where `whole`. */
void mistake_words(const Judgement *judgement, const Dataset *dataset, guint32 sample,
                   gboolean whole, char text[MISTAKE_WORDS]);
/* "4 → 9 (99.3 %)", or with a brief percentage. */
void mistake_brief(const Judgement *judgement, const Dataset *dataset, guint32 sample,
                   gboolean brief, char text[MISTAKE_WORDS]);
