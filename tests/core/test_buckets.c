#include "core/datasets/array_dataset.h"
#include "core/session/buckets.h"

#include <string.h>

#define SAMPLES 1000
#define BATCH 16

/* Sequences of 1 to 40 steps, most of them short if they are `uneven`. */
static Dataset *sequences(gboolean uneven) {
  const guint32 count[DATASET_PARTS] = {SAMPLES, 0, 0};
  const Rng rng = rng_new(1, RNG_TEST, 0);
  ArrayField field = {.field = {"tokens", TENSOR_INT, SHAPE(40), TRUE},
                      .offsets = g_new0(gsize, SAMPLES + 1)};

  for (gsize i = 0; i < SAMPLES; i++)
    field.offsets[i + 1] = field.offsets[i] + 1 + rng_below(&rng, i, uneven && i % 4 > 0 ? 8 : 40);
  field.ids = g_new0(gint32, field.offsets[SAMPLES]);
  return dataset_new_arrays("s", "s", &field, 1, count, NULL);
}

static void arrange(const Dataset *data, guint32 epoch, guint32 order[SAMPLES]) {
  const Rng rng = rng_new(5, RNG_SHUFFLE, epoch);
  guint32 spare[SAMPLES];

  rng_permutation(&rng, order, SAMPLES);
  buckets_arrange(data, order, SAMPLES, BATCH, &rng, spare);
}

/* Steps of all batches when each is padded to its longest. */
static int padded(const Dataset *data, const guint32 *order) {
  int sum = 0;

  for (guint32 from = 0; from < SAMPLES; from += BATCH) {
    const guint32 n = MIN(BATCH, SAMPLES - from);
    int longest = 0;
    for (guint32 i = from; i < from + n; i++)
      longest = MAX(longest, data->klass->length(data, DATASET_TRAIN, order[i], 0));
    sum += longest * (int)n;
  }
  return sum;
}

static void test_lengths(void) {
  g_autoptr(Dataset) data = sequences(TRUE);
  guint32 order[SAMPLES], mixed[SAMPLES], other[SAMPLES];
  gboolean seen[SAMPLES] = {FALSE};
  const Rng rng = rng_new(5, RNG_SHUFFLE, 1);
  int steps = 0;

  arrange(data, 1, order);
  rng_permutation(&rng, mixed, SAMPLES);
  for (guint32 i = 0; i < SAMPLES; i++) {
    g_assert_false(seen[order[i]]);
    seen[order[i]] = TRUE;
    steps += data->klass->length(data, DATASET_TRAIN, i, 0);
  }
  g_assert_cmpint(padded(data, order), <, steps * 110 / 100);
  g_assert_cmpint(padded(data, mixed), >, steps * 170 / 100);
  /* What does not fill a batch is the end of the mixed order, as it was. */
  g_assert_cmpmem(order + SAMPLES / BATCH * BATCH, SAMPLES % BATCH * sizeof *order,
                  mixed + SAMPLES / BATCH * BATCH, SAMPLES % BATCH * sizeof *order);
  arrange(data, 1, other);
  g_assert_cmpmem(order, sizeof order, other, sizeof other);
  arrange(data, 2, other);
  g_assert_cmpint(memcmp(order, other, sizeof order), !=, 0);
}

/* Short and long batches come mixed. */
static void test_mixed(void) {
  g_autoptr(Dataset) data = sequences(TRUE);
  guint32 order[SAMPLES];
  int falls = 0;

  arrange(data, 1, order);
  for (guint32 from = BATCH; from + BATCH <= SAMPLES; from += BATCH)
    falls += data->klass->length(data, DATASET_TRAIN, order[from], 0) <
             data->klass->length(data, DATASET_TRAIN, order[from - BATCH], 0);
  g_assert_cmpint(falls, >, 20);
  g_assert_cmpint(falls, <, 40);
}

/* Sequences that are much alike stay mixed. */
static void test_even(void) {
  g_autoptr(Dataset) data = sequences(FALSE);
  guint32 order[SAMPLES], mixed[SAMPLES];
  const Rng rng = rng_new(5, RNG_SHUFFLE, 1);

  arrange(data, 1, order);
  rng_permutation(&rng, mixed, SAMPLES);
  g_assert_cmpmem(order, sizeof order, mixed, sizeof mixed);
}

static void test_no_sequence(void) {
  const guint32 count[DATASET_PARTS] = {SAMPLES, 0, 0};
  ArrayField field = {.field = {"x", TENSOR_FLOAT, SHAPE(1), FALSE},
                      .values = g_new0(float, SAMPLES)};
  g_autoptr(Dataset) data = dataset_new_arrays("s", "s", &field, 1, count, NULL);
  guint32 order[SAMPLES], mixed[SAMPLES];
  const Rng rng = rng_new(5, RNG_SHUFFLE, 1);

  arrange(data, 1, order);
  rng_permutation(&rng, mixed, SAMPLES);
  g_assert_cmpmem(order, sizeof order, mixed, sizeof mixed);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/buckets/lengths", test_lengths);
  g_test_add_func("/buckets/mixed", test_mixed);
  g_test_add_func("/buckets/even", test_even);
  g_test_add_func("/buckets/no-sequence", test_no_sequence);
  return g_test_run();
}
