#include "core/formats/onnx.h"
#include "core/layers/layer.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "shape", .kind = ARGUMENT_SHAPE, .minimum = 1, .maximum = 1 << 20, .positional = TRUE},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  return graph_input(builder->graph, self->name, TENSOR_FLOAT, layer_shape(self, "shape"));
}

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *name = onnx_graph_unique(onnx, self->name);

  onnx_graph_input(onnx, name, &self->output);
  return name;
}
#endif

const LayerClass layer_input = {
    .name = "input",
    .keras = "Input",
    .arguments = ARGUMENTS,
    .source = TRUE,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
