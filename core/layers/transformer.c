#include "core/layers/transformer.h"

/* NAME.part.suffix, either of which may be empty. */
static char *part_name(const Layer *self, const char *part, const char *suffix) {
  return g_strconcat(self->name, *part != '\0' ? "." : "", part, *suffix != '\0' ? "." : "", suffix,
                     NULL);
}

/* "part.suffix", either of which may be empty. */
static char *join(const char *part, const char *suffix) {
  return g_strconcat(part, *part != '\0' && *suffix != '\0' ? "." : "", suffix, NULL);
}

Tensor *layer_dense_part(const Layer *self, LayerBuilder *builder, const char *tensor,
                         const char *part, const DensePart *dense, Tensor *x, GError **error) {
  g_autofree char *kernel = join(part, "kernel"), *bias = join(part, "bias");
  Tensor *operands[3] = {x};

  operands[1] = layer_parameter(self, builder, kernel, &dense->kernel, dense->initializer);
  if (dense->use_bias)
    operands[2] = layer_parameter(self, builder, bias, &dense->bias, "zeros");
  return graph_apply(builder->graph, &op_dense, tensor, NULL, operands, dense->use_bias ? 3 : 2,
                     error);
}

/* The map of `x` to the heads, named part.what. */
static Tensor *to_heads(const Layer *self, LayerBuilder *builder, const MultiHeadPart *part,
                        const char *what, int size, Tensor *x, GError **error) {
  g_autofree char *tensor = part_name(self, part->part, what), *name = join(part->part, what);
  const DensePart dense = {SHAPE(x->shape.dim[2], part->heads, size), SHAPE(part->heads, size),
                           part->use_bias, part->initializer};

  return layer_dense_part(self, builder, tensor, name, &dense, x, error);
}

/* Keys and values of what came before are not computed again: a graph that remembers keeps them. */
static Tensor *remembered(const Layer *self, LayerBuilder *builder, const MultiHeadPart *part,
                          const char *what, Tensor *x, GError **error) {
  if (x == NULL || !part->causal || !builder->graph->remembers)
    return x;
  g_autofree char *name = part_name(self, part->part, what);
  return graph_apply(builder->graph, &op_sequence_memory, name, NULL, &x, 1, error);
}

Tensor *layer_multi_head_part(const Layer *self, LayerBuilder *builder, const MultiHeadPart *part,
                              Tensor *query, Tensor *value, Tensor *key, GError **error) {
  const AttentionAttrs attrs = {
      .heads = part->heads, .causal = part->causal, .rate = part->dropout};
  const DensePart back = {SHAPE(part->heads, part->value_size, part->output_size),
                          SHAPE(part->output_size), part->use_bias, part->initializer};
  g_autofree char *name = part_name(self, part->part, "attention");
  g_autofree char *tensor = part_name(self, part->part, "");
  g_autofree char *output = join(part->part, "attention_output");
  Tensor *operands[4] = {NULL}, *y = NULL;

  operands[0] = to_heads(self, builder, part, "query", part->key_size, query, error);
  if (operands[0] != NULL)
    operands[1] = to_heads(self, builder, part, "key", part->key_size, key, error);
  if ((operands[1] = remembered(self, builder, part, "key_memory", operands[1], error)) != NULL)
    operands[2] = to_heads(self, builder, part, "value", part->value_size, value, error);
  if ((operands[2] = remembered(self, builder, part, "value_memory", operands[2], error)) == NULL)
    return NULL;
  if (!builder->graph->remembers) /* what is written is no padding */
    operands[3] = value->mask != NULL ? value->mask : key->mask;
  y = graph_apply(builder->graph, &op_attention, name, &attrs, operands, 4, error);
  if (y != NULL)
    y = layer_dense_part(self, builder, tensor, output, &back, y, error);
  if (y != NULL)
    y->mask = query->mask;
  return y;
}

AttentionInputs layer_attention_inputs(Tensor *const *inputs, int n) {
  Tensor *value = inputs[n > 1 ? 1 : 0];

  return (AttentionInputs){inputs[0], value, n > 2 ? inputs[2] : value};
}

gboolean layer_check_sequences(const Layer *self, const AttentionInputs *inputs, GError **error) {
  const Tensor *const all[] = {inputs->query, inputs->value, inputs->key};

  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    if (all[i]->shape.rank != 3 || all[i]->type != TENSOR_FLOAT) {
      g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                  "%s: needs sequences of vectors, one vector a step: 64x128 where there are 64 "
                  "steps of 128 numbers; %s gives something else",
                  self->name, all[i]->name);
      return FALSE;
    }
  return TRUE;
}
