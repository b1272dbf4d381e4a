/* Losses that compare vector with vector: the mean over the vectors of a row.
 *
 *   x (B, …, K) predictions, t (B, …, K) targets, L (B)
 *
 * Targets are distributions (soft labels) or directions; nothing is learned through them. With
 * label smoothing ε the truth is (1 - ε)·t + ε/K. Probabilities are kept within 10⁻⁷ … 1 - 10⁻⁷ and
 * lengths above 10⁻⁷, as in Keras.
 */
#include "core/ops/vector_losses.h"

#include <math.h>

gsize vector_loss_length(const Node *self) {
  return (gsize)self->input[0]->shape.dim[self->input[0]->shape.rank - 1];
}

gsize vector_loss_count(const Node *self) {
  return tensor_row_size(self->input[0]) / vector_loss_length(self);
}

double vector_loss_smoothing(const Node *self) {
  return ((const CrossEntropyAttrs *)self->attrs)->label_smoothing;
}

static gboolean vector_loss_shape(Node *self, GError **error) {
  const Shape *x = &self->input[0]->shape, *t = &self->input[1]->shape;

  if (x->rank < 2 || !shape_equal(x, t)) {
    g_autofree char *predictions = shape_to_string(x), *targets = shape_to_string(t);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "compares each vector with its target, but the predictions are %s and the targets "
                "%s (batch first); give the model's last layer as many outputs as a target has",
                predictions, targets);
    return FALSE;
  }
  node_set_output(self, 0, &SHAPE(x->dim[0]));
  return TRUE;
}

/* A vector and its target. */
typedef struct {
  const Node *node;
  gsize begin, n;
} Pair;

static Pair pair_at(const Node *self, gsize offset) {
  const gsize n = vector_loss_length(self);

  return (Pair){self, offset / n * n, n};
}

static double x_of(const Pair *p, gsize i) {
  return (double)p->node->input[0]->value[p->begin + i];
}
static double given(const Pair *p, gsize i) {
  return (double)p->node->input[1]->value[p->begin + i];
}
static double t_of(const Pair *p, gsize i) {
  const double smoothing = vector_loss_smoothing(p->node);

  return (1 - smoothing) * given(p, i) + smoothing / (double)p->n;
}

/* What a pair loses, and its derivative by number i of the prediction. */
typedef double (*ValueFunc)(const Pair *p);
typedef double (*SlopeFunc)(const Pair *p, gsize i);

static void run_forward(Node *self, Tile tile, ValueFunc value) {
  const gsize n = vector_loss_length(self), count = vector_loss_count(self);

  for (int r = tile.begin; r < tile.end; r++) {
    double sum = 0;
    for (gsize v = 0; v < count; v++)
      sum += value(&(Pair){self, ((gsize)r * count + v) * n, n});
    self->output[0]->value[r] = (real)(sum / (double)count);
  }
}

static void run_backward(Node *self, Tile tile, SlopeFunc slope) {
  const gsize n = vector_loss_length(self), count = vector_loss_count(self), row = n * count;

  for (gsize i = (gsize)tile.begin * row; self->input[0]->grad != NULL && i < (gsize)tile.end * row;
       i++) {
    const Pair p = pair_at(self, i);
    self->input[0]->grad[i] +=
        (real)((double)self->output[0]->grad[i / row] / (double)count * slope(&p, i - p.begin));
  }
}

static double loss_flops(const Node *self) { return 4.0 * (double)tensor_row_size(self->input[0]); }

static double loss_flops_backward(const Node *self, int input) {
  return input == 0 ? loss_flops(self) : 0;
}

/* --- the formulas --- */

static double from_zero(double x, double a) { return CLAMP(x, LOSS_EPSILON, 1); }
static double within(double x, double a) { return CLAMP(x, LOSS_EPSILON, 1 - LOSS_EPSILON); }

/* Σ t log(t/x) */
static double kl(const Pair *p) {
  double sum = 0;

  for (gsize i = 0; i < p->n; i++) {
    const double t = from_zero(given(p, i), 0);
    sum += t * log(t / from_zero(x_of(p, i), 0));
  }
  return sum;
}
static double kl_slope(const Pair *p, gsize i) {
  const double x = x_of(p, i);

  return x == from_zero(x, 0) ? -from_zero(given(p, i), 0) / x : 0;
}

