/* ONNX graphs, written (opset 17, IR 8). Facts of the format: onnx.proto beside this file. */
#pragma once

#include "core/graph/tensor.h"
#include <gio/gio.h>

/* A graph being written. Value names are plain strings; nodes are written in the order added. */
typedef struct OnnxGraph OnnxGraph;

OnnxGraph *onnx_graph_new(const char *name);
void onnx_graph_free(OnnxGraph *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OnnxGraph, onnx_graph_free)

/* Graph input (of float, or of int64: tokens) and output (of float), first dimension "batch" of any
 * size, then `row`. */
void onnx_graph_input(OnnxGraph *self, const char *name, TensorType type, const Shape *row);
void onnx_graph_output(OnnxGraph *self, const char *name, const Shape *row);
/* Initializers; values are copied. */
void onnx_graph_floats(OnnxGraph *self, const char *name, const Shape *shape, const float *values);
void onnx_graph_int64s(OnnxGraph *self, const char *name, int n, const gint64 *values);

/* A node; input and output names are NULL-ended lists ("" for an omitted optional input). The
 * result is borrowed, for attributes. */
typedef struct OnnxNode OnnxNode;
OnnxNode *onnx_graph_node(OnnxGraph *self, const char *op_type, const char *name,
                          const char *const *inputs, const char *const *outputs);
void onnx_node_int(OnnxNode *self, const char *name, gint64 value);
void onnx_node_ints(OnnxNode *self, const char *name, int n, const gint64 *values);
void onnx_node_float(OnnxNode *self, const char *name, float value);
void onnx_node_string(OnnxNode *self, const char *name, const char *value);
void onnx_node_floats(OnnxNode *self, const char *name, int n, const float *values);
void onnx_node_strings(OnnxNode *self, const char *name, int n, const char *const *values);

/* A name not used in this graph yet, starting with `stem`. Owned by the graph. */
const char *onnx_graph_unique(OnnxGraph *self, const char *stem);
/* Metadata of the model: what made it, the spec. */
void onnx_graph_metadata(OnnxGraph *self, const char *key, const char *value);

GBytes *onnx_graph_bytes(const OnnxGraph *self);
gboolean onnx_graph_save(const OnnxGraph *self, const char *path, GError **error);
