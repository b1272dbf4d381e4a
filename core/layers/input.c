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

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const gboolean tokens = g_str_equal(layer_choice(self, "dtype"), "int32");

  return graph_input(builder->graph, self->name, tokens ? TENSOR_INT : TENSOR_FLOAT,
                     layer_shape(self, "shape"));
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
