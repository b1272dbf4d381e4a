/* How a finished graph runs: private to core/graph.
 *
 * A training step is one list of small steps (a node forward, the seed of the loss's gradient, a
 * node backward), cut into phases at the few places where all rows must have come through: before
 * and after an op over the whole batch, after a node has gathered what all rows have to say, and
 * where the backward pass of a wide layer is cut over its weights instead of over rows. Between two
 * cuts a tile of rows runs through without a barrier.
 */
#pragma once

#include "core/graph/graph.h"

typedef struct {
  Node *node; /* NULL: seed the gradient of the loss */
  gboolean backward;
  gboolean weights; /* the node's weight items */
  gboolean gather;  /* what a node has to know of all rows before it goes on */
} Step;

typedef enum {
  PHASE_ROWS,    /* each tile of rows through all steps */
  PHASE_WHOLE,   /* one step over all rows at once */
  PHASE_WEIGHTS, /* weight items of the nodes of the steps */
} PhaseKind;

typedef struct {
  PhaseKind kind;
  guint begin, end; /* into graph->steps */
  double row_flops;
} Phase;

/* The tensor whose memory this one shares: itself unless it is a view. */
Tensor *view_root(Tensor *tensor);
/* Memory that ends with the graph. */
gpointer graph_allocate(Graph *self, gsize bytes);
/* A gradient that is wanted and has no memory yet. */
#define GRADIENT_LATER ((real *)(guintptr)64)
/* Gives the gradient of a tensor and its views that memory. */
void graph_set_gradient(Graph *self, const Tensor *root, real *grad);
/* Allocates the gradients when all steps are planned. */
void graph_place_gradients(Graph *self);
/* After a change of lengths: gradients that share memory must still have rows of one size. */
void graph_part_gradients(Graph *self);
/* Decides how many rows go through a step together, before there is memory. */
void graph_plan_groups(Graph *self);
/* When there is: remembers where all rows of what is kept begin. */
void graph_finish_groups(Graph *self);
/* Goes on to the group that begins at that row of the batch. */
void graph_enter_group(Graph *self, int begin);
/* Runs a group forward once more, as in the last step. */
void graph_repeat_group(Graph *self, int begin, int rows);
/* Replaces chains by the fused ops that stand for them. */
void graph_fuse(Graph *self);
/* Decides which gradients are wanted and allocates; then cuts into phases. */
void graph_plan(Graph *self);
