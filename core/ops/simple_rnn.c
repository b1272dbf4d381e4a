/* The plain recurrent cell (Elman 1990), as Keras's SimpleRNN:
 *
 *   h ← f(x·W + h·R + b)
 *
 * Shapes and outputs: recurrent.h.
 */
#include "core/ops/recurrent.h"

static RecurrentFunction function_of(const Node *self) { return recurrent_attrs(self)->activation; }

static gsize state_at(const Node *self, const RecurrentPlace *at, int u) {
  return recurrent_at(self, at, recurrent_sizes(self).units) + (gsize)u;
}

static void step(Node *self, const RecurrentPlace *at) {
  for (int u = 0; u < recurrent_sizes(self).units; u++)
    recurrent_states(self, 0)->value[state_at(self, at, u)] = recurrent_function(
        function_of(self), recurrent_sum(self, at, u) + recurrent_state_sum(self, at, u));
}

static void step_backward(Node *self, const RecurrentPlace *at) {
  const Tensor *hidden = recurrent_states(self, 0);

  for (int u = 0; u < recurrent_sizes(self).units; u++) {
    const gsize i = state_at(self, at, u);
    const real sum = hidden->grad[i] * recurrent_slope(function_of(self), hidden->value[i]);
    recurrent_sum_backward(self, at, u, sum);
    recurrent_state_sum_backward(self, at, u, sum);
  }
}

/* --- explanations --- */

static const RecurrentCell SIMPLE;

static Expr *explain_sum(const Node *self, const RecurrentPlace *at, int u) {
  const Tensor *hidden = recurrent_states(self, 0);
  const gsize i = state_at(self, at, u);

  return recurrent_explain_slope(function_of(self), hidden, i, expr_gradient(hidden, i));
}

static void explain_within(const Node *self, const RecurrentPlace *at, int output, int u,
                           Expr *sum) {}

static void explain_before(const Node *self, const RecurrentPlace *at, int state, int u,
                           Expr *sum) {
  recurrent_explain_to_state(self, &SIMPLE, at, u, 0, recurrent_sizes(self).columns, sum);
}

static Expr *explain_step(const Node *self, const RecurrentPlace *at, int output, int u) {
  Expr *sum = expr_sum();

  recurrent_explain_sum(self, at, u, sum);
  recurrent_explain_state_sum(self, at, u, sum);
  return recurrent_explain_function(function_of(self), sum);
}

static const RecurrentCell SIMPLE = {
    .gates = 1,
    .forward = step,
    .backward = step_backward,
    .explain_sum = explain_sum,
    .explain_before = explain_before,
    .explain_within = explain_within,
    .explain = explain_step,
};

RECURRENT_CALLBACKS(SIMPLE)

#ifndef REAL_DOUBLE
#include "core/ops/recurrent_fast.h"

static void fast_step(Node *self, const RecurrentStep *at) {
  const RecurrentSizes n = recurrent_sizes(self);
  float *hidden = recurrent_at_step(at, recurrent_states(self, 0)->value, n.steps, n.units);

  recurrent_multiply(at, &(RecurrentProduct){.a = recurrent_memory(self, at, 0),
                                             .a_row = n.units,
                                             .b = self->input[RECURRENT_RECURRENT]->value,
                                             .b_row = n.units,
                                             .c = hidden,
                                             .c_row = n.steps * n.units,
                                             .n = n.units,
                                             .k = n.units,
                                             .accumulate = TRUE});
  kernels()->simple_rnn_step(&(SimpleRnnStep){
      .rows = at->rows,
      .units = n.units,
      .activation = recurrent_kind(function_of(self)),
      .mask = recurrent_mask_at(self, at),
      .mask_row = n.steps,
      .h = recurrent_memory(self, at, 0),
      .hidden = hidden,
      .row = n.steps * n.units,
  });
}

static void fast_step_backward(Node *self, const RecurrentStep *at) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *hidden = recurrent_states(self, 0);
  float *dsums = recurrent_at_step(at, hidden->grad, n.steps, n.units);
  float *dh = recurrent_memory_gradient(self, at, 0);

  kernels()->simple_rnn_step_gradient(&(SimpleRnnStepGradient){
      .rows = at->rows,
      .units = n.units,
      .activation = recurrent_kind(function_of(self)),
      .mask = recurrent_mask_at(self, at),
      .mask_row = n.steps,
      .hidden = recurrent_at_step(at, hidden->value, n.steps, n.units),
      .dy = at->y,
      .silent = at->silent,
      .dsums = dsums,
      .row = n.steps * n.units,
      .dh = dh,
  });
  recurrent_multiply(at, &(RecurrentProduct){.a = dsums,
                                             .a_row = n.steps * n.units,
                                             .b = recurrent_turned(self, at),
                                             .b_row = n.units,
                                             .c = dh,
                                             .c_row = n.units,
                                             .n = n.units,
                                             .k = n.units,
                                             .accumulate = TRUE});
}

static const Tensor *sums(const Node *self) { return recurrent_states(self, 0); }

static const RecurrentFast CELLS = {sums, fast_step, fast_step_backward};

RECURRENT_FAST_CALLBACKS(CELLS)
#endif

#define ATTRS(f, ...)                                                                              \
  &(const RecurrentAttrs) { .activation = f, __VA_ARGS__ }

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 3, 4), SHAPE(4, 3), SHAPE(3, 3), SHAPE(3)},
     .attrs = ATTRS(RECURRENT_TANH, .return_sequences = FALSE)},
    {.input = {SHAPE(3, 5, 2), SHAPE(2, 2), SHAPE(2, 2), SHAPE(2), SHAPE(3, 5), SHAPE(3, 2)},
     .attrs = ATTRS(RECURRENT_TANH, .return_sequences = TRUE, .go_backwards = TRUE),
     .mask = {[RECURRENT_MASK] = TRUE}},
    {.input = {SHAPE(2, 3, 1), SHAPE(1, 4), SHAPE(4, 4)},
     .attrs = ATTRS(RECURRENT_RELU, .return_sequences = TRUE)},
    {.input = {SHAPE(2, 3, 2), SHAPE(2, 3), SHAPE(3, 3), SHAPE(3)},
     .attrs =
         ATTRS(RECURRENT_LINEAR, .go_backwards = TRUE, .return_sequences = TRUE, .in_order = TRUE)},
    {.input = {SHAPE(35, 4, 70), SHAPE(70, 67), SHAPE(67, 67), SHAPE(67), SHAPE(35, 4)},
     .attrs = ATTRS(RECURRENT_SIGMOID, .return_sequences = TRUE, .zero_masked = TRUE),
     .mask = {[RECURRENT_MASK] = TRUE}},
    {{{0}}},
};

static const char *const OUTPUTS[] = {"state_h", "hidden"};

const Op op_simple_rnn = {
    .name = "simple_rnn",
    .formula = "h_t = f(x_t W + h_{t-1} R + b)",
    .inputs = "xwwWXX",
    .results = 2,
    .outputs = OUTPUTS,
    RECURRENT_OP,
    .samples = SAMPLES,
};
