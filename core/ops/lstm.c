/* Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al.
 * 2000), gates in Keras's order:
 *
 *   i, f, o = σ(x·W + h·R + b), g = tanh(x·W + h·R + b)      each with its own columns: i, f, g, o
 *   c ← f∘c + i∘g,   h ← o∘tanh(c)
 *
 * Shapes and outputs: recurrent.h.
 */
#include "core/ops/recurrent.h"

enum { HIDDEN, CELL }; /* states */
enum { INPUT_GATE, FORGET_GATE, CANDIDATE, OUTPUT_GATE, GATES };

static RecurrentFunction function_of(const Node *self, int gate) {
  const RecurrentAttrs *attrs = recurrent_attrs(self);

  return gate == CANDIDATE ? attrs->activation : attrs->recurrent_activation;
}

/* Gates of one step; the U numbers of each follow one another. */
static gsize gates_at(const Node *self, const RecurrentPlace *at) {
  return recurrent_at(self, at, recurrent_sizes(self).columns);
}

static gsize state_at(const Node *self, const RecurrentPlace *at) {
  return recurrent_at(self, at, recurrent_sizes(self).units);
}

static void step(Node *self, const RecurrentPlace *at) {
  const int units = recurrent_sizes(self).units;
  real *gate = recurrent_gates(self)->value + gates_at(self, at);
  real *hidden = recurrent_states(self, HIDDEN)->value + state_at(self, at);
  real *cell = recurrent_states(self, CELL)->value + state_at(self, at);

  for (int k = 0; k < GATES * units; k++)
    gate[k] = recurrent_function(function_of(self, k / units),
                                 recurrent_sum(self, at, k) + recurrent_state_sum(self, at, k));
  for (int u = 0; u < units; u++) {
    cell[u] = gate[FORGET_GATE * units + u] * recurrent_before(self, at, CELL, u) +
              gate[INPUT_GATE * units + u] * gate[CANDIDATE * units + u];
    hidden[u] = gate[OUTPUT_GATE * units + u] *
                recurrent_function(recurrent_attrs(self)->activation, cell[u]);
  }
}

/* Of unit u: from its states to its gates and the cell state before. */
static void unit_backward(Node *self, const RecurrentPlace *at, int u) {
  const RecurrentFunction f = recurrent_attrs(self)->activation;
  const int units = recurrent_sizes(self).units;
  const gsize gates = gates_at(self, at) + (gsize)u, state = state_at(self, at) + (gsize)u;
  const real *gate = recurrent_gates(self)->value + gates;
  real *dgate = recurrent_gates(self)->grad + gates;
  const real dhidden = recurrent_states(self, HIDDEN)->grad[state];
  real *dcell = recurrent_states(self, CELL)->grad + state;
  const real squashed = recurrent_function(f, recurrent_states(self, CELL)->value[state]);

  *dcell += dhidden * gate[OUTPUT_GATE * units] * recurrent_slope(f, squashed);
  dgate[OUTPUT_GATE * units] += dhidden * squashed;
  dgate[INPUT_GATE * units] += *dcell * gate[CANDIDATE * units];
  dgate[CANDIDATE * units] += *dcell * gate[INPUT_GATE * units];
  dgate[FORGET_GATE * units] += *dcell * recurrent_before(self, at, CELL, u);
  recurrent_add_before(self, at, CELL, u, *dcell * gate[FORGET_GATE * units]);
}

static void step_backward(Node *self, const RecurrentPlace *at) {
  const int units = recurrent_sizes(self).units;
  const Tensor *gates = recurrent_gates(self);

  for (int u = 0; u < units; u++)
    unit_backward(self, at, u);
  for (int k = 0; k < GATES * units; k++) {
    const gsize i = gates_at(self, at) + (gsize)k;
    const real sum =
        gates->grad[i] * recurrent_slope(function_of(self, k / units), gates->value[i]);
    recurrent_sum_backward(self, at, k, sum);
    recurrent_state_sum_backward(self, at, k, sum);
  }
}

/* --- explanations --- */

static Expr *gate_operand(const Node *self, const RecurrentPlace *at, int gate, int u) {
  return expr_operand(recurrent_gates(self),
                      gates_at(self, at) + (gsize)(gate * recurrent_sizes(self).units + u));
}

static Expr *gate_gradient(const Node *self, const RecurrentPlace *at, int gate, int u) {
  return expr_gradient(recurrent_gates(self),
                       gates_at(self, at) + (gsize)(gate * recurrent_sizes(self).units + u));
}

static Expr *explain_sum(const Node *self, const RecurrentPlace *at, int k) {
  const int units = recurrent_sizes(self).units;

  return recurrent_explain_slope(function_of(self, k / units), recurrent_gates(self),
                                 gates_at(self, at) + (gsize)k,
                                 gate_gradient(self, at, k / units, k % units));
}

static Expr *cell_operand(const Node *self, const RecurrentPlace *at, int u) {
  return expr_operand(recurrent_states(self, CELL), state_at(self, at) + (gsize)u);
}

