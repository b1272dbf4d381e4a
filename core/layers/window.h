/* What layers with sliding windows share. */
#pragma once

#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

extern const char *const PADDINGS[];
#define ARGUMENT_PADDING                                                                           \
  { .name = "padding", .kind = ARGUMENT_CHOICE, .initial = "valid", .choices = PADDINGS }

gboolean layer_is_same(const Layer *self);

/* Pooling: size and strides from the arguments pool_size and strides, which is pool_size unless
 * given. */
WindowAttrs layer_pool_attrs(const Layer *self);
extern const LayerArgument POOL_ARGUMENTS[];
/* Builds a pooling op. */
Tensor *layer_build_pool(const Layer *self, LayerBuilder *builder, const Op *op, Tensor *input,
                         GError **error);
const char *layer_pool_onnx(const Layer *self, OnnxGraph *onnx, const char *op, const char *value);

/* kernel_shape, strides, dilations and padding of an ONNX node. SAME_UPPER is Keras's "same". */
void layer_window_onnx(const Layer *self, OnnxNode *node, const Shape *size, const Shape *strides,
                       const Shape *dilations);
