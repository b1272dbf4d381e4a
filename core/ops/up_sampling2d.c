/* Every pixel of an image as a block of the same ones.
 *
 *   x (B, H, W, C), y (B, H·n, W·m, C):   y[b, i, j] = x[b, ⌊i / n⌋, ⌊j / m⌋]
 */
#include "core/ops/ops.h"

#include <string.h>

static const int *sizes(const Node *self) { return ((const UpSamplingAttrs *)self->attrs)->size; }

static gboolean up_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape;

  if (x->rank != 4) {
    g_autofree char *input = shape_to_string(x);
    g_set_error(
        error, MODEL_ERROR, MODEL_ERROR_SHAPE,
        "makes images larger; the input is %s (batch first), not height, width and channels",
        input);
    return FALSE;
  }
  node_set_output(
      self, 0,
      &SHAPE(x->dim[0], x->dim[1] * sizes(self)[0], x->dim[2] * sizes(self)[1], x->dim[3]));
  return TRUE;
}

/* The pixel of the input that pixel `pixel` of the output (counted over all rows) shows. */
static gsize source(const Node *self, gsize pixel) {
  const Shape *x = &self->input[0]->shape, *y = &self->output[0]->shape;
  const int column = (int)(pixel % (gsize)y->dim[2]);
  const int line = (int)(pixel / (gsize)y->dim[2] % (gsize)y->dim[1]);
  const gsize r = pixel / ((gsize)y->dim[1] * (gsize)y->dim[2]);

  return (r * (gsize)x->dim[1] + (gsize)(line / sizes(self)[0])) * (gsize)x->dim[2] +
         (gsize)(column / sizes(self)[1]);
}

static gsize channels(const Node *self) { return (gsize)self->input[0]->shape.dim[3]; }

/* Pixels of the output before a row. */
static gsize pixels_before(const Node *self, int row) {
  return (gsize)row * tensor_row_size(self->output[0]) / channels(self);
}

static void up_forward(Node *self, Tile tile) {
  const gsize c = channels(self);

  for (gsize p = pixels_before(self, tile.begin); p < pixels_before(self, tile.end); p++)
    memcpy(self->output[0]->value + p * c, self->input[0]->value + source(self, p) * c,
           c * sizeof(real));
}

static void up_backward(Node *self, Tile tile) {
  const gsize c = channels(self);

  for (gsize p = pixels_before(self, tile.begin);
       self->input[0]->grad != NULL && p < pixels_before(self, tile.end); p++)
    for (gsize i = 0; i < c; i++)
      self->input[0]->grad[source(self, p) * c + i] += self->output[0]->grad[p * c + i];
}

static Expr *up_explain(const Node *self, gsize offset) {
  const gsize c = channels(self);

  return expr_operand(self->input[0], source(self, offset / c) * c + offset % c);
}

static Expr *up_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const Shape *x = &self->input[0]->shape, *y = &self->output[0]->shape;
  Expr *sum = expr_sum();
  int at[TENSOR_MAX_RANK];

  shape_unravel(x, offset, at);
  for (int i = 0; i < sizes(self)[0]; i++)
    for (int j = 0; j < sizes(self)[1]; j++)
      expr_add(sum, expr_gradient(self->output[0],
                                  shape_offset(y, (int[]){at[0], at[1] * sizes(self)[0] + i,
                                                          at[2] * sizes(self)[1] + j, at[3]})));
  return sum;
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

static void fast_backward(Node *self, Tile tile) {
  const gsize c = channels(self), row = tensor_row_size(self->input[0]);

  if (self->input[0]->grad == NULL)
    return;
  if (self->first[0])
    memset(self->input[0]->grad + (gsize)tile.begin * row, 0,
           (gsize)(tile.end - tile.begin) * row * sizeof(float));
  for (gsize p = pixels_before(self, tile.begin); p < pixels_before(self, tile.end); p++)
    kernels()->add(self->output[0]->grad + p * c, self->input[0]->grad + source(self, p) * c, c);
}

static const FastKernels FAST = {.forward = up_forward, .backward = fast_backward};
#endif

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 2, 3, 4)}, .attrs = &(const UpSamplingAttrs){{2, 2}}},
    {.input = {SHAPE(9, 3, 2, 17)}, .attrs = &(const UpSamplingAttrs){{1, 3}}},
    {{{0}}},
};

const Op op_up_sampling2d = {
    .name = "up_sampling2d",
    .formula = "y_{ij} = x_{\\lfloor i / n \\rfloor\\,\\lfloor j / m \\rfloor}",
    .attrs_size = sizeof(UpSamplingAttrs),
    .inputs = "x",
    .shape = up_shape,
    .forward = up_forward,
    .backward = up_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .explain = up_explain,
    .explain_gradient = up_explain_gradient,
    .samples = SAMPLES,
};
