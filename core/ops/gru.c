/* The gated recurrent unit (Cho et al. 2014), gates in Keras's order:
 *
 *   z, r = σ(x·W + b + h·R + b′)      each with its own columns: z, r, g
 *   g = tanh(x·W + b + r∘(h·R + b′))  with reset_after (Keras's default, cuDNN's form), else
 *   g = tanh(x·W + b + (r∘h)·R)       as published, and without b′
 *   h ← z∘h + (1 - z)∘g
 *
 * The further output is what r has a say in: h·R + b′ of the candidate, else r∘h. Shapes and
 * outputs: recurrent.h.
 */
#include "core/ops/recurrent.h"

enum { UPDATE_GATE, RESET_GATE, CANDIDATE, GATES };

static gboolean reset_after(const Node *self) { return recurrent_attrs(self)->reset_after; }

static RecurrentFunction function_of(const Node *self, int gate) {
  const RecurrentAttrs *attrs = recurrent_attrs(self);

  return gate == CANDIDATE ? attrs->activation : attrs->recurrent_activation;
}

static gsize gates_at(const Node *self, const RecurrentPlace *at) {
  return recurrent_at(self, at, recurrent_sizes(self).columns);
}

static gsize state_at(const Node *self, const RecurrentPlace *at) {
  return recurrent_at(self, at, recurrent_sizes(self).units);
}

/* b′ stands in the second row of the bias. */
static const Tensor *state_bias(const Node *self) {
  return reset_after(self) ? recurrent_input(self, RECURRENT_BIAS) : NULL;
}

static real state_sum(const Node *self, const RecurrentPlace *at, int k) {
  const Tensor *bias = state_bias(self);

  return recurrent_state_sum(self, at, k) +
         (bias != NULL ? bias->value[recurrent_sizes(self).columns + k] : 0);
}

/* Σ_v (r∘h)[v] · R[v, k] */
static real reset_sum(const Node *self, const RecurrentPlace *at, int k) {
  const RecurrentSizes n = recurrent_sizes(self);
  const real *reset = recurrent_more(self)->value + state_at(self, at);
  real sum = 0;

  for (int v = 0; v < n.units; v++)
    sum += reset[v] * self->input[RECURRENT_RECURRENT]->value[v * n.columns + k];
  return sum;
}

static void step(Node *self, const RecurrentPlace *at) {
  const int units = recurrent_sizes(self).units;
  real *gate = recurrent_gates(self)->value + gates_at(self, at);
  real *more = recurrent_more(self)->value + state_at(self, at);
  real *hidden = recurrent_states(self, 0)->value + state_at(self, at);

  for (int k = 0; k < CANDIDATE * units; k++)
    gate[k] = recurrent_function(function_of(self, k / units),
                                 recurrent_sum(self, at, k) + state_sum(self, at, k));
  for (int u = 0; u < units; u++)
    more[u] = reset_after(self) ? state_sum(self, at, CANDIDATE * units + u)
                                : gate[RESET_GATE * units + u] * recurrent_before(self, at, 0, u);
  for (int u = 0, k = CANDIDATE * units; u < units; u++, k++) {
    gate[k] = recurrent_function(
        function_of(self, CANDIDATE),
        recurrent_sum(self, at, k) +
            (reset_after(self) ? gate[RESET_GATE * units + u] * more[u] : reset_sum(self, at, k)));
    hidden[u] = gate[UPDATE_GATE * units + u] * recurrent_before(self, at, 0, u) +
                (1 - gate[UPDATE_GATE * units + u]) * gate[k];
  }
}

static real sum_gradient(const Node *self, const RecurrentPlace *at, int k) {
  const Tensor *gates = recurrent_gates(self);
  const gsize i = gates_at(self, at) + (gsize)k;

  return gates->grad[i] *
         recurrent_slope(function_of(self, k / recurrent_sizes(self).units), gates->value[i]);
}

static void state_sum_backward(Node *self, const RecurrentPlace *at, int k, real gradient) {
  const Tensor *bias = state_bias(self);

  recurrent_state_sum_backward(self, at, k, gradient);
  if (bias != NULL && bias->grad != NULL)
    bias->grad[recurrent_sizes(self).columns + k] += gradient;
}

static void reset_sum_backward(Node *self, const RecurrentPlace *at, int k, real gradient) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *kernel = self->input[RECURRENT_RECURRENT], *more = recurrent_more(self);
  const gsize from = state_at(self, at);

  for (int v = 0; v < n.units; v++) {
    const gsize weight = (gsize)(v * n.columns + k);
    more->grad[from + (gsize)v] += gradient * kernel->value[weight];
    if (kernel->grad != NULL)
      kernel->grad[weight] += gradient * more->value[from + (gsize)v];
  }
}

