#include "core/layers/transformer.h"

gboolean layer_check_transformer(const Layer *self, Tensor *const *inputs, int n, GError **error) {
  const AttentionInputs from = layer_attention_inputs(inputs, n);
  const int heads = (int)layer_number(self, "num_heads");

  if (!layer_check_sequences(self, &from, error))
    return FALSE;
  if (inputs[0]->shape.dim[2] % heads == 0)
    return TRUE;
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "%s: %d heads do not divide vectors of %d numbers evenly; make one a multiple of the "
              "other",
              self->name, heads, inputs[0]->shape.dim[2]);
  return FALSE;
}

/* Applies an op; the result is NAME.suffix, or NAME where that is NULL, with the padding of `x`. */
static Tensor *apply(const Layer *self, LayerBuilder *builder, const char *suffix, const Op *op,
                     const void *attrs, Tensor *const *inputs, int n, const Tensor *x,
                     GError **error) {
  g_autofree char *name =
      suffix != NULL ? g_strconcat(self->name, ".", suffix, NULL) : g_strdup(self->name);
  Tensor *y = graph_apply(builder->graph, op, name, attrs, inputs, n, error);

  if (y != NULL)
    y->mask = x->mask;
  return y;
}

/* Layer normalization with the parameters NAME.part_layer_norm.gamma and .beta. */
static Tensor *normalize(const Layer *self, LayerBuilder *builder, const char *part,
                         const char *suffix, Tensor *x, GError **error) {
  const NormAttrs attrs = {.epsilon = layer_number(self, "layer_norm_epsilon")};
  g_autofree char *gamma = g_strconcat(part, "_layer_norm.gamma", NULL);
  g_autofree char *beta = g_strconcat(part, "_layer_norm.beta", NULL);
  const Shape size = SHAPE(x->shape.dim[x->shape.rank - 1]);
  Tensor *inputs[] = {x, layer_parameter(self, builder, gamma, &size, "ones"),
                      layer_parameter(self, builder, beta, &size, "zeros")};

  return apply(self, builder, suffix, &op_layer_norm, &attrs, inputs, 3, x, error);
}

/* What the part starts from: x, or with normalize_first NAME.part_layer_norm. */
static Tensor *before(const Layer *self, LayerBuilder *builder, const char *part, Tensor *x,
                      GError **error) {
  g_autofree char *suffix = g_strconcat(part, "_layer_norm", NULL);

  return layer_number(self, "normalize_first") != 0
             ? normalize(self, builder, part, suffix, x, error)
             : x;
}

/* x plus what the part made of it, after dropout; normalized unless it was before. The result is
 * NAME.part_sum or NAME.part_layer_norm, of the layer's last part NAME. */
static Tensor *after(const Layer *self, LayerBuilder *builder, const char *part, gboolean last,
                     Tensor *x, Tensor *made, GError **error) {
  const gboolean first = layer_number(self, "normalize_first") != 0;
  const DropoutAttrs dropout = {layer_number(self, "dropout")};
  g_autofree char *dropped = g_strconcat(part, "_dropout", NULL);
  g_autofree char *sum = g_strconcat(part, "_sum", NULL);
  g_autofree char *normalized = g_strconcat(part, "_layer_norm", NULL);

  if (made != NULL && dropout.rate > 0)
    made = apply(self, builder, dropped, &op_dropout, &dropout, &made, 1, x, error);
  if (made != NULL)
    made = apply(self, builder, last && first ? NULL : sum, &op_add, NULL, (Tensor *[]){x, made}, 2,
                 x, error);
  if (made != NULL && !first)
    made = normalize(self, builder, part, last ? NULL : normalized, made, error);
  return made;
}

Tensor *layer_attention_block(const Layer *self, LayerBuilder *builder, const char *part, Tensor *x,
                              Tensor *encoder, gboolean causal, GError **error) {
  const int heads = (int)layer_number(self, "num_heads"), size = x->shape.dim[2];
  const MultiHeadPart attention = {.part = part,
                                   .heads = heads,
                                   .key_size = size / heads,
                                   .value_size = size / heads,
                                   .output_size = size,
                                   .use_bias = layer_number(self, "use_bias") != 0,
                                   .causal = causal,
                                   .dropout = layer_number(self, "dropout"),
                                   .initializer = layer_text(self, "kernel_initializer")};
  Tensor *y = before(self, builder, part, x, error);

  if (y != NULL)
    y = layer_multi_head_part(self, builder, &attention, y, encoder != NULL ? encoder : y,
                              encoder != NULL ? encoder : y, error);
  return after(self, builder, part, FALSE, x, y, error);
}

/* NAME.feedforward_intermediate_dense, and before its activation what ends in .preactivation. */
static Tensor *intermediate(const Layer *self, LayerBuilder *builder, Tensor *x, GError **error) {
  const int size = (int)layer_number(self, "intermediate_dim");
  const char *activation = layer_choice(self, "activation");
  const ActivationAttrs attrs = {activation_parameter(activation)};
  const DensePart dense = {SHAPE(x->shape.dim[2], size), SHAPE(size),
                           layer_number(self, "use_bias") != 0,
                           layer_text(self, "kernel_initializer")};
  g_autofree char *name =
      g_strconcat(self->name, ".feedforward_intermediate_dense.preactivation", NULL);
  Tensor *y =
      layer_dense_part(self, builder, name, "feedforward_intermediate_dense", &dense, x, error);

  return y != NULL ? apply(self, builder, "feedforward_intermediate_dense", op_find(activation),
                           &attrs, &y, 1, x, error)
                   : NULL;
}

Tensor *layer_feedforward_block(const Layer *self, LayerBuilder *builder, Tensor *x,
                                GError **error) {
  const int size = x->shape.dim[2], inner = (int)layer_number(self, "intermediate_dim");
  const DensePart dense = {SHAPE(inner, size), SHAPE(size), layer_number(self, "use_bias") != 0,
                           layer_text(self, "kernel_initializer")};
  g_autofree char *name = g_strconcat(self->name, ".feedforward_output_dense", NULL);
  Tensor *y = before(self, builder, "feedforward", x, error);

  if (y != NULL)
    y = intermediate(self, builder, y, error);
  if (y != NULL)
    y = layer_dense_part(self, builder, name, "feedforward_output_dense", &dense, y, error);
  return after(self, builder, "feedforward", TRUE, x, y, error);
}
