/* Layer normalization (Ba, Kiros and Hinton 2016): each vector gets mean 0 and variance 1, then a
 * scale and a shift that are learned.
 *
 *   x (B, …, C), γ (C), β (C), y (B, …, C), x̂ = (x - μ) / √(σ² + ε) as a second output
 *
 * The variance is the biased one, as in Keras.
 */
#include "core/ops/ops.h"

#include <math.h>

static int channels(const Node *self) {
  return self->input[0]->shape.dim[self->input[0]->shape.rank - 1];
}

static double epsilon_of(const Node *self) { return ((const NormAttrs *)self->attrs)->epsilon; }

static gboolean layer_norm_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape;

  for (int i = 1; i < 3; i++) {
    const Tensor *p = i < self->n_inputs ? self->input[i] : NULL;
    if (p == NULL || (p->shape.rank == 1 && p->shape.dim[0] == x->dim[x->rank - 1]))
      continue;
    g_autofree char *input = shape_to_string(x), *own = shape_to_string(&p->shape);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs one scale and one shift for each number of a vector; the input is %s, they "
                "are %s",
                input, own);
    return FALSE;
  }
  node_set_output(self, 0, x);
  node_set_output(self, 1, x);
  return TRUE;
}

static const Tensor *parameter(const Node *self, int i) {
  return i < self->n_inputs ? self->input[i] : NULL;
}

/* Offsets of the vectors in the rows of a tile. */
static gsize begin_of(const Node *self, int row) {
  return (gsize)row * tensor_row_size(self->input[0]);
}

typedef struct {
  double mean, scale; /* scale: 1 / √(σ² + ε) */
} Moments;

static Moments moments_of(const Node *self, gsize from) {
  const real *x = self->input[0]->value + from;
  const int c = channels(self);
  double mean = 0, variance = 0;

  for (int i = 0; i < c; i++)
    mean += (double)x[i];
  mean /= c;
  for (int i = 0; i < c; i++)
    variance += ((double)x[i] - mean) * ((double)x[i] - mean);
  return (Moments){mean, 1 / sqrt(variance / c + epsilon_of(self))};
}

static void layer_norm_forward(Node *self, Tile tile) {
  const Tensor *gamma = parameter(self, 1), *beta = parameter(self, 2);
  const int c = channels(self);

  for (gsize v = begin_of(self, tile.begin); v < begin_of(self, tile.end); v += (gsize)c) {
    const Moments m = moments_of(self, v);
    for (int i = 0; i < c; i++) {
      const double normal = ((double)self->input[0]->value[v + (gsize)i] - m.mean) * m.scale;
      const double scaled = gamma != NULL ? normal * (double)gamma->value[i] : normal;
      self->output[1]->value[v + (gsize)i] = (real)normal;
      self->output[0]->value[v + (gsize)i] =
          (real)(beta != NULL ? scaled + (double)beta->value[i] : scaled);
    }
  }
}

/* With g = dy·γ:   dx = (g - mean(g) - x̂·mean(g·x̂)) / √(σ² + ε) */
static void layer_norm_backward(Node *self, Tile tile) {
  const Tensor *gamma = parameter(self, 1), *beta = parameter(self, 2);
  const gsize c = (gsize)channels(self);

  for (gsize v = begin_of(self, tile.begin); v < begin_of(self, tile.end); v += c) {
    const real *dy = self->output[0]->grad + v, *normal = self->output[1]->value + v;
    const Moments m = moments_of(self, v);
    double sum = 0, along = 0;
    for (gsize i = 0; i < c; i++) {
      const double g = (double)dy[i] * (gamma != NULL ? (double)gamma->value[i] : 1);
      sum += g;
      along += g * (double)normal[i];
      if (gamma != NULL && gamma->grad != NULL)
        gamma->grad[i] += dy[i] * normal[i];
      if (beta != NULL && beta->grad != NULL)
        beta->grad[i] += dy[i];
      self->output[1]->grad[v + i] = (real)g;
    }
    for (gsize i = 0; self->input[0]->grad != NULL && i < c; i++)
      self->input[0]->grad[v + i] +=
          (real)(((double)self->output[1]->grad[v + i] - sum / (double)c -
                  (double)normal[i] * along / (double)c) *
                 m.scale);
  }
}

