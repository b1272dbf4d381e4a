/* Keras's Add: the sum of two layers, from=a,b. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {{NULL}};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  return graph_apply(builder->graph, &op_add, self->name, NULL, inputs, 2, error);
}

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *result = onnx_graph_unique(onnx, "Add");

  onnx_graph_node(onnx, "Add", result, (const char *[]){values[0], values[1], NULL},
                  (const char *[]){result, NULL});
  return result;
}
#endif

const LayerClass layer_add = {
    .name = "add",
    .keras = "Add",
    .arguments = ARGUMENTS,
    .inputs = 2,
    .passes_mask = TRUE,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
