/* Values and gradients against Keras and PyTorch (tests/golden/README.md): every case in the file
 * that names a layer, a loss or a model, and each registered optimizer. */
#include "golden.h"

#include "core/kernels/kernels.h"
#include "core/model/model.h"
#include "core/ops/ops.h"
#include "core/train/optimizer.h"

#include <math.h>
#include <string.h>

/* The rows of a case: its x over one row of the input. */
static int rows_of(const char *name, const Shape *row) {
  gsize n = 0;

  golden_values(name, "x", &n);
  return (int)(n / shape_size(row));
}

static void run_layer(const char *name, const Model *model, GraphMode mode) {
  const int rows = rows_of(name, &model->input);
  g_autoptr(Graph) graph = graph_new(mode, rows, 1);
  g_autoptr(ParameterSet) set = parameters_new_like(model->parameters, TRUE);
  Tensor *x, *y = model_build(model, graph, &(ModelPlace){.parameters = set}, &x), *dy;

  golden_set_parameters(name, set);
  dy = graph_input(graph, "dy", TENSOR_FLOAT, &model->output);
  graph_finish(graph,
               graph_apply(graph, &golden_weighted, "loss", NULL, (Tensor *[]){y, dy}, 2, NULL));
  golden_copy(name, "x", x->value, shape_size(&x->shape));
  golden_copy(name, "dy", dy->value, shape_size(&dy->shape));
  graph_step(graph, rows, 0);
  golden_assert_near(name, "y", y->value, shape_size(&y->shape));
  golden_check_gradients(name, set);
  if (x->grad != NULL)
    golden_assert_near(name, "dx", x->grad, shape_size(&x->shape));
}

/* GELU's approximation is an attribute of the op, not an argument of Keras's layer. */
static void run_gelu_tanh(const char *name) {
  gsize n = 0;
  const Shape row = SHAPE(12);

  golden_values(name, "x", &n);
  g_autoptr(Graph) graph = graph_new(GRAPH_PROBE, (int)n / 12, 1);
  Tensor *x = graph_input(graph, "x", TENSOR_FLOAT, &row), *dy, *y;
  y = graph_apply(graph, op_find("gelu"), "y", &(ActivationAttrs){1}, &x, 1, NULL);
  dy = graph_input(graph, "dy", TENSOR_FLOAT, &row);
  graph_finish(graph,
               graph_apply(graph, &golden_weighted, "loss", NULL, (Tensor *[]){y, dy}, 2, NULL));
  golden_copy(name, "x", x->value, n);
  golden_copy(name, "dy", dy->value, n);
  graph_step(graph, (int)n / 12, 0);
  golden_assert_near(name, "y", y->value, n);
  golden_assert_near(name, "dx", x->grad, n);
}

static void test_layer(gconstpointer data) {
  const char *name = data;
  GError *error = NULL;
  g_autoptr(JsonObject) info = golden_case(name);

  if (g_str_equal(name, "activation_gelu_tanh")) {
    run_gelu_tanh(name);
    return;
  }
  g_autofree char *spec =
      g_strdup_printf("input %s\n%s name=layer", json_object_get_string_member(info, "input"),
                      json_object_get_string_member(info, "layer"));
  g_autoptr(Model) model = model_new(spec, &error);
  g_assert_no_error(error);
  run_layer(name, model, GRAPH_PROBE);
  for (const Kernels *const *variant = kernels_available(); *variant != NULL; variant++) {
    kernels_use(*variant);
    run_layer(name, model, GRAPH_TRAIN);
  }
  kernels_use(kernels_available()[0]);
}

static void copy_labels(const char *name, Tensor *label) {
  g_autofree char *key = g_strdup_printf("%s/labels", name);
  const SafeTensor *tensor = safetensors_find(golden, key);

  g_assert_nonnull(tensor);
  g_assert_cmpstr(tensor->dtype, ==, "I64");
  for (gsize i = 0; i < tensor->size / sizeof(gint64); i++) {
    gint64 value;
    memcpy(&value, tensor->data + i * sizeof value, sizeof value);
    label->index[i] = (gint32)value;
  }
}

/* From logits, so through the fused op; unfused, the clipping of Keras's probabilities would show
 * at ±80. */
static void test_loss(gconstpointer data) {
  const char *name = data;
  gsize n = 0, rows = 0;

  golden_values(name, "x", &n);
  golden_values(name, "y", &rows);
  const Shape row = SHAPE((int)(n / rows));
  g_autoptr(Graph) graph = graph_new(GRAPH_TRAIN, (int)rows, 1);
  g_autoptr(ParameterSet) set = parameters_new();
  Tensor *x = graph_input(graph, "x", TENSOR_FLOAT, &row);
  const int k = row.dim[0];

  /* A product with the identity makes the logits' gradient wanted. */
  parameters_add(set, "identity", &SHAPE(k, k), "zeros", TRUE);
  parameters_allocate(set, TRUE);
  for (int i = 0; i < k; i++)
    set->value[i * k + i] = 1;
  Tensor *w = graph_parameter(graph, "w", &SHAPE(k, k), set->value, set->grad);
  Tensor *logits = graph_apply(graph, &op_dense, "logits", NULL, (Tensor *[]){x, w}, 2, NULL);
  Tensor *p = graph_apply(graph, &op_softmax, "p", NULL, &logits, 1, NULL);
  Tensor *label = graph_input(graph, "label", TENSOR_INT, &(Shape){0});
  Tensor *loss =
      graph_apply(graph, &op_cross_entropy, "loss", NULL, (Tensor *[]){p, label}, 2, NULL);
  graph_finish(graph, loss);
  golden_copy(name, "x", x->value, n);
  copy_labels(name, label);
  graph_step(graph, (int)rows, 0);
  const float mean = (float)graph_mean(loss, (int)rows);
  golden_assert_near(name, "p", p->value, n);
  golden_assert_near(name, "y", loss->value, rows);
  golden_assert_near(name, "loss", &mean, 1);
  golden_assert_near(name, "dx", logits->grad, n);
}

