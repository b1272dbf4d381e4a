/* Layers that merge, move, reduce and compare, and transposed convolutions, against Keras and
 * PyTorch: every case of tests/golden/shape.safetensors and convolution.safetensors, by naive
 * kernels and by the fast ones of every instruction set.
 */
#include "golden.h"

#include "core/kernels/kernels.h"
#include "core/ops/ops.h"

#include <string.h>

/* The model's inputs, and the masks of those that have some. */
typedef struct {
  const char *name;
  Tensor *input[LAYER_MAX_INPUTS], *mask[LAYER_MAX_INPUTS];
  int n, rows;
} Case;

static void add_inputs(Case *self, const Model *model, Graph *graph) {
  for (int i = 0; i < self->n; i++) {
    g_autofree char *mask = g_strdup_printf("mask%d", i);
    const Shape *row = &model->inputs[i]->output;
    gsize n = 0;
    self->input[i] = graph_input(graph, model->inputs[i]->name, TENSOR_FLOAT, row);
    graph_want_gradient(graph, self->input[i]);
    if (golden_values(self->name, mask, &n) == NULL)
      continue;
    self->mask[i] = graph_input(graph, mask, TENSOR_FLOAT, &SHAPE(row->dim[0]));
    self->input[i]->mask = self->mask[i];
  }
}

static void copy(const Case *self, const char *part, Tensor *tensor) {
  if (tensor != NULL)
    golden_copy(self->name, part, tensor->value, shape_size(&tensor->shape));
}

static void check_gradient(const Case *self, int i) {
  g_autofree char *gradient = g_strdup_printf("dx%d", i);
  const Tensor *x = self->input[i];

  g_assert_nonnull(x->grad);
  golden_assert_near(self->name, gradient, x->grad, shape_size(&x->shape));
}

static void run(Case self, const Model *model, GraphMode mode) {
  g_autoptr(Graph) graph = graph_new(mode, self.rows, 1);
  g_autoptr(ParameterSet) set = parameters_new_like(model->parameters, TRUE);
  ModelPlace place = {.parameters = set};

  add_inputs(&self, model, graph);
  memcpy(place.given, self.input, sizeof place.given);
  Tensor *y = model_build(model, graph, &place, NULL);
  Tensor *dy = graph_input(graph, "dy", TENSOR_FLOAT, &model->output);
  graph_finish(graph,
               graph_apply(graph, &golden_weighted, "loss", NULL, (Tensor *[]){y, dy}, 2, NULL));
  golden_set_parameters(self.name, set);
  for (int i = 0; i < self.n; i++) {
    copy(&self, self.input[i]->name, self.input[i]);
    copy(&self, self.mask[i] != NULL ? self.mask[i]->name : NULL, self.mask[i]);
  }
  copy(&self, "dy", dy);
  graph_step(graph, self.rows, 0);
  golden_assert_near(self.name, "y", y->value, shape_size(&y->shape));
  golden_check_gradients(self.name, set);
  for (int i = 0; i < self.n; i++)
    check_gradient(&self, i);
}

static void test_layer(const char *name, const char *spec) {
  GError *error = NULL;
  g_autoptr(Model) model = model_new(spec, &error);
  gsize n = 0;

  g_assert_no_error(error);
  golden_values(name, "x0", &n);
  const Case self = {
      .name = name, .n = model->n_inputs, .rows = (int)(n / shape_size(&model->inputs[0]->output))};
  run(self, model, GRAPH_PROBE);
  for (const Kernels *const *variant = kernels_available(); *variant != NULL; variant++) {
    kernels_use(*variant);
    run(self, model, GRAPH_TRAIN);
  }
  kernels_use(kernels_available()[0]);
}

/* --- ops that no layer stands for --- */

static const struct {
  const char *name;
  const void *attrs;
} ATTRS[] = {
    {"reduce_sum", &(const ReduceAttrs){{TRUE, FALSE, TRUE}, FALSE}},
    {"reduce_mean", &(const ReduceAttrs){{FALSE, TRUE}, TRUE}},
    {"reduce_max", &(const ReduceAttrs){{TRUE, TRUE}, FALSE}},
    {"power", &(const ActivationAttrs){1.5}},
    {"power-cube", &(const ActivationAttrs){3}},
    {"clip", &(const ClipAttrs){-0.5, 0.75}},
    {"reduce_max-ties", &(const ReduceAttrs){{TRUE}, TRUE}},
};

