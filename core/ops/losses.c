/* Losses that compare number with number: the mean over a row of what each prediction loses.
 *
 *   x (B, …) predictions, t (B, …) targets, L (B)
 *
 * Nothing is learned through the targets.
 */
#include "core/ops/ops.h"

#include <math.h>

#define EPSILON 1e-7 /* as in Keras */

static gboolean loss_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape, *t = &self->input[1]->shape;

  if (!shape_equal(x, t)) {
    g_autofree char *predictions = shape_to_string(x), *targets = shape_to_string(t);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "compares each number with its target, but there are %s predictions and %s targets "
                "(batch first); give the model's last layer as many outputs as there are targets",
                predictions, targets);
    return FALSE;
  }
  node_set_output(self, 0, &SHAPE(x->dim[0]));
  return TRUE;
}

typedef double (*LossFunc)(double x, double t, double a);

static double parameter_of(const Node *self) { return ((const LossAttrs *)self->attrs)->parameter; }

static void run_forward(Node *self, Tile tile, LossFunc value) {
  const gsize n = tensor_row_size(self->input[0]);

  for (int r = tile.begin; r < tile.end; r++) {
    double sum = 0;
    for (gsize i = (gsize)r * n; i < (gsize)(r + 1) * n; i++)
      sum += value((double)self->input[0]->value[i], (double)self->input[1]->value[i],
                   parameter_of(self));
    self->output[0]->value[r] = (real)(sum / (double)n);
  }
}

static void run_backward(Node *self, Tile tile, LossFunc slope) {
  const gsize n = tensor_row_size(self->input[0]);

  for (gsize i = (gsize)tile.begin * n; self->input[0]->grad != NULL && i < (gsize)tile.end * n;
       i++)
    self->input[0]->grad[i] += (real)((double)self->output[0]->grad[i / n] / (double)n *
                                      slope((double)self->input[0]->value[i],
                                            (double)self->input[1]->value[i], parameter_of(self)));
}

/* --- the formulas --- */

static double squared(double x, double t, double a) { return (x - t) * (x - t); }
static double squared_slope(double x, double t, double a) { return 2 * (x - t); }

static double absolute(double x, double t, double a) { return fabs(x - t); }
static double absolute_slope(double x, double t, double a) { return (x > t) - (x < t); }

static double huber_of(double d, double delta) {
  return fabs(d) <= delta ? d * d / 2 : delta * (fabs(d) - delta / 2);
}
static double huber(double x, double t, double delta) { return huber_of(x - t, delta); }
static double huber_slope(double x, double t, double delta) { return CLAMP(x - t, -delta, delta); }

static double hinge(double x, double t, double a) { return fmax(1 - t * x, 0); }
static double hinge_slope(double x, double t, double a) { return t * x < 1 ? -t : 0; }

static double squared_hinge(double x, double t, double a) {
  return hinge(x, t, a) * hinge(x, t, a);
}
static double squared_hinge_slope(double x, double t, double a) { return -2 * t * hinge(x, t, a); }

/* log cosh d = d + log(1 + e^-2d) - log 2, which does not overflow. */
static double log_cosh_of(double d, double a) { return fabs(d) + log1p(exp(-2 * fabs(d))) - G_LN2; }
static double log_cosh(double x, double t, double a) { return log_cosh_of(x - t, a); }
static double log_cosh_slope(double x, double t, double a) { return tanh(x - t); }

static double clipped(double x) { return CLAMP(x, EPSILON, 1 - EPSILON); }
static double entropy(double x, double t, double a) {
  return -(t * log(clipped(x)) + (1 - t) * log(1 - clipped(x)));
}
static double entropy_slope(double x, double t, double a) {
  return x == clipped(x) ? (x - t) / (x * (1 - x)) : 0;
}

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double entropy_logits(double x, double t, double a) { return softplus(x) - t * x; }
static double entropy_logits_slope(double x, double t, double a) { return 1 / (1 + exp(-x)) - t; }

