/* Values and gradients against Keras and PyTorch (tests/golden/README.md): every case in the file
 * that names a layer, a loss or a model, and each registered optimizer. */
#include "core/formats/safetensors.h"
#include "core/kernels/kernels.h"
#include "core/model/model.h"
#include "core/ops/ops.h"
#include "core/train/optimizer.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#define TOLERANCE 1e-5

static SafeTensors *golden;

static const float *values_of(const char *name, const char *part, gsize *n) {
  g_autofree char *key = g_strdup_printf("%s/%s", name, part);
  const SafeTensor *tensor = safetensors_find(golden, key);

  if (tensor == NULL)
    return NULL;
  g_assert_cmpstr(tensor->dtype, ==, "F32");
  *n = tensor->size / sizeof(float);
  return (const float *)tensor->data;
}

/* Within the tolerance of the largest value; the part must be there. */
static void assert_near(const char *name, const char *part, const float *is, gsize n) {
  gsize size = 0;
  const float *should = values_of(name, part, &size);
  double scale = 1, worst = 0;

  g_assert_nonnull(should);
  g_assert_cmpuint(size, ==, n);
  for (gsize i = 0; i < n; i++) {
    g_assert_true(isfinite(is[i]));
    scale = fmax(scale, fabs((double)should[i]));
    worst = fmax(worst, fabs((double)is[i] - (double)should[i]));
  }
  if (worst / scale >= TOLERANCE)
    g_error("%s/%s is off by %g", name, part, worst / scale);
}

static void copy_in(const char *name, const char *part, float *to, gsize n) {
  gsize size = 0;
  const float *from = values_of(name, part, &size);

  g_assert_nonnull(from);
  g_assert_cmpuint(size, ==, n);
  memcpy(to, from, n * sizeof(float));
}

static JsonObject *case_of(const char *name) {
  g_autoptr(JsonNode) node = json_from_string(g_hash_table_lookup(golden->metadata, name), NULL);

  g_assert_nonnull(node);
  return json_object_ref(json_node_get_object(node));
}

/* loss[r] = rows · Σ_i y[r, i]·dy[r, i]: with the mean over rows, the gradient of y is dy. */
static gboolean weighted_shape(Node *self, GError **error) {
  node_set_output(self, 0, &SHAPE(self->input[0]->shape.dim[0]));
  return TRUE;
}

static void weighted_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);

  for (int r = tile.begin; r < tile.end; r++) {
    self->output[0]->value[r] = 0;
    for (gsize i = (gsize)r * row; i < (gsize)(r + 1) * row; i++)
      self->output[0]->value[r] +=
          (float)tile.rows * self->input[0]->value[i] * self->input[1]->value[i];
  }
}

static void weighted_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)
    self->input[0]->grad[i] +=
        self->output[0]->grad[i / row] * (float)tile.rows * self->input[1]->value[i];
}

static const Op WEIGHTED = {.name = "weighted",
                            .inputs = "xx",
                            .shape = weighted_shape,
                            .forward = weighted_forward,
                            .backward = weighted_backward};

static void set_parameters(const char *name, const Model *model, ParameterSet *set) {
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    const char *part = strncmp(item->name, "layer.", 6) == 0 ? item->name + 6 : item->name;
    copy_in(name, part, set->value + item->offset, shape_size(&item->shape));
  }
}

static void check_gradients(const char *name, const ParameterSet *set) {
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    const char *part = strncmp(item->name, "layer.", 6) == 0 ? item->name + 6 : item->name;
    g_autofree char *gradient = g_strdup_printf("d%s", part);
    assert_near(name, gradient, set->grad + item->offset, shape_size(&item->shape));
  }
}

/* The rows of a case: its x over one row of the input. */
static int rows_of(const char *name, const Shape *row) {
  gsize n = 0;

  values_of(name, "x", &n);
  return (int)(n / shape_size(row));
}

