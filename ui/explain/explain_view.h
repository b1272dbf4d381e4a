/* "Why this number?" as a widget: one number of a look at a run, its arithmetic, and the way on to
 * every operand; back and forward as in a browser. From 300 pixels wide.
 *
 * While it shows a number it holds its look, so that every number in it agrees with every other,
 * however far training has gone on.
 *
 * Signals
 *   follow (const Target *target, gboolean drawing)  the view has moved to another number, by an
 *       operand, back, forward or the choice between value and gradient: show it in a panel
 *   hover-target (const Target *target)              the pointer or the keyboard is on an operand:
 *       highlight it; NULL: no more
 *   refresh ()                                       wanted: bathy_explain_view_update with the
 *       newest look
 *   close ()                                         put it away; it has let go of its look
 *
 * Actions: explain.back, explain.forward, explain.refresh, explain.copy, explain.close.
 *
 * Keyboard: Tab and arrows through the operands, Enter follows, Alt+Left and Alt+Right go back and
 * forward, Escape closes.
 */
#pragma once

#include "ui/explain/explanation.h"

#include <gtk/gtk.h>

#define BATHY_TYPE_EXPLAIN_VIEW (bathy_explain_view_get_type())
G_DECLARE_FINAL_TYPE(BathyExplainView, bathy_explain_view, BATHY, EXPLAIN_VIEW, GtkWidget)

GtkWidget *bathy_explain_view_new(void);
/* Whose optimizer moves the parameters; borrowed, NULL: not known. */
void bathy_explain_view_set_lesson(BathyExplainView *self, const Lesson *lesson);
/* Explains a number of the look's probe, or with `drawing` of its drawing, as the next step of the
 * trail. Takes a reference to the look. */
void bathy_explain_view_show(BathyExplainView *self, Snapshot *look, const Target *target,
                             gboolean drawing);
/* The same number in a newer look. */
void bathy_explain_view_update(BathyExplainView *self, Snapshot *look);
/* Lets go of the look and forgets the trail: before the session is closed or its model replaced. */
void bathy_explain_view_clear(BathyExplainView *self);
/* What it explains; NULL: nothing. */
const Explanation *bathy_explain_view_get_explanation(BathyExplainView *self);