static double total(const Pair *p) {
  double sum = 0;

  for (gsize i = 0; i < p->n; i++)
    sum += x_of(p, i);
  return sum;
}

/* Keras brings the probabilities of a vector to a sum of 1 before it takes their logarithms. */
static double crossentropy(const Pair *p) {
  const double all = total(p);
  double sum = 0;

  for (gsize i = 0; i < p->n; i++)
    sum -= t_of(p, i) * log(within(x_of(p, i) / all, 0));
  return sum;
}

static gboolean is_within(const Pair *p, gsize i) {
  const double share = x_of(p, i) / total(p);

  return share == within(share, 0);
}

/* The truth of all that is not cut off. */
static double truth(const Pair *p) {
  double sum = 0;

  for (gsize i = 0; i < p->n; i++)
    sum += is_within(p, i) ? t_of(p, i) : 0;
  return sum;
}
static double crossentropy_slope(const Pair *p, gsize i) {
  return truth(p) / total(p) - (is_within(p, i) ? t_of(p, i) / x_of(p, i) : 0);
}

static double largest(const Pair *p) {
  double most = x_of(p, 0);

  for (gsize i = 1; i < p->n; i++)
    most = fmax(most, x_of(p, i));
  return most;
}

static double sum_of_powers(const Pair *p) {
  const double shift = largest(p);
  double sum = 0;

  for (gsize i = 0; i < p->n; i++)
    sum += exp(x_of(p, i) - shift);
  return sum;
}

static double logits(const Pair *p) {
  const double log_sum = largest(p) + log(sum_of_powers(p));
  double sum = 0;

  for (gsize i = 0; i < p->n; i++)
    sum += t_of(p, i) * (log_sum - x_of(p, i));
  return sum;
}
static double logits_slope(const Pair *p, gsize i) {
  double all = 0;

  for (gsize j = 0; j < p->n; j++)
    all += t_of(p, j);
  return all * exp(x_of(p, i) - largest(p)) / sum_of_powers(p) - t_of(p, i);
}

static double one_over_length(double square, double a) {
  return fmin(1 / sqrt(square), 1 / LOSS_EPSILON);
}

/* Σ a·b */
static double dot(const Pair *p, double (*a)(const Pair *p, gsize i),
                  double (*b)(const Pair *p, gsize i)) {
  double sum = 0;

  for (gsize i = 0; i < p->n; i++)
    sum += a(p, i) * b(p, i);
  return sum;
}

static double cosine(const Pair *p) {
  return -dot(p, x_of, given) * one_over_length(dot(p, x_of, x_of), 0) *
         one_over_length(dot(p, given, given), 0);
}
static double cosine_slope(const Pair *p, gsize i) {
  const double r = one_over_length(dot(p, x_of, x_of), 0);

  return -r * one_over_length(dot(p, given, given), 0) *
         (given(p, i) - x_of(p, i) * r * r * dot(p, x_of, given));
}

/* --- explanations --- */

static const ExprFunction FROM_ZERO = {"clip", "\\operatorname{clip}(x)", from_zero},
                          WITHIN = {"clip", "\\operatorname{clip}(x)", within},
                          ONE_OVER_LENGTH = {"1/√", "\\frac{1}{\\sqrt{x}}", one_over_length};

static Expr *sum_of(Expr *a, Expr *b) { return expr_add(expr_add(expr_sum(), a), b); }
static Expr *negative(Expr *expr) { return expr_multiply(expr_constant(-1), expr); }
static Expr *one_over(Expr *expr) { return expr_function(&EXPR_RECIPROCAL, 0, expr); }
static Expr *log_expr(Expr *expr) { return expr_function(&EXPR_LOG, 0, expr); }

static Expr *x_expr(const Pair *p, gsize i) {
  return expr_operand(p->node->input[0], p->begin + i);
}
static Expr *given_expr(const Pair *p, gsize i) {
  return expr_operand(p->node->input[1], p->begin + i);
}
static Expr *t_expr(const Pair *p, gsize i) {
  const double smoothing = vector_loss_smoothing(p->node);

  if (smoothing == 0)
    return given_expr(p, i);
  return sum_of(expr_multiply(expr_constant(1 - smoothing), given_expr(p, i)),
                expr_constant(smoothing / (double)p->n));
}

