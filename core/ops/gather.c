/* Steps of a sequence, picked: by numbers that are given, or the same one of every sequence.
 *
 *   gather:     x (B, T, …), index (B, K), y (B, K, …):   y[b, k] = x[b, index[b, k]]
 *   take_step:  x (B, T, …), mask (B, T), y (B, …):       y[b] = x[b, t]
 *
 * A negative index gives zeros. The step that is taken counts among those the mask shows, from the
 * end where it is negative: -1 is the last one before the padding.
 */
#include "core/ops/ops.h"

#include <string.h>

/* Which step pick k of row r takes; negative: none. */
typedef int (*StepFunc)(const Node *self, int r, int k);

static gsize step_size(const Node *self) {
  return tensor_row_size(self->input[0]) / (gsize)self->input[0]->shape.dim[1];
}

static int picks(const Node *self) {
  return (int)(tensor_row_size(self->output[0]) / step_size(self));
}

/* Where the vector begins that pick k of row r takes. */
static gsize step_offset(const Node *self, int r, int step) {
  return ((gsize)r * (gsize)self->input[0]->shape.dim[1] + (gsize)step) * step_size(self);
}

static void run_forward(Node *self, Tile tile, StepFunc step) {
  const gsize size = step_size(self);
  const int n = picks(self);

  for (int i = tile.begin * n; i < tile.end * n; i++) {
    const int at = step(self, i / n, i % n);
    real *y = self->output[0]->value + (gsize)i * size;
    if (at < 0)
      memset(y, 0, size * sizeof(real));
    else
      memcpy(y, self->input[0]->value + step_offset(self, i / n, at), size * sizeof(real));
  }
}

static void run_backward(Node *self, Tile tile, StepFunc step) {
  const gsize size = step_size(self);
  const int n = picks(self);

  for (int i = tile.begin * n; self->input[0]->grad != NULL && i < tile.end * n; i++) {
    const int at = step(self, i / n, i % n);
    for (gsize j = 0; at >= 0 && j < size; j++)
      self->input[0]->grad[step_offset(self, i / n, at) + j] +=
          self->output[0]->grad[(gsize)i * size + j];
  }
}

static Expr *run_explain(const Node *self, gsize offset, StepFunc step) {
  const gsize size = step_size(self);
  const int n = picks(self), i = (int)(offset / size), at = step(self, i / n, i % n);

  return at < 0 ? expr_constant(0)
                : expr_operand(self->input[0], step_offset(self, i / n, at) + offset % size);
}

static Expr *run_explain_gradient(const Node *self, int input, gsize offset, StepFunc step) {
  const gsize size = step_size(self), row = tensor_row_size(self->input[0]);
  const int n = picks(self), r = (int)(offset / row), wanted = (int)(offset % row / size);
  Expr *sum = expr_sum();

  for (int k = 0; input == 0 && k < n; k++)
    if (step(self, r, k) == wanted)
      expr_add(sum, expr_gradient(self->output[0],
                                  ((gsize)r * (gsize)n + (gsize)k) * size + offset % size));
  return sum;
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

static void fast_backward(Node *self, Tile tile, StepFunc step) {
  const gsize size = step_size(self), row = tensor_row_size(self->input[0]);
  const int n = picks(self);
  float *grad = self->input[0]->grad;

  if (grad != NULL && self->first[0])
    memset(grad + (gsize)tile.begin * row, 0, (gsize)(tile.end - tile.begin) * row * sizeof(float));
  for (int i = tile.begin * n; grad != NULL && i < tile.end * n; i++) {
    const int at = step(self, i / n, i % n);
    if (at >= 0)
      kernels()->add(self->output[0]->grad + (gsize)i * size, grad + step_offset(self, i / n, at),
                     size);
  }
}

#define FAST(id)                                                                                   \
  static void id##_fast_backward(Node *self, Tile tile) { fast_backward(self, tile, id##_step); }  \
  static const FastKernels id##_kernels = {.forward = id##_forward, .backward = id##_fast_backward};
#define FAST_KERNELS(id) &id##_kernels
#else
#define FAST(id)
#define FAST_KERNELS(id) NULL
#endif

#define PICKS(id, letters, attributes, tex)                                                        \
  static void id##_forward(Node *self, Tile tile) { run_forward(self, tile, id##_step); }          \
  static void id##_backward(Node *self, Tile tile) { run_backward(self, tile, id##_step); }        \
  static Expr *id##_explain(const Node *self, gsize offset) {                                      \
    return run_explain(self, offset, id##_step);                                                   \
  }                                                                                                \
  static Expr *id##_explain_gradient(const Node *self, int input, gsize offset, int rows) {        \
    return run_explain_gradient(self, input, offset, id##_step);                                   \
  }                                                                                                \
  FAST(id)                                                                                         \
  const Op op_##id = {                                                                             \
      .name = #id,                                                                                 \
      .formula = tex,                                                                              \
      .attrs_size = attributes,                                                                    \
      .inputs = letters,                                                                           \
      .shape = id##_shape,                                                                         \
      .forward = id##_forward,                                                                     \
      .backward = id##_backward,                                                                   \
      .fast = FAST_KERNELS(id),                                                                    \
      .explain = id##_explain,                                                                     \
      .explain_gradient = id##_explain_gradient,                                                   \
      .samples = id##_samples,                                                                     \
  };

