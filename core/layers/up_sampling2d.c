/* Keras's UpSampling2D with interpolation="nearest". */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "size",
     .kind = ARGUMENT_PAIR,
     .initial = "2",
     .minimum = 1,
     .maximum = 64,
     .positional = TRUE},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const Shape *size = layer_shape(self, "size");
  const UpSamplingAttrs attrs = {{size->dim[0], size->dim[1]}};

  return graph_apply(builder->graph, &op_up_sampling2d, self->name, &attrs, inputs, 1, error);
}

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const Shape *size = layer_shape(self, "size");
  const char *scales = onnx_graph_unique(onnx, "scales"),
             *result = onnx_graph_unique(onnx, self->name);

  onnx_graph_floats(onnx, scales, &SHAPE(4),
                    (const float[]){1, (float)size->dim[0], (float)size->dim[1], 1});
  OnnxNode *node =
      onnx_graph_node(onnx, "Resize", result, (const char *[]){values[0], "", scales, NULL},
                      (const char *[]){result, NULL});
  onnx_node_string(node, "mode", "nearest");
  onnx_node_string(node, "coordinate_transformation_mode", "asymmetric");
  onnx_node_string(node, "nearest_mode", "floor");
  return result;
}
#endif

const LayerClass layer_up_sampling2d = {
    .name = "up_sampling2d",
    .keras = "UpSampling2D",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
