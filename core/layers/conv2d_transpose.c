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

const LayerClass layer_conv2d_transpose = {
    .name = "conv2d_transpose",
    .keras = "Conv2DTranspose",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .build = build,
};
