#include "core/train/series.h"

#include <math.h>

#define BUDGET 16

typedef Series SeriesOwned;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeriesOwned, series_free)

static float value_at(guint step) { return sinf((float)step * 0.7f) * 10 + (float)(step % 5); }

/* Minimum, mean and maximum of the steps that point i stands for, straight from the values. */
static SeriesPoint expected(const Series *series, guint i, guint steps) {
  const guint from = i * series->block, to = MIN(from + series->block, steps);
  SeriesPoint point = {INFINITY, 0, -INFINITY};
  double sum = 0;

  for (guint step = from; step < to; step++) {
    point.minimum = fminf(point.minimum, value_at(step));
    point.maximum = fmaxf(point.maximum, value_at(step));
    sum += (double)value_at(step);
  }
  point.mean = (float)(sum / (to - from));
  return point;
}

static void check(const Series *series, guint steps) {
  const guint n = series_length(series);

  g_assert_cmpuint(n, ==, (steps + series->block - 1) / series->block);
  g_assert_cmpuint(n, <=, BUDGET);
  g_assert_true(steps < BUDGET || n > BUDGET / 2 - 1); /* detail is not thrown away early */
  for (guint i = 0; i < n; i++) {
    const SeriesPoint found = series_get(series, i), right = expected(series, i, steps);
    g_assert_cmpfloat(found.minimum, ==, right.minimum);
    g_assert_cmpfloat(found.maximum, ==, right.maximum);
    g_assert_cmpfloat_with_epsilon(found.mean, right.mean, 1e-4);
  }
}

static void test_blocks(void) {
  g_autoptr(SeriesOwned) series = series_new(BUDGET);

  for (guint steps = 0; steps < 1000; steps++) {
    check(series, steps);
    g_assert_true((series->block & (series->block - 1)) == 0);
    series_add(series, value_at(steps));
  }
  series_clear(series);
  g_assert_cmpuint(series_length(series), ==, 0);
  g_assert_cmpuint(series->block, ==, 1);
}

/* While there is room each step is kept as it was. */
static void test_exact(void) {
  g_autoptr(SeriesOwned) series = series_new(BUDGET);

  for (guint step = 0; step < BUDGET - 1; step++)
    series_add(series, value_at(step));
  for (guint step = 0; step < BUDGET - 1; step++)
    g_assert_cmpfloat(series_get(series, step).mean, ==, value_at(step));
}

/* Put back at any step, it goes on as the original does. */
static void test_restore(void) {
  for (guint stop = 0; stop < 200; stop += 7) {
    g_autoptr(SeriesOwned) whole = series_new(BUDGET), half = series_new(BUDGET);
    g_autoptr(SeriesOwned) rest = series_new(BUDGET);
    for (guint step = 0; step < 300; step++)
      series_add(whole, value_at(step));
    for (guint step = 0; step < stop; step++)
      series_add(half, value_at(step));
    series_restore(rest, half->points, half->n, half->block, half->open, half->in_open);
    for (guint step = stop; step < 300; step++)
      series_add(rest, value_at(step));
    g_assert_cmpmem(whole->points, whole->n * sizeof(SeriesPoint), rest->points,
                    rest->n * sizeof(SeriesPoint));
    g_assert_cmpuint(whole->in_open, ==, rest->in_open);
    check(rest, 300);
  }
}

/* A NaN shows in the mean of its block, and in no other. */
static void test_nan(void) {
  g_autoptr(SeriesOwned) series = series_new(BUDGET);

  for (guint step = 0; step < 40; step++)
    series_add(series, step == 9 ? NAN : 1);
  for (guint i = 0; i < series_length(series); i++) {
    const gboolean hit = 9 / series->block == i;
    g_assert_true(isnan(series_get(series, i).mean) == hit);
    g_assert_cmpfloat(series_get(series, i).minimum, ==, 1);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/series/blocks", test_blocks);
  g_test_add_func("/series/exact", test_exact);
  g_test_add_func("/series/restore", test_restore);
  g_test_add_func("/series/nan", test_nan);
  return g_test_run();
}
