/* Batch normalization over three steps of training and in use, and global pooling, against Keras
 * (tests/golden/make_normalization.py), by the fast kernels of every instruction set. */
#include "core/kernels/kernels.h"
#include "golden.h"

#include <string.h>

#define STEPS 3

static const struct {
  const char *name, *spec;
} NORMS[] = {
    {"plain", "input 5\nbatch_normalization name=n\n"},
    {"image", "input 4x5x18\nbatch_normalization momentum=0.9 epsilon=0.01 name=n\n"},
    {"no_scale", "input 3x7\nbatch_normalization scale=false name=n\n"},
    {"bare", "input 33\nbatch_normalization center=false scale=false momentum=0.5 name=n\n"},
};

static char *key(const char *part, int step) { return g_strdup_printf("%s%d", part, step); }

static real *values_of(const ParameterSet *set, const char *name, gboolean gradient) {
  const int index = parameters_find(set, name);

  if (index < 0)
    return NULL;
  return (gradient ? set->grad : set->value) + parameters_get(set, (guint)index)->offset;
}

/* Against PART with the step's number; nothing where the layer has no such parameter. */
static void check_parameter(const char *name, const ParameterSet *set, const char *suffix,
                            gboolean gradient, int step, int n) {
  g_autofree char *full = g_strconcat("n.", suffix, NULL);
  g_autofree char *part = g_strdup_printf("%s%s%d", gradient ? "d" : "", suffix, step);
  const real *is = values_of(set, full, gradient);

  if (is != NULL)
    golden_assert_near(name, part, is, (gsize)n);
}

static void start(const char *name, const ParameterSet *set, const char *suffix, int n) {
  g_autofree char *full = g_strconcat("n.", suffix, NULL);
  real *values = values_of(set, full, FALSE);
  gsize size;

  if (values != NULL && golden_values(name, suffix, &size) != NULL)
    golden_copy(name, suffix, values, (gsize)n);
}

static int rows_of(const char *name, const char *part, const Model *model) {
  gsize n = 0;

  g_assert_nonnull(golden_values(name, part, &n));
  return (int)(n / shape_size(&model->input));
}

static void check_used(const char *name, const Model *model, ParameterSet *set, int rows) {
  g_autoptr(Graph) graph = graph_new(GRAPH_INFER, rows, 1);
  Tensor *x, *y = model_build(model, graph, &(ModelPlace){.parameters = set}, &x);

  graph_finish(graph, NULL);
  golden_copy(name, "x2", x->value, shape_size(&x->shape));
  graph_forward(graph, rows, 0);
  golden_assert_near(name, "used", y->value, shape_size(&y->shape));
}

static void run_norm(const char *name, const char *spec) {
  g_autoptr(Model) model = model_new(spec, NULL);
  g_autoptr(ParameterSet) set = parameters_new_like(model->parameters, TRUE);
  const int rows = rows_of(name, "x0", model), n = model->output.dim[model->output.rank - 1];
  g_autoptr(Graph) graph = graph_new(GRAPH_TRAIN, rows, 1);
  Tensor *x = graph_input(graph, "x", TENSOR_FLOAT, &model->input);
  graph_want_gradient(graph, x);
  Tensor *y = model_build(model, graph, &(ModelPlace){.parameters = set, .given = {x}}, NULL);
  Tensor *dy = graph_input(graph, "dy", TENSOR_FLOAT, &model->output);

  graph_finish(graph,
               graph_apply(graph, &golden_weighted, "loss", NULL, (Tensor *[]){y, dy}, 2, NULL));
  parameters_initialize(set, 1);
  start(name, set, "gamma", n);
  start(name, set, "beta", n);
  for (int step = 0; step < STEPS; step++) {
    g_autofree char *x_key = key("x", step), *dy_key = key("dy", step), *y_key = key("y", step),
                    *dx_key = key("dx", step);
    golden_copy(name, x_key, x->value, shape_size(&x->shape));
    golden_copy(name, dy_key, dy->value, shape_size(&dy->shape));
    graph_step(graph, rows, (guint32)step);
    golden_assert_near(name, y_key, y->value, shape_size(&y->shape));
    golden_assert_near(name, dx_key, x->grad, shape_size(&x->shape));
    check_parameter(name, set, "gamma", TRUE, step, n);
    check_parameter(name, set, "beta", TRUE, step, n);
    check_parameter(name, set, "moving_mean", FALSE, step, n);
    check_parameter(name, set, "moving_variance", FALSE, step, n);
  }
  check_used(name, model, set, rows);
}

