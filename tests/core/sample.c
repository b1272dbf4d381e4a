#include "sample.h"

#include "core/base/memory.h"
#include "core/ops/ops.h"

#include <string.h>

#define STEP 3 /* of training: what dropout draws from */

static gboolean weighted_sum_shape(Node *self, GError **error) {
  g_assert(shape_equal(&self->input[0]->shape, &self->input[1]->shape));
  node_set_output(self, 0, &SHAPE(self->input[0]->shape.dim[0]));
  return TRUE;
}

static void weighted_sum_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);

  for (int r = tile.begin; r < tile.end; r++) {
    const real *y = self->input[0]->value + (gsize)r * row;
    const real *c = self->input[1]->value + (gsize)r * row;
    double sum = 0;
    for (gsize i = 0; i < row; i++)
      sum += (double)c[i] * (double)y[i];
    self->output[0]->value[r] = (real)sum;
  }
}

static void weighted_sum_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);

  for (int k = 0; k < 2; k++) {
    const real *other = self->input[1 - k]->value;
    real *grad = self->input[k]->grad;
    for (gsize i = (gsize)tile.begin * row; grad != NULL && i < (gsize)tile.end * row; i++)
      grad[i] += self->output[0]->grad[i / row] * other[i];
  }
}

static Expr *weighted_sum_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  return expr_multiply(expr_gradient(self->output[0], offset / tensor_row_size(self->input[input])),
                       expr_operand(self->input[1 - input], offset));
}

const Op sample_weighted_sum = {
    .name = "weighted_sum",
    .inputs = "xx",
    .shape = weighted_sum_shape,
    .forward = weighted_sum_forward,
    .backward = weighted_sum_backward,
    .explain_gradient = weighted_sum_explain_gradient,
};

static gboolean lift_shape(Node *self, GError **error) {
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

static void lift_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]), from = (gsize)tile.begin * row;

  memcpy(self->output[0]->value + from, self->input[0]->value + from,
         (gsize)(tile.end - tile.begin) * row * sizeof(real));
}

static void lift_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);
  real *grad = self->input[0]->grad;

  for (gsize i = (gsize)tile.begin * row; grad != NULL && i < (gsize)tile.end * row; i++)
    grad[i] += self->output[0]->grad[i];
}

static const FastKernels LIFT_FAST = {.forward = lift_forward, .backward = lift_backward};

const Op sample_lift = {
    .name = "lift",
    .inputs = "xw",
    .shape = lift_shape,
    .forward = lift_forward,
    .backward = lift_backward,
    .fast = &LIFT_FAST,
};

void sample_draw(guint64 seed, guint32 index, double low, double high, real *values, gsize n) {
  const Rng rng = rng_new(seed, RNG_TEST, index);
  const double cells = (double)(n + n % 2); /* even: the middle of none is zero */
  g_autofree guint32 *order = g_new(guint32, n);

  rng_permutation(&rng, order, (guint32)n);
  for (gsize i = 0; i < n; i++)
    values[i] = (real)(float)(low + (order[i] + 0.5) / cells * (high - low));
}

static gpointer allocate(Sample *self, gsize bytes) {
  gpointer block = memory_new(bytes);

  g_ptr_array_add(self->memory, block);
  return block;
}

static Tensor *add_parameter(Sample *self, const char *name, const Shape *shape) {
  const gsize bytes = shape_size(shape) * sizeof(real);

  return graph_parameter(self->graph, name, shape, allocate(self, bytes), allocate(self, bytes));
}

static Shape row_of(const Shape *shape) {
  Shape row = {shape->rank - 1, {0}};

  memcpy(row.dim, shape->dim + 1, (gsize)row.rank * sizeof(int));
  return row;
}

static gboolean is_fixed(const SampleCase *c, int i) {
  return c->sample->fixed[i] || c->sample->mask[i];
}

static Tensor *add_input(Sample *self, const SampleCase *c, int i, Tensor *gate) {
  const char kind = c->sample->parameter[i] ? 'w' : g_ascii_tolower(op_find(c->op)->inputs[i]);

  if (c->sample->input[i].rank < 0)
    return NULL;
  const Shape row = row_of(&c->sample->input[i]);
  g_autofree char *name = g_strdup_printf("%c%d", kind, i);

  if (kind == 'w')
    return add_parameter(self, name, &c->sample->input[i]);
  Tensor *x = graph_input(self->graph, name, kind == 'i' ? TENSOR_INT : TENSOR_FLOAT, &row);
  if (kind == 'i' || !c->lift || is_fixed(c, i))
    return x;
  g_autofree char *lifted = g_strdup_printf("h%d", i);
  return graph_apply(self->graph, &sample_lift, lifted, NULL, (Tensor *[]){x, gate}, 2, NULL);
}

