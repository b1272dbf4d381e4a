/* The fast kernels of arithmetic: run by run of a walk over all operands, the gradients in pieces
 * that stay in the first cache. */
#include "core/ops/arithmetic.h"

#include "core/kernels/kernels.h"

#include <string.h>

static void forward_run(const Walk *walk, const gssize *at, gpointer data, BinaryKind kind) {
  const Node *self = data;
  float *y = self->output[0]->value + at[self->n_inputs];

  for (int k = 1; k < self->n_inputs; k++)
    kernels()->binary(kind, k == 1 ? self->input[0]->value + at[0] : y,
                      k == 1 ? walk_step(walk, 0) : 1, self->input[k]->value + at[k],
                      walk_step(walk, k), y, walk_length(walk));
}

static void fast_forward(Node *self, Tile tile, WalkFunc func) {
  const Walk walk = broadcast_walk(self, tile);

  walk_run(&walk, func, self);
}

/* A piece of a run, in which the gradient of input k is computed; it starts as that of the output.
 */
#define PIECE 256
typedef struct {
  Node *self;
  int k, n;
  const float *x[WALK_OPERANDS]; /* of the inputs, then of the output */
  gssize step[WALK_OPERANDS];
  float grad[PIECE];
} Piece;

typedef void (*PieceFunc)(Piece *piece);

static void apply(Piece *self, BinaryKind kind, const float *x, gssize step) {
  kernels()->binary(kind, self->grad, 1, x, step, self->grad, (gsize)self->n);
}

static void scale(Piece *self, float factor) { apply(self, BINARY_MULTIPLY, &factor, 0); }

static void times(Piece *self, int j) { apply(self, BINARY_MULTIPLY, self->x[j], self->step[j]); }

/* Times f(a, b). */
static void times_binary(Piece *self, BinaryKind kind, int a, const float *b, gssize b_step) {
  float factor[PIECE];

  kernels()->binary(kind, self->x[a], self->step[a], b, b_step, factor, (gsize)self->n);
  apply(self, BINARY_MULTIPLY, factor, 1);
}

static void add_piece(Piece *self) {}
static void average_piece(Piece *self) { scale(self, 1 / (float)self->self->n_inputs); }
static void subtract_piece(Piece *self) { scale(self, self->k == 0 ? 1 : -1); }
static void multiply_piece(Piece *self) {
  for (int j = 0; j < self->self->n_inputs; j++)
    if (j != self->k)
      times(self, j);
}
static void divide_piece(Piece *self) {
  apply(self, BINARY_DIVIDE, self->x[1], self->step[1]);
  if (self->k == 1) {
    times(self, 2);
    scale(self, -1);
  }
}
static void maximum_piece(Piece *self) {
  const int y = self->self->n_inputs;

  for (int j = 0; j < self->k; j++)
    times_binary(self, BINARY_DIFFERENT, j, self->x[y], 1);
  times_binary(self, BINARY_EQUAL, self->k, self->x[y], 1);
}
#define minimum_piece maximum_piece
static void prelu_piece(Piece *self) {
  const float zero = 0;

  if (self->k == 0)
    times_binary(self, BINARY_PRELU_SLOPE, 0, self->x[1], self->step[1]);
  else
    times_binary(self, BINARY_MINIMUM, 0, &zero, 0);
}

typedef struct {
  Piece piece;
  PieceFunc func;
  gboolean set; /* each element comes once and nothing is there yet */
} GradientRun;

static void finish_piece(GradientRun *run, float *grad) {
  Piece *piece = &run->piece;

  run->func(piece);
  if (piece->step[piece->k] == 0)
    *grad = (run->set ? 0 : *grad) + kernels()->sum(piece->grad, (gsize)piece->n);
  else if (run->set)
    memcpy(grad, piece->grad, (gsize)piece->n * sizeof(float));
  else
    kernels()->add(piece->grad, grad, (gsize)piece->n);
}

static void gradient_run(const Walk *walk, const gssize *at, gpointer data) {
  GradientRun *run = data;
  Piece *piece = &run->piece;
  const Node *self = piece->self;
  const int y = self->n_inputs;

  for (gsize from = 0; from < walk_length(walk); from += PIECE) {
    piece->n = (int)MIN(walk_length(walk) - from, PIECE);
    for (int k = 0; k <= y; k++) {
      const Tensor *x = k < y ? self->input[k] : self->output[0];
      piece->step[k] = walk_step(walk, k);
      piece->x[k] = x->value + at[k] + (gssize)from * piece->step[k];
    }
    memcpy(piece->grad, self->output[0]->grad + at[y] + from, (gsize)piece->n * sizeof(float));
    finish_piece(run,
                 self->input[piece->k]->grad + at[piece->k] + (gssize)from * piece->step[piece->k]);
  }
}

