#include "ui/chart/line_stroke.h"

#include <math.h>

#define DENSE 1.0 /* points a pixel beyond which a line is drawn as a band */
#define BUSY 0.25 /* beyond which edges are smoothed coarsely: four times as fast, and not seen */
#define RANGE_ALPHA 0.3 /* of the range behind its line */
#define FAINT_ALPHA 0.35
#define FARTHEST 16000.0 /* pixels: cairo's coordinates end at 2^23 */

gboolean line_drawable(const LinePlot *plot, const Line *line, gsize i) {
  return isfinite(line->y[i]) && (!plot->y.logarithmic || line->y[i] > 0);
}

gsize line_first_at(const Line *line, double x) {
  gsize low = 0, high = line->n;

  while (low < high) {
    const gsize middle = low + (high - low) / 2;
    if (line_x(line, middle) < x)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The points in sight, and one on either side so that the line reaches the border. */
static void in_sight(const LinePlot *plot, const Line *line, gsize *from, gsize *to) {
  *from = line_first_at(line, plot->x.low);
  *to = line_first_at(line, plot->x.high);
  if (*from > 0)
    (*from)--;
  *to = MIN(*to + 1, line->n);
}

double line_width(const Canvas *canvas, const Line *line) {
  return canvas_length(canvas, line->width > 0 ? line->width : 1.5);
}

void line_set_pen(const Canvas *canvas, LineStyle style, double width) {
  const double dashed[] = {4 * width, 3 * width}, dotted[] = {0, 2.4 * width};

  cairo_set_line_width(canvas->cr, width);
  cairo_set_line_cap(canvas->cr, CAIRO_LINE_CAP_ROUND);
  if (style == LINE_DASHED)
    cairo_set_dash(canvas->cr, dashed, 2, 0);
  else if (style == LINE_DOTTED)
    cairo_set_dash(canvas->cr, dotted, 2, 0);
}

/* --- few points --- */

typedef struct {
  double x, y;
} Point;

static Point point_of(const Rect *inside, const LinePlot *plot, const Line *line, gsize i) {
  return (Point){axis_x(&plot->x, inside, line_x(line, i)),
                 axis_y(&plot->y, inside, (double)line->y[i])};
}

/* `from`, or where the way from it to `to` comes near enough for cairo. */
static Point brought_near(Point from, Point to) {
  const double x = CLAMP(from.x, -FARTHEST, FARTHEST);

  if (x != from.x && from.x != to.x)
    from = (Point){x, from.y + (to.y - from.y) * (x - from.x) / (to.x - from.x)};
  const double y = CLAMP(from.y, -FARTHEST, FARTHEST);
  if (y != from.y && from.y != to.y)
    from = (Point){from.x + (to.x - from.x) * (y - from.y) / (to.y - from.y), y};
  return (Point){CLAMP(from.x, -FARTHEST, FARTHEST), CLAMP(from.y, -FARTHEST, FARTHEST)};
}

/* A point alone is a dot: its line leads to itself. */
static void add_path(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                     const Line *line, gsize from, gsize to) {
  gboolean pen_down = FALSE;
  Point last = {0, 0};

  for (gsize i = from; i < to; i++) {
    if (!line_drawable(plot, line, i)) {
      pen_down = FALSE;
      continue;
    }
    const Point point = point_of(inside, plot, line, i);
    const Point start = brought_near(pen_down ? last : point, point);
    const Point end = pen_down ? brought_near(point, last) : start;
    if (!pen_down || start.x != last.x || start.y != last.y)
      cairo_move_to(canvas->cr, start.x, start.y);
    cairo_line_to(canvas->cr, end.x, end.y);
    last = point;
    pen_down = TRUE;
  }
}

static void stroke_points(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                          const Line *line, gsize from, gsize to, double width) {
  add_path(canvas, inside, plot, line, from, to);
  line_set_pen(canvas, line->style, width);
  cairo_set_line_join(canvas->cr, CAIRO_LINE_JOIN_BEVEL);
  if ((double)(to - from) > BUSY * inside->width)
    cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_FAST);
  cairo_stroke(canvas->cr);
  cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_DEFAULT);
  cairo_set_dash(canvas->cr, NULL, 0, 0);
}

void line_markers(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                  const Line *line) {
  const double radius = 0.25 * canvas->theme->em;
  const Rect reach = rect_inset(*inside, -0.5);
  gsize from, to;

  in_sight(plot, line, &from, &to);
  canvas_set_color(canvas, line->color);
  for (gsize i = from; i < to; i++) {
    if (!line_drawable(plot, line, i))
      continue;
    const Point point = point_of(inside, plot, line, i);
    if (!rect_contains(&reach, point.x, point.y))
      continue;
    cairo_new_sub_path(canvas->cr);
    cairo_arc(canvas->cr, point.x, point.y, radius, 0, 2 * G_PI);
  }
  cairo_fill(canvas->cr);
}

/* --- a line --- */

void line_stroke(const Canvas *canvas, const Rect *inside, const LinePlot *plot, const Line *line) {
  const double width = line_width(canvas, line);
  const double alpha = line->faint ? FAINT_ALPHA : 1;
  gsize from, to;

  in_sight(plot, line, &from, &to);
  if (from >= to)
    return;
  if (line->low != NULL && line->high != NULL)
    line_band(canvas, inside, plot, line, line->low, line->high, 0, alpha * RANGE_ALPHA);
  if ((double)(to - from) > DENSE * inside->width) {
    line_band(canvas, inside, plot, line, line->y, line->y, width, alpha);
    return;
  }
  canvas_set_color(canvas, color_with_alpha(line->color, alpha));
  stroke_points(canvas, inside, plot, line, from, to, width);
}
