/* Keras's Flatten and Reshape: the same numbers in another shape. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument NO_ARGUMENTS[] = {{NULL}};
static const LayerArgument RESHAPE_ARGUMENTS[] = {
    {.name = "target_shape",
     .kind = ARGUMENT_SHAPE,
     .minimum = -1,
     .maximum = 1 << 20,
     .positional = TRUE},
    {NULL},
};

static Tensor *build_flatten(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                             GError **error) {
  const ReshapeAttrs attrs = {SHAPE((int)tensor_row_size(inputs[0]))};

  return graph_apply(builder->graph, &op_reshape, self->name, &attrs, inputs, 1, error);
}

static Tensor *build_reshape(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                             GError **error) {
  const ReshapeAttrs attrs = {*layer_shape(self, "target_shape")};
  int open = 0, empty = 0;

  for (int a = 0; a < attrs.row.rank; a++) {
    open += attrs.row.dim[a] < 0;
    empty += attrs.row.dim[a] == 0;
  }
  if (open > 1 || empty > 0) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "%s: target_shape takes sizes from 1 on, and -1 once for what is left", self->name);
    return NULL;
  }
  return graph_apply(builder->graph, &op_reshape, self->name, &attrs, inputs, 1, error);
}

#ifndef REAL_DOUBLE
/* The batch dimension is kept: 0 in ONNX's Reshape. */
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *result = onnx_graph_unique(onnx, "Reshape"), *to = onnx_graph_unique(onnx, "shape");
  gint64 shape[TENSOR_MAX_RANK] = {0};

  for (int i = 0; i < self->output.rank; i++)
    shape[i + 1] = self->output.dim[i];
  onnx_graph_int64s(onnx, to, self->output.rank + 1, shape);
  onnx_graph_node(onnx, "Reshape", result, (const char *[]){values[0], to, NULL},
                  (const char *[]){result, NULL});
  return result;
}
#endif

const LayerClass layer_flatten = {
    .name = "flatten",
    .keras = "Flatten",
    .arguments = NO_ARGUMENTS,
    .inputs = 1,
    .build = build_flatten,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};

const LayerClass layer_reshape = {
    .name = "reshape",
    .keras = "Reshape",
    .arguments = RESHAPE_ARGUMENTS,
    .inputs = 1,
    .build = build_reshape,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
