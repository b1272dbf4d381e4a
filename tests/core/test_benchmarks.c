/* The networks that speed is measured by are the same as those of the other libraries: as many
 * parameters as in Keras (tests/bench/networks), moving moments included. */
#include "core/model/model_set.h"
#include "core/session/bench.h"
#include "core/tasks/task.h"

static const struct {
  const char *name;
  gsize parameters;
} KERAS[] = {
    {"mlp", 101770},
    {"playground", 105},
    {"cnn", 347146},
    {"lstm", 30651},
    {"gru", 23301},
    {"encoder", 744194},
    {"dcgan", 565185 + 139073},
    {"resnet", 79050},
    {"gpt", 818241},
    {"autoencoder", 209968},
};

static void test_parameters(void) {
  gsize n = 0;

  for (const Benchmark *b = BENCHMARKS; b->name != NULL; b++, n++) {
    GError *error = NULL;
    g_autoptr(ModelSet) models = model_set_new(b->spec, &error);
    g_assert_no_error(error);
    g_assert_nonnull(task_find(b->task));
    for (gsize i = 0; i < G_N_ELEMENTS(KERAS); i++)
      if (g_str_equal(KERAS[i].name, b->name))
        g_assert_cmpuint(parameters_count(models->parameters), ==, KERAS[i].parameters);
  }
  g_assert_cmpuint(n, ==, G_N_ELEMENTS(KERAS));
}

/* Each takes a step, and its arithmetic is counted. */
static void test_steps(void) {
  for (const Benchmark *b = BENCHMARKS; b->name != NULL; b++) {
    GError *error = NULL;
    BenchResult result;
    g_assert_true(bench_run(b, 2, 2, 0, &result, &error));
    g_assert_no_error(error);
    g_assert_cmpfloat(result.ms_per_step, >, 0);
    g_assert_cmpfloat(result.gflops, >, 0);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/benchmarks/parameters", test_parameters);
  g_test_add_func("/benchmarks/steps", test_steps);
  return g_test_run();
}
