#include "in_double.h"

#include "core/graph/gradcheck.h"

#ifndef REAL_DOUBLE
#error "compile with REAL_DOUBLE"
#endif

#define STEP 3
#define BUDGET 2e8 /* floating-point operations for one tensor of a sample */

GPtrArray *in_double_run(const SampleCase *c, int rows) {
  g_autoptr(Sample) sample = sample_new(c, GRAPH_PROBE);

  return sample_run(sample, rows);
}

double in_double_gradcheck(const SampleCase *c, int rows, double bound, gsize *checked,
                           char **text) {
  g_autoptr(Sample) sample = sample_new(c, GRAPH_PROBE);
  const Rng rng = rng_new(c->seed, RNG_TEST, 77);
  const double most = BUDGET / (2 * rows * (graph_flops(sample->graph, FALSE) + 1000));
  const Gradcheck worst = gradcheck(sample->graph, rows, STEP, (gsize)most, &rng);

  *checked = worst.checked;
  *text = worst.error < bound
              ? NULL
              : g_strdup_printf("%s[%" G_GSIZE_FORMAT "]: gradient %.12g, difference %.12g",
                                worst.tensor->name, worst.offset, worst.gradient, worst.difference);
  return worst.error;
}
