/* Keras's layers with windows over sequences: Conv1D, MaxPooling1D, AveragePooling1D. A sequence is
 * an image of one row, its kernels are of height 1. */
#include "core/layers/layer.h"
#include "core/layers/window.h"

static const char *const PADDINGS1D[] = {"valid", "same", "causal", NULL};

static const LayerArgument CONV_ARGUMENTS[] = {
    {.name = "filters",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1 << 16,
     .positional = TRUE},
    {.name = "kernel_size",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1024,
     .positional = TRUE},
    {.name = "strides", .kind = ARGUMENT_INTEGER, .initial = "1", .minimum = 1, .maximum = 1024},
    {.name = "padding", .kind = ARGUMENT_CHOICE, .initial = "valid", .choices = PADDINGS1D},
    {.name = "dilation_rate",
     .kind = ARGUMENT_INTEGER,
     .initial = "1",
     .minimum = 1,
     .maximum = 1024},
    {.name = "groups", .kind = ARGUMENT_INTEGER, .initial = "1", .minimum = 1, .maximum = 1 << 16},
    ARGUMENT_ACTIVATION,
    ARGUMENT_USE_BIAS,
    ARGUMENT_KERNEL_INITIALIZER,
    {NULL},
};

static const LayerArgument POOL_ARGUMENTS1D[] = {
    {.name = "pool_size",
     .kind = ARGUMENT_INTEGER,
     .initial = "2",
     .minimum = 1,
     .maximum = 1024,
     .positional = TRUE},
    {.name = "strides", .kind = ARGUMENT_INTEGER, .initial = "0", .minimum = 0, .maximum = 1024},
    ARGUMENT_PADDING,
    {NULL},
};

/* An op of the layer: NAME.suffix. */
static Tensor *apply(const Layer *self, LayerBuilder *builder, const char *suffix, const Op *op,
                     const void *attrs, Tensor *x, GError **error) {
  g_autofree char *name = g_strconcat(self->name, suffix, NULL);

  return graph_apply(builder->graph, op, name, attrs, &x, 1, error);
}

/* The image of a sequence (B, T, C): (B, 1, T, C). */
static Tensor *to_image(const Layer *self, LayerBuilder *builder, Tensor *x, GError **error) {
  const ReshapeAttrs image = {SHAPE(1, -1, x->shape.dim[x->shape.rank - 1])};

  if (x->shape.rank == 3)
    return apply(self, builder, ".image", &op_reshape, &image, x, error);
  g_autofree char *text = shape_to_string(&x->shape);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "%s: needs a sequence of vectors; the input is %s, batch first", self->name, text);
  return NULL;
}

static Tensor *to_sequence(const Layer *self, LayerBuilder *builder, const char *name, Tensor *y,
                           GError **error) {
  const ReshapeAttrs sequence = {SHAPE(-1, y->shape.dim[3])};

  return graph_apply(builder->graph, &op_reshape, name, &sequence, &y, 1, error);
}

/* With padding "causal" a step sees only those before it: all the zeros stand at the beginning. */
static Tensor *pad(const Layer *self, LayerBuilder *builder, Tensor *x, int dilation,
                   GError **error) {
  const PadAttrs attrs = {.before = {0, ((int)layer_number(self, "kernel_size") - 1) * dilation}};

  if (x == NULL || !g_str_equal(layer_choice(self, "padding"), "causal"))
    return x;
  return apply(self, builder, ".padded", &op_pad, &attrs, x, error);
}

static Tensor *convolve(const Layer *self, LayerBuilder *builder, Tensor *x, int dilation,
                        GError **error) {
  const int size = (int)layer_number(self, "kernel_size");
  const int filters = (int)layer_number(self, "filters");
  const WindowAttrs attrs = {.stride = {1, (int)layer_number(self, "strides")},
                             .dilation = {1, dilation},
                             .groups = (int)layer_number(self, "groups"),
                             .same = layer_is_same(self)};
  const int channels = MAX(1, x->shape.dim[3] / attrs.groups);
  Tensor *operands[3] = {x};
  g_autofree char *name = g_strconcat(self->name, ".convolution", NULL);

  operands[1] = layer_parameter_as(self, builder, "kernel", &SHAPE(size, channels, filters),
                                   layer_text(self, "kernel_initializer"),
                                   &SHAPE(1, size, channels, filters));
  if (layer_number(self, "use_bias") != 0)
    operands[2] = layer_parameter(self, builder, "bias", &SHAPE(filters), "zeros");
  return graph_apply(builder->graph, &op_conv2d, name, &attrs, operands,
                     operands[2] != NULL ? 3 : 2, error);
}

static Tensor *build_conv(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                          GError **error) {
  const int dilation = (int)layer_number(self, "dilation_rate");
  g_autofree char *name = layer_before_activation(self);
  Tensor *y = pad(self, builder, to_image(self, builder, inputs[0], error), dilation, error);

  if (y != NULL)
    y = convolve(self, builder, y, dilation, error);
  if (y != NULL)
    y = to_sequence(self, builder, name, y, error);
  return y != NULL ? layer_activate(self, builder, y, error) : NULL;
}

static Tensor *build_pool(const Layer *self, LayerBuilder *builder, const Op *op, Tensor *x,
                          GError **error) {
  const int size = (int)layer_number(self, "pool_size");
  const int strides = (int)layer_number(self, "strides");
  const WindowAttrs attrs = {
      .size = {1, size}, .stride = {1, strides > 0 ? strides : size}, .same = layer_is_same(self)};
  Tensor *y = to_image(self, builder, x, error);

  if (y != NULL)
    y = apply(self, builder, ".pooled", op, &attrs, y, error);
  return y != NULL ? to_sequence(self, builder, self->name, y, error) : NULL;
}

static Tensor *build_max(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                         GError **error) {
  return build_pool(self, builder, &op_max_pool2d, inputs[0], error);
}

static Tensor *build_average(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                             GError **error) {
  return build_pool(self, builder, &op_average_pool2d, inputs[0], error);
}

const LayerClass layer_conv1d = {
    .name = "conv1d",
    .keras = "Conv1D",
    .arguments = CONV_ARGUMENTS,
    .inputs = 1,
    .build = build_conv,
};

const LayerClass layer_max_pooling1d = {
    .name = "max_pooling1d",
    .keras = "MaxPooling1D",
    .arguments = POOL_ARGUMENTS1D,
    .inputs = 1,
    .build = build_max,
};

const LayerClass layer_average_pooling1d = {
    .name = "average_pooling1d",
    .keras = "AveragePooling1D",
    .arguments = POOL_ARGUMENTS1D,
    .inputs = 1,
    .build = build_average,
};