static Expr *squashed_cell(const Node *self, const RecurrentPlace *at, int u) {
  return recurrent_explain_function(recurrent_attrs(self)->activation, cell_operand(self, at, u));
}

static Expr *explain_step(const Node *self, const RecurrentPlace *at, int output, int i) {
  Expr *sum = expr_sum();

  if (output == recurrent_gates_index(self)) {
    recurrent_explain_sum(self, at, i, sum);
    recurrent_explain_state_sum(self, at, i, sum);
    return recurrent_explain_function(function_of(self, i / recurrent_sizes(self).units), sum);
  }
  if (self->output[output] == recurrent_states(self, HIDDEN))
    return expr_add(
        sum, expr_multiply(gate_operand(self, at, OUTPUT_GATE, i), squashed_cell(self, at, i)));
  expr_add(sum, expr_multiply(gate_operand(self, at, FORGET_GATE, i),
                              recurrent_explain_before(self, at, CELL, i)));
  return expr_add(sum, expr_multiply(gate_operand(self, at, INPUT_GATE, i),
                                     gate_operand(self, at, CANDIDATE, i)));
}

static const RecurrentCell LSTM;

static void explain_before(const Node *self, const RecurrentPlace *at, int state, int u,
                           Expr *sum) {
  const RecurrentSizes n = recurrent_sizes(self);

  if (state == HIDDEN)
    recurrent_explain_to_state(self, &LSTM, at, u, 0, n.columns, sum);
  else
    expr_add(sum, expr_multiply(
                      expr_gradient(recurrent_states(self, CELL), state_at(self, at) + (gsize)u),
                      gate_operand(self, at, FORGET_GATE, u)));
}

/* The other factor of what a gate is multiplied by; `sum` gets both. */
static Expr *explain_gate(const Node *self, const RecurrentPlace *at, int gate, int u) {
  const gsize state = state_at(self, at) + (gsize)u;

  if (gate == OUTPUT_GATE)
    return expr_multiply(expr_gradient(recurrent_states(self, HIDDEN), state),
                         squashed_cell(self, at, u));
  return expr_multiply(expr_gradient(recurrent_states(self, CELL), state),
                       gate == FORGET_GATE
                           ? recurrent_explain_before(self, at, CELL, u)
                           : gate_operand(self, at, INPUT_GATE + CANDIDATE - gate, u));
}

static void explain_within(const Node *self, const RecurrentPlace *at, int output, int i,
                           Expr *sum) {
  const int units = recurrent_sizes(self).units;
  Expr *dhidden;

  if (output == recurrent_gates_index(self))
    expr_add(sum, explain_gate(self, at, i / units, i % units));
  if (self->output[output] != recurrent_states(self, CELL))
    return;
  dhidden = expr_gradient(recurrent_states(self, HIDDEN), state_at(self, at) + (gsize)i);
  dhidden = expr_multiply(dhidden, gate_operand(self, at, OUTPUT_GATE, i));
  expr_add(sum,
           expr_multiply(dhidden, recurrent_explain_derivative(recurrent_attrs(self)->activation,
                                                               cell_operand(self, at, i))));
}

static const RecurrentCell LSTM = {
    .gates = GATES,
    .forward = step,
    .backward = step_backward,
    .explain_sum = explain_sum,
    .explain_before = explain_before,
    .explain_within = explain_within,
    .explain = explain_step,
};

RECURRENT_CALLBACKS(LSTM)

#ifndef REAL_DOUBLE
#include "core/ops/recurrent_fast.h"

static void fast_step(Node *self, const RecurrentStep *at) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gsize row = (gsize)(n.steps * n.columns), state_row = (gsize)(n.steps * n.units);
  float *gates = recurrent_at_step(at, recurrent_gates(self)->value, n.steps, n.columns);

  recurrent_multiply(at, &(RecurrentProduct){.a = recurrent_memory(self, at, HIDDEN),
                                             .a_row = n.units,
                                             .b = self->input[RECURRENT_RECURRENT]->value,
                                             .b_row = n.columns,
                                             .c = gates,
                                             .c_row = (gssize)row,
                                             .n = n.columns,
                                             .k = n.units,
                                             .accumulate = TRUE});
  kernels()->lstm_step(&(LstmStep){
      .rows = at->rows,
      .units = n.units,
      .activation = recurrent_kind(recurrent_attrs(self)->activation),
      .gate = recurrent_kind(recurrent_attrs(self)->recurrent_activation),
      .gates = gates,
      .gates_row = (gssize)row,
      .mask = recurrent_mask_at(self, at),
      .mask_row = n.steps,
      .h = recurrent_memory(self, at, HIDDEN),
      .c = recurrent_memory(self, at, CELL),
      .hidden = recurrent_at_step(at, recurrent_states(self, HIDDEN)->value, n.steps, n.units),
      .cell = recurrent_at_step(at, recurrent_states(self, CELL)->value, n.steps, n.units),
      .state_row = (gssize)state_row,
  });
}

