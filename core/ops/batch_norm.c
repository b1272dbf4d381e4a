/* Batch normalization (Ioffe and Szegedy 2015): over the batch, and over all places of an image or
 * a sequence, each channel gets mean 0 and variance 1, then a scale and a shift that are learned.
 *
 *   x (B, …, C), γ (C), β (C), moving mean (C), moving variance (C), y (B, …, C),
 *   x̂ = (x - μ) / √(σ² + ε) as a second output
 *
 * While it trains, μ and σ² (the biased one, as in Keras) are the batch's, and with every step the
 * moving ones become moving · momentum + batch's · (1 - momentum). A model that is used, or a layer
 * that is not to be trained, takes the moving ones.
 */
#include "core/ops/ops.h"

#include <math.h>

enum { X, GAMMA, BETA, MOVING_MEAN, MOVING_VARIANCE };

/* What the node's state begins with. */
typedef struct {
  int rows; /* of the last run */
} Header;

#define HEADER_SIZE 64

static const BatchNormAttrs *attrs_of(const Node *self) { return self->attrs; }

static gsize channels(const Node *self) {
  return (gsize)self->input[X]->shape.dim[self->input[X]->shape.rank - 1];
}

static gboolean by_batch(const Node *self) { return self->training && !attrs_of(self)->inference; }
static gboolean moves(const Node *self) { return by_batch(self) && !attrs_of(self)->frozen; }

static gboolean batch_norm_shape(Node *self, GError **error) {
  const Shape *x = &self->input[X]->shape;

  for (int i = GAMMA; i <= MOVING_VARIANCE; i++) {
    const Tensor *p = self->input[i];
    if (p == NULL || (p->shape.rank == 1 && p->shape.dim[0] == x->dim[x->rank - 1]))
      continue;
    g_autofree char *input = shape_to_string(x), *own = shape_to_string(&p->shape);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs one number for each channel, the last size of its input; the input is %s, "
                "they are %s",
                input, own);
    return FALSE;
  }
  node_set_output(self, 0, x);
  node_set_output(self, 1, x);
  return TRUE;
}

/* Numbers in all rows, and how many of them each channel has. */
static gsize end_of(const Node *self, int rows) {
  return (gsize)rows * tensor_row_size(self->input[X]);
}
static gsize count(const Node *self, int rows) { return end_of(self, rows) / channels(self); }
static int rows_of(const Node *self) { return ((const Header *)self->state)->rows; }

typedef struct {
  double mean, variance;
} Moments;

static Moments moments_of(const Node *self, gsize c, int rows) {
  const real *x = self->input[X]->value;
  const gsize n = count(self, rows), step = channels(self);
  double mean = 0, variance = 0;

  if (!by_batch(self))
    return (Moments){(double)self->input[MOVING_MEAN]->value[c],
                     (double)self->input[MOVING_VARIANCE]->value[c]};
  for (gsize i = 0; i < n; i++)
    mean += (double)x[i * step + c];
  mean /= (double)n;
  for (gsize i = 0; i < n; i++)
    variance += ((double)x[i * step + c] - mean) * ((double)x[i * step + c] - mean);
  return (Moments){mean, variance / (double)n};
}

static double scale_of(const Node *self, Moments m) {
  return 1 / sqrt(m.variance + attrs_of(self)->epsilon);
}

static real factor(const Node *self, gsize c) {
  return self->input[GAMMA] != NULL ? self->input[GAMMA]->value[c] : 1;
}

static void batch_norm_forward(Node *self, Tile tile) {
  const gsize step = channels(self);

  ((Header *)self->state)->rows = tile.rows;
  for (gsize c = 0; c < step; c++) {
    const Moments m = moments_of(self, c, tile.rows);
    const double scale = scale_of(self, m);
    for (gsize i = end_of(self, tile.begin) + c; i < end_of(self, tile.end); i += step) {
      const real normal = (real)(((double)self->input[X]->value[i] - m.mean) * scale);
      self->output[1]->value[i] = normal;
      self->output[0]->value[i] =
          factor(self, c) * normal + (self->input[BETA] != NULL ? self->input[BETA]->value[c] : 0);
    }
  }
}