static Tensor *apply(Sample *self, const Op *op, const char *name, const void *attrs,
                     Tensor *const *inputs, int n) {
  GError *error = NULL;
  Tensor *y = graph_apply(self->graph, op, name, attrs, inputs, n, &error);

  g_assert_no_error(error);
  return y;
}

/* Inputs that may not be missing. */
static int needed(const Op *op) {
  int n = 0;

  while (g_ascii_islower(op->inputs[n]))
    n++;
  return n;
}

/* The ops a fused one stands for, one by one: each takes what the one before made, and its share of
 * the further inputs. */
static Tensor *apply_chain(Sample *self, const Op *op, const char *name, const void *const *attrs) {
  Tensor *inputs[NODE_MAX_INPUTS], *y = NULL;
  int links = 0, later = 0, taken = 0;

  for (; op->fuses[links] != NULL; links++)
    later += links > 0 ? (int)strlen(op_find(op->fuses[links])->inputs) - 1 : 0;
  later = MIN(later, self->n_inputs - needed(op_find(op->fuses[0])));
  for (int l = 0; l < links; l++) {
    const Op *link = op_find(op->fuses[l]);
    const int n = l == 0 ? self->n_inputs - later
                         : MIN((int)strlen(link->inputs), 1 + self->n_inputs - taken);
    g_autofree char *own = l + 1 < links ? g_strdup_printf("%s.%d", name, l) : g_strdup(name);
    for (int i = 0; i < n; i++)
      inputs[i] = l > 0 && i == 0 ? y : self->input[taken++];
    y = apply(self, link, own, attrs[l], inputs, n);
  }
  return y;
}

static Tensor *weigh(Sample *self, Tensor *y) {
  g_autofree char *weights = g_strdup_printf("c.%s", y->name);
  g_autofree char *sum = g_strdup_printf("sum.%s", y->name);
  const Shape row = row_of(&y->shape);
  Tensor *coefficients = graph_input(self->graph, weights, TENSOR_FLOAT, &row);

  return apply(self, &sample_weighted_sum, sum, NULL, (Tensor *[]){y, coefficients}, 2);
}

/* One use of the op and its share of the loss: of all that others may build on. */
static Tensor *add_use(Sample *self, const SampleCase *c, int use) {
  const Op *op = op_find(c->op);
  const char *name = use == 0 ? "y" : "again";
  Tensor *y = op->fuses != NULL
                  ? apply_chain(self, op, name, c->sample->attrs)
                  : apply(self, op, name, c->sample->attrs, self->input, self->n_inputs);
  Tensor *loss = weigh(self, y);

  self->output = use == 0 ? y : self->output;
  for (int i = 1; i < op->results; i++) {
    g_autofree char *total = g_strdup_printf("sum.%s+%d", name, i);
    loss =
        apply(self, &op_add, total, NULL, (Tensor *[]){loss, weigh(self, y->maker->output[i])}, 2);
  }
  return loss;
}

static void draw_mask(const SampleCase *c, Tensor *tensor, guint32 index) {
  const gsize row = tensor_row_size(tensor);
  const Rng rng = rng_new(c->seed, RNG_TEST, index);

  for (gsize i = 0; i < shape_size(&tensor->shape); i++)
    tensor->value[i] = i % row <= rng_below(&rng, i / row, (guint32)row);
}

static void draw_tensor(const SampleCase *c, Tensor *tensor, guint32 index) {
  const gsize n = shape_size(&tensor->shape);
  const int ignored = c->sample->ignored;
  const gboolean given = c->sample->low != 0 || c->sample->high != 0;
  const Rng rng = rng_new(c->seed, RNG_TEST, index);

  if (tensor->name[0] == 'x' && c->sample->mask[tensor->name[1] - '0'])
    draw_mask(c, tensor, index);
  else if (tensor->type == TENSOR_INT)
    for (gsize i = 0; i < n; i++)
      tensor->index[i] =
          (gint32)rng_below(&rng, i, (guint32)(c->sample->classes + ignored)) - ignored;
  else if (tensor->name[0] == 'x' && given)
    sample_draw(c->seed, index, c->sample->low, c->sample->high, tensor->value, n);
  else
    sample_draw(c->seed, index, -2, 2, tensor->value, n);
}

