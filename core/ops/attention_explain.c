/* Why the outputs and weights of attention are what they are. */
#include "core/ops/attention.h"

#include <math.h>

/* A weight as it is multiplied by: after dropout. */
static Expr *weight_operand(const Node *self, gsize i) {
  Expr *weight = expr_operand(self->output[ATTENTION_WEIGHTS], i);

  if (!attention_drops(self))
    return weight;
  return expr_multiply(weight, expr_constant((double)attention_factor(self, i)));
}

Expr *attention_explain(const Node *self, gsize offset) {
  const AttentionSizes n = attention_sizes(self);
  const AttentionPlace y = attention_place(self->output[0], &n, offset);
  Expr *sum = expr_sum();

  for (int s = 0; s < n.keys; s++)
    if (attention_sees(self, y.b, y.step, s))
      expr_add(sum,
               expr_multiply(weight_operand(self, attention_at_weight(&n, y.b, y.h, y.step, s)),
                             expr_operand(self->input[ATTENTION_VALUE],
                                          attention_at(&n, ATTENTION_VALUE, y.b, y.h, s, y.d))));
  return sum;
}

/* e^(score - shift) */
static Expr *exponential(const Node *self, gsize offset, double shift) {
  Expr *sum = expr_add(expr_sum(), expr_operand(self->output[ATTENTION_SCORES], offset));

  return expr_function(&EXPR_EXP, 0, expr_add(sum, expr_constant(-shift)));
}

static double largest(const Node *self, const AttentionSizes *n, const int *at) {
  const gsize row = attention_at_weight(n, at[0], at[1], at[2], 0);
  double most = -INFINITY;

  for (int s = 0; s < n->keys; s++)
    if (attention_sees(self, at[0], at[2], s))
      most = fmax(most, (double)self->output[ATTENTION_SCORES]->value[row + (gsize)s]);
  return most;
}

static Expr *explain_weight(const Node *self, const int *at) {
  const AttentionSizes n = attention_sizes(self);
  const double shift = largest(self, &n, at);
  const gsize row = attention_at_weight(&n, at[0], at[1], at[2], 0);
  Expr *sum = expr_sum();

  for (int s = 0; s < n.keys; s++)
    if (attention_sees(self, at[0], at[2], s))
      expr_add(sum, exponential(self, row + (gsize)s, shift));
  return expr_multiply(exponential(self, row + (gsize)at[3], shift),
                       expr_function(&EXPR_RECIPROCAL, 0, sum));
}

Expr *attention_explain_inner(const Node *self, int output, gsize offset,
                              AttentionScoreFunc score) {
  int at[TENSOR_MAX_RANK];

  shape_unravel(&self->output[output]->shape, offset, at);
  if (!attention_sees(self, at[0], at[2], at[3]))
    return expr_constant(0);
  return output == ATTENTION_SCORES ? score(self, at) : explain_weight(self, at);
}

/* To a weight from y. */
static Expr *explain_to_weight(const Node *self, const int *at, gsize offset) {
  const AttentionSizes n = attention_sizes(self);
  Expr *sum = expr_sum();

  for (int d = 0; d < n.value_size; d++)
    expr_add(sum,
             expr_multiply(
                 expr_gradient(self->output[0], attention_at_output(&n, at[0], at[1], at[2], d)),
                 expr_operand(self->input[ATTENTION_VALUE],
                              attention_at(&n, ATTENTION_VALUE, at[0], at[1], at[3], d))));
  if (!attention_drops(self))
    return sum;
  return expr_multiply(expr_constant((double)attention_factor(self, offset)), sum);
}

/* To a score from the weights of its row. */
static Expr *explain_to_score(const Node *self, const int *at, gsize offset) {
  const AttentionSizes n = attention_sizes(self);
  const Tensor *weights = self->output[ATTENTION_WEIGHTS];
  const gsize row = attention_at_weight(&n, at[0], at[1], at[2], 0);
  Expr *inner = expr_add(expr_sum(), expr_gradient(weights, offset));

  for (int s = 0; s < n.keys; s++)
    if (attention_sees(self, at[0], at[2], s))
      expr_add(inner,
               expr_add(expr_multiply(expr_constant(-1), expr_gradient(weights, row + (gsize)s)),
                        expr_operand(weights, row + (gsize)s)));
  return expr_multiply(expr_operand(weights, offset), inner);
}

Expr *attention_explain_inner_gradient(const Node *self, int output, gsize offset, int rows) {
  int at[TENSOR_MAX_RANK];

  if (output == ATTENTION_OUTPUT)
    return NULL;
  shape_unravel(&self->output[output]->shape, offset, at);
  if (output == ATTENTION_WEIGHTS)
    return explain_to_weight(self, at, offset);
  return attention_sees(self, at[0], at[2], at[3]) ? explain_to_score(self, at, offset) : NULL;
}

/* Each value goes to all queries that see it. */
Expr *attention_explain_value_gradient(const Node *self, gsize offset) {
  const AttentionSizes n = attention_sizes(self);
  const AttentionPlace v = attention_place(self->input[ATTENTION_VALUE], &n, offset);
  Expr *sum = expr_sum();

  for (int t = 0; t < n.queries; t++)
    if (attention_sees(self, v.b, t, v.step))
      expr_add(sum, expr_multiply(
                        weight_operand(self, attention_at_weight(&n, v.b, v.h, t, v.step)),
                        expr_gradient(self->output[0], attention_at_output(&n, v.b, v.h, t, v.d))));
  return sum;
}
