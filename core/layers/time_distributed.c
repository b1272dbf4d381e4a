/* Keras's TimeDistributed: a layer applied to each step of a sequence alike.
 *
 *   time_distributed dense 10 activation=softmax
 *
 * Dense does that by itself: a line copied from Keras means the same here. */
#include "core/layers/dense.h"

static const char *const LAYER_CHOICES[] = {"dense", NULL};

static const LayerArgument ARGUMENTS[] = {
    {.name = "layer", .kind = ARGUMENT_CHOICE, .choices = LAYER_CHOICES, .positional = TRUE},
    DENSE_ARGUMENTS,
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  g_autofree char *shape = shape_to_string(&inputs[0]->shape);

  if (inputs[0]->shape.rank >= 3)
    return layer_dense.build(self, builder, inputs, n, error);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "%s: needs a sequence of vectors (a layer before it may need "
              "return_sequences=true); the input is %s, batch first",
              self->name, shape);
  return NULL;
}

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  return layer_dense.to_onnx(self, parameters, onnx, values);
}
#endif

const LayerClass layer_time_distributed = {
    .name = "time_distributed",
    .keras = "TimeDistributed",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .passes_mask = TRUE,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
