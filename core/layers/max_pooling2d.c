#include "core/layers/window.h"

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  return layer_build_pool(self, builder, &op_max_pool2d, inputs[0], error);
}

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  return layer_pool_onnx(self, onnx, "MaxPool", values[0]);
}
#endif

const LayerClass layer_max_pooling2d = {
    .name = "max_pooling2d",
    .keras = "MaxPooling2D",
    .arguments = POOL_ARGUMENTS,
    .inputs = 1,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