/* The cell's states before a step, and how far apart they stand. */
static const float *cells_before(const Node *self, const RecurrentStep *at, gssize *row) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *first = recurrent_input(self, RECURRENT_STATE + CELL);
  RecurrentStep before = *at;

  if (at->before < 0) {
    *row = n.units;
    return first != NULL ? first->value + (gsize)(at->tile.begin * n.units) : NULL;
  }
  *row = (gssize)(n.steps * n.units);
  before.t = at->before;
  return recurrent_at_step(&before, recurrent_states(self, CELL)->value, n.steps, n.units);
}

static void fast_step_backward(Node *self, const RecurrentStep *at) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *gates = recurrent_gates(self);
  LstmStepGradient step = {
      .rows = at->rows,
      .units = n.units,
      .activation = recurrent_kind(recurrent_attrs(self)->activation),
      .gate = recurrent_kind(recurrent_attrs(self)->recurrent_activation),
      .gates = recurrent_at_step(at, gates->value, n.steps, n.columns),
      .dgates = recurrent_at_step(at, gates->grad, n.steps, n.columns),
      .gates_row = (gssize)(n.steps * n.columns),
      .mask = recurrent_mask_at(self, at),
      .mask_row = n.steps,
      .cell = recurrent_at_step(at, recurrent_states(self, CELL)->value, n.steps, n.units),
      .dy = at->y,
      .silent = at->silent,
      .state_row = (gssize)(n.steps * n.units),
      .dh = recurrent_memory_gradient(self, at, HIDDEN),
      .dc = recurrent_memory_gradient(self, at, CELL),
  };

  step.before = cells_before(self, at, &step.before_row);
  kernels()->lstm_step_gradient(&step);
  recurrent_multiply(at, &(RecurrentProduct){.a = step.dgates,
                                             .a_row = step.gates_row,
                                             .b = recurrent_turned(self, at),
                                             .b_row = n.units,
                                             .c = step.dh,
                                             .c_row = n.units,
                                             .n = n.units,
                                             .k = n.columns,
                                             .accumulate = TRUE});
}

static const Tensor *sums(const Node *self) { return recurrent_gates(self); }

static const RecurrentFast CELLS = {sums, fast_step, fast_step_backward};

RECURRENT_FAST_CALLBACKS(CELLS)
#endif

#define TANH .activation = RECURRENT_TANH, .recurrent_activation = RECURRENT_SIGMOID
#define ATTRS(...)                                                                                 \
  &(const RecurrentAttrs) { TANH, __VA_ARGS__ }

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 3, 4), SHAPE(4, 12), SHAPE(3, 12), SHAPE(12)}, .attrs = ATTRS(0)},
    {.input = {SHAPE(3, 5, 2), SHAPE(2, 8), SHAPE(2, 8), SHAPE(8), SHAPE(3, 5), SHAPE(3, 2),
               SHAPE(3, 2)},
     .attrs = ATTRS(.return_sequences = TRUE),
     .mask = {[RECURRENT_MASK] = TRUE}},
    {.input = {SHAPE(2, 4, 1), SHAPE(1, 20), SHAPE(5, 20), MISSING_INPUT, SHAPE(2, 4),
               MISSING_INPUT, SHAPE(2, 5)},
     .attrs = ATTRS(.return_sequences = TRUE, .go_backwards = TRUE, .zero_masked = TRUE),
     .mask = {[RECURRENT_MASK] = TRUE}},
    {.input = {SHAPE(2, 4, 3), SHAPE(3, 12), SHAPE(3, 12), SHAPE(12)},
     .attrs = ATTRS(.return_sequences = TRUE, .go_backwards = TRUE, .in_order = TRUE)},
    {.input = {SHAPE(3, 3, 2), SHAPE(2, 8), SHAPE(2, 8), SHAPE(8)},
     .attrs = &(const RecurrentAttrs){.activation = RECURRENT_RELU,
                                      .recurrent_activation = RECURRENT_SIGMOID}},
    {.input = {SHAPE(37, 3, 70), SHAPE(70, 164), SHAPE(41, 164), SHAPE(164), SHAPE(37, 3)},
     .attrs = ATTRS(.return_sequences = TRUE),
     .mask = {[RECURRENT_MASK] = TRUE}},
    {.input = {SHAPE(130, 6, 20), SHAPE(20, 128), SHAPE(32, 128), SHAPE(128), MISSING_INPUT,
               SHAPE(130, 32), SHAPE(130, 32)},
     .attrs = ATTRS(.go_backwards = TRUE)},
    {.input = {SHAPE(19, 2, 150), SHAPE(150, 364), SHAPE(91, 364), SHAPE(364)},
     .attrs = ATTRS(0),
     .low = -0.3,
     .high = 0.3},
    {{{0}}},
};

static const char *const OUTPUTS[] = {"state_h", "state_c", "hidden", "cell", "gates"};

const Op op_lstm = {
    .name = "lstm",
    .formula = "c_t = f \\circ c_{t-1} + i \\circ g,\\quad h_t = o \\circ \\tanh c_t",
    .inputs = "xwwWXXX",
    .results = 3,
    .outputs = OUTPUTS,
    RECURRENT_OP,
    .samples = SAMPLES,
};
