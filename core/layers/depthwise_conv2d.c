/* Keras's DepthwiseConv2D: each channel has kernels of its own, `depth_multiplier` of them. It is a
 * convolution in as many groups as there are channels. */
#include "core/layers/layer.h"
#include "core/layers/window.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "kernel_size",
     .kind = ARGUMENT_PAIR,
     .minimum = 1,
     .maximum = 1024,
     .positional = TRUE},
    {.name = "strides", .kind = ARGUMENT_PAIR, .initial = "1", .minimum = 1, .maximum = 1024},
    ARGUMENT_PADDING,
    {.name = "depth_multiplier",
     .kind = ARGUMENT_INTEGER,
     .initial = "1",
     .minimum = 1,
     .maximum = 1024},
    {.name = "dilation_rate", .kind = ARGUMENT_PAIR, .initial = "1", .minimum = 1, .maximum = 1024},
    ARGUMENT_ACTIVATION,
    ARGUMENT_USE_BIAS,
    {.name = "depthwise_initializer", .kind = ARGUMENT_INITIALIZER, .initial = "glorot_uniform"},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const Shape *x = &inputs[0]->shape, *window = layer_shape(self, "kernel_size");
  const Shape *strides = layer_shape(self, "strides"),
              *dilation = layer_shape(self, "dilation_rate");
  const int channels = x->dim[x->rank - 1], each = (int)layer_number(self, "depth_multiplier");
  const WindowAttrs attrs = {.stride = {strides->dim[0], strides->dim[1]},
                             .dilation = {dilation->dim[0], dilation->dim[1]},
                             .groups = channels,
                             .same = layer_is_same(self)};
  g_autofree char *name = layer_before_activation(self);
  Tensor *operands[3] = {inputs[0]};

  operands[1] = layer_parameter_as(self, builder, "kernel",
                                   &SHAPE(window->dim[0], window->dim[1], channels, each),
                                   layer_text(self, "depthwise_initializer"),
                                   &SHAPE(window->dim[0], window->dim[1], 1, channels * each));
  if (layer_number(self, "use_bias") != 0)
    operands[2] = layer_parameter(self, builder, "bias", &SHAPE(channels * each), "zeros");
  Tensor *y = graph_apply(builder->graph, &op_conv2d, name, &attrs, operands,
                          operands[2] != NULL ? 3 : 2, error);
  return y != NULL ? layer_activate(self, builder, y, error) : NULL;
}

const LayerClass layer_depthwise_conv2d = {
    .name = "depthwise_conv2d",
    .keras = "DepthwiseConv2D",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .build = build,
};
