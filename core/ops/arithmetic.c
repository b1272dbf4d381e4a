/* Arithmetic of several tensors, number by number: y = f(a, b, …).
 *
 * Shapes may differ as broadcast.h says; a tensor may also be a parameter. The gradient of what is
 * used again and again is the sum over its uses. Each op is a few lines of formulas; they differ in
 * nothing else.
 */
#include "core/ops/arithmetic.h"

#include "core/ops/ops.h"

#include <math.h>

typedef double (*ValueFunc)(const double *x, int n);
/* The derivative by x[k]. */
typedef double (*SlopeFunc)(const double *x, int n, int k);

static gboolean arithmetic_shape(Node *self, GError **error) {
  Shape y;

  for (int k = 0; k < self->n_inputs; k++)
    g_assert(self->input[k] != NULL);
  if (!broadcast_shape(self, &y, error))
    return FALSE;
  node_set_output(self, 0, &y);
  return TRUE;
}

static gsize place(const Node *self, int k, gsize offset) {
  return broadcast_place(self->input[k], &self->output[0]->shape, offset);
}

/* What meets at an element of the output. */
static void operands(const Node *self, gsize offset, double *x) {
  for (int k = 0; k < self->n_inputs; k++)
    x[k] = (double)self->input[k]->value[place(self, k, offset)];
}

static void run_forward(Node *self, Tile tile, ValueFunc value) {
  const gsize row = tensor_row_size(self->output[0]);
  double x[NODE_MAX_INPUTS] = {0};

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++) {
    operands(self, i, x);
    self->output[0]->value[i] = (real)value(x, self->n_inputs);
  }
}

static void run_backward(Node *self, Tile tile, SlopeFunc slope) {
  const gsize row = tensor_row_size(self->output[0]);
  double x[NODE_MAX_INPUTS] = {0};

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++) {
    operands(self, i, x);
    for (int k = 0; k < self->n_inputs; k++)
      if (self->input[k]->grad != NULL)
        self->input[k]->grad[place(self, k, i)] +=
            (real)((double)self->output[0]->grad[i] * slope(x, self->n_inputs, k));
  }
}

static double arithmetic_flops(const Node *self) {
  return (double)tensor_row_size(self->output[0]) * MAX(1, self->n_inputs - 1);
}

static double arithmetic_flops_backward(const Node *self, int input) {
  return arithmetic_flops(self);
}

/* --- the formulas --- */

static double add(const double *x, int n) {
  double sum = 0;

  for (int k = 0; k < n; k++)
    sum += x[k];
  return sum;
}
static double add_slope(const double *x, int n, int k) { return 1; }

static double average(const double *x, int n) { return add(x, n) / n; }
static double average_slope(const double *x, int n, int k) { return 1.0 / n; }

static double subtract(const double *x, int n) { return x[0] - x[1]; }
static double subtract_slope(const double *x, int n, int k) { return k == 0 ? 1 : -1; }

/* The product of all but one. */
static double multiply_slope(const double *x, int n, int k) {
  double product = 1;

  for (int j = 0; j < n; j++)
    product *= j != k ? x[j] : 1;
  return product;
}
static double multiply(const double *x, int n) { return multiply_slope(x, n, n); }

static double divide(const double *x, int n) { return x[0] / x[1]; }
static double divide_slope(const double *x, int n, int k) {
  return k == 0 ? 1 / x[1] : -x[0] / (x[1] * x[1]);
}

/* Of equal ones the first counts. */
static double maximum(const double *x, int n) {
  double most = x[0];

  for (int k = 1; k < n; k++)
    most = fmax(most, x[k]);
  return most;
}
static double minimum(const double *x, int n) {
  double least = x[0];

  for (int k = 1; k < n; k++)
    least = fmin(least, x[k]);
  return least;
}
static double first_equal(const double *x, double value, int k) {
  for (int j = 0; j < k; j++)
    if (x[j] == value)
      return 0;
  return x[k] == value;
}
static double maximum_slope(const double *x, int n, int k) {
  return first_equal(x, maximum(x, n), k);
}
static double minimum_slope(const double *x, int n, int k) {
  return first_equal(x, minimum(x, n), k);
}

/* He et al. 2015: what is negative times a slope that is learned. */
static double prelu(const double *x, int n) { return x[0] > 0 ? x[0] : x[1] * x[0]; }
static double prelu_slope(const double *x, int n, int k) { return x[0] > 0 ? k == 0 : x[1 - k]; }

/* --- explanations: of the value, and of the slope by input k --- */

static Expr *operand(const Node *self, int k, gsize offset) {
  return expr_operand(self->input[k], place(self, k, offset));
}

static Expr *negative(Expr *expr) { return expr_multiply(expr_constant(-1), expr); }

