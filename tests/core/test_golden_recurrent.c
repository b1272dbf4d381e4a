/* Recurrent layers against Keras and PyTorch: every case of tests/golden/recurrent.safetensors, by
 * naive kernels and by the fast ones of every instruction set. */
#include "golden.h"

#include "core/kernels/kernels.h"
#include "core/ops/ops.h"

#include <string.h>

/* A case in a graph: the sequence x0 with its mask, then the first states. */
typedef struct {
  const char *name;
  const Model *model;
  Graph *graph;
  ParameterSet *set;
  Tensor *input[LAYER_MAX_INPUTS], *mask;
  int rows;
} Case;

static gboolean is_there(const Case *self, const char *part) {
  gsize n;

  return golden_values(self->name, part, &n) != NULL;
}

static void add_inputs(Case *self) {
  for (int i = 0; i < self->model->n_inputs; i++)
    self->input[i] = graph_input(self->graph, self->model->inputs[i]->name, TENSOR_FLOAT,
                                 &self->model->inputs[i]->output);
  if (!is_there(self, "mask0"))
    return;
  self->mask = graph_input(self->graph, "mask0", TENSOR_FLOAT,
                           &SHAPE(self->model->inputs[0]->output.dim[0]));
  self->input[0]->mask = self->mask;
}

/* Σ result · its gradient: added to the loss. */
static Tensor *weigh(Case *self, Tensor *result, const char *part, Tensor *loss) {
  Shape row = {result->shape.rank - 1, {0}};
  g_autofree char *gradient = g_strdup_printf("d%s", part);
  g_autofree char *weighed = g_strdup_printf("weighed.%s", part);
  g_autofree char *sum = g_strdup_printf("loss.%s", part);

  memcpy(row.dim, result->shape.dim + 1, (gsize)row.rank * sizeof(int));
  Tensor *dy = graph_input(self->graph, gradient, TENSOR_FLOAT, &row);
  Tensor *share =
      graph_apply(self->graph, &golden_weighted, weighed, NULL, (Tensor *[]){result, dy}, 2, NULL);
  return loss == NULL
             ? share
             : graph_apply(self->graph, &op_add, sum, NULL, (Tensor *[]){loss, share}, 2, NULL);
}

static Tensor *find_result(const Case *self, const char *part) {
  g_autofree char *name = g_strdup_printf("layer.%s", part);
  Tensor *tensor = graph_find(self->graph, name);

  g_assert_nonnull(tensor);
  return tensor;
}

static void fill(const Tensor *tensor, const char *name) {
  golden_copy(name, tensor->name, tensor->value, shape_size(&tensor->shape));
}

static void fill_inputs(const Case *self) {
  for (guint t = 0; t < self->graph->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(self->graph->tensors, t);
    if (tensor->maker == NULL && !tensor->parameter)
      fill(tensor, self->name);
  }
}

static void check(const Case *self, const Tensor *y, JsonArray *results) {
  golden_assert_near(self->name, "y", y->value, shape_size(&y->shape));
  for (guint i = 0; i < json_array_get_length(results); i++) {
    const char *part = json_array_get_string_element(results, i);
    const Tensor *result = find_result(self, part);
    golden_assert_near(self->name, part, result->value, shape_size(&result->shape));
  }
  golden_check_gradients(self->name, self->set);
  for (int i = 0; i < self->model->n_inputs; i++) {
    g_autofree char *gradient = g_strdup_printf("dx%d", i);
    golden_assert_near(self->name, gradient, self->input[i]->grad,
                       shape_size(&self->input[i]->shape));
  }
}

static void run(const char *name, const Model *model, JsonArray *results, GraphMode mode) {
  gsize n = 0;
  golden_values(name, "x0", &n);
  const int rows = (int)(n / shape_size(&model->inputs[0]->output));
  g_autoptr(Graph) graph = graph_new(mode, rows, 1);
  g_autoptr(ParameterSet) set = parameters_new_like(model->parameters, TRUE);
  Case self = {.name = name, .model = model, .graph = graph, .set = set, .rows = rows};
  ModelPlace place = {.parameters = set};

  add_inputs(&self);
  memcpy(place.given, self.input, sizeof place.given);
  for (int i = 0; i < model->n_inputs; i++)
    graph_want_gradient(graph, self.input[i]);
  Tensor *y = model_build(model, graph, &place, NULL);
  Tensor *loss = weigh(&self, y, "y", NULL);
  for (guint i = 0; i < json_array_get_length(results); i++) {
    const char *part = json_array_get_string_element(results, i);
    loss = weigh(&self, find_result(&self, part), part, loss);
  }
  graph_finish(graph, loss);
  golden_set_parameters(name, set);
  fill_inputs(&self);
  graph_step(graph, rows, 0);
  check(&self, y, results);
}

static void test_case(gconstpointer data) {
  const char *name = data;
  GError *error = NULL;
  g_autoptr(JsonObject) info = golden_case(name);
  JsonArray *results = json_object_get_array_member(info, "results");
  g_autoptr(Model) model = model_new(json_object_get_string_member(info, "spec"), &error);

  g_assert_no_error(error);
  g_assert_cmpuint(parameters_count(model->parameters), ==,
                   (gsize)json_object_get_int_member(info, "parameters"));
  run(name, model, results, GRAPH_PROBE);
  for (const Kernels *const *variant = kernels_available(); *variant != NULL; variant++) {
    kernels_use(*variant);
    run(name, model, results, GRAPH_TRAIN);
  }
  kernels_use(kernels_available()[0]);
}

int main(int argc, char **argv) {
  GError *error = NULL;
  GHashTableIter iter;
  gpointer name;

  g_test_init(&argc, &argv, NULL);
  g_autofree char *path =
      g_test_build_filename(G_TEST_DIST, "golden", "recurrent.safetensors", NULL);
  golden = safetensors_read(path, &error);
  g_assert_no_error(error);
  g_hash_table_iter_init(&iter, golden->metadata);
  while (g_hash_table_iter_next(&iter, &name, NULL)) {
    g_autofree char *test = g_strconcat("/golden-recurrent/", name, NULL);
    g_test_add_data_func(test, name, test_case);
  }
  int status = g_test_run();
  safetensors_free(golden);
  return status;
}
