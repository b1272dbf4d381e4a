/* Attention and the blocks of transformers against Keras and PyTorch: every case of
 * tests/golden/attention.safetensors, by naive kernels and by the fast ones of every instruction
 * set. */
#include "golden.h"

#include "core/kernels/kernels.h"

#include <string.h>

/* A case in a graph: x0, x1, … with the masks there are. */
typedef struct {
  const char *name;
  Tensor *input[LAYER_MAX_INPUTS], *mask[LAYER_MAX_INPUTS];
  int n, rows;
} Case;

static Case case_new(const char *name, const Model *model, Graph *graph) {
  Case self = {.name = name, .n = model->n_inputs};

  for (int i = 0; i < self.n; i++) {
    g_autofree char *mask = g_strdup_printf("mask%d", i);
    const Shape *row = &model->inputs[i]->output;
    gsize n = 0;
    self.input[i] = graph_input(graph, model->inputs[i]->name, TENSOR_FLOAT, row);
    if (golden_values(name, mask, &n) == NULL)
      continue;
    self.mask[i] = graph_input(graph, mask, TENSOR_FLOAT, &SHAPE(row->dim[0]));
    self.input[i]->mask = self.mask[i];
  }
  return self;
}

static void case_fill(const Case *self) {
  for (int i = 0; i < self->n; i++) {
    golden_copy(self->name, self->input[i]->name, self->input[i]->value,
                shape_size(&self->input[i]->shape));
    if (self->mask[i] != NULL)
      golden_copy(self->name, self->mask[i]->name, self->mask[i]->value,
                  shape_size(&self->mask[i]->shape));
  }
}

static void case_check(const Case *self, const Graph *graph, const Tensor *y,
                       const ParameterSet *set) {
  g_autoptr(JsonObject) info = golden_case(self->name);

  golden_assert_near(self->name, "y", y->value, shape_size(&y->shape));
  golden_check_gradients(self->name, set);
  for (int i = 0; i < self->n; i++) {
    g_autofree char *gradient = g_strdup_printf("dx%d", i);
    if (self->input[i]->grad != NULL)
      golden_assert_near(self->name, gradient, self->input[i]->grad,
                         shape_size(&self->input[i]->shape));
  }
  if (json_object_has_member(info, "weights")) {
    const Tensor *weights = graph_find(graph, json_object_get_string_member(info, "weights"));
    g_assert_nonnull(weights);
    golden_assert_near(self->name, "weights", weights->value, shape_size(&weights->shape));
  }
}

static int rows_of(const char *name, const Model *model) {
  gsize n = 0;

  golden_values(name, "x0", &n);
  return (int)(n / shape_size(&model->inputs[0]->output));
}

static void run(const char *name, const Model *model, GraphMode mode) {
  const int rows = rows_of(name, model);
  g_autoptr(Graph) graph = graph_new(mode, rows, 1);
  g_autoptr(ParameterSet) set = parameters_new_like(model->parameters, TRUE);
  const Case inputs = case_new(name, model, graph);
  ModelPlace place = {.parameters = set};

  memcpy(place.given, inputs.input, sizeof place.given);
  Tensor *y = model_build(model, graph, &place, NULL);
  Tensor *dy = graph_input(graph, "dy", TENSOR_FLOAT, &model->output);
  graph_finish(graph,
               graph_apply(graph, &golden_weighted, "loss", NULL, (Tensor *[]){y, dy}, 2, NULL));
  golden_set_parameters(name, set);
  case_fill(&inputs);
  golden_copy(name, "dy", dy->value, shape_size(&dy->shape));
  graph_step(graph, rows, 0);
  case_check(&inputs, graph, y, set);
}

static void test_case(gconstpointer data) {
  const char *name = data;
  GError *error = NULL;
  g_autoptr(JsonObject) info = golden_case(name);
  g_autoptr(Model) model = model_new(json_object_get_string_member(info, "spec"), &error);

  g_assert_no_error(error);
  run(name, model, GRAPH_PROBE);
  for (const Kernels *const *variant = kernels_available(); *variant != NULL; variant++) {
    kernels_use(*variant);
    if (model->parameters->items->len > 0)
      run(name, model, GRAPH_TRAIN);
  }
  kernels_use(kernels_available()[0]);
}

static SafeTensors *open_golden(const char *name) {
  GError *error = NULL;
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", name, NULL);
  SafeTensors *file = safetensors_read(path, &error);

  g_assert_no_error(error);
  return file;
}

static void add_cases(const SafeTensors *file, GTestDataFunc func) {
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init(&iter, file->metadata);
  while (g_hash_table_iter_next(&iter, &name, NULL)) {
    g_autofree char *test = g_strconcat("/golden-attention/", name, NULL);
    g_test_add_data_func(test, name, func);
  }
}

static SafeTensors *attention, *transformer;

static void test_attention(gconstpointer data) {
  golden = attention;
  test_case(data);
}

static void test_transformer(gconstpointer data) {
  golden = transformer;
  test_case(data);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  attention = open_golden("attention.safetensors");
  transformer = open_golden("transformer.safetensors");
  add_cases(attention, test_attention);
  add_cases(transformer, test_transformer);
  int status = g_test_run();
  safetensors_free(attention);
  safetensors_free(transformer);
  return status;
}
