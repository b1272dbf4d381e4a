#include "core/graph/plan.h"

#include "core/base/memory.h"

#include <string.h>

Tensor *view_root(Tensor *tensor) {
  while (tensor->maker != NULL && tensor->maker->op->view)
    tensor = tensor->maker->input[0];
  return tensor;
}

static gboolean wants_gradient(const Graph *self, const Tensor *tensor, GHashTable *wanted) {
  if (tensor->type != TENSOR_FLOAT || self->mode == GRAPH_INFER)
    return FALSE;
  if (tensor->parameter)
    return tensor->grad != NULL;
  if (tensor->maker == NULL)
    return self->mode == GRAPH_PROBE || tensor->wanted;
  for (int i = 0; i < tensor->maker->n_inputs; i++)
    if (tensor->maker->input[i] != NULL && g_hash_table_contains(wanted, tensor->maker->input[i]))
      return TRUE;
  return FALSE;
}

gpointer graph_allocate(Graph *self, gsize bytes) {
  gpointer block = memory_new(bytes);

  g_ptr_array_add(self->memory, block);
  return block;
}

static int count_readers(const Graph *self, const Tensor *tensor) {
  int readers = 0;

  for (guint n = 0; n < self->nodes->len; n++) {
    const Node *node = g_ptr_array_index(self->nodes, n);
    for (int i = 0; i < node->n_inputs; i++)
      readers += node->input[i] == tensor;
  }
  return readers;
}

/* The tensor in whose place this one is written: nobody else reads it, and what made it does not
 * look back at it. NULL: it has a place of its own. */
static const Tensor *written_over(const Graph *self, const Tensor *tensor) {
  const Node *maker = tensor->maker;
  int output = 0;

  if (maker == NULL || maker->op->overwrites == NULL || maker->op->fast == NULL || self->naive ||
      self->mode != GRAPH_TRAIN)
    return NULL;
  while (maker->output[output] != tensor)
    output++;
  const Tensor *x = maker->input[0];
  const gboolean fits = maker->op->overwrites(maker, output) && !tensor->kept && !x->kept &&
                        x->maker != NULL && x->maker->output[0] == x && x->maker->op->output_unread;
  return fits && count_readers(self, x) == 1 ? x : NULL;
}

/* Tensors come in order of creation: a view's root is there before the view. Where gradients lie is
 * decided when it is known when they are needed. */
static void allocate_tensors(Graph *self) {
  g_autoptr(GHashTable) wanted = g_hash_table_new(NULL, NULL);

  for (guint t = 0; t < self->tensors->len; t++) {
    Tensor *tensor = g_ptr_array_index(self->tensors, t), *root = view_root(tensor);
    gsize size = shape_size(&tensor->shape);
    gboolean gradient = wants_gradient(self, tensor, wanted);
    if (tensor->batched && (root->kept || root->maker == NULL))
      size = tensor_row_size(tensor) * (gsize)self->capacity;
    tensor->room = size;
    if (gradient)
      g_hash_table_add(wanted, tensor);
    if (tensor->parameter)
      continue;
    if (tensor->type == TENSOR_INT) {
      tensor->index = graph_allocate(self, size * sizeof(gint32));
      continue;
    }
    const Tensor *over = root != tensor ? root : written_over(self, tensor);
    tensor->value = over != NULL ? over->value : graph_allocate(self, size * sizeof(real));
    if (gradient)
      tensor->grad = GRADIENT_LATER;
  }
}

static int most_tiles(const Graph *self) {
  int most = 0;

  for (int rows = 1; rows <= self->group; rows++) {
    const int height = graph_tile_rows(rows, self->light);
    most = MAX(most, (rows + height - 1) / height);
  }
  return most;
}

static void prepare_nodes(Graph *self) {
  for (guint n = 0; n < self->nodes->len; n++) {
    Node *node = g_ptr_array_index(self->nodes, n);
    gsize bytes = node->op->state_size != NULL ? node->op->state_size(node, most_tiles(self)) : 0;
    node->training = self->mode == GRAPH_TRAIN;
    node->random = rng_new(self->seed, 0, 0);
    node->state = bytes > 0 ? memory_new(bytes) : NULL;
  }
}

void graph_set_gradient(Graph *self, const Tensor *root, real *grad) {
  for (guint t = 0; t < self->tensors->len; t++) {
    Tensor *tensor = g_ptr_array_index(self->tensors, t);
    if (tensor->grad != NULL && view_root(tensor) == root)
      tensor->grad = grad;
  }
}

/* Where the way back begins. */
static Tensor *graph_end(const Graph *self) { return self->loss != NULL ? self->loss : self->open; }

