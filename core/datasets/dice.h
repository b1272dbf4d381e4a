/* The random numbers of one sample that is drawn, one after the other. */
#pragma once

#include "core/base/rng.h"

typedef struct {
  Rng rng;
  guint64 next;
} Dice;

/* Of sample `index` of one kind of data. */
static inline Dice dice_new(guint64 seed, guint32 index) {
  return (Dice){rng_new(seed, RNG_DATASET, index), 0};
}

static inline double dice_uniform(Dice *self, double from, double to) {
  return from + (to - from) * (double)rng_uniform(&self->rng, self->next++);
}

static inline double dice_normal(Dice *self, double mean, double deviation) {
  return mean + deviation * rng_normal(&self->rng, self->next++);
}

static inline guint32 dice_below(Dice *self, guint32 n) {
  return rng_below(&self->rng, self->next++, n);
}

/* TRUE that often. */
static inline gboolean dice_chance(Dice *self, double probability) {
  return dice_uniform(self, 0, 1) < probability;
}

/* One of n texts. */
#define dice_pick(self, list) ((list)[dice_below((self), (guint32)G_N_ELEMENTS(list))])
