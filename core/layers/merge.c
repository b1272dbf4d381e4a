/* Keras's merging layers: several layers, from=a,b,c, put together number by number. Shapes may
 * differ where one has size 1: ranks are made equal by sizes of 1 after the batch. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {{NULL}};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  return graph_apply(builder->graph, op_find(self->klass->name), self->name, NULL, inputs, n,
                     error);
}

#ifndef REAL_DOUBLE
/* ONNX aligns shapes from the last size on, the batch with them: sizes of 1 go in after it. */
static const char *align(gpointer onnx, const char *value, const Shape *row, int rank) {
  const char *result, *axes;
  gint64 axis[TENSOR_MAX_RANK];

  if (row->rank == rank)
    return value;
  for (int a = 0; a < rank - row->rank; a++)
    axis[a] = a + 1;
  axes = onnx_graph_unique(onnx, "axes");
  result = onnx_graph_unique(onnx, "Unsqueeze");
  onnx_graph_int64s(onnx, axes, rank - row->rank, axis);
  onnx_graph_node(onnx, "Unsqueeze", result, (const char *[]){value, axes, NULL},
                  (const char *[]){result, NULL});
  return result;
}

/* Of operators that take two: one after the other. */
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  static const char *const NAMES[][2] = {{"add", "Add"},      {"subtract", "Sub"},
                                         {"multiply", "Mul"}, {"average", "Mean"},
                                         {"maximum", "Max"},  {"minimum", "Min"}};
  const gboolean all = g_str_equal(self->klass->name, "average");
  const char *read[LAYER_MAX_INPUTS + 1] = {NULL}, *result = NULL, *name = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS(NAMES); i++)
    if (g_str_equal(self->klass->name, NAMES[i][0]))
      name = NAMES[i][1];
  for (int i = 0; i < self->n_from; i++)
    read[i] = align(onnx, values[i], &self->input[i], self->output.rank);
  for (int i = 1; i < (all ? 2 : self->n_from); i++) {
    const char *both[] = {i > 1 ? result : read[0], read[i], NULL};
    result = onnx_graph_unique(onnx, name);
    onnx_graph_node(onnx, name, result, all ? read : both, (const char *[]){result, NULL});
  }
  return result;
}
#define TO_ONNX .to_onnx = to_onnx,
#else
#define TO_ONNX
#endif

#define MERGE(id, title, most)                                                                     \
  extern const LayerClass layer_##id;                                                              \
  const LayerClass layer_##id = {.name = #id,                                                      \
                                 .keras = title,                                                   \
                                 .arguments = ARGUMENTS,                                           \
                                 .inputs = 2,                                                      \
                                 .inputs_most = most,                                              \
                                 .passes_mask = TRUE,                                              \
                                 .build = build,                                                   \
                                 TO_ONNX};
MERGE(add, "Add", LAYER_MAX_INPUTS)
MERGE(subtract, "Subtract", 2)
MERGE(multiply, "Multiply", LAYER_MAX_INPUTS)
MERGE(average, "Average", LAYER_MAX_INPUTS)
MERGE(maximum, "Maximum", LAYER_MAX_INPUTS)
MERGE(minimum, "Minimum", LAYER_MAX_INPUTS)