/* From the hidden state to z and g, and from the sum of g to what r has a say in. */
static void candidate_backward(Node *self, const RecurrentPlace *at, int u) {
  const int units = recurrent_sizes(self).units, k = CANDIDATE * units + u;
  const real *gate = recurrent_gates(self)->value + gates_at(self, at);
  real *dgate = recurrent_gates(self)->grad + gates_at(self, at);
  const real dhidden = recurrent_states(self, 0)->grad[state_at(self, at) + (gsize)u];
  const real z = gate[UPDATE_GATE * units + u], before = recurrent_before(self, at, 0, u);

  dgate[UPDATE_GATE * units + u] += dhidden * (before - gate[k]);
  dgate[k] += dhidden * (1 - z);
  recurrent_add_before(self, at, 0, u, dhidden * z);
  const real sum = sum_gradient(self, at, k);
  recurrent_sum_backward(self, at, k, sum);
  if (reset_after(self))
    recurrent_more(self)->grad[state_at(self, at) + (gsize)u] += sum * gate[RESET_GATE * units + u];
  else
    reset_sum_backward(self, at, k, sum);
}

/* From there to r and the state before. */
static void reset_backward(Node *self, const RecurrentPlace *at, int u) {
  const int units = recurrent_sizes(self).units, r = RESET_GATE * units + u;
  const gsize gates = gates_at(self, at), state = state_at(self, at) + (gsize)u;
  const Tensor *more = recurrent_more(self);
  real *dreset = recurrent_gates(self)->grad + gates + r;

  if (reset_after(self)) {
    *dreset += sum_gradient(self, at, CANDIDATE * units + u) * more->value[state];
    state_sum_backward(self, at, CANDIDATE * units + u, more->grad[state]);
  } else {
    *dreset += more->grad[state] * recurrent_before(self, at, 0, u);
    recurrent_add_before(self, at, 0, u,
                         more->grad[state] * recurrent_gates(self)->value[gates + (gsize)r]);
  }
}

static void step_backward(Node *self, const RecurrentPlace *at) {
  const int units = recurrent_sizes(self).units;

  for (int u = 0; u < units; u++)
    candidate_backward(self, at, u);
  for (int u = 0; u < units; u++)
    reset_backward(self, at, u);
  for (int k = 0; k < CANDIDATE * units; k++) {
    recurrent_sum_backward(self, at, k, sum_gradient(self, at, k));
    state_sum_backward(self, at, k, sum_gradient(self, at, k));
  }
}

/* --- explanations --- */

static const RecurrentCell GRU;

static Expr *gate_operand(const Node *self, const RecurrentPlace *at, int gate, int u) {
  return expr_operand(recurrent_gates(self),
                      gates_at(self, at) + (gsize)(gate * recurrent_sizes(self).units + u));
}

static Expr *hidden_gradient(const Node *self, const RecurrentPlace *at, int u) {
  return expr_gradient(recurrent_states(self, 0), state_at(self, at) + (gsize)u);
}

static Expr *more_operand(const Node *self, const RecurrentPlace *at, int u) {
  return expr_operand(recurrent_more(self), state_at(self, at) + (gsize)u);
}

static Expr *more_gradient(const Node *self, const RecurrentPlace *at, int u) {
  return expr_gradient(recurrent_more(self), state_at(self, at) + (gsize)u);
}

static Expr *minus(Expr *x) { return expr_multiply(expr_constant(-1), x); }

static gboolean is_candidate(const Node *self, int k) {
  return k / recurrent_sizes(self).units == CANDIDATE;
}

static Expr *explain_sum(const Node *self, const RecurrentPlace *at, int k) {
  const gsize i = gates_at(self, at) + (gsize)k;

  return recurrent_explain_slope(function_of(self, k / recurrent_sizes(self).units),
                                 recurrent_gates(self), i, expr_gradient(recurrent_gates(self), i));
}

static Expr *explain_state_sum(const Node *self, const RecurrentPlace *at, int k) {
  const int units = recurrent_sizes(self).units;

  return is_candidate(self, k) && reset_after(self) ? more_gradient(self, at, k % units)
                                                    : explain_sum(self, at, k);
}

