#include "core/kernels/vmath.h"

/* The last vector's lanes past the row. */
INLINE Vec within(Vec v, int i, int n) {
  float lane[LANES];

  if (i + LANES <= n)
    return v;
  vec_store(lane, v);
  return vec_load_part(lane, n - i);
}

INLINE float row_scale(const NormRows *r, const float *x, float *mean) {
  Vec sum = {0}, squares = {0};

  for (int i = 0; i < r->columns; i += LANES)
    sum += load_column(x, i, r->columns);
  *mean = vec_sum(sum) / (float)r->columns;
  for (int i = 0; i < r->columns; i += LANES) {
    Vec d = within(load_column(x, i, r->columns) - *mean, i, r->columns);
    squares += d * d;
  }
  return 1 / __builtin_sqrtf(vec_sum(squares) / (float)r->columns + r->epsilon);
}

INLINE Vec gamma_at(const NormRows *r, int i) {
  return r->gamma != NULL ? load_column(r->gamma, i, r->columns) : vec_set(1);
}

void K(norm_rows)(const NormRows *r) {
  for (int row = 0; row < r->rows; row++) {
    const gsize from = (gsize)row * (gsize)r->columns;
    float mean;
    const float scale = row_scale(r, r->x + from, &mean);
    for (int i = 0; i < r->columns; i += LANES) {
      Vec normal = (load_column(r->x + from, i, r->columns) - mean) * scale;
      Vec y = normal * gamma_at(r, i);
      store_column(r->normal + from, i, r->columns, normal);
      store_column(r->y + from, i, r->columns,
                   r->beta != NULL ? y + load_column(r->beta, i, r->columns) : y);
    }
  }
}

INLINE void add_up_to(float *p, int i, int n, Vec v) {
  store_column(p, i, n, load_column(p, i, n) + v);
}

static void learn_row(const NormRows *r, const float *dy, const float *normal) {
  for (int i = 0; r->dgamma != NULL && i < r->columns; i += LANES)
    add_up_to(r->dgamma, i, r->columns,
              load_column(dy, i, r->columns) * load_column(normal, i, r->columns));
  for (int i = 0; r->dbeta != NULL && i < r->columns; i += LANES)
    add_up_to(r->dbeta, i, r->columns, load_column(dy, i, r->columns));
}

static void pass_row(const NormRows *r, const float *x, const float *dy, const float *normal,
                     float *dx) {
  float mean;
  const float scale = row_scale(r, x, &mean), share = 1 / (float)r->columns;
  Vec sum = {0}, along = {0};

  for (int i = 0; i < r->columns; i += LANES) {
    Vec g = load_column(dy, i, r->columns) * gamma_at(r, i);
    sum += within(g, i, r->columns);
    along += within(g * load_column(normal, i, r->columns), i, r->columns);
  }
  const float level = vec_sum(sum) * share, slope = vec_sum(along) * share;
  for (int i = 0; i < r->columns; i += LANES) {
    Vec g = load_column(dy, i, r->columns) * gamma_at(r, i);
    Vec d = (g - level - load_column(normal, i, r->columns) * slope) * scale;
    store_column(dx, i, r->columns, r->accumulate ? load_column(dx, i, r->columns) + d : d);
  }
}

void K(norm_rows_gradient)(const NormRows *r) {
  if (r->dgamma != NULL)
    memset(r->dgamma, 0, (gsize)r->columns * sizeof(float));
  if (r->dbeta != NULL)
    memset(r->dbeta, 0, (gsize)r->columns * sizeof(float));
  for (int row = 0; row < r->rows; row++) {
    const gsize from = (gsize)row * (gsize)r->columns;
    learn_row(r, r->dy + from, r->normal + from);
    if (r->dx != NULL)
      pass_row(r, r->x + from, r->dy + from, r->normal + from, r->dx + from);
  }
}
