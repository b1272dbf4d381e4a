#include "core/kernels/vmath.h"

void K(column_moments)(const float *x, int rows, int n, float *mean, float *squares) {
  for (int i = 0; i < n; i += LANES) {
    Vec sum = {0}, away = {0};
    for (int r = 0; r < rows; r++)
      sum += load_column(x + (gsize)r * (gsize)n, i, n);
    const Vec middle = sum / (float)rows;
    for (int r = 0; r < rows; r++) {
      const Vec d = load_column(x + (gsize)r * (gsize)n, i, n) - middle;
      away += d * d;
    }
    store_column(mean, i, n, middle);
    store_column(squares, i, n, away);
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

void K(column_products)(const ColumnNorm *c, float *sum, float *along) {
  const int n = c->columns;

  for (int i = 0; i < n; i += LANES) {
    Vec all = {0}, product = {0};
    for (int r = 0; r < c->rows; r++) {
      const Vec dy = load_column(c->dy + (gsize)r * (gsize)n, i, n);
      all += dy;
      product += dy * load_column(c->normal + (gsize)r * (gsize)n, i, n);
    }
    store_column(sum, i, n, all);
    store_column(along, i, n, product);
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
