/* Ops that only move numbers: an element of the output is one of the input, or a constant.
 *
 *   y[to + Σ_a i_a·y_step_a] = x[from + Σ_a i_a·x_step_a]     for all indices i of a part, row by
 * row
 *
 * Each op says which part of each input goes where; on the way back gradients go the same way.
 */
#include "core/ops/ops.h"

#include <string.h>

#define AXES (TENSOR_MAX_RANK - 1) /* of a row */

typedef struct {
  int rank, dim[AXES];
  gsize x_step[AXES], y_step[AXES]; /* in elements */
  gsize from, to;                   /* where the part begins, in a row */
} Move;

/* What happens to input k. */
typedef Move (*MoveFunc)(const Node *self, int k);

static void steps_of(const Tensor *x, gsize step[AXES]) {
  gsize size = 1;

  for (int a = x->shape.rank - 1; a >= 1; a--) {
    step[a - 1] = size;
    size *= (gsize)x->shape.dim[a];
  }
}

/* All of a tensor, to the same place of the output: ops change what is different. */
static Move move_of(const Node *self, const Tensor *part, int k) {
  Move move = {.rank = part->shape.rank - 1};

  memcpy(move.dim, part->shape.dim + 1, (gsize)move.rank * sizeof(int));
  steps_of(self->input[k], move.x_step);
  steps_of(self->output[0], move.y_step);
  return move;
}

static gsize count(const Move *self) {
  gsize n = 1;

  for (int a = 0; a < self->rank; a++)
    n *= (gsize)self->dim[a];
  return n;
}

/* Element i of the part, in a row with these steps. */
static gsize place(const Move *self, gsize i, const gsize *step, gsize begin) {
  for (int a = self->rank - 1; a >= 0; a--) {
    begin += i % (gsize)self->dim[a] * step[a];
    i /= (gsize)self->dim[a];
  }
  return begin;
}

static gsize place_from(const Move *self, gsize i) {
  return place(self, i, self->x_step, self->from);
}
static gsize place_to(const Move *self, gsize i) { return place(self, i, self->y_step, self->to); }

static double no_rest(const Node *self) { return 0; }

static void run_forward(Node *self, Tile tile, MoveFunc of, double rest) {
  const gsize row = tensor_row_size(self->output[0]);

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)
    self->output[0]->value[i] = (real)rest;
  for (int k = 0; k < self->n_inputs; k++) {
    const Move move = of(self, k);
    const gsize x_row = tensor_row_size(self->input[k]);
    for (int r = tile.begin; r < tile.end; r++)
      for (gsize i = 0; i < count(&move); i++)
        self->output[0]->value[(gsize)r * row + place_to(&move, i)] =
            self->input[k]->value[(gsize)r * x_row + place_from(&move, i)];
  }
}

static void run_backward(Node *self, Tile tile, MoveFunc of) {
  const gsize row = tensor_row_size(self->output[0]);

  for (int k = 0; k < self->n_inputs; k++) {
    const Move move = of(self, k);
    const gsize x_row = tensor_row_size(self->input[k]);
    for (int r = tile.begin; self->input[k]->grad != NULL && r < tile.end; r++)
      for (gsize i = 0; i < count(&move); i++)
        self->input[k]->grad[(gsize)r * x_row + place_from(&move, i)] +=
            self->output[0]->grad[(gsize)r * row + place_to(&move, i)];
  }
}

static Expr *run_explain(const Node *self, gsize offset, MoveFunc of, double rest) {
  const gsize row = tensor_row_size(self->output[0]);

  for (int k = 0; k < self->n_inputs; k++) {
    const Move move = of(self, k);
    for (gsize i = 0; i < count(&move); i++)
      if (place_to(&move, i) == offset % row)
        return expr_operand(self->input[k],
                            offset / row * tensor_row_size(self->input[k]) + place_from(&move, i));
  }
  return expr_constant(rest);
}

