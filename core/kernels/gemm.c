#include "core/kernels/panel.h"

#define PANEL_K 512       /* a packed panel of B: 64 KiB at most */
#define CHUNK_K 512       /* steps after which what A and B gave is still in the second cache */
#define FIRST_CACHE 32768 /* bytes of B that stay in it beside a block's rows of A */

/* How one block of C starts and ends. */
typedef struct {
  float *c;
  gssize c_row;
  const float *bias;
  gboolean load, relu;
} Block;

INLINE void block_run(const int m, const int vectors, const Micro *g, const Block *block) {
  Vec acc[MAX_M][2], zero = {0};

  if (block->load) {
    UNROLL
    for (int i = 0; i < m; i++)
      UNROLL
    for (int j = 0; j < vectors; j++)
      acc[i][j] = vec_load(block->c + i * block->c_row + j * LANES);
  } else {
    UNROLL
    for (int i = 0; i < m; i++) {
      acc[i][0] = acc[i][1] = zero;
      __builtin_prefetch(block->c + i * block->c_row, 1);
      __builtin_prefetch(block->c + i * block->c_row + (vectors * LANES - 1), 1);
    }
  }
  micro(m, vectors, MICRO_STRIDED, g, acc);
  if (block->bias != NULL) {
    UNROLL
    for (int i = 0; i < m; i++)
      UNROLL
    for (int j = 0; j < vectors; j++)
      acc[i][j] += vec_load(block->bias + j * LANES);
  }
  if (block->relu) {
    UNROLL
    for (int i = 0; i < m; i++)
      UNROLL
    for (int j = 0; j < vectors; j++)
      acc[i][j] = vec_max(acc[i][j], zero);
  }
  UNROLL
  for (int i = 0; i < m; i++)
    UNROLL
  for (int j = 0; j < vectors; j++)
    vec_store(block->c + i * block->c_row + j * LANES, acc[i][j]);
}

typedef void (*BlockFunc)(const Micro *g, const Block *block);

#define BLOCK(m)                                                                                   \
  static void block_##m##_1(const Micro *g, const Block *block) { block_run(m, 1, g, block); }     \
  static void block_##m##_2(const Micro *g, const Block *block) { block_run(m, 2, g, block); }
/* clang-format off */
BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6)
#if MAX_M > 6
BLOCK(7) BLOCK(8) BLOCK(9) BLOCK(10) BLOCK(11) BLOCK(12)
#endif
#if MAX_M > 12
BLOCK(13) BLOCK(14)
#endif

#define PAIR(m) {block_##m##_1, block_##m##_2}
static const BlockFunc BLOCKS[MAX_M][2] = {
    PAIR(1),  PAIR(2),  PAIR(3), PAIR(4), PAIR(5), PAIR(6),
#if MAX_M > 6
    PAIR(7),  PAIR(8),  PAIR(9), PAIR(10), PAIR(11), PAIR(12),
#endif
#if MAX_M > 12
    PAIR(13), PAIR(14),
#endif
};
/* clang-format on */

/* columns ≤ COLUMNS of k rows of a B on its side (b_row is 1), as panel rows of whole vectors,
 * padded with zeros: squares of LANES × LANES are turned in registers. */
static void pack_columns(const Gemm *g, int column, int columns, int from, int k, float *panel) {
  const float *b = g->b + column * g->b_col + from;
  int j = 0;

  for (; j + LANES <= columns; j += LANES) {
    int step = 0;
    for (; step + LANES <= k; step += LANES)
      vec_transpose(b + j * g->b_col + step, g->b_col, panel + step * COLUMNS + j, COLUMNS);
    for (; step < k; step++)
      for (int l = j; l < j + LANES; l++)
        panel[step * COLUMNS + l] = b[step + l * g->b_col];
  }
  for (; j < COLUMNS; j++)
    for (int step = 0; step < k; step++)
      panel[step * COLUMNS + j] = j < columns ? b[step + j * g->b_col] : 0;
}

