/* How fast kernels go through several tensors of different shapes together: nested loops over axes,
 * each tensor with steps of its own, the longest runs innermost. Private to core/ops. */
#pragma once

#include "core/graph/op.h"

#define WALK_OPERANDS (NODE_MAX_INPUTS + 1)
#define WALK_RANK (TENSOR_MAX_RANK + 1)

typedef struct {
  int operands, rank;
  int dim[WALK_RANK];                    /* of the axes, outermost first */
  gssize step[WALK_RANK][WALK_OPERANDS]; /* in elements; 0: the same element again */
  gssize start[WALK_OPERANDS];
} Walk;

/* Opens a walk of so many operands, without axes: one element of each, the first. */
Walk walk_new(int operands);
/* Adds an axis within those there are; one that goes on where the last one stops makes it longer.
 */
void walk_add(Walk *self, int dim, const gssize *step);
/* Calls `func` for each run along the innermost axis, in order: `at` are the operands' elements it
 * starts at, walk_length of them a step of walk_step apart. */
typedef void (*WalkFunc)(const Walk *self, const gssize *at, gpointer data);
void walk_run(const Walk *self, WalkFunc func, gpointer data);

static inline gsize walk_length(const Walk *self) { return (gsize)self->dim[self->rank - 1]; }
static inline gssize walk_step(const Walk *self, int operand) {
  return self->step[self->rank - 1][operand];
}
/* Whether each element of the operand comes once only. */
gboolean walk_is_once(const Walk *self, int operand);
