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
  int before;     /* the step before it; -1: none */
  const float *y; /* the gradient of its output, rows T·U apart (of the last step only, where that
                   * is all the output: then added already); NULL: none */
} RecurrentStep;

typedef void (*RecurrentStepFunc)(Node *self, const RecurrentStep *at);

/* `sums` holds the sums over x and gets the gradients of the sums: gates, or the hidden states. */
void recurrent_fast_forward(Node *self, Tile tile, const Tensor *sums, RecurrentStepFunc step);
void recurrent_fast_backward(Node *self, Tile tile, const Tensor *sums, RecurrentStepFunc step);

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

/* The gradient of some columns of a kernel: c (m × n) = Σ over rows and steps of aᵀ·b. */
typedef struct {
  const float *a;
  int m;
  const float *b;
  gssize b_row;
  int n;
  float *c;
  gssize c_row;
  gboolean accumulate;
} RecurrentGradient;

/* Those of the kernels but for columns from `columns` on of the recurrent one; returns how many
 * there are (2 at most). */
int recurrent_gradients(const Node *self, const Tensor *sums, int columns,
                        RecurrentGradient *gradients);
/* The same hidden states for all rows and steps as recurrent_kept gives for some. */
const float *recurrent_all_kept(const Node *self);
int recurrent_gradient_items(const RecurrentGradient *gradients, int n);
/* FALSE when the item is none of these. */
gboolean recurrent_run_gradient(const Node *self, const RecurrentGradient *gradients, int n,
                                int item, int rows);
/* The gradient of n numbers of the bias, from `from` on: the sum over rows and steps. */
void recurrent_bias_gradient(const Node *self, const Tensor *sums, int first, int n, int from,
                             int rows);

gsize recurrent_state_size(const Node *self, int tiles);
