/* KerasHub's PositionEmbedding and SinePositionEncoding: vectors for the steps of a sequence, to be
 * added to what stands there (`add from=tokens,positions`). */
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "sequence_length",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1 << 20,
     .positional = TRUE},
    {.name = "initializer", .kind = ARGUMENT_INITIALIZER, .initial = "glorot_uniform"},
    {NULL},
};

static const LayerArgument SINE_ARGUMENTS[] = {
    {.name = "max_wavelength",
     .kind = ARGUMENT_REAL,
     .initial = "10000",
     .minimum = 1,
     .maximum = 1e9,
     .positional = TRUE},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const Shape *x = &inputs[0]->shape;
  const Shape table = SHAPE((int)layer_number(self, "sequence_length"), x->dim[x->rank - 1]);
  Tensor *w = layer_parameter(self, builder, "position_embeddings", &table,
                              layer_text(self, "initializer"));

  return graph_apply(builder->graph, &op_position_embedding, self->name, NULL,
                     (Tensor *[]){inputs[0], w}, 2, error);
}

static Tensor *build_sine(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                          GError **error) {
  const SinePositionAttrs attrs = {layer_number(self, "max_wavelength")};

  return graph_apply(builder->graph, &op_sine_position_encoding, self->name, &attrs, inputs, 1,
                     error);
}

const LayerClass layer_position_embedding = {
    .name = "position_embedding",
    .keras = "PositionEmbedding",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .passes_mask = TRUE,
    .build = build,
};

const LayerClass layer_sine_position_encoding = {
    .name = "sine_position_encoding",
    .keras = "SinePositionEncoding",
    .arguments = SINE_ARGUMENTS,
    .inputs = 1,
    .passes_mask = TRUE,
    .build = build_sine,
};
