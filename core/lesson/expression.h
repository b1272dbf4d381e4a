/* Arithmetic in lesson texts: "parameters(conv1) / 1000", "tensor(conv1[3, 14, 7])".
 *
 * Numbers, + - * / ^ and brackets, log, exp, sqrt and floor; every other function is a name that
 * whoever evaluates knows the value of. Its argument is a name, a name with indices, or nothing.
 */
#pragma once

#include <glib.h>

#define EXPRESSION_MAX_INDICES 6

typedef struct {
  const char *function; /* "tensor" */
  const char *name;     /* "conv1.kernel"; "" where there is none */
  int indices[EXPRESSION_MAX_INDICES];
  int n_indices;
} ExpressionCall;

typedef struct {
  double value;
  char *text; /* in place of a number: "26×26×32"; NULL: the number */
} ExpressionValue;

typedef struct {
  gpointer data;
  /* Fills *value; FALSE with an error when there is no such thing, or not now. */
  gboolean (*call)(gpointer data, const ExpressionCall *call, ExpressionValue *value,
                   GError **error);
} ExpressionNames;

/* Evaluates; the caller frees value->text. */
gboolean expression_evaluate(const char *text, const ExpressionNames *names, ExpressionValue *value,
                             GError **error);
/* Whether it is well-formed and its functions are known. */
gboolean expression_check(const char *text, GError **error);

typedef enum {
  RELATION_LESS,
  RELATION_AT_MOST,
  RELATION_MORE,
  RELATION_AT_LEAST
} ExpressionRelation;

/* "A >= B" into its sides; the caller frees them. FALSE: there is no relation in it. */
gboolean expression_split(const char *text, char **left, ExpressionRelation *relation,
                          char **right);
gboolean expression_holds(double left, ExpressionRelation relation, double right);

/* A value as `like` is written: thousands separated by commas, as many decimals as `like` has. The
 * caller frees. */
char *expression_format(const ExpressionValue *value, const char *like);
