/* The contract of an operation.
 *
 * An op is one const descriptor in one file of core/ops/, named in that folder's meson.build. From
 * there it is found by name, gradient-checked, compared with its fast kernel and explained by the
 * tests because it is registered.
 *
 * An op computes row by row of the batch unless it says otherwise: a row of its output depends only
 * on the same row of its batched inputs, and on parameters. That is what lets a graph cut a batch
 * into tiles of rows and run each through the whole network while it is in the cache.
 */
#pragma once

#include "core/base/rng.h"
#include "core/graph/expr.h"
#include "core/graph/tensor.h"

#define NODE_MAX_INPUTS 8
#define NODE_MAX_OUTPUTS 8

typedef struct Op Op;

/* Rows begin … end - 1 of a batch of `rows`. `index` counts tiles from 0; how a batch is cut
 * depends on its size alone. */
typedef struct {
  int begin, end, index, rows;
} Tile;

/* One application of an op in a graph. */
struct Node {
  const Op *op;
  char *name; /* of the layer it belongs to, plus a suffix where the layer has several */
  Tensor *input[NODE_MAX_INPUTS]; /* NULL where one that may be missing is */
  int n_inputs;
  Tensor *output[NODE_MAX_OUTPUTS];
  int n_outputs;
  void *attrs;       /* op->attrs_size bytes, copied when the node was made */
  void *state;       /* the op's own memory, op->state_size(node, tiles) bytes, zeroed */
  gboolean training; /* dropout drops, batch norm uses the batch */
  gboolean first[NODE_MAX_INPUTS]; /* backward may set this input's gradient instead of adding */
  gboolean sets[NODE_MAX_INPUTS];  /* … the first time in a step, for parameters */
  gboolean used[NODE_MAX_OUTPUTS]; /* the loss depends on this output: its gradient has been
                                    * written when backward runs, else it holds garbage */
  gboolean active;                 /* the loss depends on it */
  gboolean light;                  /* its graph has little arithmetic in a row: graph_tile_rows */
  gboolean split;                  /* runs over its weights: see FastKernels */
  int past;                        /* steps of the sequences that came before (graph_remember) */
  int passed; /* rows of the batch that went before those at hand: see graph_keep */
  Rng random; /* for ops that draw: seed and step are the graph's, stream the op's */
  guint32 id; /* position in the graph as built; tells the draws of two nodes apart */
};

/* The fast kernels of an op with its own. Same results as the naive ones up to rounding. */
typedef struct {
  void (*forward)(Node *self, Tile tile);
  /* Gradients of batched inputs for the tile's rows. With `first[i]` the rows hold garbage and must
   * be set; otherwise they are added to. */
  void (*backward)(Node *self, Tile tile);
  /* Gradients of the parameter inputs, over the whole batch, cut into items over the weights (never
   * over the batch, unless each tile left a partial sum in `state`, added up in tile order). They
   * are set, or added to without `first[i]`. */
  int (*weight_items)(const Node *self);
  void (*weight_gradient)(Node *self, int item, int rows, int tiles);
  /* The weight items read nothing but `state`, where each tile's backward left its share. */
  gboolean adds_shares;
  /* TRUE where the weights outweigh the batch: then the node runs over its weights instead of over
   * rows, so that each weight is read once a step. `weight_forward` leaves partial sums of an item
   * in `state` and `forward` adds them up; the weight items also compute the gradient of the
   * batched input (each some columns, for all rows, after it has read them: they may share memory),
   * and `backward` is not called. NULL: never. */
  gboolean (*split)(const Node *self);
  void (*weight_forward)(Node *self, int item, int rows);
  /* Where a row depends on all rows (batch normalization): what each tile has to say, left in
   * `state` by tile; forward (backward) runs when all have spoken. NULL: rows are independent. */
  void (*gather)(Node *self, Tile tile);
  void (*gather_backward)(Node *self, Tile tile);
} FastKernels;

#define MISSING_INPUT ((Shape){-1, {0}})

/* An input shape and attributes to check an op on. */
typedef struct {
  Shape input[NODE_MAX_INPUTS]; /* with the batch dimension; rank 0 ends the list; MISSING_INPUT:
                                 * one that may be missing is */
  const void *attrs; /* NULL: all zero; of a fused op: const void *[], one for each link */
  int classes;       /* labels of integer inputs are drawn from 0 … classes - 1 */
  gboolean ignored;  /* … and some of them are -1 */
  double low, high;  /* batched inputs are drawn from; both 0: -2 … 2 */
  gboolean fixed[NODE_MAX_INPUTS]; /* a batched input that nothing is learned through: targets */
  gboolean mask[NODE_MAX_INPUTS];  /* the same, drawn as a mask: 1 up to some step, then 0 */
  gboolean parameter[NODE_MAX_INPUTS]; /* an input x that is a parameter here */
} OpSample;

