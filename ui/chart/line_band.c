/* Lines of many points: from lowest to highest place in each column of device pixels.
 *
 * On a surface of pixels the columns are written into an alpha raster and painted through it, which
 * costs a tenth of stroking them; on paper (SVG, PDF, and recordings that are drawn again at
 * another size) they become one outline. */
#include "ui/chart/line_stroke.h"

#include <math.h>

#define GAP_ALPHA 0.3 /* between dashes: dense lines keep what lies there, paler */

/* From top to bottom in columns' units below the data rectangle's top; top > bottom: nothing. */
typedef struct {
  double top, bottom;
} Column;

typedef struct {
  const Rect *inside;
  const LinePlot *plot;
  const Line *line;
  const float *low, *high;
  double across, down; /* columns and rows a canvas pixel */
  double left, top;    /* where the first of them begins, on the canvas */
  double pen;          /* the line's width, canvas pixels */
  int n, rows;
  Column *columns;
} Band;

/* --- what lies in each column --- */

static double column_x(const Band *self, gsize i) {
  const double unit = axis_to_unit(&self->plot->x, line_x(self->line, i));

  return (self->inside->x + unit * self->inside->width - self->left) * self->across;
}

/* A little beyond the rectangle is as good as far beyond. */
static double row_of(const Band *self, float value) {
  const double unit = axis_to_unit(&self->plot->y, (double)value);

  const double y = self->inside->y + (1 - unit) * self->inside->height;

  return CLAMP((y - self->top) * self->down, -64.0, self->rows + 64.0);
}

static gboolean has_place(const Band *self, gsize i) {
  return line_drawable(self->plot, self->line, i) && !isnan(self->low[i]) && !isnan(self->high[i]);
}

static void extend(Column *column, double top, double bottom) {
  column->top = MIN(column->top, top);
  column->bottom = MAX(column->bottom, bottom);
}

/* Points of one column; comparing values and turning two of them into places is cheaper than
 * turning all into places. */
static void gather(Band *self, int c, gsize from, gsize to) {
  float low = INFINITY, high = -INFINITY;

  for (gsize i = from; i < to; i++)
    if (has_place(self, i)) {
      low = MIN(low, self->low[i]);
      high = MAX(high, self->high[i]);
    }
  if (low <= high)
    extend(&self->columns[c], row_of(self, high), row_of(self, low));
}

/* The way from point i to the next covers the columns between them. */
static void join(Band *self, gsize i) {
  if (!has_place(self, i) || !has_place(self, i + 1))
    return;
  const double x0 = column_x(self, i), x1 = column_x(self, i + 1);
  const double top0 = row_of(self, self->high[i]), top1 = row_of(self, self->high[i + 1]);
  const double low0 = row_of(self, self->low[i]), low1 = row_of(self, self->low[i + 1]);

  if (!(x1 > x0))
    return;
  for (int c = (int)MAX(floor(x0), 0); c < self->n && c <= x1; c++)
    for (int edge = 0; edge < 2; edge++) {
      const double t = CLAMP((c + edge - x0) / (x1 - x0), 0, 1);
      extend(&self->columns[c], top0 + t * (top1 - top0), low0 + t * (low1 - low0));
    }
}

static gsize first_in(const Band *self, int c) {
  const double unit = (self->left + c / self->across - self->inside->x) / self->inside->width;

  return line_first_at(self->line, axis_from_unit(&self->plot->x, unit));
}

static void gather_all(Band *self) {
  gsize from = first_in(self, 0);

  for (int c = 0; c < self->n; c++)
    self->columns[c] = (Column){INFINITY, -INFINITY};
  if (from > 0 && from < self->line->n)
    join(self, from - 1);
  for (int c = 0; c < self->n; c++) {
    const gsize to = first_in(self, c + 1);
    gather(self, c, from, to);
    if (to > from && to < self->line->n)
      join(self, to - 1);
    from = to;
  }
}

static void thicken(Band *self, double thick) {
  for (int c = 0; c < self->n; c++) {
    self->columns[c].top -= thick / 2;
    self->columns[c].bottom += thick / 2;
  }
}

/* Whether a column lies in a dash, `width` being the line's in columns. */
static gboolean in_dash(const Band *self, int c) {
  const double width = self->pen * self->across;

  if (self->line->style == LINE_DASHED)
    return fmod(c, 8 * width) < 5 * width;
  return self->line->style == LINE_SOLID || fmod(c, 3 * width) < 1.2 * width;
}

/* --- on pixels --- */

static void fill_column(const Column *column, guint8 *at, gsize stride, int rows, double alpha) {
  const double top = MAX(column->top, 0), bottom = MIN(column->bottom, rows);

  for (int row = (int)top; row < bottom; row++) {
    const double covered = MIN(bottom, row + 1) - MAX(top, row);
    at[(gsize)row * stride] = (guint8)(covered * alpha * 255 + 0.5);
  }
}

