/* Each step as sines and cosines of it, from fast ones to slow ones (Vaswani et al. 2017, section
 * 3.5): nothing is learned.
 *
 *   y[b, t, 2i] = sin(t·f_i), y[b, t, 2i + 1] = cos(t·f_i),   f_i = max_wavelength^(-2i/E)
 *
 * x (B, T, E) only says how many.
 */
#include "core/ops/ops.h"

#include <math.h>
#include <string.h>

static gboolean sine_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape;

  if (x->rank != 3) {
    g_autofree char *input = shape_to_string(x);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs sequences of vectors, one vector a step; the input is %s", input);
    return FALSE;
  }
  node_set_output(self, 0, x);
  return TRUE;
}

static double frequency(const Node *self, int e) {
  const SinePositionAttrs *attrs = self->attrs;
  const double longest = attrs->max_wavelength > 0 ? attrs->max_wavelength : 10000;

  return pow(longest, -2.0 * (e / 2) / self->output[0]->shape.dim[2]);
}

static real wave(int e, double angle) { return (real)(e % 2 == 0 ? sin(angle) : cos(angle)); }

/* Computed for one row; the others are the same. */
static void sine_forward(Node *self, Tile tile) {
  const int steps = self->output[0]->shape.dim[1], size = self->output[0]->shape.dim[2];
  const gsize row = tensor_row_size(self->output[0]);
  real *first = self->output[0]->value + (gsize)tile.begin * row;

  for (int t = 0; t < steps; t++)
    for (int e = 0; e < size; e++)
      first[t * size + e] = wave(e, (self->past + t) * frequency(self, e));
  for (int r = tile.begin + 1; r < tile.end; r++)
    memcpy(self->output[0]->value + (gsize)r * row, first, row * sizeof(real));
}

static void sine_backward(Node *self, Tile tile) {}

static double sine(double x, double a) { return sin(x); }
static double cosine(double x, double a) { return cos(x); }
static const ExprFunction SINE = {"sin", "\\sin x", sine}, COSINE = {"cos", "\\cos x", cosine};

static Expr *sine_explain(const Node *self, gsize offset) {
  const int size = self->output[0]->shape.dim[2], e = (int)(offset % (gsize)size);
  const int t = (int)(offset % tensor_row_size(self->output[0])) / size;

  return expr_function(
      e % 2 == 0 ? &SINE : &COSINE, 0,
      expr_multiply(expr_constant(self->past + t), expr_constant(frequency(self, e))));
}

static Expr *sine_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  return NULL;
}

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 4, 5)}},
    {.input = {SHAPE(2, 9, 8)}, .attrs = &(const SinePositionAttrs){100}},
    {{{0}}},
};

const Op op_sine_position_encoding = {
    .name = "sine_position_encoding",
    .formula = "y_{t,2i} = \\sin\\frac{t}{\\lambda^{2i/d}}, \\quad "
               "y_{t,2i+1} = \\cos\\frac{t}{\\lambda^{2i/d}}",
    .attrs_size = sizeof(SinePositionAttrs),
    .inputs = "x",
    .shape = sine_shape,
    .forward = sine_forward,
    .backward = sine_backward,
    .explain = sine_explain,
    .explain_gradient = sine_explain_gradient,
    .samples = SAMPLES,
};
