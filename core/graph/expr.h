/* The arithmetic behind one number, as a small tree: what "why this number?" shows.
 *
 * Leaves are constants and operands (one element of a tensor's value or gradient); inner nodes are
 * sums, products, maxima and named functions of one argument. An Expr owns its children.
 */
#pragma once

#include "core/graph/tensor.h"

typedef enum {
  EXPR_CONSTANT,
  EXPR_OPERAND,
  EXPR_SUM,
  EXPR_PRODUCT,
  EXPR_MAX,
  EXPR_FUNCTION,
} ExprKind;

/* A named function of one argument: relu, exp, log, reciprocal, … */
typedef struct {
  const char *name;    /* as a person writes it: "sigmoid", "sigmoid′" */
  const char *formula; /* TeX, with x as the argument */
  double (*call)(double x, double parameter);
} ExprFunction;

extern const ExprFunction EXPR_EXP, EXPR_LOG, EXPR_RECIPROCAL;

typedef struct Expr Expr;
struct Expr {
  ExprKind kind;
  double constant;              /* EXPR_CONSTANT; the parameter of EXPR_FUNCTION */
  const Tensor *tensor;         /* EXPR_OPERAND */
  gsize offset;                 /* EXPR_OPERAND: flat index in the tensor */
  gboolean gradient;            /* EXPR_OPERAND: of tensor->grad instead of ->value */
  const ExprFunction *function; /* EXPR_FUNCTION */
  GPtrArray *children;          /* of Expr; NULL for leaves */
};

Expr *expr_constant(double value);
Expr *expr_operand(const Tensor *tensor, gsize offset);
Expr *expr_gradient(const Tensor *tensor, gsize offset);
Expr *expr_sum(void);
Expr *expr_product(void);
Expr *expr_max(void);
/* These take ownership of `child` and return `self`, so that calls can be nested. */
Expr *expr_add(Expr *self, Expr *child);
Expr *expr_multiply(Expr *a, Expr *b);
Expr *expr_function(const ExprFunction *function, double parameter, Expr *argument);
void expr_free(Expr *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Expr, expr_free)

/* The value, computed in double from the operands' values now. */
double expr_evaluate(const Expr *self);
/* The sum of the absolute values of everything that is added up on the way (at least the absolute
 * value itself): what rounding errors are measured against. */
double expr_magnitude(const Expr *self);
/* "0.4·0.5 + 0.6·0.8 + 0.1": operands as numbers, three significant digits unless `digits`. */
char *expr_to_string(const Expr *self, int digits);
/* Calls `func` for each operand leaf. */
void expr_foreach_operand(const Expr *self, void (*func)(const Expr *operand, gpointer data),
                          gpointer data);
