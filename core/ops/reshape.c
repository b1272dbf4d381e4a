/* The same numbers in another shape: shares its input's memory. Flatten is the special case. */
#include "core/ops/ops.h"

#include <string.h>

static gboolean reshape_shape(Node *self, GError **error) {
  const ReshapeAttrs *attrs = self->attrs;
  const Shape *x = &self->input[0]->shape;
  Shape y = {attrs->row.rank + 1, {x->dim[0]}};

  g_assert(attrs->row.rank < TENSOR_MAX_RANK);
  memcpy(y.dim + 1, attrs->row.dim, (gsize)attrs->row.rank * sizeof(int));
  if (shape_size(&y) != shape_size(x)) {
    g_autofree char *from = shape_to_string(x), *to = shape_to_string(&attrs->row);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "a row of %" G_GSIZE_FORMAT " numbers (the input is %s) cannot take the shape %s, "
                "which holds %" G_GSIZE_FORMAT,
                tensor_row_size(self->input[0]), from, to, shape_size(&attrs->row));
    return FALSE;
  }
  node_set_output(self, 0, &y);
  return TRUE;
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 2, 4)}, .attrs = &(const ReshapeAttrs){{1, {8}}}},
    {.input = {SHAPE(2, 12)}, .attrs = &(const ReshapeAttrs){{3, {3, 2, 2}}}},
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
