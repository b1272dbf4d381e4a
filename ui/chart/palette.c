#include "ui/chart/palette.h"

#include <math.h>

#define MAP_SIZE 256

#define RGB(r, g, b) ((Color){(r) / 255.0, (g) / 255.0, (b) / 255.0, 1})

/* Chosen so that any two differ by at least 20 in CIE Lab, also as seen without one kind of cones
 * (test_palette computes it), and by a contrast of 3:1 from the background. */
static const Color SERIES_LIGHT[PALETTE_SERIES] = {
    RGB(34, 85, 170),   RGB(204, 85, 0),   RGB(51, 153, 187), RGB(136, 0, 0),  RGB(204, 85, 255),
    RGB(136, 119, 119), RGB(102, 51, 102), RGB(136, 0, 238),  RGB(34, 0, 136), RGB(17, 17, 0)};
static const Color SERIES_DARK[PALETTE_SERIES] = {
    RGB(85, 170, 255),  RGB(255, 153, 51),  RGB(51, 255, 221),  RGB(51, 153, 68),
    RGB(119, 119, 255), RGB(170, 238, 136), RGB(187, 153, 136), RGB(204, 204, 255),
    RGB(255, 238, 17),  RGB(136, 136, 153)};

static Color choose(const Theme *theme, Color light, Color dark) {
  return theme->dark ? dark : light;
}

Color theme_background(const Theme *self) {
  return choose(self, RGB(255, 255, 255), RGB(54, 54, 54));
}

Color theme_text(const Theme *self) { return choose(self, RGB(46, 46, 46), RGB(240, 240, 240)); }
Color theme_dim(const Theme *self) { return choose(self, RGB(94, 92, 100), RGB(192, 191, 188)); }
Color theme_grid(const Theme *self) { return choose(self, RGB(226, 226, 226), RGB(78, 78, 78)); }
Color theme_accent(const Theme *self) {
  return choose(self, RGB(28, 113, 216), RGB(120, 174, 237));
}
Color theme_good(const Theme *self) { return choose(self, RGB(0, 122, 61), RGB(110, 220, 140)); }
Color theme_bad(const Theme *self) { return choose(self, RGB(186, 0, 40), RGB(255, 138, 138)); }

Color theme_series(const Theme *self, guint i) {
  return (self->dark ? SERIES_DARK : SERIES_LIGHT)[i % PALETTE_SERIES];
}

Color color_with_alpha(Color self, double alpha) {
  self.alpha = alpha;
  return self;
}

/* Linear light of one channel: the sRGB standard. */
static double linear(double channel) {
  return channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4);
}