static void run_layer(const char *name, const Model *model, GraphMode mode) {
  const int rows = rows_of(name, &model->input);
  g_autoptr(Graph) graph = graph_new(mode, rows, 1);
  g_autoptr(ParameterSet) set = parameters_new_like(model->parameters, TRUE);
  Tensor *x, *y = model_build(model, graph, &(ModelPlace){.parameters = set}, &x), *dy;

  set_parameters(name, model, set);
  dy = graph_input(graph, "dy", TENSOR_FLOAT, &model->output);
  graph_finish(graph, graph_apply(graph, &WEIGHTED, "loss", NULL, (Tensor *[]){y, dy}, 2, NULL));
  copy_in(name, "x", x->value, shape_size(&x->shape));
  copy_in(name, "dy", dy->value, shape_size(&dy->shape));
  graph_step(graph, rows, 0);
  assert_near(name, "y", y->value, shape_size(&y->shape));
  check_gradients(name, set);
  if (x->grad != NULL)
    assert_near(name, "dx", x->grad, shape_size(&x->shape));
}

/* GELU's approximation is an attribute of the op, not an argument of Keras's layer. */
static void run_gelu_tanh(const char *name) {
  gsize n = 0;
  const Shape row = SHAPE(12);

  values_of(name, "x", &n);
  g_autoptr(Graph) graph = graph_new(GRAPH_PROBE, (int)n / 12, 1);
  Tensor *x = graph_input(graph, "x", TENSOR_FLOAT, &row), *dy, *y;
  y = graph_apply(graph, op_find("gelu"), "y", &(ActivationAttrs){1}, &x, 1, NULL);
  dy = graph_input(graph, "dy", TENSOR_FLOAT, &row);
  graph_finish(graph, graph_apply(graph, &WEIGHTED, "loss", NULL, (Tensor *[]){y, dy}, 2, NULL));
  copy_in(name, "x", x->value, n);
  copy_in(name, "dy", dy->value, n);
  graph_step(graph, (int)n / 12, 0);
  assert_near(name, "y", y->value, n);
  assert_near(name, "dx", x->grad, n);
}

static void test_layer(gconstpointer data) {
  const char *name = data;
  GError *error = NULL;
  g_autoptr(JsonObject) info = case_of(name);

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

  values_of(name, "x", &n);
  values_of(name, "y", &rows);
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
  copy_in(name, "x", x->value, n);
  copy_labels(name, label);
  graph_step(graph, (int)rows, 0);
  const float mean = (float)graph_mean(loss, (int)rows);
  assert_near(name, "p", p->value, n);
  assert_near(name, "y", loss->value, rows);
  assert_near(name, "loss", &mean, 1);
  assert_near(name, "dx", logits->grad, n);
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
  g_autoptr(JsonObject) info = case_of(name);
  const OptimizerClass *klass = optimizer_find(json_object_get_string_member(info, "optimizer"));
  const OptimizerSettings settings = settings_of(info);
  gsize n = 0, all = 0;

  values_of(name, "p0", &n);
  const float *grads = values_of(name, "grads", &all);
  g_assert_cmpuint(all, ==, 10 * n);
  g_autoptr(ParameterSet) set = parameters_new();
  parameters_add(set, "p", &SHAPE(1, (int)n), "zeros", TRUE); /* a kernel: it decays */
  parameters_allocate(set, TRUE);
  copy_in(name, "p0", set->value, n);
  g_autoptr(Optimizer) optimizer = optimizer_new(klass, set);
  for (guint32 t = 1; t <= 10; t++) {
    memcpy(set->grad, grads + (t - 1) * n, n * sizeof(float));
    optimizer_step(optimizer, &settings, t);
  }
  assert_near(name, "p10", set->value, n);
}

static void test_model(gconstpointer data) {
  const char *name = data;
  GError *error = NULL;
  g_autoptr(JsonObject) info = case_of(name);
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
  set_parameters(name, model, set);
  copy_in(name, "x", x->value, shape_size(&x->shape));
  copy_labels(name, label);
  graph_step(graph, rows, 0);
  const float mean = (float)graph_mean(loss, rows);
  assert_near(name, "probabilities", p->value, shape_size(&p->shape));
  assert_near(name, "loss", &mean, 1);
  check_gradients(name, set);
  g_autoptr(Optimizer) optimizer = optimizer_new(optimizer_find("adam"), set);
  for (guint32 t = 1; t <= 10; t++) {
    graph_step(graph, rows, t);
    optimizer_step(optimizer, &settings, t);
  }
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    g_autofree char *part = g_strdup_printf("%s.after10", item->name);
    assert_near(name, part, set->value + item->offset, shape_size(&item->shape));
  }
}

/* A case for each key; optimizers that are not there yet wait in the file. */
static void add_case(const char *name) {
  g_autoptr(JsonObject) info = case_of(name);
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
