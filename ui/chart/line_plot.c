#include "ui/chart/line_stroke.h"

#include <math.h>

#define LEGEND_ROW 1.5 /* em */
#define LEGEND_GAP 1.2

#define MARK_ROWS 4 /* of labels */
#define MARK_LABELS 32

static const TextStyle MARK_STYLE = {.size = 0.8};
static const TextStyle LEGEND_STYLE = {.size = 0.9, .align_vertical = ALIGN_CENTRE};

double line_x(const Line *line, gsize i) {
  return line->x != NULL ? (double)line->x[i] : line->x0 + (double)i * line->dx;
}

gsize line_nearest(const Line *line, double x) {
  if (line->n == 0)
    return G_MAXSIZE;
  const gsize after = MIN(line_first_at(line, x), line->n - 1);
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
    for (gsize i = line_first_at(&lines[k], low); i < lines[k].n && line_x(&lines[k], i) <= high;
         i++) {
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

/* --- legend and marks --- */

typedef struct {
  double left; /* where rows begin, from the area's left end: above the data */
  double width;
  int rows;
} Legend;

static gboolean has_entry(const Line *line) { return !line->faint && line->name != NULL; }

/* Moves on to the place of a line's entry: its row and where in it it begins; returns its width. */
static double legend_next(const Canvas *canvas, const Legend *legend, const Line *line, double *x,
                          int *row) {
  const double em = canvas->theme->em;
  double width;

  canvas_text_size(canvas, &LEGEND_STYLE, line->name, &width, NULL);
  width += 2.2 * em;
  if (*x > 0 && *x + width > legend->width) {
    *x = 0;
    (*row)++;
  }
  return width;
}

/* As many rows as the names need, but no more than a third of the area. */
static Legend legend_layout(const Canvas *canvas, const Rect *area, const LinePlot *plot) {
  const double em = canvas->theme->em;
  const int most = (int)(area->height / 3 / (LEGEND_ROW * em));
  Rect below = *area;
  Legend self = {.rows = 0};
  double x = 0;
  int row = 0;

  if (!plot->legend || most < 1)
    return self;
  rect_cut_top(&below, LEGEND_ROW * em);
  self.left = axes_inside(canvas, &below, &plot->x, &plot->y).x - area->x;
  self.width = area->width - self.left;
  for (int i = 0; i < plot->n_lines; i++)
    if (has_entry(&plot->lines[i])) {
      x += legend_next(canvas, &self, &plot->lines[i], &x, &row) + LEGEND_GAP * em;
      self.rows = MIN(row + 1, most);
    }
  return self;
}

static void draw_sample(const Canvas *canvas, const Line *line, double x, double y, double width) {
  canvas_set_color(canvas, line->color);
  cairo_move_to(canvas->cr, x, y);
  cairo_line_to(canvas->cr, x + width, y);
  line_set_pen(canvas, line->style, canvas_length(canvas, 2));
  cairo_stroke(canvas->cr);
  cairo_set_dash(canvas->cr, NULL, 0, 0);
  if (line->markers) {
    cairo_arc(canvas->cr, x + width / 2, y, 0.25 * canvas->theme->em, 0, 2 * G_PI);
    cairo_fill(canvas->cr);
  }
}

static void draw_legend(const Canvas *canvas, const Rect *area, const LinePlot *plot,
                        const Legend *legend) {
  const double em = canvas->theme->em;
  double x = 0;
  int row = 0;

  for (int i = 0; i < plot->n_lines; i++) {
    const Line *line = &plot->lines[i];
    if (!has_entry(line))
      continue;
    const double width = legend_next(canvas, legend, line, &x, &row);
    if (row >= legend->rows)
      return;
    const double left = area->x + legend->left + x;
    const Rect name = {left + 2.2 * em, area->y + row * LEGEND_ROW * em,
                       MIN(width, legend->width - x) - 2.2 * em, LEGEND_ROW * em};
    draw_sample(canvas, line, left, name.y + name.height / 2, 1.8 * em);
    canvas_text_in(canvas, &name, &LEGEND_STYLE, line->name);
    x += width + LEGEND_GAP * em;
  }
}

/* Where labels of marks lie already. */
typedef struct {
  Rect rects[MARK_LABELS];
  int n;
} Labels;

static gboolean is_free(const Labels *self, const Rect *rect) {
  for (int i = 0; i < self->n; i++) {
    const Rect *other = &self->rects[i];
    if (rect->x < other->x + other->width && other->x < rect->x + rect->width &&
        rect->y < other->y + other->height && other->y < rect->y + rect->height)
      return FALSE;
  }
  return TRUE;
}

/* Beside its line, on the side where there is room; shortened where there is none. */
static Rect label_place(const Canvas *canvas, const Rect *inside, const LineMark *mark, double x) {
  const double gap = 0.3 * canvas->theme->em;
  const double right = inside->x + inside->width - x - gap, left = x - gap - inside->x;
  double width, height;

  canvas_text_size(canvas, &MARK_STYLE, mark->label, &width, &height);
  const gboolean after = width <= right || right >= left;
  const double room = MIN(width, after ? right : left);
  return (Rect){after ? x + gap : x - gap - room, inside->y, room, height};
}

/* In a row of its own or the next that is free; left out where there is none. */
static void draw_mark_label(const Canvas *canvas, const Rect *inside, const LineMark *mark,
                            double x, int row, Labels *labels) {
  const double em = canvas->theme->em;
  Rect rect = label_place(canvas, inside, mark, x);
  int tries = 0;

  do
    rect.y = inside->y + (row + tries) % MARK_ROWS * 1.2 * em;
  while (!is_free(labels, &rect) && ++tries < MARK_ROWS);
  const Rect behind = rect_inset(rect, -1);
  if (tries == MARK_ROWS || labels->n == MARK_LABELS || rect.width < em ||
      rect.y + rect.height > inside->y + inside->height)
    return;
  labels->rects[labels->n++] = rect;
  canvas_fill_rect(canvas, &behind, color_with_alpha(theme_background(canvas->theme), 0.75));
  canvas_text_in(canvas, &rect, &MARK_STYLE, mark->label);
}

static void draw_mark_line(const Canvas *canvas, const Rect *inside, const LineMark *mark,
                           double x) {
  const double dash = canvas_length(canvas, 3);

  canvas_set_color(canvas, mark->color);
  cairo_set_line_width(canvas->cr, canvas_length(canvas, 1));
  cairo_set_line_cap(canvas->cr, CAIRO_LINE_CAP_BUTT);
  cairo_set_dash(canvas->cr, &dash, 1, 0);
  cairo_move_to(canvas->cr, floor(x) + 0.5, inside->y);
  cairo_line_to(canvas->cr, floor(x) + 0.5, inside->y + inside->height);
  cairo_stroke(canvas->cr);
  cairo_set_dash(canvas->cr, NULL, 0, 0);
}

/* Labels after all lines, so that no line runs through a word; the first marks' before others'. */
static void draw_marks(const Canvas *canvas, const Rect *inside, const LinePlot *plot) {
  Labels placed = {.n = 0};

  for (int labels = 0; labels < 2; labels++)
    for (int i = 0; i < plot->n_marks; i++) {
      const LineMark *mark = &plot->marks[i];
      const double x = axis_x(&plot->x, inside, mark->x);
      if (!(x >= inside->x) || x > inside->x + inside->width)
        continue;
      if (labels == 0)
        draw_mark_line(canvas, inside, mark, x);
      else if (mark->label != NULL)
        draw_mark_label(canvas, inside, mark, x, i % MARK_ROWS, &placed);
    }
}

/* --- the plot --- */

static Rect below_legend(const Canvas *canvas, const Rect *area, const Legend *legend) {
  Rect below = *area;

  rect_cut_top(&below, legend->rows * LEGEND_ROW * canvas->theme->em);
  return below;
}

Rect line_plot_inside(const Canvas *canvas, const Rect *area, const LinePlot *plot) {
  const Legend legend = legend_layout(canvas, area, plot);
  const Rect below = below_legend(canvas, area, &legend);

  return axes_inside(canvas, &below, &plot->x, &plot->y);
}

/* What is faint lies behind; markers may reach over the border. */
static void draw_lines(const Canvas *canvas, const Rect *inside, const LinePlot *plot) {
  cairo_save(canvas->cr);
  cairo_rectangle(canvas->cr, inside->x, inside->y - 1, inside->width + 1, inside->height + 2);
  cairo_clip(canvas->cr);
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < plot->n_lines; i++)
      if (plot->lines[i].faint == (pass == 0))
        line_stroke(canvas, inside, plot, &plot->lines[i]);
  cairo_restore(canvas->cr);
  for (int i = 0; i < plot->n_lines; i++)
    if (plot->lines[i].markers)
      line_markers(canvas, inside, plot, &plot->lines[i]);
}

Rect line_plot_draw(const Canvas *canvas, const Rect *area, const LinePlot *plot) {
  const Legend legend = legend_layout(canvas, area, plot);
  const Rect below = below_legend(canvas, area, &legend);
  const Rect inside = axes_draw(canvas, &below, &plot->x, &plot->y);

  draw_legend(canvas, area, plot, &legend);
  if (inside.width < 4 || inside.height < 4)
    return inside;
  draw_lines(canvas, &inside, plot);
  draw_marks(canvas, &inside, plot);
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
  rect.y = MAX(MIN(rect.y, canvas->height - rect.height), 0);
  canvas_fill_rect(canvas, &rect, color_with_alpha(theme_background(canvas->theme), 0.97));
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
    if (at == G_MAXSIZE || line->faint || !line_drawable(plot, line, at))
      continue;
    const double px = axis_x(&plot->x, inside, line_x(line, at));
    const double py = axis_y(&plot->y, inside, (double)line->y[at]);
    if (!rect_contains(inside, px, py))
      continue;
    cairo_arc(canvas->cr, px, py, 0.35 * canvas->theme->em, 0, 2 * G_PI);
    canvas_set_color(canvas, theme_background(canvas->theme));
    cairo_fill_preserve(canvas->cr);
    canvas_set_color(canvas, line->color);
    cairo_set_line_width(canvas->cr, canvas_length(canvas, 2));
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
  cairo_set_line_width(canvas->cr, canvas_length(canvas, 1));
  cairo_move_to(canvas->cr, floor(at) + 0.5, inside->y);
  cairo_line_to(canvas->cr, floor(at) + 0.5, inside->y + inside->height);
  cairo_stroke(canvas->cr);
  draw_points(canvas, inside, plot, x);
  fill_box(canvas, plot, x, &box);
  draw_box(canvas, inside, &box, at);
}
