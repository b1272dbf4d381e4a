/* From scores to what attention gives, whatever the scores are: a softmax over the keys that a
 * query sees, and the sum of their values.
 *
 * A key is hidden where the mask is 0 and, with `causal`, from queries before it: its score and its
 * weight are 0. A query that sees no key gets zeros. Dropout is of the weights on their way to y;
 * those that are published are the ones before it, as in Keras.
 */
#include "core/ops/attention.h"

#include <math.h>

AttentionSizes attention_sizes(const Node *self) {
  const AttentionAttrs *attrs = self->attrs;
  const Shape *q = &self->input[0]->shape, *v = &self->input[2]->shape;
  const int heads = MAX(attrs->heads, 1);

  return (AttentionSizes){heads, q->dim[1], v->dim[1], q->dim[2] / heads, v->dim[2] / heads};
}

const Tensor *attention_mask(const Node *self) {
  return self->n_inputs > ATTENTION_MASK ? self->input[ATTENTION_MASK] : NULL;
}

gboolean attention_sees(const Node *self, int b, int t, int s) {
  const Tensor *mask = attention_mask(self);

  if (((const AttentionAttrs *)self->attrs)->causal && s > self->past + t)
    return FALSE;
  return mask == NULL || mask->value[b * mask->shape.dim[1] + s] > (real)0.5;
}

gboolean attention_drops(const Node *self) {
  return self->training && ((const AttentionAttrs *)self->attrs)->rate > 0;
}

real attention_factor(const Node *self, gsize i) {
  const double rate = ((const AttentionAttrs *)self->attrs)->rate;
  const Rng rng = rng_new(self->random.seed, RNG_DROPOUT, self->random.step);

  if (!attention_drops(self))
    return 1;
  return rng_uniform(&rng, node_element(self, self->output[ATTENTION_WEIGHTS], i)) < rate
             ? 0
             : (real)(1 / (1 - rate));
}

static gboolean fits_as_sequence(const Shape *shape, int length, int heads) {
  return shape->rank == 3 && shape->dim[2] % heads == 0 && (length == 0 || shape->dim[1] == length);
}

static gboolean shapes_fit(const Node *self, int heads) {
  const Shape *q = &self->input[0]->shape, *k = &self->input[1]->shape;
  const Tensor *mask = attention_mask(self);

  return fits_as_sequence(q, 0, heads) && fits_as_sequence(k, 0, heads) &&
         fits_as_sequence(&self->input[2]->shape, k->dim[1], heads) && q->dim[2] == k->dim[2] &&
         (mask == NULL || (mask->shape.rank == 2 && mask->shape.dim[1] == k->dim[1]));
}

gboolean attention_shape(Node *self, GError **error) {
  const int heads = MAX(((const AttentionAttrs *)self->attrs)->heads, 1);
  const Shape *q = &self->input[0]->shape;

  if (!shapes_fit(self, heads)) {
    g_autofree char *query = shape_to_string(q), *key = shape_to_string(&self->input[1]->shape),
                    *value = shape_to_string(&self->input[2]->shape);
    g_set_error(
        error, MODEL_ERROR, MODEL_ERROR_SHAPE,
        "needs sequences of vectors that %d heads divide evenly, queries and keys of the "
        "same size, a value (and a mask) for each key; the queries are %s, the keys %s, the "
        "values %s",
        heads, query, key, value);
    return FALSE;
  }
  const AttentionSizes n = attention_sizes(self);
  const Shape inner = SHAPE(q->dim[0], n.heads, n.queries, n.keys);
  node_set_output(self, ATTENTION_OUTPUT, &SHAPE(q->dim[0], n.queries, n.heads * n.value_size));
  node_set_output(self, ATTENTION_WEIGHTS, &inner);
  node_set_output(self, ATTENTION_SCORES, &inner);
  return TRUE;
}

static gsize at(int b, int steps, int step, int heads, int h, int size, int d) {
  return (((gsize)b * (gsize)steps + (gsize)step) * (gsize)heads + (gsize)h) * (gsize)size +
         (gsize)d;
}

gsize attention_at(const AttentionSizes *n, int input, int b, int h, int step, int d) {
  return at(b, input == ATTENTION_QUERY ? n->queries : n->keys, step, n->heads, h,
            input == ATTENTION_VALUE ? n->value_size : n->size, d);
}