static Expr *layer_norm_explain(const Node *self, gsize offset) {
  const Tensor *gamma = parameter(self, 1), *beta = parameter(self, 2);
  const gsize i = offset % (gsize)channels(self);
  Expr *normal = expr_operand(self->output[1], offset);
  Expr *sum =
      expr_add(expr_sum(), gamma != NULL ? expr_multiply(normal, expr_operand(gamma, i)) : normal);

  return beta != NULL ? expr_add(sum, expr_operand(beta, i)) : sum;
}

static double call_scale(double variance, double epsilon) { return 1 / sqrt(variance + epsilon); }
static double call_square(double x, double a) { return x * x; }
static const ExprFunction SCALE = {"1/√", "\\frac{1}{\\sqrt{x + \\varepsilon}}", call_scale},
                          SQUARE = {"square", "x^{2}", call_square};

static Expr *mean_of(const Tensor *tensor, gsize from, gsize c) {
  Expr *sum = expr_sum();

  for (gsize i = from; i < from + c; i++)
    expr_add(sum, expr_operand(tensor, i));
  return expr_multiply(expr_constant(1 / (double)c), sum);
}

/* The mean as a number: the tree is of the vector's numbers, not of their square. */
static Expr *centred(const Node *self, gsize offset) {
  const gsize c = (gsize)channels(self);

  return expr_add(expr_add(expr_sum(), expr_operand(self->input[0], offset)),
                  expr_multiply(expr_constant(-1), mean_of(self->input[0], offset / c * c, c)));
}

/* σ² = mean(x²) - mean(x)² */
static Expr *scale_expr(const Node *self, gsize from) {
  const gsize c = (gsize)channels(self);
  Expr *squares = expr_sum();

  for (gsize i = from; i < from + c; i++)
    expr_add(squares, expr_function(&SQUARE, 0, expr_operand(self->input[0], i)));
  Expr *variance =
      expr_add(expr_add(expr_sum(), expr_multiply(expr_constant(1 / (double)c), squares)),
               expr_multiply(expr_constant(-1),
                             expr_function(&SQUARE, 0, mean_of(self->input[0], from, c))));
  return expr_function(&SCALE, epsilon_of(self), variance);
}

static Expr *layer_norm_explain_inner(const Node *self, int output, gsize offset) {
  const gsize c = (gsize)channels(self);

  return expr_multiply(centred(self, offset), scale_expr(self, offset / c * c));
}

/* What the shift of mean and variance takes away again. */
static Expr *explain_x(const Node *self, gsize offset) {
  const gsize c = (gsize)channels(self), from = offset / c * c;
  const Tensor *normal = self->output[1];
  Expr *sum = expr_add(expr_sum(), expr_gradient(normal, offset)), *along = expr_sum();

  for (gsize i = from; i < from + c; i++) {
    expr_add(sum, expr_multiply(expr_constant(-1 / (double)c), expr_gradient(normal, i)));
    expr_add(along, expr_multiply(expr_gradient(normal, i), expr_operand(normal, i)));
  }
  expr_add(sum, expr_add(expr_multiply(expr_constant(-1 / (double)c), expr_operand(normal, offset)),
                         along));
  return expr_multiply(sum, scale_expr(self, from));
}

static Expr *layer_norm_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const gsize c = (gsize)channels(self), n = begin_of(self, rows);
  Expr *sum = expr_sum();

  if (input == 0) {
    expr_free(sum);
    return explain_x(self, offset);
  }
  for (gsize i = offset; i < n; i += c)
    expr_add(sum, input == 2 ? expr_gradient(self->output[0], i)
                             : expr_multiply(expr_gradient(self->output[0], i),
                                             expr_operand(self->output[1], i)));
  return sum;
}

