/* How one line gets onto paper; line_plot.c draws what is around it. */
#pragma once

#include "ui/chart/line_plot.h"

/* The line clipped to the data rectangle by the caller: its range from low to high, pale, then the
 * line itself. Without its markers. */
void line_stroke(const Canvas *canvas, const Rect *inside, const LinePlot *plot, const Line *line);
/* A dot at each point of the line that lies within the axes. */
void line_markers(const Canvas *canvas, const Rect *inside, const LinePlot *plot, const Line *line);
/* Its width in canvas pixels. */
double line_width(const Canvas *canvas, const Line *line);
/* Cap, dashes and width of the context's next stroke; undo with cairo_set_dash. */
void line_set_pen(const Canvas *canvas, LineStyle style, double width);
/* Whether a point has a place: finite, and above zero on a logarithmic axis. */
gboolean line_drawable(const LinePlot *plot, const Line *line, gsize i);
/* The first point at or beyond x; n when there is none. */
gsize line_first_at(const Line *line, double x);

/* Draws what lies between two curves over x, as a column of pixels from the least `low` to the
 * largest `high` of the points in it; neighbours are joined as a line would join them. `low` and
 * `high` may be the same. `thick` is added to the height of each column. */
void line_band(const Canvas *canvas, const Rect *inside, const LinePlot *plot, const Line *line,
               const float *low, const float *high, double thick, double alpha);
