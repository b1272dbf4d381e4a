/* Why the numbers of a recurrent op are what they are: each step by the states before it, each
 * gradient by that of the step itself and of the one after it. */
#include "core/ops/recurrent.h"

#include <math.h>

/* --- parts --- */

static double linear(double x, double a) { return x; }
static double linear_slope(double x, double a) { return 1; }
static double relu(double x, double a) { return x > 0 ? x : 0; }
static double relu_slope(double x, double a) { return x > 0; }
static double sigmoid(double x, double a) { return 1 / (1 + exp(-x)); }
static double sigmoid_slope(double x, double a) { return sigmoid(x, a) * sigmoid(-x, a); }
static double tanh_value(double x, double a) { return tanh(x); }
static double tanh_slope(double x, double a) { return 1 - tanh(x) * tanh(x); }

static const ExprFunction FUNCTIONS[] = {
    [RECURRENT_LINEAR] = {"linear", "x", linear},
    [RECURRENT_RELU] = {"relu", "\\max(x, 0)", relu},
    [RECURRENT_SIGMOID] = {"sigmoid", "\\frac{1}{1 + e^{-x}}", sigmoid},
    [RECURRENT_TANH] = {"tanh", "\\tanh x", tanh_value},
};

static const ExprFunction SLOPES[] = {
    [RECURRENT_LINEAR] = {"linear′", "1", linear_slope},
    [RECURRENT_RELU] = {"relu′", "[x > 0]", relu_slope},
    [RECURRENT_SIGMOID] = {"sigmoid′", "\\sigma(x)(1 - \\sigma(x))", sigmoid_slope},
    [RECURRENT_TANH] = {"tanh′", "1 - \\tanh^{2} x", tanh_slope},
};

Expr *recurrent_explain_function(RecurrentFunction f, Expr *x) {
  return f == RECURRENT_LINEAR ? x : expr_function(&FUNCTIONS[f], 0, x);
}

Expr *recurrent_explain_derivative(RecurrentFunction f, Expr *x) {
  return expr_function(&SLOPES[f], 0, x);
}

/* 1 - y² of a tanh, y·(1 - y) of a sigmoid. */
Expr *recurrent_explain_slope(RecurrentFunction f, const Tensor *tensor, gsize offset,
                              Expr *gradient) {
  Expr *minus = expr_multiply(expr_constant(-1), expr_operand(tensor, offset));

  if (f == RECURRENT_LINEAR || f == RECURRENT_RELU) {
    expr_free(minus);
    return f == RECURRENT_LINEAR
               ? gradient
               : expr_multiply(gradient,
                               expr_function(&SLOPES[f], 0, expr_operand(tensor, offset)));
  }
  if (f == RECURRENT_TANH)
    minus = expr_multiply(minus, expr_operand(tensor, offset));
  else
    gradient = expr_multiply(gradient, expr_operand(tensor, offset));
  return expr_multiply(gradient, expr_add(expr_add(expr_sum(), expr_constant(1)), minus));
}

void recurrent_explain_sum(const Node *self, const RecurrentPlace *at, int k, Expr *sum) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *bias = recurrent_input(self, RECURRENT_BIAS);
  const gsize from = recurrent_at(self, at, n.inputs);

  for (int c = 0; c < n.inputs; c++)
    expr_add(sum, expr_multiply(
                      expr_operand(self->input[RECURRENT_X], from + (gsize)c),
                      expr_operand(self->input[RECURRENT_KERNEL], (gsize)(c * n.columns + k))));
  if (bias != NULL)
    expr_add(sum, expr_operand(bias, (gsize)k));
}

static Expr *recurrent_weight(const Node *self, int v, int k) {
  return expr_operand(self->input[RECURRENT_RECURRENT],
                      (gsize)(v * recurrent_sizes(self).columns + k));
}

