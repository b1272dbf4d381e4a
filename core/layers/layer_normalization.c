/* Keras's LayerNormalization over the last axis. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "epsilon",
     .kind = ARGUMENT_REAL,
     .initial = "0.001",
     .minimum = 1e-12,
     .maximum = 1,
     .positional = TRUE},
    {.name = "center", .kind = ARGUMENT_BOOLEAN, .initial = "true"},
    {.name = "scale", .kind = ARGUMENT_BOOLEAN, .initial = "true"},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const Shape *x = &inputs[0]->shape, shape = SHAPE(x->dim[x->rank - 1]);
  const NormAttrs attrs = {layer_number(self, "epsilon")};
  Tensor *operands[3] = {inputs[0]};

  if (layer_number(self, "scale") != 0)
    operands[1] = layer_parameter(self, builder, "gamma", &shape, "ones");
  if (layer_number(self, "center") != 0)
    operands[2] = layer_parameter(self, builder, "beta", &shape, "zeros");
  return graph_apply(builder->graph, &op_layer_norm, self->name, &attrs, operands, 3, error);
}

#ifndef REAL_DOUBLE
/* ONNX always has a scale. */
static const char *scale_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx) {
  const char *gamma = layer_parameter_onnx(self, parameters, onnx, "gamma");
  const int n = self->output.dim[self->output.rank - 1];

  if (gamma != NULL)
    return gamma;
  g_autofree float *ones = g_new(float, n);
  for (int i = 0; i < n; i++)
    ones[i] = 1;
  gamma = onnx_graph_unique(onnx, "ones");
  onnx_graph_floats(onnx, gamma, &SHAPE(n), ones);
  return gamma;
}

static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *gamma = scale_onnx(self, parameters, onnx);
  const char *beta = layer_parameter_onnx(self, parameters, onnx, "beta");
  const char *result = onnx_graph_unique(onnx, self->name);
  OnnxNode *node = onnx_graph_node(onnx, "LayerNormalization", result,
                                   (const char *[]){values[0], gamma, beta, NULL},
                                   (const char *[]){result, NULL});

  onnx_node_float(node, "epsilon", (float)layer_number(self, "epsilon"));
  return result;
}
#endif

const LayerClass layer_layer_normalization = {
    .name = "layer_normalization",
    .keras = "LayerNormalization",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .passes_mask = TRUE,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
