#include "core/kernels/vmath.h"

INLINE IVec lane_numbers(void) {
  IVec lanes;

  UNROLL
  for (int i = 0; i < LANES; i++)
    lanes[i] = i;
  return lanes;
}

/* Stores the part of a vector that lies within a row. */
INLINE void store_within(float *row, int j, int columns, Vec v) {
  if (j + LANES <= columns)
    vec_store(row + j, v);
  else
    vec_store_part(row + j, v, columns - j);
}

static void clear(float *row, int from, int columns) {
  for (int j = from; j < columns; j += LANES)
    store_within(row, j, columns, (Vec){0});
}

/* Of the columns from j on, those before `end` that the mask shows. */
INLINE IVec seen(const float *mask, int j, int end) {
  IVec within = lane_numbers() < end - j;

  return mask != NULL ? within & (vec_load(mask + j) > 0.5f) : within;
}

/* `end`: columns before it are seen, but for masked ones. Rows are read in whole vectors: what
 * stands after them is not looked at. */
INLINE void softmax_row(const AttentionRows *r, float *score, float *weight, int end) {
  const Vec lowest = vec_set(-G_MAXFLOAT), zero = {0};
  Vec most = lowest, sum = zero;

  for (int j = 0; j < end; j += LANES) {
    IVec visible = seen(r->mask, j, end);
    Vec s = vec_load(score + j) * r->scale;
    most = vec_max(most, vec_select(visible, s, lowest));
    store_within(score, j, r->columns, vec_select(visible, s, zero));
  }
  const float shift = vec_largest(most);
  for (int j = 0; j < end; j += LANES) {
    Vec e = vec_select(seen(r->mask, j, end), vec_exp(vec_load(score + j) - shift), zero);
    sum += e;
    store_within(weight, j, r->columns, e);
  }
  const float total = vec_sum(sum), factor = total > 0 ? 1 / total : 0;
  for (int j = 0; j < end; j += LANES)
    store_within(weight, j, r->columns, vec_load(weight + j) * factor);
}

/* Whole vectors up to this column hold what is seen. */
static int whole(int end) { return (end + LANES - 1) / LANES * LANES; }

void K(attention_rows)(const AttentionRows *r) {
  for (int t = 0; t < r->rows; t++) {
    const int end = r->causal ? MIN(t + 1, r->columns) : r->columns;
    float *score = r->scores + (gsize)t * (gsize)r->columns;
    float *weight = r->weights + (gsize)t * (gsize)r->columns;
    softmax_row(r, score, weight, end);
    clear(score, whole(end), r->columns);
    clear(weight, whole(end), r->columns);
  }
}

INLINE void gradient_row(const AttentionRowsGradient *r, const float *weight, float *gradient,
                         int end) {
  Vec sum = {0};

  for (int j = 0; j < end; j += LANES)
    sum += vec_select(seen(NULL, j, end), vec_load(weight + j) * vec_load(gradient + j), (Vec){0});
  const float dot = vec_sum(sum);
  for (int j = 0; j < end; j += LANES) {
    Vec d = vec_load(weight + j) * (vec_load(gradient + j) - dot) * r->scale;
    store_within(gradient, j, r->columns, vec_select(seen(NULL, j, end), d, (Vec){0}));
  }
}

void K(attention_rows_gradient)(const AttentionRowsGradient *r) {
  for (int t = 0; t < r->rows; t++) {
    const int end = r->causal ? MIN(t + 1, r->columns) : r->columns;
    float *gradient = r->gradient + (gsize)t * (gsize)r->columns;
    gradient_row(r, r->weights + (gsize)t * (gsize)r->columns, gradient, end);
    clear(gradient, whole(end), r->columns);
  }
}

/* Up to a vector of numbers; 0 after them. */
INLINE Vec load_up_to(const float *p, int n) {
  return n >= LANES ? vec_load(p) : vec_load_part(p, n);
}

INLINE void add_up_to(float *p, Vec v, int n) {
  if (n >= LANES)
    vec_store(p, vec_load(p) + v);
  else
    vec_store_part(p, vec_load_part(p, n) + v, n);
}

/* Past the end w is 0. */
INLINE Vec weight_at(const AdditiveRow *r, int i) {
  return r->w != NULL ? load_up_to(r->w + i, r->size - i)
                      : vec_select(seen(NULL, i, r->size), vec_set(1), (Vec){0});
}

void K(additive_row)(const AdditiveRow *r) {
  for (int s = 0; s < r->keys; s++) {
    const float *k = r->k + s * r->k_row;
    Vec sum = {0};
    for (int i = 0; i < r->size; i += LANES)
      sum += weight_at(r, i) * vec_tanh(vec_load(r->q + i) + vec_load(k + i));
    r->scores[s] = vec_sum(sum);
  }
}

/* A vector of numbers at a time, through all keys: what they give q and w stays in registers. */
void K(additive_row_gradient)(const AdditiveRow *r) {
  for (int i = 0; i < r->size; i += LANES) {
    const int n = r->size - i;
    Vec q = load_up_to(r->q + i, n), w = weight_at(r, i), dq = {0}, dw = {0};
    for (int s = 0; s < r->keys; s++) {
      Vec y = vec_tanh(q + load_up_to(r->k + s * r->k_row + i, n));
      Vec d = w * (1.0f - y * y) * r->scores[s];
      dq += d;
      dw += y * r->scores[s];
      if (r->dk != NULL)
        add_up_to(r->dk + s * r->k_row + i, d, n);
    }
    if (r->dq != NULL)
      add_up_to(r->dq + i, dq, n);
    if (r->dw != NULL)
      add_up_to(r->dw + i, dw, n);
  }
}