static Expr *run_explain_gradient(const Node *self, int input, gsize offset, MoveFunc of) {
  const gsize x_row = tensor_row_size(self->input[input]);
  const Move move = of(self, input);
  Expr *sum = expr_sum();

  for (gsize i = 0; i < count(&move); i++)
    if (place_from(&move, i) == offset % x_row)
      expr_add(sum,
               expr_gradient(self->output[0], offset / x_row * tensor_row_size(self->output[0]) +
                                                  place_to(&move, i)));
  return sum;
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"
#include "core/ops/walk.h"

enum { TO, FROM };

static Walk walk_of(const Node *self, const Move *move, Tile tile, int k) {
  const gsize y_row = tensor_row_size(self->output[0]), x_row = tensor_row_size(self->input[k]);
  Walk walk = walk_new(2);

  walk.start[TO] = (gssize)((gsize)tile.begin * y_row + move->to);
  walk.start[FROM] = (gssize)((gsize)tile.begin * x_row + move->from);
  walk_add(&walk, tile.end - tile.begin, (const gssize[]){(gssize)y_row, (gssize)x_row});
  for (int a = 0; a < move->rank; a++)
    walk_add(&walk, move->dim[a],
             (const gssize[]){(gssize)move->y_step[a], (gssize)move->x_step[a]});
  return walk;
}

typedef struct {
  float *to;
  const float *from;
  int to_operand;
  gboolean add;
} MoveRun;

static void move_run(const Walk *walk, const gssize *at, gpointer data) {
  const MoveRun *run = data;
  const gsize n = walk_length(walk);
  const gssize to_step = walk_step(walk, run->to_operand);
  const gssize from_step = walk_step(walk, 1 - run->to_operand);
  float *to = run->to + at[run->to_operand];
  const float *from = run->from + at[1 - run->to_operand];

  if (to_step == 1 && from_step == 1 && run->add)
    kernels()->add(from, to, n);
  else if (to_step == 1 && from_step == 1)
    memcpy(to, from, n * sizeof(float));
  else
    for (gsize i = 0; i < n; i++, to += to_step, from += from_step)
      *to = *from + (run->add ? *to : 0);
}

static void fast_forward(Node *self, Tile tile, MoveFunc of, double rest) {
  const gsize row = tensor_row_size(self->output[0]);
  gsize moved = 0;

  for (int k = 0; k < self->n_inputs; k++) {
    const Move move = of(self, k);
    moved += count(&move);
  }
  for (gsize i = (gsize)tile.begin * row; moved < row && i < (gsize)tile.end * row; i++)
    self->output[0]->value[i] = (float)rest;
  for (int k = 0; k < self->n_inputs; k++) {
    const Move move = of(self, k);
    const Walk walk = walk_of(self, &move, tile, k);
    MoveRun run = {.to = self->output[0]->value, .from = self->input[k]->value, .to_operand = TO};
    walk_run(&walk, move_run, &run);
  }
}

static void fast_backward(Node *self, Tile tile, MoveFunc of) {
  for (int k = 0; k < self->n_inputs; k++) {
    if (self->input[k]->grad == NULL)
      continue;
    const Move move = of(self, k);
    const Walk walk = walk_of(self, &move, tile, k);
    const gsize row = tensor_row_size(self->input[k]);
    const gboolean all = count(&move) == row && walk_is_once(&walk, FROM);
    MoveRun run = {.to = self->input[k]->grad,
                   .from = self->output[0]->grad,
                   .to_operand = FROM,
                   .add = !self->first[k] || !all};
    if (self->first[k] && !all)
      memset(run.to + (gsize)tile.begin * row, 0,
             (gsize)(tile.end - tile.begin) * row * sizeof(float));
    walk_run(&walk, move_run, &run);
  }
}

#define FAST(id, rest)                                                                             \
  static void id##_fast_forward(Node *self, Tile tile) {                                           \
    fast_forward(self, tile, id##_move, rest(self));                                               \
  }                                                                                                \
  static void id##_fast_backward(Node *self, Tile tile) { fast_backward(self, tile, id##_move); }  \
  static const FastKernels id##_kernels = {.forward = id##_fast_forward,                           \
                                           .backward = id##_fast_backward};
#define FAST_KERNELS(id) &id##_kernels
#else
#define FAST(id, rest)
#define FAST_KERNELS(id) NULL
#endif

#define MOVES(id, letters, attributes, rest, tex)                                                  \
  FAST(id, rest)                                                                                   \
  static void id##_forward(Node *self, Tile tile) {                                                \
    run_forward(self, tile, id##_move, rest(self));                                                \
  }                                                                                                \
  static void id##_backward(Node *self, Tile tile) { run_backward(self, tile, id##_move); }        \
  static Expr *id##_explain(const Node *self, gsize offset) {                                      \
    return run_explain(self, offset, id##_move, rest(self));                                       \
  }                                                                                                \
  static Expr *id##_explain_gradient(const Node *self, int input, gsize offset, int rows) {        \
    return run_explain_gradient(self, input, offset, id##_move);                                   \
  }                                                                                                \
  const Op op_##id = {                                                                             \
      .name = #id,                                                                                 \
      .formula = tex,                                                                              \
      .attrs_size = sizeof(attributes),                                                            \
      .inputs = letters,                                                                           \
      .shape = id##_shape,                                                                         \
      .forward = id##_forward,                                                                     \
      .backward = id##_backward,                                                                   \
      .fast = FAST_KERNELS(id),                                                                    \
      .explain = id##_explain,                                                                     \
      .explain_gradient = id##_explain_gradient,                                                   \
      .samples = id##_samples,                                                                     \
  };

