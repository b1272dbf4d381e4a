/* Additive attention (Bahdanau et al. 2015, appendix A.1.2, there with W·q and U·k in place of q
 * and k): a query and a key match as far as a small network says.
 *
 *   scores[t, s] = w · tanh(q_t + k_s), weights = softmax(scores), y = weights·v      w (H·D)
 *
 * Without w the numbers are added up as they are. Shapes, masks and dropout: attention.h,
 * attention_weights.c.
 */
#include "core/ops/attention.h"

#include <math.h>

enum { WEIGHT = ATTENTION_MASK + 1 };

static const Tensor *weight_of(const Node *self) {
  return self->n_inputs > WEIGHT ? self->input[WEIGHT] : NULL;
}

static real weight_at(const Node *self, gsize i) {
  return weight_of(self) != NULL ? weight_of(self)->value[i] : 1;
}

static gboolean shape(Node *self, GError **error) {
  const Tensor *w = weight_of(self);

  if (!attention_shape(self, error))
    return FALSE;
  if (w != NULL && shape_size(&w->shape) != (gsize)self->input[0]->shape.dim[2]) {
    g_autofree char *query = shape_to_string(&self->input[0]->shape);
    g_autofree char *weight = shape_to_string(&w->shape);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs a weight for each number of a query; the queries are %s, the weights %s",
                query, weight);
    return FALSE;
  }
  return TRUE;
}

/* tanh(q + k) at number d of head h. */
static real hidden(const Node *self, const AttentionSizes *n, int b, int h, int t, int s, int d) {
  const real q = self->input[ATTENTION_QUERY]->value[attention_at(n, ATTENTION_QUERY, b, h, t, d)];
  const real k = self->input[ATTENTION_KEY]->value[attention_at(n, ATTENTION_KEY, b, h, s, d)];

  return (real)tanh((double)(q + k));
}

static void forward_scores(Node *self, const AttentionSizes *n, int b, int h, int t) {
  for (int s = 0; s < n->keys; s++) {
    real sum = 0;
    for (int d = 0; attention_sees(self, b, t, s) && d < n->size; d++)
      sum += weight_at(self, (gsize)(h * n->size + d)) * hidden(self, n, b, h, t, s, d);
    self->output[ATTENTION_SCORES]->value[attention_at_weight(n, b, h, t, s)] = sum;
  }
}

static void add_to(const Tensor *tensor, gsize i, real x) {
  if (tensor != NULL && tensor->grad != NULL)
    tensor->grad[i] += x;
}

static void backward_score(Node *self, const AttentionSizes *n, int b, int h, int t, int s) {
  const real dscore = self->output[ATTENTION_SCORES]->grad[attention_at_weight(n, b, h, t, s)];

  for (int d = 0; d < n->size; d++) {
    const gsize i = (gsize)(h * n->size + d);
    const real y = hidden(self, n, b, h, t, s, d);
    const real dx = dscore * weight_at(self, i) * (1 - y * y);
    add_to(self->input[ATTENTION_QUERY], attention_at(n, ATTENTION_QUERY, b, h, t, d), dx);
    add_to(self->input[ATTENTION_KEY], attention_at(n, ATTENTION_KEY, b, h, s, d), dx);
    add_to(weight_of(self), i, dscore * y);
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
        for (int s = 0; s < n.keys; s++)
          if (attention_sees(self, b, t, s))
            backward_score(self, &n, b, h, t, s);
      }
}

static double flops(const Node *self) {
  const AttentionSizes n = attention_sizes(self);

  return 2 * attention_pairs(self) * (n.size + n.value_size);
}

static double flops_backward(const Node *self, int input) {
  const AttentionSizes n = attention_sizes(self);
  const int sizes[] = {n.size + n.value_size, n.size, n.value_size, 0, n.size};

  return 2 * attention_pairs(self) * sizes[input];
}

static double tanh_value(double x, double a) { return tanh(x); }
static double tanh_slope(double x, double a) { return 1 - tanh(x) * tanh(x); }
static const ExprFunction TANH = {"tanh", "\\tanh x", tanh_value};
static const ExprFunction SLOPE = {"tanh′", "1 - \\tanh^{2} x", tanh_slope};

