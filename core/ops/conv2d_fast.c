/* The fast convolution: no copy of patches is made. A pixel's taps are found through a table of
 * offsets from its first, the same for every pixel, so one output row is one product. */
#include "core/kernels/kernels.h"
#include "core/ops/conv2d.h"

#include <string.h>

#define CHUNK 65536 /* floats of patch gradients held at a time */
#define ITEM_WEIGHTS 16384

static gsize aligned(gsize floats) { return (floats + 15) / 16 * 16; }

static gsize kernel_size(const ConvGeometry *g) { return (gsize)g->taps * (gsize)g->out; }

static gsize image_size(const ConvGeometry *g) {
  return (gsize)g->padded[0] * (gsize)g->padded[1] * (gsize)g->in;
}

gsize conv_scratch_size(const ConvGeometry *g, gsize extra) {
  return aligned(kernel_size(g)) + aligned((gsize)g->out) + aligned((gsize)g->taps) +
         aligned(image_size(g)) + 64 + aligned(extra);
}

ConvScratch conv_scratch(const ConvGeometry *g, void *state, int index, gsize extra) {
  ConvScratch self;
  const int row = g->padded[1] * g->in;

  self.kernel = (float *)state + (gsize)index * conv_scratch_size(g, extra);
  self.bias = self.kernel + aligned(kernel_size(g));
  self.offset = (gint32 *)(self.bias + aligned((gsize)g->out));
  self.image = (float *)self.offset + aligned((gsize)g->taps);
  self.extra = self.image + aligned(image_size(g)) + 64;
  for (int ky = 0, t = 0; ky < g->axis[0].size; ky++)
    for (int kx = 0; kx < g->axis[1].size; kx++)
      for (int c = 0; c < g->group_in; c++)
        self.offset[t++] = ky * g->axis[0].dilation * row + kx * g->axis[1].dilation * g->in + c;
  return self;
}

const float *conv_image(const ConvGeometry *g, const ConvScratch *scratch, const Tensor *x,
                        int row) {
  const int width = g->axis[1].input * g->in, padded = g->padded[1] * g->in;
  const float *image = x->value + (gsize)row * tensor_row_size(x);

  if (!g->padding)
    return image;
  memset(scratch->image, 0, image_size(g) * sizeof(float));
  for (int y = 0; y < g->axis[0].input; y++)
    memcpy(scratch->image + (y + g->axis[0].before) * padded + g->axis[1].before * g->in,
           image + y * width, (gsize)width * sizeof(float));
  return scratch->image;
}

const float *conv_row_start(const ConvGeometry *g, const float *image, int y, int group) {
  return image + (gsize)(y * g->axis[0].stride) * (gsize)(g->padded[1] * g->in) +
         group * g->group_in;
}

void conv_output_row(const ConvGeometry *g, const ConvScratch *scratch, const Node *node,
                     const float *image, int y, int pixels, float *out) {
  for (int group = 0; group < g->groups; group++) {
    const int from = group * g->group_out;
    kernels()->conv_row(&(ConvRow){.pixels = pixels,
                                   .channels = g->group_out,
                                   .taps = g->taps,
                                   .x = conv_row_start(g, image, y, group),
                                   .offset = scratch->offset,
                                   .step = g->axis[1].stride * g->in,
                                   .kernel = node->input[1]->value + from,
                                   .kernel_row = g->out,
                                   .bias = node->n_inputs > 2 ? node->input[2]->value + from : NULL,
                                   .out = out + from,
                                   .out_row = g->out});
  }
}

void conv_gradient_row(const ConvGeometry *g, const ConvScratch *scratch, const float *image, int y,
                       int pixels, const float *dout) {
  for (int group = 0; group < g->groups; group++) {
    const int from = group * g->group_out;
    kernels()->conv_row_gradient(&(ConvRowGradient){.pixels = pixels,
                                                    .channels = g->group_out,
                                                    .taps = g->taps,
                                                    .x = conv_row_start(g, image, y, group),
                                                    .offset = scratch->offset,
                                                    .step = g->axis[1].stride * g->in,
                                                    .kernel = scratch->kernel + from,
                                                    .kernel_row = g->out,
                                                    .bias = scratch->bias + from,
                                                    .out = dout + from,
                                                    .out_row = g->out});
  }
}

void conv_clear_share(const ConvGeometry *g, const ConvScratch *scratch) {
  memset(scratch->kernel, 0, (aligned(kernel_size(g)) + (gsize)g->out) * sizeof(float));
}

int conv_items(const Node *node) {
  return node->input[1]->grad != NULL
             ? (int)((shape_size(&node->input[1]->shape) + ITEM_WEIGHTS - 1) / ITEM_WEIGHTS)
             : 0;
}

static void sum_shares(const float *share, gsize between, int tiles, float *sum, gsize n,
                       gboolean first) {
  if (first)
    memset(sum, 0, n * sizeof(float));
  for (int tile = 0; tile < tiles; tile++)
    for (gsize i = 0; i < n; i++)
      sum[i] += share[(gsize)tile * between + i];
}

void conv_sum_shares(const ConvGeometry *g, Node *node, const ConvScratch *first, int item,
                     int tiles, gsize extra) {
  const gsize from = (gsize)item * ITEM_WEIGHTS, between = conv_scratch_size(g, extra);

  sum_shares(first->kernel + from, between, tiles, node->input[1]->grad + from,
             MIN(ITEM_WEIGHTS, kernel_size(g) - from), node->first[1]);
  if (item == 0 && node->n_inputs > 2 && node->input[2]->grad != NULL)
    sum_shares(first->bias, between, tiles, node->input[2]->grad, (gsize)g->out, node->first[2]);
}

