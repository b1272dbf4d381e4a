/* The body of the explanation: number, words, formula, arithmetic, terms, check. */
#pragma once

#include "ui/explain/operand_line.h"

typedef struct {
  GtkWidget *root; /* a stack: the explanation, or that there is none */
  GtkWidget *scrolled, *title, *value, *what, *origin, *sentence, *formula;
  GtkWidget *toggle[2]; /* value, gradient */
  GtkWidget *outline;   /* holds the line of operands */
  GtkWidget *terms_title, *terms, *rest, *more, *check_icon, *check, *update, *update_formula;
  GtkWidget *terms_box, *check_box, *update_box;

  const Explanation *explanation;
  const OperandHost *host;
  guint shown; /* terms in the list */
  gboolean setting;
} ExplainPage;

void explain_page_init(ExplainPage *self, const OperandHost *host);
/* NULL: there is nothing to explain. It is borrowed until the next call. */
void explain_page_set(ExplainPage *self, const Explanation *explanation);
/* Gives the keyboard's focus to the first operand. */
void explain_page_focus(ExplainPage *self);