static Expr *explain_state_operand(const Node *self, const RecurrentPlace *at, int v, int k) {
  return is_candidate(self, k) && !reset_after(self) ? more_operand(self, at, v)
                                                     : recurrent_explain_before(self, at, 0, v);
}

static void explain_before(const Node *self, const RecurrentPlace *at, int state, int u,
                           Expr *sum) {
  const RecurrentSizes n = recurrent_sizes(self);

  expr_add(sum,
           expr_multiply(hidden_gradient(self, at, u), gate_operand(self, at, UPDATE_GATE, u)));
  recurrent_explain_to_state(self, &GRU, at, u, 0,
                             reset_after(self) ? n.columns : n.columns - n.units, sum);
  if (!reset_after(self))
    expr_add(sum, expr_multiply(more_gradient(self, at, u), gate_operand(self, at, RESET_GATE, u)));
}

static Expr *explain_gate(const Node *self, const RecurrentPlace *at, int gate, int u) {
  Expr *other = expr_sum();

  if (gate == RESET_GATE && reset_after(self)) {
    expr_free(other);
    return expr_multiply(explain_sum(self, at, CANDIDATE * recurrent_sizes(self).units + u),
                         more_operand(self, at, u));
  }
  if (gate == RESET_GATE) {
    expr_free(other);
    return expr_multiply(more_gradient(self, at, u), recurrent_explain_before(self, at, 0, u));
  }
  if (gate == UPDATE_GATE) {
    expr_add(other, recurrent_explain_before(self, at, 0, u));
    expr_add(other, minus(gate_operand(self, at, CANDIDATE, u)));
  } else {
    expr_add(other, expr_constant(1));
    expr_add(other, minus(gate_operand(self, at, UPDATE_GATE, u)));
  }
  return expr_multiply(hidden_gradient(self, at, u), other);
}

static void explain_within(const Node *self, const RecurrentPlace *at, int output, int i,
                           Expr *sum) {
  const RecurrentSizes n = recurrent_sizes(self);

  if (output == recurrent_gates_index(self))
    expr_add(sum, explain_gate(self, at, i / n.units, i % n.units));
  if (self->output[output] != recurrent_more(self))
    return;
  if (reset_after(self))
    expr_add(sum, expr_multiply(explain_sum(self, at, CANDIDATE * n.units + i),
                                gate_operand(self, at, RESET_GATE, i)));
  else
    recurrent_explain_to_state(self, &GRU, at, i, CANDIDATE * n.units, n.units, sum);
}

/* Adds h·R + b′. */
static void explain_state_part(const Node *self, const RecurrentPlace *at, int k, Expr *sum) {
  recurrent_explain_state_sum(self, at, k, sum);
  if (state_bias(self) != NULL)
    expr_add(sum, expr_operand(state_bias(self), (gsize)(recurrent_sizes(self).columns + k)));
}

static Expr *explain_more(const Node *self, const RecurrentPlace *at, int u) {
  Expr *sum = expr_sum();

  if (reset_after(self))
    explain_state_part(self, at, CANDIDATE * recurrent_sizes(self).units + u, sum);
  else
    expr_add(sum, expr_multiply(gate_operand(self, at, RESET_GATE, u),
                                recurrent_explain_before(self, at, 0, u)));
  return sum;
}

static Expr *explain_gates(const Node *self, const RecurrentPlace *at, int k) {
  const RecurrentSizes n = recurrent_sizes(self);
  Expr *sum = expr_sum();

  recurrent_explain_sum(self, at, k, sum);
  if (!is_candidate(self, k))
    explain_state_part(self, at, k, sum);
  else if (reset_after(self))
    expr_add(sum, expr_multiply(gate_operand(self, at, RESET_GATE, k % n.units),
                                more_operand(self, at, k % n.units)));
  for (int v = 0; is_candidate(self, k) && !reset_after(self) && v < n.units; v++)
    expr_add(sum,
             expr_multiply(more_operand(self, at, v), expr_operand(self->input[RECURRENT_RECURRENT],
                                                                   (gsize)(v * n.columns + k))));
  return recurrent_explain_function(function_of(self, k / n.units), sum);
}

static Expr *explain_step(const Node *self, const RecurrentPlace *at, int output, int i) {
  Expr *sum, *rest;

  if (output == recurrent_gates_index(self))
    return explain_gates(self, at, i);
  if (self->output[output] == recurrent_more(self))
    return explain_more(self, at, i);
  sum = expr_add(expr_sum(), expr_multiply(gate_operand(self, at, UPDATE_GATE, i),
                                           recurrent_explain_before(self, at, 0, i)));
  rest = expr_add(expr_sum(), expr_constant(1));
  expr_add(rest, minus(gate_operand(self, at, UPDATE_GATE, i)));
  return expr_add(sum, expr_multiply(rest, gate_operand(self, at, CANDIDATE, i)));
}