struct Op {
  const char *name;
  const char *formula; /* TeX */
  gsize attrs_size;
  const char *inputs; /* one letter each: x batched, w parameter, i batched integers; a capital may
                       * be missing (a layer without bias): NULL, or left out at the end */
  int results; /* outputs that others may build on (0 counts as 1); those after them are inner
                * values, there to be looked at */
  const char *const *outputs; /* names of the outputs after the first: "lstm.state_h". NULL: they
                               * are numbered from 1, "attention.1" */
  gboolean view;              /* output[0] is input[0] with another shape: shares its memory */
  gboolean output_unread; /* its backward does not look at output[0]'s values: once the next node is
                           * through, the gradient may take their place in memory */
  /* Whether the fast kernels may write an output where input[0] is: element by element, and without
   * a look at input[0] on the way back. NULL: they may not. */
  gboolean (*overwrites)(const Node *self, int output);
  gboolean whole_batch; /* not row by row: a row depends on all. Runs once on all rows, between
                         * tiles, unless its fast kernels gather */

  /* Sets output shapes from inputs and attrs with node_set_output. On error says in plain words
   * what does not fit and what would. Runs again whenever a sequence gets another length. */
  gboolean (*shape)(Node *self, GError **error);
  /* Bytes of state for a graph cut into at most `tiles` tiles; NULL: none. */
  gsize (*state_size)(const Node *self, int tiles);
  /* The naive kernels: plain loops, the formula as one would write it on paper. Gradients are added
   * (`+=`), also those of parameters. */
  void (*forward)(Node *self, Tile tile);
  void (*backward)(Node *self, Tile tile); /* NULL: no gradient flows (views need none) */
  const FastKernels *fast;                 /* NULL: the naive kernels are fast enough */
  /* Floating-point operations for one row, 2 for a multiply-add: forward, and backward towards each
   * input (index i) as if it were wanted. NULL: none worth counting. */
  double (*flops)(const Node *self);
  double (*flops_backward)(const Node *self, int input);

  /* output[0][offset] as an expression of the inputs. */
  Expr *(*explain)(const Node *self, gsize offset);
  /* What this node adds to the gradient of input[i][offset], as an expression of inputs and of the
   * output's gradient; NULL result: nothing. `rows` is the size of the batch. */
  Expr *(*explain_gradient)(const Node *self, int input, gsize offset, int rows);
  /* The same for further outputs, whose expressions may read other outputs of the node: the gates
   * of a cell. NULL: there are none. */
  Expr *(*explain_inner)(const Node *self, int output, gsize offset);
  /* What the node itself adds to the gradient of one of its outputs (any, also output[0]): what a
   * state passes on to the next step. NULL function or result: nothing. */
  Expr *(*explain_inner_gradient)(const Node *self, int output, gsize offset, int rows);

  /* A fused op: the chain of ops it stands for, ended by NULL, and how to take over from them.
   * `fuse` fills attrs and outputs of `self` (its input are those of the first node of the chain,
   * then the further inputs of the others) or returns FALSE to leave the chain alone. */
  const char *const *fuses;
  gboolean (*fuse)(Node *self, Node *const *chain);

  const OpSample *samples; /* ended by one with rank 0; of a fused op, for the chain */
};

/* All ops, in the order of core/ops/meson.build, ended by NULL. */
extern const Op *const OPS[];
/* NULL if there is none of that name. */
const Op *op_find(const char *name);

/* For `shape`: output `index` has that shape, batched like the first input. */
void node_set_output(Node *self, int index, const Shape *shape);

/* The number that belongs to element i of a tensor with rows like `tensor`'s in this node and
 * batch: what is drawn at random for it depends on nothing else. */
guint64 node_element(const Node *self, const Tensor *tensor, gsize i);

/* For fast `backward`: nothing is learned through this input (a mask, targets), so its gradient in
 * these rows is zero unless others have said something. */
void node_clear_gradient(const Node *self, Tile tile, int input);

/* A GError domain for shapes and specs that do not fit. */
#define MODEL_ERROR (model_error_quark())
GQuark model_error_quark(void);
typedef enum { MODEL_ERROR_SHAPE, MODEL_ERROR_SPEC } ModelError;