/* f(q + k), times its weight where `weighted`. */
static Expr *explain_term(const Node *self, const ExprFunction *f, gboolean weighted,
                          AttentionPlace q, int s) {
  const AttentionSizes n = attention_sizes(self);
  const gsize query = attention_at(&n, ATTENTION_QUERY, q.b, q.h, q.step, q.d);
  const gsize key = attention_at(&n, ATTENTION_KEY, q.b, q.h, s, q.d);
  Expr *sum = expr_add(expr_sum(), expr_operand(self->input[ATTENTION_QUERY], query));
  Expr *value = expr_function(f, 0, expr_add(sum, expr_operand(self->input[ATTENTION_KEY], key)));

  if (!weighted || weight_of(self) == NULL)
    return value;
  return expr_multiply(expr_operand(weight_of(self), (gsize)(q.h * n.size + q.d)), value);
}

static Expr *explain_score(const Node *self, const int *at) {
  const AttentionSizes n = attention_sizes(self);
  Expr *sum = expr_sum();

  for (int d = 0; d < n.size; d++)
    expr_add(sum, explain_term(self, &TANH, TRUE, (AttentionPlace){at[0], at[1], at[2], d}, at[3]));
  return sum;
}

static Expr *explain_inner(const Node *self, int output, gsize offset) {
  return attention_explain_inner(self, output, offset, explain_score);
}

/* What the score of query q and key s gives to the gradient of one of them, or of a weight. */
static void add_score(const Node *self, Expr *sum, const ExprFunction *f, AttentionPlace q, int s) {
  const AttentionSizes n = attention_sizes(self);

  if (attention_sees(self, q.b, q.step, s))
    expr_add(sum, expr_multiply(expr_gradient(self->output[ATTENTION_SCORES],
                                              attention_at_weight(&n, q.b, q.h, q.step, s)),
                                explain_term(self, f, f == &SLOPE, q, s)));
}

static Expr *explain_weight_gradient(const Node *self, int index, int rows) {
  const AttentionSizes n = attention_sizes(self);
  Expr *sum = expr_sum();

  for (int b = 0; b < rows; b++)
    for (int t = 0; t < n.queries; t++)
      for (int s = 0; s < n.keys; s++)
        add_score(self, sum, &TANH, (AttentionPlace){b, index / n.size, t, index % n.size}, s);
  return sum;
}

static Expr *explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const AttentionSizes n = attention_sizes(self);

  if (input == ATTENTION_MASK)
    return NULL;
  if (input == ATTENTION_VALUE)
    return attention_explain_value_gradient(self, offset);
  if (input == WEIGHT)
    return explain_weight_gradient(self, (int)offset, rows);
  const AttentionPlace x = attention_place(self->input[input], &n, offset);
  Expr *sum = expr_sum();
  for (int s = 0; input == ATTENTION_QUERY && s < n.keys; s++)
    add_score(self, sum, &SLOPE, x, s);
  for (int t = 0; input == ATTENTION_KEY && t < n.queries; t++)
    add_score(self, sum, &SLOPE, (AttentionPlace){x.b, x.h, t, x.d}, x.step);
  return sum;
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>

/* What a tile works in: its share of the gradient of w, whole cache lines, then what all attention
 * needs. */
static gsize share_size(const Node *self) {
  return ((gsize)self->input[0]->shape.dim[2] + 15) / 16 * 16;
}

static gsize state_size(const Node *self, int tiles) {
  return (gsize)tiles * (share_size(self) + attention_scratch_size(self)) * sizeof(float);
}

static float *share_of(const Node *self, int tile) {
  return (float *)self->state + (gsize)tile * (share_size(self) + attention_scratch_size(self));
}

static AdditiveRow row_of(const Node *self, const AttentionSizes *n, int b, int h, int t) {
  const AttentionHead q = attention_head(self, n, ATTENTION_QUERY, b, h);
  const AttentionHead k = attention_head(self, n, ATTENTION_KEY, b, h);
  const gboolean causal = ((const AttentionAttrs *)self->attrs)->causal;

  return (AdditiveRow){
      .keys = causal ? MIN(t + 1, n->keys) : n->keys,
      .size = n->size,
      .q = q.value + t * q.row,
      .k = k.value,
      .k_row = k.row,
      .w = weight_of(self) != NULL ? weight_of(self)->value + h * n->size : NULL,
      .dq = q.grad != NULL ? q.grad + t * q.row : NULL,
      .dk = k.grad,
  };
}

