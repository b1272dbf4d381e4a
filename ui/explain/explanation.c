#include "ui/explain/explanation_parts.h"

#include <math.h>
#include <string.h>

#define AGREES 1e-5 /* of the sum of magnitudes: rounding of sums in float */

static const Expr *child(const Expr *self, guint i) { return g_ptr_array_index(self->children, i); }

/* --- what is listed --- */

/* Sums in a sum are one sum. */
static void collect_terms(const Expr *sum, GPtrArray *terms) {
  for (guint i = 0; i < sum->children->len; i++) {
    const Expr *term = child(sum, i);
    if (sum->kind == EXPR_SUM && term->kind == EXPR_SUM)
      collect_terms(term, terms);
    else
      g_ptr_array_add(terms, (gpointer)term);
  }
}

static void count_cb(const Expr *operand, gpointer count) { ++*(guint *)count; }

static guint count_operands(const Expr *expr) {
  guint count = 0;

  expr_foreach_operand(expr, count_cb, &count);
  return count;
}

static gboolean has_terms(const Expr *expr) {
  g_autoptr(GPtrArray) terms = g_ptr_array_new();

  if (expr->kind != EXPR_SUM && expr->kind != EXPR_MAX)
    return FALSE;
  collect_terms(expr, terms);
  return terms->len != 1;
}

/* The sum or maximum over the most operands, the outermost of equals; NULL when there is none. */
static const Expr *longest(const Expr *expr) {
  const Expr *best = NULL;

  if (has_terms(expr))
    return expr; /* whatever lies in it has no more operands */
  for (guint i = 0; expr->children != NULL && i < expr->children->len; i++) {
    const Expr *other = longest(child(expr, i));
    if (other != NULL && (best == NULL || count_operands(other) > count_operands(best)))
      best = other;
  }
  return best;
}

static int compare_terms(gconstpointer a, gconstpointer b) {
  const ExplanationTerm *left = a, *right = b;
  const double first = fabs(left->contribution), second = fabs(right->contribution);

  if (first != second)
    return first < second ? 1 : -1;
  return (left->value < right->value) - (left->value > right->value);
}

static void list_terms(Explanation *self) {
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  const double all = expr_evaluate(self->focus);
  gboolean won = FALSE;

  if (self->focus == self->expr && !has_terms(self->focus))
    g_ptr_array_add(list, (gpointer)self->focus);
  else
    collect_terms(self->focus, list);
  for (guint i = 0; i < list->len; i++) {
    ExplanationTerm term = {.expr = list->pdata[i], .value = expr_evaluate(list->pdata[i])};
    const gboolean counts = self->focus->kind != EXPR_MAX || (!won && term.value == all);
    won |= counts;
    term.contribution = counts ? term.value : 0;
    self->magnitude += fabs(term.contribution);
    g_array_append_val(self->terms, term);
  }
  for (guint i = 0; i < self->terms->len && self->magnitude > 0; i++) {
    ExplanationTerm *term = &g_array_index(self->terms, ExplanationTerm, i);
    term->share = fabs(term->contribution) / self->magnitude;
  }
  g_array_sort(self->terms, compare_terms);
}

/* --- the check --- */

static double evaluate_with(const Expr *expr, const Expr *focus, double at_focus) {
  double result = expr->kind == EXPR_PRODUCT ? 1 : expr->kind == EXPR_MAX ? -INFINITY : 0;

  if (expr == focus)
    return at_focus;
  if (expr->children == NULL)
    return expr_evaluate(expr);
  for (guint i = 0; i < expr->children->len; i++) {
    const double value = evaluate_with(child(expr, i), focus, at_focus);
    if (expr->kind == EXPR_FUNCTION)
      result = expr->function->call(value, expr->constant);
    else if (expr->kind == EXPR_PRODUCT)
      result *= value;
    else
      result = expr->kind == EXPR_SUM ? result + value : fmax(result, value);
  }
  return result;
}

double explanation_recombine(const Explanation *self) {
  double sum = 0;

  if (self->expr == NULL)
    return self->value;
  for (guint i = 0; i < self->terms->len; i++)
    sum += explanation_term(self, i)->contribution;
  return evaluate_with(self->expr, self->focus, sum);
}

/* "3e−8": how near two numbers are needs one digit. */
static char *difference_text(double difference) {
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd(text, sizeof text, "%.0e", difference);
  char *e = strchr(text, 'e');
  if (e == NULL) /* not finite */
    return g_strdup(text);
  const int exponent = (int)g_ascii_strtoll(e + 1, NULL, 10);
  *e = '\0';
  return g_strdup_printf("%se%s%d", text, exponent < 0 ? "\u2212" : "", ABS(exponent));
}

