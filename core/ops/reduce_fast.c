/* The fast kernels of reductions: run by run through the input, with the output beside it. */
#include "core/ops/reduce.h"
#include "core/ops/walk.h"

#include "core/kernels/kernels.h"

#include <string.h>

enum { X, Y };

static Walk reduce_walk(const Node *self, Tile tile) {
  const Shape *x = &self->input[0]->shape;
  gssize step[TENSOR_MAX_RANK][2], x_size = 1, y_size = 1;
  Walk walk = walk_new(2);

  for (int a = x->rank - 1; a >= 0; a--) {
    step[a][X] = x_size;
    step[a][Y] = reduce_is_reduced(self, a) ? 0 : y_size;
    x_size *= x->dim[a];
    y_size *= reduce_is_reduced(self, a) ? 1 : x->dim[a];
  }
  walk.start[X] = (gssize)((gsize)tile.begin * tensor_row_size(self->input[0]));
  walk.start[Y] = (gssize)((gsize)tile.begin * tensor_row_size(self->output[0]));
  for (int a = 0; a < x->rank; a++)
    walk_add(&walk, a == 0 ? tile.end - tile.begin : x->dim[a], step[a]);
  return walk;
}

/* A number for each output: the mean that a variance is about, how many share a maximum. */
gsize reduce_state_size(const Node *self, int tiles) {
  return shape_size(&self->output[0]->shape) * sizeof(float);
}

typedef struct {
  Node *self;
  float *to; /* like the output */
} ReduceRun;

static void fill(Node *self, Tile tile, float *to, float value) {
  const gsize row = tensor_row_size(self->output[0]);

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)
    to[i] = value;
}

static void scale(Node *self, Tile tile, float *to, float factor) {
  const gsize row = tensor_row_size(self->output[0]), from = (gsize)tile.begin * row;

  kernels()->binary(BINARY_MULTIPLY, to + from, 1, &factor, 0, to + from,
                    (gsize)(tile.end - tile.begin) * row);
}

static void reduce(Node *self, Tile tile, float *to, WalkFunc func) {
  const Walk walk = reduce_walk(self, tile);
  ReduceRun run = {self, to};

  walk_run(&walk, func, &run);
}

/* Adds n numbers to one, or to as many. */
static void add_up(const float *x, float *to, gssize step, gsize n) {
  if (step == 0)
    *to += kernels()->sum(x, n);
  else
    kernels()->add(x, to, n);
}

static void sum_run(const Walk *walk, const gssize *at, gpointer data) {
  const ReduceRun *run = data;

  add_up(run->self->input[0]->value + at[X], run->to + at[Y], walk_step(walk, Y),
         walk_length(walk));
}

static void max_run(const Walk *walk, const gssize *at, gpointer data) {
  const ReduceRun *run = data;
  const float *x = run->self->input[0]->value + at[X];
  float *to = run->to + at[Y];
  const gsize n = walk_length(walk);

  if (walk_step(walk, Y) != 0)
    kernels()->binary(BINARY_MAXIMUM, to, 1, x, 1, to, n);
  else
    *to = MAX(*to, kernels()->largest(x, n));
}

#define PIECE 256

/* What f makes of x and the number beside it, added up; with `square`, its square. */
static void add_pieces(const Walk *walk, const gssize *at, const ReduceRun *run, BinaryKind kind,
                       const float *beside, gboolean square) {
  const float *x = run->self->input[0]->value + at[X];
  const gssize step = walk_step(walk, Y);
  float piece[PIECE];

  for (gsize from = 0; from < walk_length(walk); from += PIECE) {
    const gsize n = MIN(walk_length(walk) - from, PIECE);
    const gssize y = at[Y] + (gssize)from * step;
    kernels()->binary(kind, x + from, 1, beside + y, step, piece, n);
    if (square)
      kernels()->binary(BINARY_MULTIPLY, piece, 1, piece, 1, piece, n);
    add_up(piece, run->to + y, step, n);
  }
}

static void square_run(const Walk *walk, const gssize *at, gpointer data) {
  const ReduceRun *run = data;

  add_pieces(walk, at, run, BINARY_SUBTRACT, run->self->state, TRUE);
}

static void equal_run(const Walk *walk, const gssize *at, gpointer data) {
  const ReduceRun *run = data;

  add_pieces(walk, at, run, BINARY_EQUAL, run->self->output[0]->value, FALSE);
}

