/* Vectors of the instruction set this file is being compiled for; included by the kernels only.
 *
 * GCC's and clang's vector extensions: no intrinsics, so one source serves every processor. The
 * build contracts a·b + c to one fused operation where the processor has it.
 */
#pragma once

#include <glib.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "core/kernels/kernels.h"

#if defined(__AVX512F__)
#define LANES 16
#define MAX_M 14 /* rows of C held in registers, two vectors each */
#elif defined(__AVX2__) || defined(__AVX__)
#define LANES 8
#define MAX_M 6
#elif defined(__aarch64__)
#define LANES 4
#define MAX_M 12
#else
#define LANES 4
#define MAX_M 6
#endif

typedef float Vec __attribute__((vector_size(4 * LANES)));
typedef gint32 IVec __attribute__((vector_size(4 * LANES)));
/* The same in memory, at any float's address. */
typedef float VecU __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef guint8 BVecU __attribute__((vector_size(LANES), aligned(1), may_alias));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define ISA_NAME_(name, isa) name##_##isa
#define ISA_NAME(name, isa) ISA_NAME_(name, isa)
/* The name of a function of this variant: K(gemm) is gemm_avx512. */
#define K(name) ISA_NAME(name, ISA)

INLINE Vec vec_load(const float *p) { return *(const VecU *)p; }
INLINE void vec_store(float *p, Vec v) { *(VecU *)p = v; }
INLINE Vec vec_set(float x) { return x - (Vec){0}; }
INLINE Vec vec_select(IVec mask, Vec a, Vec b) {
  return (Vec)((mask & (IVec)a) | (~mask & (IVec)b));
}
INLINE Vec vec_max(Vec a, Vec b) { return vec_select(a > b, a, b); }

#ifndef __clang__
/* Lane numbers for turning a square, written out so that they are constants in memory: lanes with
 * bit s clear keep the first vector's and take the second's shifted up, and the other way round. */
#define LOW(l, s) ((l) & (s) ? LANES + (l) - (s) : (l))
#define HIGH(l, s) ((l) & (s) ? LANES + (l) : (l) + (s))
#define FOUR(f, l, s) f(l, s), f(l + 1, s), f(l + 2, s), f(l + 3, s)
#if LANES == 16
#define ALL_LANES(f, s) FOUR(f, 0, s), FOUR(f, 4, s), FOUR(f, 8, s), FOUR(f, 12, s)
#elif LANES == 8
#define ALL_LANES(f, s) FOUR(f, 0, s), FOUR(f, 4, s)
#else
#define ALL_LANES(f, s) FOUR(f, 0, s)
#endif

INLINE void vec_exchange(Vec v[LANES], const int s, const IVec low, const IVec high) {
  UNROLL
  for (int i = 0; i < LANES; i++)
    if ((i & s) == 0) {
      Vec first = __builtin_shuffle(v[i], v[i + s], low);
      v[i + s] = __builtin_shuffle(v[i], v[i + s], high);
      v[i] = first;
    }
}

#define EXCHANGE(v, s) vec_exchange(v, s, (IVec){ALL_LANES(LOW, s)}, (IVec){ALL_LANES(HIGH, s)})

/* to[i][j] = from[j][i] for a square of LANES. */
INLINE void vec_transpose(const float *from, gssize from_row, float *to, gssize to_row) {
  Vec v[LANES];

  UNROLL
  for (int i = 0; i < LANES; i++)
    v[i] = vec_load(from + i * from_row);
#if LANES == 16
  EXCHANGE(v, 8);
#endif
#if LANES >= 8
  EXCHANGE(v, 4);
#endif
  EXCHANGE(v, 2);
  EXCHANGE(v, 1);
  UNROLL
  for (int i = 0; i < LANES; i++)
    vec_store(to + i * to_row, v[i]);
}
#else
INLINE void vec_transpose(const float *from, gssize from_row, float *to, gssize to_row) {
  for (int i = 0; i < LANES; i++)
    for (int j = 0; j < LANES; j++)
      to[i * to_row + j] = from[j * from_row + i];
}
#endif

/* LANES bytes as integers. GCC 12 takes vectors of bytes apart one by one, hence the intrinsics. */
INLINE IVec ivec_load_bytes(const guint8 *p) {
#if defined(__AVX512F__)
  return (IVec)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
#elif defined(__AVX2__)
  return (IVec)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
#else
  return __builtin_convertvector(*(const BVecU *)p, IVec);
#endif
}

