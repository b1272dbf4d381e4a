/* Keras's GlobalAveragePooling and GlobalMaxPooling: what is left of a sequence or an image is one
 * number for each channel. The average of a sequence leaves padding out. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

#include <math.h>

static const LayerArgument ARGUMENTS[] = {
    {.name = "keepdims", .kind = ARGUMENT_BOOLEAN, .initial = "false"},
    {NULL},
};

static gboolean check(const Layer *self, const Tensor *x, int axes, GError **error) {
  if (x->shape.rank == axes + 2)
    return TRUE;
  g_autofree char *text = shape_to_string(&x->shape);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE, "%s: needs %s; the input is %s, batch first",
              self->name, axes == 1 ? "a sequence of vectors" : "images with channels", text);
  return FALSE;
}

static ReduceAttrs reduce_attrs(const Layer *self, int axes) {
  return (ReduceAttrs){.axis = {TRUE, axes > 1}, .keepdims = layer_number(self, "keepdims") != 0};
}

static Tensor *pool(const Layer *self, LayerBuilder *builder, const Op *op, int axes, Tensor *x,
                    GError **error) {
  const ReduceAttrs attrs = reduce_attrs(self, axes);

  if (!check(self, x, axes, error))
    return NULL;
  return graph_apply(builder->graph, op, self->name, &attrs, &x, 1, error);
}

/* An op of the layer: NAME.suffix, or NAME. */
static Tensor *apply(const Layer *self, LayerBuilder *builder, const char *suffix, const Op *op,
                     const void *attrs, Tensor *a, Tensor *b) {
  g_autofree char *name = g_strconcat(self->name, suffix, NULL);

  return graph_apply(builder->graph, op, name, attrs, (Tensor *[]){a, b}, b != NULL ? 2 : 1, NULL);
}

/* Σ m·x / Σ m; a sequence that is all padding gives zeros. */
static Tensor *masked_mean(const Layer *self, LayerBuilder *builder, Tensor *x) {
  const ReshapeAttrs column = {SHAPE(-1, 1)};
  const ReduceAttrs steps = reduce_attrs(self, 1);
  const ClipAttrs one = {1, INFINITY};
  Tensor *mask = apply(self, builder, ".steps", &op_reshape, &column, x->mask, NULL);
  Tensor *seen = apply(self, builder, ".seen", &op_multiply, NULL, x, mask);
  Tensor *sum = apply(self, builder, ".sum", &op_reduce_sum, &steps, seen, NULL);
  Tensor *count = apply(self, builder, ".count", &op_reduce_sum, &steps, mask, NULL);

  count = apply(self, builder, ".divisor", &op_clip, &one, count, NULL);
  return apply(self, builder, "", &op_divide, NULL, sum, count);
}

static Tensor *build_average1d(const Layer *self, LayerBuilder *builder, Tensor *const *inputs,
                               int n, GError **error) {
  if (inputs[0]->mask == NULL || inputs[0]->shape.rank != 3)
    return pool(self, builder, &op_reduce_mean, 1, inputs[0], error);
  return masked_mean(self, builder, inputs[0]);
}

static Tensor *build_max1d(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                           GError **error) {
  return pool(self, builder, &op_reduce_max, 1, inputs[0], error);
}

static Tensor *build_average2d(const Layer *self, LayerBuilder *builder, Tensor *const *inputs,
                               int n, GError **error) {
  return pool(self, builder, &op_reduce_mean, 2, inputs[0], error);
}

static Tensor *build_max2d(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                           GError **error) {
  return pool(self, builder, &op_reduce_max, 2, inputs[0], error);
}

#ifndef REAL_DOUBLE
static const char *reduce_onnx(const Layer *self, gpointer onnx, const char *op,
                               const char *value) {
  static const gint64 AXES[] = {1, 2};
  const char *result = onnx_graph_unique(onnx, self->name);
  OnnxNode *node = onnx_graph_node(onnx, op, result, (const char *[]){value, NULL},
                                   (const char *[]){result, NULL});

  onnx_node_ints(node, "axes", self->input[0].rank - 1, AXES);
  onnx_node_int(node, "keepdims", layer_number(self, "keepdims") != 0);
  return result;
}

static const char *average_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                                const char *const *values) {
  return reduce_onnx(self, onnx, "ReduceMean", values[0]);
}

static const char *max_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                            const char *const *values) {
  return reduce_onnx(self, onnx, "ReduceMax", values[0]);
}
#define ONNX(func) .to_onnx = func,
#else
#define ONNX(func)
#endif

#define GLOBAL_POOLING(keras_name, kind, axes)                                                     \
  const LayerClass layer_global_##kind##_pooling##axes = {.name =                                  \
                                                              "global_" #kind "_pooling" #axes,    \
                                                          .keras = keras_name,                     \
                                                          .arguments = ARGUMENTS,                  \
                                                          .inputs = 1,                             \
                                                          .build = build_##kind##axes,             \
                                                          ONNX(kind##_onnx)};

GLOBAL_POOLING("GlobalAveragePooling1D", average, 1d)
GLOBAL_POOLING("GlobalMaxPooling1D", max, 1d)
GLOBAL_POOLING("GlobalAveragePooling2D", average, 2d)
GLOBAL_POOLING("GlobalMaxPooling2D", max, 2d)