static void move(Node *self, gsize c, Moments m) {
  const double momentum = attrs_of(self)->momentum;
  real *mean = &self->input[MOVING_MEAN]->value[c];
  real *variance = &self->input[MOVING_VARIANCE]->value[c];

  *mean = (real)(momentum * (double)*mean + (1 - momentum) * m.mean);
  *variance = (real)(momentum * (double)*variance + (1 - momentum) * m.variance);
}

/* With g = dy·γ:   dx = (g - mean(g) - x̂·mean(g·x̂)) / √(σ² + ε); without means where μ and σ² are
 * given. */
static void channel_backward(Node *self, gsize c, int rows) {
  const gsize step = channels(self), end = end_of(self, rows), n = count(self, rows);
  const real *dy = self->output[0]->grad, *normal = self->output[1]->value;
  const Moments m = moments_of(self, c, rows);
  const double scale = scale_of(self, m);
  double sum = 0, along = 0;

  for (gsize i = c; i < end; i += step) {
    sum += (double)dy[i];
    along += (double)dy[i] * (double)normal[i];
    self->output[1]->grad[i] = dy[i] * factor(self, c);
  }
  if (self->input[GAMMA] != NULL && self->input[GAMMA]->grad != NULL)
    self->input[GAMMA]->grad[c] += (real)along;
  if (self->input[BETA] != NULL && self->input[BETA]->grad != NULL)
    self->input[BETA]->grad[c] += (real)sum;
  if (!by_batch(self))
    sum = along = 0;
  for (gsize i = c; self->input[X]->grad != NULL && i < end; i += step)
    self->input[X]->grad[i] +=
        (real)((double)factor(self, c) * scale *
               ((double)dy[i] - sum / (double)n - (double)normal[i] * along / (double)n));
  if (moves(self))
    move(self, c, m);
}

static void batch_norm_backward(Node *self, Tile tile) {
  for (gsize c = 0; c < channels(self); c++)
    channel_backward(self, c, tile.rows);
}

/* --- explanations --- */

static Expr *batch_norm_explain(const Node *self, gsize offset) {
  const gsize c = offset % channels(self);
  Expr *normal = expr_operand(self->output[1], offset);
  Expr *sum = expr_sum();

  expr_add(sum, self->input[GAMMA] != NULL
                    ? expr_multiply(normal, expr_operand(self->input[GAMMA], c))
                    : normal);
  return self->input[BETA] != NULL ? expr_add(sum, expr_operand(self->input[BETA], c)) : sum;
}

static double call_scale(double variance, double epsilon) { return 1 / sqrt(variance + epsilon); }
static double call_square(double x, double a) { return x * x; }
static const ExprFunction SCALE = {"1/√", "\\frac{1}{\\sqrt{x + \\varepsilon}}", call_scale},
                          SQUARE = {"square", "x^{2}", call_square};

static Expr *negative(Expr *expr) { return expr_multiply(expr_constant(-1), expr); }

static Expr *mean_expr(const Node *self, gsize c) {
  const gsize n = count(self, rows_of(self));
  Expr *sum = expr_sum();

  if (!by_batch(self)) {
    expr_free(sum);
    return expr_operand(self->input[MOVING_MEAN], c);
  }
  for (gsize i = 0; i < n; i++)
    expr_add(sum, expr_operand(self->input[X], i * channels(self) + c));
  return expr_multiply(expr_constant(1 / (double)n), sum);
}