static const void *attrs_of(const char *name) {
  for (gsize i = 0; i < G_N_ELEMENTS(ATTRS); i++)
    if (g_str_equal(ATTRS[i].name, name))
      return ATTRS[i].attrs;
  return NULL;
}

/* The shape of a row of input `key`, and how many there are. */
static Shape shape_of(const char *name, const char *key, int *rows) {
  g_autofree char *full = g_strdup_printf("%s/%s", name, key);
  const SafeTensor *tensor = safetensors_find(golden, full);
  Shape row = {tensor->rank - 1, {0}};

  for (int i = 0; i < row.rank; i++)
    row.dim[i] = (int)tensor->dim[i + 1];
  *rows = (int)tensor->dim[0];
  return row;
}

static gboolean has(const char *name, const char *part) {
  gsize n;

  return golden_values(name, part, &n) != NULL;
}

static Graph *op_graph(Case *self, const char *op, GraphMode mode) {
  const Shape row = shape_of(self->name, "y", &self->rows);
  Graph *graph = graph_new(mode, self->rows, 1);
  Tensor *y, *dy;

  for (self->n = 0; self->n < LAYER_MAX_INPUTS; self->n++) {
    g_autofree char *key = g_strdup_printf("x%d", self->n);
    g_autofree char *gradient = g_strdup_printf("d%s", key);
    if (!has(self->name, key))
      break;
    const Shape shape = shape_of(self->name, key, &self->rows);
    self->input[self->n] = graph_input(graph, key, TENSOR_FLOAT, &shape);
    if (has(self->name, gradient))
      graph_want_gradient(graph, self->input[self->n]);
  }
  y = graph_apply(graph, op_find(op), "y", attrs_of(self->name), self->input, self->n, NULL);
  dy = graph_input(graph, "dy", TENSOR_FLOAT, &row);
  graph_finish(graph,
               graph_apply(graph, &golden_weighted, "loss", NULL, (Tensor *[]){y, dy}, 2, NULL));
  return graph;
}

static void run_op(const char *name, const char *op, GraphMode mode) {
  Case self = {.name = name};
  g_autoptr(Graph) graph = op_graph(&self, op, mode);
  const Tensor *y = graph_find(graph, "y");

  for (int i = 0; i < self.n; i++)
    copy(&self, self.input[i]->name, self.input[i]);
  copy(&self, "dy", graph_find(graph, "dy"));
  graph_step(graph, self.rows, 0);
  golden_assert_near(name, "y", y->value, shape_size(&y->shape));
  for (int i = 0; i < self.n; i++)
    if (self.input[i]->wanted)
      check_gradient(&self, i);
}

static void test_case(const char *name) {
  g_autoptr(JsonObject) info = golden_case(name);
  const char *op = json_object_get_string_member_with_default(info, "op", NULL);

  if (op == NULL) {
    test_layer(name, json_object_get_string_member(info, "spec"));
    return;
  }
  run_op(name, op, GRAPH_PROBE);
  for (const Kernels *const *variant = kernels_available(); *variant != NULL; variant++) {
    kernels_use(*variant);
    run_op(name, op, GRAPH_TRAIN);
  }
  kernels_use(kernels_available()[0]);
}

static const char *const FILES[] = {"shape", "convolution"};
static SafeTensors *files[G_N_ELEMENTS(FILES)];

/* "file/case": the case's own file is looked at. */
static void test_in_file(gconstpointer data) {
  const char *path = data, *name = strchr(path, '/') + 1;

  for (gsize f = 0; f < G_N_ELEMENTS(FILES); f++)
    if (g_str_has_prefix(path, FILES[f]))
      golden = files[f];
  test_case(name);
}

static void add_cases(gsize f) {
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init(&iter, files[f]->metadata);
  while (g_hash_table_iter_next(&iter, &name, NULL)) {
    char *path = g_strconcat(FILES[f], "/", name, NULL);
    g_autofree char *test = g_strconcat("/golden-", path, NULL);
    g_test_add_data_func_full(test, path, test_in_file, g_free);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize f = 0; f < G_N_ELEMENTS(FILES); f++) {
    g_autofree char *file = g_strconcat(FILES[f], ".safetensors", NULL);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", file, NULL);
    GError *error = NULL;
    files[f] = safetensors_read(path, &error);
    g_assert_no_error(error);
    add_cases(f);
  }
  const int status = g_test_run();
  for (gsize f = 0; f < G_N_ELEMENTS(FILES); f++)
    safetensors_free(files[f]);
  return status;
}
