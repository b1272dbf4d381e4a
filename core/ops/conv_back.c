/* The way back through a convolution, from its output to its input.
 *
 *   dx[i] = Σ_k dy[(i + before - k·dilation) / stride] · W[k]      over the k that divide evenly
 *
 * on each axis. Pixels i with the same remainder of (i + before) by the stride meet the same k:
 * such a phase is a convolution with stride 1 over dy, its output spread by the stride.
 */
#include "core/kernels/kernels.h"
#include "core/ops/conv2d.h"

#include <string.h>

#define CHUNK 65536 /* floats of patches held at a time */

static gsize aligned(gsize floats) { return (floats + 15) / 16 * 16; }

/* With fewer channels than half a vector has lanes, the lanes go to the taps. */
static gboolean by_patches(const ConvGeometry *g) { return 2 * g->group_in <= kernels()->lanes; }

/* Rows (columns) of zeros before the output, and all of them. */
static int zeros_before(const WindowAxis *axis) {
  return (axis->size - 1) * axis->dilation / axis->stride;
}

static int padded_output(const WindowAxis *axis) {
  return zeros_before(axis) +
         MAX(axis->output, (axis->input - 1 + axis->before) / axis->stride + 1);
}

static gboolean needs_zeros(const ConvGeometry *g) {
  return padded_output(&g->axis[0]) > g->axis[0].output ||
         padded_output(&g->axis[1]) > g->axis[1].output;
}

static gsize output_size(const ConvGeometry *g) {
  return (gsize)padded_output(&g->axis[0]) * (gsize)padded_output(&g->axis[1]) * (gsize)g->out;
}

static gsize turned_size(const ConvGeometry *g) { return aligned((gsize)g->taps * (gsize)g->out); }

static gsize turned_taps(const ConvGeometry *g) {
  return aligned((gsize)g->axis[0].size * (gsize)g->axis[1].size * (gsize)g->group_out);
}

static gsize padded_input(const ConvGeometry *g) {
  return aligned((gsize)g->padded[0] * (gsize)g->padded[1] * (gsize)g->in) + 64;
}

/* Patches of at least one output row at a time. */
static int chunk_rows(const ConvGeometry *g) {
  return CLAMP(CHUNK / (g->axis[1].output * g->taps), 1, g->axis[0].output);
}

static gsize patches_size(const ConvGeometry *g) {
  return aligned((gsize)chunk_rows(g) * (gsize)g->axis[1].output * (gsize)g->taps);
}

gsize conv_back_size(const ConvGeometry *g) {
  const gsize patches = aligned((gsize)g->taps) + padded_input(g) + patches_size(g);
  const gsize images = needs_zeros(g) ? (gsize)conv_together(g) * output_size(g) : 0;

  return MAX(patches, turned_size(g) + turned_taps(g) + aligned(images) + 64);
}

/* The first cell of the window that meets pixels with this remainder, and from there each step-th;
 * the step is the same for all remainders. */
typedef struct {
  int cells[2];     /* how many there are of the axes */
  int pixel[2];     /* the first pixel of the phase */
  int pixels[2];    /* how many */
  int remainder[2]; /* of pixel + before by the stride */
  int from[2];      /* which row (column) of the padded output is under its first pixel */
} PhaseOf;

static gboolean cell_meets(const WindowAxis *axis, int cell, int remainder) {
  return cell * axis->dilation % axis->stride == remainder;
}

static PhaseOf phase_of(const ConvGeometry *g, int vertical, int horizontal) {
  PhaseOf self = {.remainder = {vertical, horizontal}};

  for (int a = 0; a < 2; a++) {
    const WindowAxis *axis = &g->axis[a];
    const int missing = (self.remainder[a] - axis->before) % axis->stride;
    for (int cell = 0; cell < axis->size; cell++)
      self.cells[a] += cell_meets(axis, cell, self.remainder[a]);
    self.pixel[a] = missing < 0 ? missing + axis->stride : missing;
    self.pixels[a] = MAX(0, (axis->input - self.pixel[a] + axis->stride - 1) / axis->stride);
    self.from[a] =
        (self.pixel[a] + axis->before - self.remainder[a]) / axis->stride + zeros_before(axis);
  }
  return self;
}

typedef void (*CellFunc)(const ConvBack *self, const PhaseOf *phase, int ky, int kx, int index,
                         gconstpointer data);

