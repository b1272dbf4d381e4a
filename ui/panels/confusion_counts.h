/* A judgement counted: which class is taken for which. */
#pragma once

#include "core/tasks/judgement.h"

typedef struct {
  int n;                     /* classes */
  guint32 *count;            /* n × n: row the truth, column the guess */
  guint32 *truths, *guesses; /* n: sums of rows and of columns */
  guint32 right, total;
  guint32 most_wrong, most; /* the largest count off the diagonal, and of all */
} ConfusionCounts;

typedef struct {
  int truth, guess;
  guint32 count;
} ConfusedPair;

/* Counts; frees what was counted before. Labels and guesses beyond the classes are passed over. */
void confusion_count(ConfusionCounts *self, const Judgement *judgement);
void confusion_clear(ConfusionCounts *self);
guint32 confusion_at(const ConfusionCounts *self, int truth, int guess);
/* Shares 0 … 1: of those of a class, what was found; of what was taken for it, what was right. NaN
 * where there is nothing to share. */
double confusion_recall(const ConfusionCounts *self, int label);
double confusion_precision(const ConfusionCounts *self, int label);
/* Pairs that were mistaken, most often first; returns how many there are, at most `room`. */
guint confusion_pairs(const ConfusionCounts *self, ConfusedPair *pairs, guint room);
/* The samples of a cell, most confident first (ties in order, NaN last). Caller frees. */
guint32 *confusion_samples(const Judgement *judgement, int truth, int guess, guint *n);