/* --- explanations: functions of one number made of both --- */

static double call_square(double d, double a) { return d * d; }
static double call_double(double d, double a) { return 2 * d; }
static double call_abs(double d, double a) { return fabs(d); }
static double call_sign(double d, double a) { return (d > 0) - (d < 0); }
static double call_clip(double d, double a) { return CLAMP(d, -a, a); }
static double call_hinge(double m, double a) { return fmax(1 - m, 0); }
static double call_below_one(double m, double a) { return m < 1 ? -1 : 0; }
static double call_squared_hinge(double m, double a) { return fmax(1 - m, 0) * fmax(1 - m, 0); }
static double call_twice_below_one(double m, double a) { return -2 * fmax(1 - m, 0); }
static double call_tanh(double d, double a) { return tanh(d); }
static double call_log_clipped(double x, double a) { return log(clipped(x)); }
static double call_softplus(double x, double a) { return softplus(x); }
static double call_sigmoid(double x, double a) { return 1 / (1 + exp(-x)); }
static double call_entropy_share(double x, double a) {
  return x == clipped(x) ? 1 / (x * (1 - x)) : 0;
}

static const ExprFunction SQUARE = {"square", "x^{2}", call_square},
                          TWICE = {"2·", "2x", call_double}, ABS = {"abs", "|x|", call_abs},
                          SIGN = {"sign", "\\operatorname{sign}(x)", call_sign},
                          HUBER = {"huber", "\\operatorname{huber}(x)", huber_of},
                          CLIP = {"clip", "\\operatorname{clip}(x)", call_clip},
                          HINGE = {"hinge", "\\max(0, 1 - x)", call_hinge},
                          BELOW_ONE = {"hinge′", "-[x < 1]", call_below_one},
                          SQUARED_HINGE = {"squared hinge", "\\max(0, 1 - x)^{2}",
                                           call_squared_hinge},
                          SQUARED_HINGE_SLOPE = {"squared hinge′", "-2\\max(0, 1 - x)",
                                                 call_twice_below_one},
                          LOG_COSH = {"log cosh", "\\log\\cosh x", log_cosh_of},
                          TANH = {"tanh", "\\tanh x", call_tanh},
                          LOG = {"log", "\\log x", call_log_clipped},
                          SOFTPLUS = {"softplus", "\\log(1 + e^{x})", call_softplus},
                          SIGMOID = {"sigmoid", "\\sigma(x)", call_sigmoid},
                          SHARE = {"1/(x(1−x))", "\\frac{1}{x(1-x)}", call_entropy_share};

static Expr *negative(Expr *expr) { return expr_multiply(expr_constant(-1), expr); }
static Expr *sum_of(Expr *a, Expr *b) { return expr_add(expr_add(expr_sum(), a), b); }

static Expr *x_at(const Node *self, gsize i) { return expr_operand(self->input[0], i); }
static Expr *t_at(const Node *self, gsize i) { return expr_operand(self->input[1], i); }
static Expr *difference(const Node *self, gsize i) {
  return sum_of(x_at(self, i), negative(t_at(self, i)));
}
static Expr *one_minus(Expr *expr) { return sum_of(expr_constant(1), negative(expr)); }

/* What one number loses, and its slope. */
typedef Expr *(*LossExpr)(const Node *self, gsize i);

#define OF_DIFFERENCE(id, function)                                                                \
  static Expr *id(const Node *self, gsize i) {                                                     \
    return expr_function(&function, parameter_of(self), difference(self, i));                      \
  }
OF_DIFFERENCE(squared_expr, SQUARE)
OF_DIFFERENCE(squared_slope_expr, TWICE)
OF_DIFFERENCE(absolute_expr, ABS)
OF_DIFFERENCE(absolute_slope_expr, SIGN)
OF_DIFFERENCE(huber_expr, HUBER)
OF_DIFFERENCE(huber_slope_expr, CLIP)
OF_DIFFERENCE(log_cosh_expr, LOG_COSH)
OF_DIFFERENCE(log_cosh_slope_expr, TANH)

