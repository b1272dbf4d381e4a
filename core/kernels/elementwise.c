#include "core/kernels/vmath.h"

void K(bytes_to_unit)(const guint8 *x, float *y, gsize n) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    vec_store(y + i, __builtin_convertvector(ivec_load_bytes(x + i), Vec) / 255.0f);
  for (; i < n; i++)
    y[i] = (float)x[i] / 255.0f;
}

void K(add)(const float *x, float *y, gsize n) {
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    vec_store(y + i, vec_load(y + i) + vec_load(x + i));
  for (; i < n; i++)
    y[i] += x[i];
}

/* Four vectors of columns at a time, in registers for all rows. */
INLINE void sum_columns(const int vectors, const float *x, gssize row, int rows, int last,
                        float *sum, gboolean accumulate) {
  Vec total[4] = {{0}};

  for (int i = 0; i < rows; i++, x += row) {
    UNROLL
    for (int v = 0; v < vectors; v++)
      total[v] += v == vectors - 1 && last < LANES ? vec_load_part(x + v * LANES, last)
                                                   : vec_load(x + v * LANES);
  }
  for (int v = 0; v < vectors; v++) {
    const int n = v == vectors - 1 ? last : LANES;
    if (accumulate)
      total[v] += vec_load_part(sum + v * LANES, n);
    vec_store_part(sum + v * LANES, total[v], n);
  }
}

void K(sum_rows)(const float *x, gssize row, int rows, int n, float *sum, gboolean accumulate) {
  int j = 0;

  for (; j + 4 * LANES <= n; j += 4 * LANES)
    sum_columns(4, x + j, row, rows, LANES, sum + j, accumulate);
  for (; j + LANES <= n; j += LANES)
    sum_columns(1, x + j, row, rows, LANES, sum + j, accumulate);
  if (j < n)
    sum_columns(1, x + j, row, rows, n - j, sum + j, accumulate);
}

void K(transpose)(const float *from, int rows, int columns, float *to) {
  int i = 0;

  for (; i + LANES <= rows; i += LANES) {
    int j = 0;
    for (; j + LANES <= columns; j += LANES)
      vec_transpose(from + (gssize)i * columns + j, columns, to + (gssize)j * rows + i, rows);
    for (; j < columns; j++)
      for (int l = i; l < i + LANES; l++)
        to[(gssize)j * rows + l] = from[(gssize)l * columns + j];
  }
  for (; i < rows; i++)
    for (int j = 0; j < columns; j++)
      to[(gssize)j * rows + i] = from[(gssize)i * columns + j];
}