void recurrent_explain_state_sum(const Node *self, const RecurrentPlace *at, int k, Expr *sum) {
  const RecurrentSizes n = recurrent_sizes(self);

  for (int v = 0; v < n.units; v++)
    expr_add(sum,
             expr_multiply(recurrent_explain_before(self, at, 0, v), recurrent_weight(self, v, k)));
}

static Expr *explain_state_sum(const Node *self, const RecurrentCell *cell,
                               const RecurrentPlace *at, int k) {
  return (cell->explain_state_sum != NULL ? cell->explain_state_sum : cell->explain_sum)(self, at,
                                                                                         k);
}

void recurrent_explain_to_state(const Node *self, const RecurrentCell *cell,
                                const RecurrentPlace *at, int u, int from, int n, Expr *sum) {
  for (int k = from; k < from + n; k++)
    expr_add(sum,
             expr_multiply(explain_state_sum(self, cell, at, k), recurrent_weight(self, u, k)));
}

/* --- values --- */

/* Whether a step says nothing: its output is 0. */
static gboolean is_silent(const Node *self, const RecurrentPlace *at) {
  const RecurrentAttrs *attrs = recurrent_attrs(self);

  return at->masked && attrs->zero_masked && attrs->return_sequences;
}

Expr *recurrent_explain(const Node *self, gsize offset) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gsize row = tensor_row_size(self->output[0]), unit = offset % (gsize)n.units;
  const int b = (int)(offset / row), s = (int)(offset % row) / n.units;
  const RecurrentPlace at = recurrent_place(self, b, recurrent_output_step(self, s));

  if (is_silent(self, &at))
    return expr_constant(0);
  return expr_operand(recurrent_states(self, 0), recurrent_at(self, &at, n.units) + unit);
}

/* Numbers that an output has for each step. */
static int width_of(const Node *self, int output) {
  return (int)(tensor_row_size(self->output[output]) / (gsize)recurrent_sizes(self).steps);
}

static RecurrentPlace place_of(const Node *self, int output, gsize offset) {
  const gsize step = offset / (gsize)width_of(self, output);
  const gsize steps = (gsize)recurrent_sizes(self).steps;

  return recurrent_place(self, (int)(step / steps), (int)(step % steps));
}

Expr *recurrent_explain_inner(const Node *self, const RecurrentCell *cell, int output,
                              gsize offset) {
  const RecurrentSizes n = recurrent_sizes(self);

  if (output <= n.states) {
    const RecurrentPlace at = {.b = (int)offset / n.units, .t = recurrent_step(self, n.steps - 1)};
    return expr_operand(recurrent_states(self, output - 1),
                        recurrent_at(self, &at, n.units) + offset % (gsize)n.units);
  }
  const RecurrentPlace at = place_of(self, output, offset);
  const int i = (int)(offset % (gsize)width_of(self, output));
  if (at.masked && output <= 2 * n.states)
    return recurrent_explain_before(self, &at, output - n.states - 1, i);
  return cell->explain(self, &at, output, i);
}

/* --- gradients --- */

/* What a step gives to the gradient of the states before it. */
static void explain_before(const Node *self, const RecurrentCell *cell, const RecurrentPlace *at,
                           int state, int u, Expr *sum) {
  if (at->masked)
    expr_add(sum, expr_gradient(recurrent_states(self, state),
                                recurrent_at(self, at, recurrent_sizes(self).units) + (gsize)u));
  else
    cell->explain_before(self, at, state, u, sum);
}

static Expr *explain_x(const Node *self, const RecurrentCell *cell, gsize offset) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gsize c = offset % (gsize)n.inputs, step = offset / (gsize)n.inputs;
  const RecurrentPlace at = recurrent_place(self, (int)step / n.steps, (int)step % n.steps);
  Expr *sum = expr_sum();

  for (int k = 0; !at.masked && k < n.columns; k++)
    expr_add(sum, expr_multiply(cell->explain_sum(self, &at, k),
                                expr_operand(self->input[RECURRENT_KERNEL],
                                             c * (gsize)n.columns + (gsize)k)));
  return sum;
}

