/* The inner loops, compiled once for each instruction set and chosen when the program starts.
 *
 * All variants compute every sum in the same order; results differ between instruction sets only by
 * the rounding of fused multiply-adds, and never with the number of threads or the way a batch is
 * cut. All run on the caller's thread, and none allocates.
 */
#pragma once

#include <glib.h>

/* C (+)= A·B with A (m × k), B (k × n), C (m × n); strides in elements.
 *
 * One of A's strides and one of B's must be 1; where it is b_col, k may be 0, and of the last
 * columns of B whole vectors are read (memory.h has room for them). Each element of C is one chain
 * of multiply-adds over k in order, starting from 0 (or from C where `accumulate`), then
 * `bias[column]` is added (unless NULL), then what is below 0 is cut off (where `relu`). */
typedef struct {
  int m, n, k;
  const float *a;
  gssize a_row, a_col;
  const float *b;
  gssize b_row, b_col;
  float *c;
  gssize c_row;
  const float *bias;
  gboolean accumulate, relu;
} Gemm;

/* Where the pixels of a convolution stand: those of its output (`out`), and for each the first tap
 * of its window (`x`). `pixels` of a row, `rows` of an image. */
typedef struct {
  int images, rows, pixels;
  gssize x_image, x_row, x_step;
  gssize out_image, out_row, out_step;
} ConvPixels;

/* Images of a convolution, `channels` output channels (or those of one group):
 *
 *   out[pixel, c] (+)= bias[c] + Σ_t x[pixel + offset[t]] · kernel[t, c]       t = 0 … taps - 1
 *
 * The sum is one chain of multiply-adds over t in order, whatever pixels are made together. */
typedef struct {
  ConvPixels at;
  int channels, taps;
  const float *x;
  const gint32 *offset; /* of each tap, from the window's first */
  const float *kernel;
  gssize kernel_row; /* between the kernels of neighbouring taps */
  const float *bias; /* NULL: none */
  float *out;
  gboolean accumulate;
} Conv;

/* The gradient of the kernel, with the fields of Conv:
 *
 *   kernel[t, c] (+)= Σ_pixels x[pixel + offset[t]] · dout[pixel, c]
 *
 * over pixels in order. */
typedef struct {
  ConvPixels at;
  int channels, taps;
  const float *x;
  const gint32 *offset;
  float *kernel;
  gssize kernel_row;
  const float *dout;
  gboolean accumulate;
} ConvGradient;

/* ReLU and maximum over windows that tile the rows of a convolution's output without overlap. */
typedef struct {
  int width, height; /* of the window */
  int pixels;        /* pooled pixels in this row */
  int channels;
  const float *x; /* `height` rows of the convolution's output, channels innermost */
  gssize x_row;   /* between rows */
  gboolean relu;
  float *out; /* pixels × channels */
  guint8
      *argmax; /* which of the window's cells, row by row; 255 where ReLU cut off. NULL: unwanted */
} PoolRow;

/* The reverse: spreads `dout` over rows of the convolution's output, zero elsewhere. */
typedef struct {
  int width, height, pixels, channels;
  const float *dout;
  const guint8 *argmax;
  float *dx; /* `height` rows, set */
  gssize dx_row;
} PoolRowGradient;

/* A pooled row in one go: convolution, ReLU and maximum over windows of 2 × 2, channels a multiple
 * of `lanes` below. Fields as in Conv and PoolRow; `pixels` are pooled ones, `x_row` stands
 * between the inputs of the two rows of the convolution. */
typedef struct {
  int pixels, channels, taps;
  const float *x;
  gssize x_row, step;
  const gint32 *offset;
  const float *kernel;
  gssize kernel_row;
  const float *bias; /* NULL: none */
  float *out;
  guint8 *argmax; /* NULL: unwanted */
} ConvPoolRow;

/* Adds what that row's gradient says of kernel and bias. */
typedef struct {
  int pixels, channels, taps;
  const float *x;
  gssize x_row, step;
  const gint32 *offset;
  float *kernel;
  gssize kernel_row;
  float *bias;
  const float *dout;
  const guint8 *argmax;
} ConvPoolRowGradient;

/* One step of Adam (Kingma and Ba 2015, algorithm 1 in Keras's order of operations):
 *   m += (g - m)(1 - beta_1), v += (g² - v)(1 - beta_2), p -= rate · m / (√v + epsilon)
 * with rate = learning rate · √(1 - beta_2^t) / (1 - beta_1^t). */
typedef struct {
  float rate, beta_1, beta_2, epsilon;
} AdamStep;