static void on_every_kernel(void (*run)(const char *name, const char *spec), const char *name,
                            const char *spec) {
  for (const Kernels *const *variant = kernels_available(); *variant != NULL; variant++) {
    kernels_use(*variant);
    run(name, spec);
  }
  kernels_use(kernels_available()[0]);
}

static void test_norms(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(NORMS); i++)
    on_every_kernel(run_norm, NORMS[i].name, NORMS[i].spec);
}

/* --- global pooling --- */

static const struct {
  const char *name, *spec;
} POOLS[] = {
    {"global_average_pooling1d", "input 6x5\nglobal_average_pooling1d\n"},
    {"global_average_pooling1d_masked", "input 6x5\nglobal_average_pooling1d\n"},
    {"global_max_pooling1d", "input 6x5\nglobal_max_pooling1d\n"},
    {"global_average_pooling2d", "input 4x5x6\nglobal_average_pooling2d\n"},
    {"global_max_pooling2d", "input 4x5x6\nglobal_max_pooling2d keepdims=true\n"},
};

static void run_pool(const char *name, const char *spec) {
  g_autoptr(Model) model = model_new(spec, NULL);
  g_autoptr(ParameterSet) set = parameters_new_like(model->parameters, TRUE);
  const int rows = rows_of(name, "x", model);
  g_autoptr(Graph) graph = graph_new(GRAPH_INFER, rows, 1);
  Tensor *x = graph_input(graph, "x", TENSOR_FLOAT, &model->input);
  gsize n = 0;

  if (golden_values(name, "mask", &n) != NULL)
    x->mask = graph_input(graph, "mask", TENSOR_FLOAT, &SHAPE(model->input.dim[0]));
  Tensor *y = model_build(model, graph, &(ModelPlace){.parameters = set, .given = {x}}, NULL);
  graph_finish(graph, NULL);
  golden_copy(name, "x", x->value, shape_size(&x->shape));
  if (x->mask != NULL)
    golden_copy(name, "mask", x->mask->value, shape_size(&x->mask->shape));
  graph_forward(graph, rows, 0);
  golden_assert_near(name, "y", y->value, shape_size(&y->shape));
}

static void test_pools(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(POOLS); i++)
    on_every_kernel(run_pool, POOLS[i].name, POOLS[i].spec);
}

/* Keras counts the moving moments among the parameters that are not trained. */
static void test_counts(void) {
  g_autoptr(Model) model = model_new("input 8x8x3\nconv2d 16 3\nbatch_normalization\n"
                                     "global_average_pooling2d\n",
                                     NULL);

  g_assert_cmpuint(parameters_count(model->parameters), ==, 448 + 64);
  g_assert_cmpuint(parameters_count_trainable(model->parameters), ==, 448 + 32);
  g_assert_cmpint(model->output.rank, ==, 1);
  g_assert_cmpint(model->output.dim[0], ==, 16);
}

int main(int argc, char **argv) {
  GError *error = NULL;

  g_test_init(&argc, &argv, NULL);
  g_autofree char *path =
      g_test_build_filename(G_TEST_DIST, "golden", "normalization.safetensors", NULL);
  golden = safetensors_read(path, &error);
  g_assert_no_error(error);
  g_test_add_func("/golden-normalization/batch", test_norms);
  g_test_add_func("/golden-normalization/global-pooling", test_pools);
  g_test_add_func("/golden-normalization/counts", test_counts);
  const int status = g_test_run();
  safetensors_free(golden);
  return status;
}
