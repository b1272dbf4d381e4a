/* Scaled dot-product attention with several heads (Vaswani et al. 2017, equation 1): each query
 * looks at all keys and takes of their values as much as they match.
 *
 *   scores = q·kᵀ / √D, weights = softmax(scores), y = weights·v
 *
 * Shapes, masks and dropout: attention.h, attention_weights.c.
 */
#include "core/ops/attention.h"

#include <math.h>

double attention_scale(const Node *self) {
  const AttentionAttrs *attrs = self->attrs;

  return attrs->scale != 0 ? attrs->scale : 1 / sqrt(attention_sizes(self).size);
}

static void forward_scores(Node *self, const AttentionSizes *n, int b, int h, int t) {
  const real *q = self->input[ATTENTION_QUERY]->value, *k = self->input[ATTENTION_KEY]->value;

  for (int s = 0; s < n->keys; s++) {
    real sum = 0;
    for (int d = 0; attention_sees(self, b, t, s) && d < n->size; d++)
      sum += q[attention_at(n, ATTENTION_QUERY, b, h, t, d)] *
             k[attention_at(n, ATTENTION_KEY, b, h, s, d)];
    self->output[ATTENTION_SCORES]->value[attention_at_weight(n, b, h, t, s)] =
        sum * (real)attention_scale(self);
  }
}

static void backward_scores(Node *self, const AttentionSizes *n, int b, int h, int t) {
  const Tensor *q = self->input[ATTENTION_QUERY], *k = self->input[ATTENTION_KEY];

  for (int s = 0; s < n->keys; s++) {
    const real dscore = self->output[ATTENTION_SCORES]->grad[attention_at_weight(n, b, h, t, s)] *
                        (real)attention_scale(self);
    for (int d = 0; attention_sees(self, b, t, s) && d < n->size; d++) {
      const gsize query = attention_at(n, ATTENTION_QUERY, b, h, t, d);
      const gsize key = attention_at(n, ATTENTION_KEY, b, h, s, d);
      if (q->grad != NULL)
        q->grad[query] += dscore * k->value[key];
      if (k->grad != NULL)
        k->grad[key] += dscore * q->value[query];
    }
  }
}

static void forward(Node *self, Tile tile) {
  const AttentionSizes n = attention_sizes(self);

  for (int b = tile.begin; b < tile.end; b++)
    for (int h = 0; h < n.heads; h++)
      for (int t = 0; t < n.queries; t++) {
        forward_scores(self, &n, b, h, t);
        attention_forward_query(self, &n, b, h, t);
      }
}

static void backward(Node *self, Tile tile) {
  const AttentionSizes n = attention_sizes(self);

  for (int b = tile.begin; b < tile.end; b++)
    for (int h = 0; h < n.heads; h++)
      for (int t = 0; t < n.queries; t++) {
        attention_backward_query(self, &n, b, h, t);
        backward_scores(self, &n, b, h, t);
      }
}

static double flops(const Node *self) {
  const AttentionSizes n = attention_sizes(self);

  return 2 * attention_pairs(self) * (n.size + n.value_size);
}

/* The way over the weights, which queries and keys share, counts as the queries'. */
static double flops_backward(const Node *self, int input) {
  const AttentionSizes n = attention_sizes(self);
  const int sizes[] = {n.size + n.value_size, n.size, n.value_size, 0};

  return 2 * attention_pairs(self) * sizes[input];
}

static Expr *explain_score(const Node *self, const int *at) {
  const AttentionSizes n = attention_sizes(self);
  Expr *sum = expr_sum();

  for (int d = 0; d < n.size; d++)
    expr_add(sum,
             expr_multiply(expr_operand(self->input[ATTENTION_QUERY],
                                        attention_at(&n, ATTENTION_QUERY, at[0], at[1], at[2], d)),
                           expr_operand(self->input[ATTENTION_KEY],
                                        attention_at(&n, ATTENTION_KEY, at[0], at[1], at[3], d))));
  return expr_multiply(expr_constant(attention_scale(self)), sum);
}