/* σ² = mean(x²) - mean(x)² */
static Expr *variance_expr(const Node *self, gsize c) {
  const gsize n = count(self, rows_of(self));
  Expr *squares = expr_sum();

  if (!by_batch(self)) {
    expr_free(squares);
    return expr_operand(self->input[MOVING_VARIANCE], c);
  }
  for (gsize i = 0; i < n; i++)
    expr_add(squares,
             expr_function(&SQUARE, 0, expr_operand(self->input[X], i * channels(self) + c)));
  return expr_add(expr_add(expr_sum(), expr_multiply(expr_constant(1 / (double)n), squares)),
                  negative(expr_function(&SQUARE, 0, mean_expr(self, c))));
}

static Expr *scale_expr(const Node *self, gsize c) {
  return expr_function(&SCALE, attrs_of(self)->epsilon, variance_expr(self, c));
}

static Expr *batch_norm_explain_inner(const Node *self, int output, gsize offset) {
  const gsize c = offset % channels(self);
  Expr *centred = expr_add(expr_add(expr_sum(), expr_operand(self->input[X], offset)),
                           negative(mean_expr(self, c)));

  return expr_multiply(centred, scale_expr(self, c));
}

/* What the shift of mean and variance takes away again. */
static Expr *explain_x(const Node *self, gsize offset, int rows) {
  const gsize step = channels(self), c = offset % step, n = count(self, rows);
  const Tensor *normal = self->output[1];
  Expr *sum = expr_add(expr_sum(), expr_gradient(normal, offset)), *along = expr_sum();

  for (gsize i = c; by_batch(self) && i < end_of(self, rows); i += step) {
    expr_add(sum, expr_multiply(expr_constant(-1 / (double)n), expr_gradient(normal, i)));
    expr_add(along, expr_multiply(expr_gradient(normal, i), expr_operand(normal, i)));
  }
  expr_add(sum,
           expr_multiply(expr_multiply(expr_constant(-1 / (double)n), expr_operand(normal, offset)),
                         along));
  return expr_multiply(sum, scale_expr(self, c));
}

static Expr *batch_norm_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  Expr *sum = NULL;

  if (input == X)
    return explain_x(self, offset, rows);
  if (input != GAMMA && input != BETA)
    return NULL;
  sum = expr_sum();
  for (gsize i = offset; i < end_of(self, rows); i += channels(self))
    expr_add(sum, input == BETA ? expr_gradient(self->output[0], i)
                                : expr_multiply(expr_gradient(self->output[0], i),
                                                expr_operand(self->output[1], i)));
  return sum;
}

static Expr *batch_norm_explain_inner_gradient(const Node *self, int output, gsize offset,
                                               int rows) {
  Expr *above = output == 1 ? expr_gradient(self->output[0], offset) : NULL;

  if (above == NULL || self->input[GAMMA] == NULL)
    return above;
  return expr_multiply(above, expr_operand(self->input[GAMMA], offset % channels(self)));
}

#ifdef REAL_DOUBLE
static gsize state_size(const Node *self, int tiles) { return HEADER_SIZE; }
#else
#include "core/graph/graph.h"
#include "core/kernels/kernels.h"

#include <string.h>

/* Each tile leaves two numbers a channel: mean and sum of squared deviations of its own, on the way
 * back the sums of dy and dy·x̂. After the header: those of all tiles forward, those backward, then
 * for each tile room for what follows from them. */
static gsize state_size(const Node *self, int tiles) {
  return HEADER_SIZE + (gsize)tiles * 8 * channels(self) * sizeof(float);
}

static int tiles_of(const Node *self, int rows) {
  const int height = graph_tile_rows(rows, self->light);

  return (rows + height - 1) / height;
}

/* Two vectors of channels. */
static float *shares(const Node *self, int tile) {
  return (float *)((char *)self->state + HEADER_SIZE) + (gsize)tile * 8 * channels(self);
}
static float *shares_back(const Node *self, int tile) {
  return shares(self, tile) + 2 * channels(self);
}
static float *scratch(const Node *self, int tile) {
  return shares(self, tile) + 4 * channels(self);
}

