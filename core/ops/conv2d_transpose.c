/* Transposed convolution: the way back through a convolution, taken forward (Dumoulin and Visin
 * 2016). Each input pixel puts its kernel, times itself, onto the output, `stride` pixels from that
 * of its neighbour.
 *
 *   x (B, H, W, C), w (KH, KW, F, C), b (F), y (B, OH, OW, F)
 *
 * It is described by that convolution, from y to x: with padding "same" OH = H · stride, with
 * "valid" OH = H · stride + max(KH - stride, 0); with output padding p, as in Keras,
 * OH = (H - 1) · stride + KH + p, less 2⌊KH / 2⌋ for "same".
 */
#include "core/ops/conv2d.h"

static const TransposedAttrs *attrs_of(const Node *self) { return self->attrs; }

static int output_size(const TransposedAttrs *attrs, int axis, int input, int kernel) {
  const int stride = MAX(attrs->stride[axis], 1), more = attrs->output_padding[axis];

  if (!attrs->padded)
    return input * stride + (attrs->same ? 0 : MAX(kernel - stride, 0));
  return (input - 1) * stride + kernel + more - (attrs->same ? kernel / 2 * 2 : 0);
}

/* The convolution from y to x. */
static gboolean geometry_of(const Node *self, ConvGeometry *g, Shape *y, GError **error) {
  const TransposedAttrs *attrs = attrs_of(self);
  const Shape *x = &self->input[0]->shape, *w = &self->input[1]->shape;
  const WindowAttrs window = {.stride = {attrs->stride[0], attrs->stride[1]}, .same = attrs->same};

  *y = SHAPE(x->dim[0], output_size(attrs, 0, x->dim[1], w->dim[0]),
             output_size(attrs, 1, x->dim[2], w->dim[1]), w->dim[2]);
  return y->dim[1] > 0 && y->dim[2] > 0 && w->dim[3] == x->dim[3] &&
         conv_geometry(g, y, w, &window, error) && g->axis[0].output == x->dim[1] &&
         g->axis[1].output == x->dim[2];
}

static ConvGeometry geometry(const Node *self) {
  ConvGeometry g;
  Shape y;
  gboolean fits = geometry_of(self, &g, &y, NULL);

  g_assert(fits);
  return g;
}

static gboolean transposed_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape, *w = &self->input[1]->shape;
  ConvGeometry g;
  Shape y;

  if (x->rank == 4 && w->rank == 4 && geometry_of(self, &g, &y, NULL)) {
    node_set_output(self, 0, &y);
    return TRUE;
  }
  g_autofree char *input = shape_to_string(x), *kernel = shape_to_string(w);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "needs images with as many channels as its kernels read, and an output padding below "
              "the stride; the input is %s, the kernel %s",
              input, kernel);
  return FALSE;
}

static const Tensor *bias_of(const Node *self) {
  return self->n_inputs > 2 ? self->input[2] : NULL;
}

/* --- naive: where an input pixel meets an output pixel --- */

typedef struct {
  gsize x, w, y;
} Meeting;

typedef void (*MeetingFunc)(Node *self, const Meeting *at);

/* All meetings of the pixel (r, iy, ix) of the input. */
static void foreach_meeting(Node *self, const ConvGeometry *g, int r, int iy, int ix,
                            MeetingFunc func) {
  const Shape *x = &self->input[0]->shape, *w = &self->input[1]->shape;
  const Shape *y = &self->output[0]->shape;

  for (int ky = 0; ky < w->dim[0]; ky++)
    for (int kx = 0; kx < w->dim[1]; kx++) {
      const int oy = window_pixel(&g->axis[0], iy, ky), ox = window_pixel(&g->axis[1], ix, kx);
      if (oy < 0 || oy >= y->dim[1] || ox < 0 || ox >= y->dim[2])
        continue;
      for (int f = 0; f < g->in; f++)
        for (int c = 0; c < g->out; c++)
          func(self, &(Meeting){shape_offset(x, (int[]){r, iy, ix, c}),
                                shape_offset(w, (int[]){ky, kx, f, c}),
                                shape_offset(y, (int[]){r, oy, ox, f})});
    }
}

static void foreach_pixel(Node *self, Tile tile, MeetingFunc func) {
  const ConvGeometry g = geometry(self);

  for (int r = tile.begin; r < tile.end; r++)
    for (int iy = 0; iy < g.axis[0].output; iy++)
      for (int ix = 0; ix < g.axis[1].output; ix++)
        foreach_meeting(self, &g, r, iy, ix, func);
}

static void add_product(Node *self, const Meeting *at) {
  self->output[0]->value[at->y] += self->input[0]->value[at->x] * self->input[1]->value[at->w];
}

static void add_gradients(Node *self, const Meeting *at) {
  const Tensor *x = self->input[0], *w = self->input[1];
  const real dy = self->output[0]->grad[at->y];

  if (x->grad != NULL)
    x->grad[at->x] += dy * w->value[at->w];
  if (w->grad != NULL)
    w->grad[at->w] += dy * x->value[at->x];
}

static gsize begin_of(const Node *self, int row) {
  return (gsize)row * tensor_row_size(self->output[0]);
}