/* All cells of the kernel, in the order of phases. */
static void foreach_cell(const ConvBack *self, CellFunc func, gconstpointer data) {
  const WindowAxis *axis = self->g->axis;
  int index = 0;

  for (int vertical = 0; vertical < axis[0].stride; vertical++)
    for (int horizontal = 0; horizontal < axis[1].stride; horizontal++) {
      const PhaseOf phase = phase_of(self->g, vertical, horizontal);
      for (int ky = 0; ky < axis[0].size; ky++)
        for (int kx = 0; kx < axis[1].size; kx++)
          if (cell_meets(&axis[0], ky, vertical) && cell_meets(&axis[1], kx, horizontal))
            func(self, &phase, ky, kx, index++, data);
    }
}

static gsize turned_at(const ConvGeometry *g, int group, int index) {
  const gsize cells = (gsize)(g->axis[0].size * g->axis[1].size);

  return ((gsize)group * cells + (gsize)index) * (gsize)g->group_out * (gsize)g->group_in;
}

/* A matrix on its side. */
static void turn(const float *from, int from_row, int rows, int columns, float *to) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++)
      to[j * rows + i] = from[i * from_row + j];
}

static void turn_cell(const ConvBack *self, const PhaseOf *phase, int ky, int kx, int index,
                      gconstpointer kernel) {
  const ConvGeometry *g = self->g;
  const WindowAxis *axis = g->axis;
  const float *cell = (const float *)kernel + (ky * axis[1].size + kx) * g->group_in * g->out;
  gint32 *offset = self->offset + index * g->group_out;

  if (g->groups == 1)
    kernels()->transpose(cell, g->in, g->out, self->kernel + turned_at(g, 0, index));
  for (int group = 0; g->groups > 1 && group < g->groups; group++)
    turn(cell + group * g->group_out, g->out, g->group_in, g->group_out,
         self->kernel + turned_at(g, group, index));
  for (int f = 0; f < g->group_out; f++)
    offset[f] =
        ((phase->remainder[0] - ky * axis[0].dilation) / axis[0].stride * padded_output(&axis[1]) +
         (phase->remainder[1] - kx * axis[1].dilation) / axis[1].stride) *
            g->out +
        f;
}

static void fill_patch_offsets(const ConvBack *self) {
  const ConvGeometry *g = self->g;
  int t = 0;

  for (int ky = 0; ky < g->axis[0].size; ky++)
    for (int kx = 0; kx < g->axis[1].size; kx++)
      for (int c = 0; c < g->group_in; c++)
        self->offset[t++] =
            (ky * g->axis[0].dilation * g->padded[1] + kx * g->axis[1].dilation) * g->in + c;
}

ConvBack conv_back(const ConvGeometry *g, const float *kernel, float *memory) {
  ConvBack self = {.g = g};

  if (by_patches(g)) {
    self.offset = (gint32 *)memory;
    self.image = memory + aligned((gsize)g->taps);
    self.patch = self.image + padded_input(g);
    fill_patch_offsets(&self);
    return self;
  }
  self.kernel = memory;
  self.offset = (gint32 *)(memory + turned_size(g));
  self.image = memory + turned_size(g) + turned_taps(g);
  foreach_cell(&self, turn_cell, kernel);
  return self;
}

static const float *padded_outputs(const ConvBack *self, const float *dout, int n) {
  const ConvGeometry *g = self->g;
  const int row = padded_output(&g->axis[1]) * g->out, width = g->axis[1].output * g->out;

  if (!needs_zeros(g))
    return dout;
  memset(self->image, 0, (gsize)n * output_size(g) * sizeof(float));
  for (int i = 0; i < n; i++) {
    float *image = self->image + (gsize)i * output_size(g) + zeros_before(&g->axis[1]) * g->out;
    for (int y = 0; y < g->axis[0].output; y++, dout += width)
      memcpy(image + (y + zeros_before(&g->axis[0])) * row, dout, (gsize)width * sizeof(float));
  }
  return self->image;
}

