#include "core/formats/onnx.h"

#include "core/base/file.h"
#include "core/formats/onnx.pb-c.h"

#include <string.h>

#define IR_VERSION 8
#define OPSET 17

/* Numbers are written as they lie in memory; another machine would have to swap them. */
G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);

/* The messages are one tree of protobuf-c's structs, all from g_malloc (which is malloc), so that
 * its own function frees them. */
struct OnnxGraph {
  OnnxPb__Model *model;
  GHashTable *names; /* of values and nodes */
};

/* NEW(Node, NODE) is an OnnxPb__Node with nothing in it. */
#define NEW(Type, TYPE)                                                                            \
  ((OnnxPb__##Type *)g_memdup2(&(OnnxPb__##Type)ONNX_PB__##TYPE##__INIT, sizeof(OnnxPb__##Type)))

/* Adds an item to a repeated field. */
#define APPEND(message, field, item)                                                               \
  ((message)->field =                                                                              \
       g_renew(__typeof__(*(message)->field), (message)->field, (message)->n_##field + 1),         \
   (message)->field[(message)->n_##field++] = (item))

/* Sets an optional number. */
#define SET(message, field, value) ((message)->has_##field = TRUE, (message)->field = (value))

static void use_name(OnnxGraph *self, const char *name) {
  if (!g_hash_table_contains(self->names, name))
    g_hash_table_add(self->names, g_strdup(name));
}

OnnxGraph *onnx_graph_new(const char *name) {
  OnnxGraph *self = g_new0(OnnxGraph, 1);
  OnnxPb__OperatorSet *operators = NEW(OperatorSet, OPERATOR_SET);

  self->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  self->model = NEW(Model, MODEL);
  SET(self->model, ir_version, IR_VERSION);
  self->model->producer_name = g_strdup("bathyscope");
  self->model->producer_version = g_strdup(BATHYSCOPE_VERSION);
  operators->domain = g_strdup("");
  SET(operators, version, OPSET);
  APPEND(self->model, opset_import, operators);
  self->model->graph = NEW(Graph, GRAPH);
  self->model->graph->name = g_strdup(name);
  return self;
}

void onnx_graph_free(OnnxGraph *self) {
  if (self == NULL)
    return;
  onnx_pb__model__free_unpacked(self->model, NULL);
  g_hash_table_unref(self->names);
  g_free(self);
}

const char *onnx_graph_unique(OnnxGraph *self, const char *stem) {
  char *name = g_strdup(stem);

  for (guint i = 1; g_hash_table_contains(self->names, name); i++) {
    g_free(name);
    name = g_strdup_printf("%s_%u", stem, i);
  }
  g_hash_table_add(self->names, name);
  return name;
}

void onnx_graph_metadata(OnnxGraph *self, const char *key, const char *value) {
  OnnxPb__Model *model = self->model;

  for (gsize i = 0; i < model->n_metadata_props; i++) {
    OnnxPb__Entry *entry = model->metadata_props[i];
    if (g_str_equal(entry->key, key)) {
      g_free(entry->value);
      entry->value = g_strdup(value);
      return;
    }
  }
  OnnxPb__Entry *entry = NEW(Entry, ENTRY);
  entry->key = g_strdup(key);
  entry->value = g_strdup(value);
  APPEND(model, metadata_props, entry);
}

/* --- Values --- */

static OnnxPb__Value *value_new(OnnxGraph *self, const char *name, TensorType kind,
                                const Shape *row) {
  OnnxPb__Value *value = NEW(Value, VALUE);
  OnnxPb__TensorType *type = NEW(TensorType, TENSOR_TYPE);
  OnnxPb__Dimension *batch = NEW(Dimension, DIMENSION);

  use_name(self, name);
  value->name = g_strdup(name);
  value->type = NEW(ValueType, VALUE_TYPE);
  value->type->tensor_type = type;
  SET(type, elem_type,
      kind == TENSOR_INT ? ONNX_PB__TENSOR__TYPE__INT64 : ONNX_PB__TENSOR__TYPE__FLOAT);
  type->shape = NEW(TensorShape, TENSOR_SHAPE);
  batch->dim_param = g_strdup("batch");
  APPEND(type->shape, dim, batch);
  for (int i = 0; i < row->rank; i++) {
    OnnxPb__Dimension *dimension = NEW(Dimension, DIMENSION);
    SET(dimension, dim_value, row->dim[i]);
    APPEND(type->shape, dim, dimension);
  }
  return value;
}

void onnx_graph_input(OnnxGraph *self, const char *name, TensorType type, const Shape *row) {
  APPEND(self->model->graph, input, value_new(self, name, type, row));
}

void onnx_graph_output(OnnxGraph *self, const char *name, const Shape *row) {
  APPEND(self->model->graph, output, value_new(self, name, TENSOR_FLOAT, row));
}

static OnnxPb__Tensor *add_tensor(OnnxGraph *self, const char *name, OnnxPb__Tensor__Type type,
                                  gconstpointer values, gsize size) {
  OnnxPb__Tensor *tensor = NEW(Tensor, TENSOR);

  use_name(self, name);
  tensor->name = g_strdup(name);
  SET(tensor, data_type, type);
  tensor->has_raw_data = TRUE;
  tensor->raw_data.len = size;
  tensor->raw_data.data = g_memdup2(values, size);
  APPEND(self->model->graph, initializer, tensor);
  return tensor;
}

void onnx_graph_floats(OnnxGraph *self, const char *name, const Shape *shape, const float *values) {
  OnnxPb__Tensor *tensor = add_tensor(self, name, ONNX_PB__TENSOR__TYPE__FLOAT, values,
                                      shape_size(shape) * sizeof *values);

  for (int i = 0; i < shape->rank; i++)
    APPEND(tensor, dims, shape->dim[i]);
}

void onnx_graph_int64s(OnnxGraph *self, const char *name, int n, const gint64 *values) {
  OnnxPb__Tensor *tensor =
      add_tensor(self, name, ONNX_PB__TENSOR__TYPE__INT64, values, (gsize)n * sizeof *values);

  APPEND(tensor, dims, n);
}

/* --- Nodes --- */

OnnxNode *onnx_graph_node(OnnxGraph *self, const char *op_type, const char *name,
                          const char *const *inputs, const char *const *outputs) {
  OnnxPb__Node *node = NEW(Node, NODE);

  node->op_type = g_strdup(op_type);
  node->name = g_strdup(name);
  use_name(self, name);
  for (; *inputs != NULL; inputs++)
    APPEND(node, input, g_strdup(*inputs));
  for (; *outputs != NULL; outputs++) {
    use_name(self, *outputs);
    APPEND(node, output, g_strdup(*outputs));
  }
  APPEND(self->model->graph, node, node);
  return (OnnxNode *)node;
}

static OnnxPb__Attribute *add_attribute(OnnxNode *self, const char *name,
                                        OnnxPb__Attribute__Type type) {
  OnnxPb__Attribute *attribute = NEW(Attribute, ATTRIBUTE);
  OnnxPb__Node *node = (OnnxPb__Node *)self;

  attribute->name = g_strdup(name);
  SET(attribute, type, type);
  APPEND(node, attribute, attribute);
  return attribute;
}

void onnx_node_int(OnnxNode *self, const char *name, gint64 value) {
  OnnxPb__Attribute *attribute = add_attribute(self, name, ONNX_PB__ATTRIBUTE__TYPE__INT);

  SET(attribute, i, value);
}

void onnx_node_ints(OnnxNode *self, const char *name, int n, const gint64 *values) {
  OnnxPb__Attribute *attribute = add_attribute(self, name, ONNX_PB__ATTRIBUTE__TYPE__INTS);

  for (int i = 0; i < n; i++)
    APPEND(attribute, ints, values[i]);
}

void onnx_node_float(OnnxNode *self, const char *name, float value) {
  OnnxPb__Attribute *attribute = add_attribute(self, name, ONNX_PB__ATTRIBUTE__TYPE__FLOAT);

  SET(attribute, f, value);
}

void onnx_node_string(OnnxNode *self, const char *name, const char *value) {
  OnnxPb__Attribute *attribute = add_attribute(self, name, ONNX_PB__ATTRIBUTE__TYPE__STRING);

  attribute->has_s = TRUE;
  attribute->s.len = strlen(value);
  attribute->s.data = g_memdup2(value, attribute->s.len);
}

void onnx_node_floats(OnnxNode *self, const char *name, int n, const float *values) {
  OnnxPb__Attribute *attribute = add_attribute(self, name, ONNX_PB__ATTRIBUTE__TYPE__FLOATS);

  for (int i = 0; i < n; i++)
    APPEND(attribute, floats, values[i]);
}

void onnx_node_strings(OnnxNode *self, const char *name, int n, const char *const *values) {
  OnnxPb__Attribute *attribute = add_attribute(self, name, ONNX_PB__ATTRIBUTE__TYPE__STRINGS);

  for (int i = 0; i < n; i++) {
    const ProtobufCBinaryData text = {strlen(values[i]), (guint8 *)g_strdup(values[i])};
    APPEND(attribute, strings, text);
  }
}

/* --- The file --- */

GBytes *onnx_graph_bytes(const OnnxGraph *self) {
  const gsize size = onnx_pb__model__get_packed_size(self->model);
  guint8 *bytes = g_malloc(size);

  onnx_pb__model__pack(self->model, bytes);
  return g_bytes_new_take(bytes, size);
}

gboolean onnx_graph_save(const OnnxGraph *self, const char *path, GError **error) {
  g_autoptr(GBytes) bytes = onnx_graph_bytes(self);

  return file_write(path, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
}
