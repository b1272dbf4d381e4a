/* Functions of one number, applied to each: y = f(x), and f′ for the way back.
 *
 * Each activation is one line of formulas; the ops differ in nothing else.
 */
#include "core/ops/ops.h"

#include <math.h>

#define SELU_ALPHA 1.6732632423543772 /* Klambauer et al. 2017 */
#define SELU_SCALE 1.0507009873554805

static double linear(double x, double a) { return x; }
static double linear_slope(double x, double a) { return 1; }

static double relu(double x, double a) { return x > 0 ? x : 0; }
static double relu_slope(double x, double a) { return x > 0; }

static double leaky_relu(double x, double slope) { return x > 0 ? x : slope * x; }
static double leaky_relu_slope(double x, double slope) { return x > 0 ? 1 : slope; }

static double elu(double x, double alpha) { return x > 0 ? x : alpha * expm1(x); }
static double elu_slope(double x, double alpha) { return x > 0 ? 1 : alpha * exp(x); }

static double selu(double x, double a) { return SELU_SCALE * elu(x, SELU_ALPHA); }
static double selu_slope(double x, double a) { return SELU_SCALE * elu_slope(x, SELU_ALPHA); }

static double sigmoid(double x, double a) { return 1 / (1 + exp(-x)); }
static double sigmoid_slope(double x, double a) { return sigmoid(x, a) * sigmoid(-x, a); }

static double tanh_value(double x, double a) { return tanh(x); }
static double tanh_slope(double x, double a) { return 1 - tanh(x) * tanh(x); }

/* Hendrycks and Gimpel 2016: x·Φ(x); with a parameter, their approximation by tanh. */
#define GELU_INNER(x) (sqrt(2 / G_PI) * ((x) + 0.044715 * (x) * (x) * (x)))
static double gelu(double x, double approximate) {
  return approximate != 0 ? 0.5 * x * (1 + tanh(GELU_INNER(x)))
                          : 0.5 * x * (1 + erf(x * M_SQRT1_2));
}
static double gelu_slope(double x, double approximate) {
  if (approximate == 0)
    return 0.5 * (1 + erf(x * M_SQRT1_2)) + x * exp(-x * x / 2) / sqrt(2 * G_PI);
  double t = tanh(GELU_INNER(x));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * sqrt(2 / G_PI) * (1 + 3 * 0.044715 * x * x);
}

static double silu(double x, double a) { return x * sigmoid(x, a); }
static double silu_slope(double x, double a) { return sigmoid(x, a) * (1 + x * sigmoid(-x, a)); }

static double softplus(double x, double a) { return fmax(x, 0) + log1p(exp(-fabs(x))); }

/* Has no slope to learn by: Rosenblatt's perceptron learns in another way. */
static double step(double x, double a) { return x >= 0; }
static double no_slope(double x, double a) { return 0; }

/* --- functions that are no activations --- */

static double exponential(double x, double a) { return exp(x); }

static double logarithm(double x, double a) { return log(x); }

static double root(double x, double a) { return sqrt(x); }
static double root_slope(double x, double a) { return 0.5 / sqrt(x); }

static double power(double x, double exponent) { return pow(x, exponent); }
static double power_slope(double x, double exponent) { return exponent * pow(x, exponent - 1); }

static double absolute(double x, double a) { return fabs(x); }
static double absolute_slope(double x, double a) { return (x > 0) - (x < 0); }

static double negative(double x, double a) { return -x; }
static double negative_slope(double x, double a) { return -1; }

static double square(double x, double a) { return x * x; }
static double square_slope(double x, double a) { return 2 * x; }

static double reciprocal(double x, double a) { return 1 / x; }
static double reciprocal_slope(double x, double a) { return -1 / (x * x); }

static gboolean activation_shape(Node *self, GError **error) {
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

#define INPUT(self) ((self)->input[0])
#define PARAMETER(self) (((const ActivationAttrs *)(self)->attrs)->parameter)

/* Those whose slope follows from y. */
static gboolean overwrites(const Node *self, int output) {
  static const char *const NAMES[] = {"linear", "relu", "elu", "selu", "sigmoid", "tanh", NULL};

  return g_strv_contains(NAMES, self->op->name) ||
         (g_str_equal(self->op->name, "leaky_relu") && PARAMETER(self) >= 0);
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 9)}, .attrs = &(const ActivationAttrs){0}},
    {.input = {SHAPE(3, 4, 5, 2)}, .attrs = &(const ActivationAttrs){0.3}},
    {{{0}}},
};

