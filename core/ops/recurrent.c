#include "core/ops/recurrent.h"

#include <math.h>

const RecurrentAttrs *recurrent_attrs(const Node *self) { return self->attrs; }

RecurrentSizes recurrent_sizes(const Node *self) {
  const Shape *x = &self->input[RECURRENT_X]->shape;
  const Shape *kernel = &self->input[RECURRENT_RECURRENT]->shape;

  return (RecurrentSizes){x->dim[1], x->dim[2], kernel->dim[0], kernel->dim[1],
                          self->op->results - 1};
}

const Tensor *recurrent_input(const Node *self, int input) {
  return input < self->n_inputs ? self->input[input] : NULL;
}

Tensor *recurrent_last(const Node *self, int k) { return self->output[1 + k]; }

Tensor *recurrent_states(const Node *self, int k) { return self->output[self->op->results + k]; }

int recurrent_gates_index(const Node *self) { return 2 * self->op->results - 1; }

Tensor *recurrent_gates(const Node *self) { return self->output[recurrent_gates_index(self)]; }

Tensor *recurrent_more(const Node *self) { return self->output[recurrent_gates_index(self) + 1]; }

/* --- shapes --- */

static gboolean fail(const Node *self, const char *needs, const Tensor *tensor, const char *what,
                     GError **error) {
  g_autofree char *input = shape_to_string(&self->input[RECURRENT_X]->shape);
  g_autofree char *shape = shape_to_string(&tensor->shape);

  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "needs %s (batch first in all that comes in); the input is %s, the %s %s", needs,
              input, what, shape);
  return FALSE;
}

static gboolean fits(const Tensor *tensor, int a, int b) {
  return tensor->shape.rank == 2 && tensor->shape.dim[0] == a && tensor->shape.dim[1] == b;
}

static gboolean check_parameters(const Node *self, const RecurrentCell *cell, GError **error) {
  const Shape *x = &self->input[RECURRENT_X]->shape;
  const Tensor *kernel = self->input[RECURRENT_KERNEL];
  const Tensor *recurrent = self->input[RECURRENT_RECURRENT];
  const Tensor *bias = recurrent_input(self, RECURRENT_BIAS);
  const int units = recurrent->shape.dim[0], columns = units * cell->gates;

  if (x->rank != 3)
    return fail(self, "a sequence of vectors: steps, and numbers of each step",
                self->input[RECURRENT_X], "input", error);
  if (!fits(recurrent, units, columns))
    return fail(self, "a recurrent kernel with a row for each unit and as many columns a gate",
                recurrent, "recurrent kernel", error);
  if (!fits(kernel, x->dim[2], columns))
    return fail(self,
                "a kernel with a row for each number of a step, and the columns of the "
                "recurrent kernel",
                kernel, "kernel", error);
  if (bias != NULL &&
      shape_size(&bias->shape) != (gsize)columns * (recurrent_attrs(self)->reset_after ? 2 : 1))
    return fail(self, "a bias for each column of the kernels", bias, "bias", error);
  return TRUE;
}

static gboolean check_sequence_inputs(const Node *self, GError **error) {
  const RecurrentSizes n = recurrent_sizes(self);
  const int rows = self->input[RECURRENT_X]->shape.dim[0];
  const Tensor *mask = recurrent_input(self, RECURRENT_MASK);

  if (mask != NULL && !fits(mask, rows, n.steps))
    return fail(self, "a mask with a number for each step", mask, "mask", error);
  for (int k = 0; k < n.states; k++) {
    const Tensor *state = recurrent_input(self, RECURRENT_STATE + k);
    if (state != NULL && !fits(state, rows, n.units))
      return fail(self, "a first state with a number for each unit", state, "state", error);
  }
  return TRUE;
}

gboolean recurrent_shape(Node *self, const RecurrentCell *cell, GError **error) {
  if (!check_parameters(self, cell, error) || !check_sequence_inputs(self, error))
    return FALSE;
  const RecurrentSizes n = recurrent_sizes(self);
  const int rows = self->input[RECURRENT_X]->shape.dim[0], last = recurrent_gates_index(self);
  const Shape sequence = SHAPE(rows, n.steps, n.units), vector = SHAPE(rows, n.units);

  node_set_output(self, 0, recurrent_attrs(self)->return_sequences ? &sequence : &vector);
  for (int k = 0; k < n.states; k++)
    node_set_output(self, 1 + k, &vector);
  for (int k = 0; k < n.states; k++)
    node_set_output(self, 1 + n.states + k, &sequence);
  if (cell->gates > 1)
    node_set_output(self, last, &SHAPE(rows, n.steps, cell->gates, n.units));
  for (int i = 1; i <= cell->more; i++)
    node_set_output(self, last + i, &sequence);
  return TRUE;
}

/* --- the way through a sequence --- */

int recurrent_step(const Node *self, int work) {
  return recurrent_attrs(self)->go_backwards ? recurrent_sizes(self).steps - 1 - work : work;
}

