/* Convolution (cross-correlation, as everywhere in deep learning): a kernel slides over the image.
 *
 *   x (B, H, W, C), w (KH, KW, C / groups, F), b (F), y (B, OH, OW, F)
 */
#include "core/ops/conv2d.h"

gboolean conv_geometry(ConvGeometry *self, const Shape *x, const Shape *w, const WindowAttrs *attrs,
                       GError **error) {
  if (!window_axes(self->axis, x, w->dim, attrs, error))
    return FALSE;
  self->in = x->dim[3];
  self->out = w->dim[3];
  self->groups = MAX(attrs->groups, 1);
  if (self->in % self->groups != 0 || self->out % self->groups != 0 ||
      w->dim[2] != self->in / self->groups) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "%d input channels and %d filters cannot be divided into %d groups", self->in,
                self->out, self->groups);
    return FALSE;
  }
  self->group_in = self->in / self->groups;
  self->group_out = self->out / self->groups;
  self->taps = w->dim[0] * w->dim[1] * self->group_in;
  self->padding = FALSE;
  for (int a = 0; a < 2; a++) {
    const WindowAxis *axis = &self->axis[a];
    int reach = (axis->output - 1) * axis->stride + (axis->size - 1) * axis->dilation + 1;
    self->padded[a] = MAX(reach, axis->before + axis->input);
    self->padding |= self->padded[a] > axis->input;
  }
  return TRUE;
}

ConvGeometry conv2d_geometry(const Node *self) {
  ConvGeometry g;
  gboolean fits =
      conv_geometry(&g, &self->input[0]->shape, &self->input[1]->shape, self->attrs, NULL);

  g_assert(fits);
  return g;
}

static gboolean conv2d_shape(Node *self, GError **error) {
  ConvGeometry g;

  if (!conv_geometry(&g, &self->input[0]->shape, &self->input[1]->shape, self->attrs, error))
    return FALSE;
  node_set_output(self, 0,
                  &SHAPE(self->input[0]->shape.dim[0], g.axis[0].output, g.axis[1].output, g.out));
  return TRUE;
}

/* One multiply-add of the convolution: which input meets which weight in which output. */
typedef struct {
  gsize x, w, y;
} Meeting;

typedef void (*MeetingFunc)(Node *self, Meeting at, gpointer data);

/* Calls func for every multiply-add that makes output pixel (r, oy, ox, f). */
static void foreach_meeting(Node *self, const ConvGeometry *g, const int at[4], MeetingFunc func,
                            gpointer data) {
  const Shape *x = &self->input[0]->shape, *w = &self->input[1]->shape;
  const int group = at[3] / g->group_out;

  for (int ky = 0; ky < w->dim[0]; ky++)
    for (int kx = 0; kx < w->dim[1]; kx++) {
      const int iy = window_pixel(&g->axis[0], at[1], ky),
                ix = window_pixel(&g->axis[1], at[2], kx);
      if (iy < 0 || iy >= x->dim[1] || ix < 0 || ix >= x->dim[2])
        continue;
      for (int c = 0; c < g->group_in; c++)
        func(self,
             (Meeting){shape_offset(x, (int[]){at[0], iy, ix, group * g->group_in + c}),
                       shape_offset(w, (int[]){ky, kx, c, at[3]}),
                       shape_offset(&self->output[0]->shape, at)},
             data);
    }
}

static void foreach_output(Node *self, Tile tile,
                           void (*func)(Node *, const ConvGeometry *, const int *)) {
  const ConvGeometry g = conv2d_geometry(self);

  for (int r = tile.begin; r < tile.end; r++)
    for (int oy = 0; oy < g.axis[0].output; oy++)
      for (int ox = 0; ox < g.axis[1].output; ox++)
        for (int f = 0; f < g.out; f++)
          func(self, &g, (int[]){r, oy, ox, f});
}

static void add_product(Node *self, Meeting at, gpointer sum) {
  *(real *)sum += self->input[0]->value[at.x] * self->input[1]->value[at.w];
}

static void output_value(Node *self, const ConvGeometry *g, const int *at) {
  real sum = 0;

  foreach_meeting(self, g, at, add_product, &sum);
  self->output[0]->value[shape_offset(&self->output[0]->shape, at)] =
      sum + (self->n_inputs > 2 ? self->input[2]->value[at[3]] : 0);
}

static void conv2d_forward(Node *self, Tile tile) { foreach_output(self, tile, output_value); }

static void add_gradients(Node *self, Meeting at, gpointer data) {
  const Tensor *x = self->input[0], *w = self->input[1];
  const real dy = *(real *)data;

  if (x->grad != NULL)
    x->grad[at.x] += dy * w->value[at.w];
  if (w->grad != NULL)
    w->grad[at.w] += dy * x->value[at.x];
}

static void output_gradient(Node *self, const ConvGeometry *g, const int *at) {
  real dy = self->output[0]->grad[shape_offset(&self->output[0]->shape, at)];

  foreach_meeting(self, g, at, add_gradients, &dy);
  if (self->n_inputs > 2 && self->input[2]->grad != NULL)
    self->input[2]->grad[at[3]] += dy;
}

