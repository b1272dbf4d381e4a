/* KerasHub's TransformerDecoder: self-attention that sees no later step, then, where it reads
 * from=sequence,encoder, attention to the encoder's steps, then a network for each step; added and
 * normalized as in the encoder. */
#include "core/layers/transformer.h"

static const LayerArgument ARGUMENTS[] = {TRANSFORMER_ARGUMENTS, {NULL}};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  Tensor *x = layer_check_transformer(self, inputs, n, error) ? inputs[0] : NULL;

  if (x != NULL)
    x = layer_attention_block(self, builder, "self_attention", x, NULL, TRUE, error);
  if (x != NULL && n > 1)
    x = layer_attention_block(self, builder, "cross_attention", x, inputs[1], FALSE, error);
  return x != NULL ? layer_feedforward_block(self, builder, x, error) : NULL;
}

const LayerClass layer_transformer_decoder = {
    .name = "transformer_decoder",
    .keras = "TransformerDecoder",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .inputs_most = 2,
    .build = build,
};
