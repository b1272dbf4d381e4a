#include "ui/chart/line_plot.h"

#include <math.h>

#define DENSE 2.0      /* points a pixel beyond which a line is drawn as a band */
#define LEGEND_ROW 1.5 /* em */

double line_x(const Line *line, gsize i) {
  return line->x != NULL ? (double)line->x[i] : line->x0 + (double)i * line->dx;
}

/* The first point at or beyond x; n when there is none. */
static gsize first_at(const Line *line, double x) {
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

gsize line_nearest(const Line *line, double x) {
  if (line->n == 0)
    return G_MAXSIZE;
  const gsize after = MIN(first_at(line, x), line->n - 1);
  if (after == 0 || fabs(line_x(line, after) - x) <= fabs(line_x(line, after - 1) - x))
    return after;
  return after - 1;
}

static float low_of(const Line *line, gsize i) {
  return line->low != NULL ? line->low[i] : line->y[i];
}

static float high_of(const Line *line, gsize i) {
  return line->high != NULL ? line->high[i] : line->y[i];
}

gboolean lines_range(const Line *lines, int n, double low, double high, double *minimum,
                     double *maximum) {
  double least = INFINITY, most = -INFINITY;

  for (int k = 0; k < n; k++)
    for (gsize i = first_at(&lines[k], low); i < lines[k].n && line_x(&lines[k], i) <= high; i++) {
      const double a = (double)low_of(&lines[k], i), b = (double)high_of(&lines[k], i);
      if (isfinite(a))
        least = MIN(least, a);
      if (isfinite(b))
        most = MAX(most, b);
    }
  if (!(least <= most))
    return FALSE;
  *minimum = least;
  *maximum = most;
  return TRUE;
}

/* --- one line --- */

static void set_dashes(const Canvas *canvas, LineStyle style, double width) {
  const double dashed[] = {5 * width, 3 * width}, dotted[] = {0, 2.4 * width};

  cairo_set_line_cap(canvas->cr, style == LINE_SOLID ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
  if (style == LINE_DASHED)
    cairo_set_dash(canvas->cr, dashed, 2, 0);
  else if (style == LINE_DOTTED)
    cairo_set_dash(canvas->cr, dotted, 2, 0);
}

static gboolean drawable(const LinePlot *plot, const Line *line, gsize i) {
  return isfinite(line->y[i]) && (!plot->y.logarithmic || line->y[i] > 0);
}

/* The points in sight, and one on either side so that the line reaches the border. */
static void in_sight(const LinePlot *plot, const Line *line, gsize *from, gsize *to) {
  *from = first_at(line, plot->x.low);
  *to = first_at(line, plot->x.high);
  if (*from > 0)
    (*from)--;
  *to = MIN(*to + 1, line->n);
}

static void stroke_line(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                        const Line *line, gsize from, gsize to, double width) {
  gboolean pen_down = FALSE;

  for (gsize i = from; i < to; i++) {
    if (!drawable(plot, line, i)) {
      pen_down = FALSE;
      continue;
    }
    const double x = axis_x(&plot->x, inside, line_x(line, i));
    const double y = axis_y(&plot->y, inside, (double)line->y[i]);
    if (pen_down)
      cairo_line_to(canvas->cr, x, y);
    else
      cairo_move_to(canvas->cr, x, y);
    pen_down = TRUE;
  }
  set_dashes(canvas, line->style, width);
  cairo_set_line_width(canvas->cr, width);
  cairo_set_line_join(canvas->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke(canvas->cr);
  cairo_set_dash(canvas->cr, NULL, 0, 0);
}

/* Lowest and highest place of a line in one pixel column. */
typedef struct {
  double top, bottom;
} Column;

static double clamped_y(const LinePlot *plot, const Rect *inside, double value) {
  if (plot->y.logarithmic && !(value > 0))
    return inside->y + inside->height;
  return CLAMP(axis_y(&plot->y, inside, value), inside->y - 2, inside->y + inside->height + 2);
}

static void gather(const LinePlot *plot, const Rect *inside, const Line *line, gsize from, gsize to,
                   Column *columns, int n) {
  for (int c = 0; c < n; c++)
    columns[c] = (Column){INFINITY, -INFINITY};
  for (gsize i = from; i < to; i++) {
    const double x = axis_x(&plot->x, inside, line_x(line, i)) - inside->x;
    if (!drawable(plot, line, i) || !(x >= 0) || !(x < inside->width))
      continue;
    Column *column = &columns[MIN((int)x, n - 1)];
    column->top = MIN(column->top, clamped_y(plot, inside, (double)high_of(line, i)));
    column->bottom = MAX(column->bottom, clamped_y(plot, inside, (double)low_of(line, i)));
  }
}

/* What lies between two columns belongs to the line: each reaches its neighbour. */
static void join(Column *columns, int n) {
  for (int c = 1; c < n; c++) {
    if (columns[c].top > columns[c].bottom || columns[c - 1].top > columns[c - 1].bottom)
      continue;
    if (columns[c].top > columns[c - 1].bottom)
      columns[c].top = columns[c - 1].bottom;
    else if (columns[c].bottom < columns[c - 1].top)
      columns[c].bottom = columns[c - 1].top;
  }
}

/* The band of a run of columns without gaps, as one polygon. */
static void add_band(const Canvas *canvas, const Rect *inside, const Column *columns, int from,
                     int to, double thick) {
  for (int c = from; c < to; c++) {
    const double y = MIN(columns[c].top, columns[c].bottom - thick);
    if (c == from)
      cairo_move_to(canvas->cr, inside->x + c, y);
    cairo_line_to(canvas->cr, inside->x + c + 0.5, y);
  }
  for (int c = to - 1; c >= from; c--)
    cairo_line_to(canvas->cr, inside->x + c + 0.5, MAX(columns[c].bottom, columns[c].top + thick));
  cairo_close_path(canvas->cr);
}

static void fill_band(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                      const Line *line, gsize from, gsize to, double width) {
  const int n = MAX((int)inside->width, 1);
  g_autofree Column *columns = g_new(Column, n);
  int start = 0;

  gather(plot, inside, line, from, to, columns, n);
  join(columns, n);
  for (int c = 0; c <= n; c++) {
    if (c < n && columns[c].top <= columns[c].bottom)
      continue;
    if (c > start)
      add_band(canvas, inside, columns, start, c, width / 2);
    start = c + 1;
  }
  cairo_fill(canvas->cr);
}

static void draw_markers(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                         const Line *line, gsize from, gsize to) {
  const double radius = 0.25 * canvas->theme->em;

  for (gsize i = from; i < to; i++) {
    if (!drawable(plot, line, i))
      continue;
    const double x = axis_x(&plot->x, inside, line_x(line, i));
    const double y = axis_y(&plot->y, inside, (double)line->y[i]);
    cairo_new_sub_path(canvas->cr);
    cairo_arc(canvas->cr, x, y, radius, 0, 2 * G_PI);
  }
  cairo_fill(canvas->cr);
}

static void draw_line(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                      const Line *line) {
  const double width = line->width > 0 ? line->width : 1.5;
  gsize from, to;

  in_sight(plot, line, &from, &to);
  if (from >= to)
    return;
  canvas_set_color(canvas, color_with_alpha(line->color, line->faint ? 0.35 : 1));
  const gboolean dense = (double)(to - from) > DENSE * inside->width;
  if (dense || line->low != NULL)
    fill_band(canvas, inside, plot, line, from, to, width);
  if (!dense)
    stroke_line(canvas, inside, plot, line, from, to, width);
  if (line->markers)
    draw_markers(canvas, inside, plot, line, from, to);
}

/* --- legend and marks --- */

static double legend_height(const Canvas *canvas, const LinePlot *plot) {
  return plot->legend && plot->n_lines > 0 ? LEGEND_ROW * canvas->theme->em : 0;
}

static void draw_sample(const Canvas *canvas, const Line *line, double x, double y, double width) {
  canvas_set_color(canvas, line->color);
  cairo_move_to(canvas->cr, x, y);
  cairo_line_to(canvas->cr, x + width, y);
  set_dashes(canvas, line->style, 2);
  cairo_set_line_width(canvas->cr, 2);
  cairo_stroke(canvas->cr);
  cairo_set_dash(canvas->cr, NULL, 0, 0);
  if (line->markers) {
    cairo_arc(canvas->cr, x + width / 2, y, 0.25 * canvas->theme->em, 0, 2 * G_PI);
    cairo_fill(canvas->cr);
  }
}

static void draw_legend(const Canvas *canvas, const Rect *row, const LinePlot *plot, double left) {
  const double em = canvas->theme->em;
  const TextStyle style = {.size = 0.9, .align_vertical = ALIGN_CENTRE};
  double x = left;

  for (int i = 0; i < plot->n_lines; i++) {
    const Line *line = &plot->lines[i];
    double width;
    if (line->faint || line->name == NULL)
      continue;
    canvas_text_size(canvas, &style, line->name, &width, NULL);
    if (x + 2.4 * em + width > row->x + row->width)
      return;
    draw_sample(canvas, line, x, row->y + row->height / 2, 1.8 * em);
    canvas_text(canvas, x + 2.2 * em, row->y + row->height / 2, &style, line->name);
    x += 3.4 * em + width;
  }
}

static void draw_mark(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                      const LineMark *mark, int row) {
  const double em = canvas->theme->em, x = axis_x(&plot->x, inside, mark->x);
  const double dash[] = {3, 3};
  double width;

  if (!(x >= inside->x) || x > inside->x + inside->width)
    return;
  canvas_set_color(canvas, mark->color);
  cairo_set_line_width(canvas->cr, 1);
  cairo_set_dash(canvas->cr, dash, 2, 0);
  cairo_move_to(canvas->cr, floor(x) + 0.5, inside->y);
  cairo_line_to(canvas->cr, floor(x) + 0.5, inside->y + inside->height);
  cairo_stroke(canvas->cr);
  cairo_set_dash(canvas->cr, NULL, 0, 0);
  if (mark->label == NULL)
    return;
  TextStyle style = {.size = 0.8, .color = theme_text(canvas->theme)};
  canvas_text_size(canvas, &style, mark->label, &width, NULL);
  style.align = x + 0.3 * em + width > inside->x + inside->width ? ALIGN_END : ALIGN_START;
  const double y = inside->y + row * 1.15 * em;
  if (y + em < inside->y + inside->height)
    canvas_text(canvas, x + (style.align == ALIGN_START ? 0.3 : -0.3) * em, y, &style, mark->label);
}

/* --- the plot --- */

Rect line_plot_inside(const Canvas *canvas, const Rect *area, const LinePlot *plot) {
  Rect below = *area;

  rect_cut_top(&below, legend_height(canvas, plot));
  return axes_inside(canvas, &below, &plot->x, &plot->y);
}

Rect line_plot_draw(const Canvas *canvas, const Rect *area, const LinePlot *plot) {
  Rect below = *area;
  const Rect row = rect_cut_top(&below, legend_height(canvas, plot));
  const Rect inside = axes_draw(canvas, &below, &plot->x, &plot->y);

  if (plot->legend)
    draw_legend(canvas, &row, plot, inside.x);
  if (inside.width < 4 || inside.height < 4)
    return inside;
  cairo_save(canvas->cr);
  cairo_rectangle(canvas->cr, inside.x, inside.y - 1, inside.width + 1, inside.height + 2);
  cairo_clip(canvas->cr);
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < plot->n_lines; i++)
      if (plot->lines[i].faint == (pass == 0))
        draw_line(canvas, &inside, plot, &plot->lines[i]);
  for (int i = 0; i < plot->n_marks; i++)
    draw_mark(canvas, &inside, plot, &plot->marks[i], i % 4);
  cairo_restore(canvas->cr);
  return inside;
}

/* --- the cursor --- */

#define CURSOR_LINES 8

typedef struct {
  char text[CURSOR_LINES + 1][96]; /* the first: where it is */
  Color color[CURSOR_LINES + 1];
  int n;
} CursorBox;

static void fill_box(const Canvas *canvas, const LinePlot *plot, double x, CursorBox *box) {
  char number[NUMBER_SIZE];

  g_snprintf(box->text[0], sizeof box->text[0], "%s %s",
             plot->x.title != NULL ? plot->x.title : "x",
             plot->x.integer ? count_text(round(x), number) : number_text(x, number));
  box->color[0] = theme_dim(canvas->theme);
  box->n = 1;
  for (int i = 0; i < plot->n_lines && box->n <= CURSOR_LINES; i++) {
    const Line *line = &plot->lines[i];
    const gsize at = line_nearest(line, x);
    if (at == G_MAXSIZE || line->name == NULL)
      continue;
    g_snprintf(box->text[box->n], sizeof box->text[0], "%s  %s", line->name,
               number_text((double)line->y[at], number));
    box->color[box->n++] = line->color;
  }
}

static void draw_box(const Canvas *canvas, const Rect *inside, const CursorBox *box, double x) {
  const double em = canvas->theme->em, row = 1.35 * em;
  const TextStyle style = {.size = 0.9, .align_vertical = ALIGN_CENTRE};
  double width = 0;

  for (int i = 0; i < box->n; i++) {
    double w;
    canvas_text_size(canvas, &style, box->text[i], &w, NULL);
    width = MAX(width, w);
  }
  Rect rect = {x + 0.7 * em, inside->y + 0.4 * em, width + 2.2 * em, row * box->n + 0.6 * em};
  if (rect.x + rect.width > inside->x + inside->width)
    rect.x = MAX(x - 0.7 * em - rect.width, 0);
  canvas_fill_rect(canvas, &rect, color_with_alpha(theme_background(canvas->theme), 0.94));
  canvas_stroke_rect(canvas, &rect, theme_dim(canvas->theme), 1);
  for (int i = 0; i < box->n; i++) {
    const double y = rect.y + 0.3 * em + (i + 0.5) * row;
    const Rect swatch = {rect.x + 0.5 * em, y - 0.3 * em, 0.6 * em, 0.6 * em};
    if (i > 0)
      canvas_fill_rect(canvas, &swatch, box->color[i]);
    canvas_text(canvas, rect.x + (i > 0 ? 1.5 : 0.5) * em, y, &style, box->text[i]);
  }
}

static void draw_points(const Canvas *canvas, const Rect *inside, const LinePlot *plot, double x) {
  for (int i = 0; i < plot->n_lines; i++) {
    const Line *line = &plot->lines[i];
    const gsize at = line_nearest(line, x);
    if (at == G_MAXSIZE || line->faint || !drawable(plot, line, at))
      continue;
    const double px = axis_x(&plot->x, inside, line_x(line, at));
    const double py = axis_y(&plot->y, inside, (double)line->y[at]);
    if (!rect_contains(inside, px, py))
      continue;
    cairo_arc(canvas->cr, px, py, 0.35 * canvas->theme->em, 0, 2 * G_PI);
    canvas_set_color(canvas, theme_background(canvas->theme));
    cairo_fill_preserve(canvas->cr);
    canvas_set_color(canvas, line->color);
    cairo_set_line_width(canvas->cr, 2);
    cairo_stroke(canvas->cr);
  }
}

void line_plot_draw_cursor(const Canvas *canvas, const Rect *inside, const LinePlot *plot,
                           double x) {
  const double at = axis_x(&plot->x, inside, x);
  CursorBox box;

  if (!(at >= inside->x) || at > inside->x + inside->width)
    return;
  canvas_set_color(canvas, theme_dim(canvas->theme));
  cairo_set_line_width(canvas->cr, 1);
  cairo_move_to(canvas->cr, floor(at) + 0.5, inside->y);
  cairo_line_to(canvas->cr, floor(at) + 0.5, inside->y + inside->height);
  cairo_stroke(canvas->cr);
  draw_points(canvas, inside, plot, x);
  fill_box(canvas, plot, x, &box);
  draw_box(canvas, inside, &box, at);
}
