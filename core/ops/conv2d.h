/* What convolutions share: the geometry, and fast kernels in both directions. */
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

/* x (B, H, W, C), w (KH, KW, C / groups, F). */
gboolean conv_geometry(ConvGeometry *self, const Shape *x, const Shape *w, const WindowAttrs *attrs,
                       GError **error);
ConvGeometry conv2d_geometry(const Node *self);

#ifndef REAL_DOUBLE
/* The memory a tile works in: its share is in the node's state, the rest its thread's. */
typedef struct {
  float *kernel; /* the share of the kernel's gradient, then of the bias's */
  float *bias;
  gint32 *offset; /* of each tap, from the top left of its window */
  float *image;   /* images with zeros around them, as many as conv_together */
  float *extra;   /* as much as the caller asked for */
} ConvScratch;

gsize conv_share_size(const ConvGeometry *g); /* of each tile, in floats */
/* The scratch of tile `index`, offsets filled in; valid until the thread asks for another. */
ConvScratch conv_scratch(const ConvGeometry *g, void *shares, int index, gsize extra);

/* How many images are worked on at a time: a kernel that was read serves all of them. */
int conv_together(const ConvGeometry *g);
/* n ≤ conv_together images with padding where there is any (then copied into scratch). */
const float *conv_images(const ConvGeometry *g, const ConvScratch *scratch, const float *x, int n);
/* Where the window of output pixel (y, 0) begins for a group of channels. */
const float *conv_row_start(const ConvGeometry *g, const float *image, int y, int group);

/* Which pixels of the output: rows y … y + rows - 1 of each of `images`, the first `pixels`. */
typedef struct {
  int images, y, rows, pixels;
} ConvWhich;

ConvWhich conv_all(const ConvGeometry *g, int images);
/* The convolution of padded images; `out` has just the pixels of `which`, set unless `accumulate`.
 * bias NULL: none. */
void conv_forward(const ConvGeometry *g, const ConvScratch *scratch, const float *kernel,
                  const float *bias, const float *images, ConvWhich which, float *out,
                  gboolean accumulate);
/* What `dout`, of just those pixels, says of kernel and bias: to the tile's share, set unless
 * `accumulate`. */
void conv_kernel_gradient(const ConvGeometry *g, const ConvScratch *scratch, const float *images,
                          ConvWhich which, const float *dout, gboolean accumulate);
void conv_bias_gradient(const ConvGeometry *g, const ConvScratch *scratch, ConvWhich which,
                        const float *dout, gboolean accumulate);

/* The shares of the tiles into the gradients of kernel and bias, in order; item of `conv_items`. */
int conv_items(const Node *node);
void conv_sum_shares(const ConvGeometry *g, Node *node, const float *shares, int item, int tiles);

/* The way back, from the output to the input: a convolution itself, of the output with zeros around
 * it and the kernel mirrored, one for each place a pixel may have between strides. Where the input
 * has few channels, patches added up instead. */
gsize conv_back_size(const ConvGeometry *g); /* in floats, of `memory` */
typedef struct {
  const ConvGeometry *g;
  float *kernel;  /* turned: (groups, taps in order of phases, F / groups, C / groups) */
  gint32 *offset; /* of those taps */
  float *image;   /* outputs with zeros around them; of patches: one input with them */
  float *patch;
} ConvBack;

/* Lays out `memory` and turns the kernel. */
ConvBack conv_back(const ConvGeometry *g, const float *kernel, float *memory);
/* dx (+)= the gradient of n ≤ conv_together images, from that of their outputs. */
void conv_back_run(const ConvBack *self, const float *kernel, const float *dout, int n, float *dx,
                   gboolean accumulate);

/* The fast kernels of conv2d, and their state. */
extern const FastKernels CONV2D_FAST;
gsize conv2d_state_size(const Node *self, int tiles);
#endif