gsize attention_at_output(const AttentionSizes *n, int b, int h, int t, int d) {
  return at(b, n->queries, t, n->heads, h, n->value_size, d);
}

gsize attention_at_weight(const AttentionSizes *n, int b, int h, int t, int s) {
  return at(b, n->heads, h, n->queries, t, n->keys, s);
}

AttentionPlace attention_place(const Tensor *tensor, const AttentionSizes *n, gsize offset) {
  int index[TENSOR_MAX_RANK];

  shape_unravel(&tensor->shape, offset, index);
  const int size = tensor->shape.dim[2] / n->heads;
  return (AttentionPlace){index[0], index[2] / size, index[1], index[2] % size};
}

/* The largest score that a query sees: what keeps e^score within range. */
static double largest(const Node *self, const AttentionSizes *n, int b, int h, int t) {
  const Tensor *scores = self->output[ATTENTION_SCORES];
  double most = -INFINITY;

  for (int s = 0; s < n->keys; s++)
    if (attention_sees(self, b, t, s))
      most = fmax(most, (double)scores->value[attention_at_weight(n, b, h, t, s)]);
  return most;
}

static void softmax(Node *self, const AttentionSizes *n, int b, int h, int t) {
  const gsize row = attention_at_weight(n, b, h, t, 0);
  const real *score = self->output[ATTENTION_SCORES]->value + row;
  real *weight = self->output[ATTENTION_WEIGHTS]->value + row, sum = 0;
  const double most = largest(self, n, b, h, t);

  for (int s = 0; s < n->keys; s++)
    sum += weight[s] = attention_sees(self, b, t, s) ? (real)exp((double)score[s] - most) : 0;
  for (int s = 0; sum > 0 && s < n->keys; s++)
    weight[s] /= sum;
}

void attention_forward_query(Node *self, const AttentionSizes *n, int b, int h, int t) {
  const Tensor *v = self->input[ATTENTION_VALUE], *weights = self->output[ATTENTION_WEIGHTS];

  softmax(self, n, b, h, t);
  for (int d = 0; d < n->value_size; d++) {
    real sum = 0;
    for (int s = 0; s < n->keys; s++) {
      const gsize i = attention_at_weight(n, b, h, t, s);
      sum += weights->value[i] * attention_factor(self, i) *
             v->value[attention_at(n, ATTENTION_VALUE, b, h, s, d)];
    }
    self->output[ATTENTION_OUTPUT]->value[attention_at_output(n, b, h, t, d)] = sum;
  }
}

/* From y to the weights and the values. */
static void backward_output(Node *self, const AttentionSizes *n, int b, int h, int t) {
  const Tensor *v = self->input[ATTENTION_VALUE], *weights = self->output[ATTENTION_WEIGHTS];

  for (int s = 0; s < n->keys; s++) {
    const gsize i = attention_at_weight(n, b, h, t, s);
    const real factor = attention_factor(self, i);
    for (int d = 0; d < n->value_size; d++) {
      const gsize value = attention_at(n, ATTENTION_VALUE, b, h, s, d);
      const real dy =
          self->output[ATTENTION_OUTPUT]->grad[attention_at_output(n, b, h, t, d)] * factor;
      weights->grad[i] += dy * v->value[value];
      if (v->grad != NULL)
        v->grad[value] += dy * weights->value[i];
    }
  }
}

void attention_backward_query(Node *self, const AttentionSizes *n, int b, int h, int t) {
  const gsize row = attention_at_weight(n, b, h, t, 0);
  const real *weight = self->output[ATTENTION_WEIGHTS]->value + row;
  const real *dweight = self->output[ATTENTION_WEIGHTS]->grad + row;
  real dot = 0;

  backward_output(self, n, b, h, t);
  for (int s = 0; s < n->keys; s++)
    dot += weight[s] * dweight[s];
  for (int s = 0; s < n->keys; s++)
    self->output[ATTENTION_SCORES]->grad[row + (gsize)s] += weight[s] * (dweight[s] - dot);
}

double attention_pairs(const Node *self) {
  const AttentionSizes n = attention_sizes(self);
  double pairs = 0;

  for (int t = 0; t < n.queries; t++)
    pairs +=
        ((const AttentionAttrs *)self->attrs)->causal ? MIN(self->past + t + 1, n.keys) : n.keys;
  return pairs * n.heads;
}
