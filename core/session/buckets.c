#include "core/session/buckets.h"

#include <string.h>

#define POOL 64      /* batches */
#define LONGEST 4096 /* steps that are told apart */

static int first_sequence(const Dataset *dataset) {
  for (int f = 0; f < dataset->n_fields; f++)
    if (dataset->field[f].sequence)
      return f;
  return -1;
}

static int length_of(const Dataset *dataset, int field, guint32 sample) {
  return MIN(dataset->klass->length(dataset, DATASET_TRAIN, sample, field), LONGEST - 1);
}

/* By counting; those of one length keep their order. */
static void sort(const Dataset *dataset, int field, guint32 *order, guint32 n, guint32 *spare) {
  guint32 place[LONGEST + 1] = {0};

  for (guint32 i = 0; i < n; i++)
    place[length_of(dataset, field, order[i]) + 1]++;
  for (int length = 0; length < LONGEST; length++)
    place[length + 1] += place[length];
  for (guint32 i = 0; i < n; i++)
    spare[place[length_of(dataset, field, order[i])]++] = order[i];
  memcpy(order, spare, n * sizeof *order);
}

static void swap_batches(guint32 *a, guint32 *b, guint32 batch) {
  for (guint32 i = 0; a != b && i < batch; i++) {
    const guint32 kept = a[i];
    a[i] = b[i];
    b[i] = kept;
  }
}

void buckets_arrange(const Dataset *dataset, guint32 *order, guint32 n, guint32 batch,
                     const Rng *rng, guint32 *spare) {
  const int field = first_sequence(dataset);
  const guint32 full = n - n % batch, pool = POOL * batch;

  for (guint32 from = 0; field >= 0 && from < full; from += pool) {
    const guint32 size = MIN(pool, full - from), batches = size / batch;
    sort(dataset, field, order + from, size, spare);
    /* Fisher and Yates's, over batches; numbers that no permutation of samples has drawn. */
    for (guint32 b = batches; b > 1; b--) {
      const guint32 other = rng_below(rng, ((guint64)1 << 40) + from + b, b);
      swap_batches(order + from + (b - 1) * batch, order + from + other * batch, batch);
    }
  }
}
