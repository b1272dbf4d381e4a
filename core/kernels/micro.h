/* The one inner loop of all products: a block of C held in registers while k runs.
 *
 *   acc[i][j] += Σ_k A(i, k) · B(k, j)       i < m ≤ MAX_M, two vectors of columns
 *
 * A(i, k) stands at a[i·a_row + k·a_col], with tables at a[i·a_row + k_offset[k]] or
 * a[i_offset[i] + k·a_col], or side by side at a[i + k·a_col]. Constant arguments make four loops
 * of this one source.
 */
#pragma once

#include "core/kernels/simd.h"

typedef struct {
  const float *a;
  gssize a_row, a_col;
  const gint32 *k_offset, *i_offset;
  const float *b;
  gssize b_row;
  gssize b_ahead; /* where to ask for what comes after, from each row of B; for MICRO_STRIDED */
  int k;
} Micro;

typedef enum {
  MICRO_STRIDED,
  MICRO_K_TABLE,
  MICRO_I_TABLE,
  MICRO_I_RUN,
} MicroMode;

/* Where A stands on its side, each step reads another row of it, often on another page: what the
 * hardware does not foresee. So many steps before it is needed it is asked for. */
#define AHEAD 10

/* `vectors` of columns: 1 or 2. The rows are reached from every third one's pointer: base, base +
 * stride, base + 2·stride are addresses a processor forms for nothing. */
INLINE void micro(const int m, const int vectors, const MicroMode mode, const Micro *g,
                  Vec acc[MAX_M][2]) {
  const float *row[(MAX_M + 2) / 3], *b = g->b;
  const gssize stride = g->a_row, col = g->a_col, b_row = g->b_row, ahead = g->b_ahead;
  const int k = g->k;

  UNROLL
  for (int i = 0; i < m; i += 3)
    row[i / 3] = g->a + i * stride;
  for (int step = 0; step < k; step++) {
    const gssize at = mode == MICRO_K_TABLE ? g->k_offset[step] : 0;
    if (mode == MICRO_STRIDED && col != 1) {
      __builtin_prefetch(row[0] + AHEAD * col);
      __builtin_prefetch(row[0] + AHEAD * col + m - 1);
    }
    if (mode == MICRO_STRIDED) {
      __builtin_prefetch(b + ahead);
      __builtin_prefetch(b + ahead + 2 * LANES - 1);
    }
    Vec b0 = vec_load(b), b1 = vectors > 1 ? vec_load(b + LANES) : b0;
    UNROLL
    for (int i = 0; i < m; i++) {
      const float *a = mode == MICRO_I_RUN     ? row[0] + i
                       : mode == MICRO_I_TABLE ? row[0] + g->i_offset[i]
                                               : row[i / 3] + at + (i % 3) * stride;
      Vec x = vec_set(*a);
      acc[i][0] += x * b0;
      if (vectors > 1)
        acc[i][1] += x * b1;
    }
    b += b_row;
    if (mode == MICRO_STRIDED) {
      UNROLL
      for (int i = 0; i < m; i += 3)
        row[i / 3] += col;
    } else if (mode != MICRO_K_TABLE) {
      row[0] += col;
    }
  }
}