static void run_phase(const ConvBack *self, const PhaseOf *phase, int index, const float *image,
                      int n, float *dx, gboolean accumulate) {
  const ConvGeometry *g = self->g;
  const gssize row = (gssize)padded_output(&g->axis[1]) * g->out;
  const gssize dx_row = (gssize)g->axis[1].input * g->in;
  const ConvPixels at = {.images = n,
                         .rows = phase->pixels[0],
                         .pixels = phase->pixels[1],
                         .x_image = (gssize)output_size(g),
                         .x_row = row,
                         .x_step = g->out,
                         .out_image = g->axis[0].input * dx_row,
                         .out_row = g->axis[0].stride * dx_row,
                         .out_step = (gssize)g->axis[1].stride * g->in};

  for (int group = 0; group < g->groups; group++)
    kernels()->conv(&(Conv){
        .at = at,
        .channels = g->group_in,
        .taps = phase->cells[0] * phase->cells[1] * g->group_out,
        .x = image + phase->from[0] * row + phase->from[1] * g->out + group * g->group_out,
        .offset = self->offset + index * g->group_out,
        .kernel = self->kernel + turned_at(g, group, index),
        .kernel_row = g->group_in,
        .out = dx + phase->pixel[0] * dx_row + phase->pixel[1] * g->in + group * g->group_in,
        .accumulate = accumulate});
}

static void run_phases(const ConvBack *self, const float *dout, int n, float *dx,
                       gboolean accumulate) {
  const WindowAxis *axis = self->g->axis;
  const float *image = padded_outputs(self, dout, n);
  int index = 0;

  for (int vertical = 0; vertical < axis[0].stride; vertical++)
    for (int horizontal = 0; horizontal < axis[1].stride; horizontal++) {
      const PhaseOf phase = phase_of(self->g, vertical, horizontal);
      if (phase.pixels[0] > 0 && phase.pixels[1] > 0)
        run_phase(self, &phase, index, image, n, dx, accumulate);
      index += phase.cells[0] * phase.cells[1];
    }
}

/* --- few channels: the gradients of patches, added up where the patches were cut from --- */

static float *window_at(const ConvBack *self, int y, int group) {
  const ConvGeometry *g = self->g;

  return self->image + (gsize)(y * g->axis[0].stride) * (gsize)(g->padded[1] * g->in) +
         group * g->group_in;
}

static void scatter(const ConvBack *self, int group, int from, int rows) {
  const ConvGeometry *g = self->g;
  const float *patch = self->patch;

  for (int y = from; y < from + rows; y++) {
    float *row = window_at(self, y, group);
    for (int x = 0; x < g->axis[1].output; x++, patch += g->taps)
      for (int t = 0; t < g->taps; t++)
        row[self->offset[t] + x * g->axis[1].stride * g->in] += patch[t];
  }
}

static void run_patches(const ConvBack *self, const float *kernel, const float *dout, int group,
                        int from, int rows) {
  const ConvGeometry *g = self->g;

  kernels()->gemm(&(Gemm){.m = rows * g->axis[1].output,
                          .n = g->taps,
                          .k = g->group_out,
                          .a = dout + from * g->axis[1].output * g->out + group * g->group_out,
                          .a_row = g->out,
                          .a_col = 1,
                          .b = kernel + group * g->group_out,
                          .b_row = 1,
                          .b_col = g->out,
                          .c = self->patch,
                          .c_row = g->taps});
  scatter(self, group, from, rows);
}

static void store_image(const ConvBack *self, float *dx, gboolean accumulate) {
  const ConvGeometry *g = self->g;
  const int width = g->axis[1].input * g->in, padded = g->padded[1] * g->in;

  for (int y = 0; y < g->axis[0].input; y++, dx += width) {
    const float *from = self->image + (y + g->axis[0].before) * padded + g->axis[1].before * g->in;
    if (!accumulate)
      memset(dx, 0, (gsize)width * sizeof(float));
    kernels()->add(from, dx, (gsize)width);
  }
}

static void run_image(const ConvBack *self, const float *kernel, const float *dout, float *dx,
                      gboolean accumulate) {
  const ConvGeometry *g = self->g;
  const int chunk = chunk_rows(g);

  memset(self->image, 0, padded_input(g) * sizeof(float));
  for (int group = 0; group < g->groups; group++)
    for (int from = 0; from < g->axis[0].output; from += chunk)
      run_patches(self, kernel, dout, group, from, MIN(chunk, g->axis[0].output - from));
  store_image(self, dx, accumulate);
}

void conv_back_run(const ConvBack *self, const float *kernel, const float *dout, int n, float *dx,
                   gboolean accumulate) {
  const ConvGeometry *g = self->g;
  const gsize out = (gsize)g->axis[0].output * (gsize)g->axis[1].output * (gsize)g->out;
  const gsize in = (gsize)g->axis[0].input * (gsize)g->axis[1].input * (gsize)g->in;

  if (!by_patches(g)) {
    run_phases(self, dout, n, dx, accumulate);
    return;
  }
  for (int i = 0; i < n; i++)
    run_image(self, kernel, dout + (gsize)i * out, dx + (gsize)i * in, accumulate);
}
