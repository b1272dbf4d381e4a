/* Convolution, ReLU and max pooling in one: the convolution's output is made one pooled row at a
 * time in the cache and never stored. */
#include "core/ops/conv2d.h"

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

#include <string.h>
#endif

typedef struct {
  WindowAttrs conv, pool;
} FusedAttrs;

static const char *const CHAIN[] = {"conv2d", "relu", "max_pool2d", NULL};

/* Only windows that tile the image, and only where nothing before wants a gradient (a first layer):
 * everything else stays as it is. */
static gboolean fuse(Node *self, Node *const *chain) {
  FusedAttrs *attrs = self->attrs;

  attrs->conv = *(const WindowAttrs *)chain[0]->attrs;
  attrs->pool = *(const WindowAttrs *)chain[2]->attrs;
  for (int a = 0; a < 2; a++)
    if (attrs->pool.size[a] != MAX(attrs->pool.stride[a], 1) || attrs->pool.dilation[a] > 1)
      return FALSE;
  return chain[0]->input[0]->maker == NULL && !chain[0]->input[0]->wanted && !attrs->pool.same &&
         attrs->pool.size[0] * attrs->pool.size[1] < 255;
}

#ifndef REAL_DOUBLE
typedef struct {
  ConvGeometry conv;
  int size[2], pooled[2]; /* window; output rows and columns */
  gsize extra;            /* floats of conv output for one pooled row */
} Geometry;

static Geometry geometry(const Node *self) {
  const FusedAttrs *attrs = self->attrs;
  const Shape *y = &self->output[0]->shape;
  Geometry g = {.size = {attrs->pool.size[0], attrs->pool.size[1]},
                .pooled = {y->dim[1], y->dim[2]}};
  gboolean fits =
      conv_geometry(&g.conv, &self->input[0]->shape, &self->input[1]->shape, &attrs->conv, NULL);

  g_assert(fits);
  g.extra = (gsize)(g.size[0] * g.pooled[1] * g.size[1] * g.conv.out);
  return g;
}

static int row_floats(const Geometry *g) { return g->pooled[1] * g->size[1] * g->conv.out; }

/* The state: one byte for each pooled value of the batch, then the tiles' scratch. */
static gsize argmax_size(const Node *self) {
  return (shape_size(&self->output[0]->shape) + 63) / 64 * 64;
}

static gsize state_size(const Node *self, int tiles) {
  const Geometry g = geometry(self);

  return argmax_size(self) + (gsize)tiles * conv_share_size(&g.conv) * sizeof(float);
}

static ConvScratch scratch_of(const Node *self, const Geometry *g, int tile) {
  return conv_scratch(&g->conv, (guint8 *)self->state + argmax_size(self), tile, g->extra);
}

/* The usual case, with a kernel of its own. */
static gboolean in_registers(const Geometry *g) {
  return g->size[0] == 2 && g->size[1] == 2 && g->conv.groups == 1 &&
         g->conv.out % kernels()->lanes == 0;
}

static gsize row_offset(const Geometry *g, int row, int py) {
  return (gsize)(row * g->pooled[0] + py) * (gsize)(g->pooled[1] * g->conv.out);
}

static guint8 *argmax_at(const Node *self, gsize offset) {
  return self->output[0]->grad != NULL ? (guint8 *)self->state + offset : NULL;
}

static const float *bias_of(const Node *self) {
  return self->n_inputs > 2 && self->input[2] != NULL ? self->input[2]->value : NULL;
}

static const float *image_of(const Node *self, const Geometry *g, const ConvScratch *scratch,
                             int row) {
  const Tensor *x = self->input[0];

  return conv_images(&g->conv, scratch, x->value + (gsize)row * tensor_row_size(x), 1);
}

/* The rows of the convolution that a pooled row is made of. */
static ConvWhich rows_of(const Geometry *g, int py) {
  return (ConvWhich){1, py * g->size[0], g->size[0], g->pooled[1] * g->size[1]};
}

/* Between the inputs of neighbouring rows and pixels of the convolution's output. */
static gssize input_row(const ConvGeometry *g) {
  return (gssize)g->axis[0].stride * g->padded[1] * g->in;
}
static gssize input_step(const ConvGeometry *g) { return (gssize)g->axis[1].stride * g->in; }

static void pooled_row_in_registers(const Node *self, const Geometry *g, const ConvScratch *scratch,
                                    const float *image, int py, gsize at) {
  kernels()->conv_pool_row(&(ConvPoolRow){.pixels = g->pooled[1],
                                          .channels = g->conv.out,
                                          .taps = g->conv.taps,
                                          .x = conv_row_start(&g->conv, image, 2 * py, 0),
                                          .x_row = input_row(&g->conv),
                                          .step = input_step(&g->conv),
                                          .offset = scratch->offset,
                                          .kernel = self->input[1]->value,
                                          .kernel_row = g->conv.out,
                                          .bias = bias_of(self),
                                          .out = self->output[0]->value + at,
                                          .argmax = argmax_at(self, at)});
}

static void pooled_row(const Node *self, const Geometry *g, const ConvScratch *scratch,
                       const float *image, int py, gsize at) {
  conv_forward(&g->conv, scratch, self->input[1]->value, bias_of(self), image, rows_of(g, py),
               scratch->extra, FALSE);
  kernels()->pool_row(&(PoolRow){.width = g->size[1],
                                 .height = g->size[0],
                                 .pixels = g->pooled[1],
                                 .channels = g->conv.out,
                                 .x = scratch->extra,
                                 .x_row = row_floats(g),
                                 .relu = TRUE,
                                 .out = self->output[0]->value + at,
                                 .argmax = argmax_at(self, at)});
}

