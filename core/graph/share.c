/* Gradients of inner tensors are needed for a while only: from the first node that adds to them to
 * the last that reads them, often the one that made the tensor. Those whose whiles do not meet can
 * have the same memory, which is then still in the cache.
 *
 * Tiles are at different steps at the same time, but each touches its own rows alone: so it must be
 * the same bytes that are a tile's rows in all tensors that share, and only tensors with rows of
 * one size do.
 */
#include "core/graph/plan.h"

typedef struct {
  Tensor *root;
  guint from, to; /* steps */
} Span;

/* Memory for gradients with rows of that size, taken until that step. */
typedef struct {
  Tensor *first;
  guint until;
} Place;

typedef struct {
  Tensor *tensor, *first; /* the one whose memory it shares */
} SharedGradient;

/* Whoever made the graph reads these, at any time; or all tiles do. */
static gboolean stands_alone(const Graph *self, const Tensor *root) {
  return !root->batched || root->wanted || (self->loss != NULL && root == view_root(self->loss)) ||
         (self->open != NULL && root == view_root(self->open));
}

static gboolean touches(const Step *step, const Tensor *root) {
  const Node *node = step->node;

  if (!step->backward || node == NULL || (step->weights && node->op->fast->adds_shares))
    return FALSE;
  for (int i = 0; i < node->n_inputs; i++)
    if (node->input[i] != NULL && view_root(node->input[i]) == root)
      return TRUE;
  for (int i = 0; i < node->n_outputs; i++)
    if (view_root(node->output[i]) == root)
      return TRUE;
  return FALSE;
}

/* The steps of the way back that touch a tensor's gradient; FALSE: none. */
static gboolean find_span(const Graph *self, Tensor *root, Span *span) {
  *span = (Span){root, G_MAXUINT, 0};
  for (guint s = 0; s < self->steps->len; s++) {
    if (!touches(&g_array_index(self->steps, Step, s), root))
      continue;
    span->from = MIN(span->from, s);
    span->to = s;
  }
  return span->from != G_MAXUINT;
}

static int compare_spans(gconstpointer a, gconstpointer b) {
  const Span *left = a, *right = b;

  return left->from != right->from ? (left->from < right->from ? -1 : 1)
                                   : (left->to > right->to) - (left->to < right->to);
}

/* Of the places that are free again, the one that was freed last. */
static Place *find_place(GArray *places, const Span *span) {
  Place *best = NULL;

  for (guint i = 0; i < places->len; i++) {
    Place *place = &g_array_index(places, Place, i);
    if (place->until < span->from && tensor_row_size(place->first) == tensor_row_size(span->root) &&
        place->first->shape.dim[0] == span->root->shape.dim[0] &&
        (best == NULL || place->until > best->until))
      best = place;
  }
  return best;
}

static void own_memory(Graph *self, Tensor *root) {
  graph_set_gradient(self, root, graph_allocate(self, root->room * sizeof(real)));
}

static void place_span(Graph *self, GArray *places, const Span *span) {
  Place *place = find_place(places, span);

  if (place != NULL) {
    const SharedGradient shared = {span->root, place->first};
    g_array_append_val(self->shared, shared);
    graph_set_gradient(self, span->root, place->first->grad);
    place->until = span->to;
    return;
  }
  const Place made = {span->root, span->to};
  own_memory(self, span->root);
  g_array_append_val(places, made);
}

void graph_place_gradients(Graph *self) {
  g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(Span));
  g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Place));

  self->shared = g_array_new(FALSE, FALSE, sizeof(SharedGradient));
  for (guint t = 0; t < self->tensors->len; t++) {
    Tensor *tensor = g_ptr_array_index(self->tensors, t);
    Span span;
    if (tensor->parameter || tensor->grad != GRADIENT_LATER || view_root(tensor) != tensor)
      continue;
    if (self->mode != GRAPH_TRAIN || self->naive || stands_alone(self, tensor) ||
        !find_span(self, tensor, &span))
      own_memory(self, tensor);
    else
      g_array_append_val(spans, span);
  }
  g_array_sort(spans, compare_spans);
  for (guint i = 0; i < spans->len; i++)
    place_span(self, places, &g_array_index(spans, Span, i));
}

void graph_part_gradients(Graph *self) {
  for (guint i = 0; i < self->shared->len; i++) {
    const SharedGradient *shared = &g_array_index(self->shared, SharedGradient, i);
    if (shared->tensor->grad == shared->first->grad &&
        tensor_row_size(shared->tensor) != tensor_row_size(shared->first))
      own_memory(self, shared->tensor);
  }
}