/* Walks back from the loss: who gets a gradient, and who writes each one first. */
static void mark_gradients(Graph *self) {
  g_autoptr(GHashTable) written = g_hash_table_new(NULL, NULL);

  if (graph_end(self) == NULL || self->mode == GRAPH_INFER)
    return;
  g_hash_table_add(written, view_root(graph_end(self)));
  for (guint n = self->nodes->len; n-- > 0;) {
    Node *node = g_ptr_array_index(self->nodes, n);
    for (int i = 0; i < node->n_outputs; i++) {
      node->used[i] = node->output[i]->grad != NULL &&
                      g_hash_table_contains(written, view_root(node->output[i]));
      node->active |= node->used[i];
    }
    for (int i = 0; node->active && i < node->n_inputs; i++)
      node->first[i] = node->input[i] != NULL && node->input[i]->grad != NULL && !node->op->view &&
                       g_hash_table_add(written, view_root(node->input[i]));
    memcpy(node->sets, node->first, sizeof node->sets);
    node->split = node->active && !self->naive && node->op->fast != NULL &&
                  node->op->fast->split != NULL && node->op->fast->split(node);
  }
}

static int count_uses(const Graph *self, const Tensor *root) {
  int uses = 0;

  for (guint n = 0; n < self->nodes->len; n++) {
    const Node *node = g_ptr_array_index(self->nodes, n);
    for (int i = 0; i < node->n_inputs && !node->op->view; i++)
      uses += node->input[i] != NULL && view_root(node->input[i]) == root;
  }
  return uses;
}

/* Wide activations and their gradients are the largest tensors of a step: where a split node is the
 * only one to read a value, its gradient is written over it, column by column, while it is cached.
 */
static void share_memory(Graph *self) {
  for (guint n = 0; n < self->nodes->len; n++) {
    const Node *node = g_ptr_array_index(self->nodes, n);
    Tensor *root = view_root(node->input[0]);
    if (!node->split || root->maker == NULL || !root->maker->op->output_unread || !node->first[0] ||
        root->kept || count_uses(self, root) != 1)
      continue;
    graph_set_gradient(self, root, root->value);
  }
}

static gboolean has_weights(const Node *self) {
  return self->op->fast != NULL && self->op->fast->weight_items != NULL &&
         self->op->fast->weight_items(self) > 0;
}

static double forward_flops(const Node *self) {
  return self->op->flops != NULL ? self->op->flops(self) : 0;
}

static double backward_flops(const Node *self, gboolean parameters) {
  double flops = 0;

  for (int i = 0; self->op->flops_backward != NULL && i < self->n_inputs; i++)
    if (self->input[i] != NULL && self->input[i]->grad != NULL &&
        self->input[i]->parameter == parameters)
      flops += self->op->flops_backward(self, i);
  return flops;
}

/* Whether the weight items of this node write the gradient of that tensor. */
static gboolean items_write(const Node *self, const Tensor *root) {
  for (int i = 0; i < self->n_inputs; i++)
    if (self->input[i] != NULL && self->input[i]->grad != NULL &&
        (self->input[i]->parameter || self->split) && view_root(self->input[i]) == root)
      return TRUE;
  return FALSE;
}

/* Items of one phase run in any order: those of `later` must not add to a gradient that those of
 * `earlier` set (tied weights, an input that both read), nor read one. */
static gboolean must_wait(const Node *earlier, const Node *later) {
  for (int i = 0; i < later->n_inputs; i++)
    if (later->input[i] != NULL && items_write(later, view_root(later->input[i])) &&
        items_write(earlier, view_root(later->input[i])))
      return TRUE;
  for (int i = 0; i < later->n_outputs; i++)
    if (items_write(earlier, view_root(later->output[i])))
      return TRUE;
  return FALSE;
}

static gboolean joins(const Graph *self, const Phase *phase, PhaseKind kind, Step step) {
  if (phase->kind != kind || kind == PHASE_WHOLE || phase->end != self->steps->len ||
      g_array_index(self->steps, Step, phase->end - 1).gather)
    return FALSE;
  for (guint s = phase->begin; kind == PHASE_WEIGHTS && s < phase->end; s++)
    if (must_wait(g_array_index(self->steps, Step, s).node, step.node))
      return FALSE;
  return TRUE;
}

/* Opens a phase, or goes on with the last one where it is of the same kind and nothing waits. */
static void add_step(Graph *self, GArray *phases, PhaseKind kind, Step step, double flops) {
  Phase *last = phases->len > 0 ? &g_array_index(phases, Phase, phases->len - 1) : NULL;
  const gboolean turning = self->open != NULL && self->turn > 0 && phases->len == self->turn;
  const gboolean join = last != NULL && !turning && joins(self, last, kind, step);

  g_array_append_val(self->steps, step);
  if (join) {
    last->end++;
    last->row_flops += flops;
    return;
  }
  Phase phase = {kind, self->steps->len - 1, self->steps->len, flops};
  g_array_append_val(phases, phase);
}