static void transposed_forward(Node *self, Tile tile) {
  const Tensor *bias = bias_of(self);
  const gsize filters = (gsize)self->output[0]->shape.dim[3];

  for (gsize i = begin_of(self, tile.begin); i < begin_of(self, tile.end); i++)
    self->output[0]->value[i] = bias != NULL ? bias->value[i % filters] : 0;
  foreach_pixel(self, tile, add_product);
}

static void transposed_backward(Node *self, Tile tile) {
  const Tensor *bias = bias_of(self);
  const gsize filters = (gsize)self->output[0]->shape.dim[3];

  foreach_pixel(self, tile, add_gradients);
  for (gsize i = begin_of(self, tile.begin);
       bias != NULL && bias->grad != NULL && i < begin_of(self, tile.end); i++)
    bias->grad[i % filters] += self->output[0]->grad[i];
}

static double transposed_flops(const Node *self) {
  const Shape *x = &self->input[0]->shape;

  return 2.0 * x->dim[1] * x->dim[2] * (double)shape_size(&self->input[1]->shape);
}

static double transposed_flops_backward(const Node *self, int input) {
  return input == 2 ? 0 : transposed_flops(self);
}

/* --- explanations --- */

/* Which input pixel puts cell `cell` of its kernel there; -1: none. */
static int pixel_under(const WindowAxis *axis, int at, int cell) {
  const int from = at + axis->before - cell;

  return from >= 0 && from % axis->stride == 0 && from / axis->stride < axis->output
             ? from / axis->stride
             : -1;
}

/* With a stride beyond the kernel nothing reaches some pixels: their sum is 0. */
static Expr *transposed_explain(const Node *self, gsize offset) {
  const Tensor *x = self->input[0], *w = self->input[1], *bias = bias_of(self);
  const ConvGeometry g = geometry(self);
  Expr *sum = expr_add(expr_sum(),
                       bias != NULL ? expr_operand(bias, offset % (gsize)g.in) : expr_constant(0));
  int at[TENSOR_MAX_RANK];

  shape_unravel(&self->output[0]->shape, offset, at);
  for (int ky = 0; ky < w->shape.dim[0]; ky++)
    for (int kx = 0; kx < w->shape.dim[1]; kx++) {
      const int iy = pixel_under(&g.axis[0], at[1], ky), ix = pixel_under(&g.axis[1], at[2], kx);
      for (int c = 0; iy >= 0 && ix >= 0 && c < g.out; c++)
        expr_add(sum, expr_multiply(
                          expr_operand(x, shape_offset(&x->shape, (int[]){at[0], iy, ix, c})),
                          expr_operand(w, shape_offset(&w->shape, (int[]){ky, kx, at[3], c}))));
    }
  return sum;
}

static Expr *above(const Node *self, int r, int oy, int ox, int f) {
  const Shape *y = &self->output[0]->shape;

  if (oy < 0 || oy >= y->dim[1] || ox < 0 || ox >= y->dim[2])
    return NULL;
  return expr_gradient(self->output[0], shape_offset(y, (int[]){r, oy, ox, f}));
}

static Expr *explain_x(const Node *self, const ConvGeometry *g, const int *at) {
  const Tensor *w = self->input[1];
  Expr *sum = expr_sum();

  for (int ky = 0; ky < w->shape.dim[0]; ky++)
    for (int kx = 0; kx < w->shape.dim[1]; kx++)
      for (int f = 0; f < g->in; f++) {
        Expr *dy = above(self, at[0], window_pixel(&g->axis[0], at[1], ky),
                         window_pixel(&g->axis[1], at[2], kx), f);
        if (dy != NULL)
          expr_add(sum,
                   expr_multiply(
                       dy, expr_operand(w, shape_offset(&w->shape, (int[]){ky, kx, f, at[3]}))));
      }
  return sum;
}

static Expr *explain_w(const Node *self, const ConvGeometry *g, const int *at, int rows) {
  const Tensor *x = self->input[0];
  Expr *sum = expr_sum();

  for (int r = 0; r < rows; r++)
    for (int iy = 0; iy < x->shape.dim[1]; iy++)
      for (int ix = 0; ix < x->shape.dim[2]; ix++) {
        Expr *dy = above(self, r, window_pixel(&g->axis[0], iy, at[0]),
                         window_pixel(&g->axis[1], ix, at[1]), at[2]);
        if (dy != NULL)
          expr_add(sum,
                   expr_multiply(
                       dy, expr_operand(x, shape_offset(&x->shape, (int[]){r, iy, ix, at[3]}))));
      }
  return sum;
}

static Expr *transposed_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const ConvGeometry g = geometry(self);
  int at[TENSOR_MAX_RANK];
  Expr *sum;

  shape_unravel(&self->input[input]->shape, offset, at);
  if (input == 0)
    return explain_x(self, &g, at);
  if (input == 1)
    return explain_w(self, &g, at, rows);
  sum = expr_sum();
  for (gsize i = offset; i < begin_of(self, rows); i += (gsize)g.in)
    expr_add(sum, expr_gradient(self->output[0], i));
  return sum;
}