static void conv2d_backward(Node *self, Tile tile) { foreach_output(self, tile, output_gradient); }

static double conv2d_flops(const Node *self) {
  const Shape *y = &self->output[0]->shape;

  return 2.0 * y->dim[1] * y->dim[2] * (double)shape_size(&self->input[1]->shape);
}

static double conv2d_flops_backward(const Node *self, int input) {
  return input == 2 ? 0 : conv2d_flops(self);
}

static void explain_product(Node *self, Meeting at, gpointer sum) {
  expr_add(sum,
           expr_multiply(expr_operand(self->input[0], at.x), expr_operand(self->input[1], at.w)));
}

static Expr *conv2d_explain(const Node *self, gsize offset) {
  const ConvGeometry g = conv2d_geometry(self);
  Expr *sum = expr_sum();
  int at[4];

  shape_unravel(&self->output[0]->shape, offset, at);
  foreach_meeting((Node *)self, &g, at, explain_product, sum);
  if (self->n_inputs > 2)
    expr_add(sum, expr_operand(self->input[2], (gsize)at[3]));
  return sum;
}

typedef struct {
  int input;
  gsize offset;
  Expr *sum;
} GradientTerms;

static void explain_meeting(Node *self, Meeting at, gpointer data) {
  GradientTerms *terms = data;

  if (terms->offset != (terms->input == 0 ? at.x : at.w))
    return;
  Expr *other =
      terms->input == 0 ? expr_operand(self->input[1], at.w) : expr_operand(self->input[0], at.x);
  expr_add(terms->sum, expr_multiply(expr_gradient(self->output[0], at.y), other));
}

static Expr *conv2d_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  const ConvGeometry g = conv2d_geometry(self);
  GradientTerms terms = {input, offset, expr_sum()};
  const Shape *y = &self->output[0]->shape;
  const gsize size = shape_size(y) / (gsize)y->dim[0] * (gsize)rows;

  for (gsize o = 0; o < size; o++) {
    int at[4];
    shape_unravel(y, o, at);
    if (input == 2 && (gsize)at[3] == offset)
      expr_add(terms.sum, expr_gradient(self->output[0], o));
    else if (input != 2)
      foreach_meeting((Node *)self, &g, at, explain_meeting, &terms);
  }
  return terms.sum;
}

#define ATTRS(...) (&(const WindowAttrs){__VA_ARGS__})

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(2, 5, 6, 2), SHAPE(3, 3, 2, 4), SHAPE(4)}},
    {.input = {SHAPE(2, 6, 5, 1), SHAPE(3, 2, 1, 3)}, .attrs = ATTRS(.same = TRUE)},
    {.input = {SHAPE(2, 7, 8, 2), SHAPE(3, 3, 2, 18), SHAPE(18)},
     .attrs = ATTRS(.same = TRUE, .stride = {2, 2})},
    {.input = {SHAPE(3, 9, 8, 4), SHAPE(2, 3, 2, 6), SHAPE(6)},
     .attrs = ATTRS(.groups = 2, .dilation = {2, 2})},
    {.input = {SHAPE(5, 12, 17, 3), SHAPE(3, 5, 3, 37), SHAPE(37)},
     .attrs = ATTRS(.same = TRUE, .stride = {1, 3}, .dilation = {2, 1})},
    {.input = {SHAPE(2, 5, 6, 17), SHAPE(4, 4, 17, 3), SHAPE(3)},
     .attrs = ATTRS(.same = TRUE, .stride = {2, 2})},
    {.input = {SHAPE(2, 6, 7, 9), SHAPE(2, 2, 9, 5)}, .attrs = ATTRS(.stride = {3, 3})},
    {.input = {SHAPE(2, 5, 4, 20), SHAPE(3, 2, 10, 8), SHAPE(8)},
     .attrs = ATTRS(.groups = 2, .dilation = {2, 2})},
    {.input = {SHAPE(3, 3, 4, 29), SHAPE(3, 3, 29, 17)}, .attrs = ATTRS(.same = TRUE)},
    {.input = {SHAPE(3, 4, 5, 17), SHAPE(1, 1, 17, 20)}},
    {{{0}}},
};

const Op op_conv2d = {
    .name = "conv2d",
    .formula = "y_{pqf} = \\sum_{i,j,c} x_{p+i,\\,q+j,\\,c}\\,W_{ijcf} + b_{f}",
    .attrs_size = sizeof(WindowAttrs),
    .inputs = "xwW",
    .output_unread = TRUE,
    .shape = conv2d_shape,
    .forward = conv2d_forward,
    .backward = conv2d_backward,
#ifndef REAL_DOUBLE
    .state_size = conv2d_state_size,
    .fast = &CONV2D_FAST,
#endif
    .flops = conv2d_flops,
    .flops_backward = conv2d_flops_backward,
    .explain = conv2d_explain,
    .explain_gradient = conv2d_explain_gradient,
    .samples = SAMPLES,
};
