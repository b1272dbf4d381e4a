#include "core/lesson/expression.h"

#include "core/base/text.h"
#include "core/lesson/lesson.h"

#include <math.h>
#include <string.h>

#define MAX_DEPTH 32
#define MAX_LENGTH 2000

typedef struct {
  const char *text, *at;
  const ExpressionNames *names; /* NULL: only checked, every call is 1 */
  GError **error;
  int depth;
  gboolean shaped; /* a shape was asked for: a text, so nothing else may be there */
  int operations;
  char *shape;
} Parser;

/* Functions that whoever evaluates knows, and what stands between their brackets: nothing, a NAME,
 * a name or nothing, a name that may have indices. */
static const char NONE[] = "()", NAME[] = "(NAME)", ANY[] = "(NAME) or ()",
                  ELEMENT[] = "(NAME[i, j, …])";
static const char *const CALLS[][2] = {
    {"parameters", ANY},
    {"shape", NAME},
    {"size", NAME},
    {"width", NAME},
    {"height", NAME},
    {"channels", NAME},
    {"flops", NONE},
    {"classes", NONE},
    {"setting_default", NAME},
    {"step", NONE},
    {"epoch", NONE},
    {"metric", NAME},
    {"setting", NAME},
    {"samples_per_second", NONE},
    {"samples", NAME},
    {"tensor", ELEMENT},
    {"gradient", ELEMENT},
    {"label", NONE},
    {"argmax", NAME},
    {"max", NAME},
    {"sum", NAME},
    {"zeros", NAME},
};

static gboolean fail(Parser *self, const char *what) {
  if (self->error != NULL && *self->error == NULL)
    g_set_error(self->error, LESSON_ERROR, LESSON_ERROR_INVALID, "in ‘%s’: %s", self->text, what);
  return FALSE;
}

static void skip(Parser *self) { self->at += strspn(self->at, " \t"); }

static gboolean take(Parser *self, char c) {
  skip(self);
  if (*self->at != c)
    return FALSE;
  self->at++;
  return TRUE;
}

static gboolean parse_sum(Parser *self, double *value);

/* --- functions --- */

static gboolean is_name_char(char c) { return g_ascii_isalnum(c) || c == '_' || c == '.'; }

static char *take_name(Parser *self) {
  const char *start;

  skip(self);
  start = self->at;
  while (is_name_char(*self->at))
    self->at++;
  return g_strndup(start, (gsize)(self->at - start));
}

static gboolean parse_indices(Parser *self, ExpressionCall *call) {
  self->operations++;
  do {
    double index;
    if (call->n_indices == EXPRESSION_MAX_INDICES)
      return fail(self, "too many indices");
    if (!parse_sum(self, &index))
      return FALSE;
    if (!(index >= 0) || index > G_MAXINT || index != floor(index))
      return fail(self, "an index is a whole number from 0");
    call->indices[call->n_indices++] = (int)index;
  } while (take(self, ','));
  return take(self, ']') || fail(self, "a ] is missing");
}

static gboolean evaluate_call(Parser *self, const ExpressionCall *call, double *value) {
  ExpressionValue result = {1, NULL};

  if (self->names != NULL && !self->names->call(self->names->data, call, &result, self->error))
    return FALSE;
  *value = result.value;
  if (result.text != NULL) {
    g_free(self->shape);
    self->shape = result.text;
  }
  return TRUE;
}

static gboolean fail_unknown(Parser *self, const char *function) {
  const char *names[G_N_ELEMENTS(CALLS) + 1] = {NULL};

  for (guint i = 0; i < G_N_ELEMENTS(CALLS); i++)
    names[i] = CALLS[i][0];
  g_autofree char *suggestion = text_suggest(function, names);
  g_autofree char *what = g_strdup_printf("there is no function ‘%s’%s", function, suggestion);
  return fail(self, what);
}

static gboolean check_call(Parser *self, const ExpressionCall *call) {
  const char *takes = NULL;

  for (guint i = 0; i < G_N_ELEMENTS(CALLS); i++)
    if (g_str_equal(CALLS[i][0], call->function))
      takes = CALLS[i][1];
  if (takes == NULL)
    return fail_unknown(self, call->function);
  const gboolean named = *call->name != '\0';
  if ((call->n_indices == 0 || takes == ELEMENT) && (takes == ANY || named == (takes != NONE)))
    return TRUE;
  g_autofree char *what = g_strdup_printf("write %s%s", call->function, takes);
  return fail(self, what);
}

static gboolean parse_call(Parser *self, const char *function, double *value) {
  g_autofree char *name = take_name(self);
  ExpressionCall call = {.function = function, .name = name};

  if (take(self, '[') && !parse_indices(self, &call))
    return FALSE;
  if (!check_call(self, &call))
    return FALSE;
  if (!take(self, ')'))
    return fail(self, "a ) is missing");
  self->shaped |= g_str_equal(function, "shape");
  return evaluate_call(self, &call, value);
}

static gboolean parse_function(Parser *self, double *value) {
  static const struct {
    const char *name;
    double (*function)(double);
  } FUNCTIONS[] = {{"log", log}, {"exp", exp}, {"sqrt", sqrt}, {"floor", floor}};
  g_autofree char *name = take_name(self);

  if (!take(self, '('))
    return fail(self, "a function is followed by (");
  for (guint i = 0; i < G_N_ELEMENTS(FUNCTIONS); i++) {
    if (!g_str_equal(FUNCTIONS[i].name, name))
      continue;
    self->operations++;
    if (!parse_sum(self, value))
      return FALSE;
    *value = FUNCTIONS[i].function(*value);
    return take(self, ')') || fail(self, "a ) is missing");
  }
  return parse_call(self, name, value);
}

