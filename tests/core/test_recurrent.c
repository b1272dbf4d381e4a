/* Recurrent layers in models: step by step, sequences of other lengths, an encoder and a decoder.
 */
#include "tests/core/support.h"

#include "core/base/rng.h"
#include "core/formats/model_file.h"
#include "core/formats/onnx.pb-c.h"
#include "core/ops/ops.h"
#include "core/train/optimizer.h"

#include <math.h>
#include <string.h>

#define ROWS 16

typedef struct {
  Model *model;
  ParameterSet *set;
  Graph *graph;
  Tensor *input[LAYER_MAX_INPUTS], *output, *label;
} Net;

/* With a label for each step. */
static Net net_new(const char *spec, GraphMode mode) {
  GError *error = NULL;
  Net self = {.model = model_new(spec, &error), .graph = graph_new(mode, ROWS, 1)};

  g_assert_no_error(error);
  self.set = parameters_new_like(self.model->parameters, TRUE);
  parameters_initialize(self.set, 3);
  self.output =
      model_build(self.model, self.graph, &(ModelPlace){.parameters = self.set}, self.input);
  self.label = graph_input(self.graph, "label", TENSOR_INT, &SHAPE(self.model->output.dim[0]));
  graph_finish(self.graph, graph_apply(self.graph, &op_cross_entropy, "loss", NULL,
                                       (Tensor *[]){self.output, self.label}, 2, NULL));
  return self;
}

static void net_clear(Net *self) {
  graph_free(self->graph);
  parameters_free(self->set);
  model_free(self->model);
}

/* Tokens from 1 on; from some step of each row on 0, padding, where `padded`. */
static void draw_tokens(Tensor *tensor, int classes, gboolean padded, guint32 stream) {
  const Rng rng = rng_new(7, RNG_TEST, stream);
  const int steps = tensor->shape.dim[1];

  for (int b = 0; b < ROWS; b++)
    for (int t = 0; t < steps; t++) {
      const guint64 i = (guint64)(b * steps + t);
      const gboolean said = !padded || t <= b % steps;
      tensor->index[i] = said ? 1 + (gint32)rng_below(&rng, i, (guint32)classes - 1) : 0;
    }
}

/* --- lengths --- */

static const char TAGGER[] = "input 6 dtype=int32 name=source\n"
                             "embedding 9 4 mask_zero=true\n"
                             "bidirectional gru 5 return_sequences=true\n"
                             "lstm 6 return_sequences=true\n"
                             "dense 3 activation=softmax";

/* Padding changes nothing: a sequence with it says what one without it says, and learns the same.
 */
static void test_padding(void) {
  Net net = net_new(TAGGER, GRAPH_TRAIN);
  const int shorter = 3;
  float says[ROWS * 3 * 3];
  g_autofree float *gradients = g_new(float, net.set->size);

  draw_tokens(net.input[0], 9, FALSE, 3);
  for (int i = 0; i < ROWS * 6; i++) {
    net.label->index[i] = i % 6 < shorter ? i % 3 : -1;
    net.input[0]->index[i] = i % 6 < shorter ? net.input[0]->index[i] : 0;
  }
  graph_step(net.graph, ROWS, 0);
  memcpy(gradients, net.set->grad, net.set->size * sizeof(float));
  for (int b = 0; b < ROWS; b++)
    memcpy(says + b * 9, net.output->value + b * 18, 9 * sizeof(float));
  for (int b = 0; b < ROWS; b++)
    for (int t = 0; t < shorter; t++) {
      net.input[0]->index[b * shorter + t] = net.input[0]->index[b * 6 + t];
      net.label->index[b * shorter + t] = net.label->index[b * 6 + t];
    }
  graph_set_lengths(net.graph, (Tensor *[]){net.input[0], net.label},
                    (const int[]){shorter, shorter}, 2);
  graph_step(net.graph, ROWS, 0);
  g_assert_cmpmem(says, sizeof says, net.output->value, sizeof says);
  for (gsize i = 0; i < net.set->size; i++)
    g_assert_cmpfloat_with_epsilon(net.set->grad[i], gradients[i], 1e-6);
  net_clear(&net);
}

/* --- an encoder and a decoder --- */

static const char TRANSLATOR[] =
    "input 6 dtype=int32 name=source\n"
    "embedding 9 4 mask_zero=true\n"
    "bidirectional lstm 5 return_sequences=true name=encoder\n"
    "concatenate from=encoder.forward.state_h,encoder.backward.state_h name=h\n"
    "concatenate from=encoder.forward.state_c,encoder.backward.state_c name=c\n"
    "input 4 dtype=int32 name=said\n"
    "embedding 8 3 name=words\n"
    "lstm 10 from=words,h,c return_sequences=true name=decoder\n"
    "attention from=decoder,encoder name=look\n"
    "concatenate from=decoder,look name=both\n"
    "time_distributed dense 8 activation=softmax from=both";

