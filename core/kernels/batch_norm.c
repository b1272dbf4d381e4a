#include "core/kernels/vmath.h"

/* Rows are added up in so many chains: no sum waits for the one before. */
#define CHAINS 4

INLINE Vec add_chains(const Vec sum[CHAINS]) { return (sum[0] + sum[1]) + (sum[2] + sum[3]); }

INLINE Vec column_sum(const float *x, int rows, int n, int i) {
  Vec sum[CHAINS] = {0};
  int r = 0;

  for (; r + CHAINS <= rows; r += CHAINS)
    UNROLL
  for (int c = 0; c < CHAINS; c++)
    sum[c] += load_column(x + (gsize)(r + c) * (gsize)n, i, n);
  for (; r < rows; r++)
    sum[0] += load_column(x + (gsize)r * (gsize)n, i, n);
  return add_chains(sum);
}

INLINE Vec squared(Vec v) { return v * v; }

INLINE Vec column_squares(const float *x, int rows, int n, int i, Vec middle) {
  Vec sum[CHAINS] = {0};
  int r = 0;

  for (; r + CHAINS <= rows; r += CHAINS)
    UNROLL
  for (int c = 0; c < CHAINS; c++)
    sum[c] += squared(load_column(x + (gsize)(r + c) * (gsize)n, i, n) - middle);
  for (; r < rows; r++)
    sum[0] += squared(load_column(x + (gsize)r * (gsize)n, i, n) - middle);
  return add_chains(sum);
}

void K(column_moments)(const float *x, int rows, int n, float *mean, float *squares) {
  for (int i = 0; i < n; i += LANES) {
    const Vec middle = column_sum(x, rows, n, i) / (float)rows;
    store_column(mean, i, n, middle);
    store_column(squares, i, n, column_squares(x, rows, n, i, middle));
  }
}

void K(normalize_columns)(const ColumnNorm *c) {
  const int n = c->columns;

  for (int r = 0; r < c->rows; r++) {
    const gsize from = (gsize)r * (gsize)n;
    for (int i = 0; i < n; i += LANES) {
      const Vec normal = (load_column(c->x + from, i, n) - load_column(c->mean, i, n)) *
                         load_column(c->scale, i, n);
      Vec y = c->gamma != NULL ? normal * load_column(c->gamma, i, n) : normal;
      if (c->beta != NULL)
        y += load_column(c->beta, i, n);
      store_column(c->normal + from, i, n, normal);
      store_column(c->y + from, i, n, y);
    }
  }
}

/* Adds one row to the sums of dy and of dy · x̂. */
INLINE void add_products(const ColumnNorm *c, int row, int i, Vec *all, Vec *product) {
  const gsize from = (gsize)row * (gsize)c->columns;
  const Vec dy = load_column(c->dy + from, i, c->columns);

  *all += dy;
  *product += dy * load_column(c->normal + from, i, c->columns);
}

void K(column_products)(const ColumnNorm *c, float *sum, float *along) {
  const int n = c->columns;

  for (int i = 0; i < n; i += LANES) {
    Vec all[CHAINS] = {0}, product[CHAINS] = {0};
    int r = 0;
    for (; r + CHAINS <= c->rows; r += CHAINS)
      UNROLL
    for (int k = 0; k < CHAINS; k++)
      add_products(c, r + k, i, &all[k], &product[k]);
    for (; r < c->rows; r++)
      add_products(c, r, i, &all[0], &product[0]);
    store_column(sum, i, n, add_chains(all));
    store_column(along, i, n, add_chains(product));
  }
}

void K(normalize_columns_gradient)(const ColumnNorm *c) {
  const int n = c->columns;

  for (int r = 0; r < c->rows; r++) {
    const gsize from = (gsize)r * (gsize)n;
    for (int i = 0; i < n; i += LANES) {
      Vec dx = load_column(c->dy + from, i, n) - load_column(c->level, i, n) -
               load_column(c->normal + from, i, n) * load_column(c->slope, i, n);
      dx *= load_column(c->scale, i, n);
      if (c->gamma != NULL)
        dx *= load_column(c->gamma, i, n);
      if (c->accumulate)
        dx += load_column(c->dx + from, i, n);
      store_column(c->dx + from, i, n, dx);
    }
  }
}
