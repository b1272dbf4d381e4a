/* Arithmetic as widgets: numbers that can be followed, what stands between them, and rows of terms
 * with a bar each. */
#pragma once

#include "ui/explain/explanation.h"

#include <gtk/gtk.h>

/* Who is told what happens to operands. It outlives the widgets. */
typedef struct {
  gpointer data;
  void (*follow)(gpointer data, const Target *target);
  void (*hover)(gpointer data, const Target *target); /* NULL: none any more */
} OperandHost;

/* Pieces (ExplanationPiece) in a line that wraps; operands are flat buttons with their names. */
GtkWidget *operand_line_new(const GPtrArray *pieces, const OperandHost *host);
/* A list row of term i: its arithmetic, its value, and a bar on a scale from −largest to largest.
 */
GtkWidget *term_row_new(const Explanation *explanation, guint i, double largest,
                        const OperandHost *host);
/* The first operand of a row; NULL where there is none. */
const Target *term_row_target(GtkListBoxRow *row);
