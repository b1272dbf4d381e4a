/* Text with formulas on its baseline, code, links and live numbers: a paragraph or a heading. */
#pragma once

#include "core/lesson/page.h"

#include <gtk/gtk.h>

#define BATHY_TYPE_RICH_TEXT (bathy_rich_text_get_type())
G_DECLARE_FINAL_TYPE(BathyRichText, bathy_rich_text, BATHY, RICH_TEXT, GtkWidget)

/* What an expression is now, as text; NULL: not known yet. Caller frees. */
typedef char *(*RichTextValue)(gpointer data, const char *expression);

/* `runs`: of PageRun, borrowed. `value` may be NULL. */
GtkWidget *bathy_rich_text_new(const GPtrArray *runs, RichTextValue value, gpointer data);
/* Asks for the live numbers again. */
void bathy_rich_text_update(BathyRichText *self);
