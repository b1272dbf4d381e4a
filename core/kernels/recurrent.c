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
  Vec dhidden = vec_load(dh) + load_or_zero(keep && s->silent ? NULL : s->dy, r * s->state_row + u);
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

/* z, r of the sums; with `before` also what r leaves of the state. */
INLINE void gru_gates(const GruStep *s, int r, int u) {
  const int n = s->units, left = n - u;
  float *gate = s->gates + r * s->gates_row + u;
  Vec z = value_of(s->gate, vec_load(gate)), reset = value_of(s->gate, vec_load(gate + n));

  store_up_to(gate, z, left);
  store_up_to(gate + n, reset, left);
  if (s->part == GRU_GATES)
    store_up_to(s->more + r * s->state_row + u, reset * vec_load(s->h + r * n + u), left);
}

INLINE void gru_state(const GruStep *s, int r, int u, gboolean keep) {
  const int n = s->units, left = n - u;
  float *gate = s->gates + r * s->gates_row + u, *h = s->h + r * n + u;
  Vec sum = vec_load(gate + 2 * n), z = vec_load(gate), before = vec_load(h);

  if (s->part == GRU_WHOLE)
    sum += vec_load(gate + n) * vec_load(s->more + r * s->state_row + u);
  Vec g = value_of(s->activation, sum);
  Vec hidden = keep ? before : z * before + (1.0f - z) * g;
  store_up_to(gate + 2 * n, g, left);
  store_up_to(h, hidden, left);
  store_up_to(s->hidden + r * s->state_row + u, hidden, left);
}

void K(gru_step)(const GruStep *s) {
  for (int r = 0; r < s->rows; r++) {
    const gboolean keep = masked(s->mask, s->mask_row, r);
    for (int u = 0; s->part != GRU_STATE && u < s->units; u += LANES)
      gru_gates(s, r, u);
    for (int u = 0; s->part != GRU_GATES && u < s->units; u += LANES)
      gru_state(s, r, u, keep);
  }
}

/* From the state to the sums of z and g, and, where g's has it, to those of r. */
INLINE void gru_state_backward(const GruStepGradient *s, int r, int u, gboolean keep) {
  const int n = s->units, left = n - u;
  const float *gate = s->gates + r * s->gates_row + u;
  float *dgate = s->dgates + r * s->gates_row + u, *dh = s->dh + r * n + u;
  Vec z = vec_load(gate), reset = vec_load(gate + n), g = vec_load(gate + 2 * n), zero = {0};
  Vec dhidden = vec_load(dh) + load_or_zero(keep && s->silent ? NULL : s->dy, r * s->state_row + u);
  Vec dz = dhidden * (vec_load(s->before + r * s->state_row + u) - g) * slope_of(s->gate, z);
  Vec dg = dhidden * (1.0f - z) * slope_of(s->activation, g);

  store_up_to(dgate, keep ? zero : dz, left);
  store_up_to(dgate + 2 * n, keep ? zero : dg, left);
  store_up_to(dh, keep ? dhidden : dhidden * z, left);
  if (s->part != GRU_WHOLE)
    return;
  const gssize more = r * s->state_row + u;
  Vec dreset = dg * vec_load(s->more + more) * slope_of(s->gate, reset);
  store_up_to(dgate + n, keep ? zero : dreset, left);
  store_up_to(s->dmore + more, keep ? zero : dg * reset, left);
}

/* From what r leaves of the state to both. */
INLINE void gru_gates_backward(const GruStepGradient *s, int r, int u) {
  const int n = s->units, left = n - u;
  const gssize state = r * s->state_row + u;
  float *dh = s->dh + r * n + u;
  Vec reset = vec_load(s->gates + r * s->gates_row + n + u), dmore = vec_load(s->dmore + state);

  store_up_to(s->dgates + r * s->gates_row + n + u,
              dmore * vec_load(s->before + state) * slope_of(s->gate, reset), left);
  store_up_to(dh, vec_load(dh) + dmore * reset, left);
}

void K(gru_step_gradient)(const GruStepGradient *s) {
  for (int r = 0; r < s->rows; r++) {
    const gboolean keep = masked(s->mask, s->mask_row, r);
    for (int u = 0; s->part != GRU_GATES && u < s->units; u += LANES)
      gru_state_backward(s, r, u, keep);
    for (int u = 0; s->part == GRU_GATES && u < s->units; u += LANES)
      gru_gates_backward(s, r, u);
  }
}

void K(simple_rnn_step)(const SimpleRnnStep *s) {
  for (int r = 0; r < s->rows; r++) {
    const gboolean keep = masked(s->mask, s->mask_row, r);
    for (int u = 0; u < s->units; u += LANES) {
      float *h = s->h + r * s->units + u, *hidden = s->hidden + r * s->row + u;
      Vec value = keep ? vec_load(h) : value_of(s->activation, vec_load(hidden));
      store_up_to(h, value, s->units - u);
      store_up_to(hidden, value, s->units - u);
    }
  }
}

void K(simple_rnn_step_gradient)(const SimpleRnnStepGradient *s) {
  for (int r = 0; r < s->rows; r++) {
    const gboolean keep = masked(s->mask, s->mask_row, r);
    for (int u = 0; u < s->units; u += LANES) {
      const gssize at = r * s->row + u;
      float *dh = s->dh + r * s->units + u;
      Vec dhidden = vec_load(dh) + load_or_zero(keep && s->silent ? NULL : s->dy, at), zero = {0};
      Vec dsum = dhidden * slope_of(s->activation, vec_load(s->hidden + at));
      store_up_to(s->dsums + at, keep ? zero : dsum, s->units - u);
      store_up_to(dh, keep ? dhidden : zero, s->units - u);
    }
  }
}
