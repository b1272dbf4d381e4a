/* One line on the terminal that says how far something is.
 *
 * On a terminal the line is drawn over itself, at most ten times a second, cut to the terminal's
 * width between parts " · "; elsewhere a plain line is written every five seconds. NO_COLOR is
 * respected.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

typedef struct Progress Progress;

/* `stream` is borrowed; standard output as a rule. */
Progress *progress_new(FILE *stream);
/* `fraction` 0 … 1, negative: not known; `text` stands after the bar:
 * "epoch 2/5 · loss 0.0412 · 41,200 images/s · 0:07 left". Cheap when it is too early to draw. */
void progress_update(Progress *self, double fraction, const char *text);
/* A line that stays, above the one that moves. */
void progress_print(Progress *self, const char *text);
/* Puts `text` in place of the moving line and frees `self`; NULL leaves nothing there. */
void progress_finish(Progress *self, const char *text);
/* progress_finish without a text. */
void progress_free(Progress *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)
