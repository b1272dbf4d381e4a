/* What the layers SimpleRNN, LSTM and GRU share, and Bidirectional with them. */
#pragma once

#include "core/layers/layer.h"
#include "core/ops/ops.h"

typedef enum { RECURRENT_SIMPLE_RNN, RECURRENT_LSTM, RECURRENT_GRU } RecurrentKind;

extern const char *const RECURRENT_KINDS[];

/* One cell going through a sequence. */
typedef struct {
  RecurrentKind kind;
  const char *part; /* of the layer: "forward"; "": all of it */
  gboolean go_backwards, in_order, zero_masked;
} RecurrentPart;

/* How many states a cell has: the outputs state_h (and state_c of an LSTM). */
int layer_recurrent_states(RecurrentKind kind);
/* Whether there is a sequence to read and `states` times as many first states or none; on error
 * says what would do. */
gboolean layer_check_recurrent(const Layer *self, Tensor *const *inputs, int n, int states,
                               GError **error);
/* Reads inputs[0], and its states from `first` unless that is NULL. Arguments are the layer's;
 * parameters are named part.kernel, part.recurrent_kernel, part.bias. */
Tensor *layer_recurrent_part(const Layer *self, LayerBuilder *builder, const RecurrentPart *part,
                             Tensor *x, Tensor *const *first, GError **error);

#ifndef REAL_DOUBLE
/* Writes one way through a sequence: reads x and, unless `first` is NULL, its first states; returns
 * the name of the output. The last states are there as NAME.part.state_h, NAME.part.state_c. */
const char *layer_recurrent_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                                 const RecurrentPart *part, const char *x,
                                 const char *const *first);
#endif

/* Those whose derivative follows from their value, in the order of RecurrentFunction. */
extern const char *const RECURRENT_ACTIVATIONS[];

#define ARGUMENT_RECURRENT_ACTIVATION                                                              \
  {                                                                                                \
    .name = "recurrent_activation", .kind = ARGUMENT_CHOICE, .initial = "sigmoid",                 \
    .choices = RECURRENT_ACTIVATIONS                                                               \
  }
#define ARGUMENT_UNIT_FORGET_BIAS                                                                  \
  { .name = "unit_forget_bias", .kind = ARGUMENT_BOOLEAN, .initial = "true" }
#define ARGUMENT_RESET_AFTER                                                                       \
  { .name = "reset_after", .kind = ARGUMENT_BOOLEAN, .initial = "true" }
#define ARGUMENT_GO_BACKWARDS                                                                      \
  { .name = "go_backwards", .kind = ARGUMENT_BOOLEAN, .initial = "false" }
#define RECURRENT_ARGUMENTS                                                                        \
  {.name = "units",                                                                                \
   .kind = ARGUMENT_INTEGER,                                                                       \
   .minimum = 1,                                                                                   \
   .maximum = 1 << 14,                                                                             \
   .positional = TRUE},                                                                            \
      {.name = "activation",                                                                       \
       .kind = ARGUMENT_CHOICE,                                                                    \
       .initial = "tanh",                                                                          \
       .choices = RECURRENT_ACTIVATIONS},                                                          \
      ARGUMENT_USE_BIAS, ARGUMENT_KERNEL_INITIALIZER,                                              \
      {.name = "recurrent_initializer", .kind = ARGUMENT_INITIALIZER, .initial = "orthogonal"},    \
      {.name = "bias_initializer", .kind = ARGUMENT_INITIALIZER, .initial = "zeros"}, {            \
    .name = "return_sequences", .kind = ARGUMENT_BOOLEAN, .initial = "false"                       \
  }