/* Columns that do not fill a vector go through a block of their own. */
static void run_block(const Micro *g, Block *block, int m, int columns) {
  float edge[MAX_M * COLUMNS] __attribute__((aligned(64)));
  float bias[COLUMNS] = {0}, *c = block->c;
  gssize c_row = block->c_row;
  int vectors = columns > LANES ? 2 : 1;

  if (columns % LANES == 0) {
    BLOCKS[m - 1][vectors - 1](g, block);
    return;
  }
  memset(edge, 0, sizeof edge);
  if (block->load)
    copy_columns(edge, COLUMNS, c, c_row, m, columns);
  if (block->bias != NULL)
    block->bias = memcpy(bias, block->bias, (gsize)columns * sizeof(float));
  block->c = edge;
  block->c_row = COLUMNS;
  BLOCKS[m - 1][vectors - 1](g, block);
  copy_columns(c, c_row, edge, COLUMNS, m, columns);
}

/* Rows are cut evenly into as few blocks as registers allow. */
typedef struct {
  int from, rows;
} RowBlock;

static int count_blocks(const Gemm *g) { return (g->m + MAX_M - 1) / MAX_M; }

static RowBlock row_block(const Gemm *g, int index) {
  const int blocks = count_blocks(g), from = g->m * index / blocks;

  return (RowBlock){from, g->m * (index + 1) / blocks - from};
}

/* Steps from … from + k - 1 of the sums of one block of rows and one panel of columns. */
static void run_cell(const Gemm *g, RowBlock rows, int column, int from, int k, const float *b,
                     gssize b_row, gssize b_ahead) {
  gboolean last = from + k == g->k;
  Micro args = {.a = g->a + rows.from * g->a_row + from * g->a_col,
                .a_row = g->a_row,
                .a_col = g->a_col,
                .b = b,
                .b_row = b_row,
                .b_ahead = b_ahead,
                .k = k};
  Block block = {.c = g->c + rows.from * g->c_row + column,
                 .c_row = g->c_row,
                 .bias = last && g->bias != NULL ? g->bias + column : NULL,
                 .load = g->accumulate || from > 0,
                 .relu = last && g->relu};

  run_block(&args, &block, rows.rows, MIN(COLUMNS, g->n - column));
}

/* B where it stands; of its last columns whole vectors are read, which memory has room for. When
 * all of it fits the first cache, each row of A is read once; else each panel of B is. */
static void run_direct(const Gemm *g) {
  const int blocks = count_blocks(g), panels = (g->n + COLUMNS - 1) / COLUMNS;
  const gboolean rows_first = (gsize)g->k * (gsize)g->n * sizeof(float) <= FIRST_CACHE;

  int from = 0;

  do {
    for (int i = 0; i < blocks * panels; i++) {
      const int block = rows_first ? i / panels : i % blocks;
      const int column = (rows_first ? i % panels : i / blocks) * COLUMNS;
      run_cell(g, row_block(g, block), column, from, MIN(CHUNK_K, g->k - from),
               g->b + column + from * g->b_row, g->b_row,
               column + COLUMNS < g->n ? COLUMNS : AHEAD * g->b_row);
    }
    from += CHUNK_K;
  } while (from < g->k);
}

/* B on its side: its panels turned, padded with zeros. */
static void run_packed(const Gemm *g) {
  static _Thread_local float panel[PANEL_K * COLUMNS] __attribute__((aligned(64)));
  const int blocks = count_blocks(g);

  for (int column = 0; column < g->n; column += COLUMNS)
    for (int from = 0; from < g->k; from += PANEL_K) {
      const int k = MIN(PANEL_K, g->k - from);
      pack_columns(g, column, MIN(COLUMNS, g->n - column), from, k, panel);
      for (int block = 0; block < blocks; block++)
        run_cell(g, row_block(g, block), column, from, k, panel, COLUMNS, AHEAD * COLUMNS);
    }
}

void K(gemm)(const Gemm *g) {
  g_assert((g->a_row == 1 || g->a_col == 1) && (g->b_row == 1 || g->b_col == 1));
  if (g->b_col == 1)
    run_direct(g);
  else
    run_packed(g);
}