/* Attention of one head: rows of scores (queries), whose columns are keys, become weights.
 *
 *   scores[t, s] ← scale · scores[t, s],   weights[t, s] = e^scores[t, s] / Σ_j e^scores[t, j]
 *
 * over the columns that are seen; both are set to 0 in the others. */
typedef struct {
  int rows, columns;
  gboolean causal; /* row t sees columns 0 … t only */
  float scale;
  const float *mask; /* of columns: those above ½ are seen; NULL: all */
  float *scores, *weights;
} AttentionRows;

/* The reverse: gradient[t, s] ← scale · weights[t, s] · (gradient[t, s] - Σ_j weights[t, j] ·
 * gradient[t, j]); what stands where nothing is seen may be anything finite. */
typedef struct {
  int rows, columns;
  gboolean causal;
  float scale;
  const float *weights;
  float *gradient;
} AttentionRowsGradient;

/* Additive attention: how one query matches `keys` keys of `size` numbers.
 *
 *   scores[s] = Σ_i w[i] · tanh(q[i] + k[s, i])
 *
 * The reverse reads the gradient of the scores there and adds to those of q, k and w. */
typedef struct {
  int keys, size;
  const float *q, *k;
  gssize k_row;   /* also of dk */
  const float *w; /* NULL: ones */
  float *scores;
  float *dq, *dk, *dw; /* NULL: not wanted */
} AdditiveRow;

/* What the other optimizers take; formulas with them in core/train. */
typedef struct {
  float rate, rho, beta_1, beta_2, epsilon;
} UpdateStep;

/* Functions of one number. `parameter`: the slope of leaky_relu, the alpha of elu, the exponent of
 * power. */
typedef enum {
  FUNCTION_LINEAR,
  FUNCTION_RELU,
  FUNCTION_LEAKY_RELU,
  FUNCTION_ELU,
  FUNCTION_SELU,
  FUNCTION_SIGMOID,
  FUNCTION_TANH,
  FUNCTION_GELU, /* exact: x·Φ(x) */
  FUNCTION_GELU_TANH,
  FUNCTION_SILU,
  FUNCTION_SOFTPLUS,
  FUNCTION_EXP,
  FUNCTION_LOG,
  FUNCTION_STEP,
  FUNCTION_SQRT,
  FUNCTION_POWER, /* of a negative number: a whole exponent */
  FUNCTION_ABS,
  FUNCTION_NEGATIVE,
  FUNCTION_SQUARE,
  FUNCTION_RECIPROCAL,
} FunctionKind;

/* Layer normalization of rows: x̂ = (x - mean) / √(variance + ε), y = γ·x̂ + β.
 *
 * The reverse reads x, x̂ and dy, sets dx (or adds to it where `accumulate`), and sets dgamma and
 * dbeta to what these rows give. */
typedef struct {
  int rows, columns;
  float epsilon;
  const float *x, *gamma, *beta; /* γ, β NULL: 1, 0 */
  float *y, *normal;
  const float *dy;
  float *dx, *dgamma, *dbeta; /* NULL: not wanted */
  gboolean accumulate;
} NormRows;

/* Columns of a matrix brought to given means and scales:
 *
 *   normal = (x - mean)·scale, y = γ·normal + β
 *   dx (+)= γ·scale·(dy - level - slope·normal)
 */
typedef struct {
  int rows, columns;
  const float *x, *mean, *scale, *gamma, *beta; /* gamma, beta: NULL for none */
  float *y, *normal;
  const float *dy, *level, *slope;
  float *dx;
  gboolean accumulate;
} ColumnNorm;

/* One step of an LSTM for some rows. `gates` holds sums for the U units of each gate (i, f, g, o)
 * and gets the gates; the states h, c (rows × units) move on, and are copied to hidden and cell. */
typedef struct {
  int rows, units;
  FunctionKind activation, gate; /* linear, relu, sigmoid or tanh */
  float *gates;
  gssize gates_row;
  const float *mask; /* of rows: where it is not above ½ the states stay. NULL: all move on */
  gssize mask_row;
  float *h, *c;
  float *hidden, *cell;
  gssize state_row;
} LstmStep;

/* The reverse: dh and dc (rows × units) hold the gradients of the states after the step. dc gets
 * that of the one before; dh what it gets past the gates; dgates that of the sums. */
typedef struct {
  int rows, units;
  FunctionKind activation, gate;
  const float *gates;
  float *dgates;
  gssize gates_row; /* of both */
  const float *mask;
  gssize mask_row;
  const float *cell, *dy; /* after the step; dy NULL: zero */
  gboolean silent;        /* so it is in masked rows */
  gssize state_row;       /* of both */
  const float *before;    /* the cell's state before the step; NULL: zero */
  gssize before_row;
  float *dh, *dc;
} LstmStepGradient;

