#include "ui/chart/bars.h"

#include <math.h>

Rect bars_row(const Rect *area, int n, int i) {
  const double height = area->height / MAX(n, 1);

  return (Rect){area->x, area->y + i * height, area->width, height};
}

static double largest(const Bar *bars, int n) {
  double most = 0;

  for (int i = 0; i < n; i++)
    if (isfinite(bars[i].value))
      most = MAX(most, fabs(bars[i].value));
  return most > 0 ? most : 1;
}

static double widest(const Canvas *canvas, const Bar *bars, int n) {
  double most = 0;

  for (int i = 0; i < n; i++) {
    double width;
    canvas_text_size(canvas, &(TextStyle){.size = 0.9, .bold = bars[i].strong}, bars[i].label,
                     &width, NULL);
    most = MAX(most, width);
  }
  return most;
}

/* Room for labels left and for numbers right of the bars. */
static void draw_row(const Canvas *canvas, Rect row, const Bar *bar, double label, double maximum) {
  const double em = canvas->theme->em;
  const Rect left = rect_cut_left(&row, label);
  const Rect right = rect_cut_right(&row, 4 * em);
  TextStyle style = {.size = 0.9, .bold = bar->strong, .align_vertical = ALIGN_CENTRE};
  char text[NUMBER_SIZE];

  canvas_text_in(canvas, &left, &style, bar->label);
  const double share = isfinite(bar->value) ? CLAMP(fabs(bar->value) / maximum, 0, 1) : 0;
  Rect body = rect_inset(row, MIN(0.15 * em, row.height / 6));
  canvas_fill_rect(canvas, &body, color_with_alpha(theme_grid(canvas->theme), 0.6));
  body.width *= share;
  canvas_fill_rect(canvas, &body, bar->color);
  if (bar->strong)
    canvas_stroke_rect(canvas, &body, theme_text(canvas->theme), 1.5);
  const Rect number = {right.x + 0.4 * em, right.y, right.width - 0.4 * em, right.height};
  canvas_text_in(canvas, &number, &style, number_text(bar->value, text));
}

void bars_draw(const Canvas *canvas, const Rect *area, const Bar *bars, int n, double maximum) {
  const double em = canvas->theme->em;

  if (n <= 0 || area->width < 2 * em)
    return;
  const double label = MIN(widest(canvas, bars, n) + 0.6 * em, area->width * 0.4);
  if (maximum <= 0)
    maximum = largest(bars, n);
  for (int i = 0; i < n; i++)
    draw_row(canvas, bars_row(area, n, i), &bars[i], label, maximum);
}

int bars_hit(const Canvas *canvas, const Rect *area, int n, double x, double y) {
  (void)canvas;
  if (n <= 0 || !rect_contains(area, x, y))
    return -1;
  return MIN((int)((y - area->y) / area->height * n), n - 1);
}

/* --- histograms --- */

static void summarize(Histogram *self, const float *values, gsize n) {
  double sum = 0, squares = 0;

  self->minimum = INFINITY;
  self->maximum = -INFINITY;
  for (gsize i = 0; i < n; i++) {
    const double value = (double)values[i];
    if (!isfinite(value)) {
      self->not_finite++;
      continue;
    }
    self->total++;
    self->zeros += value == 0;
    self->minimum = MIN(self->minimum, value);
    self->maximum = MAX(self->maximum, value);
    sum += value;
    squares += value * value;
  }
  if (self->total == 0) {
    self->minimum = self->maximum = self->mean = self->deviation = NAN;
    return;
  }
  self->mean = sum / self->total;
  self->deviation = sqrt(MAX(squares / self->total - self->mean * self->mean, 0));
}

Histogram histogram_make(const float *values, gsize n, int bins) {
  Histogram self = {.bins = CLAMP(bins, 1, HISTOGRAM_BINS)};

  summarize(&self, values, n);
  self.low = self.total > 0 ? self.minimum : 0;
  self.high = self.total > 0 ? self.maximum : 1;
  if (self.high - self.low <= fabs(self.high) * 1e-6) {
    const double by = self.high != 0 ? fabs(self.high) * 0.1 : 1;
    self.low -= by;
    self.high += by;
  }
  const double scale = self.bins / (self.high - self.low);
  for (gsize i = 0; i < n; i++)
    if (isfinite(values[i]))
      self.count[CLAMP((int)(((double)values[i] - self.low) * scale), 0, self.bins - 1)]++;
  return self;
}

