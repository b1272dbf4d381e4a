#include "core/graph/graph.h"

#include "core/base/memory.h"
#include "core/base/parallel.h"
#include "core/graph/plan.h"

#include <math.h>
#include <string.h>

static void tensor_free(Tensor *self) {
  g_free(self->name);
  g_free(self);
}

static void node_free(Node *self) {
  g_free(self->name);
  g_free(self->attrs);
  memory_free(self->state);
  g_free(self);
}

Graph *graph_new(GraphMode mode, int capacity, guint64 seed) {
  Graph *self = g_new0(Graph, 1);

  g_assert(capacity > 0);
  self->mode = mode;
  self->naive = mode == GRAPH_PROBE;
  self->capacity = capacity;
  self->seed = seed;
  self->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
  self->tensors = g_ptr_array_new_with_free_func((GDestroyNotify)tensor_free);
  self->by_name = g_hash_table_new(g_str_hash, g_str_equal);
  self->prefix = g_strdup("");
  self->memory = g_ptr_array_new_with_free_func(memory_free);
  self->steps = g_array_new(FALSE, FALSE, sizeof(Step));
  self->forward = g_array_new(FALSE, FALSE, sizeof(Phase));
  self->training = g_array_new(FALSE, FALSE, sizeof(Phase));
  return self;
}

void graph_free(Graph *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->nodes);
  g_ptr_array_unref(self->tensors);
  g_hash_table_unref(self->by_name);
  g_free(self->prefix);
  g_ptr_array_unref(self->memory);
  g_clear_pointer(&self->shared, g_array_unref);
  g_clear_pointer(&self->moving, g_array_unref);
  g_array_unref(self->steps);
  g_array_unref(self->forward);
  g_array_unref(self->training);
  g_free(self);
}

static Tensor *add_tensor(Graph *self, const char *name, TensorType type, const Shape *shape) {
  Tensor *tensor = g_new0(Tensor, 1);

  g_assert(!self->finished);
  tensor->name = g_strdup(name);
  tensor->type = type;
  tensor->shape = *shape;
  g_ptr_array_add(self->tensors, tensor);
  g_hash_table_insert(self->by_name, tensor->name, tensor);
  return tensor;
}

void graph_set_prefix(Graph *self, const char *prefix) {
  g_free(self->prefix);
  self->prefix = g_strdup(prefix);
}

Tensor *graph_input(Graph *self, const char *name, TensorType type, const Shape *row) {
  Shape shape = {row->rank + 1, {self->capacity}};

  g_assert(row->rank < TENSOR_MAX_RANK);
  memcpy(shape.dim + 1, row->dim, (gsize)row->rank * sizeof(int));
  g_autofree char *full = g_strconcat(self->prefix, name, NULL);
  Tensor *tensor = add_tensor(self, full, type, &shape);
  tensor->batched = TRUE;
  return tensor;
}

Tensor *graph_parameter(Graph *self, const char *name, const Shape *shape, real *value,
                        real *grad) {
  Tensor *tensor = graph_find(self, name);

  if (tensor != NULL) {
    g_assert(tensor->parameter && tensor->value == value && tensor->grad == grad);
    return tensor;
  }
  tensor = add_tensor(self, name, TENSOR_FLOAT, shape);
  tensor->parameter = TRUE;
  tensor->value = value;
  tensor->grad = grad;
  return tensor;
}

void node_set_output(Node *self, int index, const Shape *shape) {
  g_assert(index < NODE_MAX_OUTPUTS);
  if (self->output[index] != NULL) { /* a sequence has another length */
    g_assert(shape_size(shape) <= self->output[index]->room);
    self->output[index]->shape = *shape;
    return;
  }
  self->output[index] = g_new0(Tensor, 1);
  self->output[index]->shape = *shape;
  self->output[index]->batched = TRUE;
  self->output[index]->maker = self;
  self->n_outputs = MAX(self->n_outputs, index + 1);
}

static char *output_name(const Node *node, int index) {
  if (index == 0)
    return g_strdup(node->name);
  return node->op->outputs != NULL
             ? g_strconcat(node->name, ".", node->op->outputs[index - 1], NULL)
             : g_strdup_printf("%s.%d", node->name, index);
}

