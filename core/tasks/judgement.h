/* What the model said about every sample of a part, at one step: for confusion matrices and
 * mistakes. Classification only. */
#pragma once

#include "core/datasets/dataset.h"

typedef struct {
  gatomicrefcount references;
  DatasetPart part;
  guint32 step; /* parameters of after this training step */
  guint32 n;    /* samples */
  int n_classes;
  gint32 *label;     /* n: the truth */
  gint32 *guess;     /* n: the class with the largest probability */
  float *confidence; /* n: that probability */
  float *truth;      /* n: the probability given to the truth */
  gint32 *rank;      /* n: how many classes were thought more likely than the truth */
} Judgement;

Judgement *judgement_new(DatasetPart part, guint32 n, int n_classes);
Judgement *judgement_ref(Judgement *self);
void judgement_unref(Judgement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Judgement, judgement_unref)
/* Samples of `label` that were taken for `guess`. */
guint32 judgement_count(const Judgement *self, int label, int guess);

/* Of one class: the share of those that were taken for it that belong to it, the share of those
 * that belong to it that were found, and the harmonic mean of both; 0 where nothing can be divided.
 */
typedef struct {
  double precision, recall, f1_score;
  guint32 support; /* samples that belong to it */
} ClassScores;

/* Of every class (n_classes); returns their means (macro averages) with the number of all samples.
 */
ClassScores judgement_scores(const Judgement *self, ClassScores *classes);
/* The share of samples whose true class is among the k likeliest. */
double judgement_top_k(const Judgement *self, int k);