/* Functions of x·t; their slopes by x. */
#define OF_PRODUCT(id, function, slope)                                                            \
  static Expr *id##_expr(const Node *self, gsize i) {                                              \
    return expr_function(&function, 0, expr_multiply(x_at(self, i), t_at(self, i)));               \
  }                                                                                                \
  static Expr *id##_slope_expr(const Node *self, gsize i) {                                        \
    return expr_multiply(expr_function(&slope, 0, expr_multiply(x_at(self, i), t_at(self, i))),    \
                         t_at(self, i));                                                           \
  }
OF_PRODUCT(hinge, HINGE, BELOW_ONE)
OF_PRODUCT(squared_hinge, SQUARED_HINGE, SQUARED_HINGE_SLOPE)

static Expr *entropy_expr(const Node *self, gsize i) {
  Expr *yes = expr_multiply(t_at(self, i), expr_function(&LOG, 0, x_at(self, i)));
  Expr *no =
      expr_multiply(one_minus(t_at(self, i)), expr_function(&LOG, 0, one_minus(x_at(self, i))));

  return negative(sum_of(yes, no));
}

static Expr *entropy_slope_expr(const Node *self, gsize i) {
  return expr_multiply(difference(self, i), expr_function(&SHARE, 0, x_at(self, i)));
}

static Expr *entropy_logits_expr(const Node *self, gsize i) {
  return sum_of(expr_function(&SOFTPLUS, 0, x_at(self, i)),
                negative(expr_multiply(t_at(self, i), x_at(self, i))));
}

static Expr *entropy_logits_slope_expr(const Node *self, gsize i) {
  return sum_of(expr_function(&SIGMOID, 0, x_at(self, i)), negative(t_at(self, i)));
}

static Expr *run_explain(const Node *self, gsize offset, LossExpr each) {
  const gsize n = tensor_row_size(self->input[0]);
  Expr *sum = expr_sum();

  for (gsize i = offset * n; i < (offset + 1) * n; i++)
    expr_add(sum, each(self, i));
  return expr_multiply(expr_constant(1 / (double)n), sum);
}

static Expr *run_explain_gradient(const Node *self, int input, gsize offset, LossExpr slope) {
  const gsize n = tensor_row_size(self->input[0]);

  if (input != 0)
    return NULL;
  return expr_multiply(
      expr_constant(1 / (double)n),
      expr_multiply(expr_gradient(self->output[0], offset / n), slope(self, offset)));
}

/* --- the ops --- */

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

static void fast_forward(Node *self, LossKind kind, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);

  for (int r = tile.begin; r < tile.end; r++)
    self->output[0]->value[r] =
        kernels()->loss(kind, (float)parameter_of(self), self->input[0]->value + (gsize)r * n,
                        self->input[1]->value + (gsize)r * n, n) /
        (float)n;
}

static void fast_backward(Node *self, LossKind kind, Tile tile) {
  const gsize n = tensor_row_size(self->input[0]);

  node_clear_gradient(self, tile, 1);
  for (int r = tile.begin; self->input[0]->grad != NULL && r < tile.end; r++)
    kernels()->loss_gradient(kind, (float)parameter_of(self), self->output[0]->grad[r] / (float)n,
                             self->input[0]->value + (gsize)r * n,
                             self->input[1]->value + (gsize)r * n,
                             self->input[0]->grad + (gsize)r * n, n, !self->first[0]);
}

#define FAST(id, kind)                                                                             \
  static void id##_fast_forward(Node *self, Tile tile) { fast_forward(self, kind, tile); }         \
  static void id##_fast_backward(Node *self, Tile tile) { fast_backward(self, kind, tile); }       \
  static const FastKernels id##_kernels = {.forward = id##_fast_forward,                           \
                                           .backward = id##_fast_backward};
