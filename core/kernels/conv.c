#include "core/kernels/panel.h"

#define PANEL_TAPS 256 /* of a panel at most: it stays in the first cache */
#define FEW_LINES 2    /* of pixels: the kernel is read too seldom to be worth a copy */

/* Neighbouring pixels of a row, some taps, one panel of channels. */
typedef struct {
  const float *x;
  gssize x_step;
  const gint32 *offset;
  const float *kernel;
  gssize kernel_row;
  int taps;
  float *out;
  gssize out_step;
  const float *bias; /* NULL: none, or not yet */
  gboolean load;
} Block;

/* Bias last, as in the gemm: the sum over taps is one chain from zero. */
INLINE void block_run(const int m, const int vectors, const Block *b) {
  Vec acc[MAX_M][2];
  Micro g = {.a = b->x,
             .a_row = b->x_step,
             .k_offset = b->offset,
             .b = b->kernel,
             .b_row = b->kernel_row,
             .k = b->taps};

  UNROLL
  for (int i = 0; i < m; i++)
    acc[i][0] = acc[i][1] = (Vec){0};
  if (b->load) {
    UNROLL
    for (int i = 0; i < m; i++)
      UNROLL
    for (int j = 0; j < vectors; j++)
      acc[i][j] = vec_load(b->out + i * b->out_step + j * LANES);
  }
  micro(m, vectors, MICRO_K_TABLE, &g, acc);
  UNROLL
  for (int j = 0; j < vectors; j++) {
    Vec bias = b->bias != NULL ? vec_load(b->bias + j * LANES) : (Vec){0};
    UNROLL
    for (int i = 0; i < m; i++)
      vec_store(b->out + i * b->out_step + j * LANES, acc[i][j] + bias);
  }
}

#define BLOCK(m)                                                                                   \
  static void block_##m##_1(const Block *b) { block_run(m, 1, b); }                                \
  static void block_##m##_2(const Block *b) { block_run(m, 2, b); }
#define PAIR(m) {block_##m##_1, block_##m##_2},
/* clang-format off */
FOR_EACH_M(BLOCK)
static void (*const BLOCKS[MAX_M][2])(const Block *b) = {FOR_EACH_M(PAIR)};
/* clang-format on */

/* Channels that do not fill a vector go through a block of their own. */
static void run_block(Block *b, int m, int columns) {
  float edge[MAX_M * COLUMNS] __attribute__((aligned(64))), bias[COLUMNS] = {0}, *out = b->out;
  const gssize step = b->out_step;
  const int vectors = columns > LANES ? 2 : 1;

  if (columns % LANES == 0) {
    BLOCKS[m - 1][vectors - 1](b);
    return;
  }
  memset(edge, 0, sizeof edge);
  if (b->load)
    copy_columns(edge, COLUMNS, out, step, m, columns);
  if (b->bias != NULL)
    b->bias = memcpy(bias, b->bias, (gsize)columns * sizeof(float));
  b->out = edge;
  b->out_step = COLUMNS;
  BLOCKS[m - 1][vectors - 1](b);
  copy_columns(out, step, edge, COLUMNS, m, columns);
}

/* A part of the product: some channels, some taps. */
typedef struct {
  int channel, channels, tap, taps;
  const float *kernel;
  gssize kernel_row;
} Part;

/* The pixels of a row, cut evenly into as few blocks as registers allow. */
static void run_line(const Conv *c, const Part *part, const float *x, float *out) {
  const int pixels = c->at.pixels, blocks = (pixels + MAX_M - 1) / MAX_M;
  const gboolean last = part->tap + part->taps == c->taps;

  for (int i = 0; i < blocks; i++) {
    const int from = pixels * i / blocks;
    Block block = {.x = x + from * c->at.x_step,
                   .x_step = c->at.x_step,
                   .offset = c->offset + part->tap,
                   .kernel = part->kernel,
                   .kernel_row = part->kernel_row,
                   .taps = part->taps,
                   .out = out + from * c->at.out_step + part->channel,
                   .out_step = c->at.out_step,
                   .bias = last && c->bias != NULL ? c->bias + part->channel : NULL,
                   .load = c->accumulate || part->tap > 0};
    run_block(&block, pixels * (i + 1) / blocks - from, part->channels);
  }
}

static void run_part(const Conv *c, Part *part) {
  static _Thread_local float panel[PANEL_TAPS * COLUMNS] __attribute__((aligned(64)));
  const ConvPixels *at = &c->at;
  const gboolean whole = part->channels % LANES == 0;

  part->kernel = c->kernel + part->tap * c->kernel_row + part->channel;
  part->kernel_row = c->kernel_row;
  if (!whole || (c->kernel_row > COLUMNS && at->images * at->rows > FEW_LINES)) {
    pack_rows(part->kernel, c->kernel_row, part->taps, part->channels, panel);
    part->kernel = panel;
    part->kernel_row = COLUMNS;
  }
  for (int i = 0; i < at->images; i++)
    for (int r = 0; r < at->rows; r++)
      run_line(c, part, c->x + i * at->x_image + r * at->x_row,
               c->out + i * at->out_image + r * at->out_row);
}

void K(conv)(const Conv *c) {
  const int parts = MAX(1, (c->taps + PANEL_TAPS - 1) / PANEL_TAPS);

  for (int channel = 0; channel < c->channels; channel += COLUMNS)
    for (int i = 0; i < parts; i++) {
      const int tap = c->taps * i / parts;
      Part part = {.channel = channel,
                   .channels = MIN(COLUMNS, c->channels - channel),
                   .tap = tap,
                   .taps = c->taps * (i + 1) / parts - tap};
      run_part(c, &part);
    }
}