/* The gradient of input k from these rows. */
static void input_gradient(Node *self, Tile tile, int k, PieceFunc func) {
  const Walk walk = broadcast_walk(self, tile);
  const Tensor *x = self->input[k];
  const gsize row = x->batched ? tensor_row_size(x) : shape_size(&x->shape);
  GradientRun run = {.piece = {.self = self, .k = k}, .func = func};

  run.set = self->first[k] && walk_is_once(&walk, k);
  if (self->first[k] && !run.set)
    memset(x->grad + walk.start[k], 0,
           (x->batched ? (gsize)(tile.end - tile.begin) : 1) * row * sizeof(float));
  walk_run(&walk, gradient_run, &run);
}

static void fast_backward(Node *self, Tile tile, PieceFunc func) {
  for (int k = 0; k < self->n_inputs; k++)
    if (self->input[k]->batched && self->input[k]->grad != NULL)
      input_gradient(self, tile, k, func);
}

/* An item for each parameter; the same one twice is one item. */
static int parameters(const Node *self, int *list) {
  int n = 0;

  for (int k = 0; k < self->n_inputs; k++)
    if (!self->input[k]->batched && self->input[k]->grad != NULL)
      list[n++] = k;
  return n;
}

static gboolean is_again(const Node *self, int k) {
  for (int j = 0; j < k; j++)
    if (self->input[j] == self->input[k])
      return TRUE;
  return FALSE;
}

static int weight_items(const Node *self) {
  int list[NODE_MAX_INPUTS];

  return parameters(self, list);
}

static void fast_weight_gradient(Node *self, int item, int rows, PieceFunc func) {
  int list[NODE_MAX_INPUTS];
  const int n = parameters(self, list);

  for (int i = item; i < n && !is_again(self, list[item]); i++)
    if (self->input[list[i]] == self->input[list[item]])
      input_gradient(self, (Tile){0, rows, 0, rows}, list[i], func);
}

#define FAST(id, kind)                                                                             \
  static void id##_run(const Walk *walk, const gssize *at, gpointer data) {                        \
    forward_run(walk, at, data, kind);                                                             \
  }                                                                                                \
  static void id##_fast_backward(Node *self, Tile tile) { fast_backward(self, tile, id##_piece); } \
  static void id##_weight_gradient(Node *self, int item, int rows, int tiles) {                    \
    fast_weight_gradient(self, item, rows, id##_piece);                                            \
  }                                                                                                \
  const FastKernels arithmetic_##id = {.forward = id##_fast_forward,                               \
                                       .backward = id##_fast_backward,                             \
                                       .weight_items = weight_items,                               \
                                       .weight_gradient = id##_weight_gradient};
#define FAST_FORWARD(id)                                                                           \
  static void id##_run(const Walk *walk, const gssize *at, gpointer data);                         \
  static void id##_fast_forward(Node *self, Tile tile) { fast_forward(self, tile, id##_run); }
FAST_FORWARD(add)
FAST_FORWARD(subtract)
FAST_FORWARD(multiply)
FAST_FORWARD(divide)
FAST_FORWARD(maximum)
FAST_FORWARD(minimum)
FAST_FORWARD(prelu)

static void average_run(const Walk *walk, const gssize *at, gpointer data);
static void average_fast_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);
  float *y = self->output[0]->value + (gsize)tile.begin * row;
  const float share = 1 / (float)self->n_inputs;

  fast_forward(self, tile, average_run);
  kernels()->binary(BINARY_MULTIPLY, y, 1, &share, 0, y, (gsize)(tile.end - tile.begin) * row);
}

FAST(add, BINARY_ADD)
FAST(average, BINARY_ADD)
FAST(subtract, BINARY_SUBTRACT)
FAST(multiply, BINARY_MULTIPLY)
FAST(divide, BINARY_DIVIDE)
FAST(maximum, BINARY_MAXIMUM)
FAST(minimum, BINARY_MINIMUM)
FAST(prelu, BINARY_PRELU)
