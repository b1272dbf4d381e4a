#include "core/graph/op.h"

#include <string.h>

G_DEFINE_QUARK(bathyscope_model_error_quark, model_error)

const Op *op_find(const char *name) {
  for (const Op *const *op = OPS; *op != NULL; op++)
    if (g_str_equal((*op)->name, name))
      return *op;
  return NULL;
}

guint64 node_element(const Node *self, const Tensor *tensor, gsize i) {
  return ((guint64)self->id << 40) + (gsize)self->passed * tensor_row_size(tensor) + i;
}

void node_clear_gradient(const Node *self, Tile tile, int input) {
  const Tensor *x = self->input[input];
  const gsize row = tensor_row_size(x);

  if (x->grad != NULL && self->first[input])
    memset(x->grad + (gsize)tile.begin * row, 0,
           (gsize)(tile.end - tile.begin) * row * sizeof(real));
}
