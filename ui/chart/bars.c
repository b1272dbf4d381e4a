#include "ui/chart/bars.h"

#include <math.h>

#define LEAST_SIZE 0.5 /* em: smaller text is left out */

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

/* Where the parts of all rows lie, from the area's left end. */
typedef struct {
  double label, number; /* widths of the columns left and right */
  double maximum, zero; /* zero: 0 at the left end of a bar's track, 0.5 in its middle */
  double size;          /* of text, em */
} BarLayout;

static double text_width(const Canvas *canvas, const Bar *bar, double size, const char *text) {
  double width;

  canvas_text_size(canvas, &(TextStyle){.size = size, .bold = bar->strong}, text, &width, NULL);
  return width;
}

static BarLayout bar_layout(const Canvas *canvas, const Rect *area, const Bar *bars, int n,
                            double maximum) {
  const double em = canvas->theme->em;
  BarLayout self = {.maximum = maximum > 0 ? maximum : largest(bars, n),
                    .size = MIN(0.9, area->height / n / (1.2 * em))};
  char text[NUMBER_SIZE];

  for (int i = 0; i < n; i++) {
    const char *number = number_text(bars[i].value, text);
    self.label = MAX(self.label, text_width(canvas, &bars[i], self.size, bars[i].label));
    self.number = MAX(self.number, text_width(canvas, &bars[i], self.size, number));
    if (bars[i].value < 0)
      self.zero = 0.5;
  }
  /* A number that grows by a digit does not move the bars. */
  self.number = MIN(MAX(self.number, 4 * em) + 0.4 * em, area->width * 0.35);
  self.label = MIN(self.label + 0.6 * em, area->width * 0.4);
  return self;
}

static void draw_body(const Canvas *canvas, Rect track, const Bar *bar, const BarLayout *layout) {
  const double em = canvas->theme->em, zero = track.x + layout->zero * track.width;
  const double share = isfinite(bar->value) ? CLAMP(bar->value / layout->maximum, -1, 1) : 0;
  const double length = share * (1 - layout->zero) * track.width;

  track = (Rect){track.x, track.y + MIN(0.15 * em, track.height / 6), track.width,
                 track.height - 2 * MIN(0.15 * em, track.height / 6)};
  canvas_fill_rect(canvas, &track, color_with_alpha(theme_grid(canvas->theme), 0.6));
  const Rect body = {MIN(zero, zero + length), track.y, fabs(length), track.height};
  canvas_fill_rect(canvas, &body, bar->color);
  if (bar->strong)
    canvas_stroke_rect(canvas, &body, theme_text(canvas->theme), canvas_length(canvas, 1.5));
  const Rect origin = {floor(zero), track.y, 1, track.height};
  if (layout->zero > 0)
    canvas_fill_rect(canvas, &origin, theme_dim(canvas->theme));
}

static void draw_row(const Canvas *canvas, Rect row, const Bar *bar, const BarLayout *layout) {
  const double em = canvas->theme->em;
  const Rect left = rect_cut_left(&row, layout->label);
  Rect right = rect_cut_right(&row, layout->number);
  const TextStyle style = {
      .size = layout->size, .bold = bar->strong, .align_vertical = ALIGN_CENTRE};
  char text[NUMBER_SIZE];

  draw_body(canvas, row, bar, layout);
  if (layout->size < LEAST_SIZE)
    return;
  rect_cut_left(&right, 0.4 * em);
  canvas_text_in(canvas, &left, &style, bar->label);
  canvas_text_in(canvas, &right, &style, number_text(bar->value, text));
}

void bars_draw(const Canvas *canvas, const Rect *area, const Bar *bars, int n, double maximum) {
  if (n <= 0 || area->width < 2 * canvas->theme->em || area->height <= 0)
    return;
  const BarLayout layout = bar_layout(canvas, area, bars, n, maximum);
  for (int i = 0; i < n; i++)
    draw_row(canvas, bars_row(area, n, i), &bars[i], &layout);
}

int bars_hit(const Canvas *canvas, const Rect *area, int n, double x, double y) {
  (void)canvas;
  if (n <= 0 || !rect_contains(area, x, y))
    return -1;
  return MIN((int)((y - area->y) / area->height * n), n - 1);
}

