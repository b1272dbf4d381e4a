#include "core/graph/expr.h"

#include <math.h>

static double call_exp(double x, double parameter) { return exp(x); }
static double call_log(double x, double parameter) { return log(x); }
static double call_reciprocal(double x, double parameter) { return 1 / x; }

const ExprFunction EXPR_EXP = {"exp", "e^{x}", call_exp};
const ExprFunction EXPR_LOG = {"log", "\\log x", call_log};
const ExprFunction EXPR_RECIPROCAL = {"1/", "\\frac{1}{x}", call_reciprocal};

static Expr *expr_new(ExprKind kind) {
  Expr *self = g_new0(Expr, 1);

  self->kind = kind;
  if (kind != EXPR_CONSTANT && kind != EXPR_OPERAND)
    self->children = g_ptr_array_new_with_free_func((GDestroyNotify)expr_free);
  return self;
}

Expr *expr_constant(double value) {
  Expr *self = expr_new(EXPR_CONSTANT);

  self->constant = value;
  return self;
}

Expr *expr_operand(const Tensor *tensor, gsize offset) {
  Expr *self = expr_new(EXPR_OPERAND);

  self->tensor = tensor;
  self->offset = offset;
  return self;
}

Expr *expr_gradient(const Tensor *tensor, gsize offset) {
  Expr *self = expr_operand(tensor, offset);

  self->gradient = TRUE;
  return self;
}

Expr *expr_sum(void) { return expr_new(EXPR_SUM); }
Expr *expr_product(void) { return expr_new(EXPR_PRODUCT); }
Expr *expr_max(void) { return expr_new(EXPR_MAX); }

Expr *expr_add(Expr *self, Expr *child) {
  g_ptr_array_add(self->children, child);
  return self;
}

Expr *expr_multiply(Expr *a, Expr *b) { return expr_add(expr_add(expr_product(), a), b); }

Expr *expr_function(const ExprFunction *function, double parameter, Expr *argument) {
  Expr *self = expr_new(EXPR_FUNCTION);

  self->function = function;
  self->constant = parameter;
  return expr_add(self, argument);
}

void expr_free(Expr *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->children, g_ptr_array_unref);
  g_free(self);
}

static const Expr *child(const Expr *self, guint i) { return g_ptr_array_index(self->children, i); }

static double operand_value(const Expr *self) {
  if (self->tensor->type == TENSOR_INT)
    return self->tensor->index[self->offset];
  return self->gradient ? self->tensor->grad[self->offset] : self->tensor->value[self->offset];
}

static double combine(const Expr *self, double (*value)(const Expr *)) {
  double result = self->kind == EXPR_PRODUCT ? 1 : self->kind == EXPR_MAX ? -INFINITY : 0;

  for (guint i = 0; i < self->children->len; i++) {
    double term = value(child(self, i));
    if (self->kind == EXPR_SUM)
      result += term;
    else if (self->kind == EXPR_PRODUCT)
      result *= term;
    else
      result = fmax(result, term);
  }
  return result;
}

double expr_evaluate(const Expr *self) {
  switch (self->kind) {
  case EXPR_CONSTANT:
    return self->constant;
  case EXPR_OPERAND:
    return operand_value(self);
  case EXPR_FUNCTION:
    return self->function->call(expr_evaluate(child(self, 0)), self->constant);
  default:
    return combine(self, expr_evaluate);
  }
}

double expr_magnitude(const Expr *self) {
  switch (self->kind) {
  case EXPR_SUM:
  case EXPR_PRODUCT:
    return combine(self, expr_magnitude);
  default:
    return fabs(expr_evaluate(self));
  }
}

static void append_number(GString *text, double value, int digits) {
  char buffer[G_ASCII_DTOSTR_BUF_SIZE], format[8];

  g_snprintf(format, sizeof format, "%%.%dg", digits);
  g_string_append(text, g_ascii_formatd(buffer, sizeof buffer, format, value));
}

static void append(GString *text, const Expr *self, int digits);

static void append_children(GString *text, const Expr *self, const char *between, int digits) {
  for (guint i = 0; i < self->children->len; i++) {
    const Expr *term = child(self, i);
    gboolean brackets =
        self->kind == EXPR_PRODUCT &&
        (term->kind == EXPR_SUM || (i > 0 && term->children == NULL && expr_evaluate(term) < 0));
    g_string_append(text, i > 0 ? between : "");
    g_string_append(text, brackets ? "(" : "");
    append(text, term, digits);
    g_string_append(text, brackets ? ")" : "");
  }
}

static void append(GString *text, const Expr *self, int digits) {
  switch (self->kind) {
  case EXPR_CONSTANT:
  case EXPR_OPERAND:
    append_number(text, expr_evaluate(self), digits);
    break;
  case EXPR_SUM:
    append_children(text, self, " + ", digits);
    break;
  case EXPR_PRODUCT:
    append_children(text, self, "·", digits);
    break;
  case EXPR_MAX:
  case EXPR_FUNCTION:
    g_string_append(text, self->kind == EXPR_MAX ? "max" : self->function->name);
    g_string_append_c(text, '(');
    append_children(text, self, ", ", digits);
    g_string_append_c(text, ')');
    break;
  }
}

char *expr_to_string(const Expr *self, int digits) {
  GString *text = g_string_new(NULL);

  append(text, self, digits > 0 ? digits : 3);
  return g_string_free(text, FALSE);
}

void expr_foreach_operand(const Expr *self, void (*func)(const Expr *, gpointer), gpointer data) {
  if (self->kind == EXPR_OPERAND)
    func(self, data);
  for (guint i = 0; self->children != NULL && i < self->children->len; i++)
    expr_foreach_operand(child(self, i), func, data);
}
