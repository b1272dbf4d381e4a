#include "core/tasks/judgement.h"

Judgement *judgement_new(DatasetPart part, guint32 n, int n_classes) {
  Judgement *self = g_new0(Judgement, 1);

  g_atomic_ref_count_init(&self->references);
  self->part = part;
  self->n = n;
  self->n_classes = n_classes;
  self->label = g_new0(gint32, n);
  self->guess = g_new0(gint32, n);
  self->confidence = g_new0(float, n);
  self->truth = g_new0(float, n);
  self->rank = g_new0(gint32, n);
  return self;
}

Judgement *judgement_ref(Judgement *self) {
  g_atomic_ref_count_inc(&self->references);
  return self;
}

void judgement_unref(Judgement *self) {
  if (self == NULL || !g_atomic_ref_count_dec(&self->references))
    return;
  g_free(self->label);
  g_free(self->guess);
  g_free(self->confidence);
  g_free(self->truth);
  g_free(self->rank);
  g_free(self);
}

guint32 judgement_count(const Judgement *self, int label, int guess) {
  guint32 count = 0;

  for (guint32 i = 0; i < self->n; i++)
    count += self->label[i] == label && self->guess[i] == guess;
  return count;
}

static double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

static ClassScores scores_of(const Judgement *self, int class) {
  guint32 both = 0, guessed = 0, support = 0;

  for (guint32 i = 0; i < self->n; i++) {
    both += self->label[i] == class && self->guess[i] == class;
    guessed += self->guess[i] == class;
    support += self->label[i] == class;
  }
  return (ClassScores){share(both, guessed), share(both, support),
                       share(2.0 * both, (double)guessed + support), support};
}

ClassScores judgement_scores(const Judgement *self, ClassScores *classes) {
  ClassScores mean = {0};

  for (int k = 0; k < self->n_classes; k++) {
    classes[k] = scores_of(self, k);
    mean.precision += classes[k].precision / self->n_classes;
    mean.recall += classes[k].recall / self->n_classes;
    mean.f1_score += classes[k].f1_score / self->n_classes;
    mean.support += classes[k].support;
  }
  return mean;
}

double judgement_top_k(const Judgement *self, int k) {
  guint32 among = 0;

  for (guint32 i = 0; i < self->n; i++)
    among += self->rank[i] < k;
  return share(among, self->n);
}
