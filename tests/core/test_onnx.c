#include "core/formats/onnx.h"

#include "core/formats/onnx.pb-c.h"
#include "tests/core/support.h"

#include <string.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static const float KERNEL[2][3] = {{1, 2, 3}, {4, 5, -6.5f}}, BIAS[3] = {0.25f, 0, -1};

/* softmax(relu(x · kernel + bias)) */
static OnnxGraph *dense_graph(void) {
  OnnxGraph *graph = onnx_graph_new("dense");

  onnx_graph_input(graph, "x", TENSOR_FLOAT, &SHAPE(2));
  onnx_graph_floats(graph, "dense.kernel", &SHAPE(2, 3), &KERNEL[0][0]);
  onnx_graph_floats(graph, "dense.bias", &SHAPE(3), BIAS);
  OnnxNode *gemm = onnx_graph_node(graph, "Gemm", "dense", LIST("x", "dense.kernel", "dense.bias"),
                                   LIST("dense.sum"));
  onnx_node_float(gemm, "alpha", 1.5f);
  onnx_graph_node(graph, "Relu", "relu", LIST("dense.sum"), LIST("dense.out"));
  OnnxNode *softmax = onnx_graph_node(graph, "Softmax", "softmax", LIST("dense.out"), LIST("y"));
  onnx_node_int(softmax, "axis", -1);
  onnx_graph_output(graph, "y", &SHAPE(3));
  onnx_graph_metadata(graph, "spec", "old");
  onnx_graph_metadata(graph, "spec", "input 2\ndense 3");
  return graph;
}

/* 5 × 5 pictures of one channel, NHWC; two 3 × 3 kernels. */
static OnnxGraph *conv_graph(void) {
  OnnxGraph *graph = onnx_graph_new("conv");
  float kernels[2 * 9];

  for (int i = 0; i < 18; i++)
    kernels[i] = (float)i / 8;
  onnx_graph_input(graph, "image", TENSOR_FLOAT, &SHAPE(5, 5, 1));
  OnnxNode *transpose =
      onnx_graph_node(graph, "Transpose", "to_nchw", LIST("image"), LIST("image.nchw"));
  onnx_node_ints(transpose, "perm", 4, (gint64[]){0, 3, 1, 2});
  onnx_graph_floats(graph, "conv.kernel", &SHAPE(2, 1, 3, 3), kernels);
  OnnxNode *conv =
      onnx_graph_node(graph, "Conv", "conv", LIST("image.nchw", "conv.kernel", ""), LIST("map"));
  onnx_node_ints(conv, "pads", 4, (gint64[]){1, 1, 0, 0});
  onnx_node_ints(conv, "strides", 2, (gint64[]){2, 2});
  onnx_node_int(conv, "group", 1);
  onnx_node_string(conv, "auto_pad", "NOTSET");
  onnx_graph_int64s(graph, "shape", 2, (gint64[]){-1, 8});
  onnx_graph_node(graph, "Reshape", "flatten", LIST("map", "shape"), LIST("y"));
  onnx_graph_output(graph, "y", &SHAPE(8));
  return graph;
}

static OnnxPb__Model *unpack(const OnnxGraph *graph) {
  g_autoptr(GBytes) bytes = onnx_graph_bytes(graph);
  OnnxPb__Model *model =
      onnx_pb__model__unpack(NULL, g_bytes_get_size(bytes), g_bytes_get_data(bytes, NULL));

  g_assert_nonnull(model);
  return model;
}

static const OnnxPb__Attribute *attribute(const OnnxPb__Node *node, const char *name) {
  for (gsize i = 0; i < node->n_attribute; i++)
    if (g_str_equal(node->attribute[i]->name, name))
      return node->attribute[i];
  g_assert_not_reached();
}

static void check_value(const OnnxPb__Value *value, const char *name, int n, const gint64 *row) {
  const OnnxPb__TensorType *type = value->type->tensor_type;

  g_assert_cmpstr(value->name, ==, name);
  g_assert_cmpint(type->elem_type, ==, 1);
  g_assert_cmpuint(type->shape->n_dim, ==, (guint)n + 1);
  g_assert_cmpstr(type->shape->dim[0]->dim_param, ==, "batch");
  g_assert_false(type->shape->dim[0]->has_dim_value);
  for (int i = 0; i < n; i++)
    g_assert_cmpint(type->shape->dim[i + 1]->dim_value, ==, row[i]);
}

static void test_dense(void) {
  g_autoptr(OnnxGraph) made = dense_graph();
  OnnxPb__Model *model = unpack(made);
  const OnnxPb__Graph *graph = model->graph;

  g_assert_cmpint(model->ir_version, ==, 8);
  g_assert_cmpstr(model->producer_name, ==, "bathyscope");
  g_assert_cmpuint(model->n_opset_import, ==, 1);
  g_assert_cmpstr(model->opset_import[0]->domain, ==, "");
  g_assert_cmpint(model->opset_import[0]->version, ==, 17);
  g_assert_cmpuint(model->n_metadata_props, ==, 1);
  g_assert_cmpstr(model->metadata_props[0]->value, ==, "input 2\ndense 3");
  g_assert_cmpstr(graph->name, ==, "dense");
  check_value(graph->input[0], "x", 1, (gint64[]){2});
  check_value(graph->output[0], "y", 1, (gint64[]){3});
  g_assert_cmpuint(graph->n_node, ==, 3);
  g_assert_cmpstr(graph->node[0]->op_type, ==, "Gemm");
  g_assert_cmpstr(graph->node[1]->op_type, ==, "Relu");
  g_assert_cmpstr(graph->node[2]->op_type, ==, "Softmax");
  g_assert_cmpuint(graph->node[0]->n_input, ==, 3);
  g_assert_cmpstr(graph->node[0]->input[2], ==, "dense.bias");
  g_assert_cmpstr(graph->node[0]->output[0], ==, "dense.sum");
  g_assert_cmpint(attribute(graph->node[0], "alpha")->type, ==, 1);
  g_assert_cmpfloat(attribute(graph->node[0], "alpha")->f, ==, 1.5f);
  g_assert_cmpint(attribute(graph->node[2], "axis")->type, ==, 2);
  g_assert_cmpint(attribute(graph->node[2], "axis")->i, ==, -1);
  g_assert_cmpuint(graph->n_initializer, ==, 2);
  g_assert_cmpstr(graph->initializer[0]->name, ==, "dense.kernel");
  g_assert_cmpint(graph->initializer[0]->data_type, ==, 1);
  g_assert_cmpuint(graph->initializer[0]->n_dims, ==, 2);
  g_assert_cmpint(graph->initializer[0]->dims[1], ==, 3);
  g_assert_cmpmem(graph->initializer[0]->raw_data.data, graph->initializer[0]->raw_data.len, KERNEL,
                  sizeof KERNEL);
  onnx_pb__model__free_unpacked(model, NULL);
}