static void forward(Node *self, Tile tile) {
  const Geometry g = geometry(self);
  const ConvScratch scratch = scratch_of(self, &g, tile.index);
  const gboolean registers = in_registers(&g);

  for (int r = tile.begin; r < tile.end; r++) {
    const float *image = image_of(self, &g, &scratch, r);
    for (int py = 0; py < g.pooled[0]; py++)
      (registers ? pooled_row_in_registers : pooled_row)(self, &g, &scratch, image, py,
                                                         row_offset(&g, r, py));
  }
}

static void row_gradient_in_registers(const Node *self, const Geometry *g,
                                      const ConvScratch *scratch, const float *image, int py,
                                      gsize at) {
  kernels()->conv_pool_row_gradient(
      &(ConvPoolRowGradient){.pixels = g->pooled[1],
                             .channels = g->conv.out,
                             .taps = g->conv.taps,
                             .x = conv_row_start(&g->conv, image, 2 * py, 0),
                             .x_row = input_row(&g->conv),
                             .step = input_step(&g->conv),
                             .offset = scratch->offset,
                             .kernel = scratch->kernel,
                             .kernel_row = g->conv.out,
                             .bias = scratch->bias,
                             .dout = self->output[0]->grad + at,
                             .argmax = argmax_at(self, at)});
}

static void row_gradient(const Node *self, const Geometry *g, const ConvScratch *scratch,
                         const float *image, int py, gsize at) {
  kernels()->pool_row_gradient(&(PoolRowGradient){.width = g->size[1],
                                                  .height = g->size[0],
                                                  .pixels = g->pooled[1],
                                                  .channels = g->conv.out,
                                                  .dout = self->output[0]->grad + at,
                                                  .argmax = argmax_at(self, at),
                                                  .dx = scratch->extra,
                                                  .dx_row = row_floats(g)});
  conv_kernel_gradient(&g->conv, scratch, image, rows_of(g, py), scratch->extra, TRUE);
  conv_bias_gradient(&g->conv, scratch, rows_of(g, py), scratch->extra, TRUE);
}

static void backward(Node *self, Tile tile) {
  const Geometry g = geometry(self);
  const ConvScratch scratch = scratch_of(self, &g, tile.index);
  const gboolean registers = in_registers(&g);

  memset(scratch.kernel, 0, shape_size(&self->input[1]->shape) * sizeof(float));
  memset(scratch.bias, 0, (gsize)g.conv.out * sizeof(float));
  for (int r = tile.begin; r < tile.end; r++) {
    const float *image = image_of(self, &g, &scratch, r);
    for (int py = 0; py < g.pooled[0]; py++)
      (registers ? row_gradient_in_registers : row_gradient)(self, &g, &scratch, image, py,
                                                             row_offset(&g, r, py));
  }
}

static void weight_gradient(Node *self, int item, int rows, int tiles) {
  const Geometry g = geometry(self);
  const float *shares = (const float *)((const guint8 *)self->state + argmax_size(self));

  conv_sum_shares(&g.conv, self, shares, item, tiles);
}

static const FastKernels FAST = {.forward = forward,
                                 .backward = backward,
                                 .weight_items = conv_items,
                                 .weight_gradient = weight_gradient,
                                 .adds_shares = TRUE};

static double flops(const Node *self) {
  const Geometry g = geometry(self);

  return 2.0 * g.conv.axis[0].output * g.conv.axis[1].output *
         (double)shape_size(&self->input[1]->shape);
}

static double flops_backward(const Node *self, int input) { return input == 2 ? 0 : flops(self); }
#endif

#define LINKS(conv, pool)                                                                          \
  ((const void *const[]){&(const WindowAttrs)conv, NULL, &(const WindowAttrs)pool})
#define ATTRS(...)                                                                                 \
  { __VA_ARGS__ }

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(5, 10, 10, 1), SHAPE(3, 3, 1, 32), SHAPE(32)},
     .attrs = LINKS(ATTRS(.stride = {1, 1}), ATTRS(.size = {2, 2}, .stride = {2, 2}))},
    {.input = {SHAPE(3, 9, 11, 2), SHAPE(3, 3, 2, 18)}, /* the last row and column in no window */
     .attrs = LINKS(ATTRS(.same = TRUE), ATTRS(.size = {2, 2}, .stride = {2, 2}))},
    {.input = {SHAPE(2, 13, 9, 4), SHAPE(2, 3, 2, 6), SHAPE(6)},
     .attrs = LINKS(ATTRS(.groups = 2, .stride = {2, 1}, .same = TRUE),
                    ATTRS(.size = {3, 2}, .stride = {3, 2}))},
    {{{0}}},
};

const Op op_conv2d_max_pool2d = {
    .name = "conv2d_max_pool2d",
    .formula = "y_{pqf} = \\max_{i,j}\\,\\operatorname{relu}(x * W + b)_{2p+i,\\,2q+j,\\,f}",
    .attrs_size = sizeof(FusedAttrs),
    .inputs = "xwW",
    .output_unread = TRUE,
    .fuses = CHAIN,
    .fuse = fuse,
#ifndef REAL_DOUBLE
    .state_size = state_size,
    .fast = &FAST,
    .flops = flops,
    .flops_backward = flops_backward,
#endif
    .samples = SAMPLES,
};