int recurrent_output_step(const Node *self, int s) {
  const RecurrentAttrs *attrs = recurrent_attrs(self);

  if (!attrs->return_sequences)
    return recurrent_step(self, recurrent_sizes(self).steps - 1);
  return attrs->in_order ? s : recurrent_step(self, s);
}

RecurrentPlace recurrent_place(const Node *self, int b, int t) {
  const int steps = recurrent_sizes(self).steps, work = recurrent_step(self, t);
  const Tensor *mask = recurrent_input(self, RECURRENT_MASK);

  return (RecurrentPlace){
      .b = b,
      .t = t,
      .before = work > 0 ? recurrent_step(self, work - 1) : -1,
      .after = work < steps - 1 ? recurrent_step(self, work + 1) : -1,
      .masked = mask != NULL && mask->value[b * steps + t] <= (real)0.5,
  };
}

gsize recurrent_at(const Node *self, const RecurrentPlace *at, int width) {
  return (gsize)(at->b * recurrent_sizes(self).steps + at->t) * (gsize)width;
}

/* Where number u of state k before the step stands: NULL for the zeros that it begins with. In a
 * graph that remembers, the states after the last step of the run before stand until this one
 * ends. */
static Tensor *before(const Node *self, const RecurrentPlace *at, int k, int u, gsize *offset) {
  const RecurrentSizes n = recurrent_sizes(self);

  *offset =
      (gsize)(at->before < 0 ? at->b : at->b * n.steps + at->before) * (gsize)n.units + (gsize)u;
  if (at->before >= 0)
    return recurrent_states(self, k);
  return self->past > 0 ? recurrent_last(self, k)
                        : (Tensor *)recurrent_input(self, RECURRENT_STATE + k);
}

real recurrent_before(const Node *self, const RecurrentPlace *at, int k, int u) {
  gsize offset;
  const Tensor *state = before(self, at, k, u, &offset);

  return state != NULL ? state->value[offset] : 0;
}

void recurrent_add_before(Node *self, const RecurrentPlace *at, int k, int u, real gradient) {
  gsize offset;
  const Tensor *state = before(self, at, k, u, &offset);

  if (state != NULL && state->grad != NULL)
    state->grad[offset] += gradient;
}

Expr *recurrent_explain_before(const Node *self, const RecurrentPlace *at, int k, int u) {
  gsize offset;
  const Tensor *state = before(self, at, k, u, &offset);

  return state != NULL ? expr_operand(state, offset) : expr_constant(0);
}

/* --- naive kernels --- */

real recurrent_function(RecurrentFunction f, real x) {
  switch (f) {
  case RECURRENT_RELU:
    return x > 0 ? x : 0;
  case RECURRENT_SIGMOID:
    return (real)(1 / (1 + exp(-(double)x)));
  case RECURRENT_TANH:
    return (real)tanh((double)x);
  default:
    return x;
  }
}

real recurrent_slope(RecurrentFunction f, real y) {
  switch (f) {
  case RECURRENT_RELU:
    return y > 0;
  case RECURRENT_SIGMOID:
    return y * (1 - y);
  case RECURRENT_TANH:
    return 1 - y * y;
  default:
    return 1;
  }
}

real recurrent_sum(const Node *self, const RecurrentPlace *at, int k) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *bias = recurrent_input(self, RECURRENT_BIAS);
  const real *x = self->input[RECURRENT_X]->value + recurrent_at(self, at, n.inputs);
  real sum = bias != NULL ? bias->value[k] : 0;

  for (int c = 0; c < n.inputs; c++)
    sum += x[c] * self->input[RECURRENT_KERNEL]->value[c * n.columns + k];
  return sum;
}

static void add_to(const Tensor *tensor, gsize offset, real gradient) {
  if (tensor != NULL && tensor->grad != NULL)
    tensor->grad[offset] += gradient;
}

void recurrent_sum_backward(Node *self, const RecurrentPlace *at, int k, real gradient) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *x = self->input[RECURRENT_X], *kernel = self->input[RECURRENT_KERNEL];
  const gsize from = recurrent_at(self, at, n.inputs);

  for (int c = 0; c < n.inputs; c++) {
    const gsize weight = (gsize)(c * n.columns + k);
    add_to(x, from + (gsize)c, gradient * kernel->value[weight]);
    add_to(kernel, weight, gradient * x->value[from + (gsize)c]);
  }
  add_to(recurrent_input(self, RECURRENT_BIAS), (gsize)k, gradient);
}

real recurrent_state_sum(const Node *self, const RecurrentPlace *at, int k) {
  const RecurrentSizes n = recurrent_sizes(self);
  real sum = 0;

  for (int v = 0; v < n.units; v++)
    sum += recurrent_before(self, at, 0, v) *
           self->input[RECURRENT_RECURRENT]->value[v * n.columns + k];
  return sum;
}