static Expr *one_over(Expr *expr) { return expr_function(&EXPR_RECIPROCAL, 0, expr); }

static Expr *add_expr(const Node *self, gsize offset) {
  Expr *sum = expr_sum();

  for (int k = 0; k < self->n_inputs; k++)
    expr_add(sum, operand(self, k, offset));
  return sum;
}
static Expr *add_slope_expr(const Node *self, gsize offset, int k) { return expr_constant(1); }

static Expr *average_slope_expr(const Node *self, gsize offset, int k) {
  return expr_constant(1.0 / self->n_inputs);
}
static Expr *average_expr(const Node *self, gsize offset) {
  return expr_multiply(average_slope_expr(self, offset, 0), add_expr(self, offset));
}

static Expr *subtract_expr(const Node *self, gsize offset) {
  return expr_add(expr_add(expr_sum(), operand(self, 0, offset)),
                  negative(operand(self, 1, offset)));
}
static Expr *subtract_slope_expr(const Node *self, gsize offset, int k) {
  return expr_constant(k == 0 ? 1 : -1);
}

static Expr *multiply_slope_expr(const Node *self, gsize offset, int k) {
  Expr *product = expr_product();

  for (int j = 0; j < self->n_inputs; j++)
    if (j != k)
      expr_add(product, operand(self, j, offset));
  return product;
}
static Expr *multiply_expr(const Node *self, gsize offset) {
  return multiply_slope_expr(self, offset, self->n_inputs);
}

static Expr *divide_expr(const Node *self, gsize offset) {
  return expr_multiply(operand(self, 0, offset), one_over(operand(self, 1, offset)));
}
static Expr *divide_slope_expr(const Node *self, gsize offset, int k) {
  if (k == 0)
    return one_over(operand(self, 1, offset));
  return expr_add(
      expr_multiply(negative(operand(self, 0, offset)), one_over(operand(self, 1, offset))),
      one_over(operand(self, 1, offset)));
}

static Expr *maximum_expr(const Node *self, gsize offset) {
  Expr *most = expr_max();

  for (int k = 0; k < self->n_inputs; k++)
    expr_add(most, operand(self, k, offset));
  return most;
}
/* min(a, b) = -max(-a, -b) */
static Expr *minimum_expr(const Node *self, gsize offset) {
  Expr *most = expr_max();

  for (int k = 0; k < self->n_inputs; k++)
    expr_add(most, negative(operand(self, k, offset)));
  return negative(most);
}
static Expr *maximum_slope_expr(const Node *self, gsize offset, int k) {
  double x[NODE_MAX_INPUTS] = {0};

  operands(self, offset, x);
  return maximum_slope(x, self->n_inputs, k) != 0 ? expr_constant(1) : NULL;
}
static Expr *minimum_slope_expr(const Node *self, gsize offset, int k) {
  double x[NODE_MAX_INPUTS] = {0};

  operands(self, offset, x);
  return minimum_slope(x, self->n_inputs, k) != 0 ? expr_constant(1) : NULL;
}

/* max(x, 0) - α·max(-x, 0) */
static Expr *prelu_expr(const Node *self, gsize offset) {
  Expr *above = expr_add(expr_add(expr_max(), operand(self, 0, offset)), expr_constant(0));
  Expr *below =
      expr_add(expr_add(expr_max(), negative(operand(self, 0, offset))), expr_constant(0));

  return expr_add(expr_add(expr_sum(), above),
                  expr_multiply(negative(operand(self, 1, offset)), below));
}
static Expr *prelu_slope_expr(const Node *self, gsize offset, int k) {
  if (self->input[0]->value[place(self, 0, offset)] > 0)
    return k == 0 ? expr_constant(1) : NULL;
  return operand(self, 1 - k, offset);
}

/* Summed over all elements of the output, in these rows, that the input's element is used for. */
static Expr *run_explain_gradient(const Node *self, int input, gsize offset, int rows,
                                  Expr *(*slope)(const Node *self, gsize offset, int k)) {
  const gsize row = tensor_row_size(self->output[0]);
  const Tensor *x = self->input[input];
  const gsize from = x->batched ? offset / tensor_row_size(x) * row : 0;
  Expr *sum = expr_sum();

  for (gsize i = from; i < (x->batched ? from + row : (gsize)rows * row); i++) {
    Expr *factor = place(self, input, i) == offset ? slope(self, i, input) : NULL;
    if (factor != NULL)
      expr_add(sum, expr_multiply(expr_gradient(self->output[0], i), factor));
  }
  return sum;
}

#ifndef REAL_DOUBLE
#define FAST_KERNELS(id) &arithmetic_##id
#else
#define FAST_KERNELS(id) NULL
#endif

