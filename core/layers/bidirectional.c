/* Keras's Bidirectional: a recurrent layer read from both ends, and what the two give put together.
 *
 *   bidirectional lstm 64 return_sequences=true merge_mode=sum
 *
 * It takes the arguments of the layer it names (but for go_backwards). First states are those of
 * the way forward, then those of the way back; the last ones are NAME.forward.state_h,
 * NAME.backward.state_h, and so on. */
#include "core/layers/recurrent.h"

static const char *const MERGE_MODES[] = {"concat", "sum", "mul", "ave", NULL};

static const LayerArgument ARGUMENTS[] = {
    {.name = "layer", .kind = ARGUMENT_CHOICE, .choices = RECURRENT_KINDS, .positional = TRUE},
    RECURRENT_ARGUMENTS,
    ARGUMENT_RECURRENT_ACTIVATION,
    ARGUMENT_UNIT_FORGET_BIAS,
    ARGUMENT_RESET_AFTER,
    {.name = "merge_mode", .kind = ARGUMENT_CHOICE, .initial = "concat", .choices = MERGE_MODES},
    {NULL},
};

static Tensor *merge(const Layer *self, LayerBuilder *builder, Tensor *const *both,
                     GError **error) {
  static const Op *const OP[] = {&op_concat, &op_add, &op_multiply, &op_average};
  const int mode = (int)layer_number(self, "merge_mode");
  const ConcatAttrs concat = {-1};

  return graph_apply(builder->graph, OP[mode], self->name, mode == 0 ? &concat : NULL, both, 2,
                     error);
}

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const RecurrentKind kind = (RecurrentKind)layer_number(self, "layer");
  const int states = layer_recurrent_states(kind);
  const RecurrentPart forward = {.kind = kind, .part = "forward", .zero_masked = TRUE};
  const RecurrentPart backward = {.kind = kind,
                                  .part = "backward",
                                  .go_backwards = TRUE,
                                  .in_order = TRUE,
                                  .zero_masked = TRUE};
  Tensor *both[2], *y;

  if (!layer_check_recurrent(self, inputs, n, 2 * states, error))
    return NULL;
  both[0] =
      layer_recurrent_part(self, builder, &forward, inputs[0], n > 1 ? inputs + 1 : NULL, error);
  if (both[0] == NULL)
    return NULL;
  both[1] = layer_recurrent_part(self, builder, &backward, inputs[0],
                                 n > 1 ? inputs + 1 + states : NULL, error);
  y = both[1] != NULL ? merge(self, builder, both, error) : NULL;
  if (y != NULL)
    y->mask = both[0]->mask;
  return y;
}

const LayerClass layer_bidirectional = {
    .name = "bidirectional",
    .keras = "Bidirectional",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .inputs_most = 5,
    .build = build,
};