void recurrent_state_sum_backward(Node *self, const RecurrentPlace *at, int k, real gradient) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *kernel = self->input[RECURRENT_RECURRENT];

  for (int v = 0; v < n.units; v++) {
    const gsize weight = (gsize)(v * n.columns + k);
    add_to(kernel, weight, gradient * recurrent_before(self, at, 0, v));
    recurrent_add_before(self, at, 0, v, gradient * kernel->value[weight]);
  }
}

/* Where the U numbers of row b at a step stand in (B, T, U). */
static gsize vector_at(const Node *self, int b, int step) {
  const RecurrentSizes n = recurrent_sizes(self);

  return (gsize)(b * n.steps + step) * (gsize)n.units;
}

/* FALSE: the output is zero, whatever the state. */
static gboolean speaks(const Node *self, int b, int t) {
  return !recurrent_attrs(self)->zero_masked || !recurrent_place(self, b, t).masked;
}

/* y, and the states after the last step. */
static void give_results(Node *self, int b) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gsize last = vector_at(self, b, recurrent_step(self, n.steps - 1));
  const real *hidden = recurrent_states(self, 0)->value;
  real *y = self->output[0]->value;

  for (int k = 0; k < n.states; k++)
    for (int u = 0; u < n.units; u++)
      recurrent_last(self, k)->value[b * n.units + u] =
          recurrent_states(self, k)->value[last + (gsize)u];
  for (int s = 0; recurrent_attrs(self)->return_sequences && s < n.steps; s++) {
    const int t = recurrent_output_step(self, s);
    const gsize to = vector_at(self, b, s), from = vector_at(self, b, t);
    for (gsize u = 0; u < (gsize)n.units; u++)
      y[to + u] = speaks(self, b, t) ? hidden[from + u] : 0;
  }
  for (int u = 0; !recurrent_attrs(self)->return_sequences && u < n.units; u++)
    y[b * n.units + u] = hidden[last + (gsize)u];
}

void recurrent_forward(Node *self, const RecurrentCell *cell, Tile tile) {
  const RecurrentSizes n = recurrent_sizes(self);

  for (int b = tile.begin; b < tile.end; b++) {
    for (int s = 0; s < n.steps; s++) {
      const RecurrentPlace at = recurrent_place(self, b, recurrent_step(self, s));
      const gsize from = recurrent_at(self, &at, n.units);
      cell->forward(self, &at);
      for (int k = 0; at.masked && k < n.states; k++)
        for (int u = 0; u < n.units; u++)
          recurrent_states(self, k)->value[from + (gsize)u] = recurrent_before(self, &at, k, u);
    }
    give_results(self, b);
  }
}

/* From y and the states after the last step to those after each. */
static void take_results(Node *self, int b) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gsize last = vector_at(self, b, recurrent_step(self, n.steps - 1));
  const real *dy = self->output[0]->grad;
  real *hidden = recurrent_states(self, 0)->grad;

  for (int k = 0; k < n.states; k++)
    for (int u = 0; u < n.units; u++)
      recurrent_states(self, k)->grad[last + (gsize)u] +=
          recurrent_last(self, k)->grad[b * n.units + u];
  for (int s = 0; recurrent_attrs(self)->return_sequences && s < n.steps; s++) {
    const int t = recurrent_output_step(self, s);
    const gsize from = vector_at(self, b, s), to = vector_at(self, b, t);
    for (gsize u = 0; speaks(self, b, t) && u < (gsize)n.units; u++)
      hidden[to + u] += dy[from + u];
  }
  for (int u = 0; !recurrent_attrs(self)->return_sequences && u < n.units; u++)
    hidden[last + (gsize)u] += dy[b * n.units + u];
}

void recurrent_backward(Node *self, const RecurrentCell *cell, Tile tile) {
  const RecurrentSizes n = recurrent_sizes(self);

  for (int b = tile.begin; b < tile.end; b++) {
    take_results(self, b);
    for (int s = n.steps - 1; s >= 0; s--) {
      const RecurrentPlace at = recurrent_place(self, b, recurrent_step(self, s));
      const gsize from = recurrent_at(self, &at, n.units);
      if (!at.masked)
        cell->backward(self, &at);
      for (int k = 0; at.masked && k < n.states; k++)
        for (int u = 0; u < n.units; u++)
          recurrent_add_before(self, &at, k, u, recurrent_states(self, k)->grad[from + (gsize)u]);
    }
  }
}

/* --- work --- */

double recurrent_flops(const Node *self) {
  const RecurrentSizes n = recurrent_sizes(self);

  return 2.0 * n.steps * n.columns * (n.inputs + n.units);
}

/* The way back through the states is the recurrent kernel's: it is gone whatever is wanted. */
double recurrent_flops_backward(const Node *self, int input) {
  const RecurrentSizes n = recurrent_sizes(self);
  const double kernel = 2.0 * n.steps * n.columns * n.inputs;
  const double recurrent = 2.0 * n.steps * n.columns * n.units;

  return input == RECURRENT_RECURRENT ? 2 * recurrent : input <= RECURRENT_KERNEL ? kernel : 0;
}