static void test_conv(void) {
  g_autoptr(OnnxGraph) made = conv_graph();
  OnnxPb__Model *model = unpack(made);
  const OnnxPb__Graph *graph = model->graph;
  const OnnxPb__Attribute *perm = attribute(graph->node[0], "perm");
  const OnnxPb__Attribute *pad = attribute(graph->node[1], "auto_pad");
  const OnnxPb__Tensor *shape = graph->initializer[1];

  check_value(graph->input[0], "image", 3, (gint64[]){5, 5, 1});
  g_assert_cmpint(perm->type, ==, 7);
  g_assert_cmpmem(perm->ints, perm->n_ints * 8, ((gint64[]){0, 3, 1, 2}), 32);
  g_assert_cmpuint(graph->node[1]->n_input, ==, 3);
  g_assert_cmpstr(graph->node[1]->input[2], ==, "");
  g_assert_cmpint(pad->type, ==, 3);
  g_assert_cmpmem(pad->s.data, pad->s.len, "NOTSET", 6);
  g_assert_cmpint(shape->data_type, ==, 7);
  g_assert_cmpuint(shape->n_dims, ==, 1);
  g_assert_cmpmem(shape->raw_data.data, shape->raw_data.len, ((gint64[]){-1, 8}), 16);
  onnx_pb__model__free_unpacked(model, NULL);
}

/* The field numbers are the format's, not just the same in our writer and our reader. */
static void test_bytes(void) {
  static const guint8 START[] = {0x08, 8, 0x12, 10}; /* ir_version; producer_name of 10 letters */
  static const guint8 END[] = {
      0x3a, 20,                                      /* graph */
      0x0a, 15,                                      /* its node: */
      0x0a, 1,  'x',  0x12, 1,    'y', 0x1a, 1, 'r', /* input, output, name */
      0x22, 4,  'R',  'e',  'l',  'u',               /* op_type */
      0x12, 1,  'g',                                 /* its name */
      0x42, 4,  0x0a, 0,    0x10, 17,                /* opset_import: domain, version */
  };
  g_autoptr(OnnxGraph) made = onnx_graph_new("g");
  gsize size;

  onnx_graph_node(made, "Relu", "r", LIST("x"), LIST("y"));
  g_autoptr(GBytes) bytes = onnx_graph_bytes(made);
  const guint8 *data = g_bytes_get_data(bytes, &size);
  g_assert_cmpuint(size, >, sizeof START + sizeof END);
  g_assert_cmpmem(data, sizeof START, START, sizeof START);
  g_assert_cmpmem(data + size - sizeof END, sizeof END, END, sizeof END);
}

static void test_unique(void) {
  g_autoptr(OnnxGraph) graph = dense_graph();

  g_assert_cmpstr(onnx_graph_unique(graph, "Relu"), ==, "Relu");
  g_assert_cmpstr(onnx_graph_unique(graph, "Relu"), ==, "Relu_1");
  g_assert_cmpstr(onnx_graph_unique(graph, "Relu"), ==, "Relu_2");
  g_assert_cmpstr(onnx_graph_unique(graph, "x"), ==, "x_1");       /* an input */
  g_assert_cmpstr(onnx_graph_unique(graph, "y"), ==, "y_1");       /* an output */
  g_assert_cmpstr(onnx_graph_unique(graph, "relu"), ==, "relu_1"); /* a node */
  g_assert_cmpstr(onnx_graph_unique(graph, "dense.sum"), ==, "dense.sum_1");
  g_assert_cmpstr(onnx_graph_unique(graph, "dense.bias"), ==, "dense.bias_1");
}

static void test_save(void) {
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "dense.onnx", NULL);
  g_autofree char *under = g_build_filename(path, "under.onnx", NULL);
  g_autoptr(OnnxGraph) graph = dense_graph();
  g_autoptr(GBytes) bytes = onnx_graph_bytes(graph);
  g_autofree char *contents = NULL;
  gsize size;
  GError *error = NULL;

  g_assert_true(onnx_graph_save(graph, path, &error));
  g_assert_no_error(error);
  g_assert_true(g_file_get_contents(path, &contents, &size, NULL));
  g_assert_cmpmem(contents, size, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_assert_false(onnx_graph_save(graph, under, &error));
  test_assert_error_says(&error, "under.onnx");
  test_remove_dir(folder);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/onnx/dense", test_dense);
  g_test_add_func("/onnx/conv", test_conv);
  g_test_add_func("/onnx/bytes", test_bytes);
  g_test_add_func("/onnx/unique", test_unique);
  g_test_add_func("/onnx/save", test_save);
  return g_test_run();
}
