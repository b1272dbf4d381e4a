/* Layers that only move numbers: Keras's Concatenate, Permute, Cropping1D, ZeroPadding1D and
 * RepeatVector, and keras.ops.slice as a layer. Axes are counted with the batch, from 1. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

#define AXES (TENSOR_MAX_RANK - 1) /* of a row */

static gboolean fail(const Layer *self, const char *what, const Tensor *input, GError **error) {
  g_autofree char *shape = shape_to_string(&input->shape);

  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE, "%s: %s; the input is %s (batch first)",
              self->name, what, shape);
  return FALSE;
}

#ifndef REAL_DOUBLE
/* A node of one or more inputs; returns the name of what it makes. */
static const char *apply(gpointer onnx, const char *op, const char *const *read, OnnxNode **node) {
  const char *result = onnx_graph_unique(onnx, op);

  *node = onnx_graph_node(onnx, op, result, read, (const char *[]){result, NULL});
  return result;
}

static const char *int64s(gpointer onnx, const char *stem, int n, const gint64 *values) {
  const char *name = onnx_graph_unique(onnx, stem);

  onnx_graph_int64s(onnx, name, n, values);
  return name;
}
#define TO_ONNX(function) .to_onnx = function,
#else
#define TO_ONNX(function)
#endif

/* --- Concatenate --- */

static const LayerArgument CONCATENATE_ARGUMENTS[] = {
    {.name = "axis", .kind = ARGUMENT_INTEGER, .initial = "-1", .minimum = -AXES, .maximum = AXES},
    {NULL},
};

static Tensor *build_concatenate(const Layer *self, LayerBuilder *builder, Tensor *const *inputs,
                                 int n, GError **error) {
  const ConcatAttrs attrs = {(int)layer_number(self, "axis")};

  return graph_apply(builder->graph, &op_concat, self->name, &attrs, inputs, n, error);
}

#ifndef REAL_DOUBLE
static const char *concatenate_onnx(const Layer *self, const ParameterSet *parameters,
                                    gpointer onnx, const char *const *values) {
  const char *read[LAYER_MAX_INPUTS + 1] = {NULL};
  OnnxNode *node;

  for (int i = 0; i < self->n_from; i++)
    read[i] = values[i];
  const char *result = apply(onnx, "Concat", read, &node);
  onnx_node_int(node, "axis", (gint64)layer_number(self, "axis"));
  return result;
}
#endif

const LayerClass layer_concatenate = {.name = "concatenate",
                                      .keras = "Concatenate",
                                      .arguments = CONCATENATE_ARGUMENTS,
                                      .inputs = 2,
                                      .inputs_most = LAYER_MAX_INPUTS,
                                      .passes_mask = TRUE,
                                      .build = build_concatenate,
                                      TO_ONNX(concatenate_onnx)};

/* --- Permute --- */

static const LayerArgument PERMUTE_ARGUMENTS[] = {
    {.name = "dims", .kind = ARGUMENT_SHAPE, .minimum = 1, .maximum = AXES, .positional = TRUE},
    {NULL},
};

static Tensor *build_permute(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                             GError **error) {
  const Shape *dims = layer_shape(self, "dims");
  TransposeAttrs attrs = {{0}};

  for (int a = 0; a < dims->rank; a++)
    attrs.dims[a] = dims->dim[a];
  return graph_apply(builder->graph, &op_transpose, self->name, &attrs, inputs, 1, error);
}

#ifndef REAL_DOUBLE
static const char *permute_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                                const char *const *values) {
  const Shape *dims = layer_shape(self, "dims");
  gint64 order[TENSOR_MAX_RANK] = {0};
  OnnxNode *node;

  for (int a = 0; a < dims->rank; a++)
    order[a + 1] = dims->dim[a];
  const char *result = apply(onnx, "Transpose", (const char *[]){values[0], NULL}, &node);
  onnx_node_ints(node, "perm", dims->rank + 1, order);
  return result;
}
#endif

const LayerClass layer_permute = {.name = "permute",
                                  .keras = "Permute",
                                  .arguments = PERMUTE_ARGUMENTS,
                                  .inputs = 1,
                                  .build = build_permute,
                                  TO_ONNX(permute_onnx)};

/* --- slices: Cropping1D, and any --- */

static const LayerArgument CROPPING_ARGUMENTS[] = {
    {.name = "cropping",
     .kind = ARGUMENT_PAIR,
     .initial = "1",
     .minimum = 0,
     .maximum = 1 << 20,
     .positional = TRUE},
    {NULL},
};

static gboolean is_sequence(const Layer *self, const Tensor *x, GError **error) {
  return x->shape.rank == 3 || fail(self, "takes sequences of vectors", x, error);
}

static Tensor *build_cropping(const Layer *self, LayerBuilder *builder, Tensor *const *inputs,
                              int n, GError **error) {
  const Shape *cropping = layer_shape(self, "cropping");
  const SliceAttrs attrs = {{cropping->dim[0]}, {-cropping->dim[1]}};

  if (!is_sequence(self, inputs[0], error))
    return NULL;
  return graph_apply(builder->graph, &op_slice, self->name, &attrs, inputs, 1, error);
}

static const LayerArgument SLICE_ARGUMENTS[] = {
    {.name = "start_indices",
     .kind = ARGUMENT_SHAPE,
     .minimum = 0,
     .maximum = 1 << 20,
     .positional = TRUE},
    {.name = "shape",
     .kind = ARGUMENT_SHAPE,
     .minimum = -1,
     .maximum = 1 << 20,
     .positional = TRUE},
    {NULL},
};