/* --- concat: one after the other along an axis --- */

static int concat_axis(const Node *self) {
  const int axis = ((const ConcatAttrs *)self->attrs)->axis;

  return axis < 0 ? axis + self->input[0]->shape.rank : axis;
}

static gboolean concat_fits(const Node *self, int k) {
  Shape a = self->input[0]->shape, b = self->input[k]->shape;

  if (concat_axis(self) < 1 || concat_axis(self) >= a.rank || a.rank != b.rank)
    return FALSE;
  a.dim[concat_axis(self)] = b.dim[concat_axis(self)];
  return shape_equal(&a, &b);
}

static gboolean concat_shape(Node *self, GError **error) {
  Shape y = self->input[0]->shape;

  for (int k = 0; k < self->n_inputs; k++) {
    if (!concat_fits(self, k)) {
      g_autofree char *a = shape_to_string(&self->input[0]->shape);
      g_autofree char *b = shape_to_string(&self->input[k]->shape);
      g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                  "joins inputs along axis %d (0 is the batch, which cannot be it), so all their "
                  "other sizes must be the same; there are %s and %s",
                  ((const ConcatAttrs *)self->attrs)->axis, a, b);
      return FALSE;
    }
    y.dim[concat_axis(self)] += k > 0 ? self->input[k]->shape.dim[concat_axis(self)] : 0;
  }
  node_set_output(self, 0, &y);
  return TRUE;
}

static Move concat_move(const Node *self, int k) {
  const int axis = concat_axis(self);
  Move move = move_of(self, self->input[k], k);

  for (int j = 0; j < k; j++)
    move.to += (gsize)self->input[j]->shape.dim[axis] * move.y_step[axis - 1];
  return move;
}

static const OpSample concat_samples[] = {
    {.input = {SHAPE(3, 5), SHAPE(3, 2)}, .attrs = &(const ConcatAttrs){-1}},
    {.input = {SHAPE(9, 2, 3, 5), SHAPE(9, 2, 1, 5), SHAPE(9, 2, 4, 5)},
     .attrs = &(const ConcatAttrs){2}},
    {.input = {SHAPE(4, 2, 19), SHAPE(4, 7, 19)}, .attrs = &(const ConcatAttrs){1}},
    {.input = {SHAPE(2, 3), SHAPE(2, 3), SHAPE(2, 3), SHAPE(2, 3), SHAPE(2, 3), SHAPE(2, 3),
               SHAPE(2, 3), SHAPE(2, 3)},
     .attrs = &(const ConcatAttrs){1}},
    {{{0}}},
};

MOVES(concat, "xxXXXXXX", ConcatAttrs, no_rest, "y = [x_1, x_2, \\dots]")

/* --- slice: from begin to end along each axis --- */

static int slice_begin(const Node *self, int a) {
  const int begin = ((const SliceAttrs *)self->attrs)->begin[a];

  return begin < 0 ? begin + self->input[0]->shape.dim[a + 1] : begin;
}

static int slice_end(const Node *self, int a) {
  const int end = ((const SliceAttrs *)self->attrs)->end[a];

  return end <= 0 ? end + self->input[0]->shape.dim[a + 1] : end;
}

static gboolean slice_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape;
  Shape y = *x;

  for (int a = 0; a < x->rank - 1; a++) {
    const int begin = slice_begin(self, a), end = slice_end(self, a);
    y.dim[a + 1] = end - begin;
    if (begin < 0 || begin >= end || end > x->dim[a + 1]) {
      g_autofree char *input = shape_to_string(x);
      g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                  "takes what stands from %d up to %d along axis %d, but the input is %s (batch "
                  "first): nothing is left, or there is less than that",
                  begin, end, a + 1, input);
      return FALSE;
    }
  }
  node_set_output(self, 0, &y);
  return TRUE;
}

static Move slice_move(const Node *self, int k) {
  Move move = move_of(self, self->output[0], k);

  for (int a = 0; a < move.rank; a++)
    move.from += (gsize)slice_begin(self, a) * move.x_step[a];
  return move;
}

static const OpSample slice_samples[] = {
    {.input = {SHAPE(3, 7)}, .attrs = &(const SliceAttrs){{2}, {-1}}},
    {.input = {SHAPE(9, 5, 4, 6)}, .attrs = &(const SliceAttrs){{1, -2, 3}, {3, 0, 0}}},
    {.input = {SHAPE(4, 6, 37)}, .attrs = &(const SliceAttrs){{-1}, {0}}},
    {{{0}}},
};

MOVES(slice, "x", SliceAttrs, no_rest, "y_{i} = x_{\\text{begin} + i}")

/* --- pad: a constant around it --- */

