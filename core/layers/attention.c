/* Keras's Attention (the dot product, not scaled: score_mode="dot") and AdditiveAttention. They
 * read from=query,value or from=query,value,key; Keras's use_causal_mask is the argument `causal`.
 */
#include "core/layers/transformer.h"

static const LayerArgument ARGUMENTS[] = {ARGUMENT_DROPOUT, ARGUMENT_CAUSAL, {NULL}};

static const LayerArgument ADDITIVE_ARGUMENTS[] = {
    {.name = "use_scale", .kind = ARGUMENT_BOOLEAN, .initial = "true"},
    ARGUMENT_DROPOUT,
    ARGUMENT_CAUSAL,
    {NULL},
};

static Tensor *apply(const Layer *self, LayerBuilder *builder, const Op *op,
                     const AttentionInputs *from, Tensor *scale, GError **error) {
  const AttentionAttrs attrs = {.causal = layer_number(self, "causal") != 0,
                                .scale = 1,
                                .rate = layer_number(self, "dropout")};
  Tensor *mask = from->value->mask != NULL ? from->value->mask : from->key->mask;
  Tensor *y = graph_apply(builder->graph, op, self->name, &attrs,
                          (Tensor *[]){from->query, from->key, from->value, mask, scale},
                          scale != NULL ? 5 : 4, error);

  if (y != NULL)
    y->mask = from->query->mask;
  return y;
}

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const AttentionInputs from = layer_attention_inputs(inputs, n);

  return layer_check_sequences(self, &from, error)
             ? apply(self, builder, &op_attention, &from, NULL, error)
             : NULL;
}

static Tensor *build_additive(const Layer *self, LayerBuilder *builder, Tensor *const *inputs,
                              int n, GError **error) {
  const AttentionInputs from = layer_attention_inputs(inputs, n);
  Tensor *scale = NULL;

  if (!layer_check_sequences(self, &from, error))
    return NULL;
  if (layer_number(self, "use_scale") != 0)
    scale =
        layer_parameter(self, builder, "scale", &SHAPE(from.query->shape.dim[2]), "glorot_uniform");
  return apply(self, builder, &op_additive_attention, &from, scale, error);
}

const LayerClass layer_attention = {
    .name = "attention",
    .keras = "Attention",
    .arguments = ARGUMENTS,
    .inputs = 2,
    .inputs_most = 3,
    .build = build,
};

const LayerClass layer_additive_attention = {
    .name = "additive_attention",
    .keras = "AdditiveAttention",
    .arguments = ADDITIVE_ARGUMENTS,
    .inputs = 2,
    .inputs_most = 3,
    .build = build_additive,
};