/* A size of -1: all that follows. */
static Tensor *build_slice(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                           GError **error) {
  const Shape *start = layer_shape(self, "start_indices"), *size = layer_shape(self, "shape");
  SliceAttrs attrs = {{0}, {0}};

  if (start->rank != inputs[0]->shape.rank - 1 || size->rank != start->rank) {
    fail(self, "start_indices and shape take a number for each axis but the batch", inputs[0],
         error);
    return NULL;
  }
  for (int a = 0; a < start->rank; a++) {
    if (size->dim[a] == 0) {
      fail(self, "shape takes sizes from 1 on, or -1 for all that follows", inputs[0], error);
      return NULL;
    }
    attrs.begin[a] = start->dim[a];
    attrs.end[a] = size->dim[a] < 0 ? 0 : start->dim[a] + size->dim[a];
  }
  return graph_apply(builder->graph, &op_slice, self->name, &attrs, inputs, 1, error);
}

#ifndef REAL_DOUBLE
/* What starts where, of the size of the output. */
static const char *slice_from(const Layer *self, gpointer onnx, const char *value,
                              const gint64 *start) {
  gint64 end[AXES], axes[AXES];
  OnnxNode *node;

  for (int a = 0; a < self->output.rank; a++) {
    end[a] = start[a] + self->output.dim[a];
    axes[a] = a + 1;
  }
  const int n = self->output.rank;
  return apply(onnx, "Slice",
               (const char *[]){value, int64s(onnx, "starts", n, start),
                                int64s(onnx, "ends", n, end), int64s(onnx, "axes", n, axes), NULL},
               &node);
}

static const char *cropping_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                                 const char *const *values) {
  return slice_from(self, onnx, values[0],
                    (const gint64[AXES]){layer_shape(self, "cropping")->dim[0]});
}

static const char *slice_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                              const char *const *values) {
  const Shape *indices = layer_shape(self, "start_indices");
  gint64 start[AXES] = {0};

  for (int a = 0; a < indices->rank; a++)
    start[a] = indices->dim[a];
  return slice_from(self, onnx, values[0], start);
}
#endif

const LayerClass layer_cropping1d = {.name = "cropping1d",
                                     .keras = "Cropping1D",
                                     .arguments = CROPPING_ARGUMENTS,
                                     .inputs = 1,
                                     .build = build_cropping,
                                     TO_ONNX(cropping_onnx)};

const LayerClass layer_slice = {.name = "slice",
                                .keras = "Slice",
                                .arguments = SLICE_ARGUMENTS,
                                .inputs = 1,
                                .build = build_slice,
                                TO_ONNX(slice_onnx)};

/* --- ZeroPadding1D --- */

static const LayerArgument PADDING_ARGUMENTS[] = {
    {.name = "padding",
     .kind = ARGUMENT_PAIR,
     .initial = "1",
     .minimum = 0,
     .maximum = 1 << 20,
     .positional = TRUE},
    {NULL},
};

static Tensor *build_padding(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                             GError **error) {
  const Shape *padding = layer_shape(self, "padding");
  const PadAttrs attrs = {{padding->dim[0]}, {padding->dim[1]}, 0};

  if (!is_sequence(self, inputs[0], error))
    return NULL;
  return graph_apply(builder->graph, &op_pad, self->name, &attrs, inputs, 1, error);
}

#ifndef REAL_DOUBLE
static const char *padding_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                                const char *const *values) {
  const Shape *padding = layer_shape(self, "padding");
  const gint64 pads[] = {0, padding->dim[0], 0, 0, padding->dim[1], 0};
  OnnxNode *node;

  return apply(onnx, "Pad", (const char *[]){values[0], int64s(onnx, "pads", 6, pads), NULL},
               &node);
}
#endif

const LayerClass layer_zero_padding1d = {.name = "zero_padding1d",
                                         .keras = "ZeroPadding1D",
                                         .arguments = PADDING_ARGUMENTS,
                                         .inputs = 1,
                                         .build = build_padding,
                                         TO_ONNX(padding_onnx)};

/* --- RepeatVector --- */

static const LayerArgument REPEAT_ARGUMENTS[] = {
    {.name = "n", .kind = ARGUMENT_INTEGER, .minimum = 1, .maximum = 1 << 20, .positional = TRUE},
    {NULL},
};

static Tensor *build_repeat(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                            GError **error) {
  const RepeatAttrs attrs = {(int)layer_number(self, "n")};

  return graph_apply(builder->graph, &op_repeat_vector, self->name, &attrs, inputs, 1, error);
}

#ifndef REAL_DOUBLE
static const char *repeat_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                               const char *const *values) {
  const char *axes = int64s(onnx, "axes", 1, (const gint64[]){1});
  const char *repeats =
      int64s(onnx, "repeats", 3, (const gint64[]){1, (gint64)layer_number(self, "n"), 1});
  OnnxNode *node;
  const char *step = apply(onnx, "Unsqueeze", (const char *[]){values[0], axes, NULL}, &node);

  return apply(onnx, "Tile", (const char *[]){step, repeats, NULL}, &node);
}
#endif

const LayerClass layer_repeat_vector = {.name = "repeat_vector",
                                        .keras = "RepeatVector",
                                        .arguments = REPEAT_ARGUMENTS,
                                        .inputs = 1,
                                        .build = build_repeat,
                                        TO_ONNX(repeat_onnx)};