static cairo_surface_t *raster_of(const Band *self) {
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, self->n, self->rows);
  guint8 *data = cairo_image_surface_get_data(surface);
  const gsize stride = (gsize)cairo_image_surface_get_stride(surface);

  if (data == NULL)
    return surface;
  cairo_surface_flush(surface);
  for (int c = 0; c < self->n; c++)
    fill_column(&self->columns[c], data + c, stride, self->rows, in_dash(self, c) ? 1 : GAP_ALPHA);
  cairo_surface_mark_dirty(surface);
  return surface;
}

static void paint_raster(const Canvas *canvas, const Band *self) {
  cairo_surface_t *surface = raster_of(self);

  cairo_surface_set_device_scale(surface, self->across, self->down);
  cairo_pattern_t *mask = cairo_pattern_create_for_surface(surface);
  cairo_matrix_t matrix;
  cairo_matrix_init_translate(&matrix, -self->left, -self->top);
  cairo_pattern_set_matrix(mask, &matrix);
  cairo_pattern_set_filter(mask, CAIRO_FILTER_NEAREST);
  cairo_mask(canvas->cr, mask);
  cairo_pattern_destroy(mask);
  cairo_surface_destroy(surface);
}

/* --- on paper --- */

static void add_outline(const Canvas *canvas, const Band *self, int from, int to) {
  const double left = self->left, top = self->top;

  cairo_move_to(canvas->cr, left + from / self->across, top + self->columns[from].top / self->down);
  for (int c = from; c < to; c++)
    cairo_line_to(canvas->cr, left + (c + 0.5) / self->across,
                  top + self->columns[c].top / self->down);
  for (int c = to - 1; c >= from; c--)
    cairo_line_to(canvas->cr, left + (c + 0.5) / self->across,
                  top + self->columns[c].bottom / self->down);
  cairo_line_to(canvas->cr, left + from / self->across,
                top + self->columns[from].bottom / self->down);
  cairo_close_path(canvas->cr);
}

/* Runs of columns that hold something; with `dashes`, only those in dashes. */
static void fill_outlines(const Canvas *canvas, const Band *self, gboolean dashes) {
  int start = 0;

  for (int c = 0; c <= self->n; c++) {
    if (c < self->n && self->columns[c].top <= self->columns[c].bottom &&
        (!dashes || in_dash(self, c)))
      continue;
    if (c > start)
      add_outline(canvas, self, start, c);
    start = c + 1;
  }
  cairo_fill(canvas->cr);
}

static void paint_outlines(const Canvas *canvas, const Band *self, double alpha) {
  cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_FAST);
  fill_outlines(canvas, self, TRUE);
  if (self->line->style != LINE_SOLID) {
    canvas_set_color(canvas, color_with_alpha(self->line->color, alpha * GAP_ALPHA));
    fill_outlines(canvas, self, FALSE);
  }
  cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_DEFAULT);
}

/* --- both --- */

/* Device pixels a unit of the surface; 0: it has none, or nobody knows. */
static double device_scale(const Canvas *canvas) {
  cairo_surface_t *target = cairo_get_group_target(canvas->cr);
  double across, down;

  switch (cairo_surface_get_type(target)) {
  case CAIRO_SURFACE_TYPE_SVG:
  case CAIRO_SURFACE_TYPE_PDF:
  case CAIRO_SURFACE_TYPE_PS:
    return 0;
  case CAIRO_SURFACE_TYPE_RECORDING:
    return canvas->scale;
  default:
    cairo_surface_get_device_scale(target, &across, &down);
    return across == down ? across : 0;
  }
}

/* Columns and rows become device pixels. FALSE: there are none, or they lie askew. */
static gboolean fit_to_pixels(const Canvas *canvas, Band *self) {
  const double scale = device_scale(canvas);
  cairo_matrix_t matrix;
  double x = self->inside->x, y = self->inside->y;

  cairo_get_matrix(canvas->cr, &matrix);
  if (scale <= 0 || matrix.xy != 0 || matrix.yx != 0 || matrix.xx <= 0 || matrix.yy <= 0)
    return FALSE;
  self->across = scale * matrix.xx;
  self->down = scale * matrix.yy;
  cairo_matrix_transform_point(&matrix, &x, &y);
  self->left -= (x * scale - floor(x * scale)) / self->across;
  self->top -= (y * scale - floor(y * scale)) / self->down;
  return TRUE;
}

void line_band(const Canvas *canvas, const Rect *inside, const LinePlot *plot, const Line *line,
               const float *low, const float *high, double thick, double alpha) {
  Band self = {inside, plot, line, low, high, 1, 1, inside->x, inside->y};
  const gboolean pixels = fit_to_pixels(canvas, &self);

  self.pen = line_width(canvas, line);
  self.n = MAX((int)ceil((inside->x + inside->width - self.left) * self.across), 1);
  self.rows = MAX((int)ceil((inside->y + inside->height - self.top) * self.down), 1);
  g_autofree Column *columns = g_new(Column, self.n);
  self.columns = columns;
  gather_all(&self);
  thicken(&self, thick * self.down);
  canvas_set_color(canvas, color_with_alpha(line->color, alpha));
  if (pixels)
    paint_raster(canvas, &self);
  else
    paint_outlines(canvas, &self, alpha);
}