static double pad_value(const Node *self) { return ((const PadAttrs *)self->attrs)->value; }

static gboolean pad_shape(Node *self, GError **error) {
  const PadAttrs *attrs = self->attrs;
  Shape y = self->input[0]->shape;

  for (int a = 0; a < y.rank - 1; a++)
    y.dim[a + 1] += attrs->before[a] + attrs->after[a];
  for (int a = y.rank - 1; a < AXES; a++)
    if (attrs->before[a] + attrs->after[a] > 0) {
      g_autofree char *input = shape_to_string(&self->input[0]->shape);
      g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                  "pads axis %d, but the input is %s (batch first)", a + 1, input);
      return FALSE;
    }
  node_set_output(self, 0, &y);
  return TRUE;
}

static Move pad_move(const Node *self, int k) {
  Move move = move_of(self, self->input[k], k);

  for (int a = 0; a < move.rank; a++)
    move.to += (gsize)((const PadAttrs *)self->attrs)->before[a] * move.y_step[a];
  return move;
}

static const OpSample pad_samples[] = {
    {.input = {SHAPE(3, 5)}, .attrs = &(const PadAttrs){{2}, {1}, 0.5}},
    {.input = {SHAPE(9, 2, 3, 5)}, .attrs = &(const PadAttrs){{1, 0, 3}, {0, 2, 1}, 0}},
    {.input = {SHAPE(4, 6, 19)}, .attrs = &(const PadAttrs){{0}, {3}, -1}},
    {{{0}}},
};

MOVES(pad, "x", PadAttrs, pad_value, "y_{\\text{before} + i} = x_{i}")

/* --- transpose: axes in another order --- */

static gboolean transpose_shape(Node *self, GError **error) {
  const TransposeAttrs *attrs = self->attrs;
  const Shape *x = &self->input[0]->shape;
  Shape y = *x;
  gboolean seen[TENSOR_MAX_RANK] = {FALSE}, fits = TRUE;

  for (int a = 1; fits && a < x->rank; a++) {
    const int from = attrs->dims[a - 1];
    fits = from >= 1 && from < x->rank && !seen[from];
    if (fits) {
      seen[from] = TRUE;
      y.dim[a] = x->dim[from];
    }
  }
  for (int a = x->rank; a <= AXES; a++)
    fits &= attrs->dims[a - 1] == 0;
  if (!fits) {
    g_autofree char *input = shape_to_string(x);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "puts axes in another order, so it names each once, counted from 1; the input is "
                "%s (batch first), whose axes are 1 to %d",
                input, x->rank - 1);
    return FALSE;
  }
  node_set_output(self, 0, &y);
  return TRUE;
}

static Move transpose_move(const Node *self, int k) {
  Move move = move_of(self, self->output[0], k);

  steps_of(self->input[0], move.x_step);
  const Move straight = move;
  for (int a = 0; a < move.rank; a++)
    move.x_step[a] = straight.x_step[((const TransposeAttrs *)self->attrs)->dims[a] - 1];
  return move;
}

static const OpSample transpose_samples[] = {
    {.input = {SHAPE(3, 5, 4)}, .attrs = &(const TransposeAttrs){{2, 1}}},
    {.input = {SHAPE(9, 2, 3, 5)}, .attrs = &(const TransposeAttrs){{3, 1, 2}}},
    {.input = {SHAPE(4, 3, 2, 19)}, .attrs = &(const TransposeAttrs){{2, 1, 3}}},
    {.input = {SHAPE(2, 3)}, .attrs = &(const TransposeAttrs){{1}}},
    {{{0}}},
};

MOVES(transpose, "x", TransposeAttrs, no_rest, "y_{ji} = x_{ij}")

/* --- repeat_vector: a vector again at each step --- */

static gboolean repeat_vector_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape;

  if (x->rank != 2) {
    g_autofree char *input = shape_to_string(x);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "repeats a vector; the input is %s (batch first): put a flatten before it", input);
    return FALSE;
  }
  node_set_output(self, 0, &SHAPE(x->dim[0], ((const RepeatAttrs *)self->attrs)->n, x->dim[1]));
  return TRUE;
}

static Move repeat_vector_move(const Node *self, int k) {
  Move move = move_of(self, self->output[0], k);

  move.x_step[0] = 0;
  move.x_step[1] = 1;
  return move;
}

static const OpSample repeat_vector_samples[] = {
    {.input = {SHAPE(3, 5)}, .attrs = &(const RepeatAttrs){4}},
    {.input = {SHAPE(9, 19)}, .attrs = &(const RepeatAttrs){1}},
    {{{0}}},
};

MOVES(repeat_vector, "x", RepeatAttrs, no_rest, "y_{ti} = x_{i}")