static Expr *explain_inner(const Node *self, int output, gsize offset) {
  return attention_explain_inner(self, output, offset, explain_score);
}

static Expr *explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gboolean query = input == ATTENTION_QUERY;
  const int other = query ? ATTENTION_KEY : ATTENTION_QUERY;

  if (input == ATTENTION_MASK)
    return NULL;
  if (input == ATTENTION_VALUE)
    return attention_explain_value_gradient(self, offset);
  const AttentionSizes n = attention_sizes(self);
  const AttentionPlace x = attention_place(self->input[input], &n, offset);
  Expr *sum = expr_sum();
  for (int i = 0; i < (query ? n.keys : n.queries); i++) {
    const int t = query ? x.step : i, s = query ? i : x.step;
    if (attention_sees(self, x.b, t, s))
      expr_add(sum, expr_multiply(expr_gradient(self->output[ATTENTION_SCORES],
                                                attention_at_weight(&n, x.b, x.h, t, s)),
                                  expr_operand(self->input[other],
                                               attention_at(&n, other, x.b, x.h, i, x.d))));
  }
  return expr_multiply(expr_constant(attention_scale(self)), sum);
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 3, 4), SHAPE(2, 5, 4), SHAPE(2, 5, 4)}},
    {.input = {SHAPE(3, 5, 6), SHAPE(3, 5, 6), SHAPE(3, 5, 6)},
     .attrs = &(const AttentionAttrs){.heads = 2, .causal = TRUE}},
    {.input = {SHAPE(3, 3, 6), SHAPE(3, 4, 6), SHAPE(3, 4, 9), SHAPE(3, 4)},
     .attrs = &(const AttentionAttrs){.heads = 3, .scale = 0.3},
     .mask = {[ATTENTION_MASK] = TRUE}},
    {.input = {SHAPE(2, 4, 4), SHAPE(2, 4, 4), SHAPE(2, 4, 4), SHAPE(2, 4)},
     .attrs = &(const AttentionAttrs){.heads = 2, .causal = TRUE, .rate = 0.3},
     .mask = {[ATTENTION_MASK] = TRUE}},
    {.input = {SHAPE(2, 3, 2), SHAPE(2, 5, 2), SHAPE(2, 5, 2)},
     .attrs = &(const AttentionAttrs){.causal = TRUE}},
    {.input = {SHAPE(6, 50, 68), SHAPE(6, 50, 68), SHAPE(6, 50, 36)},
     .attrs = &(const AttentionAttrs){.heads = 2, .causal = TRUE, .rate = 0.2}},
    {.input = {SHAPE(5, 37, 64), SHAPE(5, 72, 64), SHAPE(5, 72, 64), SHAPE(5, 72)},
     .attrs = &(const AttentionAttrs){.heads = 4},
     .mask = {[ATTENTION_MASK] = TRUE}},
    {.input = {SHAPE(3, 20, 64), SHAPE(3, 70, 64), SHAPE(3, 70, 32)},
     .attrs = &(const AttentionAttrs){.heads = 2, .causal = TRUE}},
    {{{0}}},
};

const Op op_attention = {
    .name = "attention",
    .formula = "y = \\operatorname{softmax}\\Big(\\frac{QK^\\top}{\\sqrt{d}}\\Big)\\,V",
    .attrs_size = sizeof(AttentionAttrs),
    .inputs = "xxxX",
    .shape = attention_shape,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .flops_backward = flops_backward,
    .explain = attention_explain,
    .explain_gradient = explain_gradient,
    .explain_inner = explain_inner,
    .explain_inner_gradient = attention_explain_inner_gradient,
#ifndef REAL_DOUBLE
    .state_size = attention_state_size,
    .fast = &ATTENTION_FAST,
#endif
    .samples = SAMPLES,
};