static guint32 tallest(const Histogram *self) {
  guint32 most = 1;

  for (int i = 0; i < self->bins; i++)
    most = MAX(most, self->count[i]);
  return most;
}

static Rect histogram_inside(const Canvas *canvas, const Rect *area, gboolean title) {
  const double em = canvas->theme->em;
  Rect inside = *area;

  if (title)
    rect_cut_top(&inside, 1.4 * em);
  rect_cut_bottom(&inside, 1.3 * em);
  return rect_inset(inside, MIN(0.3 * em, inside.width / 8));
}

static void draw_bins(const Canvas *canvas, const Rect *inside, const Histogram *histogram,
                      Color color) {
  const double width = inside->width / histogram->bins, most = tallest(histogram);

  canvas_set_color(canvas, color);
  for (int i = 0; i < histogram->bins; i++) {
    /* A bin that holds anything is seen. */
    const double height =
        histogram->count[i] > 0 ? MAX(inside->height * histogram->count[i] / most, 1) : 0;
    cairo_rectangle(canvas->cr, inside->x + i * width, inside->y + inside->height - height,
                    MAX(width - 0.5, 0.5), height);
  }
  cairo_fill(canvas->cr);
}

static void draw_zero(const Canvas *canvas, const Rect *inside, const Histogram *histogram) {
  const double unit = -histogram->low / (histogram->high - histogram->low);

  if (unit <= 0 || unit >= 1)
    return;
  const double x = floor(inside->x + unit * inside->width) + 0.5;
  canvas_set_color(canvas, theme_text(canvas->theme));
  cairo_set_line_width(canvas->cr, 1);
  cairo_move_to(canvas->cr, x, inside->y);
  cairo_line_to(canvas->cr, x, inside->y + inside->height + 3);
  cairo_stroke(canvas->cr);
}

void histogram_draw(const Canvas *canvas, const Rect *area, const Histogram *histogram, Color color,
                    const char *title) {
  const double em = canvas->theme->em;
  const Rect inside = histogram_inside(canvas, area, title != NULL);
  const double bottom = inside.y + inside.height + 0.2 * em;
  TextStyle style = {.size = 0.8, .color = theme_dim(canvas->theme)};
  char text[NUMBER_SIZE];

  if (title != NULL) {
    const Rect head = {area->x, area->y, area->width, 1.4 * em};
    canvas_text_in(canvas, &head, &(TextStyle){.size = 0.9}, title);
  }
  if (histogram->total == 0 || inside.width < 2 || inside.height < 2)
    return;
  draw_bins(canvas, &inside, histogram, color);
  canvas_set_color(canvas, theme_dim(canvas->theme));
  cairo_set_line_width(canvas->cr, 1);
  cairo_move_to(canvas->cr, inside.x, floor(inside.y + inside.height) + 0.5);
  cairo_line_to(canvas->cr, inside.x + inside.width, floor(inside.y + inside.height) + 0.5);
  cairo_stroke(canvas->cr);
  draw_zero(canvas, &inside, histogram);
  canvas_text(canvas, inside.x, bottom, &style, number_text(histogram->low, text));
  style.align = ALIGN_END;
  canvas_text(canvas, inside.x + inside.width, bottom, &style, number_text(histogram->high, text));
}

/* Whether there is a title does not matter: columns reach from top to bottom. */
int histogram_hit(const Canvas *canvas, const Rect *area, const Histogram *histogram, double x,
                  double y) {
  const Rect inside = histogram_inside(canvas, area, FALSE);

  if (histogram->total == 0 || !rect_contains(&inside, x, y))
    return -1;
  return MIN((int)((x - inside.x) / inside.width * histogram->bins), histogram->bins - 1);
}