static void fast_forward(Node *self, Tile tile) {
  const AttentionSizes n = attention_sizes(self);
  const AttentionScratch scratch =
      attention_scratch(self, share_of(self, tile.index) + share_size(self));

  for (int b = tile.begin; b < tile.end; b++)
    for (int h = 0; h < n.heads; h++) {
      for (int t = 0; t < n.queries; t++) {
        AdditiveRow row = row_of(self, &n, b, h, t);
        row.scores = self->output[ATTENTION_SCORES]->value + attention_at_weight(&n, b, h, t, 0);
        kernels()->additive_row(&row);
      }
      attention_finish(self, &n, b, h, 1, &scratch);
    }
}

static void clear_rows(const Node *self, int input, Tile tile) {
  const Tensor *tensor = self->input[input];
  const gsize row = tensor_row_size(tensor);

  if (self->first[input] && tensor->grad != NULL)
    memset(tensor->grad + (gsize)tile.begin * row, 0,
           (gsize)(tile.end - tile.begin) * row * sizeof(float));
}

static void backward_head(Node *self, const AttentionSizes *n, int b, int h,
                          const AttentionScratch *scratch, float *share) {
  attention_unfinish(self, n, b, h, 1, scratch);
  for (int t = 0; t < n->queries; t++) {
    AdditiveRow row = row_of(self, n, b, h, t);
    row.scores = scratch->gradient + (gsize)t * (gsize)n->keys;
    row.dw = share + h * n->size;
    kernels()->additive_row_gradient(&row);
  }
  attention_values(self, n, b, h, scratch);
}

static void fast_backward(Node *self, Tile tile) {
  const AttentionSizes n = attention_sizes(self);
  float *share = share_of(self, tile.index);
  const AttentionScratch scratch = attention_scratch(self, share + share_size(self));

  memset(share, 0, share_size(self) * sizeof(float));
  clear_rows(self, ATTENTION_QUERY, tile);
  clear_rows(self, ATTENTION_KEY, tile);
  for (int b = tile.begin; b < tile.end; b++)
    for (int h = 0; h < n.heads; h++)
      backward_head(self, &n, b, h, &scratch, share);
}

static int weight_items(const Node *self) {
  return weight_of(self) != NULL && weight_of(self)->grad != NULL ? 1 : 0;
}

static void weight_gradient(Node *self, int item, int rows, int tiles) {
  float *dw = weight_of(self)->grad;
  const gsize n = shape_size(&weight_of(self)->shape);

  if (self->first[WEIGHT])
    memset(dw, 0, n * sizeof(float));
  for (int tile = 0; tile < tiles; tile++)
    kernels()->add(share_of(self, tile), dw, n);
}

static const FastKernels FAST = {.forward = fast_forward,
                                 .backward = fast_backward,
                                 .weight_items = weight_items,
                                 .weight_gradient = weight_gradient};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 3, 4), SHAPE(2, 5, 4), SHAPE(2, 5, 3), MISSING_INPUT, SHAPE(4)}},
    {.input = {SHAPE(3, 4, 6), SHAPE(3, 4, 6), SHAPE(3, 4, 6), SHAPE(3, 4), SHAPE(6)},
     .attrs = &(const AttentionAttrs){.heads = 2, .causal = TRUE, .rate = 0.3},
     .mask = {[ATTENTION_MASK] = TRUE}},
    {.input = {SHAPE(2, 4, 3), SHAPE(2, 3, 3), SHAPE(2, 3, 3)}},
    {.input = {SHAPE(9, 11, 40), SHAPE(9, 29, 40), SHAPE(9, 29, 24), SHAPE(9, 29), SHAPE(40)},
     .mask = {[ATTENTION_MASK] = TRUE}},
    {{{0}}},
};

const Op op_additive_attention = {
    .name = "additive_attention",
    .formula = "y = \\operatorname{softmax}\\big(w^\\top\\tanh(q + k)\\big)\\,V",
    .attrs_size = sizeof(AttentionAttrs),
    .inputs = "xxxXW",
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .flops_backward = flops_backward,
    .explain = attention_explain,
    .explain_gradient = explain_gradient,
    .explain_inner = explain_inner,
    .explain_inner_gradient = attention_explain_inner_gradient,
#ifndef REAL_DOUBLE
    .state_size = state_size,
    .fast = &FAST,
#endif
    .samples = SAMPLES,
};
