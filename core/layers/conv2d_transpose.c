/* Keras's Conv2DTranspose, images NHWC. */
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
    {.name = "output_padding", .kind = ARGUMENT_PAIR, .initial = "", .minimum = 0, .maximum = 1023},
    ARGUMENT_ACTIVATION,
    ARGUMENT_USE_BIAS,
    ARGUMENT_KERNEL_INITIALIZER,
    {NULL},
};

static TransposedAttrs attrs_of(const Layer *self) {
  const Shape *strides = layer_shape(self, "strides"), *more = layer_shape(self, "output_padding");
  const gboolean padded = more->rank > 0;

  return (TransposedAttrs){
      .stride = {strides->dim[0], strides->dim[1]},
      .same = layer_is_same(self),
      .padded = padded,
      .output_padding = {padded ? more->dim[0] : 0, padded ? more->dim[1] : 0}};
}

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const Shape *x = &inputs[0]->shape, *window = layer_shape(self, "kernel_size");
  const TransposedAttrs attrs = attrs_of(self);
  const int filters = (int)layer_number(self, "filters");
  const gboolean bias = layer_number(self, "use_bias") != 0;
  g_autofree char *name = layer_before_activation(self);
  Tensor *operands[3] = {inputs[0]};

  operands[1] = layer_parameter(
      self, builder, "kernel", &SHAPE(window->dim[0], window->dim[1], filters, x->dim[x->rank - 1]),
      layer_text(self, "kernel_initializer"));
  if (bias)
    operands[2] = layer_parameter(self, builder, "bias", &SHAPE(filters), "zeros");
  Tensor *y = graph_apply(builder->graph, &op_conv2d_transpose, name, &attrs, operands,
                          bias ? 3 : 2, error);
  return y != NULL ? layer_activate(self, builder, y, error) : NULL;
}

#ifndef REAL_DOUBLE
/* ONNX wants [in, out, height, width], Keras has [height, width, out, in]. */
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

/* What is cut off before and after, of what all kernels reach; and what is added after. */
static void pads_onnx(const Layer *self, OnnxNode *node) {
  const Shape *size = layer_shape(self, "kernel_size"), *strides = layer_shape(self, "strides");
  gint64 pads[4], more[2];

  for (int a = 0; a < 2; a++) {
    const int reached = (self->input[0].dim[a] - 1) * strides->dim[a] + size->dim[a];
    const int all = reached - self->output.dim[a];
    const int total = layer_is_same(self) ? MAX(all, 0) : 0;
    pads[a] = total / 2;
    pads[a + 2] = total - total / 2;
    more[a] = MAX(-all, 0);
  }
  onnx_node_ints(node, "pads", 4, pads);
  onnx_node_ints(node, "output_padding", 2, more);
}

static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const Shape *size = layer_shape(self, "kernel_size"), *strides = layer_shape(self, "strides");
  const char *x = layer_transpose_onnx(onnx, values[0], TRUE);
  const char *kernel = kernel_onnx(self, parameters, onnx);
  const char *bias = layer_parameter_onnx(self, parameters, onnx, "bias");
  const char *result = onnx_graph_unique(onnx, "ConvTranspose"),
             *activation = layer_choice(self, "activation");
  OnnxNode *node =
      onnx_graph_node(onnx, "ConvTranspose", result, (const char *[]){x, kernel, bias, NULL},
                      (const char *[]){result, NULL});

  onnx_node_ints(node, "kernel_shape", 2, (const gint64[]){size->dim[0], size->dim[1]});
  onnx_node_ints(node, "strides", 2, (const gint64[]){strides->dim[0], strides->dim[1]});
  pads_onnx(self, node);
  return layer_activation_onnx(onnx, activation, activation_parameter(activation),
                               layer_transpose_onnx(onnx, result, FALSE));
}
#endif

const LayerClass layer_conv2d_transpose = {
    .name = "conv2d_transpose",
    .keras = "Conv2DTranspose",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
