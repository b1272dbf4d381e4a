/* What the kinds of attention share: they differ in how a query and a key make a score. */
#pragma once

#include "core/ops/ops.h"

/*   q (B, T, H·D), k (B, S, H·D), v (B, S, H·V), mask (B, S), y (B, T, H·V),
 *   weights and scores (B, H, T, S)   */
typedef struct {
  int heads, queries, keys; /* H, T, S */
  int size, value_size;     /* D, V: of one head */
} AttentionSizes;

enum { ATTENTION_QUERY, ATTENTION_KEY, ATTENTION_VALUE, ATTENTION_MASK };
enum { ATTENTION_OUTPUT, ATTENTION_WEIGHTS, ATTENTION_SCORES };

AttentionSizes attention_sizes(const Node *self);
/* Checks the sequences and the mask, sets all outputs. */
gboolean attention_shape(Node *self, GError **error);
/* NULL: every key is there. */
const Tensor *attention_mask(const Node *self);
/* Whether query t of row b sees key s. */
gboolean attention_sees(const Node *self, int b, int t, int s);
/* Whether weights are dropped in this run, and what that multiplies weight i by: a pure function of
 * seed, step, node and i. */
gboolean attention_drops(const Node *self);
real attention_factor(const Node *self, gsize i);

/* Where a number stands: of a head in the sequence `input`, in the output, in weights and scores.
 */
gsize attention_at(const AttentionSizes *n, int input, int b, int h, int step, int d);
gsize attention_at_output(const AttentionSizes *n, int b, int h, int t, int d);
gsize attention_at_weight(const AttentionSizes *n, int b, int h, int t, int s);
typedef struct {
  int b, h, step, d;
} AttentionPlace;
/* Of an element of a sequence. */
AttentionPlace attention_place(const Tensor *tensor, const AttentionSizes *n, gsize offset);

/* Naive: from the scores of one query to its weights and output; the way back adds to the gradients
 * of weights, scores and values. */
void attention_forward_query(Node *self, const AttentionSizes *n, int b, int h, int t);
void attention_backward_query(Node *self, const AttentionSizes *n, int b, int h, int t);

/* Pairs of a query and a key that it sees, masks apart, over all heads. */
double attention_pairs(const Node *self);

Expr *attention_explain(const Node *self, gsize offset);
/* `score` explains a score that is seen; `at` is its index. */
typedef Expr *(*AttentionScoreFunc)(const Node *self, const int *at);
Expr *attention_explain_inner(const Node *self, int output, gsize offset, AttentionScoreFunc score);
Expr *attention_explain_inner_gradient(const Node *self, int output, gsize offset, int rows);
Expr *attention_explain_value_gradient(const Node *self, gsize offset);

/* Of the dot product: 1/√D unless another is given. */
double attention_scale(const Node *self);

#ifndef REAL_DOUBLE
/* One head's part of a sequence: its steps stand `row` apart. */
typedef struct {
  float *value, *grad; /* grad NULL: not wanted */
  gssize row;
} AttentionHead;

AttentionHead attention_head(const Node *self, const AttentionSizes *n, int input, int b, int h);

/* The memory a tile works in: a head's weights after dropout, and the gradient of its weights. */
typedef struct {
  float *dropped, *gradient;
} AttentionScratch;

gsize attention_scratch_size(const Node *self); /* in numbers, whole cache lines */
AttentionScratch attention_scratch(const Node *self, float *memory);

/* From the scores of one head, not yet scaled, to its weights and output. */
void attention_finish(const Node *self, const AttentionSizes *n, int b, int h, double scale,
                      const AttentionScratch *scratch);
/* From the gradient of its output to that of its scores before scaling: scratch->gradient. */
void attention_unfinish(const Node *self, const AttentionSizes *n, int b, int h, double scale,
                        const AttentionScratch *scratch);
/* The gradient of its values, after that. */
void attention_values(const Node *self, const AttentionSizes *n, int b, int h,
                      const AttentionScratch *scratch);

extern const FastKernels ATTENTION_FAST;
gsize attention_state_size(const Node *self, int tiles);
#endif
