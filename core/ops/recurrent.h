/* What the recurrent ops share: one cell that goes through a sequence step by step, and hands its
 * states on from each to the next.
 *
 *   x (B, T, C), kernel (C, G·U), recurrent kernel (U, G·U), bias, mask (B, T), first states (B, U)
 *   y (B, T, U) or (B, U)
 *
 * U units, G blocks of columns, one for each gate. An op with S states (hidden; an LSTM's cell as
 * well) has these outputs: y; the S states after the last step, (B, U); then, to be looked at, the
 * S states after each step, (B, T, U); the gates, (B, T, G, U), where there are several; and what
 * else its cell computes. What belongs to a step stands at that step of x, whichever way the cell
 * goes.
 *
 * A masked step leaves the states as they are, and gives the output of the step before once more
 * (or zeros, where attrs say so).
 */
#pragma once

#include "core/ops/ops.h"

enum {
  RECURRENT_X,
  RECURRENT_KERNEL,
  RECURRENT_RECURRENT,
  RECURRENT_BIAS,
  RECURRENT_MASK,
  RECURRENT_STATE, /* and after it the others */
};

typedef struct {
  int steps, inputs, units; /* T, C, U */
  int columns;              /* G·U */
  int states;               /* S */
} RecurrentSizes;

/* A row at a step. */
typedef struct {
  int b, t;
  int before, after; /* the steps the cell was at before and will be at after it; -1: none */
  gboolean masked;
} RecurrentPlace;

/* What makes a cell one: these work on a place that is not masked, but for `forward`. */
typedef struct {
  int gates; /* G */
  int more;  /* how many further outputs (B, T, U) */
  void (*forward)(Node *self, const RecurrentPlace *at);
  void (*backward)(Node *self, const RecurrentPlace *at);
  /* The gradient of the sum that column k of the kernel goes into, and of the one that column k of
   * the recurrent kernel goes into (NULL: it is the same). */
  Expr *(*explain_sum)(const Node *self, const RecurrentPlace *at, int k);
  Expr *(*explain_state_sum)(const Node *self, const RecurrentPlace *at, int k);
  /* What number v of the recurrent kernel's rows multiplies in column k; NULL: the hidden state. */
  Expr *(*explain_state_operand)(const Node *self, const RecurrentPlace *at, int v, int k);
  /* Adds what a step gives to the gradient of the states before it. */
  void (*explain_before)(const Node *self, const RecurrentPlace *at, int state, int u, Expr *sum);
  /* Adds what the cell gives, within a step, to the gradient of what it computes there: number i
   * of output `output` at this step. */
  void (*explain_within)(const Node *self, const RecurrentPlace *at, int output, int i, Expr *sum);
  /* Number i of a state, the gates or a further output at this step. */
  Expr *(*explain)(const Node *self, const RecurrentPlace *at, int output, int i);
} RecurrentCell;

RecurrentSizes recurrent_sizes(const Node *self);
const RecurrentAttrs *recurrent_attrs(const Node *self);
/* The outputs: state k after the last step, after each step; gates, and what comes after them. */
Tensor *recurrent_last(const Node *self, int k);
Tensor *recurrent_states(const Node *self, int k);
int recurrent_gates_index(const Node *self);
Tensor *recurrent_gates(const Node *self);
Tensor *recurrent_more(const Node *self);
/* An input that may be missing. */
const Tensor *recurrent_input(const Node *self, int input);

/* Which step the cell is at after `work` others. */
int recurrent_step(const Node *self, int work);
/* Which step of x output s of the sequence (or the only one) belongs to. */
int recurrent_output_step(const Node *self, int s);
RecurrentPlace recurrent_place(const Node *self, int b, int t);
/* Of (b, t) in a tensor with `width` numbers a step. */
gsize recurrent_at(const Node *self, const RecurrentPlace *at, int width);

gboolean recurrent_shape(Node *self, const RecurrentCell *cell, GError **error);
void recurrent_forward(Node *self, const RecurrentCell *cell, Tile tile);
void recurrent_backward(Node *self, const RecurrentCell *cell, Tile tile);
double recurrent_flops(const Node *self);
double recurrent_flops_backward(const Node *self, int input);

