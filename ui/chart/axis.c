#include "ui/chart/axis.h"

#include <math.h>

/* --- ranges --- */

/* Beyond it a range's width, or the ratio of its ends, would overflow. */
#define FARTHEST 1e150

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
  low = CLAMP(low, 1 / FARTHEST, FARTHEST);
  high = CLAMP(high, 1 / FARTHEST, FARTHEST);
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
  low = CLAMP(low, -FARTHEST, FARTHEST);
  high = CLAMP(high, -FARTHEST, FARTHEST);
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

/* --- labels --- */

/* The power of ten of a number's first digit. */
static int power_of(double size) { return (int)floor(log10(size) + 1e-9); }

static void label_fixed(Tick *tick, int decimals) {
  char format[16], digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_snprintf(format, sizeof format, "%%.%df", decimals);
  g_ascii_formatd(digits, sizeof digits, format, fabs(tick->value));
  g_snprintf(tick->label, NUMBER_SIZE, "%s%s", tick->value < 0 ? "\u2212" : "", digits);
}

/* All labels of an axis are alike: `largest` is its largest |value|. Powers of ten are for what is
 * very large or very small, and short when written so. */
static void label_linear(Tick *tick, double step, double largest) {
  const int decimals = MAX(-power_of(step), 0), digits = power_of(largest) - power_of(step) + 1;
  const gboolean few = digits <= 3;
  const gboolean powers = (few && (largest >= 1e6 || decimals > 4)) || decimals > 8 ||
                          largest >= 1e12 || (decimals > 0 && largest >= 1e6);

  if (tick->value == 0)
    label_fixed(tick, decimals <= 4 ? decimals : 0);
  else if (powers)
    scientific_text(tick->value, power_of(fabs(tick->value)) - power_of(step), tick->label);
  else if (decimals > 0)
    label_fixed(tick, decimals);
  else
    count_text(tick->value, tick->label);
}

/* --- ticks --- */

/* 1, 2 or 5 times a power of ten, at least `least`. */
static double round_step(double least) {
  const double power = pow(10, floor(log10(least)));
  const double times = least / power;

  return power * (times <= 1.0001 ? 1 : times <= 2.0001 ? 2 : times <= 5.0001 ? 5 : 10);
}

static double first_multiple(double low, double step) { return ceil(low / step - 1e-9); }
static double last_multiple(double high, double step) { return floor(high / step + 1e-9); }

/* The finest round step that gives at most one tick more than wanted. */
static double linear_step(const Axis *self, int wanted) {
  const double span = self->high - self->low;
  double step = round_step(span / (wanted + 2));

  if (self->integer)
    step = MAX(round_step(step), 1);
  while (last_multiple(self->high, step) - first_multiple(self->low, step) > wanted)
    step = round_step(step * 1.5);
  return step;
}

static int linear_ticks(const Axis *self, int wanted, Tick ticks[AXIS_MAX_TICKS]) {
  const double step = linear_step(self, wanted);
  const double first = first_multiple(self->low, step), last = last_multiple(self->high, step);
  const double largest = MAX(fabs(self->low), fabs(self->high));
  int n = 0;

  for (int i = 0; first + i <= last && n < AXIS_MAX_TICKS; i++) {
    const double k = first + i;
    ticks[n] = (Tick){.value = k == 0 ? 0 : k * step};
    label_linear(&ticks[n++], step, largest);
  }
  return n;
}

/* What a decade is divided into: which multiples of a power of ten have labels, which only lines.
 */
typedef struct {
  int every; /* how many decades lie between labels */
  gboolean labelled[10], minor[10];
} Decades;

/* Ticks of all decades in sight, or -1 when they are too many. */
static int decade_ticks(const Axis *self, const Decades *decades, Tick ticks[AXIS_MAX_TICKS]) {
  const int low = (int)floor(log10(self->low)), high = (int)ceil(log10(self->high));
  int n = 0;

  for (int d = low; d <= high; d++)
    for (int k = 1; k <= 9; k++) {
      const double value = k * pow(10, d);
      const gboolean labelled = decades->labelled[k] && d % decades->every == 0;
      if (value < self->low * (1 - 1e-9) || value > self->high * (1 + 1e-9) ||
          (!labelled && !decades->minor[k]))
        continue;
      if (n == AXIS_MAX_TICKS)
        return -1;
      ticks[n] = (Tick){.value = value, .minor = !labelled};
      if (labelled)
        number_text(value, ticks[n].label);
      n++;
    }
  return n;
}

static int n_labelled(const Tick *ticks, int n) {
  int labelled = 0;

  for (int i = 0; i < n; i++)
    labelled += !ticks[i].minor;
  return labelled;
}

/* Every decade with a label, or every so many; at least two labels unless they would touch. */
static Decades choose_decades(const Axis *self, double span, double decade, double spacing) {
  Decades decades = {.every = (int)CLAMP(ceil(spacing / decade), ceil(span / 24), 1000)};
  const int least = MAX((decades.every + 1) / 2, (int)ceil(span / 24));
  Tick ticks[AXIS_MAX_TICKS];

  decades.labelled[1] = TRUE;
  while (decades.every > least && decade_ticks(self, &decades, ticks) < 2)
    decades.every--;
  const gboolean room = span < 12 && decade * 0.3 > 0.8 * spacing;
  if (room || decade_ticks(self, &decades, ticks) < 2)
    decades.labelled[2] = decades.labelled[5] = decades.every == 1;
  return decades;
}

/* Decades, and 2 and 5 between them where there is room or too few decades; as many lines without
 * labels between as may be. -1: the range is too narrow for any. */
static int logarithmic_ticks(const Axis *self, double room, double spacing,
                             Tick ticks[AXIS_MAX_TICKS]) {
  const double span = log10(self->high / self->low);
  Decades decades = choose_decades(self, span, room / span, spacing);
  int n = -1;

  for (int lines = 0; lines < 3 && n < 0; lines++) {
    for (int k = 1; k <= 9; k++)
      decades.minor[k] = lines == 0 || (lines == 1 && k == 1);
    n = decade_ticks(self, &decades, ticks);
  }
  return n_labelled(ticks, MAX(n, 0)) >= 2 || span > 1 ? n : -1;
}

int axis_ticks(const Axis *self, double room, double spacing, Tick ticks[AXIS_MAX_TICKS]) {
  const int wanted = CLAMP((int)(room / spacing), 1, AXIS_MAX_TICKS / 2);
  int n = -1;

  if (!(self->high > self->low) || !isfinite(self->high - self->low) || !(room > 0))
    return 0;
  if (self->logarithmic)
    n = logarithmic_ticks(self, room, spacing, ticks);
  return n >= 0 ? n : linear_ticks(self, wanted, ticks);
}

/* --- places --- */

double axis_x(const Axis *self, const Rect *inside, double value) {
  return inside->x + axis_to_unit(self, value) * inside->width;
}

double axis_y(const Axis *self, const Rect *inside, double value) {
  return inside->y + (1 - axis_to_unit(self, value)) * inside->height;
}
