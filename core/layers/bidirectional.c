/* Keras's Bidirectional: a recurrent layer read from both ends, and what the two give put together.
 *
 *   bidirectional lstm 64 return_sequences=true merge_mode=sum
 *
 * It takes the arguments of the layer it names (but for go_backwards). First states are those of
 * the way forward, then those of the way back; the last ones are NAME.forward.state_h,
 * NAME.backward.state_h, and so on. */
#include "core/formats/onnx.h"
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

/* The way forward and the way back. */
static RecurrentPart way(const Layer *self, gboolean back) {
  return (RecurrentPart){.kind = (RecurrentKind)layer_number(self, "layer"),
                         .part = back ? "backward" : "forward",
                         .go_backwards = back,
                         .in_order = back,
                         .zero_masked = TRUE};
}

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const RecurrentKind kind = (RecurrentKind)layer_number(self, "layer");
  const int states = layer_recurrent_states(kind);
  const RecurrentPart forward = way(self, FALSE), backward = way(self, TRUE);
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

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  static const char *const OP[] = {"Concat", "Sum", "Mul", "Mean"};
  const int mode = (int)layer_number(self, "merge_mode");
  const RecurrentPart forward = way(self, FALSE), backward = way(self, TRUE);
  const char *const *first = self->n_from > 1 ? values + 1 : NULL;
  const char *both[3] = {NULL}, *made;

  both[0] = layer_recurrent_onnx(self, parameters, onnx, &forward, values[0], first);
  both[1] =
      layer_recurrent_onnx(self, parameters, onnx, &backward, values[0],
                           first != NULL ? first + layer_recurrent_states(forward.kind) : NULL);
  made = onnx_graph_unique(onnx, self->name);
  OnnxNode *node = onnx_graph_node(onnx, OP[mode], made, both, (const char *[]){made, NULL});
  if (mode == 0)
    onnx_node_int(node, "axis", -1);
  return made;
}
#endif

const LayerClass layer_bidirectional = {
    .name = "bidirectional",
    .keras = "Bidirectional",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .inputs_most = 5,
    .reads_mask = TRUE,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
    .onnx_states = TRUE,
#endif
};