/* The loss is a mean: coefficients as large as the batch give gradients of about 1. */
static void draw_values(Sample *self, const SampleCase *c) {
  for (guint t = 0; t < self->graph->tensors->len; t++) {
    Tensor *tensor = g_ptr_array_index(self->graph->tensors, t);
    if (tensor->maker != NULL)
      continue;
    draw_tensor(c, tensor, g_str_hash(tensor->name));
    for (gsize i = 0; tensor->name[0] == 'c' && i < shape_size(&tensor->shape); i++)
      tensor->value[i] *= (real)self->graph->capacity;
  }
}

Sample *sample_new(const SampleCase *c, GraphMode mode) {
  Sample *self = g_new0(Sample, 1);

  self->graph = graph_new(mode, c->sample->input[0].dim[0], c->seed);
  self->memory = g_ptr_array_new_with_free_func(memory_free);
  Tensor *gate = add_parameter(self, "gate", &SHAPE(1));
  for (; self->n_inputs < NODE_MAX_INPUTS && c->sample->input[self->n_inputs].rank != 0;
       self->n_inputs++)
    self->input[self->n_inputs] = add_input(self, c, self->n_inputs, gate);
  Tensor *loss = add_use(self, c, 0);
  for (int use = 1; use < c->uses; use++)
    loss = apply(self, &op_add, "loss", NULL, (Tensor *[]){loss, add_use(self, c, use)}, 2);
  for (guint t = 0; t < self->graph->tensors->len; t++) {
    Tensor *tensor = g_ptr_array_index(self->graph->tensors, t);
    if (tensor->maker != NULL)
      graph_want_gradient(self->graph, tensor);
  }
  graph_finish(self->graph, loss);
  for (guint n = 0; n < self->graph->nodes->len; n++)
    ((Node *)g_ptr_array_index(self->graph->nodes, n))->training = TRUE;
  for (int i = 0; i < self->n_inputs; i++)
    if (is_fixed(c, i) && self->input[i] != NULL)
      self->input[i]->grad = NULL;
  draw_values(self, c);
  return self;
}

void sample_free(Sample *self) {
  if (self == NULL)
    return;
  graph_free(self->graph);
  g_ptr_array_unref(self->memory);
  g_free(self);
}

Node *sample_node(const Sample *self) { return self->output->maker; }

static void array_free(gpointer data) {
  SampleArray *self = data;

  g_free(self->name);
  g_free(self->value);
  g_free(self->grad);
  g_free(self);
}

static double *in_double(const real *values, gsize n) {
  double *copy = g_new(double, n);

  for (gsize i = 0; i < n; i++)
    copy[i] = (double)values[i];
  return copy;
}

/* What lies inside a fused chain has no gradient of meaning; nor has the gate. */
static gboolean has_gradient(const Tensor *tensor) {
  return tensor->grad != NULL && strcmp(tensor->name, "gate") != 0 &&
         (strchr("hw", tensor->name[0]) != NULL || strchr(tensor->name, '.') == NULL);
}

/* What gradients hold before a step: whatever was there, a step sets them. */
static void leave_garbage(Sample *self) {
  for (guint t = 0; t < self->graph->tensors->len; t++) {
    Tensor *tensor = g_ptr_array_index(self->graph->tensors, t);
    for (gsize i = 0; tensor->grad != NULL && i < shape_size(&tensor->shape); i++)
      tensor->grad[i] = 7;
  }
}

GPtrArray *sample_run(Sample *self, int rows) {
  GPtrArray *arrays = g_ptr_array_new_with_free_func(array_free);

  leave_garbage(self);
  graph_step(self->graph, rows, STEP);
  for (guint t = 0; t < self->graph->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(self->graph->tensors, t);
    if (tensor->type != TENSOR_FLOAT)
      continue;
    SampleArray *array = g_new0(SampleArray, 1);
    array->name = g_strdup(tensor->name);
    array->n = tensor->batched ? (gsize)rows * tensor_row_size(tensor) : shape_size(&tensor->shape);
    array->value = in_double(tensor->value, array->n);
    array->grad = has_gradient(tensor) ? in_double(tensor->grad, array->n) : NULL;
    g_ptr_array_add(arrays, array);
  }
  return arrays;
}