static Expr *layer_norm_explain_inner_gradient(const Node *self, int output, gsize offset,
                                               int rows) {
  const Tensor *gamma = parameter(self, 1);
  Expr *above = output == 1 ? expr_gradient(self->output[0], offset) : NULL;

  if (above == NULL || gamma == NULL)
    return above;
  return expr_multiply(above, expr_operand(gamma, offset % (gsize)channels(self)));
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>

/* For each tile, what it gives to the gradients of γ and β. */
static gsize state_size(const Node *self, int tiles) {
  return 2 * (gsize)tiles * (gsize)channels(self) * sizeof(float);
}

static NormRows rows_of(Node *self, Tile tile) {
  const Tensor *gamma = parameter(self, 1), *beta = parameter(self, 2);
  const gsize c = (gsize)channels(self), from = begin_of(self, tile.begin);
  float *partial = (float *)self->state + 2 * (gsize)tile.index * c;

  return (NormRows){.rows = (int)((begin_of(self, tile.end) - from) / c),
                    .columns = (int)c,
                    .epsilon = (float)epsilon_of(self),
                    .x = self->input[0]->value + from,
                    .gamma = gamma != NULL ? gamma->value : NULL,
                    .beta = beta != NULL ? beta->value : NULL,
                    .y = self->output[0]->value + from,
                    .normal = self->output[1]->value + from,
                    .dy = self->output[0]->grad != NULL ? self->output[0]->grad + from : NULL,
                    .dx = self->input[0]->grad != NULL ? self->input[0]->grad + from : NULL,
                    .accumulate = !self->first[0],
                    .dgamma = gamma != NULL && gamma->grad != NULL ? partial : NULL,
                    .dbeta = beta != NULL && beta->grad != NULL ? partial + c : NULL};
}

static void fast_forward(Node *self, Tile tile) {
  const NormRows rows = rows_of(self, tile);
  kernels()->norm_rows(&rows);
}

static void fast_backward(Node *self, Tile tile) {
  const NormRows rows = rows_of(self, tile);
  kernels()->norm_rows_gradient(&rows);
}

static int weight_items(const Node *self) {
  const Tensor *gamma = parameter(self, 1), *beta = parameter(self, 2);

  return (gamma != NULL && gamma->grad != NULL) || (beta != NULL && beta->grad != NULL);
}

static void weight_gradient(Node *self, int item, int rows, int tiles) {
  const gsize c = (gsize)channels(self);

  for (int i = 1; i < 3; i++) {
    const Tensor *p = parameter(self, i);
    if (p == NULL || p->grad == NULL)
      continue;
    if (self->first[i])
      memset(p->grad, 0, c * sizeof(float));
    for (gsize t = 0; t < (gsize)tiles; t++)
      kernels()->add((const float *)self->state + (2 * t + (gsize)i - 1) * c, p->grad, c);
  }
}

static const FastKernels FAST = {.forward = fast_forward,
                                 .backward = fast_backward,
                                 .weight_items = weight_items,
                                 .weight_gradient = weight_gradient,
                                 .adds_shares = TRUE};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(4, 7), SHAPE(7), SHAPE(7)}, .attrs = &(const NormAttrs){.epsilon = 1e-3}},
    {.input = {SHAPE(6, 3, 33), SHAPE(33)}, .attrs = &(const NormAttrs){.epsilon = 1e-2}},
    {.input = {SHAPE(3, 2, 2, 5)}, .attrs = &(const NormAttrs){.epsilon = 1e-3}},
    {.input = {SHAPE(35, 2, 64), SHAPE(64), SHAPE(64)},
     .attrs = &(const NormAttrs){.epsilon = 1e-5}},
    {{{0}}},
};

const Op op_layer_norm = {
    .name = "layer_norm",
    .formula = "y = \\gamma\\,\\frac{x - \\mu}{\\sqrt{\\sigma^{2} + \\varepsilon}} + \\beta",
    .attrs_size = sizeof(NormAttrs),
    .inputs = "xWW",
    .shape = layer_norm_shape,
    .forward = layer_norm_forward,
    .backward = layer_norm_backward,
#ifndef REAL_DOUBLE
    .state_size = state_size,
    .fast = &FAST,
#endif
    .explain = layer_norm_explain,
    .explain_gradient = layer_norm_explain_gradient,
    .explain_inner = layer_norm_explain_inner,
    .explain_inner_gradient = layer_norm_explain_inner_gradient,
    .samples = SAMPLES,
};