static const OpSample TWO[] = {
    {.input = {SHAPE(3, 5), SHAPE(3, 5)}},
    {.input = {SHAPE(9, 4, 3, 2), SHAPE(9, 1, 3, 1)}},
    {.input = {SHAPE(5, 1, 37), SHAPE(5, 6, 1)}},
    {.input = {SHAPE(4, 3, 300), SHAPE(4, 1)}},
    {.input = {SHAPE(9, 3, 20), SHAPE(3, 20)}, .parameter = {FALSE, TRUE}},
    {.input = {SHAPE(4, 2, 1), SHAPE(5, 1, 19)}, .parameter = {FALSE, TRUE}},
    {{{0}}},
};

static const OpSample MANY[] = {
    {.input = {SHAPE(3, 5), SHAPE(3, 5)}},
    {.input = {SHAPE(9, 4, 3, 2), SHAPE(9, 1, 3, 1), SHAPE(9, 2)}},
    {.input = {SHAPE(3, 1, 300), SHAPE(3, 3, 1)}},
    {.input = {SHAPE(4, 3, 30), SHAPE(3, 1), SHAPE(4, 30), SHAPE(1), SHAPE(4, 3, 30)},
     .parameter = {FALSE, TRUE, FALSE, TRUE}},
    {.input = {SHAPE(3, 6), SHAPE(3, 6), SHAPE(3, 6), SHAPE(3, 6), SHAPE(3, 6), SHAPE(3, 6),
               SHAPE(3, 6), SHAPE(3, 6)}},
    {{{0}}},
};

/* As many numbers in each input that no two of them are drawn equal. */
static const OpSample EXTREMES[] = {
    {.input = {SHAPE(3, 5), SHAPE(3, 1)}},
    {.input = {SHAPE(9, 4, 3, 2), SHAPE(9, 1, 3, 1), SHAPE(9, 2)}},
    {.input = {SHAPE(5, 1, 37), SHAPE(5, 8, 1)}},
    {.input = {SHAPE(8, 3, 20), SHAPE(3, 20)}, .parameter = {FALSE, TRUE}},
    {.input = {SHAPE(4, 2, 320), SHAPE(4, 2, 1), SHAPE(1)}, .parameter = {FALSE, FALSE, TRUE}},
    {{{0}}},
};

static const OpSample QUOTIENTS[] = {
    {.input = {SHAPE(3, 5), SHAPE(3, 5)}, .low = 0.5, .high = 3},
    {.input = {SHAPE(9, 4, 3, 2), SHAPE(9, 1, 3, 1)}, .low = -3, .high = -0.6},
    {.input = {SHAPE(5, 1, 37), SHAPE(5, 6, 1)}, .low = 1, .high = 2},
    {{{0}}},
};

/* `unread`: the slopes do not look at y. */
#define ARITHMETIC(id, letters, unread, tex, sample_list)                                          \
  static void id##_forward(Node *self, Tile tile) { run_forward(self, tile, id); }                 \
  static void id##_backward(Node *self, Tile tile) { run_backward(self, tile, id##_slope); }       \
  static Expr *id##_explain_gradient(const Node *self, int input, gsize offset, int rows) {        \
    return run_explain_gradient(self, input, offset, rows, id##_slope_expr);                       \
  }                                                                                                \
  extern const Op op_##id;                                                                         \
  const Op op_##id = {                                                                             \
      .name = #id,                                                                                 \
      .formula = "y = " tex,                                                                       \
      .inputs = letters,                                                                           \
      .output_unread = unread,                                                                     \
      .shape = arithmetic_shape,                                                                   \
      .forward = id##_forward,                                                                     \
      .backward = id##_backward,                                                                   \
      .fast = FAST_KERNELS(id),                                                                    \
      .flops = arithmetic_flops,                                                                   \
      .flops_backward = arithmetic_flops_backward,                                                 \
      .explain = id##_expr,                                                                        \
      .explain_gradient = id##_explain_gradient,                                                   \
      .samples = sample_list,                                                                      \
  };

ARITHMETIC(add, "xxXXXXXX", TRUE, "\\sum_k x_k", MANY)
ARITHMETIC(average, "xxXXXXXX", TRUE, "\\frac{1}{n}\\sum_k x_k", MANY)
ARITHMETIC(subtract, "xx", TRUE, "a - b", TWO)
ARITHMETIC(multiply, "xxXXXXXX", TRUE, "\\prod_k x_k", MANY)
ARITHMETIC(divide, "xx", FALSE, "\\frac{a}{b}", QUOTIENTS)
ARITHMETIC(maximum, "xxXXXXXX", FALSE, "\\max_k x_k", EXTREMES)
ARITHMETIC(minimum, "xxXXXXXX", FALSE, "\\min_k x_k", EXTREMES)
ARITHMETIC(prelu, "xx", TRUE, "\\max(x, 0) + \\alpha\\min(x, 0)", TWO)