/* Number u of state k before a step, and its gradient, to which is added. */
real recurrent_before(const Node *self, const RecurrentPlace *at, int k, int u);
void recurrent_add_before(Node *self, const RecurrentPlace *at, int k, int u, real gradient);
/* Σ_c x[c] · kernel[c, k] + bias[k]; and the way back. */
real recurrent_sum(const Node *self, const RecurrentPlace *at, int k);
void recurrent_sum_backward(Node *self, const RecurrentPlace *at, int k, real gradient);
/* Σ_v h[v] · recurrent kernel[v, k], of the hidden state before; and the way back. */
real recurrent_state_sum(const Node *self, const RecurrentPlace *at, int k);
void recurrent_state_sum_backward(Node *self, const RecurrentPlace *at, int k, real gradient);

/* f(x); f′ by the value f(x). */
real recurrent_function(RecurrentFunction f, real x);
real recurrent_slope(RecurrentFunction f, real y);

/* What the callbacks of an op do with its cell. */
Expr *recurrent_explain(const Node *self, gsize offset);
Expr *recurrent_explain_inner(const Node *self, const RecurrentCell *cell, int output,
                              gsize offset);
Expr *recurrent_explain_gradient(const Node *self, const RecurrentCell *cell, int input,
                                 gsize offset, int rows);
Expr *recurrent_explain_inner_gradient(const Node *self, const RecurrentCell *cell, int output,
                                       gsize offset);
/* Parts of explanations. */
Expr *recurrent_explain_before(const Node *self, const RecurrentPlace *at, int k, int u);
void recurrent_explain_sum(const Node *self, const RecurrentPlace *at, int k, Expr *sum);
void recurrent_explain_state_sum(const Node *self, const RecurrentPlace *at, int k, Expr *sum);
Expr *recurrent_explain_function(RecurrentFunction f, Expr *x);
Expr *recurrent_explain_derivative(RecurrentFunction f, Expr *x);
/* `gradient` times f′, by the value that stands there. */
Expr *recurrent_explain_slope(RecurrentFunction f, const Tensor *tensor, gsize offset,
                              Expr *gradient);
/* Adds Σ_k (gradient of sum k) · recurrent kernel[u, k] for columns from … from + n - 1. */
void recurrent_explain_to_state(const Node *self, const RecurrentCell *cell,
                                const RecurrentPlace *at, int u, int from, int n, Expr *sum);

/* The callbacks, and their place in the op. */
#define RECURRENT_CALLBACKS(CELL)                                                                  \
  static gboolean shape(Node *self, GError **error) {                                              \
    return recurrent_shape(self, &CELL, error);                                                    \
  }                                                                                                \
  static void forward(Node *self, Tile tile) { recurrent_forward(self, &CELL, tile); }             \
  static void backward(Node *self, Tile tile) { recurrent_backward(self, &CELL, tile); }           \
  static Expr *explain_inner(const Node *self, int output, gsize offset) {                         \
    return recurrent_explain_inner(self, &CELL, output, offset);                                   \
  }                                                                                                \
  static Expr *explain_gradient(const Node *self, int input, gsize offset, int rows) {             \
    return recurrent_explain_gradient(self, &CELL, input, offset, rows);                           \
  }                                                                                                \
  static Expr *explain_inner_gradient(const Node *self, int output, gsize offset, int rows) {      \
    return recurrent_explain_inner_gradient(self, &CELL, output, offset);                          \
  }

#ifdef REAL_DOUBLE
#define RECURRENT_FAST
#else
#define RECURRENT_FAST .state_size = recurrent_state_size, .fast = &FAST,
gsize recurrent_state_size(const Node *self, int tiles);
#endif

#define RECURRENT_OP                                                                               \
  RECURRENT_FAST.attrs_size = sizeof(RecurrentAttrs), .shape = shape, .forward = forward,          \
  .backward = backward, .flops = recurrent_flops, .flops_backward = recurrent_flops_backward,      \
  .explain = recurrent_explain, .explain_gradient = explain_gradient,                              \
  .explain_inner = explain_inner, .explain_inner_gradient = explain_inner_gradient
