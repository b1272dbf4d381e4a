#include "ui/explain/explanation_parts.h"

#include <math.h>
#include <string.h>

#define MINUS "\u2212"

char *element_name(const Tensor *tensor, gsize offset, gboolean gradient) {
  GString *text = g_string_new(gradient ? "∂loss/∂" : "");

  tensor_element_text(text, tensor, offset);
  return g_string_free(text, FALSE);
}

double element_value(const Tensor *tensor, gsize offset, gboolean gradient) {
  if (tensor->type == TENSOR_INT)
    return tensor->index[offset];
  return (double)(gradient ? tensor->grad[offset] : tensor->value[offset]);
}

char *digits_text(double value) {
  char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];

  if (!isfinite(value))
    return g_strdup(number_text(value, text));
  for (int digits = 6; digits <= 9; digits++) {
    g_snprintf(format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd(text, sizeof text, format, value);
    if ((float)g_ascii_strtod(text, NULL) == (float)value)
      break;
  }
  GString *result = g_string_new(text);
  g_string_replace(result, "e-0", "e-", 0); /* 1e-5, as number_text writes it */
  g_string_replace(result, "e+0", "e", 0);
  g_string_replace(result, "e+", "e", 0);
  g_string_replace(result, "-", MINUS, 0);
  return g_string_free(result, FALSE);
}

static void piece_free(gpointer data) {
  ExplanationPiece *self = data;

  g_free(self->text);
  g_free(self->name);
  g_free(self);
}

/* Text next to text is one piece. */
static void add_text(GPtrArray *pieces, const char *text) {
  ExplanationPiece *last = pieces->len > 0 ? pieces->pdata[pieces->len - 1] : NULL;

  if (last == NULL || last->name != NULL) {
    last = g_new0(ExplanationPiece, 1);
    last->text = g_strdup("");
    g_ptr_array_add(pieces, last);
  }
  char *joined = g_strconcat(last->text, text, NULL);
  g_free(last->text);
  last->text = joined;
}

/* Constants are the op's own: 1, −1, 0.25; whole ones are written as such. */
static void add_number(GPtrArray *pieces, double value) {
  const gboolean whole = value == round(value) && fabs(value) < 1e6;
  char text[NUMBER_SIZE];

  add_text(pieces, whole && value < 0 ? MINUS : "");
  add_text(pieces, whole ? count_text(fabs(value), text) : number_text(value, text));
}

static void add_operand(GPtrArray *pieces, const Expr *expr) {
  ExplanationPiece *piece = g_new0(ExplanationPiece, 1);
  char text[NUMBER_SIZE];

  piece->text =
      g_strdup(number_text(element_value(expr->tensor, expr->offset, expr->gradient), text));
  piece->name = element_name(expr->tensor, expr->offset, expr->gradient);
  g_strlcpy(piece->target.tensor, expr->tensor->name, sizeof piece->target.tensor);
  piece->target.offset = expr->offset;
  piece->target.gradient = expr->gradient;
  g_ptr_array_add(pieces, piece);
}

typedef struct {
  GPtrArray *pieces;
  const Expr *hole;
  const char *hole_text;
} Writer;

static void write_expr(const Writer *self, const Expr *expr);

static const Expr *child(const Expr *self, guint i) { return g_ptr_array_index(self->children, i); }

static gboolean is_reciprocal(const Expr *expr) {
  return expr->kind == EXPR_FUNCTION && expr->function == &EXPR_RECIPROCAL;
}

/* A factor or divisor: a sum in it needs brackets, unless a short text stands for it. */
static void write_factor(const Writer *self, const Expr *expr) {
  const gboolean brackets = expr != self->hole && expr->children != NULL &&
                            (expr->kind == EXPR_SUM || expr->kind == EXPR_PRODUCT);

  add_text(self->pieces, brackets ? "(" : "");
  write_expr(self, expr);
  add_text(self->pieces, brackets ? ")" : "");
}

static void write_sum(const Writer *self, const Expr *expr) {
  for (guint i = 0; i < expr->children->len; i++) {
    const Expr *term = child(expr, i);
    const gboolean minus = i > 0 && term->kind == EXPR_CONSTANT && term->constant <= 0;

    add_text(self->pieces, i == 0 ? "" : minus ? " " MINUS " " : " + ");
    if (minus)
      add_number(self->pieces, fabs(term->constant));
    else
      write_expr(self, term);
  }
}

/* Factors of a product in a product are factors: −1 · (dy · (slope · 1/p)) reads "−1 × dy × …". */
static void collect_factors(const Expr *expr, const Expr *hole, GPtrArray *factors) {
  for (guint i = 0; i < expr->children->len; i++) {
    const Expr *factor = child(expr, i);
    if (factor->kind == EXPR_PRODUCT && factor != hole)
      collect_factors(factor, hole, factors);
    else
      g_ptr_array_add(factors, (gpointer)factor);
  }
}

static void write_product(const Writer *self, const Expr *expr) {
  g_autoptr(GPtrArray) factors = g_ptr_array_new();
  gboolean first = TRUE;

  collect_factors(expr, self->hole, factors);
  for (guint i = 0; i < factors->len; i++) {
    const Expr *factor = factors->pdata[i];
    const Expr *next = i + 1 < factors->len ? factors->pdata[i + 1] : NULL;
    if (factor->kind == EXPR_CONSTANT && factor->constant == -1 && next != NULL &&
        next->kind == EXPR_FUNCTION && first) {
      add_text(self->pieces, MINUS);
      continue;
    }
    const gboolean divides = is_reciprocal(factor) && factor != self->hole;
    add_text(self->pieces, divides ? (first ? "1 / " : " / ") : (first ? "" : " × "));
    write_factor(self, divides ? child(factor, 0) : factor);
    first = FALSE;
  }
}

static void write_function(const Writer *self, const Expr *expr) {
  if (is_reciprocal(expr)) {
    add_text(self->pieces, "1 / ");
    write_factor(self, child(expr, 0));
    return;
  }
  add_text(self->pieces, expr->kind == EXPR_MAX ? "max" : expr->function->name);
  add_text(self->pieces, "(");
  for (guint i = 0; i < expr->children->len; i++) {
    add_text(self->pieces, i > 0 ? ", " : "");
    write_expr(self, child(expr, i));
  }
  add_text(self->pieces, ")");
}

static void write_expr(const Writer *self, const Expr *expr) {
  if (expr == self->hole) {
    add_text(self->pieces, self->hole_text);
    return;
  }
  switch (expr->kind) {
  case EXPR_CONSTANT:
    add_number(self->pieces, expr->constant);
    break;
  case EXPR_OPERAND:
    add_operand(self->pieces, expr);
    break;
  case EXPR_SUM:
    write_sum(self, expr);
    break;
  case EXPR_PRODUCT:
    write_product(self, expr);
    break;
  case EXPR_MAX:
  case EXPR_FUNCTION:
    write_function(self, expr);
    break;
  }
}

GPtrArray *pieces_new(const Expr *expr, const Expr *hole, const char *hole_text) {
  GPtrArray *pieces = g_ptr_array_new_with_free_func(piece_free);

  write_expr(&(const Writer){pieces, hole, hole_text}, expr);
  return pieces;
}

char *pieces_text(const GPtrArray *pieces, gboolean names) {
  GString *text = g_string_new(NULL);

  for (guint i = 0; i < pieces->len; i++) {
    const ExplanationPiece *piece = pieces->pdata[i];
    g_string_append(text, names && piece->name != NULL ? piece->name : piece->text);
  }
  return g_string_free(text, FALSE);
}