static gsize begin_of(const Node *self, Tile tile) { return end_of(self, tile.begin); }
static int vectors(const Node *self, Tile tile) {
  return (int)((end_of(self, tile.end) - end_of(self, tile.begin)) / channels(self));
}

static void gather(Node *self, Tile tile) {
  float *share = shares(self, tile.index);

  if (by_batch(self))
    kernels()->column_moments(self->input[X]->value + begin_of(self, tile), vectors(self, tile),
                              (int)channels(self), share, share + channels(self));
}

/* Means and variances of all tiles together, in order (Chan, Golub and LeVeque 1983). */
static void merge(const Node *self, int rows, float *mean, float *variance) {
  const gsize n = channels(self), per_row = tensor_row_size(self->input[X]) / n;
  const int tiles = tiles_of(self, rows), height = graph_tile_rows(rows, self->light);

  for (gsize c = 0; c < n; c++) {
    double all = 0, mu = 0, squares = 0;
    for (int t = 0; t < tiles; t++) {
      const double more = (double)per_row * MIN(height, rows - t * height);
      const double away = (double)shares(self, t)[c] - mu;
      squares += (double)shares(self, t)[n + c] + away * away * all * more / (all + more);
      all += more;
      mu += away * more / all;
    }
    mean[c] = (float)mu;
    variance[c] = (float)(squares / all);
  }
}

/* Mean and 1/√(σ² + ε) of each channel: in the tile's scratch. */
static const float *moments(const Node *self, Tile tile) {
  const gsize n = channels(self);
  float *mean = scratch(self, tile.index), *scale = mean + n;

  if (by_batch(self)) {
    merge(self, tile.rows, mean, scale);
  } else {
    memcpy(mean, self->input[MOVING_MEAN]->value, n * sizeof(float));
    memcpy(scale, self->input[MOVING_VARIANCE]->value, n * sizeof(float));
  }
  for (gsize c = 0; c < n; c++)
    scale[c] = (float)(1 / sqrt((double)scale[c] + attrs_of(self)->epsilon));
  return mean;
}

static ColumnNorm columns_of(const Node *self, Tile tile) {
  const gsize n = channels(self), from = begin_of(self, tile);
  const Tensor *gamma = self->input[GAMMA], *beta = self->input[BETA];

  return (ColumnNorm){
      .rows = vectors(self, tile),
      .columns = (int)n,
      .x = self->input[X]->value + from,
      .gamma = gamma != NULL ? gamma->value : NULL,
      .beta = beta != NULL ? beta->value : NULL,
      .y = self->output[0]->value + from,
      .normal = self->output[1]->value + from,
      .dy = self->output[0]->grad != NULL ? self->output[0]->grad + from : NULL,
      .dx = self->input[X]->grad != NULL ? self->input[X]->grad + from : NULL,
      .accumulate = !self->first[X],
  };
}

static void fast_forward(Node *self, Tile tile) {
  ColumnNorm columns = columns_of(self, tile);

  columns.mean = moments(self, tile);
  columns.scale = columns.mean + channels(self);
  kernels()->normalize_columns(&columns);
}

static void gather_backward(Node *self, Tile tile) {
  const ColumnNorm columns = columns_of(self, tile);
  float *share = shares_back(self, tile.index);

  kernels()->column_products(&columns, share, share + channels(self));
}

/* Sums over the tiles of one of the two vectors. */
static void sum_shares(const Node *self, int tiles, int which, float *sum) {
  const gsize n = channels(self);

  memset(sum, 0, n * sizeof(float));
  for (int t = 0; t < tiles; t++)
    kernels()->add(shares_back(self, t) + (gsize)which * n, sum, n);
}

