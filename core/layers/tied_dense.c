/* A dense layer that shares the kernel of a layer above, turned: activation(x·Wᵀ + bias). Of an
 * embedding it is the head that scores every token (Press and Wolf 2017; KerasHub's
 * ReversibleEmbedding); of a dense layer, its mirror in an autoencoder. */
#include "core/formats/onnx.h"
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const char *const SUFFIXES[] = {"embeddings", "kernel"};

static const LayerArgument ARGUMENTS[] = {
    {.name = "tied", .kind = ARGUMENT_LAYER, .positional = TRUE},
    ARGUMENT_ACTIVATION,
    ARGUMENT_USE_BIAS,
    {NULL},
};

static Tensor *kernel_of(const Layer *self, LayerBuilder *builder, const Tensor *x,
                         GError **error) {
  const char *other = layer_text(self, "tied");
  const int size = x->shape.dim[x->shape.rank - 1];

  for (gsize i = 0; i < G_N_ELEMENTS(SUFFIXES); i++) {
    Tensor *kernel = layer_tied_parameter(builder, other, SUFFIXES[i]);
    if (kernel != NULL && kernel->shape.rank == 2 && kernel->shape.dim[1] == size)
      return kernel;
  }
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "%s: shares a kernel or a table of embeddings with %d columns, as many as it reads "
              "numbers; %s has none",
              self->name, size, other);
  return NULL;
}

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const gboolean use_bias = layer_number(self, "use_bias") != 0;
  const MatmulAttrs turned = {.transpose_b = TRUE};
  g_autofree char *name = layer_before_activation(self);
  g_autofree char *product = g_strconcat(self->name, ".product", NULL);
  Tensor *kernel = kernel_of(self, builder, inputs[0], error), *y, *bias;

  if (kernel == NULL)
    return NULL;
  y = graph_apply(builder->graph, &op_matmul, use_bias ? product : name, &turned,
                  (Tensor *[]){inputs[0], kernel}, 2, error);
  if (y != NULL && use_bias) {
    bias = layer_parameter(self, builder, "bias", &SHAPE(kernel->shape.dim[0]), "zeros");
    y = graph_apply(builder->graph, &op_add, name, NULL, (Tensor *[]){y, bias}, 2, error);
  }
  return y != NULL ? layer_activate(self, builder, y, error) : NULL;
}

#ifndef REAL_DOUBLE
static const char *pair(gpointer onnx, const char *op, const char *a, const char *b) {
  const char *result = onnx_graph_unique(onnx, op);

  onnx_graph_node(onnx, op, result, (const char *[]){a, b, NULL}, (const char *[]){result, NULL});
  return result;
}

static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  const char *activation = layer_choice(self, "activation");
  const char *bias = layer_parameter_onnx(self, parameters, onnx, "bias"), *kernel = NULL;
  Layer other = *self;

  other.name = (char *)layer_text(self, "tied");
  for (gsize i = 0; kernel == NULL && i < G_N_ELEMENTS(SUFFIXES); i++)
    kernel = layer_parameter_onnx(&other, parameters, onnx, SUFFIXES[i]);
  const char *result = pair(onnx, "MatMul", values[0], pair(onnx, "Transpose", kernel, NULL));
  if (bias != NULL)
    result = pair(onnx, "Add", result, bias);
  return layer_activation_onnx(onnx, activation, activation_parameter(activation), result);
}
#endif

const LayerClass layer_tied_dense = {
    .name = "tied_dense",
    .keras = "TiedDense",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .passes_mask = TRUE,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
