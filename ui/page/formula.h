/* Typeset formulas: what data/formulas holds, drawn in any colour and size. */
#pragma once

#include <gtk/gtk.h>

typedef struct Formula Formula;

/* NULL where it was never typeset (data/formulas/make.py). Owned by the program. */
Formula *formula_find(const char *tex, gboolean display);
/* Its box in em: the baseline lies `height` below the top. */
void formula_size(const Formula *self, double *width, double *height, double *depth);
/* As it would be read out. */
const char *formula_spoken(const Formula *self);
/* With the left end of its baseline at (x, y), `em` pixels large. */
void formula_draw(Formula *self, cairo_t *cr, double x, double y, double em, const GdkRGBA *color);

/* A displayed formula as a widget, in the middle, made smaller where it does not fit. `spoken` is
 * its accessible name. Where it was never typeset, a label with the TeX itself. */
#define BATHY_TYPE_FORMULA (bathy_formula_get_type())
G_DECLARE_FINAL_TYPE(BathyFormula, bathy_formula, BATHY, FORMULA, GtkWidget)
GtkWidget *bathy_formula_new(const char *tex, const char *spoken);
/* The colour of a widget's text. */
GdkRGBA widget_color(GtkWidget *widget);
/* Its text size in pixels. */
double widget_em(GtkWidget *widget);
