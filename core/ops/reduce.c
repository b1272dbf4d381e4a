/* What many numbers come to: sum, mean, maximum and variance over axes of a row.
 *
 * Each output has its members, the inputs that differ from each other in the reduced axes only;
 * each op is a formula of them. */
#include "core/ops/reduce.h"

#include <math.h>

gsize reduce_count(const Node *self) {
  return tensor_row_size(self->input[0]) / tensor_row_size(self->output[0]);
}

gboolean reduce_is_reduced(const Node *self, int axis) {
  const ReduceAttrs *attrs = self->attrs;
  gboolean any = FALSE;

  for (int a = 0; a < TENSOR_MAX_RANK - 1; a++)
    any |= attrs->axis[a];
  return axis > 0 && (!any || attrs->axis[axis - 1]);
}

static gboolean reduce_shape(Node *self, GError **error) {
  const ReduceAttrs *attrs = self->attrs;
  const Shape *x = &self->input[0]->shape;
  Shape y = {0};

  for (int a = x->rank; a < TENSOR_MAX_RANK; a++)
    if (attrs->axis[a - 1]) {
      g_autofree char *input = shape_to_string(x);
      g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                  "goes over axis %d, but the input is %s (batch first)", a, input);
      return FALSE;
    }
  for (int a = 0; a < x->rank; a++)
    if (!reduce_is_reduced(self, a) || attrs->keepdims)
      y.dim[y.rank++] = reduce_is_reduced(self, a) ? 1 : x->dim[a];
  node_set_output(self, 0, &y);
  return TRUE;
}

/* Member j of output o. */
static gsize member(const Node *self, gsize o, gsize j) {
  const Shape *x = &self->input[0]->shape;
  int index[TENSOR_MAX_RANK];

  for (int a = x->rank - 1; a >= 0; a--) {
    gsize *from = reduce_is_reduced(self, a) ? &j : &o;
    index[a] = (int)(*from % (gsize)x->dim[a]);
    *from /= (gsize)x->dim[a];
  }
  return shape_offset(x, index);
}

static double at(const Node *self, gsize o, gsize j) {
  return (double)self->input[0]->value[member(self, o, j)];
}

typedef double (*ValueFunc)(const Node *self, gsize o);
/* The derivative by member j. */
typedef double (*SlopeFunc)(const Node *self, gsize o, gsize j);

static void run_forward(Node *self, Tile tile, ValueFunc value) {
  const gsize row = tensor_row_size(self->output[0]);

  for (gsize o = (gsize)tile.begin * row; o < (gsize)tile.end * row; o++)
    self->output[0]->value[o] = (real)value(self, o);
}

static void run_backward(Node *self, Tile tile, SlopeFunc slope) {
  const gsize row = tensor_row_size(self->output[0]), n = reduce_count(self);

  for (gsize o = (gsize)tile.begin * row; self->input[0]->grad != NULL && o < (gsize)tile.end * row;
       o++)
    for (gsize j = 0; j < n; j++)
      self->input[0]->grad[member(self, o, j)] +=
          (real)((double)self->output[0]->grad[o] * slope(self, o, j));
}

static double reduce_flops(const Node *self) { return (double)tensor_row_size(self->input[0]); }

static double reduce_flops_backward(const Node *self, int input) { return reduce_flops(self); }

/* The output that element `offset` is a member of, and which one. */
static gsize owner(const Node *self, gsize offset, gsize *j) {
  const Shape *x = &self->input[0]->shape;
  int index[TENSOR_MAX_RANK];
  gsize o = 0;

  *j = 0;
  shape_unravel(x, offset, index);
  for (int a = 0; a < x->rank; a++) {
    gsize *to = reduce_is_reduced(self, a) ? j : &o;
    *to = *to * (gsize)x->dim[a] + (gsize)index[a];
  }
  return o;
}

/* --- the formulas --- */

static double reduce_sum(const Node *self, gsize o) {
  double sum = 0;

  for (gsize j = 0; j < reduce_count(self); j++)
    sum += at(self, o, j);
  return sum;
}
static double reduce_sum_slope(const Node *self, gsize o, gsize j) { return 1; }

static double reduce_mean(const Node *self, gsize o) {
  return reduce_sum(self, o) / (double)reduce_count(self);
}
static double reduce_mean_slope(const Node *self, gsize o, gsize j) {
  return 1 / (double)reduce_count(self);
}

static double reduce_max(const Node *self, gsize o) {
  double most = at(self, o, 0);

  for (gsize j = 1; j < reduce_count(self); j++)
    most = fmax(most, at(self, o, j));
  return most;
}
/* Equal ones share. */
static double reduce_max_slope(const Node *self, gsize o, gsize j) {
  const double most = reduce_max(self, o);
  int equal = 0;

  for (gsize i = 0; i < reduce_count(self); i++)
    equal += at(self, o, i) == most;
  return at(self, o, j) == most ? 1.0 / equal : 0;
}

static double reduce_variance(const Node *self, gsize o) {
  const double mean = reduce_mean(self, o);
  double sum = 0;

  for (gsize j = 0; j < reduce_count(self); j++)
    sum += (at(self, o, j) - mean) * (at(self, o, j) - mean);
  return sum / (double)reduce_count(self);
}
static double reduce_variance_slope(const Node *self, gsize o, gsize j) {
  return 2 * (at(self, o, j) - reduce_mean(self, o)) / (double)reduce_count(self);
}

