#include "core/formats/onnx.h"
#include "core/layers/layer.h"

#define ONNX_FLOAT 1 /* of TensorProto.DataType */

const char *layer_parameter_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                                 const char *suffix) {
  g_autofree char *name = g_strdup_printf("%s.%s", self->name, suffix);
  int index = parameters_find(parameters, name);

  if (index < 0)
    return NULL;
  const Parameter *item = parameters_get(parameters, (guint)index);
  const char *unique = onnx_graph_unique(onnx, name);
  onnx_graph_floats(onnx, unique, &item->shape, parameters->value + item->offset);
  return unique;
}

static const char *apply(gpointer onnx, const char *op, const char *value, OnnxNode **node) {
  const char *result = onnx_graph_unique(onnx, op);

  *node = onnx_graph_node(onnx, op, result, (const char *[]){value, NULL},
                          (const char *[]){result, NULL});
  return result;
}

const char *layer_transpose_onnx(gpointer onnx, const char *value, gboolean to_nchw) {
  static const gint64 NCHW[] = {0, 3, 1, 2}, NHWC[] = {0, 2, 3, 1};
  OnnxNode *node;
  const char *result = apply(onnx, "Transpose", value, &node);

  onnx_node_ints(node, "perm", 4, to_nchw ? NCHW : NHWC);
  return result;
}

static const char *scalar(gpointer onnx, float value) {
  const char *name = onnx_graph_unique(onnx, "constant");

  onnx_graph_floats(onnx, name, &(Shape){0}, &value);
  return name;
}

static const char *binary(gpointer onnx, const char *op, const char *a, const char *b) {
  const char *result = onnx_graph_unique(onnx, op);

  onnx_graph_node(onnx, op, result, (const char *[]){a, b, NULL}, (const char *[]){result, NULL});
  return result;
}

/* 0.5·x·(1 + erf(x/√2)): opset 17 has no Gelu. */
static const char *gelu(gpointer onnx, const char *x) {
  OnnxNode *node;
  const char *scaled = binary(onnx, "Mul", x, scalar(onnx, 0.70710678118654752f));
  const char *inner = binary(onnx, "Add", apply(onnx, "Erf", scaled, &node), scalar(onnx, 1));

  return binary(onnx, "Mul", binary(onnx, "Mul", x, inner), scalar(onnx, 0.5f));
}

/* [x ≥ 0] as a number */
static const char *step(gpointer onnx, const char *x) {
  OnnxNode *node;
  const char *result =
      apply(onnx, "Cast", binary(onnx, "GreaterOrEqual", x, scalar(onnx, 0)), &node);

  onnx_node_int(node, "to", ONNX_FLOAT);
  return result;
}

const char *layer_activation_onnx(gpointer onnx, const char *activation, double parameter,
                                  const char *value) {
  static const char *const NAMES[][2] = {
      {"relu", "Relu"},       {"leaky_relu", "LeakyRelu"}, {"elu", "Elu"},
      {"selu", "Selu"},       {"sigmoid", "Sigmoid"},      {"tanh", "Tanh"},
      {"softmax", "Softmax"}, {"softplus", "Softplus"},    {"log_softmax", "LogSoftmax"},
  };
  OnnxNode *node;

  if (g_str_equal(activation, "linear"))
    return value;
  if (g_str_equal(activation, "gelu"))
    return gelu(onnx, value);
  if (g_str_equal(activation, "step"))
    return step(onnx, value);
  if (g_str_equal(activation, "silu"))
    return binary(onnx, "Mul", value, apply(onnx, "Sigmoid", value, &node));
  for (gsize i = 0; i < G_N_ELEMENTS(NAMES); i++) {
    if (!g_str_equal(activation, NAMES[i][0]))
      continue;
    const char *result = apply(onnx, NAMES[i][1], value, &node);
    if (g_str_equal(activation, "leaky_relu") || g_str_equal(activation, "elu"))
      onnx_node_float(node, "alpha", (float)parameter);
    if (g_str_has_suffix(activation, "softmax"))
      onnx_node_int(node, "axis", -1);
    return result;
  }
  g_assert_not_reached();
}