typedef Expr *(*TermFunc)(const Pair *p, gsize i);

/* Σ_i term(i) */
static Expr *sum_over(const Pair *p, TermFunc term) {
  Expr *sum = expr_sum();

  for (gsize i = 0; i < p->n; i++)
    expr_add(sum, term(p, i));
  return sum;
}

static Expr *kl_term(const Pair *p, gsize i) {
  Expr *t = expr_function(&FROM_ZERO, 0, given_expr(p, i));
  Expr *log_t = log_expr(expr_function(&FROM_ZERO, 0, given_expr(p, i)));
  Expr *log_x = log_expr(expr_function(&FROM_ZERO, 0, x_expr(p, i)));

  return expr_multiply(t, sum_of(log_t, negative(log_x)));
}
static Expr *kl_expr(const Pair *p) { return sum_over(p, kl_term); }
static Expr *kl_slope_expr(const Pair *p, gsize i) {
  if (kl_slope(p, i) == 0)
    return NULL;
  return expr_multiply(negative(expr_function(&FROM_ZERO, 0, given_expr(p, i))),
                       one_over(x_expr(p, i)));
}

static Expr *crossentropy_term(const Pair *p, gsize i) {
  Expr *share = expr_multiply(x_expr(p, i), one_over(sum_over(p, x_expr)));

  return expr_multiply(negative(t_expr(p, i)), log_expr(expr_function(&WITHIN, 0, share)));
}
static Expr *crossentropy_expr(const Pair *p) { return sum_over(p, crossentropy_term); }
static Expr *truth_term(const Pair *p, gsize i) {
  return is_within(p, i) ? t_expr(p, i) : expr_constant(0);
}
static Expr *crossentropy_slope_expr(const Pair *p, gsize i) {
  Expr *rest = expr_multiply(sum_over(p, truth_term), one_over(sum_over(p, x_expr)));

  if (!is_within(p, i))
    return rest;
  return sum_of(rest, expr_multiply(negative(t_expr(p, i)), one_over(x_expr(p, i))));
}

/* e^(x_i - x_max): the shift changes nothing but keeps it within range. */
static Expr *power(const Pair *p, gsize i) {
  return expr_function(&EXPR_EXP, 0, sum_of(x_expr(p, i), expr_constant(-largest(p))));
}
static Expr *product_term(const Pair *p, gsize i) {
  return negative(expr_multiply(t_expr(p, i), x_expr(p, i)));
}
static Expr *logits_expr(const Pair *p) {
  Expr *log_sum = sum_of(expr_constant(largest(p)), log_expr(sum_over(p, power)));

  return sum_of(expr_multiply(sum_over(p, t_expr), log_sum), sum_over(p, product_term));
}
static Expr *logits_slope_expr(const Pair *p, gsize i) {
  Expr *share = expr_multiply(power(p, i), one_over(sum_over(p, power)));

  return sum_of(expr_multiply(sum_over(p, t_expr), share), negative(t_expr(p, i)));
}

static Expr *square_x(const Pair *p, gsize i) { return expr_multiply(x_expr(p, i), x_expr(p, i)); }
static Expr *square_given(const Pair *p, gsize i) {
  return expr_multiply(given_expr(p, i), given_expr(p, i));
}
static Expr *product(const Pair *p, gsize i) {
  return expr_multiply(x_expr(p, i), given_expr(p, i));
}
static Expr *factor(const Pair *p, TermFunc square) {
  return expr_function(&ONE_OVER_LENGTH, 0, sum_over(p, square));
}
static Expr *cosine_expr(const Pair *p) {
  return negative(expr_multiply(sum_over(p, product),
                                expr_multiply(factor(p, square_x), factor(p, square_given))));
}
static Expr *cosine_slope_expr(const Pair *p, gsize i) {
  Expr *along =
      expr_multiply(expr_multiply(factor(p, square_x), factor(p, square_x)), sum_over(p, product));

  return negative(
      expr_multiply(expr_multiply(factor(p, square_x), factor(p, square_given)),
                    sum_of(given_expr(p, i), negative(expr_multiply(x_expr(p, i), along)))));
}

