/* The cells of recurrent layers: one step of some rows, all of it in registers. */
#include "core/kernels/vmath.h"

/* A function's value as a fraction: of several, one reciprocal gives all. */
typedef struct {
  Vec p, q;
} Fraction;

/* The rational minimax approximation of Eigen's ptanh: odd over even, to a few units in the last
 * place; beyond ±7.9 a float's tanh is ±1. */
INLINE Fraction fraction_tanh(Vec x) {
  x = vec_below(vec_above(x, -7.90531111f), 7.90531111f);
  Vec z = x * x, p = vec_set(-2.76076847742355e-16f), q = vec_set(1.19825839466702e-6f);

  p = p * z + 2.00018790482477e-13f;
  p = p * z - 8.60467152213735e-11f;
  p = p * z + 5.12229709037114e-8f;
  p = p * z + 1.48572235717979e-5f;
  p = p * z + 6.37261928875436e-4f;
  p = p * z + 4.89352455891786e-3f;
  q = q * z + 1.18534705686654e-4f;
  q = q * z + 2.26843463243900e-3f;
  q = q * z + 4.89352518554385e-3f;
  return (Fraction){p * x, q};
}

/* σ(x) = ½ + ½·tanh(x/2) */
INLINE Fraction fraction_of(FunctionKind kind, Vec x) {
  Fraction f;

  switch (kind) {
  case FUNCTION_RELU:
    return (Fraction){vec_max(x, (Vec){0}), vec_set(1.0f)};
  case FUNCTION_SIGMOID:
    f = fraction_tanh(0.5f * x);
    return (Fraction){0.5f * (f.q + f.p), f.q};
  case FUNCTION_TANH:
    return fraction_tanh(x);
  default:
    return (Fraction){x, vec_set(1.0f)};
  }
}

INLINE Vec value_of(FunctionKind kind, Vec x) {
  Fraction f = fraction_of(kind, x);

  return kind == FUNCTION_SIGMOID || kind == FUNCTION_TANH ? f.p * vec_reciprocal(f.q) : f.p;
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

INLINE void lstm_forward(const LstmStep *s, FunctionKind activation, FunctionKind kind, int r,
                         int u, gboolean keep) {
  const int n = s->units, left = n - u;
  float *gate = s->gates + r * s->gates_row + u;
  float *h = s->h + r * n + u, *c = s->c + r * n + u;
  Vec old_cell = vec_load(c), old_hidden = vec_load(h);
  Fraction fi = fraction_of(kind, vec_load(gate)), ff = fraction_of(kind, vec_load(gate + n));
  Fraction fg = fraction_of(activation, vec_load(gate + 2 * n));
  Fraction fo = fraction_of(kind, vec_load(gate + 3 * n));
  Vec first = fi.q * ff.q, second = fg.q * fo.q, all = vec_reciprocal(first * second);
  Vec i = fi.p * (ff.q * second * all), f = ff.p * (fi.q * second * all);
  Vec g = fg.p * (fo.q * first * all), o = fo.p * (fg.q * first * all);
  Vec cell = f * old_cell + i * g, hidden = o * value_of(activation, cell);

  store_up_to(gate, i, left);
  store_up_to(gate + n, f, left);
  store_up_to(gate + 2 * n, g, left);
  store_up_to(gate + 3 * n, o, left);
  if (keep) {
    cell = old_cell;
    hidden = old_hidden;
  }
  store_up_to(c, cell, left);
  store_up_to(h, hidden, left);
  store_up_to(s->cell + r * s->state_row + u, cell, left);
  store_up_to(s->hidden + r * s->state_row + u, hidden, left);
}

INLINE void lstm_rows(const LstmStep step, FunctionKind activation, FunctionKind gate) {
  for (int r = 0; r < step.rows; r++) {
    const gboolean keep = masked(step.mask, step.mask_row, r);
    for (int u = 0; u < step.units; u += LANES)
      lstm_forward(&step, activation, gate, r, u, keep);
  }
}

/* The usual functions as constants: a loop without branches. */
void K(lstm_step)(const LstmStep *s) {
  if (s->activation == FUNCTION_TANH && s->gate == FUNCTION_SIGMOID)
    lstm_rows(*s, FUNCTION_TANH, FUNCTION_SIGMOID);
  else
    lstm_rows(*s, s->activation, s->gate);
}

INLINE Vec load_or_zero(const float *p, gssize at) {
  return p != NULL ? vec_load(p + at) : (Vec){0};
}

INLINE void lstm_backward(const LstmStepGradient *s, FunctionKind activation, FunctionKind kind,
                          int r, int u, gboolean keep) {
  const int n = s->units, left = n - u;
  const float *gate = s->gates + r * s->gates_row + u;
  float *dgate = s->dgates + r * s->gates_row + u;
  float *dh = s->dh + r * n + u, *dc = s->dc + r * n + u;
  Vec i = vec_load(gate), f = vec_load(gate + n), g = vec_load(gate + 2 * n);
  Vec o = vec_load(gate + 3 * n), zero = {0};
  Vec squashed = value_of(activation, vec_load(s->cell + r * s->state_row + u));
  Vec dhidden = vec_load(dh) + load_or_zero(keep && s->silent ? NULL : s->dy, r * s->state_row + u);
  Vec dcell = vec_load(dc) + dhidden * o * slope_of(activation, squashed);
  Vec di = dcell * g * slope_of(kind, i), dg = dcell * i * slope_of(activation, g);
  Vec df = dcell * load_or_zero(s->before, r * s->before_row + u) * slope_of(kind, f);
  Vec d_o = dhidden * squashed * slope_of(kind, o);

  store_up_to(dgate, keep ? zero : di, left);
  store_up_to(dgate + n, keep ? zero : df, left);
  store_up_to(dgate + 2 * n, keep ? zero : dg, left);
  store_up_to(dgate + 3 * n, keep ? zero : d_o, left);
  store_up_to(dh, keep ? dhidden : zero, left);
  store_up_to(dc, keep ? vec_load(dc) : dcell * f, left);
}

INLINE void lstm_rows_gradient(const LstmStepGradient step, FunctionKind activation,
                               FunctionKind gate) {
  for (int r = 0; r < step.rows; r++) {
    const gboolean keep = masked(step.mask, step.mask_row, r);
    for (int u = 0; u < step.units; u += LANES)
      lstm_backward(&step, activation, gate, r, u, keep);
  }
}

void K(lstm_step_gradient)(const LstmStepGradient *s) {
  if (s->activation == FUNCTION_TANH && s->gate == FUNCTION_SIGMOID)
    lstm_rows_gradient(*s, FUNCTION_TANH, FUNCTION_SIGMOID);
  else
    lstm_rows_gradient(*s, s->activation, s->gate);
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