/* Of functions that are not there, or steep, elsewhere. */
static const OpSample POSITIVE[] = {
    {.input = {SHAPE(4, 9)}, .attrs = &(const ActivationAttrs){2.5}, .low = 0.25, .high = 3},
    {.input = {SHAPE(3, 4, 5, 2)}, .attrs = &(const ActivationAttrs){-0.5}, .low = 0.5, .high = 9},
    {{{0}}},
};

static const OpSample POWERS[] = {
    {.input = {SHAPE(4, 9)}, .attrs = &(const ActivationAttrs){2.5}, .low = 0.25, .high = 3},
    {.input = {SHAPE(4, 19)}, .attrs = &(const ActivationAttrs){3}},
    {.input = {SHAPE(4, 9)}, .attrs = &(const ActivationAttrs){-2}, .low = -4, .high = -0.5},
    {{{0}}},
};

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

static gsize first(const Node *self, Tile tile) {
  return (gsize)tile.begin * tensor_row_size(INPUT(self));
}

static gsize count(const Node *self, Tile tile) {
  return (gsize)(tile.end - tile.begin) * tensor_row_size(INPUT(self));
}

static void fast_forward(const Node *self, FunctionKind kind, Tile tile) {
  kernels()->function(kind, (float)PARAMETER(self), INPUT(self)->value + first(self, tile),
                      self->output[0]->value + first(self, tile), count(self, tile));
}

static void fast_backward(const Node *self, FunctionKind kind, Tile tile) {
  const gsize from = first(self, tile);

  if (INPUT(self)->grad != NULL)
    kernels()->function_gradient(kind, (float)PARAMETER(self), INPUT(self)->value + from,
                                 self->output[0]->value + from, self->output[0]->grad + from,
                                 INPUT(self)->grad + from, count(self, tile), !self->first[0]);
}

/* `kind` may look at the node, `self`. */
#define FAST(id, kind)                                                                             \
  static void id##_fast_forward(Node *self, Tile tile) { fast_forward(self, kind, tile); }         \
  static void id##_fast_backward(Node *self, Tile tile) { fast_backward(self, kind, tile); }       \
  static const FastKernels id##_kernels = {.forward = id##_fast_forward,                           \
                                           .backward = id##_fast_backward};
FAST(linear, FUNCTION_LINEAR)
FAST(relu, FUNCTION_RELU)
FAST(leaky_relu, FUNCTION_LEAKY_RELU)
FAST(elu, FUNCTION_ELU)
FAST(selu, FUNCTION_SELU)
FAST(sigmoid, FUNCTION_SIGMOID)
FAST(tanh, FUNCTION_TANH)
FAST(gelu, PARAMETER(self) != 0 ? FUNCTION_GELU_TANH : FUNCTION_GELU)
FAST(silu, FUNCTION_SILU)
FAST(softplus, FUNCTION_SOFTPLUS)
FAST(step, FUNCTION_STEP)
FAST(exp, FUNCTION_EXP)
FAST(log, FUNCTION_LOG)
FAST(sqrt, FUNCTION_SQRT)
FAST(power, FUNCTION_POWER)
FAST(abs, FUNCTION_ABS)
FAST(negative, FUNCTION_NEGATIVE)
FAST(square, FUNCTION_SQUARE)
FAST(reciprocal, FUNCTION_RECIPROCAL)
#define FAST_KERNELS(id) &id##_kernels
#else
#define FAST_KERNELS(id) NULL
#endif

#define ACTIVATION(id, func, deriv, tex, deriv_tex)                                                \
  FUNCTION(id, func, deriv, tex, deriv_tex, SAMPLES)
