/* What the convolution and the ops fused with it share. */
#pragma once

#include "core/ops/ops.h"

typedef struct {
  WindowAxis axis[2];
  int in, out, groups;     /* channels */
  int group_in, group_out; /* channels of one group */
  int taps;                /* kernel height × width × group_in */
  int padded[2];           /* the input with its padding: rows, columns */
  gboolean padding;        /* any at all */
} ConvGeometry;

gboolean conv_geometry(ConvGeometry *self, const Node *node, const WindowAttrs *attrs,
                       GError **error);

#ifndef REAL_DOUBLE
/* The memory a tile works in, cut from the node's state. */
typedef struct {
  float *kernel; /* this tile's share of the kernel's gradient, then of the bias's */
  float *bias;
  gint32 *offset; /* of each tap, from the top left of its window */
  float *image;   /* one image with zeros around it */
  float *extra;   /* as much as the caller asked for */
} ConvScratch;

gsize conv_scratch_size(const ConvGeometry *g, gsize extra);
/* The scratch of tile `index`, offsets filled in. */
ConvScratch conv_scratch(const ConvGeometry *g, void *state, int index, gsize extra);
/* The image of one row of the batch, with padding where there is any (then copied into scratch). */
const float *conv_image(const ConvGeometry *g, const ConvScratch *scratch, const Tensor *x,
                        int row);
/* Where the window of output pixel (y, 0) begins for a group of channels. */
const float *conv_row_start(const ConvGeometry *g, const float *image, int y, int group);
/* Output row `y`, its first `pixels` pixels, all groups. */
void conv_output_row(const ConvGeometry *g, const ConvScratch *scratch, const Node *node,
                     const float *image, int y, int pixels, float *out);
/* Adds what output row `y` says of the kernel and bias to the tile's share. */
void conv_gradient_row(const ConvGeometry *g, const ConvScratch *scratch, const float *image, int y,
                       int pixels, const float *dout);
void conv_clear_share(const ConvGeometry *g, const ConvScratch *scratch);
/* The shares of the tiles, of which `first` is that of tile 0, into the gradients of kernel and
 * bias, in order; item of `conv_items`. */
int conv_items(const Node *node);
void conv_sum_shares(const ConvGeometry *g, Node *node, const ConvScratch *first, int item,
                     int tiles, gsize extra);

/* The fast kernels of the op conv2d itself, and its state. */
extern const FastKernels CONV2D_FAST;
gsize conv2d_state_size(const Node *self, int tiles);
#endif
