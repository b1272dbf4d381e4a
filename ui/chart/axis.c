#include "ui/chart/axis.h"

#include <math.h>
#include <string.h>

/* --- ranges --- */

static Axis logarithmic(double low, double high) {
  if (!(high > 0) || !isfinite(high))
    high = 1;
  if (!(low > 0) || !isfinite(low))
    low = high / 1000;
  if (low > high) {
    const double other = low;
    low = high;
    high = other;
  }
  const double air = MAX(log(high / low) * 0.04, 0.05);
  return (Axis){.low = low * exp(-air), .high = high * exp(air), .logarithmic = TRUE};
}

static Axis linear(double low, double high) {
  if (!isfinite(low) || !isfinite(high)) {
    low = isfinite(low) ? low : isfinite(high) ? high : 0;
    high = low;
  }
  if (low > high) {
    const double other = low;
    low = high;
    high = other;
  }
  double air = (high - low) * 0.04;
  if (air <= fabs(high) * 1e-9)
    air = high != 0 ? fabs(high) * 0.1 : 1;
  return (Axis){.low = low - air, .high = high + air};
}

Axis axis_make(double low, double high, gboolean log_scale, const char *title) {
  Axis self = log_scale ? logarithmic(low, high) : linear(low, high);

  self.title = title;
  return self;
}

double axis_to_unit(const Axis *self, double value) {
  if (!self->logarithmic)
    return (value - self->low) / (self->high - self->low);
  return value > 0 ? log(value / self->low) / log(self->high / self->low) : -INFINITY;
}

double axis_from_unit(const Axis *self, double unit) {
  if (!self->logarithmic)
    return self->low + unit * (self->high - self->low);
  return self->low * pow(self->high / self->low, unit);
}

/* --- ticks --- */

/* 1, 2 or 5 times a power of ten, at least `least`. */
static double round_step(double least) {
  const double power = pow(10, floor(log10(least)));
  const double times = least / power;

  return power * (times <= 1.0001 ? 1 : times <= 2.0001 ? 2 : times <= 5.0001 ? 5 : 10);
}

/* As many decimals as the step has, so that all labels of an axis are alike. */
static void label_linear(Tick *tick, double step) {
  const int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
  const double size = fabs(tick->value);
  char format[16], digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (decimals > 4 || size >= 1e7) {
    number_text(tick->value, tick->label);
  } else if (decimals == 0) {
    count_text(tick->value, tick->label);
  } else {
    g_snprintf(format, sizeof format, "%%.%df", decimals);
    g_ascii_formatd(digits, sizeof digits, format, size);
    g_snprintf(tick->label, NUMBER_SIZE, "%s%s", tick->value < 0 ? "\u2212" : "", digits);
  }
}

static int linear_ticks(const Axis *self, int wanted, Tick *ticks) {
  double step = round_step((self->high - self->low) / wanted);
  int n = 0;

  if (self->integer)
    step = MAX(step, 1);
  const double first = ceil(self->low / step - 1e-9);
  for (double k = first; k * step <= self->high + step * 1e-9 && n < AXIS_MAX_TICKS; k++) {
    ticks[n] = (Tick){.value = k == 0 ? 0 : k * step};
    label_linear(&ticks[n++], step);
  }
  return n;
}

static void add_tick(Tick *ticks, int *n, double value, gboolean minor) {
  if (*n >= AXIS_MAX_TICKS)
    return;
  ticks[*n] = (Tick){.value = value, .minor = minor};
  if (!minor)
    number_text(value, ticks[*n].label);
  (*n)++;
}

/* Every decade, or every so many; between them 2 and 5 with labels where there are few. */
static int decade_ticks(const Axis *self, int wanted, Tick *ticks) {
  const double low = log10(self->low), high = log10(self->high);
  const int every = MAX((int)ceil((high - low) / MIN(wanted, 8)), 1);
  const gboolean few = high - low < 2.5 && wanted >= 4;
  int n = 0;

  for (int d = (int)floor(low); d <= (int)ceil(high); d++)
    for (int k = 1; k <= 9; k++) {
      const double value = k * pow(10, d);
      const gboolean labelled = (k == 1 && d % every == 0) || (few && (k == 2 || k == 5));
      if (value < self->low * (1 - 1e-9) || value > self->high * (1 + 1e-9) ||
          (!labelled && (every > 1 || high - low > 2)))
        continue;
      add_tick(ticks, &n, value, !labelled);
    }
  return n;
}

