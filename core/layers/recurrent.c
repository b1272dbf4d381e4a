/* Keras's SimpleRNN, LSTM and GRU. They read a sequence, or from=sequence,h (LSTM: sequence,h,c)
 * with the states to begin with. What Keras gives with return_state is there to be read by its
 * name: from=NAME.state_h, from=NAME.state_c. */
#include "core/layers/recurrent.h"

const char *const RECURRENT_KINDS[] = {"simple_rnn", "lstm", "gru", NULL};
const char *const RECURRENT_ACTIVATIONS[] = {"linear", "relu", "sigmoid", "tanh", NULL};

static const LayerArgument SIMPLE_ARGUMENTS[] = {
    RECURRENT_ARGUMENTS, ARGUMENT_GO_BACKWARDS, {NULL}};
static const LayerArgument LSTM_ARGUMENTS[] = {RECURRENT_ARGUMENTS,
                                               ARGUMENT_RECURRENT_ACTIVATION,
                                               ARGUMENT_UNIT_FORGET_BIAS,
                                               ARGUMENT_GO_BACKWARDS,
                                               {NULL}};
static const LayerArgument GRU_ARGUMENTS[] = {RECURRENT_ARGUMENTS,
                                              ARGUMENT_RECURRENT_ACTIVATION,
                                              ARGUMENT_RESET_AFTER,
                                              ARGUMENT_GO_BACKWARDS,
                                              {NULL}};

int layer_recurrent_states(RecurrentKind kind) { return kind == RECURRENT_LSTM ? 2 : 1; }

gboolean layer_check_recurrent(const Layer *self, Tensor *const *inputs, int n, int states,
                               GError **error) {
  g_autofree char *shape = shape_to_string(&inputs[0]->shape);

  if (inputs[0]->type == TENSOR_INT)
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "%s: reads vectors, but %s gives whole numbers (tokens); put an embedding between "
                "them",
                self->name, inputs[0]->name);
  else if (inputs[0]->shape.rank != 3)
    g_set_error(
        error, MODEL_ERROR, MODEL_ERROR_SHAPE,
        "%s: needs a sequence of vectors, one a step: 28x3 where there are 28 steps of 3 "
        "numbers (a layer before it may need return_sequences=true); the input is %s, batch "
        "first",
        self->name, shape);
  else if (n != 1 && n != 1 + states)
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "%s: begins with zeros, or reads all %d states after the sequence, as "
                "from=sequence,%s; from= names %d",
                self->name, states,
                states == 1   ? "h"
                : states == 2 ? "h,c"
                              : "h,c,h,c",
                n);
  else
    return TRUE;
  return FALSE;
}

static const char *bias_initializer(const Layer *self, RecurrentKind kind, GError **error) {
  const char *initializer = layer_text(self, "bias_initializer");

  if (kind != RECURRENT_LSTM || layer_number(self, "unit_forget_bias") == 0)
    return initializer;
  if (g_str_equal(initializer, "zeros"))
    return "unit_forget_bias";
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SPEC,
              "%s: unit_forget_bias=true goes with bias_initializer=zeros; with %s, say "
              "unit_forget_bias=false",
              self->name, initializer);
  return NULL;
}

/* "part.suffix", or "suffix" of the whole layer. */
static char *join(const char *part, const char *suffix) {
  return g_strconcat(part, *part != '\0' ? "." : "", suffix, NULL);
}

static gboolean add_parameters(const Layer *self, LayerBuilder *builder, const RecurrentPart *part,
                               const RecurrentAttrs *attrs, int inputs, Tensor **operands,
                               GError **error) {
  static const int GATES[] = {
      [RECURRENT_SIMPLE_RNN] = 1, [RECURRENT_LSTM] = 4, [RECURRENT_GRU] = 3};
  const int units = (int)layer_number(self, "units"), columns = units * GATES[part->kind];
  const char *initializer = bias_initializer(self, part->kind, error);
  g_autofree char *kernel = join(part->part, "kernel"), *bias = join(part->part, "bias");
  g_autofree char *recurrent = join(part->part, "recurrent_kernel");

  if (initializer == NULL)
    return FALSE;
  operands[1] = layer_parameter(self, builder, kernel, &SHAPE(inputs, columns),
                                layer_text(self, "kernel_initializer"));
  operands[2] = layer_parameter(self, builder, recurrent, &SHAPE(units, columns),
                                layer_text(self, "recurrent_initializer"));
  if (layer_number(self, "use_bias") != 0)
    operands[3] =
        layer_parameter(self, builder, bias,
                        attrs->reset_after ? &SHAPE(2, columns) : &SHAPE(columns), initializer);
  return TRUE;
}

