#include "core/ops/recurrent_fast.h"

#include <string.h>

#define LINE 16 /* floats of a cache line */

FunctionKind recurrent_kind(RecurrentFunction f) {
  static const FunctionKind KINDS[] = {
      [RECURRENT_LINEAR] = FUNCTION_LINEAR,
      [RECURRENT_RELU] = FUNCTION_RELU,
      [RECURRENT_SIGMOID] = FUNCTION_SIGMOID,
      [RECURRENT_TANH] = FUNCTION_TANH,
  };

  return KINDS[f];
}

/* --- memory: states of all rows, then, where there is a way back, their gradients, the hidden
 * states before all steps, and, for each tile, the recurrent kernel on its side and the tile's
 * share of the gradients of the parameters --- */

static gsize lines(gsize n) { return (n + LINE - 1) / LINE * LINE; }

static gboolean learns(const Node *self) { return self->output[0]->grad != NULL; }

/* Of one state. */
static gsize vectors_size(const Node *self) { return lines(recurrent_last(self, 0)->room); }

static gsize kernel_size(const Node *self) {
  return lines(shape_size(&self->input[RECURRENT_RECURRENT]->shape));
}

static gsize share_size(const Node *self) {
  return recurrent_has_shares(self) ? lines(recurrent_share_size(self)) : 0;
}

gsize recurrent_state_size(const Node *self, int tiles) {
  const gsize states = (gsize)recurrent_sizes(self).states * vectors_size(self);
  gsize size = states;

  if (learns(self))
    size += states + lines(recurrent_states(self, 0)->room) +
            (gsize)tiles * (kernel_size(self) + share_size(self));
  return size * sizeof(float);
}

static float *memory_of(const Node *self, int b, int which) {
  return (float *)self->state + (gsize)which * vectors_size(self) +
         (gsize)(b * recurrent_sizes(self).units);
}

float *recurrent_memory(const Node *self, const RecurrentStep *at, int state) {
  return memory_of(self, at->tile.begin, state);
}

float *recurrent_memory_gradient(const Node *self, const RecurrentStep *at, int state) {
  return memory_of(self, at->tile.begin, recurrent_sizes(self).states + state);
}

static float *all_kept(const Node *self) {
  return (float *)self->state + (gsize)(2 * recurrent_sizes(self).states) * vectors_size(self);
}

const float *recurrent_all_kept(const Node *self) { return all_kept(self); }

float *recurrent_kept(const Node *self, const RecurrentStep *at) {
  const RecurrentSizes n = recurrent_sizes(self);

  return recurrent_at_step(at, all_kept(self), n.steps, n.units);
}

/* What each tile has for itself. */
static float *own(const Node *self, int tile) {
  return all_kept(self) + lines(recurrent_states(self, 0)->room) +
         (gsize)tile * (kernel_size(self) + share_size(self));
}

static float *turned(const Node *self, Tile tile) { return own(self, tile.index); }

static float *share_of(const Node *self, int tile) { return own(self, tile) + kernel_size(self); }

const float *recurrent_shares(const Node *self, gsize *row) {
  *row = kernel_size(self) + share_size(self);
  return share_of(self, 0);
}

const float *recurrent_turned(const Node *self, const RecurrentStep *at) {
  return turned(self, at->tile);
}

float *recurrent_at_step(const RecurrentStep *at, float *values, int steps, int width) {
  return values + (gsize)(at->tile.begin * steps + at->t) * (gsize)width;
}

const float *recurrent_mask_at(const Node *self, const RecurrentStep *at) {
  const Tensor *mask = recurrent_input(self, RECURRENT_MASK);

  return mask != NULL ? recurrent_at_step(at, mask->value, recurrent_sizes(self).steps, 1) : NULL;
}

/* --- products --- */

void recurrent_multiply(const RecurrentStep *at, const RecurrentProduct *p) {
  kernels()->gemm(&(Gemm){.m = at->rows,
                          .n = p->n,
                          .k = p->k,
                          .a = p->a,
                          .a_row = p->a_row,
                          .a_col = 1,
                          .b = p->b,
                          .b_row = p->b_row,
                          .b_col = 1,
                          .c = p->c,
                          .c_row = p->c_row,
                          .bias = p->bias,
                          .accumulate = p->accumulate});
}

