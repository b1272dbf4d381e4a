/* The products of every instruction set against plain sums in double, on shapes that fit nothing.
 */
#include "core/base/memory.h"
#include "core/base/rng.h"
#include "core/kernels/kernels.h"

#include <math.h>
#include <string.h>

#define CASES 400
#define MOST 70

static float *random_block(gsize n, guint32 which) {
  const Rng rng = rng_new(11, RNG_TEST, which);
  float *block = memory_new(n * sizeof(float));

  for (gsize i = 0; i < n; i++)
    block[i] = rng_uniform(&rng, i) - 0.5f;
  return block;
}

typedef struct {
  Gemm g;
  float *a, *b, *c, *bias;
} Product;

static Product product_new(guint32 which) {
  const Rng rng = rng_new(12, RNG_TEST, which);
  Product p = {.g = {.m = 1 + (int)rng_below(&rng, 0, MOST),
                     .n = 1 + (int)rng_below(&rng, 1, MOST),
                     .k = 1 + (int)rng_below(&rng, 2, which % 10 == 0 ? 1200 : MOST)}};
  const int gap = (int)rng_below(&rng, 3, 3);
  const gboolean a_side = rng_below(&rng, 4, 2), b_side = rng_below(&rng, 5, 2);
  const gsize large = (gsize)(MOST + 4) * 1204;

  p.a = random_block(large, 3 * which);
  p.b = random_block(large, 3 * which + 1);
  p.c = random_block((gsize)(MOST + 4) * (MOST + 4), 3 * which + 2);
  p.bias = random_block(MOST, which + 1000000);
  p.g.a = p.a;
  p.g.a_row = a_side ? 1 : p.g.k + gap;
  p.g.a_col = a_side ? p.g.m + gap : 1;
  p.g.b = p.b;
  p.g.b_row = b_side ? 1 : p.g.n + gap;
  p.g.b_col = b_side ? p.g.k + gap : 1;
  p.g.c = p.c;
  p.g.c_row = p.g.n + gap;
  p.g.bias = rng_below(&rng, 6, 2) ? p.bias : NULL;
  p.g.accumulate = rng_below(&rng, 7, 2);
  p.g.relu = rng_below(&rng, 8, 2);
  return p;
}

static void product_clear(Product *p) {
  memory_free(p->a);
  memory_free(p->b);
  memory_free(p->c);
  memory_free(p->bias);
}

static double should_be(const Gemm *g, const float *before, int i, int j) {
  double sum = g->accumulate ? (double)before[i * g->c_row + j] : 0;

  for (int k = 0; k < g->k; k++)
    sum += (double)g->a[i * g->a_row + k * g->a_col] * (double)g->b[k * g->b_row + j * g->b_col];
  sum += g->bias != NULL ? (double)g->bias[j] : 0;
  return g->relu && sum < 0 ? 0 : sum;
}

static void check_product(const Kernels *variant, guint32 which) {
  Product p = product_new(which);
  const gsize bytes = (gsize)(MOST + 4) * (MOST + 4) * sizeof(float);
  g_autofree float *before = g_memdup2(p.c, bytes);

  variant->gemm(&p.g);
  for (int i = 0; i < p.g.m; i++)
    for (int j = 0; j < p.g.n; j++)
      g_assert_cmpfloat_with_epsilon((double)p.c[i * p.g.c_row + j], should_be(&p.g, before, i, j),
                                     2e-5);
  /* What lies between the rows of C is not touched. */
  for (int i = 0; i + 1 < p.g.m; i++)
    for (gssize j = p.g.n; j < p.g.c_row; j++)
      g_assert_cmpfloat(p.c[i * p.g.c_row + j], ==, before[i * p.g.c_row + j]);
  product_clear(&p);
}

static void test_gemm(gconstpointer data) {
  for (guint32 which = 0; which < CASES; which++)
    check_product(data, which);
}

/* An element of C is the same bits however the rows are cut. */
static void test_cuts(gconstpointer data) {
  const Kernels *variant = data;

  for (guint32 which = 0; which < 50; which++) {
    Product whole = product_new(which), rows = product_new(which);
    variant->gemm(&whole.g);
    for (int i = 0; i < rows.g.m; i++) {
      Gemm one = rows.g;
      one.m = 1;
      one.a += i * one.a_row;
      one.c += i * one.c_row;
      variant->gemm(&one);
    }
    for (int i = 0; i < whole.g.m; i++)
      g_assert_cmpmem(whole.c + i * whole.g.c_row, (gsize)whole.g.n * sizeof(float),
                      rows.c + i * rows.g.c_row, (gsize)rows.g.n * sizeof(float));
    product_clear(&whole);
    product_clear(&rows);
  }
}

static void test_elementwise(gconstpointer data) {
  const Kernels *variant = data;
  guint8 bytes[300];
  float unit[300], sum[300];

  for (int i = 0; i < 300; i++) {
    bytes[i] = (guint8)i;
    sum[i] = 2;
  }
  for (gsize n = 0; n <= 300; n += 13) {
    variant->bytes_to_unit(bytes, unit, n);
    for (gsize i = 0; i < n; i++)
      g_assert_cmpfloat(unit[i], ==, (float)bytes[i] / 255.0f);
  }
  variant->bytes_to_unit(bytes, unit, 300);
  variant->add(unit, sum, 299);
  for (int i = 0; i < 300; i++)
    g_assert_cmpfloat(sum[i], ==, i < 299 ? 2 + unit[i] : 2);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (const Kernels *const *variant = kernels_available(); *variant != NULL; variant++) {
    static const struct {
      const char *name;
      GTestDataFunc func;
    } TESTS[] = {{"gemm", test_gemm}, {"cuts", test_cuts}, {"elementwise", test_elementwise}};
    for (gsize t = 0; t < G_N_ELEMENTS(TESTS); t++) {
      g_autofree char *path = g_strdup_printf("/kernels/%s/%s", TESTS[t].name, (*variant)->name);
      g_test_add_data_func(path, *variant, TESTS[t].func);
    }
  }
  return g_test_run();
}
