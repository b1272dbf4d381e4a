/* Keras's Activation, and LeakyReLU and ELU with their parameter. */
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ACTIVATION_ARGUMENTS[] = {
    {.name = "activation", .kind = ARGUMENT_CHOICE, .choices = ACTIVATIONS, .positional = TRUE},
    {NULL},
};
static const LayerArgument LEAKY_RELU_ARGUMENTS[] = {
    {.name = "negative_slope",
     .kind = ARGUMENT_REAL,
     .initial = "0.3",
     .minimum = 0,
     .maximum = 1e3,
     .positional = TRUE},
    {NULL},
};
static const LayerArgument ELU_ARGUMENTS[] = {
    {.name = "alpha",
     .kind = ARGUMENT_REAL,
     .initial = "1",
     .minimum = 0,
     .maximum = 1e3,
     .positional = TRUE},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const char *activation = layer_choice(self, "activation");
  const ActivationAttrs attrs = {activation_parameter(activation)};

  return graph_apply(builder->graph, op_find(activation), self->name, &attrs, inputs, 1, error);
}

static Tensor *build_with_parameter(const Layer *self, LayerBuilder *builder, Tensor *const *inputs,
                                    int n, GError **error) {
  const ActivationAttrs attrs = {self->values[0].number};

  return graph_apply(builder->graph, op_find(self->klass->name), self->name, &attrs, inputs, 1,
                     error);
}

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *activation = layer_choice(self, "activation");

  return layer_activation_onnx(onnx, activation, activation_parameter(activation), values[0]);
}

static const char *to_onnx_with_parameter(const Layer *self, const ParameterSet *parameters,
                                          gpointer onnx, const char *const *values) {
  return layer_activation_onnx(onnx, self->klass->name, self->values[0].number, values[0]);
}
#define TO_ONNX(function) .to_onnx = function,
#else
#define TO_ONNX(function)
#endif

const LayerClass layer_activation = {.name = "activation",
                                     .keras = "Activation",
                                     .arguments = ACTIVATION_ARGUMENTS,
                                     .inputs = 1,
                                     .passes_mask = TRUE,
                                     .build = build,
                                     TO_ONNX(to_onnx)};

const LayerClass layer_leaky_relu = {.name = "leaky_relu",
                                     .keras = "LeakyReLU",
                                     .arguments = LEAKY_RELU_ARGUMENTS,
                                     .inputs = 1,
                                     .passes_mask = TRUE,
                                     .build = build_with_parameter,
                                     TO_ONNX(to_onnx_with_parameter)};

const LayerClass layer_elu = {.name = "elu",
                              .keras = "ELU",
                              .arguments = ELU_ARGUMENTS,
                              .inputs = 1,
                              .passes_mask = TRUE,
                              .build = build_with_parameter,
                              TO_ONNX(to_onnx_with_parameter)};
