#include "core/base/rng.h"

#include <math.h>

/* The published answers of Philox4x32-10, in our layout: counter = (block, block >> 32, step,
 * stream), key = (seed, seed >> 32). */
static void test_known_answers(void) {
  static const struct {
    guint64 seed, block;
    guint32 step, stream, out[4];
  } ANSWERS[] = {
      {0, 0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {G_MAXUINT64,
       G_MAXUINT64,
       G_MAXUINT32,
       G_MAXUINT32,
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {G_GUINT64_CONSTANT(0x299f31d0a4093822),
       G_GUINT64_CONSTANT(0x85a308d3243f6a88),
       0x13198a2e,
       0x03707344,
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(ANSWERS); i++) {
    const Rng rng = rng_new(ANSWERS[i].seed, ANSWERS[i].stream, ANSWERS[i].step);
    guint32 out[4];
    rng_block(&rng, ANSWERS[i].block, out);
    for (int w = 0; w < 4; w++)
      g_assert_cmphex(out[w], ==, ANSWERS[i].out[w]);
  }
}

static void test_words(void) {
  const Rng rng = rng_new(7, RNG_TEST, 1), other = rng_new(7, RNG_TEST, 2);
  guint32 block[4];

  rng_block(&rng, 3, block);
  for (guint w = 0; w < 4; w++)
    g_assert_cmphex(rng_u32(&rng, 12 + w), ==, block[w]);
  g_assert_cmphex(rng_u32(&rng, 0), !=, rng_u32(&other, 0));
}

static void test_uniform(void) {
  const Rng rng = rng_new(1, RNG_TEST, 0);
  double sum = 0, squares = 0;

  for (guint64 i = 0; i < 100000; i++) {
    const double x = (double)rng_uniform(&rng, i);
    g_assert_true(x >= 0 && x < 1);
    sum += x;
    squares += x * x;
  }
  g_assert_cmpfloat_with_epsilon(sum / 1e5, 0.5, 0.005);
  g_assert_cmpfloat_with_epsilon(squares / 1e5, 1.0 / 3, 0.005);
}

static void test_normal(void) {
  const Rng rng = rng_new(2, RNG_TEST, 0);
  double sum = 0, squares = 0, fourth = 0;

  for (guint64 i = 0; i < 100000; i++) {
    const double x = rng_normal(&rng, i);
    g_assert_true(isfinite(x));
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  g_assert_cmpfloat_with_epsilon(sum / 1e5, 0, 0.015);
  g_assert_cmpfloat_with_epsilon(squares / 1e5, 1, 0.02);
  g_assert_cmpfloat_with_epsilon(fourth / 1e5, 3, 0.15);
}

static void test_below(void) {
  const Rng rng = rng_new(3, RNG_TEST, 0);
  guint counts[7] = {0};

  for (guint64 i = 0; i < 70000; i++)
    counts[rng_below(&rng, i, 7)]++;
  for (int k = 0; k < 7; k++)
    g_assert_cmpint(ABS((int)counts[k] - 10000), <, 500);
  g_assert_cmpuint(rng_below(&rng, 0, 1), ==, 0);
}

static void test_permutation(void) {
  const Rng rng = rng_new(4, RNG_SHUFFLE, 1), next = rng_new(4, RNG_SHUFFLE, 2);
  guint32 order[1000], other[1000];
  gboolean seen[1000] = {FALSE};
  int fixed = 0, same = 0;

  rng_permutation(&rng, order, 1000);
  rng_permutation(&next, other, 1000);
  for (guint32 i = 0; i < 1000; i++) {
    g_assert_cmpuint(order[i], <, 1000);
    g_assert_false(seen[order[i]]);
    seen[order[i]] = TRUE;
    fixed += order[i] == i;
    same += order[i] == other[i];
  }
  g_assert_cmpint(fixed, <, 10);
  g_assert_cmpint(same, <, 10);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rng/known-answers", test_known_answers);
  g_test_add_func("/rng/words", test_words);
  g_test_add_func("/rng/uniform", test_uniform);
  g_test_add_func("/rng/normal", test_normal);
  g_test_add_func("/rng/below", test_below);
  g_test_add_func("/rng/permutation", test_permutation);
  return g_test_run();
}