/* --- gather --- */

static int gather_step(const Node *self, int r, int k) {
  const int step = self->input[1]->index[r * self->input[1]->shape.dim[1] + k];

  g_assert(step < self->input[0]->shape.dim[1]);
  return step;
}

static gboolean gather_shape(Node *self, GError **error) {
  const Shape *index = &self->input[1]->shape;
  Shape y = self->input[0]->shape;

  if (y.rank < 2 || index->rank != 2) {
    g_autofree char *x = shape_to_string(&y), *list = shape_to_string(index);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "picks steps of a sequence by a list of numbers for each; the input is %s, the "
                "numbers are %s (batch first)",
                x, list);
    return FALSE;
  }
  y.dim[1] = index->dim[1];
  node_set_output(self, 0, &y);
  return TRUE;
}

static const OpSample gather_samples[] = {
    {.input = {SHAPE(3, 5, 4), SHAPE(3, 2)}, .classes = 5},
    {.input = {SHAPE(9, 4, 19), SHAPE(9, 7)}, .classes = 4, .ignored = TRUE},
    {.input = {SHAPE(2, 6), SHAPE(2, 3)}, .classes = 6},
    {{{0}}},
};

PICKS(gather, "xi", 0, "y_{k} = x_{i_k}")

/* --- take_step --- */

static int take_step_step(const Node *self, int r, int k) {
  const int steps = self->input[0]->shape.dim[1],
            wanted = ((const TakeStepAttrs *)self->attrs)->index;
  const gboolean back = wanted < 0;
  const Tensor *mask = self->input[1];
  int left = back ? -wanted - 1 : wanted, found = 0;

  for (int i = 0; i < steps && left >= 0; i++) {
    const int t = back ? steps - 1 - i : i;
    if (mask != NULL && !(mask->value[(gsize)r * (gsize)steps + (gsize)t] > (real)0.5))
      continue;
    found = t;
    left--;
  }
  return found;
}

static gboolean take_step_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape;
  const int index = ((const TakeStepAttrs *)self->attrs)->index;
  Shape y = *x;

  if (x->rank < 3 || index >= x->dim[1] || -index > x->dim[1] ||
      (self->input[1] != NULL &&
       !shape_equal(&self->input[1]->shape, &SHAPE(x->dim[0], x->dim[1])))) {
    g_autofree char *input = shape_to_string(x);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "takes step %d of a sequence of vectors; the input is %s (batch first)", index,
                input);
    return FALSE;
  }
  y.rank--;
  memmove(y.dim + 1, y.dim + 2, (gsize)(y.rank - 1) * sizeof(int));
  node_set_output(self, 0, &y);
  return TRUE;
}

static const OpSample take_step_samples[] = {
    {.input = {SHAPE(3, 5, 4)}, .attrs = &(const TakeStepAttrs){0}},
    {.input = {SHAPE(9, 4, 19), SHAPE(9, 4)},
     .attrs = &(const TakeStepAttrs){-1},
     .mask = {FALSE, TRUE}},
    {.input = {SHAPE(2, 6, 3, 2), SHAPE(2, 6)},
     .attrs = &(const TakeStepAttrs){2},
     .mask = {FALSE, TRUE}},
    {{{0}}},
};

PICKS(take_step, "xX", sizeof(TakeStepAttrs), "y = x_{t}")
