/* The cells of recurrent layers: one step of some rows, all of it in registers. */
#include "core/kernels/vmath.h"

/* Cut where nothing changes any more and e^x has room. */
#define FARTHEST 60.0f

INLINE Vec sigmoid(Vec x) {
  return vec_reciprocal(1.0f + vec_exp(vec_below(vec_above(-x, -FARTHEST), FARTHEST)));
}

INLINE Vec value_of(FunctionKind kind, Vec x) {
  switch (kind) {
  case FUNCTION_RELU:
    return vec_max(x, (Vec){0});
  case FUNCTION_SIGMOID:
    return sigmoid(x);
  case FUNCTION_TANH:
    return vec_tanh(x);
  default:
    return x;
  }
}

/* By the value y = f(x). */
INLINE Vec slope_of(FunctionKind kind, Vec y) {
  switch (kind) {
  case FUNCTION_RELU:
    return vec_select(y > 0.0f, vec_set(1.0f), (Vec){0});
  case FUNCTION_SIGMOID:
    return y * (1.0f - y);
  case FUNCTION_TANH:
    return 1.0f - y * y;
  default:
    return vec_set(1.0f);
  }
}

/* Rows are read in whole vectors, whatever follows them; what is not theirs is not written. */
INLINE void store_up_to(float *p, Vec v, int n) {
  if (n >= LANES)
    vec_store(p, v);
  else
    vec_store_part(p, v, n);
}

INLINE gboolean masked(const float *mask, gssize row, int r) {
  return mask != NULL && mask[r * row] <= 0.5f;
}

INLINE void lstm_forward(const LstmStep *s, int r, int u, gboolean keep) {
  const int n = s->units, left = n - u;
  float *gate = s->gates + r * s->gates_row + u;
  float *h = s->h + r * n + u, *c = s->c + r * n + u;
  Vec i = value_of(s->gate, vec_load(gate)), f = value_of(s->gate, vec_load(gate + n));
  Vec g = value_of(s->activation, vec_load(gate + 2 * n));
  Vec o = value_of(s->gate, vec_load(gate + 3 * n));
  Vec cell = f * vec_load(c) + i * g, hidden = o * value_of(s->activation, cell);

  store_up_to(gate, i, left);
  store_up_to(gate + n, f, left);
  store_up_to(gate + 2 * n, g, left);
  store_up_to(gate + 3 * n, o, left);
  if (keep) {
    cell = vec_load(c);
    hidden = vec_load(h);
  }
  store_up_to(c, cell, left);
  store_up_to(h, hidden, left);
  store_up_to(s->cell + r * s->state_row + u, cell, left);
  store_up_to(s->hidden + r * s->state_row + u, hidden, left);
}

void K(lstm_step)(const LstmStep *s) {
  for (int r = 0; r < s->rows; r++) {
    const gboolean keep = masked(s->mask, s->mask_row, r);
    for (int u = 0; u < s->units; u += LANES)
      lstm_forward(s, r, u, keep);
  }
}

INLINE Vec load_or_zero(const float *p, gssize at) {
  return p != NULL ? vec_load(p + at) : (Vec){0};
}

INLINE void lstm_backward(const LstmStepGradient *s, int r, int u, gboolean keep) {
  const int n = s->units, left = n - u;
  const float *gate = s->gates + r * s->gates_row + u;
  float *dgate = s->dgates + r * s->gates_row + u;
  float *dh = s->dh + r * n + u, *dc = s->dc + r * n + u;
  Vec i = vec_load(gate), f = vec_load(gate + n), g = vec_load(gate + 2 * n);
  Vec o = vec_load(gate + 3 * n), zero = {0};
  Vec squashed = value_of(s->activation, vec_load(s->cell + r * s->state_row + u));
  Vec dhidden = vec_load(dh) + load_or_zero(s->dy, r * s->state_row + u);
  Vec dcell = vec_load(dc) + dhidden * o * slope_of(s->activation, squashed);
  Vec di = dcell * g * slope_of(s->gate, i), dg = dcell * i * slope_of(s->activation, g);
  Vec df = dcell * load_or_zero(s->before, r * s->before_row + u) * slope_of(s->gate, f);
  Vec d_o = dhidden * squashed * slope_of(s->gate, o);

  store_up_to(dgate, keep ? zero : di, left);
  store_up_to(dgate + n, keep ? zero : df, left);
  store_up_to(dgate + 2 * n, keep ? zero : dg, left);
  store_up_to(dgate + 3 * n, keep ? zero : d_o, left);
  store_up_to(dh, keep ? dhidden : zero, left);
  store_up_to(dc, keep ? vec_load(dc) : dcell * f, left);
}

void K(lstm_step_gradient)(const LstmStepGradient *s) {
  for (int r = 0; r < s->rows; r++) {
    const gboolean keep = masked(s->mask, s->mask_row, r);
    for (int u = 0; u < s->units; u += LANES)
      lstm_backward(s, r, u, keep);
  }
}