#define FAST_KERNELS(id) &id##_kernels
#else
#define FAST(id, kind)
#define FAST_KERNELS(id) NULL
#endif

static const OpSample DISTANCES[] = {
    {.input = {SHAPE(4, 9), SHAPE(4, 9)},
     .attrs = &(const LossAttrs){0.9731},
     .fixed = {FALSE, TRUE}},
    {.input = {SHAPE(9, 5, 4), SHAPE(9, 5, 4)},
     .attrs = &(const LossAttrs){0.6173},
     .fixed = {FALSE, TRUE}},
    {{{0}}},
};

static const OpSample SIDES[] = {
    {.input = {SHAPE(4, 9), SHAPE(4, 9)},
     .attrs = &(const LossAttrs){1},
     .fixed = {FALSE, TRUE},
     .low = -1.4,
     .high = 1.6},
    {{{0}}},
};

static const OpSample PROBABILITIES[] = {
    {.input = {SHAPE(4, 9), SHAPE(4, 9)},
     .attrs = &(const LossAttrs){0},
     .fixed = {FALSE, TRUE},
     .low = 0.1,
     .high = 0.9},
    {.input = {SHAPE(9, 20), SHAPE(9, 20)},
     .attrs = &(const LossAttrs){0},
     .mask = {FALSE, TRUE},
     .low = 0.15,
     .high = 0.85},
    {{{0}}},
};

#define LOSS(id, func, kind, tex, sample_list)                                                     \
  FAST(id, kind)                                                                                   \
  static void id##_forward(Node *self, Tile tile) { run_forward(self, tile, func); }               \
  static void id##_backward(Node *self, Tile tile) { run_backward(self, tile, func##_slope); }     \
  static Expr *id##_explain(const Node *self, gsize offset) {                                      \
    return run_explain(self, offset, func##_expr);                                                 \
  }                                                                                                \
  static Expr *id##_explain_gradient(const Node *self, int input, gsize offset, int rows) {        \
    return run_explain_gradient(self, input, offset, func##_slope_expr);                           \
  }                                                                                                \
  extern const Op op_##id;                                                                         \
  const Op op_##id = {                                                                             \
      .name = #id,                                                                                 \
      .formula = "L = \\frac{1}{n}\\sum_i " tex,                                                   \
      .attrs_size = sizeof(LossAttrs),                                                             \
      .inputs = "xx",                                                                              \
      .shape = loss_shape,                                                                         \
      .forward = id##_forward,                                                                     \
      .backward = id##_backward,                                                                   \
      .fast = FAST_KERNELS(id),                                                                    \
      .explain = id##_explain,                                                                     \
      .explain_gradient = id##_explain_gradient,                                                   \
      .samples = sample_list,                                                                      \
  };

LOSS(mean_squared_error, squared, LOSS_SQUARED, "(x_i - t_i)^{2}", DISTANCES)
LOSS(mean_absolute_error, absolute, LOSS_ABSOLUTE, "|x_i - t_i|", DISTANCES)
LOSS(huber, huber, LOSS_HUBER, "\\operatorname{huber}_{\\delta}(x_i - t_i)", DISTANCES)
LOSS(hinge, hinge, LOSS_HINGE, "\\max(0, 1 - t_i x_i)", SIDES)
LOSS(squared_hinge, squared_hinge, LOSS_SQUARED_HINGE, "\\max(0, 1 - t_i x_i)^{2}", SIDES)
LOSS(log_cosh, log_cosh, LOSS_LOG_COSH, "\\log\\cosh(x_i - t_i)", DISTANCES)
LOSS(binary_crossentropy, entropy, LOSS_BINARY_CROSSENTROPY,
     "-t_i\\log x_i - (1 - t_i)\\log(1 - x_i)", PROBABILITIES)
LOSS(binary_crossentropy_logits, entropy_logits, LOSS_BINARY_CROSSENTROPY_LOGITS,
     "\\log(1 + e^{x_i}) - t_i x_i", DISTANCES)