/* The graph takes over the outputs that op->shape made. */
static void adopt_outputs(Graph *self, Node *node) {
  for (int i = 0; i < node->n_outputs; i++) {
    Tensor *tensor = node->output[i];
    tensor->name = output_name(node, i);
    g_ptr_array_add(self->tensors, tensor);
    g_hash_table_insert(self->by_name, tensor->name, tensor);
  }
}

/* Only inputs that may be missing are. */
static gboolean inputs_fit(const Op *op, Tensor *const *inputs, int n) {
  for (int i = 0; i < (int)strlen(op->inputs); i++)
    if ((i >= n || inputs[i] == NULL) && !g_ascii_isupper(op->inputs[i]))
      return FALSE;
  return n <= (int)strlen(op->inputs);
}

static gboolean check_types(const Op *op, Tensor *const *inputs, int n, GError **error) {
  for (int i = 0; i < n; i++) {
    const gboolean wanted = op->inputs[i] == 'i' || op->inputs[i] == 'I';
    if (inputs[i] == NULL || wanted == (inputs[i]->type == TENSOR_INT))
      continue;
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                wanted ? "reads whole numbers (tokens, labels), but %s gives real ones; say "
                         "dtype=int32 where they come in"
                       : "reads real numbers, but %s gives whole ones (tokens); put an embedding "
                         "between them",
                inputs[i]->name);
    return FALSE;
  }
  return TRUE;
}

Tensor *graph_apply(Graph *self, const Op *op, const char *name, const void *attrs,
                    Tensor *const *inputs, int n, GError **error) {
  Node *node = g_new0(Node, 1);

  g_assert(!self->finished && inputs_fit(op, inputs, n));
  node->op = op;
  node->name = g_strconcat(self->prefix, name, NULL);
  node->attrs = attrs != NULL ? g_memdup2(attrs, op->attrs_size) : g_malloc0(op->attrs_size);
  memcpy(node->input, inputs, (gsize)n * sizeof *inputs);
  node->n_inputs = n;
  node->id = self->nodes->len;
  if (!check_types(op, inputs, n, error) || !op->shape(node, error)) {
    g_prefix_error(error, "%s: ", name);
    node_free(node);
    return NULL;
  }
  adopt_outputs(self, node);
  g_ptr_array_add(self->nodes, node);
  return node->output[0];
}

Tensor *graph_find(const Graph *self, const char *name) {
  return g_hash_table_lookup(self->by_name, name);
}

double graph_mean(const Tensor *tensor, int rows) {
  double sum = 0;

  for (int row = 0; row < rows; row++)
    sum += tensor->value[row];
  return sum / rows;
}

static void follow_shapes(Graph *self) {
  for (guint n = 0; n < self->nodes->len; n++) {
    Node *node = g_ptr_array_index(self->nodes, n);
    gboolean fits = node->op->shape(node, NULL);
    g_assert(fits);
  }
  graph_part_gradients(self);
}

void graph_set_lengths(Graph *self, Tensor *const *inputs, const int *lengths, int count) {
  gboolean changed = FALSE;

  for (int i = 0; i < count; i++) {
    Tensor *input = inputs[i];
    g_assert(self->finished && input->batched && input->maker == NULL && input->shape.rank > 1);
    changed = changed || input->shape.dim[1] != lengths[i];
    input->shape.dim[1] = lengths[i];
    g_assert(lengths[i] > 0 && shape_size(&input->shape) <= input->room);
  }
  if (changed)
    follow_shapes(self);
}

void graph_remember(Graph *self) {
  g_assert(self->tensors->len == 0 && self->capacity == 1);
  self->remembers = TRUE;
}

void graph_continue(Graph *self, Tensor *input, int past, int length) {
  g_assert(self->remembers && self->finished && (past == 0 || length == 1));
  for (guint n = 0; n < self->nodes->len; n++)
    ((Node *)g_ptr_array_index(self->nodes, n))->past = past;
  input->shape.dim[1] = length;
  follow_shapes(self);
}

static void finish(Graph *self) {
  if (!self->naive)
    graph_fuse(self);
  graph_plan(self);
  self->finished = TRUE;
}

void graph_finish(Graph *self, Tensor *loss) {
  g_assert(!self->finished);
  g_assert(loss != NULL || self->mode != GRAPH_PROBE);
  g_assert(loss == NULL || (loss->shape.rank == 1 && loss->batched));
  self->loss = loss;
  finish(self);
}