static void check(Explanation *self) {
  self->recombined = explanation_recombine(self);
  const double difference = fabs(self->recombined - self->value);
  const double scale = fmax(expr_magnitude(self->expr), fabs(self->value));
  g_autofree char *again = digits_text(self->recombined), *by = difference_text(difference);

  self->agrees = difference <= AGREES * scale;
  if (difference == 0)
    self->check = g_strdup_printf("Computed again from its operands: %s, exactly the same.", again);
  else if (self->agrees)
    self->check = g_strdup_printf("Computed again from its operands: %s, agrees to %s. The rest is "
                                  "the rounding of 32-bit numbers.",
                                  again, by);
  else
    self->check =
        g_strdup_printf("Computed again from its operands: %s, which differs by %s.", again, by);
}

/* --- the explanation --- */

static char *focus_text(const Explanation *self) {
  char count[NUMBER_SIZE];

  if (self->terms->len == 0)
    return g_strdup("0");
  return g_strdup_printf(self->focus->kind == EXPR_MAX ? "max of %s" : "Σ of %s terms",
                         count_text(self->terms->len, count));
}

static void take_apart(Explanation *self) {
  const Expr *focus = longest(self->expr);

  self->focus = focus != NULL ? focus : self->expr;
  self->terms_title = self->focus->kind == EXPR_MAX ? "The largest counts" : "Terms, largest first";
  list_terms(self);
  g_autofree char *text = focus_text(self);
  g_ptr_array_unref(self->outline);
  self->outline = pieces_new(self->expr, focus, text);
  check(self);
}

static const Tensor *find(const Probe *probe, const Target *target) {
  const Tensor *tensor = graph_find(probe->ends.graph, target->tensor);
  const gboolean there = tensor != NULL && target->offset < shape_size(&tensor->shape);

  if (!there)
    return NULL;
  if (target->gradient)
    return tensor->type == TENSOR_FLOAT && tensor->grad != NULL ? tensor : NULL;
  return tensor->type == TENSOR_INT || tensor->value != NULL ? tensor : NULL;
}

/* What would be said of it without the tree. */
static void introduce(Explanation *self, const Probe *probe, gboolean drawing,
                      const Tensor *tensor) {
  const Graph *graph = probe->ends.graph;
  const gsize offset = self->target.offset;
  const gboolean gradient = self->target.gradient;

  self->title = element_name(tensor, offset, gradient);
  self->what = words_what(graph, tensor, offset, gradient);
  self->value = element_value(tensor, offset, gradient);
  self->value_text =
      tensor->type == TENSOR_INT ? g_strdup_printf("%.0f", self->value) : digits_text(self->value);
  self->origin = words_origin(probe, drawing, tensor, gradient);
  self->sentence = gradient ? words_gradient(graph, tensor, self->terms->len > 0)
                            : words_value(graph, probe, drawing, tensor, offset);
  self->has_value = TRUE;
  self->has_gradient = tensor->type == TENSOR_FLOAT && tensor->grad != NULL;
  self->parameter = tensor->parameter;
  if (tensor->parameter)
    self->update = words_update(NULL, 0, 0);
  if (gradient && tensor != graph->loss)
    self->formula = "\\frac{\\partial L}{\\partial x} = \\sum_{y} \\frac{\\partial L}{\\partial y}"
                    "\\frac{\\partial y}{\\partial x}";
  else if (!gradient && tensor->maker != NULL)
    self->formula = tensor->maker->op->formula;
}

Explanation *explanation_new(const Snapshot *look, const Probe *probe, const Target *target) {
  const Tensor *tensor = probe != NULL ? find(probe, target) : NULL;
  const Graph *graph = probe != NULL ? probe->ends.graph : NULL;

  if (tensor == NULL)
    return NULL;
  Explanation *self = g_new0(Explanation, 1);
  self->target = *target;
  self->settings = look->settings;
  self->outline = g_ptr_array_new();
  self->terms = g_array_new(FALSE, FALSE, sizeof(ExplanationTerm));
  self->value = element_value(tensor, target->offset, target->gradient);
  self->expr = target->gradient ? graph_explain_gradient(graph, tensor, target->offset, 1)
                                : graph_explain(graph, tensor, target->offset);
  if (self->expr != NULL)
    take_apart(self);
  introduce(self, probe, probe == look->drawing, tensor);
  return self;
}

void explanation_free(Explanation *self) {
  if (self == NULL)
    return;
  g_free(self->title);
  g_free(self->what);
  g_free(self->value_text);
  g_free(self->sentence);
  g_free(self->origin);
  g_free(self->update);
  g_free(self->check);
  g_ptr_array_unref(self->outline);
  g_array_unref(self->terms);
  expr_free(self->expr);
  g_free(self);
}

guint explanation_n_terms(const Explanation *self) { return self->terms->len; }

const ExplanationTerm *explanation_term(const Explanation *self, guint i) {
  return &g_array_index(self->terms, ExplanationTerm, i);
}

guint explanation_n_first(const Explanation *self) {
  guint n = MIN(self->terms->len, EXPLANATION_FIRST);

  while (self->focus->kind != EXPR_MAX && n > 1 && explanation_term(self, n - 1)->value == 0)
    n--;
  return n;
}