/* --- histograms --- */

static void summarize(Histogram *self, const float *values, gsize n) {
  double sum = 0, squares = 0, base = NAN; /* sums from the first value keep their digits */

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
    base = isnan(base) ? value : base;
    sum += value - base;
    squares += (value - base) * (value - base);
  }
  if (self->total == 0) {
    self->minimum = self->maximum = self->mean = self->deviation = NAN;
    return;
  }
  const double mean = sum / self->total;
  self->mean = base + mean;
  self->deviation = sqrt(MAX(squares / self->total - mean * mean, 0));
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

static void base_line(const Canvas *canvas, double x0, double y0, double x1, double y1,
                      Color color) {
  canvas_set_color(canvas, color);
  cairo_set_line_width(canvas->cr, 1);
  cairo_move_to(canvas->cr, x0, y0);
  cairo_line_to(canvas->cr, x1, y1);
  cairo_stroke(canvas->cr);
}

/* Where zero lies; NaN: at an end, or outside. */
static double zero_x(const Rect *inside, const Histogram *histogram) {
  const double unit = -histogram->low / (histogram->high - histogram->low);

  return unit > 0 && unit < 1 ? floor(inside->x + unit * inside->width) + 0.5 : NAN;
}

/* The ends of the range, and zero where there is room for it between them. */
static void draw_ends(const Canvas *canvas, const Rect *inside, const Histogram *histogram,
                      double y) {
  const double em = canvas->theme->em, end = inside->x + inside->width;
  TextStyle style = {.size = 0.8, .color = theme_dim(canvas->theme)};
  const double zero = zero_x(inside, histogram);
  char low[NUMBER_SIZE], high[NUMBER_SIZE];
  double left, right;

  canvas_text_size(canvas, &style, number_text(histogram->low, low), &left, NULL);
  canvas_text_size(canvas, &style, number_text(histogram->high, high), &right, NULL);
  canvas_text(canvas, inside->x, y, &style, low);
  style.align = ALIGN_END;
  if (left + right + 0.5 * em < inside->width)
    canvas_text(canvas, end, y, &style, high);
  style.align = ALIGN_CENTRE;
  if (zero > inside->x + left + em && zero < end - right - em)
    canvas_text(canvas, zero, y, &style, "0");
}

void histogram_draw(const Canvas *canvas, const Rect *area, const Histogram *histogram, Color color,
                    const char *title) {
  const double em = canvas->theme->em;
  const Rect inside = histogram_inside(canvas, area, title != NULL);
  const double bottom = inside.y + inside.height, zero = zero_x(&inside, histogram);

  if (title != NULL) {
    const Rect head = {area->x, area->y, area->width, 1.4 * em};
    canvas_text_in(canvas, &head, &(TextStyle){.size = 0.9}, title);
  }
  if (histogram->total == 0 || inside.width < 2 || inside.height < 2)
    return;
  draw_bins(canvas, &inside, histogram, color);
  base_line(canvas, inside.x, floor(bottom) + 0.5, inside.x + inside.width, floor(bottom) + 0.5,
            theme_dim(canvas->theme));
  if (!isnan(zero))
    base_line(canvas, zero, inside.y, zero, bottom + 3, theme_text(canvas->theme));
  draw_ends(canvas, &inside, histogram, bottom + 0.2 * em);
}

/* Whether there is a title does not matter: columns reach from top to bottom. */
int histogram_hit(const Canvas *canvas, const Rect *area, const Histogram *histogram, double x,
                  double y) {
  const Rect inside = histogram_inside(canvas, area, FALSE);

  if (histogram->total == 0 || !rect_contains(&inside, x, y))
    return -1;
  return MIN((int)((x - inside.x) / inside.width * histogram->bins), histogram->bins - 1);
}

Rect histogram_column(const Canvas *canvas, const Rect *area, const Histogram *histogram, int bin) {
  const Rect inside = histogram_inside(canvas, area, FALSE);
  const double width = inside.width / histogram->bins;

  return (Rect){inside.x + bin * width, inside.y, width, inside.height};
}
