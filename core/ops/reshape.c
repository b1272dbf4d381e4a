/* The same numbers in another shape: shares its input's memory. Flatten is the special case. */
#include "core/ops/ops.h"

#include <string.h>

/* A size of -1 is what is left. */
static Shape row_of(const Node *self) {
  Shape row = ((const ReshapeAttrs *)self->attrs)->row;
  gsize known = 1;
  int open = -1;

  for (int a = 0; a < row.rank; a++)
    if (row.dim[a] < 0)
      open = a;
    else
      known *= (gsize)row.dim[a];
  if (open >= 0)
    row.dim[open] = MAX(1, (int)(tensor_row_size(self->input[0]) / known));
  return row;
}

static gboolean reshape_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape, row = row_of(self);
  Shape y = {row.rank + 1, {x->dim[0]}};

  g_assert(row.rank < TENSOR_MAX_RANK);
  memcpy(y.dim + 1, row.dim, (gsize)row.rank * sizeof(int));
  if (shape_size(&y) != shape_size(x)) {
    g_autofree char *from = shape_to_string(x), *to = shape_to_string(&row);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "a row of %" G_GSIZE_FORMAT " numbers (the input is %s) cannot take the shape %s, "
                "which holds %" G_GSIZE_FORMAT,
                tensor_row_size(self->input[0]), from, to, shape_size(&row));
    return FALSE;
  }
  node_set_output(self, 0, &y);
  return TRUE;
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 2, 4)}, .attrs = &(const ReshapeAttrs){{1, {8}}}},
    {.input = {SHAPE(2, 12)}, .attrs = &(const ReshapeAttrs){{3, {3, 2, 2}}}},
    {.input = {SHAPE(2, 6, 4)}, .attrs = &(const ReshapeAttrs){{2, {3, -1}}}},
    {{{0}}},
};

const Op op_reshape = {
    .name = "reshape",
    .formula = "y = x",
    .attrs_size = sizeof(ReshapeAttrs),
    .inputs = "x",
    .view = TRUE,
    .shape = reshape_shape,
    .samples = SAMPLES,
};