static RecurrentAttrs attributes(const Layer *self, const RecurrentPart *part) {
  const gboolean gates = part->kind != RECURRENT_SIMPLE_RNN;

  return (RecurrentAttrs){
      .activation = (RecurrentFunction)layer_number(self, "activation"),
      .recurrent_activation =
          gates ? (RecurrentFunction)layer_number(self, "recurrent_activation") : 0,
      .return_sequences = layer_number(self, "return_sequences") != 0,
      .go_backwards = part->go_backwards,
      .in_order = part->in_order,
      .zero_masked = part->zero_masked,
      .reset_after = part->kind == RECURRENT_GRU && layer_number(self, "reset_after") != 0,
  };
}

Tensor *layer_recurrent_part(const Layer *self, LayerBuilder *builder, const RecurrentPart *part,
                             Tensor *x, Tensor *const *first, GError **error) {
  static const Op *const OP[] = {&op_simple_rnn, &op_lstm, &op_gru};
  const int states = layer_recurrent_states(part->kind);
  const RecurrentAttrs attrs = attributes(self, part);
  g_autofree char *name = join(self->name, part->part);
  Tensor *operands[NODE_MAX_INPUTS] = {x, NULL, NULL, NULL, x->mask};

  if (!add_parameters(self, builder, part, &attrs, x->shape.dim[2], operands, error))
    return NULL;
  for (int k = 0; first != NULL && k < states; k++)
    operands[5 + k] = first[k];
  Tensor *y = graph_apply(builder->graph, OP[part->kind], *part->part != '\0' ? name : self->name,
                          &attrs, operands, 5 + states, error);
  if (y != NULL && attrs.return_sequences && (attrs.in_order || !attrs.go_backwards))
    y->mask = x->mask;
  return y;
}

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     RecurrentKind kind, GError **error) {
  const RecurrentPart part = {
      .kind = kind, .part = "", .go_backwards = layer_number(self, "go_backwards") != 0};

  if (!layer_check_recurrent(self, inputs, n, layer_recurrent_states(kind), error))
    return NULL;
  return layer_recurrent_part(self, builder, &part, inputs[0], n > 1 ? inputs + 1 : NULL, error);
}

#ifndef REAL_DOUBLE
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values, RecurrentKind kind) {
  const RecurrentPart part = {
      .kind = kind, .part = "", .go_backwards = layer_number(self, "go_backwards") != 0};

  return layer_recurrent_onnx(self, parameters, onnx, &part, values[0],
                              self->n_from > 1 ? values + 1 : NULL);
}

#define DEFINE_TO_ONNX(id, which)                                                                  \
  static const char *to_onnx_##id(const Layer *self, const ParameterSet *parameters,               \
                                  gpointer onnx, const char *const *values) {                      \
    return to_onnx(self, parameters, onnx, values, which);                                         \
  }
#define TO_ONNX(id) .to_onnx = to_onnx_##id, .onnx_states = TRUE,
#else
#define DEFINE_TO_ONNX(id, which)
#define TO_ONNX(id)
#endif

#define RECURRENT(id, title, which, list, most)                                                    \
  static Tensor *build_##id(const Layer *self, LayerBuilder *builder, Tensor *const *inputs,       \
                            int n, GError **error) {                                               \
    return build(self, builder, inputs, n, which, error);                                          \
  }                                                                                                \
  DEFINE_TO_ONNX(id, which)                                                                        \
  extern const LayerClass layer_##id;                                                              \
  const LayerClass layer_##id = {.name = #id,                                                      \
                                 .keras = title,                                                   \
                                 .arguments = list,                                                \
                                 .inputs = 1,                                                      \
                                 .inputs_most = most,                                              \
                                 .reads_mask = TRUE,                                               \
                                 TO_ONNX(id).build = build_##id};
RECURRENT(simple_rnn, "SimpleRNN", RECURRENT_SIMPLE_RNN, SIMPLE_ARGUMENTS, 2)
RECURRENT(lstm, "LSTM", RECURRENT_LSTM, LSTM_ARGUMENTS, 3)
RECURRENT(gru, "GRU", RECURRENT_GRU, GRU_ARGUMENTS, 2)
