#include "core/kernels/panel.h"

#define PANEL_PIXELS 256 /* of a panel at most: it stays in the first cache */
#define SHORT_RUN 8      /* taps side by side: below, a table of offsets costs less */

/* Some pixels: of `lines` rows, all that lie between `from` and `from + pixels`. */
typedef struct {
  int line, lines, from, pixels;
  const float *dout; /* their panel: pixels follow each other */
} Part;

/* m taps, one panel of channels. */
typedef struct {
  const ConvGradient *c;
  const Part *part;
  int tap;
  float *kernel;
  gssize kernel_row;
  gboolean load;
} Block;

static const float *x_at(const ConvGradient *c, int line, int pixel) {
  const ConvPixels *at = &c->at;

  return c->x + line / at->rows * at->x_image + line % at->rows * at->x_row + pixel * at->x_step;
}

static const float *dout_at(const ConvGradient *c, int line, int pixel) {
  const ConvPixels *at = &c->at;

  return c->dout + line / at->rows * at->out_image + line % at->rows * at->out_row +
         pixel * at->out_step;
}

INLINE void block_run(const int m, const int vectors, const MicroMode mode, const Block *b) {
  const Part *part = b->part;
  const gint32 *offset = b->c->offset + b->tap;
  Vec acc[MAX_M][2];

  UNROLL
  for (int i = 0; i < m; i++)
    UNROLL
  for (int j = 0; j < 2; j++)
    acc[i][j] =
        b->load && j < vectors ? vec_load(b->kernel + i * b->kernel_row + j * LANES) : (Vec){0};
  for (int l = 0; l < part->lines; l++) {
    Micro g = {.a = x_at(b->c, part->line + l, part->from) + (mode == MICRO_I_RUN ? *offset : 0),
               .a_col = b->c->at.x_step,
               .i_offset = offset,
               .b = part->dout + l * part->pixels * COLUMNS,
               .b_row = COLUMNS,
               .k = part->pixels};
    micro(m, vectors, mode, &g, acc);
  }
  UNROLL
  for (int i = 0; i < m; i++)
    UNROLL
  for (int j = 0; j < vectors; j++)
    vec_store(b->kernel + i * b->kernel_row + j * LANES, acc[i][j]);
}

#define BLOCK(m)                                                                                   \
  static void table_##m##_1(const Block *b) { block_run(m, 1, MICRO_I_TABLE, b); }                 \
  static void table_##m##_2(const Block *b) { block_run(m, 2, MICRO_I_TABLE, b); }                 \
  static void run_##m##_1(const Block *b) { block_run(m, 1, MICRO_I_RUN, b); }                     \
  static void run_##m##_2(const Block *b) { block_run(m, 2, MICRO_I_RUN, b); }
#define FOUR_OF(m) {{table_##m##_1, table_##m##_2}, {run_##m##_1, run_##m##_2}},
/* clang-format off */
FOR_EACH_M(BLOCK)
static void (*const BLOCKS[MAX_M][2][2])(const Block *b) = {FOR_EACH_M(FOUR_OF)};
/* clang-format on */

/* Channels that do not fill a vector go through a block of their own. */
static void run_block(Block *b, gboolean run, int m, int columns) {
  float edge[MAX_M * COLUMNS] __attribute__((aligned(64))), *kernel = b->kernel;
  const int vectors = columns > LANES ? 2 : 1;

  if (columns % LANES == 0) {
    BLOCKS[m - 1][run][vectors - 1](b);
    return;
  }
  memset(edge, 0, sizeof edge);
  if (b->load)
    copy_columns(edge, COLUMNS, kernel, b->kernel_row, m, columns);
  b->kernel = edge;
  b->kernel_row = COLUMNS;
  BLOCKS[m - 1][run][vectors - 1](b);
  copy_columns(kernel, b->c->kernel_row, edge, COLUMNS, m, columns);
}

/* Taps from `tap` on that stand side by side. */
static int run_length(const ConvGradient *c, int tap) {
  int n = 1;

  while (tap + n < c->taps && c->offset[tap + n] == c->offset[tap] + n)
    n++;
  return n;
}

/* The taps that one table reaches: up to the next long run, at most. */
static int table_length(const ConvGradient *c, int tap) {
  int n = 0;

  while (tap + n < c->taps) {
    const int run = run_length(c, tap + n);
    if (run >= SHORT_RUN)
      break;
    n += run;
  }
  return n;
}

/* All taps for one part and panel; runs and tables are cut evenly into as few blocks as registers
 * allow. */
static void run_taps(const ConvGradient *c, const Part *part, int channel, int columns) {
  for (int tap = 0; tap < c->taps;) {
    const int n = run_length(c, tap);
    const gboolean run = n >= SHORT_RUN;
    const int taps = run ? n : table_length(c, tap), blocks = (taps + MAX_M - 1) / MAX_M;
    for (int i = 0; i < blocks; i++) {
      const int from = tap + taps * i / blocks;
      Block block = {.c = c,
                     .part = part,
                     .tap = from,
                     .kernel = c->kernel + from * c->kernel_row + channel,
                     .kernel_row = c->kernel_row,
                     .load = c->accumulate || part->line > 0 || part->from > 0};
      run_block(&block, run, tap + taps * (i + 1) / blocks - from, columns);
    }
    tap += taps;
  }
}

/* One panel of channels of one part, copied so that pixels follow each other. */
static void run_panel(const ConvGradient *c, Part part, int channel) {
  static _Thread_local float panel[PANEL_PIXELS * COLUMNS] __attribute__((aligned(64)));
  const int columns = MIN(COLUMNS, c->channels - channel);

  for (int l = 0; l < part.lines; l++)
    pack_rows(dout_at(c, part.line + l, part.from) + channel, c->at.out_step, part.pixels, columns,
              panel + l * part.pixels * COLUMNS);
  part.dout = panel;
  run_taps(c, &part, channel, columns);
}

void K(conv_gradient)(const ConvGradient *c) {
  const int lines = c->at.images * c->at.rows, pixels = MIN(c->at.pixels, PANEL_PIXELS);
  const int together = PANEL_PIXELS / pixels;

  for (int line = 0; line < lines; line += together)
    for (int from = 0; from < c->at.pixels; from += pixels)
      for (int channel = 0; channel < c->channels; channel += COLUMNS)
        run_panel(c,
                  (Part){.line = line,
                         .lines = pixels == c->at.pixels ? MIN(together, lines - line) : 1,
                         .from = from,
                         .pixels = MIN(pixels, c->at.pixels - from)},
                  channel);
}
