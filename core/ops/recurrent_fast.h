/* The fast kernels of the recurrent ops: what x gives to all steps is one matrix product, and so is
 * the gradient of each kernel over all rows and steps; between them a tile of rows goes through the
 * steps, and stays in the cache. */
#pragma once

#include "core/kernels/kernels.h"
#include "core/ops/recurrent.h"

/* A tile at a step. */
typedef struct {
  Tile tile;
  int rows, t;
  int before; /* the step before it; -1: none */
  /* The gradient of its output, T·U between rows; NULL: none, or that of the last step only, which
   * is in the gradient of the state already. */
  const float *y;
  gboolean silent; /* there is none in masked rows */
} RecurrentStep;

typedef struct {
  /* What holds the sums over x, and gets their gradients: gates, or the hidden states. */
  const Tensor *(*sums)(const Node *self);
  void (*step)(Node *self, const RecurrentStep *at);
  void (*step_backward)(Node *self, const RecurrentStep *at);
  /* For cells where the last U columns of the recurrent kernel go into sums of their own: what they
   * are multiplied by, (B, T, U), and the tensor with the gradients of the sums. NULL: there are
   * none. */
  const float *(*apart)(const Node *self, const Tensor **sums);
} RecurrentFast;

void recurrent_fast_forward(Node *self, const RecurrentFast *fast, Tile tile);
void recurrent_fast_backward(Node *self, const RecurrentFast *fast, Tile tile);
int recurrent_weight_items(const Node *self, const RecurrentFast *fast);
void recurrent_weight_gradient(Node *self, const RecurrentFast *fast, int item, int rows,
                               int tiles);

/* The states of the tile's rows (rows × U), and their gradients on the way back. */
float *recurrent_memory(const Node *self, const RecurrentStep *at, int state);
float *recurrent_memory_gradient(const Node *self, const RecurrentStep *at, int state);
/* The hidden state before the step, T·U between rows; kept for the way back. */
float *recurrent_kept(const Node *self, const RecurrentStep *at);
/* The recurrent kernel on its side, (G·U, U). */
const float *recurrent_turned(const Node *self, const RecurrentStep *at);
/* The step's first number in a tensor (B, T, …) with `width` numbers a step. */
float *recurrent_at_step(const RecurrentStep *at, float *values, int steps, int width);
/* The step's masks, T between rows; NULL: there are none. */
const float *recurrent_mask_at(const Node *self, const RecurrentStep *at);
FunctionKind recurrent_kind(RecurrentFunction f);

/* rows of C (+)= rows of A · n columns of B, which has k rows; on both sides `row` numbers apart.
 */
typedef struct {
  const float *a;
  gssize a_row;
  const float *b;
  gssize b_row;
  float *c;
  gssize c_row;
  int n, k;
  const float *bias;
  gboolean accumulate;
} RecurrentProduct;

void recurrent_multiply(const RecurrentStep *at, const RecurrentProduct *p);

/* The hidden states before all steps of all rows, (B, T, U). */
const float *recurrent_all_kept(const Node *self);

/* Where the parameters are few, each tile leaves its share of their gradients, while what it comes
 * from is in the cache; the shares, `row` apart, are added up in the end. Where they are many, one
 * product goes over all rows. */
gboolean recurrent_has_shares(const Node *self);
gsize recurrent_share_size(const Node *self);
void recurrent_fill_share(const Node *self, const RecurrentFast *fast, Tile tile, float *share);
const float *recurrent_shares(const Node *self, gsize *row);

#define RECURRENT_FAST_CALLBACKS(CELL)                                                             \
  static void fast_forward(Node *self, Tile tile) { recurrent_fast_forward(self, &CELL, tile); }   \
  static void fast_backward(Node *self, Tile tile) { recurrent_fast_backward(self, &CELL, tile); } \
  static int weight_items(const Node *self) { return recurrent_weight_items(self, &CELL); }        \
  static void weight_gradient(Node *self, int item, int rows, int tiles) {                         \
    recurrent_weight_gradient(self, &CELL, item, rows, tiles);                                     \
  }                                                                                                \
  static const FastKernels FAST = {.forward = fast_forward,                                        \
                                   .backward = fast_backward,                                      \
                                   .weight_items = weight_items,                                   \
                                   .weight_gradient = weight_gradient};
