/* Normal noise, drawn anew at each step of training; a model that is used has none.
 *
 *   gaussian_noise:   y = x + σ·ε
 *   gaussian_sample:  y = μ + e^(λ/2)·ε,  λ = log σ²  (Kingma and Welling 2014)
 *
 * with ε normal, of mean 0 and variance 1.
 */
#include "core/ops/ops.h"

#include <math.h>

static gboolean gaussian_noise_shape(Node *self, GError **error) {
  node_set_output(self, 0, &self->input[0]->shape);
  return TRUE;
}

static gboolean gaussian_sample_shape(Node *self, GError **error) {
  const Shape *mean = &self->input[0]->shape, *variance = &self->input[1]->shape;

  if (!shape_equal(mean, variance)) {
    g_autofree char *a = shape_to_string(mean), *b = shape_to_string(variance);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "draws numbers with a mean and the logarithm of a variance for each; there are %s "
                "means and %s variances (batch first)",
                a, b);
    return FALSE;
  }
  node_set_output(self, 0, mean);
  return TRUE;
}

static Rng stream(const Node *self) {
  return rng_new(self->random.seed, RNG_NOISE, self->random.step);
}

/* ε of element i: a pure function of seed, step, node and element. */
static double noise(const Node *self, gsize i) {
  const Rng rng = stream(self);

  return self->training ? rng_normal(&rng, node_element(self, self->output[0], i)) : 0;
}

/* What ε is multiplied with. */
static double gaussian_noise_scale(const Node *self, gsize i) {
  return ((const NoiseAttrs *)self->attrs)->stddev;
}
static double gaussian_sample_scale(const Node *self, gsize i) {
  return exp((double)self->input[1]->value[i] / 2);
}

typedef double (*ScaleFunc)(const Node *self, gsize i);

static void run_forward(Node *self, Tile tile, ScaleFunc scale) {
  const gsize row = tensor_row_size(self->output[0]);

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)
    self->output[0]->value[i] =
        (real)((double)self->input[0]->value[i] + scale(self, i) * noise(self, i));
}

static void run_backward(Node *self, Tile tile, ScaleFunc scale) {
  const gsize row = tensor_row_size(self->output[0]);
  real *variance = self->n_inputs > 1 ? self->input[1]->grad : NULL;

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++) {
    if (self->input[0]->grad != NULL)
      self->input[0]->grad[i] += self->output[0]->grad[i];
    if (variance != NULL)
      variance[i] += (real)((double)self->output[0]->grad[i] * scale(self, i) / 2 * noise(self, i));
  }
}

static Expr *gaussian_noise_factor(const Node *self, gsize i) {
  return expr_constant(gaussian_noise_scale(self, i));
}
static Expr *gaussian_sample_factor(const Node *self, gsize i) {
  return expr_function(&EXPR_EXP, 0,
                       expr_multiply(expr_constant(0.5), expr_operand(self->input[1], i)));
}

typedef Expr *(*FactorFunc)(const Node *self, gsize i);

static Expr *run_explain(const Node *self, gsize offset, FactorFunc factor) {
  return expr_add(expr_add(expr_sum(), expr_operand(self->input[0], offset)),
                  expr_multiply(factor(self, offset), expr_constant(noise(self, offset))));
}

