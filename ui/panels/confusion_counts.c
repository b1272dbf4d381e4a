#include "ui/panels/confusion_counts.h"

#include <math.h>
#include <string.h>

void confusion_clear(ConfusionCounts *self) {
  g_free(self->count);
  g_free(self->truths);
  g_free(self->guesses);
  memset(self, 0, sizeof *self);
}

guint32 confusion_at(const ConfusionCounts *self, int truth, int guess) {
  return self->count[truth * self->n + guess];
}

static void add(ConfusionCounts *self, int truth, int guess) {
  if (truth < 0 || truth >= self->n || guess < 0 || guess >= self->n)
    return;
  const guint32 count = ++self->count[truth * self->n + guess];
  self->truths[truth]++;
  self->guesses[guess]++;
  self->right += truth == guess;
  self->total++;
  self->most = MAX(self->most, count);
  if (truth != guess)
    self->most_wrong = MAX(self->most_wrong, count);
}

void confusion_count(ConfusionCounts *self, const Judgement *judgement) {
  const gsize n = (gsize)judgement->n_classes;

  confusion_clear(self);
  self->n = judgement->n_classes;
  self->count = g_new0(guint32, n * n);
  self->truths = g_new0(guint32, n);
  self->guesses = g_new0(guint32, n);
  for (guint32 i = 0; i < judgement->n; i++)
    add(self, judgement->label[i], judgement->guess[i]);
}

static double share(guint32 part, guint32 whole) {
  return whole > 0 ? (double)part / whole : (double)NAN;
}

double confusion_recall(const ConfusionCounts *self, int label) {
  return share(confusion_at(self, label, label), self->truths[label]);
}

double confusion_precision(const ConfusionCounts *self, int label) {
  return share(confusion_at(self, label, label), self->guesses[label]);
}

static int more_often(gconstpointer a, gconstpointer b) {
  const ConfusedPair *one = a, *other = b;

  if (one->count != other->count)
    return one->count > other->count ? -1 : 1;
  if (one->truth != other->truth)
    return one->truth - other->truth;
  return one->guess - other->guess;
}

guint confusion_pairs(const ConfusionCounts *self, ConfusedPair *pairs, guint room) {
  g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(ConfusedPair));

  for (int truth = 0; truth < self->n; truth++)
    for (int guess = 0; guess < self->n; guess++) {
      const ConfusedPair pair = {truth, guess, confusion_at(self, truth, guess)};
      if (truth != guess && pair.count > 0)
        g_array_append_val(all, pair);
    }
  g_array_sort(all, more_often);
  const guint n = MIN(all->len, room);
  if (n > 0)
    memcpy(pairs, all->data, n * sizeof *pairs);
  return n;
}

static int more_confident(gconstpointer a, gconstpointer b, gpointer data) {
  const Judgement *judgement = data;
  const guint32 i = *(const guint32 *)a, j = *(const guint32 *)b;
  const float one = judgement->confidence[i], other = judgement->confidence[j];

  if (isnan(one) != isnan(other))
    return isnan(one) ? 1 : -1;
  if (one > other || one < other)
    return one > other ? -1 : 1;
  return i < j ? -1 : i > j;
}

guint32 *confusion_samples(const Judgement *judgement, int truth, int guess, guint *n) {
  guint32 *samples = g_new(guint32, MAX(judgement_count(judgement, truth, guess), 1));

  *n = 0;
  for (guint32 i = 0; i < judgement->n; i++)
    if (judgement->label[i] == truth && judgement->guess[i] == guess)
      samples[(*n)++] = i;
  g_qsort_with_data(samples, (gint)*n, sizeof *samples, more_confident, (gpointer)judgement);
  return samples;
}