#define FUNCTION(id, func, deriv, tex, deriv_tex, sample_list)                                     \
  static const ExprFunction id##_function = {#id, tex, func};                                      \
  static const ExprFunction id##_derivative = {#id "′", deriv_tex, deriv};                         \
  static void id##_forward(Node *self, Tile tile) {                                                \
    const gsize row = tensor_row_size(INPUT(self));                                                \
    for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)                        \
      self->output[0]->value[i] = (real)func(INPUT(self)->value[i], PARAMETER(self));              \
  }                                                                                                \
  static void id##_backward(Node *self, Tile tile) {                                               \
    const gsize row = tensor_row_size(INPUT(self));                                                \
    if (INPUT(self)->grad == NULL)                                                                 \
      return;                                                                                      \
    for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)                        \
      INPUT(self)->grad[i] +=                                                                      \
          (real)(self->output[0]->grad[i] * deriv(INPUT(self)->value[i], PARAMETER(self)));        \
  }                                                                                                \
  static Expr *id##_explain(const Node *self, gsize offset) {                                      \
    return expr_function(&id##_function, PARAMETER(self), expr_operand(INPUT(self), offset));      \
  }                                                                                                \
  static Expr *id##_explain_gradient(const Node *self, int input, gsize offset, int rows) {        \
    return expr_multiply(                                                                          \
        expr_gradient(self->output[0], offset),                                                    \
        expr_function(&id##_derivative, PARAMETER(self), expr_operand(INPUT(self), offset)));      \
  }                                                                                                \
  extern const Op op_##id;                                                                         \
  const Op op_##id = {                                                                             \
      .name = #id,                                                                                 \
      .formula = "y = " tex,                                                                       \
      .attrs_size = sizeof(ActivationAttrs),                                                       \
      .inputs = "x",                                                                               \
      .overwrites = overwrites,                                                                    \
      .shape = activation_shape,                                                                   \
      .forward = id##_forward,                                                                     \
      .backward = id##_backward,                                                                   \
      .explain = id##_explain,                                                                     \
      .explain_gradient = id##_explain_gradient,                                                   \
      .fast = FAST_KERNELS(id),                                                                    \
      .samples = sample_list,                                                                      \
  };

ACTIVATION(linear, linear, linear_slope, "x", "1")
ACTIVATION(relu, relu, relu_slope, "\\max(x, 0)", "[x > 0]")
ACTIVATION(leaky_relu, leaky_relu, leaky_relu_slope, "\\max(x, \\alpha x)",
           "[x > 0] + \\alpha[x \\le 0]")
ACTIVATION(elu, elu, elu_slope, "x > 0\\ ?\\ x : \\alpha(e^{x} - 1)",
           "x > 0\\ ?\\ 1 : \\alpha e^{x}")
ACTIVATION(selu, selu, selu_slope, "\\lambda\\operatorname{elu}_{\\alpha}(x)",
           "\\lambda\\operatorname{elu}'_{\\alpha}(x)")
ACTIVATION(sigmoid, sigmoid, sigmoid_slope, "\\frac{1}{1 + e^{-x}}", "\\sigma(x)(1 - \\sigma(x))")
ACTIVATION(tanh, tanh_value, tanh_slope, "\\tanh x", "1 - \\tanh^{2} x")
ACTIVATION(gelu, gelu, gelu_slope, "x\\,\\Phi(x)", "\\Phi(x) + x\\,\\varphi(x)")
ACTIVATION(silu, silu, silu_slope, "x\\,\\sigma(x)", "\\sigma(x)(1 + x\\,\\sigma(-x))")
ACTIVATION(softplus, softplus, sigmoid, "\\log(1 + e^{x})", "\\sigma(x)")
ACTIVATION(step, step, no_slope, "[x \\ge 0]", "0")

ACTIVATION(exp, exponential, exponential, "e^{x}", "e^{x}")
FUNCTION(log, logarithm, reciprocal, "\\log x", "\\frac{1}{x}", POSITIVE)
FUNCTION(sqrt, root, root_slope, "\\sqrt{x}", "\\frac{1}{2\\sqrt{x}}", POSITIVE)
FUNCTION(power, power, power_slope, "x^{p}", "p\\,x^{p - 1}", POWERS)
ACTIVATION(abs, absolute, absolute_slope, "|x|", "\\operatorname{sign}(x)")
ACTIVATION(negative, negative, negative_slope, "-x", "-1")
ACTIVATION(square, square, square_slope, "x^{2}", "2x")
FUNCTION(reciprocal, reciprocal, reciprocal_slope, "\\frac{1}{x}", "-\\frac{1}{x^{2}}", POSITIVE)
