/* KerasHub's TransformerEncoder (Vaswani et al. 2017, section 3.1): self-attention, then a network
 * for each step; around each of them what came in is added, and the sum normalized (post-norm), or
 * with normalize_first what goes in (pre-norm). Padding is not looked at. */
#include "core/layers/transformer.h"

static const LayerArgument ARGUMENTS[] = {TRANSFORMER_ARGUMENTS, {NULL}};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  Tensor *x = layer_check_transformer(self, inputs, n, error) ? inputs[0] : NULL;

  if (x != NULL)
    x = layer_attention_block(self, builder, "self_attention", x, NULL, FALSE, error);
  return x != NULL ? layer_feedforward_block(self, builder, x, error) : NULL;
}

const LayerClass layer_transformer_encoder = {
    .name = "transformer_encoder",
    .keras = "TransformerEncoder",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .build = build,
};
