#include "in_double.h"

#include "core/graph/gradcheck.h"

#ifndef REAL_DOUBLE
#error "compile with REAL_DOUBLE"
#endif

#define STEP 3
#define BUDGET 1e8 /* floating-point operations for one tensor of a sample */

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

static gboolean wrong_shape(Node *self, GError **error) {
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

static void wrong_forward(Node *self, Tile tile) {
  for (int r = tile.begin; r < tile.end; r++)
    self->output[0]->value[r] = self->input[0]->value[r] * self->input[0]->value[r];
}

static void wrong_backward(Node *self, Tile tile) {
  for (int r = tile.begin; r < tile.end; r++)
    self->input[0]->grad[r] += 2.0002 * self->input[0]->value[r] * self->output[0]->grad[r];
}

double in_double_gradcheck_wrong(void) {
  static const Op WRONG = {.name = "wrong",
                           .inputs = "x",
                           .shape = wrong_shape,
                           .forward = wrong_forward,
                           .backward = wrong_backward};
  const Rng rng = rng_new(1, RNG_TEST, 0);
  g_autoptr(Graph) graph = graph_new(GRAPH_PROBE, 1, 0);
  Tensor *x = graph_input(graph, "x", TENSOR_FLOAT, &(Shape){0});

  graph_finish(graph, graph_apply(graph, &WRONG, "y", NULL, &x, 1, NULL));
  x->value[0] = 3;
  return gradcheck(graph, 1, 0, 1, &rng).error;
}
