/* Panels: two vectors of neighbouring columns of a matrix, copied so that its rows follow each
 * other and end in zeros where there are fewer columns. Included by the kernels only.
 */
#pragma once

#include "core/kernels/micro.h"

#define COLUMNS (2 * LANES)

/* Runs DO(m) for each number of rows that a block may have. */
#if MAX_M > 12
#define FOR_EACH_M(DO)                                                                             \
  DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14)
#elif MAX_M > 6
#define FOR_EACH_M(DO) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12)
#else
#define FOR_EACH_M(DO) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6)
#endif

INLINE void copy_columns(float *to, gssize to_row, const float *from, gssize from_row, int rows,
                         int columns) {
  for (int i = 0; i < rows; i++)
    memcpy(to + i * to_row, from + i * from_row, (gsize)columns * sizeof(float));
}

/* `columns` ≤ COLUMNS of `rows` rows of a matrix. Whole panels go vector by vector. */
INLINE void pack_rows(const float *from, gssize from_row, int rows, int columns, float *panel) {
  for (int i = 0; i < rows; i++, from += from_row, panel += COLUMNS) {
    if (columns == COLUMNS) {
      vec_store(panel, vec_load(from));
      vec_store(panel + LANES, vec_load(from + LANES));
      continue;
    }
    memcpy(panel, from, (gsize)columns * sizeof(float));
    memset(panel + columns, 0, (gsize)(COLUMNS - columns) * sizeof(float));
  }
}