/* --- arithmetic --- */

static gboolean parse_number(Parser *self, double *value) {
  char *end;

  *value = g_ascii_strtod(self->at, &end);
  if (end == self->at)
    return fail(self, "expected a number, a function or a bracket");
  self->at = end;
  return TRUE;
}

static gboolean parse_atom(Parser *self, double *value) {
  if (take(self, '('))
    return parse_sum(self, value) && (take(self, ')') || fail(self, "a ) is missing"));
  skip(self);
  if (g_ascii_isalpha(*self->at))
    return parse_function(self, value);
  if (!g_ascii_isdigit(*self->at) && *self->at != '.')
    return fail(self, "expected a number, a function or a bracket");
  return parse_number(self, value);
}

static gboolean parse_power(Parser *self, double *value) {
  const gboolean negative = take(self, '-');
  double exponent;

  if (!parse_atom(self, value))
    return FALSE;
  self->operations += negative;
  if (take(self, '^')) {
    self->operations++;
    if (!parse_power(self, &exponent))
      return FALSE;
    *value = pow(*value, exponent);
  }
  if (negative)
    *value = -*value;
  return TRUE;
}

static gboolean parse_product(Parser *self, double *value) {
  double factor;

  if (!parse_power(self, value))
    return FALSE;
  for (;;) {
    const gboolean times = take(self, '*'), divided = !times && take(self, '/');
    if (!times && !divided)
      return TRUE;
    self->operations++;
    if (!parse_power(self, &factor))
      return FALSE;
    *value = times ? *value * factor : *value / factor;
  }
}

static gboolean parse_terms(Parser *self, double *value) {
  double term;

  if (!parse_product(self, value))
    return FALSE;
  for (;;) {
    const gboolean plus = take(self, '+'), minus = !plus && take(self, '-');
    if (!plus && !minus)
      return TRUE;
    self->operations++;
    if (!parse_product(self, &term))
      return FALSE;
    *value += plus ? term : -term;
  }
}

static gboolean parse_sum(Parser *self, double *value) {
  if (++self->depth > MAX_DEPTH)
    return fail(self, "brackets lie in each other too deeply");
  const gboolean parsed = parse_terms(self, value);
  self->depth--;
  return parsed;
}

gboolean expression_evaluate(const char *text, const ExpressionNames *names, ExpressionValue *value,
                             GError **error) {
  Parser self = {.text = text, .at = text, .names = names, .error = error};

  *value = (ExpressionValue){0, NULL};
  if (strlen(text) > MAX_LENGTH) {
    self.text = "…";
    return fail(&self, "the expression is too long");
  }
  gboolean parsed = parse_sum(&self, &value->value);
  skip(&self);
  if (parsed && *self.at != '\0')
    parsed = fail(&self, "there is something left at the end");
  if (parsed && self.shaped && self.operations > 0)
    parsed = fail(&self, "shape() is no number; it stands alone");
  if (parsed)
    value->text = g_steal_pointer(&self.shape);
  g_free(self.shape);
  return parsed;
}

gboolean expression_check(const char *text, GError **error) {
  ExpressionValue value;

  return expression_evaluate(text, NULL, &value, error);
}

/* --- relations --- */

gboolean expression_split(const char *text, char **left, ExpressionRelation *relation,
                          char **right) {
  const char *at = strpbrk(text, "<>");

  if (at == NULL)
    return FALSE;
  const gboolean equal = at[1] == '=';
  *relation = *at == '<' ? (equal ? RELATION_AT_MOST : RELATION_LESS)
                         : (equal ? RELATION_AT_LEAST : RELATION_MORE);
  *left = g_strstrip(g_strndup(text, (gsize)(at - text)));
  *right = g_strstrip(g_strdup(at + 1 + equal));
  return TRUE;
}

gboolean expression_holds(double left, ExpressionRelation relation, double right) {
  switch (relation) {
  case RELATION_LESS:
    return left < right;
  case RELATION_AT_MOST:
    return left <= right;
  case RELATION_MORE:
    return left > right;
  case RELATION_AT_LEAST:
    return left >= right;
  }
  g_assert_not_reached();
}

/* --- formatting --- */

static int decimals_of(const char *like) {
  const char *point = strchr(like, '.');

  return point != NULL ? (int)strspn(point + 1, "0123456789") : 0;
}

/* 347146.5 → "347,146.5" */
char *expression_format(const ExpressionValue *value, const char *like) {
  char digits[G_ASCII_DTOSTR_BUF_SIZE], format[16];

  if (value->text != NULL)
    return g_strdup(value->text);
  g_snprintf(format, sizeof format, "%%.%df", MIN(decimals_of(like), 12));
  g_ascii_formatd(digits, sizeof digits, format, fabs(value->value));
  GString *text = g_string_new(digits);
  for (gssize at = (gssize)strcspn(digits, ".") - 3; at > 0; at -= 3)
    g_string_insert_c(text, at, ',');
  if (value->value < 0 && strspn(digits, "0.") != strlen(digits))
    g_string_prepend(text, "−");
  return g_string_free(text, FALSE);
}
