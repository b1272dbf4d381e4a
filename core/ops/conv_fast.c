/* The fast convolution: no copy of patches is made. A pixel's taps are found through a table of
 * offsets from its first, the same for every pixel, so a whole group of images is one product. */
#include "core/base/parallel.h"
#include "core/kernels/kernels.h"
#include "core/ops/conv2d.h"

#include <string.h>

#define IMAGES 131072 /* floats of padded images held at a time */
#define MOST_IMAGES 16
#define ITEM_WEIGHTS 16384

static gsize aligned(gsize floats) { return (floats + 15) / 16 * 16; }

static gsize kernel_size(const ConvGeometry *g) { return (gsize)g->taps * (gsize)g->out; }

static gsize image_size(const ConvGeometry *g) {
  return (gsize)g->padded[0] * (gsize)g->padded[1] * (gsize)g->in;
}

int conv_together(const ConvGeometry *g) {
  return (int)CLAMP(IMAGES / image_size(g), 1, MOST_IMAGES);
}

static gsize images_size(const ConvGeometry *g) {
  return g->padding ? aligned((gsize)conv_together(g) * image_size(g)) + 64 : 0;
}

gsize conv_share_size(const ConvGeometry *g) {
  return aligned(kernel_size(g)) + aligned((gsize)MAX(g->in, g->out));
}

ConvScratch conv_scratch(const ConvGeometry *g, void *shares, int index, gsize extra) {
  ConvScratch self;
  const int row = g->padded[1] * g->in;

  self.kernel = (float *)shares + (gsize)index * conv_share_size(g);
  self.bias = self.kernel + aligned(kernel_size(g));
  self.offset =
      parallel_scratch((aligned((gsize)g->taps) + images_size(g) + extra) * sizeof(float));
  self.image = (float *)self.offset + aligned((gsize)g->taps);
  self.extra = self.image + images_size(g);
  for (int ky = 0, t = 0; ky < g->axis[0].size; ky++)
    for (int kx = 0; kx < g->axis[1].size; kx++)
      for (int c = 0; c < g->group_in; c++)
        self.offset[t++] = ky * g->axis[0].dilation * row + kx * g->axis[1].dilation * g->in + c;
  return self;
}

const float *conv_images(const ConvGeometry *g, const ConvScratch *scratch, const float *x, int n) {
  const int width = g->axis[1].input * g->in, padded = g->padded[1] * g->in;

  if (!g->padding)
    return x;
  memset(scratch->image, 0, (gsize)n * image_size(g) * sizeof(float));
  for (int i = 0; i < n; i++) {
    float *image = scratch->image + (gsize)i * image_size(g);
    for (int y = 0; y < g->axis[0].input; y++, x += width)
      memcpy(image + (y + g->axis[0].before) * padded + g->axis[1].before * g->in, x,
             (gsize)width * sizeof(float));
  }
  return scratch->image;
}

const float *conv_row_start(const ConvGeometry *g, const float *image, int y, int group) {
  return image + (gsize)(y * g->axis[0].stride) * (gsize)(g->padded[1] * g->in) +
         group * g->group_in;
}

ConvWhich conv_all(const ConvGeometry *g, int images) {
  return (ConvWhich){images, 0, g->axis[0].output, g->axis[1].output};
}

/* Rows that follow each other without a gap are one long row, images likewise: a kernel of 1 × 1 is
 * one product over all pixels. */
static ConvPixels join_rows(ConvPixels at) {
  if (at.x_row == at.pixels * at.x_step && at.out_row == at.pixels * at.out_step) {
    at.pixels *= at.rows;
    at.rows = 1;
  }
  if (at.rows == 1 && at.x_image == at.pixels * at.x_step &&
      at.out_image == at.pixels * at.out_step) {
    at.pixels *= at.images;
    at.images = 1;
  }
  return at;
}

static ConvPixels pixels_of(const ConvGeometry *g, ConvWhich which) {
  const gssize out_row = (gssize)which.pixels * g->out;

  return join_rows((ConvPixels){.images = which.images,
                                .rows = which.rows,
                                .pixels = which.pixels,
                                .x_image = (gssize)image_size(g),
                                .x_row = (gssize)g->axis[0].stride * g->padded[1] * g->in,
                                .x_step = (gssize)g->axis[1].stride * g->in,
                                .out_image = which.rows * out_row,
                                .out_row = out_row,
                                .out_step = g->out});
}

void conv_forward(const ConvGeometry *g, const ConvScratch *scratch, const float *kernel,
                  const float *bias, const float *images, ConvWhich which, float *out,
                  gboolean accumulate) {
  for (int group = 0; group < g->groups; group++) {
    const int from = group * g->group_out;
    kernels()->conv(&(Conv){.at = pixels_of(g, which),
                            .channels = g->group_out,
                            .taps = g->taps,
                            .x = conv_row_start(g, images, which.y, group),
                            .offset = scratch->offset,
                            .kernel = kernel + from,
                            .kernel_row = g->out,
                            .bias = bias != NULL ? bias + from : NULL,
                            .out = out + from,
                            .accumulate = accumulate});
  }
}

void conv_kernel_gradient(const ConvGeometry *g, const ConvScratch *scratch, const float *images,
                          ConvWhich which, const float *dout, gboolean accumulate) {
  for (int group = 0; group < g->groups; group++) {
    const int from = group * g->group_out;
    kernels()->conv_gradient(&(ConvGradient){.at = pixels_of(g, which),
                                             .channels = g->group_out,
                                             .taps = g->taps,
                                             .x = conv_row_start(g, images, which.y, group),
                                             .offset = scratch->offset,
                                             .kernel = scratch->kernel + from,
                                             .kernel_row = g->out,
                                             .dout = dout + from,
                                             .accumulate = accumulate});
  }
}

void conv_bias_gradient(const ConvGeometry *g, const ConvScratch *scratch, ConvWhich which,
                        const float *dout, gboolean accumulate) {
  kernels()->sum_rows(dout, g->out, which.images * which.rows * which.pixels, g->out, scratch->bias,
                      accumulate);
}

int conv_items(const Node *node) {
  return node->input[1]->grad != NULL
             ? (int)((shape_size(&node->input[1]->shape) + ITEM_WEIGHTS - 1) / ITEM_WEIGHTS)
             : 0;
}

static void sum_shares(const float *share, gsize between, int tiles, float *sum, gsize n,
                       gboolean first) {
  if (first)
    memcpy(sum, share, n * sizeof(float));
  for (int tile = first ? 1 : 0; tile < tiles; tile++)
    kernels()->add(share + (gsize)tile * between, sum, n);
}

void conv_sum_shares(const ConvGeometry *g, Node *node, const float *shares, int item, int tiles) {
  const gsize from = (gsize)item * ITEM_WEIGHTS, between = conv_share_size(g);
  const Tensor *bias = node->n_inputs > 2 ? node->input[2] : NULL;

  sum_shares(shares + from, between, tiles, node->input[1]->grad + from,
             MIN(ITEM_WEIGHTS, kernel_size(g) - from), node->first[1]);
  if (item == 0 && bias != NULL && bias->grad != NULL)
    sum_shares(shares + aligned(kernel_size(g)), between, tiles, bias->grad,
               shape_size(&bias->shape), node->first[2]);
}