static Expr *run_explain(const Node *self, gsize offset, Expr *(*each)(const Pair *p)) {
  const gsize n = vector_loss_length(self), count = vector_loss_count(self);
  Expr *sum = expr_sum();

  for (gsize v = offset * count; v < (offset + 1) * count; v++)
    expr_add(sum, each(&(Pair){self, v * n, n}));
  return expr_multiply(expr_constant(1 / (double)count), sum);
}

static Expr *run_explain_gradient(const Node *self, int input, gsize offset, TermFunc slope) {
  const gsize count = vector_loss_count(self);
  const Pair p = pair_at(self, offset);
  Expr *by = input == 0 ? slope(&p, offset - p.begin) : NULL;

  if (by == NULL)
    return NULL;
  return expr_multiply(
      expr_constant(1 / (double)count),
      expr_multiply(expr_gradient(self->output[0], offset / tensor_row_size(self->input[0])), by));
}

/* --- the ops --- */

static const OpSample SHARES[] = {
    {.input = {SHAPE(4, 5), SHAPE(4, 5)}, .fixed = {FALSE, TRUE}, .low = 0.05, .high = 0.95},
    {.input = {SHAPE(9, 2, 37), SHAPE(9, 2, 37)},
     .attrs = &(const CrossEntropyAttrs){0.1},
     .fixed = {FALSE, TRUE},
     .low = 0.2,
     .high = 0.8},
    {.input = {SHAPE(3, 300), SHAPE(3, 300)}, .fixed = {FALSE, TRUE}, .low = 0.2, .high = 0.9},
    {{{0}}},
};

static const OpSample VECTORS[] = {
    {.input = {SHAPE(4, 5), SHAPE(4, 5)}, .fixed = {FALSE, TRUE}},
    {.input = {SHAPE(9, 2, 37), SHAPE(9, 2, 37)},
     .attrs = &(const CrossEntropyAttrs){0.1},
     .fixed = {FALSE, TRUE}},
    {.input = {SHAPE(3, 300), SHAPE(3, 300)}, .fixed = {FALSE, TRUE}},
    {{{0}}},
};

#ifndef REAL_DOUBLE
#define FAST_KERNELS(id) .fast = &id##_kernels,
#define STATE_SIZE .state_size = categorical_crossentropy_logits_state_size,
#else
#define FAST_KERNELS(id)
#define STATE_SIZE
#endif
#define NO_STATE

#define VECTOR_LOSS(id, func, state, tex, sample_list)                                             \
  static void id##_forward(Node *self, Tile tile) { run_forward(self, tile, func); }               \
  static void id##_backward(Node *self, Tile tile) { run_backward(self, tile, func##_slope); }     \
  static Expr *id##_explain(const Node *self, gsize offset) {                                      \
    return run_explain(self, offset, func##_expr);                                                 \
  }                                                                                                \
  static Expr *id##_explain_gradient(const Node *self, int input, gsize offset, int rows) {        \
    return run_explain_gradient(self, input, offset, func##_slope_expr);                           \
  }                                                                                                \
  extern const Op op_##id;                                                                         \
  const Op op_##id = {                                                                             \
      .name = #id,                                                                                 \
      .formula = "L = " tex,                                                                       \
      .attrs_size = sizeof(CrossEntropyAttrs),                                                     \
      .inputs = "xx",                                                                              \
      .shape = vector_loss_shape,                                                                  \
      .forward = id##_forward,                                                                     \
      .backward = id##_backward,                                                                   \
      state FAST_KERNELS(id).flops = loss_flops,                                                   \
      .flops_backward = loss_flops_backward,                                                       \
      .explain = id##_explain,                                                                     \
      .explain_gradient = id##_explain_gradient,                                                   \
      .samples = sample_list,                                                                      \
  };

VECTOR_LOSS(kl_divergence, kl, NO_STATE, "\\sum_i t_i \\log\\frac{t_i}{x_i}", SHARES)
VECTOR_LOSS(categorical_crossentropy, crossentropy, NO_STATE, "-\\sum_i t_i \\log x_i", SHARES)
VECTOR_LOSS(categorical_crossentropy_logits, logits, STATE_SIZE,
            "\\sum_i t_i \\left(\\log\\sum_j e^{x_j} - x_i\\right)", VECTORS)
VECTOR_LOSS(cosine_similarity, cosine, NO_STATE, "-\\frac{x \\cdot t}{|x|\\,|t|}", VECTORS)