void graph_finish_open(Graph *self, Tensor *output) {
  g_assert(!self->finished && self->mode == GRAPH_TRAIN && output->maker != NULL);
  self->open = output;
  finish(self);
  g_assert(output->grad != NULL);
}

void graph_want_gradient(Graph *self, Tensor *tensor) {
  g_assert(!tensor->parameter);
  graph_keep(self, tensor);
  view_root(tensor)->wanted = TRUE;
}

/* A value whose gradient took its place says nothing any more. NaN is beyond every limit. */
static gboolean all_within(const Tensor *tensor, int rows, double limit) {
  if (tensor->value == tensor->grad)
    return TRUE;
  gsize n = tensor->batched ? (gsize)rows * tensor_row_size(tensor) : shape_size(&tensor->shape);

  for (gsize i = 0; i < n; i++)
    if (!isfinite(tensor->value[i]) || fabs((double)tensor->value[i]) > limit)
      return FALSE;
  return TRUE;
}

static const Tensor *find_beyond(const Graph *self, gboolean parameters, int rows, double limit) {
  for (guint t = 0; t < self->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(self->tensors, t);
    if (tensor->type == TENSOR_FLOAT && tensor->parameter == parameters &&
        !all_within(tensor, rows, limit))
      return tensor;
  }
  return NULL;
}

const Tensor *graph_find_beyond(Graph *self, int rows, double limit) {
  const Tensor *found = find_beyond(self, TRUE, rows, limit);

  for (int begin = 0; found == NULL && begin < rows; begin += self->group) {
    const int n = MIN(self->group, rows - begin);
    if (self->group < self->capacity)
      graph_repeat_group(self, begin, n);
    found = find_beyond(self, FALSE, n, limit);
  }
  graph_enter_group(self, 0);
  return found;
}

double graph_flops(const Graph *self, gboolean training) {
  return self->row_flops + (training ? self->row_flops_backward : 0);
}

Expr *graph_explain(const Graph *self, const Tensor *tensor, gsize offset) {
  const Node *node = tensor->maker;

  if (node == NULL)
    return NULL;
  if (node->op->view)
    return expr_operand(node->input[0], offset);
  for (int i = 1; i < node->n_outputs; i++)
    if (node->output[i] == tensor)
      return node->op->explain_inner(node, i, offset);
  g_return_val_if_fail(node->op->explain != NULL, NULL);
  return node->op->explain(node, offset);
}

/* The node that alone uses the tensor; NULL where several do. */
static const Node *only_use(const Graph *self, const Tensor *tensor) {
  const Node *only = NULL;
  int uses = 0;

  for (guint n = 0; n < self->nodes->len; n++) {
    const Node *node = g_ptr_array_index(self->nodes, n);
    for (int i = 0; i < node->n_inputs; i++)
      if (node->input[i] == tensor) {
        only = node;
        uses++;
      }
  }
  return uses == 1 ? only : NULL;
}

/* What one node adds to the gradient that the views of `root` share. */
static void explain_uses(const Node *node, const Tensor *root, gsize offset, int rows, Expr *sum) {
  if (!node->active || node->op->view || node->op->explain_gradient == NULL)
    return;
  for (int i = 0; i < node->n_inputs; i++) {
    Expr *use = node->input[i] != NULL && view_root(node->input[i]) == root
                    ? node->op->explain_gradient(node, i, offset, rows)
                    : NULL;
    if (use != NULL)
      expr_add(sum, use);
  }
  for (int i = 0; node->op->explain_inner_gradient != NULL && i < node->n_outputs; i++) {
    Expr *use =
        node->output[i] == root ? node->op->explain_inner_gradient(node, i, offset, rows) : NULL;
    if (use != NULL)
      expr_add(sum, use);
  }
}

/* A tensor and its views are one gradient: it is the sum over what uses any of them. Only where a
 * view is all that uses the tensor, the view is the next step. */
Expr *graph_explain_gradient(const Graph *self, const Tensor *tensor, gsize offset, int rows) {
  const Node *only = only_use(self, tensor);

  if (tensor == self->loss)
    return expr_constant(1.0 / rows);
  Expr *sum = expr_sum();
  if (only != NULL && only->op->view)
    return expr_add(sum, expr_gradient(only->output[0], offset));
  for (guint n = 0; n < self->nodes->len; n++)
    explain_uses(g_ptr_array_index(self->nodes, n), view_root((Tensor *)tensor), offset, rows, sum);
  return sum;
}
