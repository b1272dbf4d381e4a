#include "core/ops/walk.h"

#include <string.h>

/* The innermost axis is always there: of one element until another takes its place. */
Walk walk_new(int operands) {
  g_assert(operands <= WALK_OPERANDS);
  return (Walk){.operands = operands, .rank = 1, .dim = {1}};
}

/* Whether the steps of the last axis are what `dim` steps of the new one come to. */
static gboolean goes_on(const Walk *self, int dim, const gssize *step) {
  for (int k = 0; k < self->operands; k++)
    if (self->step[self->rank - 1][k] != step[k] * dim)
      return FALSE;
  return TRUE;
}

void walk_add(Walk *self, int dim, const gssize *step) {
  const int last = self->rank - 1;

  if (dim == 1)
    return;
  if (self->dim[last] > 1 && goes_on(self, dim, step)) {
    self->dim[last] *= dim;
    memcpy(self->step[last], step, (gsize)self->operands * sizeof *step);
    return;
  }
  const int axis = self->dim[last] == 1 ? last : last + 1;
  g_assert(axis < WALK_RANK);
  self->rank = axis + 1;
  self->dim[axis] = dim;
  memcpy(self->step[axis], step, (gsize)self->operands * sizeof *step);
}

static void move(const Walk *self, gssize *at, int axis, int steps) {
  for (int k = 0; k < self->operands; k++)
    at[k] += steps * self->step[axis][k];
}

/* The outer axes count like the digits of a number. */
void walk_run(const Walk *self, WalkFunc func, gpointer data) {
  gssize at[WALK_OPERANDS];
  int count[WALK_RANK] = {0}, axis;

  memcpy(at, self->start, sizeof at);
  do {
    func(self, at, data);
    for (axis = self->rank - 2; axis >= 0; axis--) {
      move(self, at, axis, 1);
      if (++count[axis] < self->dim[axis])
        break;
      count[axis] = 0;
      move(self, at, axis, -self->dim[axis]);
    }
  } while (axis >= 0);
}

gboolean walk_is_once(const Walk *self, int operand) {
  for (int axis = 0; axis < self->rank; axis++)
    if (self->dim[axis] > 1 && self->step[axis][operand] == 0)
      return FALSE;
  return TRUE;
}
