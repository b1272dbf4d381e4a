/* Keras's Conv2D, images NHWC. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/layers/window.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "filters",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1 << 16,
     .positional = TRUE},
    {.name = "kernel_size",
     .kind = ARGUMENT_PAIR,
     .minimum = 1,
     .maximum = 1024,
     .positional = TRUE},
    {.name = "strides", .kind = ARGUMENT_PAIR, .initial = "1", .minimum = 1, .maximum = 1024},
    ARGUMENT_PADDING,
    {.name = "dilation_rate", .kind = ARGUMENT_PAIR, .initial = "1", .minimum = 1, .maximum = 1024},
    {.name = "groups", .kind = ARGUMENT_INTEGER, .initial = "1", .minimum = 1, .maximum = 1 << 16},
    ARGUMENT_ACTIVATION,
    ARGUMENT_USE_BIAS,
    ARGUMENT_KERNEL_INITIALIZER,
    {NULL},
};

static WindowAttrs attrs_of(const Layer *self) {
  const Shape *strides = layer_shape(self, "strides"),
              *dilation = layer_shape(self, "dilation_rate");

  return (WindowAttrs){.stride = {strides->dim[0], strides->dim[1]},
                       .dilation = {dilation->dim[0], dilation->dim[1]},
                       .groups = (int)layer_number(self, "groups"),
                       .same = layer_is_same(self)};
}

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const Shape *x = &inputs[0]->shape, *window = layer_shape(self, "kernel_size");
  const WindowAttrs attrs = attrs_of(self);
  const int filters = (int)layer_number(self, "filters");
  const int channels = MAX(1, x->dim[x->rank - 1] / attrs.groups);
  const gboolean bias = layer_number(self, "use_bias") != 0;
  g_autofree char *name = layer_before_activation(self);
  Tensor *operands[3] = {inputs[0]};

  operands[1] = layer_parameter(self, builder, "kernel",
                                &SHAPE(window->dim[0], window->dim[1], channels, filters),
                                layer_text(self, "kernel_initializer"));
  if (bias)
    operands[2] = layer_parameter(self, builder, "bias", &SHAPE(filters), "zeros");
  Tensor *y = graph_apply(builder->graph, &op_conv2d, name, &attrs, operands, bias ? 3 : 2, error);
  return y != NULL ? layer_activate(self, builder, y, error) : NULL;
}

#ifndef REAL_DOUBLE
/* ONNX wants [out, in / groups, height, width], Keras has [height, width, in / groups, out]. */
static const char *kernel_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx) {
  g_autofree char *name = g_strdup_printf("%s.kernel", self->name);
  const Parameter *item = parameters_get(parameters, (guint)parameters_find(parameters, name));
  const Shape *from = &item->shape;
  const Shape to = SHAPE(from->dim[3], from->dim[2], from->dim[0], from->dim[1]);
  g_autofree float *values = g_new(float, shape_size(from));
  const char *unique = onnx_graph_unique(onnx, name);

  for (gsize i = 0; i < shape_size(from); i++) {
    int at[4];
    shape_unravel(from, i, at);
    values[shape_offset(&to, (int[]){at[3], at[2], at[0], at[1]})] =
        parameters->value[item->offset + i];
  }
  onnx_graph_floats(onnx, unique, &to, values);
  return unique;
}

static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *x = layer_transpose_onnx(onnx, values[0], TRUE);
  const char *kernel = kernel_onnx(self, parameters, onnx);
  const char *bias = layer_parameter_onnx(self, parameters, onnx, "bias");
  const char *result = onnx_graph_unique(onnx, "Conv"),
             *activation = layer_choice(self, "activation");
  OnnxNode *node = onnx_graph_node(onnx, "Conv", result, (const char *[]){x, kernel, bias, NULL},
                                   (const char *[]){result, NULL});

  layer_window_onnx(self, node, layer_shape(self, "kernel_size"), layer_shape(self, "strides"),
                    layer_shape(self, "dilation_rate"));
  onnx_node_int(node, "group", (gint64)layer_number(self, "groups"));
  return layer_activation_onnx(onnx, activation, activation_parameter(activation),
                               layer_transpose_onnx(onnx, result, FALSE));
}
#endif

const LayerClass layer_conv2d = {
    .name = "conv2d",
    .keras = "Conv2D",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