static Expr *run_explain_gradient(const Node *self, int input, gsize offset, FactorFunc factor) {
  Expr *dy = expr_gradient(self->output[0], offset);

  return input == 0 ? dy
                    : expr_add(expr_multiply(dy, factor(self, offset)),
                               expr_constant(noise(self, offset) / 2));
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>

/* What was added, for the way back. */
static gsize state_size(const Node *self, int tiles) {
  return shape_size(&self->output[0]->shape) * sizeof(float);
}

#define PIECE 256

/* A block of random words makes two numbers. */
static void draw(const Node *self, gsize from, float *y, gsize n) {
  const Rng rng = stream(self);
  guint32 u[PIECE], v[PIECE], block[4];

  for (gsize i = 0; i < n; i++) {
    const guint64 at = node_element(self, self->output[0], from + i);
    if (i == 0 || at % 2 == 0)
      rng_block(&rng, at / 2, block);
    u[i] = block[2 * (at % 2)];
    v[i] = block[2 * (at % 2) + 1];
  }
  kernels()->normals(u, v, y, n);
}

/* σ·ε of n numbers from `from` on; they fit a piece. */
static void add_noise(Node *self, gsize from, gsize n) {
  float *noise_at = (float *)self->state + from, scale[PIECE], half = 0.5f;

  draw(self, from, noise_at, n);
  if (self->n_inputs > 1) {
    kernels()->binary(BINARY_MULTIPLY, self->input[1]->value + from, 1, &half, 0, scale, n);
    kernels()->function(FUNCTION_EXP, 0, scale, scale, n);
  } else {
    scale[0] = (float)gaussian_noise_scale(self, 0);
  }
  kernels()->binary(BINARY_MULTIPLY, noise_at, 1, scale, self->n_inputs > 1, noise_at, n);
}

static void fast_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]), end = (gsize)tile.end * row;
  const float *x = self->input[0]->value;
  float *y = self->output[0]->value;

  for (gsize i = (gsize)tile.begin * row; i < end; i += PIECE) {
    const gsize n = MIN(end - i, PIECE);
    if (self->training)
      add_noise(self, i, n);
    if (self->training)
      kernels()->binary(BINARY_ADD, x + i, 1, (float *)self->state + i, 1, y + i, n);
    else
      memcpy(y + i, x + i, n * sizeof(float));
  }
}

/* dλ = dy·(y - μ)/2 */
static void fast_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->output[0]), from = (gsize)tile.begin * row;
  const gsize n = (gsize)(tile.end - tile.begin) * row;
  const float *dy = self->output[0]->grad + from;
  float *noise_at = (float *)self->state + from, half = 0.5f;

  for (int k = 0; k < self->n_inputs; k++) {
    float *grad = self->input[k]->grad != NULL ? self->input[k]->grad + from : NULL;
    if (k == 1) {
      kernels()->binary(BINARY_MULTIPLY, noise_at, 1, &half, 0, noise_at, n);
      kernels()->binary(BINARY_MULTIPLY, noise_at, 1, dy, 1, noise_at, n);
    }
    if (grad != NULL && self->first[k])
      memcpy(grad, k == 0 ? dy : noise_at, n * sizeof(float));
    else if (grad != NULL)
      kernels()->add(k == 0 ? dy : noise_at, grad, n);
  }
}

static const FastKernels FAST = {.forward = fast_forward, .backward = fast_backward};
#define FAST_KERNELS .state_size = state_size, .fast = &FAST,
#else
#define FAST_KERNELS
#endif

static const OpSample gaussian_noise_samples[] = {
    {.input = {SHAPE(4, 9)}, .attrs = &(const NoiseAttrs){0.5}},
    {.input = {SHAPE(9, 7, 37)}, .attrs = &(const NoiseAttrs){0.1}},
    {{{0}}},
};

static const OpSample gaussian_sample_samples[] = {
    {.input = {SHAPE(4, 9), SHAPE(4, 9)}},
    {.input = {SHAPE(9, 301), SHAPE(9, 301)}},
    {{{0}}},
};

#define NOISY(id, letters, attributes, tex)                                                        \
  static void id##_forward(Node *self, Tile tile) { run_forward(self, tile, id##_scale); }         \
  static void id##_backward(Node *self, Tile tile) { run_backward(self, tile, id##_scale); }       \
  static Expr *id##_explain(const Node *self, gsize offset) {                                      \
    return run_explain(self, offset, id##_factor);                                                 \
  }                                                                                                \
  static Expr *id##_explain_gradient(const Node *self, int input, gsize offset, int rows) {        \
    return run_explain_gradient(self, input, offset, id##_factor);                                 \
  }                                                                                                \
  const Op op_##id = {                                                                             \
      .name = #id,                                                                                 \
      .formula = "y = " tex,                                                                       \
      .attrs_size = attributes,                                                                    \
      .inputs = letters,                                                                           \
      .shape = id##_shape,                                                                         \
      .forward = id##_forward,                                                                     \
      .backward = id##_backward,                                                                   \
      FAST_KERNELS.explain = id##_explain,                                                         \
      .explain_gradient = id##_explain_gradient,                                                   \
      .samples = id##_samples,                                                                     \
  };

NOISY(gaussian_noise, "x", sizeof(NoiseAttrs), "x + \\sigma\\,\\varepsilon")
NOISY(gaussian_sample, "xx", 0, "\\mu + e^{\\lambda/2}\\,\\varepsilon")