static ConvGeometry geometry(const Node *self) {
  ConvGeometry g;
  gboolean fits = conv_geometry(&g, self, self->attrs, NULL);

  g_assert(fits);
  return g;
}

/* Patch gradients of at least one output row at a time. */
static int chunk_rows(const ConvGeometry *g) {
  return CLAMP(CHUNK / (g->axis[1].output * g->taps), 1, g->axis[0].output);
}

static gsize chunk_size(const ConvGeometry *g) {
  return (gsize)chunk_rows(g) * (gsize)g->axis[1].output * (gsize)g->taps;
}

gsize conv2d_state_size(const Node *self, int tiles) {
  const ConvGeometry g = geometry(self);

  return (gsize)tiles * conv_scratch_size(&g, chunk_size(&g)) * sizeof(float);
}

static void conv2d_fast_forward(Node *self, Tile tile) {
  const ConvGeometry g = geometry(self);
  const ConvScratch scratch = conv_scratch(&g, self->state, tile.index, chunk_size(&g));
  Tensor *y = self->output[0];

  for (int r = tile.begin; r < tile.end; r++) {
    const float *image = conv_image(&g, &scratch, self->input[0], r);
    float *out = y->value + (gsize)r * tensor_row_size(y);
    for (int oy = 0; oy < g.axis[0].output; oy++)
      conv_output_row(&g, &scratch, self, image, oy, g.axis[1].output,
                      out + oy * g.axis[1].output * g.out);
  }
}

/* Adds the gradients of patches to the padded image they were cut from. */
static void scatter_patches(const ConvGeometry *g, const ConvScratch *scratch, int group, int from,
                            int rows) {
  const float *patch = scratch->extra;

  for (int oy = from; oy < from + rows; oy++) {
    float *row = (float *)conv_row_start(g, scratch->image, oy, group);
    for (int ox = 0; ox < g->axis[1].output; ox++, patch += g->taps)
      for (int t = 0; t < g->taps; t++)
        row[scratch->offset[t] + ox * g->axis[1].stride * g->in] += patch[t];
  }
}

static void patch_gradients(const ConvGeometry *g, const ConvScratch *scratch, const Node *self,
                            const float *dout, int group, int from, int rows) {
  kernels()->gemm(&(Gemm){.m = rows * g->axis[1].output,
                          .n = g->taps,
                          .k = g->group_out,
                          .a = dout + from * g->axis[1].output * g->out + group * g->group_out,
                          .a_row = g->out,
                          .a_col = 1,
                          .b = self->input[1]->value + group * g->group_out,
                          .b_row = 1,
                          .b_col = g->out,
                          .c = scratch->extra,
                          .c_row = g->taps});
  scatter_patches(g, scratch, group, from, rows);
}

static void store_image_gradient(const ConvGeometry *g, const ConvScratch *scratch,
                                 const Node *self, int row) {
  const int width = g->axis[1].input * g->in, padded = g->padded[1] * g->in;
  float *dx = self->input[0]->grad + (gsize)row * tensor_row_size(self->input[0]);

  for (int y = 0; y < g->axis[0].input; y++) {
    const float *from =
        scratch->image + (y + g->axis[0].before) * padded + g->axis[1].before * g->in;
    for (int i = 0; i < width; i++)
      dx[y * width + i] = (self->first[0] ? 0 : dx[y * width + i]) + from[i];
  }
}

static void image_gradient(const ConvGeometry *g, const ConvScratch *scratch, const Node *self,
                           const float *dout, int row) {
  memset(scratch->image, 0, image_size(g) * sizeof(float));
  for (int group = 0; group < g->groups; group++)
    for (int from = 0; from < g->axis[0].output; from += chunk_rows(g))
      patch_gradients(g, scratch, self, dout, group, from,
                      MIN(chunk_rows(g), g->axis[0].output - from));
  store_image_gradient(g, scratch, self, row);
}

static void conv2d_fast_backward(Node *self, Tile tile) {
  const ConvGeometry g = geometry(self);
  const ConvScratch scratch = conv_scratch(&g, self->state, tile.index, chunk_size(&g));
  const Tensor *y = self->output[0];
  const int row = g.axis[1].output * g.out;

  conv_clear_share(&g, &scratch);
  for (int r = tile.begin; r < tile.end; r++) {
    const float *dout = y->grad + (gsize)r * tensor_row_size(y);
    const float *image = conv_image(&g, &scratch, self->input[0], r);
    for (int oy = 0; self->input[1]->grad != NULL && oy < g.axis[0].output; oy++)
      conv_gradient_row(&g, &scratch, image, oy, g.axis[1].output, dout + oy * row);
    if (self->input[0]->grad != NULL)
      image_gradient(&g, &scratch, self, dout, r);
  }
}

static void conv2d_weight_gradient(Node *self, int item, int rows, int tiles) {
  const ConvGeometry g = geometry(self);
  const ConvScratch scratch = conv_scratch(&g, self->state, 0, chunk_size(&g));

  conv_sum_shares(&g, self, &scratch, item, tiles, chunk_size(&g));
}

const FastKernels CONV2D_FAST = {
    conv2d_fast_forward, conv2d_fast_backward, conv_items, conv2d_weight_gradient, NULL, NULL};
