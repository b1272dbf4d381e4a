/* Keras's BatchNormalization over the last axis. With trainable=false it takes the moving moments
 * even while the rest of the model learns. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

#include <math.h>

static const LayerArgument ARGUMENTS[] = {
    {.name = "momentum", .kind = ARGUMENT_REAL, .initial = "0.99", .minimum = 0, .maximum = 1},
    {.name = "epsilon", .kind = ARGUMENT_REAL, .initial = "0.001", .minimum = 1e-12, .maximum = 1},
    {.name = "center", .kind = ARGUMENT_BOOLEAN, .initial = "true"},
    {.name = "scale", .kind = ARGUMENT_BOOLEAN, .initial = "true"},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const Shape *x = &inputs[0]->shape, shape = SHAPE(x->dim[x->rank - 1]);
  const BatchNormAttrs attrs = {.epsilon = layer_number(self, "epsilon"),
                                .momentum = layer_number(self, "momentum"),
                                .inference = !self->trainable,
                                .frozen = builder->frozen};
  Tensor *operands[5] = {inputs[0]};

  if (layer_number(self, "scale") != 0)
    operands[1] = layer_parameter(self, builder, "gamma", &shape, "ones");
  if (layer_number(self, "center") != 0)
    operands[2] = layer_parameter(self, builder, "beta", &shape, "zeros");
  operands[3] = layer_statistic(self, builder, "moving_mean", &shape, "zeros");
  operands[4] = layer_statistic(self, builder, "moving_variance", &shape, "ones");
  return graph_apply(builder->graph, &op_batch_norm, self->name, &attrs, operands, 5, error);
}

#ifndef REAL_DOUBLE
static const real *values_of(const Layer *self, const ParameterSet *parameters,
                             const char *suffix) {
  g_autofree char *name = g_strconcat(self->name, ".", suffix, NULL);
  const int index = parameters_find(parameters, name);

  return index >= 0 ? parameters->value + parameters_get(parameters, (guint)index)->offset : NULL;
}

static const char *constant(gpointer onnx, const char *stem, const float *values, int n) {
  const char *name = onnx_graph_unique(onnx, stem);

  onnx_graph_floats(onnx, name, &SHAPE(n), values);
  return name;
}

static const char *apply(gpointer onnx, const char *op, const char *name, const char *a,
                         const char *b) {
  const char *result = onnx_graph_unique(onnx, name);

  onnx_graph_node(onnx, op, result, (const char *[]){a, b, NULL}, (const char *[]){result, NULL});
  return result;
}

/* A model that is used scales and shifts each channel: y = x·a + b. */
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const int n = self->output.dim[self->output.rank - 1];
  const real *gamma = values_of(self, parameters, "gamma");
  const real *beta = values_of(self, parameters, "beta");
  const real *mean = values_of(self, parameters, "moving_mean");
  const real *variance = values_of(self, parameters, "moving_variance");
  g_autofree float *a = g_new(float, n), *b = g_new(float, n);

  for (int c = 0; c < n; c++) {
    const double scale = 1 / sqrt((double)variance[c] + layer_number(self, "epsilon"));
    a[c] = (float)(gamma != NULL ? (double)gamma[c] * scale : scale);
    b[c] = (float)((beta != NULL ? (double)beta[c] : 0) - (double)mean[c] * (double)a[c]);
  }
  const char *scaled =
      apply(onnx, "Mul", "scaled", values[0], constant(onnx, "batch_norm_scale", a, n));
  return apply(onnx, "Add", self->name, scaled, constant(onnx, "batch_norm_shift", b, n));
}
#endif

const LayerClass layer_batch_normalization = {
    .name = "batch_normalization",
    .keras = "BatchNormalization",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .passes_mask = TRUE,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
