/* Keras's Dense: activation(x·kernel + bias). */
#include "core/layers/dense.h"

#include "core/formats/onnx.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {DENSE_ARGUMENTS, {NULL}};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const Shape *x = &inputs[0]->shape;
  const int units = (int)layer_number(self, "units");
  const gboolean bias = layer_number(self, "use_bias") != 0;
  g_autofree char *name = layer_before_activation(self);
  Tensor *operands[3] = {inputs[0]};

  operands[1] = layer_parameter(self, builder, "kernel", &SHAPE(x->dim[x->rank - 1], units),
                                layer_text(self, "kernel_initializer"));
  if (bias)
    operands[2] = layer_parameter(self, builder, "bias", &SHAPE(units), "zeros");
  Tensor *y = graph_apply(builder->graph, &op_dense, name, NULL, operands, bias ? 3 : 2, error);
  return y != NULL ? layer_activate(self, builder, y, error) : NULL;
}

#ifndef REAL_DOUBLE
static const char *product(gpointer onnx, const char *op, const char *a, const char *b,
                           const char *c) {
  const char *result = onnx_graph_unique(onnx, op);

  onnx_graph_node(onnx, op, result, (const char *[]){a, b, c, NULL},
                  (const char *[]){result, NULL});
  return result;
}

/* Gemm takes matrices only. */
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *kernel = layer_parameter_onnx(self, parameters, onnx, "kernel");
  const char *bias = layer_parameter_onnx(self, parameters, onnx, "bias");
  const char *activation = layer_choice(self, "activation"), *result;

  result = self->output.rank == 1 ? product(onnx, "Gemm", values[0], kernel, bias)
                                  : product(onnx, "MatMul", values[0], kernel, NULL);
  if (self->output.rank > 1 && bias != NULL)
    result = product(onnx, "Add", result, bias, NULL);
  return layer_activation_onnx(onnx, activation, activation_parameter(activation), result);
}
#endif

const LayerClass layer_dense = {
    .name = "dense",
    .keras = "Dense",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .passes_mask = TRUE,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
