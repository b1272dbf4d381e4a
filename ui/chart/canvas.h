/* What charts are drawn on: a cairo context, a size and a theme. Pure drawing, no GTK.
 *
 * The same code draws the screen, exported files, the command line's plots and the tests' pictures.
 * Lengths are in pixels at 100 %; `em` is the size of text, everything else follows it.
 */
#pragma once

#include "ui/chart/palette.h"

#include <cairo.h>
#include <glib.h>

typedef struct {
  double x, y, width, height;
} Rect;

typedef struct {
  cairo_t *cr;
  double width, height;
  const Theme *theme;
  double scale; /* device pixels a canvas pixel, for surfaces that do not know it: recordings that
                   a toolkit draws again. 0: unknown */
} Canvas;

typedef enum { ALIGN_START, ALIGN_CENTRE, ALIGN_END } Align;

gboolean rect_contains(const Rect *self, double x, double y);
/* `self` without `margin` on every side; never negative. */
Rect rect_inset(Rect self, double margin);
/* Cuts a strip off a side of `*self` and returns it; no more than there is. */
Rect rect_cut_top(Rect *self, double height);
Rect rect_cut_bottom(Rect *self, double height);
Rect rect_cut_left(Rect *self, double width);
Rect rect_cut_right(Rect *self, double width);

/* A length given for text of 13 pixels, as text and all else is larger or smaller. */
double canvas_length(const Canvas *self, double pixels);
void canvas_set_color(const Canvas *self, Color color);
void canvas_fill_rect(const Canvas *self, const Rect *rect, Color color);
/* A line of one device pixel inside the rectangle's border. */
void canvas_stroke_rect(const Canvas *self, const Rect *rect, Color color, double width);

typedef struct {
  double size; /* in em; 0: 1 */
  Color color; /* alpha 0: the theme's text */
  gboolean bold, monospace;
  Align align, align_vertical; /* where the text lies relative to the point, or in the rectangle */
  double angle;                /* radians, around the point */
} TextStyle;

/* One line of text at a point: (x, y) is its start, centre or end, as the style says. Pango markup
 * is not interpreted. */
void canvas_text(const Canvas *self, double x, double y, const TextStyle *style, const char *text);
/* The same inside a rectangle: aligned in it, ellipsized at its end when it does not fit. */
void canvas_text_in(const Canvas *self, const Rect *rect, const TextStyle *style, const char *text);
/* Several lines, wrapped to the width of the rectangle; returns the height used. */
double canvas_paragraph(const Canvas *self, const Rect *rect, const TextStyle *style,
                        const char *text);
/* Width and height of one line. */
void canvas_text_size(const Canvas *self, const TextStyle *style, const char *text, double *width,
                      double *height);
/* A message where there is nothing to draw yet: centred, dim, wrapped. */
void canvas_placeholder(const Canvas *self, const Rect *rect, const char *text);
/* Numbers as panels show them: three significant digits, thousands separated by thin spaces, a real
 * minus sign, "—" for NaN, "∞"; 0.000123 as 1.23e−4. Writes into `text`, returns it. */
#define NUMBER_SIZE 32
char *number_text(double value, char text[NUMBER_SIZE]);
/* 1.5e−7: one digit before the point, after it `decimals` (0 … 15) without the zeros at their end.
 */
char *scientific_text(double value, int decimals, char text[NUMBER_SIZE]);
/* Whole numbers, thousands separated. */
char *count_text(double value, char text[NUMBER_SIZE]);
