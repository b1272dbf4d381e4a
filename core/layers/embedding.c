/* Keras's Embedding: a vector for each token. With mask_zero, token 0 is padding, and layers that
 * know masks pass over it. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "input_dim",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1 << 22,
     .positional = TRUE},
    {.name = "output_dim",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1 << 16,
     .positional = TRUE},
    {.name = "mask_zero", .kind = ARGUMENT_BOOLEAN, .initial = "false"},
    {.name = "embeddings_initializer", .kind = ARGUMENT_INITIALIZER, .initial = "random_uniform"},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const int words = (int)layer_number(self, "input_dim");
  const int width = (int)layer_number(self, "output_dim");
  Tensor *table = layer_parameter(self, builder, "embeddings", &SHAPE(words, width),
                                  layer_text(self, "embeddings_initializer"));
  Tensor *y = graph_apply(builder->graph, &op_embedding, self->name, NULL,
                          (Tensor *[]){inputs[0], table}, 2, error);

  if (y == NULL || layer_number(self, "mask_zero") == 0)
    return y;
  g_autofree char *name = g_strconcat(self->name, ".mask", NULL);
  y->mask = graph_apply(builder->graph, &op_token_mask, name, NULL, inputs, 1, error);
  return y->mask != NULL ? y : NULL;
}

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *table = layer_parameter_onnx(self, parameters, onnx, "embeddings");
  const char *result = onnx_graph_unique(onnx, self->name);

  onnx_graph_node(onnx, "Gather", result, (const char *[]){table, values[0], NULL},
                  (const char *[]){result, NULL});
  return result;
}
#endif

const LayerClass layer_embedding = {
    .name = "embedding",
    .keras = "Embedding",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