#define ATTRS(...) (&(const TransposedAttrs){__VA_ARGS__})

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 3, 4, 2), SHAPE(3, 3, 3, 2), SHAPE(3)}},
    {.input = {SHAPE(2, 3, 4, 3), SHAPE(4, 4, 10, 3), SHAPE(10)},
     .attrs = ATTRS(.stride = {2, 2}, .same = TRUE)},
    {.input = {SHAPE(3, 4, 3, 17), SHAPE(4, 3, 1, 17), SHAPE(1)},
     .attrs = ATTRS(.stride = {2, 2}, .same = TRUE)},
    {.input = {SHAPE(2, 3, 2, 4), SHAPE(2, 2, 9, 4)}, .attrs = ATTRS(.stride = {3, 3})},
    {.input = {SHAPE(2, 3, 3, 5), SHAPE(3, 4, 12, 5), SHAPE(12)},
     .attrs = ATTRS(.stride = {2, 3}, .same = TRUE, .padded = TRUE, .output_padding = {1, 2})},
    {.input = {SHAPE(9, 3, 3, 20), SHAPE(3, 3, 19, 20)},
     .attrs = ATTRS(.stride = {2, 2}, .padded = TRUE, .output_padding = {1, 0})},
    {{{0}}},
};

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>

static gsize state_size(const Node *self, int tiles) {
  const ConvGeometry g = geometry(self);

  return (gsize)tiles * conv_share_size(&g) * sizeof(float);
}

static ConvScratch scratch_of(const Node *self, const ConvGeometry *g, int tile) {
  return conv_scratch(g, self->state, tile, conv_back_size(g));
}

static gsize at_row(const Tensor *tensor, int row) { return (gsize)row * tensor_row_size(tensor); }

/* Every pixel begins with the bias. */
static void begin(const Node *self, Tile tile) {
  const gsize filters = (gsize)self->output[0]->shape.dim[3];
  float *y = self->output[0]->value;

  for (gsize i = at_row(self->output[0], tile.begin); i < at_row(self->output[0], tile.end);
       i += filters)
    memcpy(y + i, bias_of(self)->value, filters * sizeof(float));
}

static void fast_forward(Node *self, Tile tile) {
  const ConvGeometry g = geometry(self);
  const ConvScratch scratch = scratch_of(self, &g, tile.index);
  const ConvBack back = conv_back(&g, self->input[1]->value, scratch.extra);
  const int together = conv_together(&g);

  if (bias_of(self) != NULL)
    begin(self, tile);
  for (int r = tile.begin; r < tile.end; r += together)
    conv_back_run(&back, self->input[1]->value, self->input[0]->value + at_row(self->input[0], r),
                  MIN(together, tile.end - r), self->output[0]->value + at_row(self->output[0], r),
                  bias_of(self) != NULL);
}

static void fast_backward(Node *self, Tile tile) {
  const ConvGeometry g = geometry(self);
  const ConvScratch scratch = scratch_of(self, &g, tile.index);
  const Tensor *x = self->input[0], *w = self->input[1], *y = self->output[0];
  const int together = conv_together(&g);

  for (int r = tile.begin; r < tile.end; r += together) {
    const ConvWhich all = conv_all(&g, MIN(together, tile.end - r));
    const float *images = conv_images(&g, &scratch, y->grad + at_row(y, r), all.images);
    if (w->grad != NULL)
      conv_kernel_gradient(&g, &scratch, images, all, x->value + at_row(x, r), r > tile.begin);
    if (x->grad != NULL)
      conv_forward(&g, &scratch, w->value, NULL, images, all, x->grad + at_row(x, r),
                   !self->first[0]);
  }
  if (w->grad != NULL && bias_of(self) != NULL)
    kernels()->sum_rows(y->grad + at_row(y, tile.begin), g.in,
                        (tile.end - tile.begin) * (int)(tensor_row_size(y) / (gsize)g.in), g.in,
                        scratch.bias, FALSE);
}

static void weight_gradient(Node *self, int item, int rows, int tiles) {
  const ConvGeometry g = geometry(self);

  conv_sum_shares(&g, self, self->state, item, tiles);
}

static const FastKernels FAST = {.forward = fast_forward,
                                 .backward = fast_backward,
                                 .weight_items = conv_items,
                                 .weight_gradient = weight_gradient,
                                 .adds_shares = TRUE};
#endif

const Op op_conv2d_transpose = {
    .name = "conv2d_transpose",
    .formula = "y_{sp+i,\\,sq+j,\\,f} = \\sum_{p,q,c} x_{pqc}\\,W_{ijfc} + b_{f}",
    .attrs_size = sizeof(TransposedAttrs),
    .inputs = "xwW",
    .output_unread = TRUE,
    .shape = transposed_shape,
    .forward = transposed_forward,
    .backward = transposed_backward,
#ifndef REAL_DOUBLE
    .state_size = state_size,
    .fast = &FAST,
#endif
    .flops = transposed_flops,
    .flops_backward = transposed_flops_backward,
    .explain = transposed_explain,
    .explain_gradient = transposed_explain_gradient,
    .samples = SAMPLES,
};