/* The gradient of a piece of the input: that of the output times what `func` does. */
typedef struct {
  Node *self;
  void (*func)(const Node *self, const float *x, const float *y, const float *state, gssize step,
               float *grad, gsize n);
  gboolean set;
} GradientRun;

static void gradient_run(const Walk *walk, const gssize *at, gpointer data) {
  const GradientRun *run = data;
  const Tensor *x = run->self->input[0], *y = run->self->output[0];
  const gssize step = walk_step(walk, Y);
  const float one = 1;
  float piece[PIECE];

  for (gsize from = 0; from < walk_length(walk); from += PIECE) {
    const gsize n = MIN(walk_length(walk) - from, PIECE);
    const gssize x_at = at[X] + (gssize)from, y_at = at[Y] + (gssize)from * step;
    kernels()->binary(BINARY_MULTIPLY, y->grad + y_at, step, &one, 0, piece, n);
    run->func(run->self, x->value + x_at, y->value + y_at, (float *)run->self->state + y_at, step,
              piece, n);
    if (run->set)
      memcpy(x->grad + x_at, piece, n * sizeof(float));
    else
      kernels()->add(piece, x->grad + x_at, n);
  }
}

static void times(float *grad, const float *x, gssize step, gsize n) {
  kernels()->binary(BINARY_MULTIPLY, grad, 1, x, step, grad, n);
}

static void sum_piece(const Node *self, const float *x, const float *y, const float *state,
                      gssize step, float *grad, gsize n) {}

static void mean_piece(const Node *self, const float *x, const float *y, const float *state,
                       gssize step, float *grad, gsize n) {
  const float share = 1 / (float)reduce_count(self);

  times(grad, &share, 0, n);
}

static void max_piece(const Node *self, const float *x, const float *y, const float *state,
                      gssize step, float *grad, gsize n) {
  float equal[PIECE];

  kernels()->binary(BINARY_EQUAL, x, 1, y, step, equal, n);
  times(grad, equal, 1, n);
  kernels()->binary(BINARY_DIVIDE, grad, 1, state, step, grad, n);
}

static void variance_piece(const Node *self, const float *x, const float *y, const float *state,
                           gssize step, float *grad, gsize n) {
  const float share = 2 / (float)reduce_count(self);
  float away[PIECE];

  kernels()->binary(BINARY_SUBTRACT, x, 1, state, step, away, n);
  times(grad, away, 1, n);
  times(grad, &share, 0, n);
}

static void mean_of(Node *self, Tile tile, float *to) {
  fill(self, tile, to, 0);
  reduce(self, tile, to, sum_run);
  scale(self, tile, to, 1 / (float)reduce_count(self));
}

static void sum_forward(Node *self, Tile tile) {
  fill(self, tile, self->output[0]->value, 0);
  reduce(self, tile, self->output[0]->value, sum_run);
}

static void mean_forward(Node *self, Tile tile) { mean_of(self, tile, self->output[0]->value); }

static void max_forward(Node *self, Tile tile) {
  fill(self, tile, self->output[0]->value, -G_MAXFLOAT);
  reduce(self, tile, self->output[0]->value, max_run);
}

static void variance_forward(Node *self, Tile tile) {
  mean_of(self, tile, self->state);
  fill(self, tile, self->output[0]->value, 0);
  reduce(self, tile, self->output[0]->value, square_run);
  scale(self, tile, self->output[0]->value, 1 / (float)reduce_count(self));
}

#define BACKWARD(id)                                                                               \
  static void id##_backward(Node *self, Tile tile) {                                               \
    const Walk walk = reduce_walk(self, tile);                                                     \
    GradientRun run = {self, id##_piece, self->first[0]};                                          \
    if (self->input[0]->grad != NULL)                                                              \
      walk_run(&walk, gradient_run, &run);                                                         \
  }                                                                                                \
  const FastKernels reduce_##id##_kernels = {.forward = id##_forward, .backward = id##_backward};
BACKWARD(sum)
BACKWARD(mean)
BACKWARD(variance)

static void max_backward(Node *self, Tile tile) {
  const Walk walk = reduce_walk(self, tile);
  GradientRun run = {self, max_piece, self->first[0]};

  if (self->input[0]->grad == NULL)
    return;
  fill(self, tile, self->state, 0);
  reduce(self, tile, self->state, equal_run);
  walk_run(&walk, gradient_run, &run);
}

const FastKernels reduce_max_kernels = {.forward = max_forward, .backward = max_backward};
