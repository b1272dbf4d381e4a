/* Why this number? What a person reads about one number of a probe: the arithmetic that made it,
 * with its operands, or that of its gradient.
 *
 * An expression tree (core/graph/expr.h) becomes a short outline, "exp(x) / Σ of 10 terms", and
 * the terms of its longest sum or maximum, largest first; every operand is a Target that explains
 * itself in turn. All texts are made for people; numbers in rows have three significant digits,
 * the number itself all that it has.
 */
#pragma once

#include "ui/panels/panel.h"

/* Rows that are shown at first, and how many more at a time. */
#define EXPLANATION_FIRST 20
#define EXPLANATION_PAGE 50

/* A part of a line: text, or an operand that can be followed. */
typedef struct {
  char *text;    /* "relu(", " × ", "−0.83" */
  char *name;    /* of operands: "conv1.kernel[0, 2, 0, 7]"; NULL: text */
  Target target; /* tensor "": text */
} ExplanationPiece;

typedef struct {
  const Expr *expr;
  double value;        /* of the term */
  double contribution; /* what it adds; in a maximum the winner's value, and 0 for the others */
  double share;        /* of the sum of absolute contributions, 0 … 1 */
} ExplanationTerm;

typedef struct {
  Target target;
  char *title;         /* "conv1.preactivation[3, 14, 7]", "∂loss/∂conv1.kernel[0, 2, 0, 7]" */
  char *what;          /* "Preactivation of Conv2D “conv1”: row 3, column 14, channel 7" */
  char *value_text;    /* all digits */
  char *sentence;      /* the operation in words */
  char *origin;        /* "After step 312, validation example 42: …" */
  char *update;        /* of parameters: what the optimizer makes of the gradient; else NULL */
  const char *formula; /* TeX; NULL where there is none */
  const char *update_formula; /* TeX; NULL unless the optimizer is known */
  GPtrArray *outline;         /* ExplanationPiece; empty where the number was given, not computed */
  const char *terms_title;    /* "Terms, largest first"; of a maximum: "The largest counts" */
  double value, recombined, magnitude; /* magnitude: sum of absolute contributions */
  char *check;                         /* "… agrees to 3e−8"; NULL where nothing was computed */
  gboolean agrees;
  gboolean has_value, has_gradient; /* what there is of this element of the tensor */
  gboolean parameter;

  /* private */
  Expr *expr;
  const Expr *focus; /* the sum or maximum whose terms are listed; `expr` itself: one term */
  GArray *terms;     /* ExplanationTerm */
  const double *settings;
} Explanation;

/* `probe` is look->probe or look->drawing; both must outlive the explanation. NULL when the probe
 * has no such tensor or element, or no gradient of it. */
Explanation *explanation_new(const Snapshot *look, const Probe *probe, const Target *target);
void explanation_free(Explanation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Explanation, explanation_free)

/* For parameters: says what the lesson's optimizer, with the settings of the look, does with the
 * gradient. Nothing for other numbers. */
void explanation_tell_update(Explanation *self, const Lesson *lesson);

guint explanation_n_terms(const Explanation *self);
/* How many are worth showing at first: at most EXPLANATION_FIRST, and none that add nothing. */
guint explanation_n_first(const Explanation *self);
const ExplanationTerm *explanation_term(const Explanation *self, guint i);
/* Its arithmetic: of ExplanationPiece. The caller unrefs it. */
GPtrArray *explanation_term_pieces(const Explanation *self, guint i);
/* Its first operand; FALSE and tensor "" where it has none. */
gboolean explanation_term_target(const Explanation *self, guint i, Target *target);
/* "12 %" of the sum of absolute contributions; of a maximum "the largest" or "". Caller frees. */
char *explanation_share_text(const Explanation *self, guint i);
/* "0.412 × −0.83 = −0.342 (12 %): input[3, 14, 0] × conv1.kernel[0, 2, 0, 7]". Caller frees. */
char *explanation_term_text(const Explanation *self, guint i);
/* "and 5 358 more, together −0.0213", of the terms from `from` on; NULL when there are none. Caller
 * frees. */
char *explanation_rest_text(const Explanation *self, guint from);
/* The value of the tree with the listed terms in it: what the check compares with the value. */
double explanation_recombine(const Explanation *self);
/* All of it as plain text, with up to `max_terms` terms. Caller frees. */
char *explanation_to_text(const Explanation *self, guint max_terms);
