/* Attention by small matrix products, one head of one row at a time: its scores, weights and their
 * gradient stay in the first caches. With a causal mask, products leave out what no query sees. */
#include "core/ops/attention.h"

#include "core/kernels/kernels.h"

#include <string.h>

#define KEYS 32 /* of a panel: with a causal mask, queries from its first key on meet it */
#define ROWS 16 /* of a block: with a causal mask, only steps up to its last one count for it */

/* Behind a past only single steps are given: they see all that came before. */
static gboolean is_causal(const Node *self) {
  return ((const AttentionAttrs *)self->attrs)->causal && self->past == 0;
}

static AttentionHead head_of(const Tensor *tensor, int b, int steps, gssize row, gsize first) {
  const gsize from = (gsize)b * (gsize)steps * (gsize)row + first;

  return (AttentionHead){tensor->value + from, tensor->grad != NULL ? tensor->grad + from : NULL,
                         row};
}

AttentionHead attention_head(const Node *self, const AttentionSizes *n, int input, int b, int h) {
  const int size = input == ATTENTION_VALUE ? n->value_size : n->size;

  return head_of(self->input[input], b, input == ATTENTION_QUERY ? n->queries : n->keys,
                 (gssize)n->heads * size, (gsize)h * (gsize)size);
}

static AttentionHead output_head(const Node *self, const AttentionSizes *n, int b, int h) {
  return head_of(self->output[ATTENTION_OUTPUT], b, n->queries, (gssize)n->heads * n->value_size,
                 (gsize)h * (gsize)n->value_size);
}

/* T × S numbers, whole cache lines. */
static gsize matrix_size(const Node *self) {
  const Shape *weights = &self->output[ATTENTION_WEIGHTS]->shape;

  return ((gsize)weights->dim[2] * (gsize)weights->dim[3] + 15) / 16 * 16;
}

gsize attention_scratch_size(const Node *self) { return 2 * matrix_size(self); }

AttentionScratch attention_scratch(const Node *self, float *memory) {
  return (AttentionScratch){memory, memory + matrix_size(self)};
}

/* scores[t, s] = a_t · b_s */
static void compare(const Node *self, const AttentionSizes *n, const float *a, gssize a_row,
                    const float *b, gssize b_row, int size, float *scores) {
  const int width = is_causal(self) ? KEYS : n->keys;

  for (int s = 0; s < n->keys; s += width) {
    const int t = is_causal(self) ? s : 0;
    if (t < n->queries)
      kernels()->gemm(&(Gemm){.m = n->queries - t,
                              .n = MIN(width, n->keys - s),
                              .k = size,
                              .a = a + t * a_row,
                              .a_row = a_row,
                              .a_col = 1,
                              .b = b + s * b_row,
                              .b_row = 1,
                              .b_col = b_row,
                              .c = scores + (gsize)t * (gsize)n->keys + s,
                              .c_row = n->keys});
  }
}

/* c_t (+)= Σ_s weights[t, s] · b_s */
static void sum_over_keys(const Node *self, const AttentionSizes *n, const float *weights,
                          const float *b, gssize row, int size, float *c, gssize c_row,
                          gboolean accumulate) {
  const int height = is_causal(self) ? ROWS : n->queries;

  for (int t = 0; t < n->queries; t += height)
    kernels()->gemm(&(Gemm){.m = MIN(height, n->queries - t),
                            .n = size,
                            .k = is_causal(self) ? MIN(t + height, n->keys) : n->keys,
                            .a = weights + (gsize)t * (gsize)n->keys,
                            .a_row = n->keys,
                            .a_col = 1,
                            .b = b,
                            .b_row = row,
                            .b_col = 1,
                            .c = c + t * c_row,
                            .c_row = c_row,
                            .accumulate = accumulate});
}

/* c_s (+)= Σ_t weights[t, s] · b_t */
static void sum_over_queries(const Node *self, const AttentionSizes *n, const float *weights,
                             const float *b, gssize row, int size, float *c, gssize c_row,
                             gboolean accumulate) {
  const int height = is_causal(self) ? ROWS : n->keys;

  for (int s = 0; s < n->keys; s += height) {
    const int t = is_causal(self) ? MIN(s, n->queries) : 0;
    kernels()->gemm(&(Gemm){.m = MIN(height, n->keys - s),
                            .n = size,
                            .k = n->queries - t,
                            .a = weights + (gsize)t * (gsize)n->keys + s,
                            .a_row = 1,
                            .a_col = n->keys,
                            .b = b + t * row,
                            .b_row = row,
                            .b_col = 1,
                            .c = c + s * c_row,
                            .c_row = c_row,
                            .accumulate = accumulate});
  }
}

/* Multiplies a head's weights, from weight `first` of the node on, by what dropout says. */
static void drop(const Node *self, gsize first, gsize count, const float *from, float *to) {
  for (gsize i = 0; i < count; i++)
    to[i] = from[i] != 0 ? from[i] * attention_factor(self, first + i) : 0;
}