INLINE void ivec_store_bytes(guint8 *p, IVec v) {
#if defined(__AVX512F__)
  _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8((__m512i)v));
#else
  *(BVecU *)p = __builtin_convertvector(v, BVecU);
#endif
}

void K(gemm)(const Gemm *g);
void K(conv)(const Conv *c);
void K(conv_gradient)(const ConvGradient *c);
void K(pool_row)(const PoolRow *r);
void K(pool_row_gradient)(const PoolRowGradient *r);
void K(conv_pool_row)(const ConvPoolRow *r);
void K(conv_pool_row_gradient)(const ConvPoolRowGradient *r);
void K(attention_rows)(const AttentionRows *r);
void K(attention_rows_gradient)(const AttentionRowsGradient *r);
void K(additive_row)(const AdditiveRow *r);
void K(additive_row_gradient)(const AdditiveRow *r);
void K(bytes_to_unit)(const guint8 *x, float *y, gsize n);
void K(function)(FunctionKind kind, float parameter, const float *x, float *y, gsize n);
void K(function_gradient)(FunctionKind kind, float parameter, const float *x, const float *y,
                          const float *dy, float *dx, gsize n, gboolean accumulate);
void K(lstm_step)(const LstmStep *s);
void K(lstm_step_gradient)(const LstmStepGradient *s);
void K(gru_step)(const GruStep *s);
void K(gru_step_gradient)(const GruStepGradient *s);
void K(simple_rnn_step)(const SimpleRnnStep *s);
void K(simple_rnn_step_gradient)(const SimpleRnnStepGradient *s);
void K(transpose)(const float *from, int rows, int columns, float *to);
void K(column_moments)(const float *x, int rows, int n, float *mean, float *squares);
void K(normalize_columns)(const ColumnNorm *c);
void K(column_products)(const ColumnNorm *c, float *sum, float *along);
void K(normalize_columns_gradient)(const ColumnNorm *c);
void K(norm_rows)(const NormRows *r);
void K(norm_rows_gradient)(const NormRows *r);
float K(softmax)(const float *x, float *y, gsize n);
void K(softmax_gradient)(const float *y, const float *dy, float *dx, gsize n, gboolean accumulate);
void K(softmax_loss_gradient)(const float *p, float scale, float rest, float *dx, gsize n,
                              gboolean accumulate);
float K(loss)(LossKind kind, float parameter, const float *x, const float *t, gsize n);
void K(loss_gradient)(LossKind kind, float parameter, float scale, const float *x, const float *t,
                      float *dx, gsize n, gboolean accumulate);
void K(binary)(BinaryKind kind, const float *a, gssize a_step, const float *b, gssize b_step,
               float *y, gsize n);
void K(affine)(const AffineRow *r, const float *x, float *y, gsize n);
void K(affine_gradient)(const AffineRow *r, const float *x, const float *dy, float *dx, gsize n,
                        gboolean accumulate);
float K(sum)(const float *x, gsize n);
float K(largest)(const float *x, gsize n);
float K(dot)(const float *x, const float *y, gsize n);
void K(add_scaled)(float factor, const float *x, float *y, gsize n);
void K(normals)(const guint32 *u, const guint32 *v, float *y, gsize n);
void K(add)(const float *x, float *y, gsize n);
void K(sum_rows)(const float *x, gssize row, int rows, int n, float *sum, gboolean accumulate);
void K(adam)(const AdamStep *step, float *p, const float *g, float *m, float *v, gsize n);
void K(amsgrad)(const AdamStep *s, float *p, const float *g, float *m, float *v, float *most,
                gsize n);
void K(rmsprop)(const UpdateStep *s, float *value, const float *grad, float *first, float *second,
                gsize n);
void K(adagrad)(const UpdateStep *s, float *value, const float *grad, float *first, float *second,
                gsize n);
void K(adadelta)(const UpdateStep *s, float *value, const float *grad, float *first, float *second,
                 gsize n);
void K(lion)(const UpdateStep *s, float *value, const float *grad, float *first, float *second,
             gsize n);
void K(sgd)(float rate, float momentum, gboolean nesterov, float *p, const float *g, float *m,
            gsize n);
double K(peak)(guint steps);
