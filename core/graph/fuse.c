#include "core/graph/plan.h"

#define MAX_CHAIN 4

static int count_uses(const Graph *self, const Tensor *tensor, Node **last) {
  int uses = 0;

  for (guint n = 0; n < self->nodes->len; n++) {
    Node *node = g_ptr_array_index(self->nodes, n);
    for (int i = 0; i < node->n_inputs; i++)
      if (node->input[i] == tensor) {
        uses++;
        *last = node;
      }
  }
  return uses;
}

/* The chain that starts at `node`, as long as the fused op wants it; each link used only by the
 * next. */
static int find_chain(const Graph *self, Node *node, const Op *fused, Node **chain) {
  int length = 0;

  for (; fused->fuses[length] != NULL; length++) {
    g_assert(length < MAX_CHAIN);
    if (node == NULL || !g_str_equal(node->op->name, fused->fuses[length]))
      return 0;
    chain[length] = node;
    Node *next = NULL;
    if (fused->fuses[length + 1] != NULL && count_uses(self, node->output[0], &next) != 1)
      return 0;
    node = next;
  }
  return length;
}

/* Inputs of the chain that come from outside it, in order. */
static void collect_inputs(Node *fused, Node *const *chain, int length) {
  for (int c = 0; c < length; c++)
    for (int i = 0; i < chain[c]->n_inputs; i++) {
      if (c > 0 && chain[c]->input[i] == chain[c - 1]->output[0])
        continue;
      g_assert(fused->n_inputs < NODE_MAX_INPUTS);
      fused->input[fused->n_inputs++] = chain[c]->input[i];
    }
}

static gboolean kept(const Node *fused, const Tensor *tensor) {
  for (int i = 0; i < fused->n_outputs; i++)
    if (fused->output[i] == tensor)
      return TRUE;
  return FALSE;
}

static void forget_tensor(Graph *self, Tensor *tensor) {
  g_hash_table_remove(self->by_name, tensor->name);
  g_ptr_array_remove(self->tensors, tensor);
}

/* The fused node takes the place of the chain's last: all that it reads is there by then. */
static void replace_chain(Graph *self, Node *fused, Node *const *chain, int length) {
  for (int c = 0; c < length; c++)
    for (int i = 0; i < chain[c]->n_outputs; i++)
      if (!kept(fused, chain[c]->output[i]))
        forget_tensor(self, chain[c]->output[i]);
  for (int i = 0; i < fused->n_outputs; i++)
    fused->output[i]->maker = fused;
  guint at;
  gboolean found = g_ptr_array_find(self->nodes, chain[length - 1], &at);
  g_assert(found);
  fused->id = chain[length - 1]->id;
  g_ptr_array_insert(self->nodes, (int)at, fused);
  for (int c = 0; c < length; c++)
    g_ptr_array_remove(self->nodes, chain[c]);
}

static gboolean fuse_at(Graph *self, Node *node, const Op *op) {
  Node *chain[MAX_CHAIN];
  int length = find_chain(self, node, op, chain);

  if (length == 0)
    return FALSE;
  Node *fused = g_new0(Node, 1);
  fused->op = op;
  fused->name = g_strdup(chain[length - 1]->name);
  fused->attrs = g_malloc0(op->attrs_size);
  collect_inputs(fused, chain, length);
  fused->output[0] = chain[length - 1]->output[0];
  fused->n_outputs = 1;
  if (!op->fuse(fused, chain)) {
    g_free(fused->name);
    g_free(fused->attrs);
    g_free(fused);
    return FALSE;
  }
  replace_chain(self, fused, chain, length);
  return TRUE;
}

void graph_fuse(Graph *self) {
  for (const Op *const *op = OPS; *op != NULL; op++) {
    if ((*op)->fuses == NULL)
      continue;
    for (guint n = 0; n < self->nodes->len;) {
      if (fuse_at(self, g_ptr_array_index(self->nodes, n), *op))
        n = 0;
      else
        n++;
    }
  }
}