static double luminance(Color c) {
  return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

Color color_readable_on(Color background) {
  const double light = luminance(background);
  const gboolean black = (light + 0.05) * (light + 0.05) > 1.05 * 0.05;

  return black ? RGB(0, 0, 0) : RGB(255, 255, 255);
}

/* --- colour maps --- */

/* Viridis at every tenth of its range. */
static const Color VIRIDIS[] = {RGB(68, 1, 84),    RGB(72, 36, 117),  RGB(65, 68, 135),
                                RGB(53, 95, 141),  RGB(42, 120, 142), RGB(33, 145, 140),
                                RGB(34, 168, 132), RGB(68, 191, 112), RGB(122, 209, 81),
                                RGB(189, 223, 38), RGB(253, 231, 37)};

static const Color SIGNED_LIGHT[] = {RGB(8, 64, 129), RGB(88, 146, 207), RGB(255, 255, 255),
                                     RGB(236, 138, 48), RGB(150, 62, 0)};
static const Color SIGNED_DARK[] = {RGB(150, 205, 255), RGB(74, 130, 196), RGB(54, 54, 54),
                                    RGB(200, 108, 24), RGB(255, 190, 105)};
static const Color INK_LIGHT[] = {RGB(246, 245, 244), RGB(20, 20, 24)};
static const Color INK_DARK[] = {RGB(28, 28, 31), RGB(245, 245, 245)};

static guint32 pixel_of(Color c) {
  return (guint32)lround(c.red * 255) << 16 | (guint32)lround(c.green * 255) << 8 |
         (guint32)lround(c.blue * 255);
}

static Color mix(Color a, Color b, double t) {
  return (Color){a.red + t * (b.red - a.red), a.green + t * (b.green - a.green),
                 a.blue + t * (b.blue - a.blue), 1};
}

static void fill_part(guint32 *map, int size, const Color *anchors, int n) {
  for (int i = 0; i < size; i++) {
    const double at = (double)i / (size - 1) * (n - 1);
    const int k = MIN((int)at, n - 2);
    map[i] = pixel_of(mix(anchors[k], anchors[k + 1], at - k));
  }
}

/* Both halves of a signed map begin at its middle, so that zero, which falls between two entries,
 * has the background's colour exactly. */
static void fill_map(guint32 map[MAP_SIZE], ColorMap which, const Color *anchors, int n) {
  if (which != MAP_SIGNED) {
    fill_part(map, MAP_SIZE, anchors, n);
    return;
  }
  fill_part(map, MAP_SIZE / 2, anchors, n / 2 + 1);
  fill_part(map + MAP_SIZE / 2, MAP_SIZE / 2, anchors + n / 2, n / 2 + 1);
}

#define MAP(dark, which, anchors) fill_map(maps[dark][which], which, anchors, G_N_ELEMENTS(anchors))

const guint32 *color_map(const Theme *theme, ColorMap map) {
  static guint32 maps[2][MAP_INK + 1][MAP_SIZE];
  static gsize ready;

  if (g_once_init_enter(&ready)) {
    MAP(FALSE, MAP_SEQUENTIAL, VIRIDIS);
    MAP(FALSE, MAP_SIGNED, SIGNED_LIGHT);
    MAP(FALSE, MAP_INK, INK_LIGHT);
    MAP(TRUE, MAP_SEQUENTIAL, VIRIDIS);
    MAP(TRUE, MAP_SIGNED, SIGNED_DARK);
    MAP(TRUE, MAP_INK, INK_DARK);
    g_once_init_leave(&ready, 1);
  }
  return maps[theme->dark != FALSE][map];
}

/* --- scales --- */

static void stretch(Scale *self, double low, double high) {
  self->low = MIN(self->low, low);
  self->high = MAX(self->high, high);
  if (self->map == MAP_SIGNED) {
    self->high = MAX(self->high, -self->low);
    self->low = -self->high;
  }
}

static gboolean finite_range(const float *values, gsize n, double *low, double *high) {
  float least = INFINITY, most = -INFINITY;

  for (gsize i = 0; i < n; i++)
    if (isfinite(values[i])) {
      least = MIN(least, values[i]);
      most = MAX(most, values[i]);
    }
  *low = (double)least;
  *high = (double)most;
  return least <= most;
}

void scale_extend(Scale *self, const float *values, gsize n) {
  double low, high;

  if (finite_range(values, n, &low, &high))
    stretch(self, low, high);
}

/* Nothing but one value, or none: some width all the same. */
static void widen(Scale *self) {
  if (self->high - self->low > 1e-30)
    return;
  const double by = self->high != 0 && isfinite(self->high) ? fabs(self->high) : 1;
  if (!isfinite(self->low) || !isfinite(self->high))
    self->low = self->high = 0;
  if (self->map == MAP_SIGNED)
    self->low = -by;
  self->high += by;
}

Scale scale_fit(ColorMap map, const float *values, gsize n) {
  Scale self = {map, INFINITY, -INFINITY};
  double low, high;

  if (finite_range(values, n, &low, &high)) {
    self.low = low;
    self.high = high;
    stretch(&self, low, high);
  }
  widen(&self);
  return self;
}

guint32 scale_pixel(const Scale *self, const Theme *theme, double value) {
  if (isnan(value))
    return pixel_of(theme_bad(theme));
  const double span = self->high - self->low, unit = span > 0 ? (value - self->low) / span : 0.5;
  return color_map(theme, self->map)[(int)(CLAMP(unit, 0, 1) * (MAP_SIZE - 1) + 0.5)];
}

Color scale_color(const Scale *self, const Theme *theme, double value) {
  const guint32 pixel = scale_pixel(self, theme, value);

  return RGB(pixel >> 16 & 0xff, pixel >> 8 & 0xff, pixel & 0xff);
}
