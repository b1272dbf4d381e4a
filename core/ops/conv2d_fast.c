/* conv2d's fast kernels: as many images at a time as stay in the cache. */
#include "core/ops/conv2d.h"

static gsize extra_size(const Node *self, const ConvGeometry *g) {
  return self->input[0]->grad != NULL ? conv_back_size(g) : 0;
}

gsize conv2d_state_size(const Node *self, int tiles) {
  const ConvGeometry g = conv2d_geometry(self);

  return (gsize)tiles * conv_share_size(&g) * sizeof(float);
}

static ConvScratch scratch_of(const Node *self, const ConvGeometry *g, int tile) {
  return conv_scratch(g, self->state, tile, extra_size(self, g));
}

static gsize at_row(const Tensor *tensor, int row) { return (gsize)row * tensor_row_size(tensor); }

static const float *bias_of(const Node *self) {
  return self->n_inputs > 2 && self->input[2] != NULL ? self->input[2]->value : NULL;
}

static void forward(Node *self, Tile tile) {
  const ConvGeometry g = conv2d_geometry(self);
  const ConvScratch scratch = scratch_of(self, &g, tile.index);
  const Tensor *x = self->input[0], *y = self->output[0];
  const int together = conv_together(&g);

  for (int r = tile.begin; r < tile.end; r += together) {
    const int n = MIN(together, tile.end - r);
    conv_forward(&g, &scratch, self->input[1]->value, bias_of(self),
                 conv_images(&g, &scratch, x->value + at_row(x, r), n), conv_all(&g, n),
                 y->value + at_row(y, r), FALSE);
  }
}

/* The tile's shares of the gradients of kernel and bias. */
static void learn(Node *self, Tile tile, const ConvGeometry *g, const ConvScratch *scratch) {
  const Tensor *x = self->input[0], *y = self->output[0];
  const int together = conv_together(g);

  for (int r = tile.begin; r < tile.end; r += together) {
    const ConvWhich all = conv_all(g, MIN(together, tile.end - r));
    const float *dout = y->grad + at_row(y, r);
    conv_kernel_gradient(g, scratch, conv_images(g, scratch, x->value + at_row(x, r), all.images),
                         all, dout, r > tile.begin);
    if (bias_of(self) != NULL)
      conv_bias_gradient(g, scratch, all, dout, r > tile.begin);
  }
}

static void backward(Node *self, Tile tile) {
  const ConvGeometry g = conv2d_geometry(self);
  const ConvScratch scratch = scratch_of(self, &g, tile.index);
  const Tensor *x = self->input[0], *y = self->output[0];
  const int together = conv_together(&g);

  if (self->input[1]->grad != NULL)
    learn(self, tile, &g, &scratch);
  if (x->grad == NULL)
    return;
  const ConvBack back = conv_back(&g, self->input[1]->value, scratch.extra);
  for (int r = tile.begin; r < tile.end; r += together)
    conv_back_run(&back, self->input[1]->value, y->grad + at_row(y, r), MIN(together, tile.end - r),
                  x->grad + at_row(x, r), !self->first[0]);
}

static void weight_gradient(Node *self, int item, int rows, int tiles) {
  const ConvGeometry g = conv2d_geometry(self);

  conv_sum_shares(&g, self, self->state, item, tiles);
}

const FastKernels CONV2D_FAST = {.forward = forward,
                                 .backward = backward,
                                 .weight_items = conv_items,
                                 .weight_gradient = weight_gradient,
                                 .adds_shares = TRUE};