/* One step of a GRU: sums for z, r, g in `gates`, as above. Where r multiplies what the recurrent
 * kernel makes of the state, that is in `more` (state_row apart). Where it multiplies the state,
 * GRU_GATES leaves the product there, and GRU_STATE goes on when the sums of g are complete. */
typedef enum { GRU_WHOLE, GRU_GATES, GRU_STATE } GruPart;

typedef struct {
  GruPart part;
  int rows, units;
  FunctionKind activation, gate;
  float *gates;
  gssize gates_row;
  const float *mask;
  gssize mask_row;
  float *h, *hidden, *more;
  gssize state_row;
} GruStep;

/* The reverse: GRU_WHOLE sets dgates and dmore; GRU_STATE leaves out those of r, which GRU_GATES
 * sets when dmore is there, adding its share to dh. */
typedef struct {
  GruPart part;
  int rows, units;
  FunctionKind activation, gate;
  const float *gates;
  float *dgates;
  gssize gates_row;
  const float *mask;
  gssize mask_row;
  const float *before, *more, *dy; /* before: the state before the step */
  gboolean silent;
  float *dmore;
  gssize state_row; /* of these four */
  float *dh;
} GruStepGradient;

/* One step of a plain recurrent cell: `hidden` holds the sums. */
typedef struct {
  int rows, units;
  FunctionKind activation;
  const float *mask;
  gssize mask_row;
  float *h, *hidden;
  gssize row; /* of hidden */
} SimpleRnnStep;

typedef struct {
  int rows, units;
  FunctionKind activation;
  const float *mask;
  gssize mask_row;
  const float *hidden, *dy;
  gboolean silent;
  float *dsums;
  gssize row; /* of these three */
  float *dh;
} SimpleRnnStepGradient;

/* Losses of one prediction x and its target t. `parameter`: the delta of Huber's. */
typedef enum {
  LOSS_SQUARED,
  LOSS_ABSOLUTE,
  LOSS_HUBER,
  LOSS_HINGE, /* targets -1 and 1 */
  LOSS_SQUARED_HINGE,
  LOSS_LOG_COSH,
  LOSS_BINARY_CROSSENTROPY, /* of a probability */
  LOSS_BINARY_CROSSENTROPY_LOGITS,
} LossKind;

typedef struct {
  float scale, offset, low, high;
} AffineRow;

/* Of two numbers a, b. */
typedef enum {
  BINARY_ADD,
  BINARY_SUBTRACT,
  BINARY_MULTIPLY,
  BINARY_DIVIDE,
  BINARY_MAXIMUM,
  BINARY_MINIMUM,
  BINARY_EQUAL,       /* 1 where a = b, else 0 */
  BINARY_DIFFERENT,   /* the other way round */
  BINARY_PRELU,       /* a where a > 0, else a·b */
  BINARY_PRELU_SLOPE, /* 1 where a > 0, else b */
} BinaryKind;