static Net translator(GraphMode mode) {
  Net net = net_new(TRANSLATOR, mode);

  draw_tokens(net.input[0], 9, TRUE, 4);
  draw_tokens(net.input[1], 8, FALSE, 5);
  draw_tokens(net.label, 8, FALSE, 6);
  graph_step(net.graph, ROWS, 0);
  return net;
}

static void test_fast_and_naive(void) {
  Net fast = translator(GRAPH_TRAIN), naive = translator(GRAPH_PROBE);
  const gsize n = shape_size(&fast.output->shape);

  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon(fast.output->value[i], naive.output->value[i], 1e-6);
  for (gsize i = 0; i < fast.set->size; i++)
    g_assert_cmpfloat_with_epsilon(fast.set->grad[i], naive.set->grad[i], 1e-6);
  net_clear(&fast);
  net_clear(&naive);
}

static void assert_explains(const char *name, const Expr *expr, double stored) {
  const double value = expr_evaluate(expr), magnitude = fmax(expr_magnitude(expr), 1e-30);

  if (!(fabs(value - stored) <= 1e-5 * fmax(magnitude, fabs(stored))))
    g_error("%s is %g, explained as %g", name, stored, value);
}

/* Every number of the whole network, and every gradient. */
static void test_explained(void) {
  Net net = translator(GRAPH_PROBE);
  guint checked = 0;

  for (guint t = 0; t < net.graph->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(net.graph->tensors, t);
    const Rng rng = rng_new(t, RNG_TEST, 5);
    for (guint64 i = 0; i < 12 && tensor->type == TENSOR_FLOAT; i++) {
      const gsize offset = rng_below(&rng, i, (guint32)shape_size(&tensor->shape));
      g_autoptr(Expr) value = graph_explain(net.graph, tensor, offset);
      g_autoptr(Expr) gradient =
          tensor->grad != NULL ? graph_explain_gradient(net.graph, tensor, offset, ROWS) : NULL;
      if (value != NULL)
        assert_explains(tensor->name, value, (double)tensor->value[offset]);
      if (gradient != NULL)
        assert_explains(tensor->name, gradient, (double)tensor->grad[offset]);
      checked += gradient != NULL;
    }
  }
  g_assert_cmpuint(checked, >, 200);
  g_assert_nonnull(graph_find(net.graph, "encoder.forward.gates"));
  g_assert_nonnull(graph_find(net.graph, "decoder.cell"));
  net_clear(&net);
}

/* --- learning --- */

#define STEPS 9
#define LETTERS 4
#define REMEMBER(cell) "input 9 dtype=int32\nembedding 4 6\n" cell "\ndense 4 activation=softmax"

/* At each step, which token was the first: what a plain network that sees one step cannot know. */
static void draw_memory(Net *net, guint32 batch) {
  draw_tokens(net->input[0], LETTERS, FALSE, 100 + batch);
  for (int i = 0; i < ROWS * STEPS; i++)
    net->label->index[i] = net->input[0]->index[i - i % STEPS];
}

static void test_remember(gconstpointer spec) {
  static const OptimizerSettings SETTINGS = {
      .learning_rate = 0.02, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};
  Net net = net_new(spec, GRAPH_TRAIN);
  g_autoptr(Optimizer) optimizer = optimizer_new(optimizer_find("adam"), net.set);
  double before = 0, after = 0;

  for (guint32 step = 0; step < 200; step++) {
    draw_memory(&net, step);
    graph_step(net.graph, ROWS, step);
    optimizer_step(optimizer, &SETTINGS, step + 1);
    after = graph_mean(net.graph->loss, ROWS);
    before = step == 0 ? after : before;
  }
  g_test_message("loss %g, then %g", before, after);
  g_assert_cmpfloat(before, >, 1);
  g_assert_cmpfloat(after, <, 0.05);
  net_clear(&net);
}

/* --- as ONNX --- */

#define SOURCE "input 6x3 name=source\n"
#define DECODER                                                                                    \
  "bidirectional lstm 5 merge_mode=sum name=encoder\n"                                             \
  "concatenate from=encoder.forward.state_h,encoder.backward.state_h name=h\n"                     \
  "concatenate from=encoder.forward.state_c,encoder.backward.state_c name=c\n"                     \
  "input 4x2 name=said\n"                                                                          \
  "lstm 10 from=said,h,c return_sequences=true name=decoder\n"                                     \
  "gru 7 go_backwards=true\n"                                                                      \
  "dense 3"

/* As a saved model, read again; its parameters are 0, 1, 2, … */
static ModelFile *saved(const char *spec, const char *folder) {
  g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
  g_autoptr(SafeTensorsWriter) writer = safetensors_writer_new();
  GError *error = NULL;
  ModelSet *models = model_set_new(spec, &error);

  g_assert_no_error(error);
  g_autoptr(ParameterSet) set = parameters_new_like(models->parameters, FALSE);
  for (gsize i = 0; i < set->size; i++)
    set->value[i] = (float)i;
  model_file_write(writer, models, set, NULL);
  model_set_free(models);
  safetensors_writer_save(writer, path, &error);
  g_assert_no_error(error);
  ModelFile *file = model_file_read(path, &error);
  g_assert_no_error(error);
  return file;
}

