/* Parts that the layers of attention are composed of. Each names its tensors and parameters after
 * the layer and the part: NAME.self_attention.query, NAME.self_attention.query.kernel. */
#pragma once

#include "core/layers/layer.h"
#include "core/ops/ops.h"

/* An affine map. Its kernel is a matrix, or one of a side for each head: (E, H, D), (H, D, E). */
typedef struct {
  Shape kernel, bias;
  gboolean use_bias;
  const char *initializer;
} DensePart;

/* Makes the tensor `tensor` (a full name) with the parameters NAME.part.kernel and NAME.part.bias.
 */
Tensor *layer_dense_part(const Layer *self, LayerBuilder *builder, const char *tensor,
                         const char *part, const DensePart *dense, Tensor *x, GError **error);

/* Multi-head attention: three maps to queries, keys and values of all heads, attention, and a map
 * back. `part` is "" where it is the layer itself; its steps are named part.query, part.key,
 * part.value and part.attention. */
typedef struct {
  const char *part;
  int heads, key_size, value_size, output_size; /* of one head; of the output's vectors */
  gboolean use_bias, causal;
  double dropout;
  const char *initializer;
} MultiHeadPart;

Tensor *layer_multi_head_part(const Layer *self, LayerBuilder *builder, const MultiHeadPart *part,
                              Tensor *query, Tensor *value, Tensor *key, GError **error);

/* query, value and key of an attention layer that reads 1, 2 or 3 others, in Keras's order. */
typedef struct {
  Tensor *query, *value, *key;
} AttentionInputs;

AttentionInputs layer_attention_inputs(Tensor *const *inputs, int n);
/* Whether they are sequences; on error says what would do. */
gboolean layer_check_sequences(const Layer *self, const AttentionInputs *inputs, GError **error);

/* What KerasHub's TransformerEncoder and TransformerDecoder are made of: attention, of a sequence
 * to itself or (`encoder` not NULL) to another one, and a network for each step. What comes in is
 * added to what each makes, and normalized before (normalize_first) or after. */
Tensor *layer_attention_block(const Layer *self, LayerBuilder *builder, const char *part, Tensor *x,
                              Tensor *encoder, gboolean causal, GError **error);
Tensor *layer_feedforward_block(const Layer *self, LayerBuilder *builder, Tensor *x,
                                GError **error);
gboolean layer_check_transformer(const Layer *self, Tensor *const *inputs, int n, GError **error);

#define ARGUMENT_DROPOUT                                                                           \
  { .name = "dropout", .kind = ARGUMENT_REAL, .initial = "0", .minimum = 0, .maximum = 0.99 }
#define ARGUMENT_CAUSAL                                                                            \
  { .name = "causal", .kind = ARGUMENT_BOOLEAN, .initial = "false" }
#define TRANSFORMER_ARGUMENTS                                                                      \
  {.name = "intermediate_dim",                                                                     \
   .kind = ARGUMENT_INTEGER,                                                                       \
   .minimum = 1,                                                                                   \
   .maximum = 1 << 20,                                                                             \
   .positional = TRUE},                                                                            \
      {.name = "num_heads",                                                                        \
       .kind = ARGUMENT_INTEGER,                                                                   \
       .minimum = 1,                                                                               \
       .maximum = 1024,                                                                            \
       .positional = TRUE},                                                                        \
      ARGUMENT_DROPOUT,                                                                            \
      {.name = "activation", .kind = ARGUMENT_CHOICE, .initial = "relu", .choices = ACTIVATIONS},  \
      {.name = "layer_norm_epsilon",                                                               \
       .kind = ARGUMENT_REAL,                                                                      \
       .initial = "1e-5",                                                                          \
       .minimum = 0,                                                                               \
       .maximum = 1},                                                                              \
      ARGUMENT_KERNEL_INITIALIZER,                                                                 \
      {.name = "normalize_first", .kind = ARGUMENT_BOOLEAN, .initial = "false"}, ARGUMENT_USE_BIAS
