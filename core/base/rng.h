/* Counter-based random numbers: every number is a pure function of (seed, stream, step, element).
 *
 * There is no state to advance, so the same number comes out whatever the order, the number of
 * threads, or whether the run was resumed. The function is Philox4x32-10 (Salmon et al., "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011), keyed by the seed, counting over the rest.
 */
#pragma once

#include <glib.h>

/* What a generator is for; two streams never share a number. */
typedef enum {
  RNG_INITIALIZER = 1, /* step: index of the parameter, element: index in it */
  RNG_SHUFFLE,         /* step: epoch */
  RNG_DROPOUT,         /* step: training step; the layer is mixed into the element */
  RNG_DATASET,         /* step: index of the sample */
  RNG_TEST,
  RNG_BATCH, /* what a batch draws: step: training step */
  RNG_NOISE, /* as dropout */
} RngStream;

typedef struct {
  guint64 seed;
  guint32 stream;
  guint32 step;
} Rng;

static inline Rng rng_new(guint64 seed, guint32 stream, guint32 step) {
  return (Rng){seed, stream, step};
}

/* 32 uniform bits for `element`. */
guint32 rng_u32(const Rng *self, guint64 element);

/* The four words 4·block … 4·block + 3 at once; faster than four calls. */
void rng_block(const Rng *self, guint64 block, guint32 out[4]);

/* Uniform in [0, 1), in steps of 2^-24. */
float rng_uniform(const Rng *self, guint64 element);

/* Normal with mean 0 and variance 1 (Box-Muller on the words 2·element and 2·element + 1). */
double rng_normal(const Rng *self, guint64 element);

/* Uniform in 0 … n - 1, n ≥ 1 (Lemire's multiply-shift; bias below n / 2^32). */
guint32 rng_below(const Rng *self, guint64 element, guint32 n);

/* Fills order[0 … n - 1] with a permutation of 0 … n - 1 (Fisher-Yates). */
void rng_permutation(const Rng *self, guint32 *order, guint32 n);
