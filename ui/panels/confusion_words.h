/* A confusion matrix in words. */
#pragma once

#include "core/datasets/dataset.h"
#include "ui/panels/confusion_counts.h"

#define CONFUSION_WORDS 192

/* "4 taken for 9: 23 of 512 fours (4.5 %)" */
void confusion_cell_words(const ConfusionCounts *counts, const Dataset *dataset, int truth,
                          int guess, char text[CONFUSION_WORDS]);
/* The same in pieces, for a title over its pictures. */
typedef struct {
  char words[CONFUSION_WORDS], brief[CONFUSION_WORDS];   /* "4 taken for 9", "4 → 9" */
  char counts[CONFUSION_WORDS], number[CONFUSION_WORDS]; /* "23 of 512 fours (4.5 %)", "23" */
} ConfusionTitle;
void confusion_title(const ConfusionCounts *counts, const Dataset *dataset, int truth, int guess,
                     ConfusionTitle *title);
/* Recall or precision of a class, with its numbers. */
void confusion_edge_words(const ConfusionCounts *counts, const Dataset *dataset, int label,
                          gboolean recall, char text[CONFUSION_WORDS]);
/* "97.9 % right: 4,893 of 5,000 validation pictures, at step 1,875", and shorter. */
typedef struct {
  char longest[CONFUSION_WORDS], middle[CONFUSION_WORDS];
  char shorter[CONFUSION_WORDS], shortest[CONFUSION_WORDS];
} ConfusionHeadline;
void confusion_headline(const ConfusionCounts *counts, const Judgement *judgement,
                        ConfusionHeadline *headline);
