/* Vectors of length 1 along an axis: y = x / √Σ x².
 *
 * As in Keras, 1/√… is 10¹² at most: a vector of zeros stays one. On the way back, with r = 1/√Σ
 * x², dx = r·(dy - y·Σ y·dy).
 */
#include "core/ops/ops.h"

#include <math.h>

#define EPSILON 1e-12

static int axis_of(const Node *self) {
  const int axis = ((const AxisAttrs *)self->attrs)->axis;

  return axis <= 0 ? axis - (axis == 0) + self->input[0]->shape.rank : axis;
}

static gboolean unit_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape;

  if (axis_of(self) < 1 || axis_of(self) >= x->rank) {
    g_autofree char *input = shape_to_string(x);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "goes along axis %d (0 is the batch, which cannot be it), but the input is %s",
                ((const AxisAttrs *)self->attrs)->axis, input);
    return FALSE;
  }
  node_set_output(self, 0, x);
  return TRUE;
}

/* A vector: n numbers a step apart; a row of the batch has n vectors' first numbers. */
typedef struct {
  gsize n, step;
} Vector;

static Vector vector_of(const Node *self) {
  const Shape *x = &self->input[0]->shape;
  Vector vector = {(gsize)x->dim[axis_of(self)], 1};

  for (int a = axis_of(self) + 1; a < x->rank; a++)
    vector.step *= (gsize)x->dim[a];
  return vector;
}

/* Where the vector of an element begins. */
static gsize begin_of(const Vector *v, gsize offset) {
  return offset / (v->n * v->step) * v->n * v->step + offset % v->step;
}

static double factor_of_square(double square, double epsilon) {
  return fmin(1 / sqrt(square), 1 / EPSILON);
}

static double factor(const Node *self, const Vector *v, gsize begin) {
  double square = 0;

  for (gsize j = 0; j < v->n; j++)
    square += (double)self->input[0]->value[begin + j * v->step] *
              (double)self->input[0]->value[begin + j * v->step];
  return factor_of_square(square, 0);
}

static void unit_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);
  const Vector v = vector_of(self);

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++) {
    if (begin_of(&v, i) != i)
      continue;
    const double r = factor(self, &v, i);
    for (gsize j = i; j < i + v.n * v.step; j += v.step)
      self->output[0]->value[j] = (real)((double)self->input[0]->value[j] * r);
  }
}

static void unit_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]);
  const Vector v = vector_of(self);
  const real *y = self->output[0]->value, *dy = self->output[0]->grad;

  for (gsize i = (gsize)tile.begin * row; self->input[0]->grad != NULL && i < (gsize)tile.end * row;
       i++) {
    if (begin_of(&v, i) != i)
      continue;
    const double r = factor(self, &v, i);
    double dot = 0;
    for (gsize j = i; j < i + v.n * v.step; j += v.step)
      dot += (double)y[j] * (double)dy[j];
    for (gsize j = i; j < i + v.n * v.step; j += v.step)
      self->input[0]->grad[j] += (real)(r * ((double)dy[j] - (double)y[j] * dot));
  }
}

static const ExprFunction SQUARE_ROOT = {"1/√", "\\frac{1}{\\sqrt{x}}", factor_of_square};

static Expr *factor_expr(const Node *self, const Vector *v, gsize begin) {
  Expr *sum = expr_sum();

  for (gsize j = begin; j < begin + v->n * v->step; j += v->step)
    expr_add(sum, expr_multiply(expr_operand(self->input[0], j), expr_operand(self->input[0], j)));
  return expr_function(&SQUARE_ROOT, 0, sum);
}

static Expr *unit_explain(const Node *self, gsize offset) {
  const Vector v = vector_of(self);

  return expr_multiply(expr_operand(self->input[0], offset),
                       factor_expr(self, &v, begin_of(&v, offset)));
}

static Expr *unit_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const Vector v = vector_of(self);
  const gsize begin = begin_of(&v, offset);
  Expr *dot = expr_sum(), *rest = expr_sum();

  for (gsize j = begin; j < begin + v.n * v.step; j += v.step)
    expr_add(dot,
             expr_multiply(expr_operand(self->output[0], j), expr_gradient(self->output[0], j)));
  expr_add(rest, expr_gradient(self->output[0], offset));
  expr_add(rest,
           expr_add(expr_multiply(expr_constant(-1), expr_operand(self->output[0], offset)), dot));
  return expr_multiply(factor_expr(self, &v, begin), rest);
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 5)}},
    {.input = {SHAPE(9, 4, 19)}, .attrs = &(const AxisAttrs){1}},
    {.input = {SHAPE(3, 4, 3, 2)}, .attrs = &(const AxisAttrs){-2}},
    {{{0}}},
};

const Op op_unit_normalization = {
    .name = "unit_normalization",
    .formula = "y_i = \\frac{x_i}{\\sqrt{\\sum_j x_j^{2}}}",
    .attrs_size = sizeof(AxisAttrs),
    .inputs = "x",
    .shape = unit_shape,
    .forward = unit_forward,
    .backward = unit_backward,
    .explain = unit_explain,
    .explain_gradient = unit_explain_gradient,
    .samples = SAMPLES,
};
