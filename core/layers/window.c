#include "core/layers/window.h"

const char *const PADDINGS[] = {"valid", "same", NULL};

const LayerArgument POOL_ARGUMENTS[] = {
    {.name = "pool_size",
     .kind = ARGUMENT_PAIR,
     .initial = "2",
     .minimum = 1,
     .maximum = 1024,
     .positional = TRUE},
    {.name = "strides", .kind = ARGUMENT_PAIR, .initial = "", .minimum = 1, .maximum = 1024},
    ARGUMENT_PADDING,
    {NULL},
};

gboolean layer_is_same(const Layer *self) {
  return g_str_equal(layer_choice(self, "padding"), "same");
}

/* strides left out (an empty shape) means: as the window. */
static const Shape *pool_strides(const Layer *self) {
  const Shape *strides = layer_shape(self, "strides");

  return strides->rank > 0 ? strides : layer_shape(self, "pool_size");
}

WindowAttrs layer_pool_attrs(const Layer *self) {
  const Shape *size = layer_shape(self, "pool_size"), *strides = pool_strides(self);

  return (WindowAttrs){.size = {size->dim[0], size->dim[1]},
                       .stride = {strides->dim[0], strides->dim[1]},
                       .same = layer_is_same(self)};
}

Tensor *layer_build_pool(const Layer *self, LayerBuilder *builder, const Op *op, Tensor *input,
                         GError **error) {
  const WindowAttrs attrs = layer_pool_attrs(self);

  return graph_apply(builder->graph, op, self->name, &attrs, &input, 1, error);
}

#ifndef REAL_DOUBLE
void layer_window_onnx(const Layer *self, OnnxNode *node, const Shape *size, const Shape *strides,
                       const Shape *dilations) {
  onnx_node_ints(node, "kernel_shape", 2, (const gint64[]){size->dim[0], size->dim[1]});
  onnx_node_ints(node, "strides", 2, (const gint64[]){strides->dim[0], strides->dim[1]});
  if (dilations != NULL)
    onnx_node_ints(node, "dilations", 2, (const gint64[]){dilations->dim[0], dilations->dim[1]});
  onnx_node_string(node, "auto_pad", layer_is_same(self) ? "SAME_UPPER" : "VALID");
}

const char *layer_pool_onnx(const Layer *self, OnnxGraph *onnx, const char *op, const char *value) {
  const char *x = layer_transpose_onnx(onnx, value, TRUE), *result = onnx_graph_unique(onnx, op);
  OnnxNode *node =
      onnx_graph_node(onnx, op, result, (const char *[]){x, NULL}, (const char *[]){result, NULL});

  layer_window_onnx(self, node, layer_shape(self, "pool_size"), pool_strides(self), NULL);
  return layer_transpose_onnx(onnx, result, FALSE);
}
#endif