static double number(JsonObject *info, const char *name, double fallback) {
  return json_object_get_double_member_with_default(info, name, fallback);
}

static OptimizerSettings settings_of(JsonObject *info) {
  return (OptimizerSettings){.learning_rate = number(info, "learning_rate", NAN),
                             .momentum = number(info, "momentum", 0),
                             .beta_1 = number(info, "beta_1", 0.9),
                             .beta_2 = number(info, "beta_2", 0.999),
                             .rho = number(info, "rho", 0.9),
                             .epsilon = number(info, "epsilon", 1e-7),
                             .weight_decay = number(info, "weight_decay", 0),
                             .clipvalue = number(info, "clipvalue", 0),
                             .global_clipnorm = number(info, "global_clipnorm", 0)};
}

/* Against the size of the steps, not of the parameters: a wrong step must show. */
static void test_optimizer(gconstpointer data) {
  const char *name = data;
  g_autoptr(JsonObject) info = golden_case(name);
  const OptimizerClass *klass = optimizer_find(json_object_get_string_member(info, "optimizer"));
  const OptimizerSettings settings = settings_of(info);
  gsize n = 0, all = 0;

  golden_values(name, "p0", &n);
  const float *grads = golden_values(name, "grads", &all);
  g_assert_cmpuint(all, ==, 10 * n);
  g_autoptr(ParameterSet) set = parameters_new();
  parameters_add(set, "p", &SHAPE(1, (int)n), "zeros", TRUE); /* a kernel: it decays */
  parameters_allocate(set, TRUE);
  golden_copy(name, "p0", set->value, n);
  g_autoptr(Optimizer) optimizer = optimizer_new(klass, set);
  for (guint32 t = 1; t <= 10; t++) {
    memcpy(set->grad, grads + (t - 1) * n, n * sizeof(float));
    optimizer_step(optimizer, &settings, t);
  }
  golden_assert_near(name, "p10", set->value, n);
}

static void test_model(gconstpointer data) {
  const char *name = data;
  GError *error = NULL;
  g_autoptr(JsonObject) info = golden_case(name);
  const OptimizerSettings settings = settings_of(info);
  g_autoptr(Model) model = model_new(json_object_get_string_member(info, "model"), &error);
  g_assert_no_error(error);
  const int rows = rows_of(name, &model->input);
  g_autoptr(Graph) graph = graph_new(GRAPH_TRAIN, rows, 1);
  g_autoptr(ParameterSet) set = parameters_new_like(model->parameters, TRUE);
  Tensor *x, *p = model_build(model, graph, &(ModelPlace){.parameters = set}, &x);
  Tensor *label = graph_input(graph, "label", TENSOR_INT, &(Shape){0});
  Tensor *loss =
      graph_apply(graph, &op_cross_entropy, "loss", NULL, (Tensor *[]){p, label}, 2, NULL);

  graph_finish(graph, loss);
  golden_set_parameters(name, set);
  golden_copy(name, "x", x->value, shape_size(&x->shape));
  copy_labels(name, label);
  graph_step(graph, rows, 0);
  const float mean = (float)graph_mean(loss, rows);
  golden_assert_near(name, "probabilities", p->value, shape_size(&p->shape));
  golden_assert_near(name, "loss", &mean, 1);
  golden_check_gradients(name, set);
  g_autoptr(Optimizer) optimizer = optimizer_new(optimizer_find("adam"), set);
  for (guint32 t = 1; t <= 10; t++) {
    graph_step(graph, rows, t);
    optimizer_step(optimizer, &settings, t);
  }
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    g_autofree char *part = g_strdup_printf("%s.after10", item->name);
    golden_assert_near(name, part, set->value + item->offset, shape_size(&item->shape));
  }
}

/* A case for each key; optimizers that are not there yet wait in the file. */
static void add_case(const char *name) {
  g_autoptr(JsonObject) info = golden_case(name);
  g_autofree char *path = g_strdup_printf("/golden/%s", name);
  GTestDataFunc func = NULL;

  if (json_object_has_member(info, "layer"))
    func = test_layer;
  else if (json_object_has_member(info, "model"))
    func = test_model;
  else if (json_object_has_member(info, "loss"))
    func = test_loss;
  else if (optimizer_find(json_object_get_string_member(info, "optimizer")) != NULL)
    func = test_optimizer;
  if (func != NULL)
    g_test_add_data_func(path, name, func);
}

static void test_all_optimizers(void) {
  for (const OptimizerClass *const *klass = OPTIMIZERS; *klass != NULL; klass++) {
    g_autofree char *name = g_strdup_printf("opt/%s", (*klass)->name);
    g_assert_true(g_hash_table_contains(golden->metadata, name));
  }
}

int main(int argc, char **argv) {
  GError *error = NULL;

  g_test_init(&argc, &argv, NULL);
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "ops.safetensors", NULL);
  golden = safetensors_read(path, &error);
  g_assert_no_error(error);
  g_autoptr(GList) names = g_hash_table_get_keys(golden->metadata);
  names = g_list_sort(names, (GCompareFunc)strcmp);
  for (GList *name = names; name != NULL; name = name->next)
    add_case(name->data);
  g_test_add_func("/golden/all-optimizers", test_all_optimizers);
  int status = g_test_run();
  safetensors_free(golden);
  return status;
}
