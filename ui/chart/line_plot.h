/* Curves over a common axis. Few points are stroked; many are drawn as the band from minimum to
 * maximum of each pixel column, so that a million points cost what a thousand do. */
#pragma once

#include "ui/chart/axis.h"

typedef enum { LINE_SOLID, LINE_DASHED, LINE_DOTTED } LineStyle;

/* Point i stands for x0 + i × dx … and, where blocks were joined, for all values from low to high.
 */
typedef struct {
  const char *name;
  const float *x; /* n values, rising; NULL: x0 + i × dx */
  double x0, dx;
  const float *y;          /* n values (means); NaN: a gap */
  const float *low, *high; /* n values each, or both NULL */
  gsize n;
  Color color;
  LineStyle style;
  double width;     /* pixels where text has 13; 0: 1.5 */
  gboolean faint;   /* behind: the raw curve under a smoothed one */
  gboolean markers; /* a dot at each point */
} Line;

/* A vertical line with a word: where a hyperparameter was changed, the best epoch. Where words
 * would lie on each other, those of the first marks are shown. */
typedef struct {
  double x;
  const char *label;
  Color color;
} LineMark;

typedef struct {
  Axis x, y;
  const Line *lines;
  int n_lines;
  const LineMark *marks;
  int n_marks;
  gboolean legend;
} LinePlot;

/* Draws into `area`; returns the data rectangle. */
Rect line_plot_draw(const Canvas *canvas, const Rect *area, const LinePlot *plot);
/* The data rectangle line_plot_draw would use. */
Rect line_plot_inside(const Canvas *canvas, const Rect *area, const LinePlot *plot);
/* The nearest point of a line at x (data units): its index; G_MAXSIZE when the line is empty. */
gsize line_nearest(const Line *line, double x);
double line_x(const Line *line, gsize i);
/* The range of all lines' finite values with x in low … high, for axes; FALSE when there is none.
 */
gboolean lines_range(const Line *lines, int n, double low, double high, double *minimum,
                     double *maximum);
/* A crosshair at x with a box of exact values, one row a line (drawn over the plot). */
void line_plot_draw_cursor(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                           double x);
