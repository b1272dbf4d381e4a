/* Keras's Rescaling, scale·x + offset, and Normalization, (x - mean) / √variance, of numbers that
 * are given. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

#include <math.h>

#define EPSILON 1e-7 /* what √variance is at least, as in Keras */

static const LayerArgument RESCALING_ARGUMENTS[] = {
    {.name = "scale", .kind = ARGUMENT_REAL, .positional = TRUE},
    {.name = "offset", .kind = ARGUMENT_REAL, .initial = "0", .positional = TRUE},
    {NULL},
};

static const LayerArgument NORMALIZATION_ARGUMENTS[] = {
    {.name = "mean", .kind = ARGUMENT_REAL},
    {.name = "variance", .kind = ARGUMENT_REAL, .minimum = 0, .maximum = 1e30},
    {.name = "invert", .kind = ARGUMENT_BOOLEAN, .initial = "false"},
    {NULL},
};

static RescaleAttrs rescaling_of(const Layer *self) {
  return (RescaleAttrs){layer_number(self, "scale"), layer_number(self, "offset")};
}

static RescaleAttrs normalization_of(const Layer *self) {
  const double mean = layer_number(self, "mean");
  const double deviation = fmax(sqrt(layer_number(self, "variance")), EPSILON);

  if (layer_number(self, "invert") != 0)
    return (RescaleAttrs){deviation, mean};
  return (RescaleAttrs){1 / deviation, -mean / deviation};
}

#ifndef REAL_DOUBLE
static const char *pair(gpointer onnx, const char *op, const char *value, double number) {
  const char *name = onnx_graph_unique(onnx, "constant"), *result = onnx_graph_unique(onnx, op);
  const float constant = (float)number;

  onnx_graph_floats(onnx, name, &(Shape){0}, &constant);
  onnx_graph_node(onnx, op, result, (const char *[]){value, name, NULL},
                  (const char *[]){result, NULL});
  return result;
}
#define TO_ONNX(function) .to_onnx = function,
#else
#define TO_ONNX(function)
#endif

#define RESCALES(id, title, list)                                                                  \
  static Tensor *build_##id(const Layer *self, LayerBuilder *builder, Tensor *const *inputs,       \
                            int n, GError **error) {                                               \
    const RescaleAttrs attrs = id##_of(self);                                                      \
    return graph_apply(builder->graph, &op_rescale, self->name, &attrs, inputs, 1, error);         \
  }                                                                                                \
  TO_ONNX_FUNCTION(id)                                                                             \
  const LayerClass layer_##id = {.name = #id,                                                      \
                                 .keras = title,                                                   \
                                 .arguments = list,                                                \
                                 .inputs = 1,                                                      \
                                 .passes_mask = TRUE,                                              \
                                 .build = build_##id,                                              \
                                 TO_ONNX(onnx_##id)};
#ifndef REAL_DOUBLE
#define TO_ONNX_FUNCTION(id)                                                                       \
  static const char *onnx_##id(const Layer *self, const ParameterSet *parameters, gpointer onnx,   \
                               const char *const *values) {                                        \
    const RescaleAttrs attrs = id##_of(self);                                                      \
    return pair(onnx, "Add", pair(onnx, "Mul", values[0], attrs.scale), attrs.offset);             \
  }
#else
#define TO_ONNX_FUNCTION(id)
#endif

RESCALES(rescaling, "Rescaling", RESCALING_ARGUMENTS)
RESCALES(normalization, "Normalization", NORMALIZATION_ARGUMENTS)