static Expr *explain_first_state(const Node *self, const RecurrentCell *cell, int state,
                                 gsize offset) {
  const RecurrentSizes n = recurrent_sizes(self);
  const RecurrentPlace at = recurrent_place(self, (int)offset / n.units, recurrent_step(self, 0));
  Expr *sum = expr_sum();

  explain_before(self, cell, &at, state, (int)offset % n.units, sum);
  return sum;
}

/* What one step gives to the gradient of a parameter. */
static Expr *explain_weight(const Node *self, const RecurrentCell *cell, int input,
                            const RecurrentPlace *at, gsize offset) {
  const RecurrentSizes n = recurrent_sizes(self);
  const int k = (int)(offset % (gsize)n.columns), row = (int)(offset / (gsize)n.columns);

  if (input == RECURRENT_BIAS)
    return row == 0 ? cell->explain_sum(self, at, k) : explain_state_sum(self, cell, at, k);
  if (input == RECURRENT_KERNEL)
    return expr_multiply(
        cell->explain_sum(self, at, k),
        expr_operand(self->input[RECURRENT_X], recurrent_at(self, at, n.inputs) + (gsize)row));
  return expr_multiply(explain_state_sum(self, cell, at, k),
                       cell->explain_state_operand != NULL
                           ? cell->explain_state_operand(self, at, row, k)
                           : recurrent_explain_before(self, at, 0, row));
}

Expr *recurrent_explain_gradient(const Node *self, const RecurrentCell *cell, int input,
                                 gsize offset, int rows) {
  const RecurrentSizes n = recurrent_sizes(self);

  if (input == RECURRENT_X)
    return explain_x(self, cell, offset);
  if (input == RECURRENT_MASK)
    return NULL;
  if (input >= RECURRENT_STATE)
    return explain_first_state(self, cell, input - RECURRENT_STATE, offset);
  Expr *sum = expr_sum();
  for (int b = 0; b < rows; b++)
    for (int s = 0; s < n.steps; s++) {
      const RecurrentPlace at = recurrent_place(self, b, recurrent_step(self, s));
      if (!at.masked)
        expr_add(sum, explain_weight(self, cell, input, &at, offset));
    }
  return sum;
}

/* What the results say of number u of state k at a step. */
static void explain_from_results(const Node *self, const RecurrentPlace *at, int k, int u,
                                 Expr *sum) {
  const RecurrentSizes n = recurrent_sizes(self);
  const RecurrentAttrs *attrs = recurrent_attrs(self);
  const gsize vector = (gsize)(at->b * n.units + u);
  const int s = attrs->in_order ? at->t : recurrent_step(self, at->t);

  if (k == 0 && self->used[0] && attrs->return_sequences && !is_silent(self, at))
    expr_add(sum, expr_gradient(self->output[0],
                                (gsize)(at->b * n.steps + s) * (gsize)n.units + (gsize)u));
  if (at->after >= 0)
    return;
  if (k == 0 && self->used[0] && !attrs->return_sequences)
    expr_add(sum, expr_gradient(self->output[0], vector));
  if (self->used[1 + k])
    expr_add(sum, expr_gradient(recurrent_last(self, k), vector));
}

Expr *recurrent_explain_inner_gradient(const Node *self, const RecurrentCell *cell, int output,
                                       gsize offset) {
  const RecurrentSizes n = recurrent_sizes(self);

  if (output <= n.states)
    return NULL;
  const RecurrentPlace at = place_of(self, output, offset);
  const int i = (int)(offset % (gsize)width_of(self, output)), state = output - n.states - 1;
  Expr *sum = expr_sum();
  if (!at.masked)
    cell->explain_within(self, &at, output, i, sum);
  if (state >= n.states)
    return sum;
  explain_from_results(self, &at, state, i, sum);
  if (at.after >= 0) {
    const RecurrentPlace after = recurrent_place(self, at.b, at.after);
    explain_before(self, cell, &after, state, i, sum);
  }
  return sum;
}
