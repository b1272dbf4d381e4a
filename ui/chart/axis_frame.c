/* The frame of a plot: lines, labels and titles of both axes. */
#include "ui/chart/axis.h"

#include <math.h>

#define LABEL_SIZE 0.85
#define SPACING_X 3.6 /* em between ticks, at first; more where labels would touch */
#define SPACING_Y 2.3

static TextStyle label_style(const Canvas *canvas) {
  return (TextStyle){.size = LABEL_SIZE, .color = theme_dim(canvas->theme)};
}

static gboolean has_title(const Axis *axis, double room, double em) {
  return axis->title != NULL && room > 9 * em;
}

static double label_width(const Canvas *canvas, const char *label) {
  const TextStyle style = label_style(canvas);
  double width;

  canvas_text_size(canvas, &style, label, &width, NULL);
  return width;
}

static int ticks_y(const Canvas *canvas, const Axis *y, double room, Tick ticks[AXIS_MAX_TICKS]) {
  return axis_ticks(y, room, SPACING_Y * canvas->theme->em, ticks);
}

/* Where a label's left end goes: centred, but not beyond the area. */
static double label_left(const Rect *area, double at, double width) {
  return CLAMP(at - width / 2, area->x, MAX(area->x + area->width - width, area->x));
}

static gboolean labels_touch(const Canvas *canvas, const Axis *x, const Rect *inside,
                             const Rect *area, const Tick *ticks, int n) {
  double free_from = -INFINITY;

  for (int i = 0; i < n; i++) {
    if (ticks[i].minor)
      continue;
    const double width = label_width(canvas, ticks[i].label);
    const double left = label_left(area, axis_x(x, inside, ticks[i].value), width);
    if (left < free_from)
      return TRUE;
    free_from = left + width + 0.6 * canvas->theme->em;
  }
  return FALSE;
}

static int ticks_x(const Canvas *canvas, const Axis *x, const Rect *inside, const Rect *area,
                   Tick ticks[AXIS_MAX_TICKS]) {
  double spacing = SPACING_X * canvas->theme->em;
  int n = axis_ticks(x, inside->width, spacing, ticks);

  for (int again = 0; again < 6 && labels_touch(canvas, x, inside, area, ticks, n); again++) {
    spacing *= 1.4;
    n = axis_ticks(x, inside->width, spacing, ticks);
  }
  return n;
}

static double widest_label(const Canvas *canvas, const Axis *y, double room) {
  Tick ticks[AXIS_MAX_TICKS];
  const int n = ticks_y(canvas, y, room, ticks);
  double widest = 0;

  for (int i = 0; i < n; i++)
    if (!ticks[i].minor)
      widest = MAX(widest, label_width(canvas, ticks[i].label));
  return widest;
}

Rect axes_inside(const Canvas *canvas, const Rect *area, const Axis *x, const Axis *y) {
  const double em = canvas->theme->em;
  Rect inside = *area;

  rect_cut_top(&inside, 0.5 * em);
  rect_cut_right(&inside, 0.9 * em);
  rect_cut_bottom(&inside, (has_title(x, area->width, em) ? 2.7 : 1.5) * em);
  rect_cut_left(&inside, has_title(y, area->height, em) ? 1.3 * em : 0);
  rect_cut_left(&inside, widest_label(canvas, y, inside.height) + 0.6 * em);
  return inside;
}

static double crisp(double at) { return floor(at) + 0.5; }

static void grid_line(const Canvas *canvas, double x0, double y0, double x1, double y1,
                      gboolean minor) {
  canvas_set_color(canvas, color_with_alpha(theme_grid(canvas->theme), minor ? 0.5 : 1));
  cairo_set_line_width(canvas->cr, 1);
  cairo_move_to(canvas->cr, x0, y0);
  cairo_line_to(canvas->cr, x1, y1);
  cairo_stroke(canvas->cr);
}

static void draw_x(const Canvas *canvas, const Rect *inside, const Axis *x, const Rect *area) {
  const double em = canvas->theme->em, bottom = inside->y + inside->height;
  TextStyle style = label_style(canvas);
  Tick ticks[AXIS_MAX_TICKS];
  const int n = ticks_x(canvas, x, inside, area, ticks);
  double free_from = area->x;

  for (int i = 0; i < n; i++) {
    const double at = axis_x(x, inside, ticks[i].value);
    grid_line(canvas, crisp(at), inside->y, crisp(at), bottom, ticks[i].minor);
    if (ticks[i].minor)
      continue;
    const double width = label_width(canvas, ticks[i].label);
    const double left = label_left(area, at, width);
    if (left < free_from || left + width > area->x + area->width)
      continue;
    canvas_text(canvas, left, bottom + 0.25 * em, &style, ticks[i].label);
    free_from = left + width + 0.3 * em;
  }
  style.align = ALIGN_CENTRE;
  if (has_title(x, area->width, em))
    canvas_text(canvas, inside->x + inside->width / 2, bottom + 1.45 * em, &style, x->title);
}

static void draw_y(const Canvas *canvas, const Rect *inside, const Axis *y, const Rect *area) {
  const double em = canvas->theme->em;
  TextStyle style = label_style(canvas);
  Tick ticks[AXIS_MAX_TICKS];
  const int n = ticks_y(canvas, y, inside->height, ticks);
  double free_below = INFINITY;

  style.align = ALIGN_END;
  style.align_vertical = ALIGN_CENTRE;
  for (int i = 0; i < n; i++) {
    const double at = axis_y(y, inside, ticks[i].value);
    grid_line(canvas, inside->x, crisp(at), inside->x + inside->width, crisp(at), ticks[i].minor);
    if (ticks[i].minor || at > free_below)
      continue;
    canvas_text(canvas, inside->x - 0.4 * em, at, &style, ticks[i].label);
    free_below = at - 1.05 * em;
  }
  if (!has_title(y, area->height, em))
    return;
  style.align = ALIGN_CENTRE;
  style.align_vertical = ALIGN_START;
  style.angle = -G_PI / 2;
  canvas_text(canvas, area->x, inside->y + inside->height / 2, &style, y->title);
}

Rect axes_draw(const Canvas *canvas, const Rect *area, const Axis *x, const Axis *y) {
  const Rect inside = axes_inside(canvas, area, x, y);

  if (inside.width < 4 || inside.height < 4)
    return inside;
  draw_x(canvas, &inside, x, area);
  draw_y(canvas, &inside, y, area);
  const double left = crisp(inside.x), bottom = crisp(inside.y + inside.height);
  canvas_set_color(canvas, theme_dim(canvas->theme));
  cairo_set_line_width(canvas->cr, 1);
  cairo_move_to(canvas->cr, left, inside.y);
  cairo_line_to(canvas->cr, left, bottom);
  cairo_line_to(canvas->cr, inside.x + inside.width, bottom);
  cairo_stroke(canvas->cr);
  return inside;
}