/* The sums over x of all steps of the tile. */
static void project(const Node *self, Tile tile, const Tensor *sums) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *bias = recurrent_input(self, RECURRENT_BIAS);
  const gsize from = (gsize)(tile.begin * n.steps);

  kernels()->gemm(&(Gemm){.m = (tile.end - tile.begin) * n.steps,
                          .n = n.columns,
                          .k = n.inputs,
                          .a = self->input[RECURRENT_X]->value + from * (gsize)n.inputs,
                          .a_row = n.inputs,
                          .a_col = 1,
                          .b = self->input[RECURRENT_KERNEL]->value,
                          .b_row = n.columns,
                          .b_col = 1,
                          .c = sums->value + from * (gsize)n.columns,
                          .c_row = n.columns,
                          .bias = bias != NULL ? bias->value : NULL});
}

static void project_backward(const Node *self, Tile tile, const Tensor *sums) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *x = self->input[RECURRENT_X];
  const gsize from = (gsize)(tile.begin * n.steps);

  if (x->grad != NULL)
    kernels()->gemm(&(Gemm){.m = (tile.end - tile.begin) * n.steps,
                            .n = n.inputs,
                            .k = n.columns,
                            .a = sums->grad + from * (gsize)n.columns,
                            .a_row = n.columns,
                            .a_col = 1,
                            .b = self->input[RECURRENT_KERNEL]->value,
                            .b_row = 1,
                            .b_col = n.columns,
                            .c = x->grad + from * (gsize)n.inputs,
                            .c_row = n.inputs,
                            .accumulate = !self->first[RECURRENT_X]});
}

/* --- forward --- */

/* Behind a past the states are still there. */
static void begin(const Node *self, Tile tile) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gsize from = (gsize)(tile.begin * n.units);
  const gsize bytes = (gsize)((tile.end - tile.begin) * n.units) * sizeof(float);

  for (int k = 0; self->past == 0 && k < n.states; k++) {
    const Tensor *first = recurrent_input(self, RECURRENT_STATE + k);
    if (first != NULL)
      memcpy(memory_of(self, tile.begin, k), first->value + from, bytes);
    else
      memset(memory_of(self, tile.begin, k), 0, bytes);
  }
}

static void keep(const Node *self, const RecurrentStep *at) {
  const RecurrentSizes n = recurrent_sizes(self);
  const float *h = recurrent_memory(self, at, 0);
  float *kept = recurrent_kept(self, at);

  for (int r = 0; r < at->rows; r++)
    memcpy(kept + (gsize)(r * n.steps * n.units), h + r * n.units, (gsize)n.units * sizeof(float));
}

/* Of masked steps. */
static void silence(const Node *self, Tile tile) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *mask = recurrent_input(self, RECURRENT_MASK);

  for (int b = tile.begin; b < tile.end; b++)
    for (int s = 0; s < n.steps; s++)
      if (mask->value[b * n.steps + recurrent_output_step(self, s)] <= 0.5f)
        memset(self->output[0]->value + (gsize)(b * n.steps + s) * (gsize)n.units, 0,
               (gsize)n.units * sizeof(float));
}

static gboolean may_be_silent(const Node *self) {
  return recurrent_attrs(self)->zero_masked && recurrent_input(self, RECURRENT_MASK) != NULL;
}

static void give_sequence(const Node *self, Tile tile) {
  const RecurrentSizes n = recurrent_sizes(self);
  const RecurrentAttrs *attrs = recurrent_attrs(self);
  const gsize steps = (gsize)n.steps, row = (gsize)n.units;
  const float *hidden = recurrent_states(self, 0)->value;
  float *y = self->output[0]->value;

  if (attrs->in_order || !attrs->go_backwards)
    memcpy(y + (gsize)tile.begin * steps * row, hidden + (gsize)tile.begin * steps * row,
           (gsize)(tile.end - tile.begin) * steps * row * sizeof(float));
  else
    for (gsize i = (gsize)tile.begin * steps; i < (gsize)tile.end * steps; i++)
      memcpy(y + i * row, hidden + (i - i % steps + steps - 1 - i % steps) * row,
             row * sizeof(float));
  if (may_be_silent(self))
    silence(self, tile);
}