static const RecurrentCell GRU = {
    .gates = GATES,
    .more = 1,
    .forward = step,
    .backward = step_backward,
    .explain_sum = explain_sum,
    .explain_state_sum = explain_state_sum,
    .explain_state_operand = explain_state_operand,
    .explain_before = explain_before,
    .explain_within = explain_within,
    .explain = explain_step,
};

RECURRENT_CALLBACKS(GRU)

#ifndef REAL_DOUBLE
#include "core/ops/recurrent_fast.h"

/* What some columns of the recurrent kernel, from `column` on, make of (rows × U). */
static void state_product(const Node *self, const RecurrentStep *at, const float *a, gssize a_row,
                          int column, int n, float *c, gssize c_row, gboolean accumulate) {
  const RecurrentSizes size = recurrent_sizes(self);
  const Tensor *bias = state_bias(self);

  recurrent_multiply(at, &(RecurrentProduct){
                             .a = a,
                             .a_row = a_row,
                             .b = self->input[RECURRENT_RECURRENT]->value + column,
                             .b_row = size.columns,
                             .c = c,
                             .c_row = c_row,
                             .n = n,
                             .k = size.units,
                             .bias = bias != NULL ? bias->value + size.columns + column : NULL,
                             .accumulate = accumulate,
                         });
}

static void fast_step(Node *self, const RecurrentStep *at) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gssize row = n.steps * n.columns, state_row = n.steps * n.units;
  float *more = recurrent_at_step(at, recurrent_more(self)->value, n.steps, n.units);
  GruStep step = {
      .part = reset_after(self) ? GRU_WHOLE : GRU_GATES,
      .rows = at->rows,
      .units = n.units,
      .activation = recurrent_kind(function_of(self, CANDIDATE)),
      .gate = recurrent_kind(function_of(self, RESET_GATE)),
      .gates = recurrent_at_step(at, recurrent_gates(self)->value, n.steps, n.columns),
      .gates_row = row,
      .mask = recurrent_mask_at(self, at),
      .mask_row = n.steps,
      .h = recurrent_memory(self, at, 0),
      .hidden = recurrent_at_step(at, recurrent_states(self, 0)->value, n.steps, n.units),
      .more = more,
      .state_row = state_row,
  };

  state_product(self, at, step.h, n.units, 0, 2 * n.units, step.gates, row, TRUE);
  if (reset_after(self))
    state_product(self, at, step.h, n.units, 2 * n.units, n.units, more, state_row, FALSE);
  kernels()->gru_step(&step);
  if (reset_after(self))
    return;
  state_product(self, at, more, state_row, 2 * n.units, n.units, step.gates + 2 * n.units, row,
                TRUE);
  step.part = GRU_STATE;
  kernels()->gru_step(&step);
}

/* What gradients of sums, from column `column` of the recurrent kernel on, give to its rows. */
static void state_gradient(const Node *self, const RecurrentStep *at, const float *sums, gssize row,
                           int column, int k, float *c, gssize c_row, gboolean accumulate) {
  const int units = recurrent_sizes(self).units;

  recurrent_multiply(at, &(RecurrentProduct){.a = sums,
                                             .a_row = row,
                                             .b = recurrent_turned(self, at) + column * units,
                                             .b_row = units,
                                             .c = c,
                                             .c_row = c_row,
                                             .n = units,
                                             .k = k,
                                             .accumulate = accumulate});
}

static void fast_step_backward(Node *self, const RecurrentStep *at) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gssize row = n.steps * n.columns, state_row = n.steps * n.units;
  const Tensor *gates = recurrent_gates(self), *more = recurrent_more(self);
  GruStepGradient step = {
      .part = reset_after(self) ? GRU_WHOLE : GRU_STATE,
      .rows = at->rows,
      .units = n.units,
      .activation = recurrent_kind(function_of(self, CANDIDATE)),
      .gate = recurrent_kind(function_of(self, RESET_GATE)),
      .gates = recurrent_at_step(at, gates->value, n.steps, n.columns),
      .dgates = recurrent_at_step(at, gates->grad, n.steps, n.columns),
      .gates_row = row,
      .mask = recurrent_mask_at(self, at),
      .mask_row = n.steps,
      .before = recurrent_kept(self, at),
      .more = recurrent_at_step(at, more->value, n.steps, n.units),
      .dmore = recurrent_at_step(at, more->grad, n.steps, n.units),
      .dy = at->y,
      .silent = at->silent,
      .state_row = state_row,
      .dh = recurrent_memory_gradient(self, at, 0),
  };

  kernels()->gru_step_gradient(&step);
  if (reset_after(self)) {
    state_gradient(self, at, step.dmore, state_row, 2 * n.units, n.units, step.dh, n.units, TRUE);
  } else {
    state_gradient(self, at, step.dgates + 2 * n.units, row, 2 * n.units, n.units, step.dmore,
                   state_row, FALSE);
    step.part = GRU_GATES;
    kernels()->gru_step_gradient(&step);
  }
  state_gradient(self, at, step.dgates, row, 0, 2 * n.units, step.dh, n.units, TRUE);
}

