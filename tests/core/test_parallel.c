#include "core/base/parallel.h"

#include <float.h>

#define ITEMS 1000

static void count(guint item, gpointer data) { g_atomic_int_inc(&((gint *)data)[item]); }

/* Every item once, whatever the number of threads and whether it is worth any. */
static void test_every_item_once(void) {
  for (guint threads = 1; threads <= 9; threads++)
    for (guint items = 0; items <= ITEMS; items = items * 3 + 1)
      for (int split = 0; split < 2; split++) {
        gint counts[ITEMS] = {0};
        parallel_set_threads(threads);
        parallel_for(items, split ? 1e9 : 1, count, counts);
        for (guint i = 0; i < ITEMS; i++)
          g_assert_cmpint(counts[i], ==, i < items ? 1 : 0);
      }
  parallel_set_threads(0);
}

static void test_threads(void) {
  parallel_set_threads(3);
  g_assert_cmpuint(parallel_threads(), ==, 3);
  parallel_set_threads(0);
  g_assert_cmpuint(parallel_threads(), ==, g_get_num_processors());
}

#ifdef __SSE__
static void halve(guint item, gpointer data) {
  volatile float *x = (volatile float *)data + item;

  *x = *x * 0.5f;
}

/* Numbers too small for full precision count as zero inside, and only inside. */
static void test_tiny_numbers(void) {
  for (int split = 0; split < 2; split++) {
    float values[8];
    volatile float outside = FLT_MIN;
    for (int i = 0; i < 8; i++)
      values[i] = FLT_MIN;
    parallel_set_threads(4);
    parallel_for(8, split ? 1e9 : 1, halve, values);
    for (int i = 0; i < 8; i++)
      g_assert_cmpfloat(values[i], ==, 0);
    outside = outside * 0.5f;
    g_assert_cmpfloat(outside, >, 0);
  }
  parallel_set_threads(0);
}
#endif

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/parallel/every-item-once", test_every_item_once);
  g_test_add_func("/parallel/threads", test_threads);
#ifdef __SSE__
  g_test_add_func("/parallel/tiny-numbers", test_tiny_numbers);
#endif
  return g_test_run();
}