void attention_finish(const Node *self, const AttentionSizes *n, int b, int h, double scale,
                      const AttentionScratch *scratch) {
  const gsize at = attention_at_weight(n, b, h, 0, 0);
  const Tensor *mask = attention_mask(self);
  const AttentionHead v = attention_head(self, n, ATTENTION_VALUE, b, h);
  const AttentionHead y = output_head(self, n, b, h);
  float *weights = self->output[ATTENTION_WEIGHTS]->value + at;

  kernels()->attention_rows(
      &(AttentionRows){.rows = n->queries,
                       .columns = n->keys,
                       .causal = is_causal(self),
                       .scale = (float)scale,
                       .mask = mask != NULL ? mask->value + (gsize)b * (gsize)n->keys : NULL,
                       .scores = self->output[ATTENTION_SCORES]->value + at,
                       .weights = weights});
  if (attention_drops(self)) {
    drop(self, at, (gsize)n->queries * (gsize)n->keys, weights, scratch->dropped);
    weights = scratch->dropped;
  }
  sum_over_keys(self, n, weights, v.value, v.row, n->value_size, y.value, y.row, FALSE);
}

void attention_unfinish(const Node *self, const AttentionSizes *n, int b, int h, double scale,
                        const AttentionScratch *scratch) {
  const gsize at = attention_at_weight(n, b, h, 0, 0);
  const AttentionHead v = attention_head(self, n, ATTENTION_VALUE, b, h);
  const AttentionHead y = output_head(self, n, b, h);

  compare(self, n, y.grad, y.row, v.value, v.row, n->value_size, scratch->gradient);
  if (attention_drops(self))
    drop(self, at, (gsize)n->queries * (gsize)n->keys, scratch->gradient, scratch->gradient);
  kernels()->attention_rows_gradient(
      &(AttentionRowsGradient){.rows = n->queries,
                               .columns = n->keys,
                               .causal = is_causal(self),
                               .scale = (float)scale,
                               .weights = self->output[ATTENTION_WEIGHTS]->value + at,
                               .gradient = scratch->gradient});
}

void attention_values(const Node *self, const AttentionSizes *n, int b, int h,
                      const AttentionScratch *scratch) {
  const gsize at = attention_at_weight(n, b, h, 0, 0);
  const AttentionHead v = attention_head(self, n, ATTENTION_VALUE, b, h);
  const AttentionHead y = output_head(self, n, b, h);
  const float *weights = self->output[ATTENTION_WEIGHTS]->value + at;

  if (v.grad == NULL)
    return;
  if (attention_drops(self)) {
    drop(self, at, (gsize)n->queries * (gsize)n->keys, weights, scratch->dropped);
    weights = scratch->dropped;
  }
  sum_over_queries(self, n, weights, y.grad, y.row, n->value_size, v.grad, v.row,
                   !self->first[ATTENTION_VALUE]);
}

/* --- the dot product --- */

gsize attention_state_size(const Node *self, int tiles) {
  return (gsize)tiles * attention_scratch_size(self) * sizeof(float);
}

/* A shorter sequence needs less of it. */
static AttentionScratch scratch_of(const Node *self, Tile tile) {
  return attention_scratch(self,
                           (float *)self->state + (gsize)tile.index * attention_scratch_size(self));
}

static void forward(Node *self, Tile tile) {
  const AttentionSizes n = attention_sizes(self);
  const AttentionScratch scratch = scratch_of(self, tile);

  for (int b = tile.begin; b < tile.end; b++)
    for (int h = 0; h < n.heads; h++) {
      const AttentionHead q = attention_head(self, &n, ATTENTION_QUERY, b, h);
      const AttentionHead k = attention_head(self, &n, ATTENTION_KEY, b, h);
      float *scores = self->output[ATTENTION_SCORES]->value + attention_at_weight(&n, b, h, 0, 0);
      compare(self, &n, q.value, q.row, k.value, k.row, n.size, scores);
      attention_finish(self, &n, b, h, attention_scale(self), &scratch);
    }
}

/* Queries, keys, values: where they are one tensor, the first of them sets its gradient. */
static void backward_head(Node *self, const AttentionSizes *n, int b, int h,
                          const AttentionScratch *scratch) {
  const AttentionHead q = attention_head(self, n, ATTENTION_QUERY, b, h);
  const AttentionHead k = attention_head(self, n, ATTENTION_KEY, b, h);

  if (q.grad != NULL || k.grad != NULL)
    attention_unfinish(self, n, b, h, attention_scale(self), scratch);
  if (q.grad != NULL)
    sum_over_keys(self, n, scratch->gradient, k.value, k.row, n->size, q.grad, q.row,
                  !self->first[ATTENTION_QUERY]);
  if (k.grad != NULL)
    sum_over_queries(self, n, scratch->gradient, q.value, q.row, n->size, k.grad, k.row,
                     !self->first[ATTENTION_KEY]);
  attention_values(self, n, b, h, scratch);
}

static void backward(Node *self, Tile tile) {
  const AttentionSizes n = attention_sizes(self);
  const AttentionScratch scratch = scratch_of(self, tile);

  for (int b = tile.begin; b < tile.end; b++)
    for (int h = 0; h < n.heads; h++)
      backward_head(self, &n, b, h, &scratch);
}

const FastKernels ATTENTION_FAST = {.forward = forward, .backward = backward};
