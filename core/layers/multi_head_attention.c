/* Keras's MultiHeadAttention. It reads one sequence (self-attention), or from=query,value, or
 * from=query,value,key; Keras's use_causal_mask is the argument `causal`. */
#include "core/layers/transformer.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "num_heads",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1024,
     .positional = TRUE},
    {.name = "key_dim",
     .kind = ARGUMENT_INTEGER,
     .minimum = 1,
     .maximum = 1 << 16,
     .positional = TRUE},
    {.name = "value_dim", .kind = ARGUMENT_INTEGER, .initial = "0", .maximum = 1 << 16},
    ARGUMENT_DROPOUT,
    ARGUMENT_USE_BIAS,
    ARGUMENT_CAUSAL,
    ARGUMENT_KERNEL_INITIALIZER,
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const AttentionInputs from = layer_attention_inputs(inputs, n);
  const int key_size = (int)layer_number(self, "key_dim");
  const int value_size = (int)layer_number(self, "value_dim");

  if (!layer_check_sequences(self, &from, error))
    return NULL;
  const MultiHeadPart part = {.part = "",
                              .heads = (int)layer_number(self, "num_heads"),
                              .key_size = key_size,
                              .value_size = value_size > 0 ? value_size : key_size,
                              .output_size = from.query->shape.dim[2],
                              .use_bias = layer_number(self, "use_bias") != 0,
                              .causal = layer_number(self, "causal") != 0,
                              .dropout = layer_number(self, "dropout"),
                              .initializer = layer_text(self, "kernel_initializer")};
  return layer_multi_head_part(self, builder, &part, from.query, from.value, from.key, error);
}

const LayerClass layer_multi_head_attention = {
    .name = "multi_head_attention",
    .keras = "MultiHeadAttention",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .inputs_most = 3,
    .build = build,
};
