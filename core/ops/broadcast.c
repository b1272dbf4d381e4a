#include "core/ops/broadcast.h"

/* The axis of the result that axis `a` of x stands at. */
static int axis_of(const Tensor *x, int rank, int a) {
  return a == 0 && x->batched ? 0 : a + rank - x->shape.rank;
}

static gboolean fits(const Tensor *x, const Shape *shape) {
  for (int a = 0; a < x->shape.rank; a++)
    if (x->shape.dim[a] != 1 && x->shape.dim[a] != shape->dim[axis_of(x, shape->rank, a)])
      return FALSE;
  return TRUE;
}

static gboolean fail(const Node *self, GError **error) {
  GString *all = g_string_new(NULL);

  for (int k = 0; k < self->n_inputs; k++) {
    g_autofree char *shape = shape_to_string(&self->input[k]->shape);
    g_string_append_printf(all, "%s%s", all->len > 0 ? " and " : "", shape);
  }
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "takes inputs together number by number, so their sizes must be the same, or 1, from "
              "the last one on; they are %s (batch first)",
              all->str);
  g_string_free(all, TRUE);
  return FALSE;
}

gboolean broadcast_shape(const Node *self, Shape *shape, GError **error) {
  *shape = SHAPE(self->input[0]->shape.dim[0]);
  for (int k = 0; k < self->n_inputs; k++)
    shape->rank = MAX(shape->rank, self->input[k]->shape.rank + !self->input[k]->batched);
  for (int a = 1; a < shape->rank && a < TENSOR_MAX_RANK; a++)
    shape->dim[a] = 1;
  for (int k = 0; shape->rank <= TENSOR_MAX_RANK && k < self->n_inputs; k++)
    for (int a = 0; a < self->input[k]->shape.rank; a++) {
      const int axis = axis_of(self->input[k], shape->rank, a);
      shape->dim[axis] = MAX(shape->dim[axis], self->input[k]->shape.dim[a]);
    }
  for (int k = 0; k < self->n_inputs; k++)
    if (shape->rank > TENSOR_MAX_RANK || !fits(self->input[k], shape))
      return fail(self, error);
  return TRUE;
}

gsize broadcast_place(const Tensor *x, const Shape *shape, gsize offset) {
  int index[TENSOR_MAX_RANK];
  gsize place = 0;

  shape_unravel(shape, offset, index);
  for (int a = 0; a < x->shape.rank; a++)
    place = place * (gsize)x->shape.dim[a] +
            (x->shape.dim[a] == 1 ? 0 : (gsize)index[axis_of(x, shape->rank, a)]);
  return place;
}

/* Steps of one operand along each axis of the result. */
static void add_steps(const Tensor *x, int rank, gssize step[TENSOR_MAX_RANK][WALK_OPERANDS],
                      int k) {
  gssize size = 1;

  for (int a = x->shape.rank - 1; a >= 0; a--) {
    step[axis_of(x, rank, a)][k] = x->shape.dim[a] == 1 ? 0 : size;
    size *= x->shape.dim[a];
  }
}

Walk broadcast_walk(const Node *self, Tile tile) {
  const Tensor *y = self->output[0];
  gssize step[TENSOR_MAX_RANK][WALK_OPERANDS] = {{0}};
  Walk walk = walk_new(self->n_inputs + 1);

  for (int k = 0; k <= self->n_inputs; k++) {
    const Tensor *x = k < self->n_inputs ? self->input[k] : y;
    add_steps(x, y->shape.rank, step, k);
    walk.start[k] = x->batched ? (gssize)tile.begin * (gssize)tensor_row_size(x) : 0;
  }
  for (int a = 0; a < y->shape.rank; a++)
    walk_add(&walk, a == 0 ? tile.end - tile.begin : y->shape.dim[a], step[a]);
  return walk;
}
