#include "core/graph/tensor.h"

gsize shape_size(const Shape *self) {
  gsize size = 1;

  for (int i = 0; i < self->rank; i++)
    size *= (gsize)self->dim[i];
  return size;
}

gboolean shape_equal(const Shape *a, const Shape *b) {
  if (a->rank != b->rank)
    return FALSE;
  for (int i = 0; i < a->rank; i++)
    if (a->dim[i] != b->dim[i])
      return FALSE;
  return TRUE;
}

char *shape_to_string(const Shape *self) {
  GString *text = g_string_new(NULL);

  for (int i = 0; i < self->rank; i++)
    g_string_append_printf(text, i > 0 ? " × %d" : "%d", self->dim[i]);
  return g_string_free(text, FALSE);
}

gsize tensor_row_size(const Tensor *self) {
  return self->shape.dim[0] > 0 ? shape_size(&self->shape) / (gsize)self->shape.dim[0] : 0;
}

gsize shape_offset(const Shape *self, const int *index) {
  gsize offset = 0;

  for (int i = 0; i < self->rank; i++)
    offset = offset * (gsize)self->dim[i] + (gsize)index[i];
  return offset;
}

void shape_unravel(const Shape *self, gsize offset, int *index) {
  for (int i = self->rank - 1; i >= 0; i--) {
    index[i] = (int)(offset % (gsize)self->dim[i]);
    offset /= (gsize)self->dim[i];
  }
}
