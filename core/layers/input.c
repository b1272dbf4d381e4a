/* Keras's Input: numbers, or with dtype=int32 tokens. The first size of a sequence is how long one
 * may be; shorter ones run at their own length. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"

static const char *const TYPES[] = {"float32", "int32", NULL};

static const LayerArgument ARGUMENTS[] = {
    {.name = "shape", .kind = ARGUMENT_SHAPE, .minimum = 1, .maximum = 1 << 20, .positional = TRUE},
    {.name = "dtype", .kind = ARGUMENT_CHOICE, .initial = "float32", .choices = TYPES},
    {NULL},
};

static TensorType type_of(const Layer *self) {
  return g_str_equal(layer_choice(self, "dtype"), "int32") ? TENSOR_INT : TENSOR_FLOAT;
}

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  return graph_input(builder->graph, self->name, type_of(self), layer_shape(self, "shape"));
}

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *name = onnx_graph_unique(onnx, self->name);

  onnx_graph_input(onnx, name, type_of(self), &self->output);
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
