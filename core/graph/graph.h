/* A network as named tensors and the ops between them: built once, run many times.
 *
 * Building: graph_new, then inputs, parameters and ops in order of computation, then graph_finish,
 * which fuses (training and inference), decides memory and allocates. After that nothing is
 * allocated in a training graph.
 *
 * A training step runs tile by tile: each tile of rows goes forward and backward through the
 * network while it is in the cache, then the gradients of the weights are computed, tiled over the
 * weights. Where a layer's weights outweigh the batch, it runs over its weights both ways instead.
 * Tiles depend on shapes alone, every sum has a fixed order: the result is the same bits for any
 * number of threads.
 */
#pragma once

#include "core/graph/op.h"

typedef enum {
  GRAPH_TRAIN, /* forward and backward, fused, fast kernels */
  GRAPH_INFER, /* forward only, fused, fast kernels */
  GRAPH_PROBE, /* forward and backward, every tensor by its name, naive kernels, dropout off */
} GraphMode;

typedef struct {
  GraphMode mode;
  gboolean naive; /* naive kernels, unfused, one thread: the reference */
  int capacity;   /* rows */
  guint64 seed;
  GPtrArray *nodes;   /* Node, in order of computation */
  GPtrArray *tensors; /* Tensor, in order of creation */
  GHashTable *by_name;
  char *prefix;       /* of the names of what is added */
  Tensor *loss;       /* one value a row; its mean over the batch is minimised */
  Tensor *open;       /* instead of a loss: its gradient comes from outside */
  gboolean remembers; /* graph_remember */
  gboolean finished;
  int group; /* rows that there is memory for: all of them, or as many as the cache has room for */
  int rows;  /* of the run at hand */
  gboolean light; /* there is little arithmetic in a row */
  GPtrArray *memory;
  GArray *shared; /* SharedGradient: gradients in the same memory, one after the other */
  GArray *moving; /* MovingTensor: what has memory for all rows all the same */
  GArray *steps;  /* how it runs: plan.h */
  GArray *forward, *training; /* Phase */
  guint turn;                 /* where in `training` the way back begins */
  double row_flops, row_flops_backward;
} Graph;

Graph *graph_new(GraphMode mode, int capacity, guint64 seed);
void graph_free(Graph *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Graph, graph_free)

/* From now on names of inputs and of what ops make start with `prefix`: for a model that is built
 * twice into one graph. */
void graph_set_prefix(Graph *self, const char *prefix);
/* A batched input; `row` is the shape of one row. */
Tensor *graph_input(Graph *self, const char *name, TensorType type, const Shape *row);
/* A parameter with memory elsewhere; `grad` NULL: not trained. Asked for twice, it is the same one.
 */
Tensor *graph_parameter(Graph *self, const char *name, const Shape *shape, real *value, real *grad);
/* Applies an op; returns its first output, named `name`. `inputs` has n entries. NULL and an error
 * when the shapes do not fit. Do not free the result. */
Tensor *graph_apply(Graph *self, const Op *op, const char *name, const void *attrs,
                    Tensor *const *inputs, int n, GError **error);
/* Before graph_finish: after a run this tensor will be read, all rows of it. A training graph whose
 * rows take much memory goes forward and backward with a group of rows after the other, and of
 * other tensors it only has the last group's. Inputs and the loss are kept anyway. */
void graph_keep(Graph *self, Tensor *tensor);
/* Fuses, plans, allocates. `loss` (rank 1: one value a row) may be NULL where nothing is learned:
 * for inference, or to run forward as in training. */
void graph_finish(Graph *self, Tensor *loss);

/* NULL if there is none of that name (in a training graph, fused tensors are gone). */
Tensor *graph_find(const Graph *self, const char *name);

/* Rows of one tile for a batch of `rows`: at least four tiles at 32 rows; depends on nothing but
 * whether there is little arithmetic in a row. */
int graph_tile_rows(int rows, gboolean light);

/* The same for a part of something larger: whoever goes on with `output` writes its gradient
 * between graph_forward and graph_backward. */
void graph_finish_open(Graph *self, Tensor *output);
/* Before graph_finish: the gradient of this tensor will be asked for, be it an input (which has
 * none otherwise) or one that is computed (whose gradient's memory may else be another's in the
 * end). */
void graph_want_gradient(Graph *self, Tensor *tensor);

/* From the next run on the sequences of these inputs have so many steps, at most as many as the
 * graph was built with; everything made of them follows. Nothing is allocated. */
void graph_set_lengths(Graph *self, Tensor *const *inputs, const int *lengths, int count);

/* For a graph that is given a sequence piece by piece, right after graph_new (of one row): ops that
 * look back over the sequence remember what they have seen, keys and values of attention first. */
void graph_remember(Graph *self);
/* From the next run on `input` has the steps past … past + length - 1 of a sequence, at most as
 * many in all as the graph was built with; a past of 0 forgets. Behind a past only single steps are
 * given. */
void graph_continue(Graph *self, Tensor *input, int past, int length);

/* Runs the first `rows` rows forward. `step` feeds the random ops. */
void graph_forward(Graph *self, int rows, guint32 step);
/* Forward, backward and gradients of all parameters: of the mean of the loss over the rows. */
void graph_step(Graph *self, int rows, guint32 step);
/* The second half of graph_step, after graph_forward on the same rows: from the gradient that was
 * written into the open end. */
void graph_backward(Graph *self, int rows, guint32 step);
/* Mean of a rank-1 batched tensor over its first rows, summed in order in double. */
double graph_mean(const Tensor *tensor, int rows);

/* The first tensor, in order of computation, parameters before others, with a value in its first
 * rows that is not finite or larger than `limit`, either way; NULL: none. */
const Tensor *graph_find_beyond(Graph *self, int rows, double limit);

/* Floating-point operations of one row, counted from shapes: 2 for a multiply-add, no gradient for
 * inputs. */
double graph_flops(const Graph *self, gboolean training);

/* Why tensor[offset] is what it is (probe graphs): an expression of the tensors it was made from.
 * NULL for inputs and parameters: they are given. The caller frees it. */
Expr *graph_explain(const Graph *self, const Tensor *tensor, gsize offset);
/* The same for its gradient, after graph_step on `rows` rows: the sum over everything that uses it.
 */
Expr *graph_explain_gradient(const Graph *self, const Tensor *tensor, gsize offset, int rows);
