#include "core/generate/sampling.h"

#include <math.h>
#include <stdlib.h>

Sampling *sampling_new(int n) {
  Sampling *self = g_new0(Sampling, 1);

  g_assert(n > 0);
  self->n = n;
  self->candidates = g_new0(Candidate, n);
  return self;
}

void sampling_free(Sampling *self) {
  if (self == NULL)
    return;
  g_free(self->candidates);
  g_free(self);
}

static int compare(const void *a, const void *b) {
  const Candidate *x = a, *y = b;

  if (x->probability != y->probability)
    return x->probability < y->probability ? 1 : -1;
  return x->token - y->token;
}

/* Probabilities to the power of 1 / temperature are, brought to a sum of 1, the softmax of logits
 * divided by it. The likeliest counts as 1, so that nothing underflows. */
static double weight_of(const SamplingSettings *settings, double probability, double most) {
  if (settings->temperature <= 0)
    return 0;
  return probability > 0 ? exp(log(probability / most) / settings->temperature) : 0;
}

static double normalize(Sampling *self, int n) {
  double sum = 0;

  for (int i = 0; i < n; i++)
    sum += self->candidates[i].share;
  for (int i = 0; i < self->n; i++)
    self->candidates[i].share = i < n ? self->candidates[i].share / sum : 0;
  return sum;
}

/* How many of the likeliest reach the share together. */
static int nucleus(const Sampling *self, int n, double share) {
  double sum = 0;

  for (int i = 0; i < n; i++) {
    sum += self->candidates[i].share;
    if (sum >= share)
      return i + 1;
  }
  return n;
}

void sampling_prepare(Sampling *self, const SamplingSettings *settings, const real *probabilities) {
  const int kept = settings->top_k > 0 ? MIN(settings->top_k, self->n) : self->n;

  for (int i = 0; i < self->n; i++)
    self->candidates[i] = (Candidate){i, (double)probabilities[i], 0};
  qsort(self->candidates, (gsize)self->n, sizeof(Candidate), compare);
  const double most = self->candidates[0].probability;
  for (int i = 0; i < self->n; i++)
    self->candidates[i].share = weight_of(settings, self->candidates[i].probability, most);
  self->candidates[0].share = 1;
  normalize(self, kept);
  if (settings->top_p < 1)
    normalize(self, nucleus(self, kept, settings->top_p));
}

gint32 sampling_draw(const Sampling *self, double uniform) {
  double sum = 0;
  int last = 0;

  for (int i = 0; i < self->n && self->candidates[i].share > 0; i++) {
    last = i;
    sum += self->candidates[i].share;
    if (uniform < sum)
      break;
  }
  return self->candidates[last].token;
}