static const Tensor *sums(const Node *self) { return recurrent_gates(self); }

static const float *apart(const Node *self, const Tensor **sums) {
  *sums = reset_after(self) ? recurrent_more(self) : recurrent_gates(self);
  return reset_after(self) ? recurrent_all_kept(self) : recurrent_more(self)->value;
}

static const RecurrentFast CELLS = {sums, fast_step, fast_step_backward, apart};

RECURRENT_FAST_CALLBACKS(CELLS)
#endif

#define FUNCTIONS .activation = RECURRENT_TANH, .recurrent_activation = RECURRENT_SIGMOID
#define AFTER(...)                                                                                 \
  &(const RecurrentAttrs) { FUNCTIONS, .reset_after = TRUE, __VA_ARGS__ }
#define BEFORE(...)                                                                                \
  &(const RecurrentAttrs) { FUNCTIONS, __VA_ARGS__ }

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 3, 4), SHAPE(4, 9), SHAPE(3, 9), SHAPE(2, 9)},
     .attrs = AFTER(.return_sequences = FALSE)},
    {.input = {SHAPE(3, 5, 2), SHAPE(2, 6), SHAPE(2, 6), SHAPE(2, 6), SHAPE(3, 5), SHAPE(3, 2)},
     .attrs = AFTER(.return_sequences = TRUE, .go_backwards = TRUE, .in_order = TRUE,
                    .zero_masked = TRUE),
     .mask = {[RECURRENT_MASK] = TRUE}},
    {.input = {SHAPE(2, 3, 4), SHAPE(4, 9), SHAPE(3, 9), SHAPE(9)},
     .attrs = BEFORE(.return_sequences = TRUE)},
    {.input = {SHAPE(3, 4, 2), SHAPE(2, 6), SHAPE(2, 6), MISSING_INPUT, SHAPE(3, 4), SHAPE(3, 2)},
     .attrs = BEFORE(.go_backwards = TRUE),
     .mask = {[RECURRENT_MASK] = TRUE}},
    {.input = {SHAPE(2, 3, 3), SHAPE(3, 12), SHAPE(4, 12)},
     .attrs = AFTER(.return_sequences = TRUE, .go_backwards = TRUE, .in_order = TRUE)},
    {.input = {SHAPE(37, 3, 30), SHAPE(30, 123), SHAPE(41, 123), SHAPE(2, 123), SHAPE(37, 3)},
     .attrs = AFTER(.return_sequences = TRUE),
     .mask = {[RECURRENT_MASK] = TRUE}},
    {.input = {SHAPE(130, 2, 20), SHAPE(20, 96), SHAPE(32, 96), SHAPE(96), MISSING_INPUT,
               SHAPE(130, 32)},
     .attrs = BEFORE(.return_sequences = TRUE)},
    {.input = {SHAPE(19, 2, 150), SHAPE(150, 300), SHAPE(100, 300), SHAPE(2, 300)},
     .attrs = AFTER(.return_sequences = TRUE),
     .low = -0.3,
     .high = 0.3},
    {.input = {SHAPE(9, 2, 150), SHAPE(150, 300), SHAPE(100, 300), SHAPE(300)},
     .attrs = BEFORE(.go_backwards = TRUE),
     .low = -0.3,
     .high = 0.3},
    {{{0}}},
};

static const char *const OUTPUTS[] = {"state_h", "hidden", "gates", "reset"};

const Op op_gru = {
    .name = "gru",
    .formula = "h_t = z \\circ h_{t-1} + (1 - z) \\circ g",
    .inputs = "xwwWXX",
    .results = 2,
    .outputs = OUTPUTS,
    RECURRENT_OP,
    .samples = SAMPLES,
};