static const OnnxPb__Tensor *find_tensor(const OnnxPb__Graph *graph, const char *name) {
  for (gsize i = 0; i < graph->n_initializer; i++)
    if (g_str_equal(graph->initializer[i]->name, name))
      return graph->initializer[i];
  g_error("no tensor %s", name);
}

static const OnnxPb__Node *find_node(const OnnxPb__Graph *graph, const char *name) {
  for (gsize i = 0; i < graph->n_node; i++)
    if (g_str_equal(graph->node[i]->name, name))
      return graph->node[i];
  g_error("no node %s", name);
}

/* Keras's column of gate k, unit u, as ONNX's row: i, o, f, c instead of i, f, c, o. */
static void check_kernel(const OnnxPb__Graph *graph, const ModelFile *file, const char *name) {
  static const int GATES[] = {0, 3, 1, 2};
  const OnnxPb__Tensor *tensor = find_tensor(graph, name);
  const Parameter *item =
      parameters_get(file->parameters, (guint)parameters_find(file->parameters, name));
  const float *is = (const float *)(gconstpointer)tensor->raw_data.data;
  const float *keras = file->parameters->value + item->offset;
  const int rows = item->shape.dim[0], columns = item->shape.dim[1], units = columns / 4;

  g_assert_cmpuint(tensor->n_dims, ==, 3);
  g_assert_cmpint(tensor->dims[1], ==, columns);
  g_assert_cmpint(tensor->dims[2], ==, rows);
  for (int k = 0; k < columns; k++)
    for (int r = 0; r < rows; r++)
      g_assert_cmpfloat(is[k * rows + r], ==,
                        keras[r * columns + GATES[k / units] * units + k % units]);
}

static void test_onnx(void) {
  char *folder = test_tmp_dir();
  g_autoptr(ModelFile) file = saved(SOURCE DECODER, folder);
  g_autofree char *path = g_build_filename(folder, "model.onnx", NULL), *bytes = NULL;
  GError *error = NULL;
  gsize size;

  g_assert_true(model_file_export(file, path, &error));
  g_assert_true(g_file_get_contents(path, &bytes, &size, &error));
  OnnxPb__Model *model = onnx_pb__model__unpack(NULL, size, (const guint8 *)bytes);
  g_assert_nonnull(model);
  const OnnxPb__Node *decoder = find_node(model->graph, "decoder");
  g_assert_cmpstr(decoder->op_type, ==, "LSTM");
  g_assert_cmpuint(decoder->n_input, ==, 7);
  g_assert_cmpstr(find_node(model->graph, "gru")->op_type, ==, "GRU");
  g_assert_cmpstr(find_node(model->graph, "encoder.backward.state_c")->op_type, ==, "Squeeze");
  check_kernel(model->graph, file, "decoder.kernel");
  check_kernel(model->graph, file, "encoder.backward.recurrent_kernel");
  onnx_pb__model__free_unpacked(model, NULL);
  test_remove_dir(folder);
}

/* What ONNX would compute otherwise, or not at all, is not written. */
static void test_not_onnx(void) {
  static const char *const MODELS[][2] = {
      {"input 6 dtype=int32\nembedding 9 4 mask_zero=true\nlstm 5", "padding, which is masked"},
      {"input 6x3\nlstm 5 return_sequences=true name=a\nattention from=a,a", "Attention"},
      {"input 6x3\ndense 5 name=a\nlstm 2 name=b\ndense 2 from=b.state_h", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(MODELS); i++) {
    char *folder = test_tmp_dir();
    g_autoptr(ModelFile) file = saved(MODELS[i][0], folder);
    g_autofree char *path = g_build_filename(folder, "model.onnx", NULL);
    GError *error = NULL;
    g_assert_true(model_file_export(file, path, &error) == (MODELS[i][1] == NULL));
    if (MODELS[i][1] != NULL)
      test_assert_error_says(&error, "cannot be written as ONNX", MODELS[i][1]);
    test_remove_dir(folder);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recurrent/padding", test_padding);
  g_test_add_func("/recurrent/fast-and-naive", test_fast_and_naive);
  g_test_add_func("/recurrent/explained", test_explained);
  g_test_add_data_func("/recurrent/remember/lstm", REMEMBER("lstm 12 return_sequences=true"),
                       test_remember);
  g_test_add_data_func("/recurrent/remember/gru", REMEMBER("gru 12 return_sequences=true"),
                       test_remember);
  g_test_add_data_func("/recurrent/remember/simple_rnn",
                       REMEMBER("simple_rnn 12 return_sequences=true"), test_remember);
  g_test_add_data_func("/recurrent/remember/bidirectional",
                       REMEMBER("bidirectional gru 8 return_sequences=true merge_mode=sum"),
                       test_remember);
  g_test_add_func("/recurrent/onnx", test_onnx);
  g_test_add_func("/recurrent/not-onnx", test_not_onnx);
  return g_test_run();
}
