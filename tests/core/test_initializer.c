/* Moments, orthogonality, and names with numbers. */
#include "core/model/initializer.h"

#include <math.h>
#include <string.h>

#define ROWS 60
#define COLUMNS 80

static void draw(const char *text, const Shape *shape, guint64 seed, real *values) {
  const Rng rng = rng_new(seed, RNG_INITIALIZER, 3);

  initializer_fill(text, shape, &rng, values);
}

typedef struct {
  const char *text;
  double deviation, limit; /* no value is further from 0; 0: any may come */
} Spread;

static void test_moments(void) {
  const double glorot = sqrt(2.0 / (ROWS + COLUMNS)), he = sqrt(2.0 / ROWS),
               lecun = sqrt(1.0 / ROWS);
  const double cut = 2 / 0.87962566103423978;
  const Spread SPREADS[] = {
      {"glorot_uniform", glorot, glorot * sqrt(3)},
      {"glorot_normal", glorot, glorot * cut},
      {"he_uniform", he, he * sqrt(3)},
      {"he_normal", he, he * cut},
      {"lecun_uniform", lecun, lecun * sqrt(3)},
      {"lecun_normal", lecun, lecun * cut},
      {"random_uniform", 0.05 / sqrt(3), 0.05},
      {"random_uniform:0.2", 0.2 / sqrt(3), 0.2},
      {"random_normal", 0.05, 0},
      {"random_normal:0.02", 0.02, 0},
      {"truncated_normal", 0.05 * 0.87962566103423978, 0.1},
  };

  for (gsize s = 0; s < G_N_ELEMENTS(SPREADS); s++) {
    real values[ROWS * COLUMNS];
    double sum = 0, squares = 0, most = 0;
    draw(SPREADS[s].text, &SHAPE(ROWS, COLUMNS), 1, values);
    for (gsize i = 0; i < ROWS * COLUMNS; i++) {
      sum += (double)values[i];
      squares += (double)values[i] * (double)values[i];
      most = fmax(most, fabs((double)values[i]));
    }
    const double n = ROWS * COLUMNS, deviation = sqrt(squares / n);
    g_test_message("%s: mean %g, deviation %g, most %g", SPREADS[s].text, sum / n, deviation, most);
    g_assert_cmpfloat(fabs(sum / n), <, 4 * SPREADS[s].deviation / sqrt(n));
    g_assert_cmpfloat(fabs(deviation / SPREADS[s].deviation - 1), <, 0.04);
    if (SPREADS[s].limit > 0)
      g_assert_cmpfloat(most, <=, SPREADS[s].limit * (1 + 1e-6));
    else
      g_assert_cmpfloat(most, >, 2.5 * SPREADS[s].deviation);
  }
}

/* Rows (or columns, where those are fewer) are at right angles and of length `gain`. */
static void check_orthogonal(int rows, int columns, double gain, const char *text) {
  g_autofree real *m = g_new(real, rows * columns);
  const int n = MIN(rows, columns), length = MAX(rows, columns);

  draw(text, &SHAPE(rows, columns), 2, m);
  for (int a = 0; a < n; a++)
    for (int b = 0; b < n; b++) {
      double dot = 0;
      for (int i = 0; i < length; i++)
        dot += rows >= columns ? (double)m[i * columns + a] * (double)m[i * columns + b]
                               : (double)m[a * columns + i] * (double)m[b * columns + i];
      g_assert_cmpfloat(fabs(dot - (a == b ? gain * gain : 0)), <, 1e-5);
    }
}

static void test_orthogonal(void) {
  check_orthogonal(50, 200, 1, "orthogonal");
  check_orthogonal(70, 30, 1.5, "orthogonal:1.5");
  check_orthogonal(16, 16, 1, "orthogonal");
}

static void test_constants(void) {
  real values[6];

  draw("constant:2.5", &SHAPE(2, 3), 1, values);
  g_assert_cmpfloat(values[5], ==, 2.5f);
  draw("identity", &SHAPE(2, 3), 1, values);
  g_assert_cmpfloat(values[0], ==, 1);
  g_assert_cmpfloat(values[1], ==, 0);
  g_assert_cmpfloat(values[4], ==, 1);
  draw("ones", &SHAPE(2, 3), 1, values);
  g_assert_cmpfloat(values[3], ==, 1);
  draw("unit_forget_bias", &SHAPE(4), 1, values);
  g_assert_cmpfloat(values[0], ==, 0);
  g_assert_cmpfloat(values[1], ==, 1);
  g_assert_cmpfloat(values[2], ==, 0);
}

static void test_seeds(void) {
  static const char *const FIXED[] = {"zeros", "ones", "constant", "identity", "unit_forget_bias",
                                      NULL};
  real a[ROWS * COLUMNS], b[ROWS * COLUMNS], c[ROWS * COLUMNS];

  for (const Initializer *i = INITIALIZERS; i->name != NULL; i++) {
    const Shape shape = SHAPE(ROWS, COLUMNS);
    draw(i->name, &shape, 1, a);
    draw(i->name, &shape, 1, b);
    draw(i->name, &shape, 2, c);
    g_assert_cmpmem(a, sizeof a, b, sizeof b);
    g_assert_true((memcmp(a, c, sizeof a) == 0) == g_strv_contains(FIXED, i->name));
  }
}

static void test_names(void) {
  static const char *const WRONG[] = {"",
                                      "glorot",
                                      "zeros:1",
                                      "random_normal:",
                                      "random_normal:x",
                                      "random_normal:0,02",
                                      "constant:nan",
                                      ":1"};

  for (gsize i = 0; i < G_N_ELEMENTS(WRONG); i++)
    g_assert_false(initializer_valid(WRONG[i]));
  g_assert_true(initializer_valid("random_normal:0.02"));
  g_assert_true(initializer_valid("orthogonal"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/initializer/moments", test_moments);
  g_test_add_func("/initializer/orthogonal", test_orthogonal);
  g_test_add_func("/initializer/constants", test_constants);
  g_test_add_func("/initializer/seeds", test_seeds);
  g_test_add_func("/initializer/names", test_names);
  return g_test_run();
}
