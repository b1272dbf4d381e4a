#include "ui/chart/scatter.h"

#include <math.h>

#define SHAPES 5

static void polygon(const Canvas *canvas, double x, double y, double radius, int corners,
                    double turn) {
  for (int i = 0; i < corners; i++) {
    const double angle = turn + 2 * G_PI * i / corners;
    cairo_line_to(canvas->cr, x + radius * cos(angle), y + radius * sin(angle));
  }
  cairo_close_path(canvas->cr);
}

static void cross(const Canvas *canvas, double x, double y, double radius) {
  const double arm = radius * 0.36;

  cairo_rectangle(canvas->cr, x - radius, y - arm, 2 * radius, 2 * arm);
  cairo_rectangle(canvas->cr, x - arm, y - radius, 2 * arm, 2 * radius);
}

/* Shapes go round faster than colours, so that no two of ten groups share both. */
void marker_draw(const Canvas *canvas, double x, double y, double size, guint group) {
  const double radius = size / 2;

  canvas_set_color(canvas, theme_series(canvas->theme, group));
  cairo_new_path(canvas->cr);
  switch (group % SHAPES) {
  case 0:
    cairo_arc(canvas->cr, x, y, radius, 0, 2 * G_PI);
    break;
  case 1:
    cairo_rectangle(canvas->cr, x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
    break;
  case 2:
    polygon(canvas, x, y, radius * 1.2, 3, -G_PI / 2);
    break;
  case 3:
    polygon(canvas, x, y, radius * 1.2, 4, 0);
    break;
  default:
    cross(canvas, x, y, radius * 1.1);
  }
  cairo_fill(canvas->cr);
}

/* Within the axes, border and all: what lies beyond is not drawn. */
static gboolean in_sight(const Rect *inside, double px, double py) {
  return px >= inside->x && px <= inside->x + inside->width && py >= inside->y &&
         py <= inside->y + inside->height;
}

void scatter_draw(const Canvas *canvas, const Rect *inside, const Axis *x, const Axis *y,
                  const Scatter *scatter) {
  const double size = canvas_length(canvas, scatter->size > 0 ? scatter->size : 4);

  for (gsize i = 0; i < scatter->n; i++) {
    const double px = axis_x(x, inside, (double)scatter->x[i]);
    const double py = axis_y(y, inside, (double)scatter->y[i]);
    if (in_sight(inside, px, py))
      marker_draw(canvas, px, py, size, scatter->group != NULL ? (guint)scatter->group[i] : 0);
  }
}

gsize scatter_hit(const Rect *inside, const Axis *x, const Axis *y, const Scatter *scatter,
                  double px, double py, double reach) {
  double nearest = reach * reach;
  gsize found = G_MAXSIZE;

  for (gsize i = 0; i < scatter->n; i++) {
    const double at_x = axis_x(x, inside, (double)scatter->x[i]);
    const double at_y = axis_y(y, inside, (double)scatter->y[i]);
    const double distance = (at_x - px) * (at_x - px) + (at_y - py) * (at_y - py);
    if (in_sight(inside, at_x, at_y) && distance <= nearest) {
      nearest = distance;
      found = i;
    }
  }
  return found;
}