static void fast_backward(Node *self, Tile tile) {
  const gsize n = channels(self);
  const float by = by_batch(self) ? 1 / (float)count(self, tile.rows) : 0;
  ColumnNorm columns = columns_of(self, tile);
  float *level = scratch(self, tile.index) + 2 * n, *slope = level + n;

  if (columns.dx == NULL)
    return;
  columns.mean = moments(self, tile);
  columns.scale = columns.mean + n;
  columns.level = level;
  columns.slope = slope;
  sum_shares(self, tiles_of(self, tile.rows), 0, level);
  sum_shares(self, tiles_of(self, tile.rows), 1, slope);
  for (gsize c = 0; c < n; c++) {
    level[c] *= by;
    slope[c] *= by;
  }
  kernels()->normalize_columns_gradient(&columns);
}

static int weight_items(const Node *self) {
  for (int i = GAMMA; i <= BETA; i++)
    if (self->input[i] != NULL && self->input[i]->grad != NULL)
      return 1;
  return moves(self);
}

static void weight_gradient(Node *self, int item, int rows, int tiles) {
  const gsize n = channels(self);
  float *sum = scratch(self, 0), *mean = sum, *variance = mean + n;

  for (int i = GAMMA; i <= BETA; i++) {
    const Tensor *p = self->input[i];
    if (p == NULL || p->grad == NULL)
      continue;
    sum_shares(self, tiles, i == BETA ? 0 : 1, sum);
    if (self->first[i])
      memset(p->grad, 0, n * sizeof(float));
    kernels()->add(sum, p->grad, n);
  }
  if (!moves(self))
    return;
  merge(self, rows, mean, variance);
  for (gsize c = 0; c < n; c++)
    move(self, c, (Moments){(double)mean[c], (double)variance[c]});
}

/* Of the values it normalizes only what they become is read again. */
static gboolean overwrites(const Node *self, int output) { return output == 1; }

static const FastKernels FAST = {.forward = fast_forward,
                                 .backward = fast_backward,
                                 .weight_items = weight_items,
                                 .weight_gradient = weight_gradient,
                                 .adds_shares = TRUE,
                                 .gather = gather,
                                 .gather_backward = gather_backward};
#endif

#define KEPT                                                                                       \
  { [MOVING_MEAN] = TRUE, [MOVING_VARIANCE] = TRUE }

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(6, 5), SHAPE(5), SHAPE(5), SHAPE(5), SHAPE(5)},
     .attrs = &(const BatchNormAttrs){.epsilon = 1e-3, .momentum = 0.9},
     .fixed = KEPT},
    {.input = {SHAPE(5, 2, 3, 7), MISSING_INPUT, SHAPE(7), SHAPE(7), SHAPE(7)},
     .attrs = &(const BatchNormAttrs){.epsilon = 1e-2, .momentum = 0.5},
     .fixed = KEPT},
    {.input = {SHAPE(37, 3, 70), SHAPE(70), SHAPE(70), SHAPE(70), SHAPE(70)},
     .attrs = &(const BatchNormAttrs){.epsilon = 1e-3, .momentum = 0.99, .frozen = TRUE},
     .fixed = KEPT},
    {{{0}}},
};

const Op op_batch_norm = {
    .name = "batch_norm",
    .formula = "y = \\gamma\\,\\frac{x - \\mu}{\\sqrt{\\sigma^{2} + \\varepsilon}} + \\beta",
    .attrs_size = sizeof(BatchNormAttrs),
    .inputs = "xWWww",
    .whole_batch = TRUE,
    .output_unread = TRUE,
    .shape = batch_norm_shape,
    .state_size = state_size,
    .forward = batch_norm_forward,
    .backward = batch_norm_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
    .overwrites = overwrites,
#endif
    .explain = batch_norm_explain,
    .explain_gradient = batch_norm_explain_gradient,
    .explain_inner = batch_norm_explain_inner,
    .explain_inner_gradient = batch_norm_explain_inner_gradient,
    .samples = SAMPLES,
};
