/* A large batch through a training step in groups of rows.
 *
 * What a step computes is read again on the way back and for the gradients of the weights. Where
 * all of it is larger than the cache, every number goes out to memory and comes back, three times:
 * arithmetic then waits. So a group of rows goes forward and back and adds to the gradients of the
 * weights before the next group begins, in the memory of the one before. The gradient is the same
 * sum in another order; how a batch is grouped depends on shapes alone.
 *
 * Ops know nothing of it: they see a small batch. Tensors that are read from outside have memory
 * for all rows, and their pointers move from group to group.
 */
#include "core/graph/plan.h"

#include <math.h>

#define GROUP_BYTES 16e6 /* of values and gradients */
#define LEAST_ROWS 4     /* for as many threads */

/* Where all rows begin. */
typedef struct {
  Tensor *tensor;
  real *value, *grad;
  gint32 *index;
} MovingTensor;

static gboolean may_group(const Graph *self) {
  for (guint n = 0; n < self->nodes->len; n++)
    if (((const Node *)g_ptr_array_index(self->nodes, n))->op->whole_batch)
      return FALSE;
  return self->mode == GRAPH_TRAIN && !self->naive && self->loss != NULL;
}

static double row_bytes(const Graph *self) {
  gsize numbers = 0;

  for (guint t = 0; t < self->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(self->tensors, t);
    if (tensor->batched && view_root((Tensor *)tensor) == tensor)
      numbers += 2 * tensor_row_size(tensor);
  }
  return (double)(numbers * sizeof(real));
}

static gboolean is_kept(const Tensor *root) {
  return root->batched && (root->kept || root->maker == NULL);
}

void graph_plan_groups(Graph *self) {
  const double fit = MAX(GROUP_BYTES / row_bytes(self), LEAST_ROWS);

  self->group = self->capacity;
  if (!may_group(self) || fit >= self->capacity)
    return;
  const int groups = (int)ceil(self->capacity / fit);
  self->group = (self->capacity + groups - 1) / groups;
  for (guint t = 0; t < self->tensors->len; t++) {
    Tensor *tensor = g_ptr_array_index(self->tensors, t);
    if (tensor->batched)
      tensor->shape.dim[0] = self->group;
  }
}

void graph_keep(Graph *self, Tensor *tensor) {
  g_assert(!self->finished);
  view_root(tensor)->kept = TRUE;
}

void graph_finish_groups(Graph *self) {
  self->moving = g_array_new(FALSE, FALSE, sizeof(MovingTensor));
  for (guint t = 0; self->group < self->capacity && t < self->tensors->len; t++) {
    Tensor *tensor = g_ptr_array_index(self->tensors, t);
    const MovingTensor moving = {tensor, tensor->value,
                                 view_root(tensor)->wanted ? tensor->grad : NULL, tensor->index};
    if (is_kept(view_root(tensor)))
      g_array_append_val(self->moving, moving);
  }
}

static void move(const MovingTensor *moving, int begin) {
  const gsize from = (gsize)begin * tensor_row_size(moving->tensor);

  if (moving->value != NULL)
    moving->tensor->value = moving->value + from;
  if (moving->index != NULL)
    moving->tensor->index = moving->index + from;
  if (moving->grad != NULL)
    moving->tensor->grad = moving->grad + from;
}

void graph_enter_group(Graph *self, int begin) {
  for (guint i = 0; i < self->moving->len; i++)
    move(&g_array_index(self->moving, MovingTensor, i), begin);
  for (guint n = 0; self->group < self->capacity && n < self->nodes->len; n++) {
    Node *node = g_ptr_array_index(self->nodes, n);
    node->passed = begin;
    for (int i = 0; i < node->n_inputs; i++)
      if (node->input[i] != NULL && node->input[i]->parameter)
        node->first[i] = node->sets[i] && begin == 0;
  }
}
