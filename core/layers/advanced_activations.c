/* Keras's activations with parameters of their own: PReLU, whose slope is learned, and Softmax,
 * with an axis and, from=x,mask, a mask of places that count. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

#include <string.h>

#define AXES (TENSOR_MAX_RANK - 1) /* of a row */

#ifndef REAL_DOUBLE
static const char *apply(gpointer onnx, const char *op, const char *const *read) {
  const char *result = onnx_graph_unique(onnx, op);

  onnx_graph_node(onnx, op, result, read, (const char *[]){result, NULL});
  return result;
}
#define TO_ONNX(function) .to_onnx = function,
#else
#define TO_ONNX(function)
#endif

/* --- PReLU --- */

static const LayerArgument PRELU_ARGUMENTS[] = {
    {.name = "alpha_initializer", .kind = ARGUMENT_INITIALIZER, .initial = "zeros"},
    {.name = "shared_axes", .kind = ARGUMENT_SHAPE, .initial = "", .minimum = 1, .maximum = AXES},
    {NULL},
};

static Tensor *build_prelu(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                           GError **error) {
  const Shape *x = &inputs[0]->shape, *shared = layer_shape(self, "shared_axes");
  Shape shape = {x->rank - 1, {0}};

  memcpy(shape.dim, x->dim + 1, (gsize)shape.rank * sizeof(int));
  for (int a = 0; a < shared->rank; a++) {
    if (shared->dim[a] > shape.rank) {
      g_autofree char *input = shape_to_string(x);
      g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                  "%s: shared_axes names axis %d; the input is %s (batch first, axis 0)",
                  self->name, shared->dim[a], input);
      return NULL;
    }
    shape.dim[shared->dim[a] - 1] = 1;
  }
  Tensor *alpha =
      layer_parameter(self, builder, "alpha", &shape, layer_text(self, "alpha_initializer"));
  return graph_apply(builder->graph, &op_prelu, self->name, NULL, (Tensor *[]){inputs[0], alpha}, 2,
                     error);
}

#ifndef REAL_DOUBLE
static const char *prelu_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                              const char *const *values) {
  const char *alpha = layer_parameter_onnx(self, parameters, onnx, "alpha");

  return apply(onnx, "PRelu", (const char *[]){values[0], alpha, NULL});
}
#endif

const LayerClass layer_prelu = {.name = "prelu",
                                .keras = "PReLU",
                                .arguments = PRELU_ARGUMENTS,
                                .inputs = 1,
                                .passes_mask = TRUE,
                                .build = build_prelu,
                                TO_ONNX(prelu_onnx)};

/* --- Softmax --- */

static const LayerArgument SOFTMAX_ARGUMENTS[] = {
    {.name = "axis",
     .kind = ARGUMENT_INTEGER,
     .initial = "-1",
     .minimum = -AXES,
     .maximum = AXES,
     .positional = TRUE},
    {NULL},
};

static int axis_of(const Layer *self, int rank) {
  const int axis = (int)layer_number(self, "axis");

  return axis < 0 ? axis + rank : axis;
}

static Tensor *transposed(const Layer *self, LayerBuilder *builder, const char *suffix, Tensor *x,
                          int axis, GError **error) {
  g_autofree char *name = g_strconcat(self->name, suffix, NULL);
  const int last = x->shape.rank - 1;
  TransposeAttrs attrs = {{0}};

  for (int a = 1; a <= last; a++)
    attrs.dims[a - 1] = a == axis ? last : a == last ? axis : a;
  return graph_apply(builder->graph, &op_transpose, name, &attrs, &x, 1, error);
}

/* Along another axis: that one changes places with the last, and back. */
static Tensor *build_softmax(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                             GError **error) {
  const int rank = inputs[0]->shape.rank, axis = axis_of(self, rank);
  const gboolean aside = axis != rank - 1;
  g_autofree char *name = g_strconcat(self->name, aside ? ".turned" : "", NULL);
  Tensor *x = inputs[0];

  if (axis < 1 || axis >= rank) {
    g_autofree char *input = shape_to_string(&x->shape);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "%s: goes along axis %d (0 is the batch, which cannot be it), but the input is %s",
                self->name, (int)layer_number(self, "axis"), input);
    return NULL;
  }
  if (aside && (x = transposed(self, builder, ".logits", x, axis, error)) == NULL)
    return NULL;
  x = graph_apply(builder->graph, n > 1 ? &op_masked_softmax : &op_softmax, name, NULL,
                  (Tensor *[]){x, n > 1 ? inputs[1] : NULL}, n, error);
  return x != NULL && aside ? transposed(self, builder, "", x, axis, error) : x;
}

#ifndef REAL_DOUBLE
static const char *number(gpointer onnx, float value) {
  const char *name = onnx_graph_unique(onnx, "constant");

  onnx_graph_floats(onnx, name, &(Shape){0}, &value);
  return name;
}

/* Whether a place is shown, for each vector along the axis. */
static const char *shown(const Layer *self, gpointer onnx, const char *mask) {
  const int rank = self->output.rank + 1, axis = axis_of(self, rank);
  const char *axes = onnx_graph_unique(onnx, "axes");
  const char *is = apply(onnx, "Greater", (const char *[]){mask, number(onnx, 0.5f), NULL});
  gint64 others[TENSOR_MAX_RANK];
  int n = 0;

  for (int a = 1; a < rank; a++)
    if (a != axis)
      others[n++] = a;
  onnx_graph_int64s(onnx, axes, n, others);
  return n > 0 ? apply(onnx, "Unsqueeze", (const char *[]){is, axes, NULL}) : is;
}

static const char *softmax_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                                const char *const *values) {
  const char *where = NULL, *x = values[0], *result = onnx_graph_unique(onnx, "Softmax");

  if (self->n_from > 1) {
    where = shown(self, onnx, values[1]);
    x = apply(onnx, "Where", (const char *[]){where, x, number(onnx, -1e9f), NULL});
  }
  OnnxNode *node = onnx_graph_node(onnx, "Softmax", result, (const char *[]){x, NULL},
                                   (const char *[]){result, NULL});
  onnx_node_int(node, "axis", (gint64)layer_number(self, "axis"));
  return where != NULL
             ? apply(onnx, "Where", (const char *[]){where, result, number(onnx, 0), NULL})
             : result;
}
#endif

const LayerClass layer_softmax = {.name = "softmax",
                                  .keras = "Softmax",
                                  .arguments = SOFTMAX_ARGUMENTS,
                                  .inputs = 1,
                                  .inputs_most = 2,
                                  .passes_mask = TRUE,
                                  .build = build_softmax,
                                  TO_ONNX(softmax_onnx)};
