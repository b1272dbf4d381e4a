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

/* Batches of one length are less alike to the whole than mixed ones: only where padding would be
 * most of what is computed they are worth it. */
#define LONG 3 /* times the mean */

static gboolean is_worth_it(const Dataset *dataset, int field, guint32 n) {
  guint64 steps = 0;

  for (guint32 i = 0; i < n; i++)
    steps += (guint64)dataset->klass->length(dataset, DATASET_TRAIN, i, field);
  return (guint64)dataset->field[field].row.dim[0] * n > LONG * steps;
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

  if (field < 0 || !is_worth_it(dataset, field, n))
    return;
  for (guint32 from = 0; from < full; from += pool) {
    const guint32 size = MIN(pool, full - from), batches = size / batch;
    sort(dataset, field, order + from, size, spare);
    /* Fisher and Yates's, over batches; numbers that no permutation of samples has drawn. */
    for (guint32 b = batches; b > 1; b--) {
      const guint32 other = rng_below(rng, ((guint64)1 << 40) + from + b, b);
      swap_batches(order + from + (b - 1) * batch, order + from + other * batch, batch);
    }
  }
}