static void give_results(const Node *self, Tile tile) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gsize from = (gsize)(tile.begin * n.units);
  const gsize bytes = (gsize)((tile.end - tile.begin) * n.units) * sizeof(float);

  for (int k = 0; k < n.states; k++)
    memcpy(recurrent_last(self, k)->value + from, memory_of(self, tile.begin, k), bytes);
  if (recurrent_attrs(self)->return_sequences)
    give_sequence(self, tile);
  else
    memcpy(self->output[0]->value + from, memory_of(self, tile.begin, 0), bytes);
}

static RecurrentStep step_at(const Node *self, Tile tile, int work) {
  return (RecurrentStep){.tile = tile,
                         .rows = tile.end - tile.begin,
                         .t = recurrent_step(self, work),
                         .before = work > 0 ? recurrent_step(self, work - 1) : -1};
}

void recurrent_fast_forward(Node *self, const RecurrentFast *fast, Tile tile) {
  const int steps = recurrent_sizes(self).steps;

  project(self, tile, fast->sums(self));
  begin(self, tile);
  for (int s = 0; s < steps; s++) {
    const RecurrentStep at = step_at(self, tile, s);
    if (learns(self))
      keep(self, &at);
    fast->step(self, &at);
  }
  give_results(self, tile);
}

/* --- backward --- */

/* The gradients of the states after the last step. */
static void begin_backward(const Node *self, Tile tile) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gsize from = (gsize)(tile.begin * n.units);
  const gsize size = (gsize)((tile.end - tile.begin) * n.units);

  for (int k = 0; k < n.states; k++) {
    float *gradient = memory_of(self, tile.begin, n.states + k);
    if (self->used[1 + k])
      memcpy(gradient, recurrent_last(self, k)->grad + from, size * sizeof(float));
    else
      memset(gradient, 0, size * sizeof(float));
    if (k == 0 && self->used[0] && !recurrent_attrs(self)->return_sequences)
      kernels()->add(self->output[0]->grad + from, gradient, size);
  }
}

/* Those of the states before the first step. */
static void end_backward(const Node *self, Tile tile) {
  const RecurrentSizes n = recurrent_sizes(self);
  const gsize from = (gsize)(tile.begin * n.units);
  const gsize size = (gsize)((tile.end - tile.begin) * n.units);

  for (int k = 0; k < n.states; k++) {
    const Tensor *first = recurrent_input(self, RECURRENT_STATE + k);
    const float *gradient = memory_of(self, tile.begin, n.states + k);
    if (first == NULL || first->grad == NULL)
      continue;
    if (self->first[RECURRENT_STATE + k])
      memcpy(first->grad + from, gradient, size * sizeof(float));
    else
      kernels()->add(gradient, first->grad + from, size);
  }
}

static const float *output_gradient(const Node *self, const RecurrentStep *at, int work) {
  const RecurrentSizes n = recurrent_sizes(self);
  const RecurrentAttrs *attrs = recurrent_attrs(self);
  const int s = attrs->in_order ? at->t : work;

  if (!attrs->return_sequences || !self->used[0])
    return NULL;
  return self->output[0]->grad + (gsize)(at->tile.begin * n.steps + s) * (gsize)n.units;
}

void recurrent_fast_backward(Node *self, const RecurrentFast *fast, Tile tile) {
  const RecurrentSizes n = recurrent_sizes(self);

  kernels()->transpose(self->input[RECURRENT_RECURRENT]->value, n.units, n.columns,
                       turned(self, tile));
  begin_backward(self, tile);
  for (int s = n.steps - 1; s >= 0; s--) {
    RecurrentStep at = step_at(self, tile, s);
    at.y = output_gradient(self, &at, s);
    at.silent = may_be_silent(self);
    fast->step_backward(self, &at);
  }
  end_backward(self, tile);
  project_backward(self, tile, fast->sums(self));
  if (recurrent_has_shares(self))
    recurrent_fill_share(self, fast, tile, share_of(self, tile.index));
  if (recurrent_input(self, RECURRENT_MASK) != NULL)
    node_clear_gradient(self, tile, RECURRENT_MASK);
}