/* Batch normalization reads its batch only while it trains. */
static gboolean gathers(const Graph *self, const Node *node) {
  return node->op->fast != NULL && node->op->fast->gather != NULL && node->training && !self->naive;
}

static PhaseKind phase_of(const Graph *self, const Node *node) {
  return node->op->whole_batch && !gathers(self, node) ? PHASE_WHOLE : PHASE_ROWS;
}

static void plan_forward(Graph *self, GArray *phases) {
  for (guint n = 0; n < self->nodes->len; n++) {
    Node *node = g_ptr_array_index(self->nodes, n);
    if (node->split)
      add_step(self, phases, PHASE_WEIGHTS, (Step){.node = node}, forward_flops(node));
    if (gathers(self, node))
      add_step(self, phases, PHASE_ROWS, (Step){.node = node, .gather = TRUE}, 0);
    if (!node->op->view)
      add_step(self, phases, phase_of(self, node), (Step){.node = node}, forward_flops(node));
  }
}

static void plan_weights(Graph *self, GPtrArray *pending) {
  for (guint i = 0; i < pending->len; i++) {
    Node *node = g_ptr_array_index(pending, i);
    add_step(self, self->training, PHASE_WEIGHTS,
             (Step){.node = node, .backward = TRUE, .weights = TRUE},
             backward_flops(node, TRUE) + (node->split ? backward_flops(node, FALSE) : 0));
  }
  g_ptr_array_set_size(pending, 0);
}

/* Floating-point operations forward: a tile of some rows is over before a thread has woken. */
#define LIGHT_ROW 8e5

/* Gradients of weights are computed together, for few barriers; but not so late that what they are
 * made of has left the cache, nor that all of it must be kept. */
#define PENDING_BYTES ((gsize)4 << 20)

static gsize output_bytes(const Node *self) {
  gsize size = 0;

  for (int i = 0; i < self->n_outputs; i++)
    size += self->output[i]->grad != NULL ? shape_size(&self->output[i]->shape) : 0;
  return size * sizeof(real);
}

static void plan_backward(Graph *self) {
  g_autoptr(GPtrArray) pending = g_ptr_array_new();
  gsize bytes = 0;

  if (self->loss != NULL)
    add_step(self, self->training, PHASE_ROWS, (Step){.backward = TRUE}, 0);
  for (guint n = self->nodes->len; n-- > 0;) {
    Node *node = g_ptr_array_index(self->nodes, n);
    if (!node->active || node->op->view)
      continue;
    if (has_weights(node) && !self->naive) {
      g_ptr_array_add(pending, node);
      bytes += node->op->fast->adds_shares ? 0 : output_bytes(node);
    }
    if (gathers(self, node))
      add_step(self, self->training, PHASE_ROWS,
               (Step){.node = node, .backward = TRUE, .gather = TRUE}, 0);
    if (node->split)
      plan_weights(self, pending);
    else
      add_step(self, self->training, phase_of(self, node), (Step){.node = node, .backward = TRUE},
               backward_flops(node, FALSE) + backward_flops(node, TRUE));
    if (node->split || bytes > PENDING_BYTES) {
      plan_weights(self, pending);
      bytes = 0;
    }
  }
  plan_weights(self, pending);
}

static void weigh_rows(Graph *self) {
  for (guint n = 0; n < self->nodes->len; n++)
    self->row_flops += forward_flops(g_ptr_array_index(self->nodes, n));
  self->light = self->row_flops < LIGHT_ROW;
  for (guint n = 0; n < self->nodes->len; n++)
    ((Node *)g_ptr_array_index(self->nodes, n))->light = self->light;
}

void graph_plan(Graph *self) {
  if (self->loss != NULL)
    graph_keep(self, self->loss);
  weigh_rows(self);
  graph_plan_groups(self);
  allocate_tensors(self);
  mark_gradients(self);
  share_memory(self);
  prepare_nodes(self);
  plan_forward(self, self->forward);
  if (self->mode != GRAPH_INFER && graph_end(self) != NULL) {
    plan_forward(self, self->training);
    self->turn = self->training->len;
    if (graph_end(self)->grad != NULL) /* else there is nothing to learn */
      plan_backward(self);
  }
  graph_place_gradients(self);
  graph_finish_groups(self);
  for (guint n = 0; n < self->nodes->len; n++) {
    const Node *node = g_ptr_array_index(self->nodes, n);
    if (node->active)
      self->row_flops_backward += backward_flops(node, TRUE) + backward_flops(node, FALSE);
  }
}