/* --- explanations: of the value, and of the slope by member j --- */

static double call_square(double x, double a) { return x * x; }
static const ExprFunction SQUARE = {"square", "x^{2}", call_square};

static Expr *operand(const Node *self, gsize o, gsize j) {
  return expr_operand(self->input[0], member(self, o, j));
}

static Expr *reduce_sum_expr(const Node *self, gsize o) {
  Expr *sum = expr_sum();

  for (gsize j = 0; j < reduce_count(self); j++)
    expr_add(sum, operand(self, o, j));
  return sum;
}

static Expr *share(const Node *self, Expr *expr) {
  return expr_multiply(expr_constant(1 / (double)reduce_count(self)), expr);
}

static Expr *reduce_mean_expr(const Node *self, gsize o) {
  return share(self, reduce_sum_expr(self, o));
}

static Expr *reduce_max_expr(const Node *self, gsize o) {
  Expr *most = expr_max();

  for (gsize j = 0; j < reduce_count(self); j++)
    expr_add(most, operand(self, o, j));
  return most;
}

/* The mean of the squares less the square of the mean: the same, with each operand twice only. */
static Expr *reduce_variance_expr(const Node *self, gsize o) {
  Expr *squares = expr_sum();

  for (gsize j = 0; j < reduce_count(self); j++)
    expr_add(squares, expr_function(&SQUARE, 0, operand(self, o, j)));
  return expr_add(
      expr_add(expr_sum(), share(self, squares)),
      expr_multiply(expr_constant(-1), expr_function(&SQUARE, 0, reduce_mean_expr(self, o))));
}

static Expr *number_expr(const Node *self, double slope) {
  return slope != 0 ? expr_constant(slope) : NULL;
}
static Expr *reduce_sum_slope_expr(const Node *self, gsize o, gsize j) {
  return number_expr(self, 1);
}
static Expr *reduce_mean_slope_expr(const Node *self, gsize o, gsize j) {
  return number_expr(self, reduce_mean_slope(self, o, j));
}
static Expr *reduce_max_slope_expr(const Node *self, gsize o, gsize j) {
  return number_expr(self, reduce_max_slope(self, o, j));
}
static Expr *reduce_variance_slope_expr(const Node *self, gsize o, gsize j) {
  Expr *away = expr_add(expr_add(expr_sum(), operand(self, o, j)),
                        expr_multiply(expr_constant(-1), reduce_mean_expr(self, o)));

  return expr_multiply(expr_constant(2 / (double)reduce_count(self)), away);
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 5)}},
    {.input = {SHAPE(9, 4, 3, 2)}, .attrs = &(const ReduceAttrs){{TRUE, FALSE, TRUE}, FALSE}},
    {.input = {SHAPE(5, 7, 37)}, .attrs = &(const ReduceAttrs){{TRUE}, TRUE}},
    {.input = {SHAPE(4, 3, 300)}, .attrs = &(const ReduceAttrs){{FALSE, TRUE}, FALSE}},
    {.input = {SHAPE(3, 2, 5, 4)}, .attrs = &(const ReduceAttrs){{FALSE, TRUE, FALSE}, TRUE}},
    {{{0}}},
};

#ifndef REAL_DOUBLE
#define FAST_KERNELS(id) .state_size = reduce_state_size, .fast = &id##_kernels,
#else
#define FAST_KERNELS(id)
#endif

#define REDUCE(id, tex)                                                                            \
  static void id##_forward(Node *self, Tile tile) { run_forward(self, tile, id); }                 \
  static void id##_backward(Node *self, Tile tile) { run_backward(self, tile, id##_slope); }       \
  static Expr *id##_explain_gradient(const Node *self, int input, gsize offset, int rows) {        \
    gsize j;                                                                                       \
    const gsize o = owner(self, offset, &j);                                                       \
    Expr *slope = id##_slope_expr(self, o, j);                                                     \
    return slope != NULL ? expr_multiply(expr_gradient(self->output[0], o), slope) : NULL;         \
  }                                                                                                \
  extern const Op op_##id;                                                                         \
  const Op op_##id = {                                                                             \
      .name = #id,                                                                                 \
      .formula = "y = " tex,                                                                       \
      .attrs_size = sizeof(ReduceAttrs),                                                           \
      .inputs = "x",                                                                               \
      .shape = reduce_shape,                                                                       \
      .forward = id##_forward,                                                                     \
      .backward = id##_backward,                                                                   \
      FAST_KERNELS(id).flops = reduce_flops,                                                       \
      .flops_backward = reduce_flops_backward,                                                     \
      .explain = id##_expr,                                                                        \
      .explain_gradient = id##_explain_gradient,                                                   \
      .samples = SAMPLES,                                                                          \
  };

REDUCE(reduce_sum, "\\sum_i x_i")
REDUCE(reduce_mean, "\\bar{x} = \\frac{1}{n}\\sum_i x_i")
REDUCE(reduce_max, "\\max_i x_i")
REDUCE(reduce_variance, "\\frac{1}{n}\\sum_i (x_i - \\bar{x})^{2}")
