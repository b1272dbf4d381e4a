/* Keras's Dot, the product of two layers along an axis of each, and UnitNormalization. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

#define AXES (TENSOR_MAX_RANK - 1) /* of a row */

static const LayerArgument DOT_ARGUMENTS[] = {
    {.name = "axes", .kind = ARGUMENT_PAIR, .minimum = -AXES, .maximum = AXES, .positional = TRUE},
    {.name = "normalize", .kind = ARGUMENT_BOOLEAN, .initial = "false"},
    {NULL},
};

static const LayerArgument UNIT_ARGUMENTS[] = {
    {.name = "axis",
     .kind = ARGUMENT_INTEGER,
     .initial = "-1",
     .minimum = -AXES,
     .maximum = AXES,
     .positional = TRUE},
    {NULL},
};

/* The axis of input k, from 1; 0 where there is none such. */
static int axis_of(const Layer *self, int k, int rank) {
  const int axis = layer_shape(self, "axes")->dim[k];
  const int from_start = axis < 0 ? axis + rank : axis;

  return from_start > 0 && from_start < rank ? from_start : 0;
}

static gboolean check(const Layer *self, Tensor *const *inputs, GError **error) {
  const Shape *a = &inputs[0]->shape, *b = &inputs[1]->shape;
  const int i = axis_of(self, 0, a->rank), j = axis_of(self, 1, b->rank);

  if (a->rank >= 2 && a->rank <= 3 && b->rank >= 2 && b->rank <= 3 && i > 0 && j > 0 &&
      a->dim[i] == b->dim[j])
    return TRUE;
  g_autofree char *first = shape_to_string(a), *second = shape_to_string(b);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "%s: multiplies vectors or matrices along an axis of each (axes, 1 or 2) that has "
              "the same size in both; they are %s and %s (batch first)",
              self->name, first, second);
  return FALSE;
}

static Tensor *apply(const Layer *self, LayerBuilder *builder, const Op *op, const char *suffix,
                     const void *attrs, Tensor *a, Tensor *b, GError **error) {
  g_autofree char *name = g_strconcat(self->name, suffix, NULL);

  return graph_apply(builder->graph, op, name, attrs, (Tensor *[]){a, b}, b != NULL ? 2 : 1, error);
}

/* Input k as a matrix: of one row where it is a vector. */
static Tensor *side(const Layer *self, LayerBuilder *builder, int k, Tensor *x, GError **error) {
  static const char *const NAMES[] = {".left", ".right"};
  g_autofree char *unit = g_strconcat(NAMES[k], "_unit", NULL);
  const AxisAttrs axis = {axis_of(self, k, x->shape.rank)};

  if (layer_number(self, "normalize") != 0)
    x = apply(self, builder, &op_unit_normalization, unit, &axis, x, NULL, error);
  if (x == NULL || x->shape.rank == 3)
    return x;
  const ReshapeAttrs row = {SHAPE(1, x->shape.dim[1])};
  return apply(self, builder, &op_reshape, NAMES[k], &row, x, NULL, error);
}

/* The sizes of the result; a number where both are vectors. */
static Shape result_shape(const Tensor *a, const Tensor *b, const Tensor *product) {
  if (a->shape.rank == 3 && b->shape.rank == 3)
    return SHAPE(product->shape.dim[1], product->shape.dim[2]);
  return SHAPE((int)tensor_row_size(product));
}

static Tensor *build_dot(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                         GError **error) {
  if (!check(self, inputs, error))
    return NULL;
  const gboolean vector_b = inputs[1]->shape.rank == 2;
  const MatmulAttrs attrs = {
      .transpose_a = inputs[0]->shape.rank == 3 && axis_of(self, 0, 3) == 1,
      .transpose_b = vector_b || axis_of(self, 1, 3) == 2,
  };
  const gboolean last = inputs[0]->shape.rank == 3 && !vector_b;
  Tensor *a = side(self, builder, 0, inputs[0], error), *b = NULL, *y = NULL;
  if (a != NULL)
    b = side(self, builder, 1, inputs[1], error);
  if (b != NULL)
    y = apply(self, builder, &op_matmul, last ? "" : ".product", &attrs, a, b, error);
  if (y == NULL || last)
    return y;
  const ReshapeAttrs shape = {result_shape(inputs[0], inputs[1], y)};
  return apply(self, builder, &op_reshape, "", &shape, y, NULL, error);
}

static Tensor *build_unit(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                          GError **error) {
  const AxisAttrs attrs = {(int)layer_number(self, "axis")};

  if (attrs.axis != 0)
    return graph_apply(builder->graph, &op_unit_normalization, self->name, &attrs, inputs, 1,
                       error);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE, "%s: axis 0 is the batch, which cannot be it",
              self->name);
  return NULL;
}

#ifndef REAL_DOUBLE
static const char *unit_of(gpointer onnx, const char *value, int axis) {
  const char *result = onnx_graph_unique(onnx, "LpNormalization");
  OnnxNode *node = onnx_graph_node(onnx, "LpNormalization", result, (const char *[]){value, NULL},
                                   (const char *[]){result, NULL});

  onnx_node_int(node, "axis", axis);
  onnx_node_int(node, "p", 2);
  return result;
}

static const char *unit_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                             const char *const *values) {
  return unit_of(onnx, values[0], (int)layer_number(self, "axis"));
}

/* b batch, k what is summed over, m and n what stays. */
static const char *dot_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                            const char *const *values) {
  const gboolean wide_a = self->input[0].rank == 2, wide_b = self->input[1].rank == 2;
  const int i = axis_of(self, 0, self->input[0].rank + 1);
  const int j = axis_of(self, 1, self->input[1].rank + 1);
  const gboolean number = !wide_a && !wide_b, normalize = layer_number(self, "normalize") != 0;
  const char *result = onnx_graph_unique(onnx, "Einsum"), *a = values[0], *b = values[1];
  g_autofree char *equation = g_strdup_printf("%s,%s->b%s%s",
                                              !wide_a  ? "bk"
                                              : i == 1 ? "bkm"
                                                       : "bmk",
                                              !wide_b  ? "bk"
                                              : j == 1 ? "bkn"
                                                       : "bnk",
                                              wide_a ? "m" : "", wide_b ? "n" : "");

  if (normalize) {
    a = unit_of(onnx, a, i);
    b = unit_of(onnx, b, j);
  }
  OnnxNode *node = onnx_graph_node(onnx, "Einsum", result, (const char *[]){a, b, NULL},
                                   (const char *[]){result, NULL});
  onnx_node_string(node, "equation", equation);
  if (!number)
    return result;
  const char *axes = onnx_graph_unique(onnx, "axes"), *wide = onnx_graph_unique(onnx, "Unsqueeze");
  onnx_graph_int64s(onnx, axes, 1, (const gint64[]){1});
  onnx_graph_node(onnx, "Unsqueeze", wide, (const char *[]){result, axes, NULL},
                  (const char *[]){wide, NULL});
  return wide;
}
#define TO_ONNX(function) .to_onnx = function,
#else
#define TO_ONNX(function)
#endif

const LayerClass layer_dot = {.name = "dot",
                              .keras = "Dot",
                              .arguments = DOT_ARGUMENTS,
                              .inputs = 2,
                              .build = build_dot,
                              TO_ONNX(dot_onnx)};

const LayerClass layer_unit_normalization = {.name = "unit_normalization",
                                             .keras = "UnitNormalization",
                                             .arguments = UNIT_ARGUMENTS,
                                             .inputs = 1,
                                             .passes_mask = TRUE,
                                             .build = build_unit,
                                             TO_ONNX(unit_onnx)};