typedef struct {
  const char *name; /* "avx512" */
  int lanes;        /* floats of a vector */
  void (*gemm)(const Gemm *g);
  void (*conv)(const Conv *c);
  void (*conv_gradient)(const ConvGradient *c);
  void (*pool_row)(const PoolRow *r);
  void (*pool_row_gradient)(const PoolRowGradient *r);
  void (*conv_pool_row)(const ConvPoolRow *r);
  void (*conv_pool_row_gradient)(const ConvPoolRowGradient *r);
  void (*attention_rows)(const AttentionRows *r);
  void (*attention_rows_gradient)(const AttentionRowsGradient *r);
  void (*additive_row)(const AdditiveRow *r);
  void (*additive_row_gradient)(const AdditiveRow *r);
  /* y[i] = x[i] / 255 */
  void (*bytes_to_unit)(const guint8 *x, float *y, gsize n);
  /* y[i] = f(x[i]); x and y may be the same */
  void (*function)(FunctionKind kind, float parameter, const float *x, float *y, gsize n);
  /* dx[i] (+)= dy[i] · f′(x[i]), where y[i] = f(x[i]); `+` where `accumulate` */
  void (*function_gradient)(FunctionKind kind, float parameter, const float *x, const float *y,
                            const float *dy, float *dx, gsize n, gboolean accumulate);
  void (*lstm_step)(const LstmStep *s);
  void (*lstm_step_gradient)(const LstmStepGradient *s);
  void (*gru_step)(const GruStep *s);
  void (*gru_step_gradient)(const GruStepGradient *s);
  void (*simple_rnn_step)(const SimpleRnnStep *s);
  void (*simple_rnn_step_gradient)(const SimpleRnnStepGradient *s);
  /* to[j·rows + i] = from[i·columns + j] */
  void (*transpose)(const float *from, int rows, int columns, float *to);
  /* Of each of n columns its mean and the sum of its squared deviations. */
  void (*column_moments)(const float *x, int rows, int n, float *mean, float *squares);
  void (*normalize_columns)(const ColumnNorm *c);
  /* Σ_rows dy and Σ_rows dy·normal of each column. */
  void (*column_products)(const ColumnNorm *c, float *sum, float *along);
  void (*normalize_columns_gradient)(const ColumnNorm *c);
  void (*norm_rows)(const NormRows *r);
  void (*norm_rows_gradient)(const NormRows *r);
  /* y[i] = e^x[i] / Σ_j e^x[j]; returns log Σ_j e^x[j]. */
  float (*softmax)(const float *x, float *y, gsize n);
  /* dx[i] (+)= y[i] · (dy[i] - Σ_j y[j] · dy[j]) */
  void (*softmax_gradient)(const float *y, const float *dy, float *dx, gsize n,
                           gboolean accumulate);
  /* dx[i] (+)= scale · (p[i] - rest): of cross-entropy, but for the true class. */
  void (*softmax_loss_gradient)(const float *p, float scale, float rest, float *dx, gsize n,
                                gboolean accumulate);
  /* The sum of the losses of n predictions, in an order that depends on n alone. */
  float (*loss)(LossKind kind, float parameter, const float *x, const float *t, gsize n);
  /* dx[i] (+)= scale · dL/dx */
  void (*loss_gradient)(LossKind kind, float parameter, float scale, const float *x, const float *t,
                        float *dx, gsize n, gboolean accumulate);
  /* y[i] = f(a[i·a_step], b[i·b_step]), steps 0 or 1; y may be a or b where its step is 1 */
  void (*binary)(BinaryKind kind, const float *a, gssize a_step, const float *b, gssize b_step,
                 float *y, gsize n);
  /* y[i] = scale·x[i] + offset, kept within low … high; NaN stays */
  void (*affine)(const AffineRow *r, const float *x, float *y, gsize n);
  /* dx[i] (+)= scale·dy[i] where y[i] was not cut off */
  void (*affine_gradient)(const AffineRow *r, const float *x, const float *dy, float *dx, gsize n,
                          gboolean accumulate);
  /* Σ_i x[i], in an order that depends on n alone */
  float (*sum)(const float *x, gsize n);
  /* Σ_i x[i]·y[i], the same way */
  float (*dot)(const float *x, const float *y, gsize n);
  /* y[i] += factor·x[i] */
  void (*add_scaled)(float factor, const float *x, float *y, gsize n);
  /* Normal numbers from pairs of words, as rng_normal makes them of `u` and `v`. */
  void (*normals)(const guint32 *u, const guint32 *v, float *y, gsize n);
  /* max_i x[i] */
  float (*largest)(const float *x, gsize n);
  /* y[i] += x[i] */
  void (*add)(const float *x, float *y, gsize n);
  /* sum[j] (+)= Σ_i x[i·row + j], i = 0 … rows - 1 in order, for n columns; `+` where `accumulate`
   */
  void (*sum_rows)(const float *x, gssize row, int rows, int n, float *sum, gboolean accumulate);
  void (*adam)(const AdamStep *step, float *p, const float *g, float *m, float *v, gsize n);
  void (*amsgrad)(const AdamStep *step, float *p, const float *g, float *m, float *v, float *most,
                  gsize n);
  void (*rmsprop)(const UpdateStep *s, float *p, const float *g, float *v, float *unused, gsize n);
  void (*adagrad)(const UpdateStep *s, float *p, const float *g, float *sum, float *unused,
                  gsize n);
  void (*adadelta)(const UpdateStep *s, float *p, const float *g, float *grads, float *steps,
                   gsize n);
  void (*lion)(const UpdateStep *s, float *p, const float *g, float *m, float *unused, gsize n);
  /* m = momentum · m - rate · g; p += m, or, with nesterov, p += momentum · m - rate · g. */
  void (*sgd)(float rate, float momentum, gboolean nesterov, float *p, const float *g, float *m,
              gsize n);
  /* Multiply-adds in registers for about `steps` rounds; returns the floating-point operations
   * done: what the machine can do at most. */
  double (*peak)(guint steps);
} Kernels;

/* The best variant this processor runs; BATHYSCOPE_ISA=avx2 (sse2, avx512, …) asks for another. */
const Kernels *kernels(void);
/* All variants this processor runs, best first, ended by NULL. */
const Kernels *const *kernels_available(void);
/* Uses `variant` from now on: for tests, while nothing else computes. */
void kernels_use(const Kernels *variant);