static int n_labelled(const Tick *ticks, int n) {
  int labelled = 0;

  for (int i = 0; i < n; i++)
    labelled += !ticks[i].minor;
  return labelled;
}

int axis_ticks(const Axis *self, double room, double spacing, Tick ticks[AXIS_MAX_TICKS]) {
  const int wanted = CLAMP((int)(room / spacing), 1, AXIS_MAX_TICKS - 2);

  if (!self->logarithmic)
    return linear_ticks(self, wanted, ticks);
  const int n = decade_ticks(self, wanted, ticks);
  return n_labelled(ticks, n) >= 2 ? n : linear_ticks(self, wanted, ticks);
}

/* --- the frame of a plot --- */

double axis_x(const Axis *self, const Rect *inside, double value) {
  return inside->x + axis_to_unit(self, value) * inside->width;
}

double axis_y(const Axis *self, const Rect *inside, double value) {
  return inside->y + (1 - axis_to_unit(self, value)) * inside->height;
}

#define LABEL_SIZE 0.85

static TextStyle label_style(const Canvas *canvas) {
  return (TextStyle){.size = LABEL_SIZE, .color = theme_dim(canvas->theme)};
}

static gboolean has_title(const Axis *axis, double room, double em) {
  return axis->title != NULL && room > 9 * em;
}

static double widest_label(const Canvas *canvas, const Axis *y, double room) {
  const TextStyle style = label_style(canvas);
  Tick ticks[AXIS_MAX_TICKS];
  const int n = axis_ticks(y, room, 2.6 * canvas->theme->em, ticks);
  double widest = 0;

  for (int i = 0; i < n; i++) {
    double width;
    if (ticks[i].minor)
      continue;
    canvas_text_size(canvas, &style, ticks[i].label, &width, NULL);
    widest = MAX(widest, width);
  }
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
  canvas_set_color(canvas, color_with_alpha(theme_grid(canvas->theme), minor ? 0.45 : 1));
  cairo_set_line_width(canvas->cr, 1);
  cairo_move_to(canvas->cr, x0, y0);
  cairo_line_to(canvas->cr, x1, y1);
  cairo_stroke(canvas->cr);
}

static void draw_x(const Canvas *canvas, const Rect *inside, const Axis *x, const Rect *area) {
  const double em = canvas->theme->em, bottom = inside->y + inside->height;
  TextStyle style = label_style(canvas);
  Tick ticks[AXIS_MAX_TICKS];
  const int n = axis_ticks(x, inside->width, 5 * em, ticks);
  double free_from = area->x;

  style.align = ALIGN_CENTRE;
  for (int i = 0; i < n; i++) {
    const double at = axis_x(x, inside, ticks[i].value);
    double width;
    grid_line(canvas, crisp(at), inside->y, crisp(at), bottom, ticks[i].minor);
    if (ticks[i].minor)
      continue;
    canvas_text_size(canvas, &style, ticks[i].label, &width, NULL);
    if (at - width / 2 < free_from || at + width / 2 > area->x + area->width)
      continue;
    canvas_text(canvas, at, bottom + 0.25 * em, &style, ticks[i].label);
    free_from = at + width / 2 + 0.5 * em;
  }
  if (has_title(x, area->width, em))
    canvas_text(canvas, inside->x + inside->width / 2, bottom + 1.45 * em, &style, x->title);
}

static void draw_y(const Canvas *canvas, const Rect *inside, const Axis *y, const Rect *area) {
  const double em = canvas->theme->em;
  TextStyle style = label_style(canvas);
  Tick ticks[AXIS_MAX_TICKS];
  const int n = axis_ticks(y, inside->height, 2.6 * em, ticks);

  style.align_vertical = ALIGN_CENTRE;
  for (int i = 0; i < n; i++) {
    const double at = axis_y(y, inside, ticks[i].value);
    grid_line(canvas, inside->x, crisp(at), inside->x + inside->width, crisp(at), ticks[i].minor);
    style.align = ALIGN_END;
    if (!ticks[i].minor)
      canvas_text(canvas, inside->x - 0.4 * em, at, &style, ticks[i].label);
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
