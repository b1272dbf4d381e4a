/* KerasHub's TokenAndPositionEmbedding: a learned vector for each token plus one for each step. Its
 * tables are NAME.embeddings and NAME.position_embeddings; with mask_zero token 0 is padding. */
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "vocabulary_size",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1 << 20,
     .positional = TRUE},
    {.name = "sequence_length",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1 << 20,
     .positional = TRUE},
    {.name = "embedding_dim",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1 << 16,
     .positional = TRUE},
    {.name = "embeddings_initializer", .kind = ARGUMENT_INITIALIZER, .initial = "random_uniform"},
    {.name = "mask_zero", .kind = ARGUMENT_BOOLEAN, .initial = "false"},
    {NULL},
};

/* An op of the layer: NAME.suffix, or NAME. */
static Tensor *apply(const Layer *self, LayerBuilder *builder, const char *suffix, const Op *op,
                     Tensor *a, Tensor *b, GError **error) {
  g_autofree char *name = g_strconcat(self->name, suffix, NULL);

  return graph_apply(builder->graph, op, name, NULL, (Tensor *[]){a, b}, b != NULL ? 2 : 1, error);
}

static gboolean check(const Layer *self, const Tensor *ids, GError **error) {
  const int longest = (int)layer_number(self, "sequence_length");

  if (ids->shape.rank == 2 && ids->shape.dim[1] <= longest)
    return TRUE;
  g_autofree char *shape = shape_to_string(&ids->shape);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "%s: needs sequences of at most %d tokens (sequence_length); the input is %s, batch "
              "first",
              self->name, longest, shape);
  return FALSE;
}

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const int size = (int)layer_number(self, "embedding_dim");
  const char *initializer = layer_text(self, "embeddings_initializer");
  Tensor *tokens, *positions, *y = NULL;

  if (!check(self, inputs[0], error))
    return NULL;
  Tensor *words =
      layer_parameter(self, builder, "embeddings",
                      &SHAPE((int)layer_number(self, "vocabulary_size"), size), initializer);
  Tensor *steps =
      layer_parameter(self, builder, "position_embeddings",
                      &SHAPE((int)layer_number(self, "sequence_length"), size), initializer);
  tokens = apply(self, builder, ".tokens", &op_embedding, inputs[0], words, error);
  if (tokens == NULL)
    return NULL;
  positions = apply(self, builder, ".positions", &op_position_embedding, tokens, steps, error);
  if (positions != NULL)
    y = apply(self, builder, "", &op_add, tokens, positions, error);
  if (y != NULL && layer_number(self, "mask_zero") != 0)
    y->mask = apply(self, builder, ".mask", &op_token_mask, inputs[0], NULL, error);
  return y;
}

const LayerClass layer_token_and_position_embedding = {
    .name = "token_and_position_embedding",
    .keras = "TokenAndPositionEmbedding",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .build = build,
};
