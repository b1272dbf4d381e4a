/* Colours: told apart with every kind of sight, readable in light and dark, true to the numbers. */
#include "ui/chart/palette.h"

#include <math.h>

#define LEAST_DIFFERENCE 20.0 /* CIE 1976, ΔE*ab; about 2.3 is just seen side by side */
#define LEAST_MARK 3.0        /* contrast, WCAG 2.1 */
#define LEAST_TEXT 4.5

static const Theme THEMES[] = {{.dark = FALSE, .em = 13}, {.dark = TRUE, .em = 13}};

/* What someone without one kind of cones sees, in linear light: Machado, Oliveira and Fernandes
 * 2009, severity 1; the first is unchanged sight. */
static const struct {
  const char *name;
  double matrix[3][3];
} SIGHTS[] = {{"all cones", {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
              {"protanopia",
               {{0.152286, 1.052583, -0.204868},
                {0.114503, 0.786281, 0.099216},
                {-0.003882, -0.048116, 1.051998}}},
              {"deuteranopia",
               {{0.367322, 0.860646, -0.227968},
                {0.280085, 0.672501, 0.047413},
                {-0.011820, 0.042940, 0.968881}}},
              {"tritanopia",
               {{1.255528, -0.076749, -0.178779},
                {-0.078411, 0.930809, 0.147602},
                {0.004733, 0.691367, 0.303900}}}};

/* --- colour arithmetic, from the standards --- */

static double linear(double channel) {
  return channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4);
}

static double luminance(Color c) {
  return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

static double contrast(Color a, Color b) {
  const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

  return MAX(x, y) / MIN(x, y);
}

static double lab_root(double t) {
  return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

/* CIE L*a*b* (D65) of a colour as seen through a matrix. */
static void lab_of(Color c, const double matrix[3][3], double lab[3]) {
  const double from[3] = {linear(c.red), linear(c.green), linear(c.blue)};
  double light[3];

  for (int i = 0; i < 3; i++) {
    const double seen = matrix[i][0] * from[0] + matrix[i][1] * from[1] + matrix[i][2] * from[2];
    light[i] = CLAMP(seen, 0, 1);
  }
  const double x = 0.4124564 * light[0] + 0.3575761 * light[1] + 0.1804375 * light[2];
  const double y = 0.2126729 * light[0] + 0.7151522 * light[1] + 0.0721750 * light[2];
  const double z = 0.0193339 * light[0] + 0.1191920 * light[1] + 0.9503041 * light[2];
  const double fx = lab_root(x / 0.95047), fy = lab_root(y), fz = lab_root(z / 1.08883);
  lab[0] = 116 * fy - 16;
  lab[1] = 500 * (fx - fy);
  lab[2] = 200 * (fy - fz);
}

static double difference(Color a, Color b, const double matrix[3][3]) {
  double p[3], q[3];

  lab_of(a, matrix, p);
  lab_of(b, matrix, q);
  return sqrt((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) +
              (p[2] - q[2]) * (p[2] - q[2]));
}

static Color color_of(guint32 pixel) {
  return (Color){(pixel >> 16 & 0xff) / 255.0, (pixel >> 8 & 0xff) / 255.0, (pixel & 0xff) / 255.0,
                 1};
}

/* --- cases --- */

/* The arithmetic above against known values, so that what follows means something. */
static void test_arithmetic(void) {
  const Color black = {0, 0, 0, 1}, white = {1, 1, 1, 1}, red = {1, 0, 0, 1}, green = {0, 1, 0, 1};
  double lab[3];

  g_assert_cmpfloat_with_epsilon(contrast(black, white), 21, 1e-9);
  lab_of(red, SIGHTS[0].matrix, lab);
  g_assert_cmpfloat_with_epsilon(lab[0], 53.24, 0.01);
  g_assert_cmpfloat_with_epsilon(lab[1], 80.09, 0.01);
  g_assert_cmpfloat_with_epsilon(lab[2], 67.20, 0.01);
  /* A red and a green that are one brown without green cones. */
  const Color brick = {0.72, 0.42, 0.30, 1}, moss = {0.52, 0.53, 0.20, 1};
  g_assert_cmpfloat(difference(brick, moss, SIGHTS[0].matrix), >, 40);
  g_assert_cmpfloat(difference(brick, moss, SIGHTS[2].matrix), <, LEAST_DIFFERENCE);
  for (guint s = 0; s < G_N_ELEMENTS(SIGHTS); s++)
    g_assert_cmpfloat(difference(white, white, SIGHTS[s].matrix), ==, 0);
  g_assert_cmpfloat(difference(red, green, SIGHTS[0].matrix), >, 150);
}

static void test_series(void) {
  for (guint t = 0; t < 2; t++)
    for (guint s = 0; s < G_N_ELEMENTS(SIGHTS); s++)
      for (guint i = 0; i < PALETTE_SERIES; i++)
        for (guint k = 0; k < i; k++) {
          const double apart = difference(theme_series(&THEMES[t], i), theme_series(&THEMES[t], k),
                                          SIGHTS[s].matrix);
          if (apart < LEAST_DIFFERENCE)
            g_test_message("%s: colours %u and %u are %.1f apart in the %s theme", SIGHTS[s].name,
                           k, i, apart, t == 0 ? "light" : "dark");
          g_assert_cmpfloat(apart, >=, LEAST_DIFFERENCE);
        }
}

static void test_contrast(void) {
  for (guint t = 0; t < 2; t++) {
    const Theme *theme = &THEMES[t];
    const Color background = theme_background(theme);
    for (guint i = 0; i < PALETTE_SERIES; i++)
      g_assert_cmpfloat(contrast(theme_series(theme, i), background), >=, LEAST_MARK);
    g_assert_cmpfloat(contrast(theme_accent(theme), background), >=, LEAST_MARK);
    g_assert_cmpfloat(contrast(theme_text(theme), background), >=, LEAST_TEXT);
    g_assert_cmpfloat(contrast(theme_dim(theme), background), >=, LEAST_TEXT);
    g_assert_cmpfloat(contrast(theme_good(theme), background), >=, LEAST_TEXT);
    g_assert_cmpfloat(contrast(theme_bad(theme), background), >=, LEAST_TEXT);
    g_assert_cmpfloat(contrast(theme_grid(theme), background), >, 1.1);
    g_assert_cmpfloat(contrast(theme_grid(theme), background), <, LEAST_MARK);
  }
}

static void test_series_repeat(void) {
  const Color first = theme_series(&THEMES[0], 3), again = theme_series(&THEMES[0], 13);

  g_assert_cmpmem(&first, sizeof first, &again, sizeof again);
  g_assert_cmpfloat(color_with_alpha(first, 0.25).alpha, ==, 0.25);
  g_assert_cmpfloat(color_with_alpha(first, 0.25).red, ==, first.red);
}

/* On any colour of any map, the better of black and white; it is always enough for text. */
static void test_readable(void) {
  const Color black = {0, 0, 0, 1}, white = {1, 1, 1, 1};

  for (int i = 0; i < 256; i++)
    for (guint t = 0; t < 2; t++)
      for (int map = MAP_SEQUENTIAL; map <= MAP_INK; map++) {
        const Color on = color_of(color_map(&THEMES[t], map)[i]);
        const double got = contrast(color_readable_on(on), on);
        g_assert_cmpfloat(got, >=, MAX(contrast(black, on), contrast(white, on)) - 1e-9);
        g_assert_cmpfloat(got, >=, LEAST_TEXT);
      }
}

/* Lightness rises evenly, so that equal steps of the number look like equal steps. */
static void test_sequential(void) {
  const guint32 *map = color_map(&THEMES[0], MAP_SEQUENTIAL);
  double before[3], lab[3];

  g_assert_cmphex(map[0], ==, 0x440154);
  g_assert_cmphex(map[255], ==, 0xfde725);
  lab_of(color_of(map[0]), SIGHTS[0].matrix, before);
  for (int i = 16; i < 256; i += 16) {
    lab_of(color_of(map[i]), SIGHTS[0].matrix, lab);
    g_assert_cmpfloat(lab[0] - before[0], >, 3);
    g_assert_cmpfloat(lab[0] - before[0], <, 7);
    before[0] = lab[0];
  }
}

static double jump(guint32 a, guint32 b) {
  double most = 0;

  for (int shift = 0; shift <= 16; shift += 8)
    most = MAX(most, fabs((double)(a >> shift & 0xff) - (double)(b >> shift & 0xff)));
  return most;
}

static void test_maps_have_no_jumps(void) {
  for (guint t = 0; t < 2; t++)
    for (int map = MAP_SEQUENTIAL; map <= MAP_INK; map++)
      for (int i = 1; i < 256; i++)
        g_assert_cmpfloat(jump(color_map(&THEMES[t], map)[i], color_map(&THEMES[t], map)[i - 1]),
                          <=, 4);
}

/* Zero is the background; sizes of either sign move away from it alike, whoever looks. */
static void test_signed(void) {
  for (guint t = 0; t < 2; t++) {
    const Scale scale = {MAP_SIGNED, -0.3, 0.3};
    const Color background = theme_background(&THEMES[t]);
    const Color zero = scale_color(&scale, &THEMES[t], 0);
    g_assert_cmpfloat(difference(zero, background, SIGHTS[0].matrix), ==, 0);
    for (guint s = 0; s < G_N_ELEMENTS(SIGHTS); s++) {
      const Color low = scale_color(&scale, &THEMES[t], -0.2);
      const Color high = scale_color(&scale, &THEMES[t], 0.2);
      g_assert_cmpfloat(difference(low, high, SIGHTS[s].matrix), >, LEAST_DIFFERENCE);
      g_assert_cmpfloat(difference(low, background, SIGHTS[s].matrix), >, LEAST_DIFFERENCE);
      g_assert_cmpfloat(difference(high, background, SIGHTS[s].matrix), >, LEAST_DIFFERENCE);
    }
  }
}

static void test_pixels(void) {
  const Theme *theme = &THEMES[0];
  const Scale scale = {MAP_SEQUENTIAL, 2, 4}, empty = {MAP_SEQUENTIAL, 2, 2};
  const guint32 *map = color_map(theme, MAP_SEQUENTIAL);

  g_assert_cmphex(scale_pixel(&scale, theme, 2), ==, map[0]);
  g_assert_cmphex(scale_pixel(&scale, theme, 4), ==, map[255]);
  g_assert_cmphex(scale_pixel(&scale, theme, 3), ==, map[128]);
  g_assert_cmphex(scale_pixel(&scale, theme, -1e30), ==, map[0]);
  g_assert_cmphex(scale_pixel(&scale, theme, INFINITY), ==, map[255]);
  g_assert_cmphex(scale_pixel(&scale, theme, -INFINITY), ==, map[0]);
  g_assert_cmphex(scale_pixel(&empty, theme, 2), ==, map[128]);
  const Color bad = scale_color(&scale, theme, NAN);
  g_assert_cmpfloat(difference(bad, theme_bad(theme), SIGHTS[0].matrix), <, 0.5);
  for (int i = 0; i < 256; i++)
    g_assert_cmphex(scale_pixel(&scale, theme, NAN), !=, map[i]);
}

static void test_fit(void) {
  const float values[] = {NAN, -1, 3, INFINITY, 2, -INFINITY};
  const float same[] = {5, 5}, nothing[] = {NAN, INFINITY}, more[] = {-7};
  Scale scale = scale_fit(MAP_SEQUENTIAL, values, 6);

  g_assert_cmpfloat(scale.low, ==, -1);
  g_assert_cmpfloat(scale.high, ==, 3);
  scale = scale_fit(MAP_SIGNED, values, 6);
  g_assert_cmpfloat(scale.low, ==, -3);
  g_assert_cmpfloat(scale.high, ==, 3);
  scale_extend(&scale, more, 1);
  g_assert_cmpfloat(scale.low, ==, -7);
  g_assert_cmpfloat(scale.high, ==, 7);
  for (int map = MAP_SEQUENTIAL; map <= MAP_INK; map++) {
    const Scale fitted[] = {scale_fit(map, same, 2), scale_fit(map, nothing, 2),
                            scale_fit(map, NULL, 0)};
    for (int i = 0; i < 3; i++) {
      g_assert_true(isfinite(fitted[i].low) && isfinite(fitted[i].high));
      g_assert_cmpfloat(fitted[i].low, <, fitted[i].high);
      if (map == MAP_SIGNED)
        g_assert_cmpfloat(fitted[i].low, ==, -fitted[i].high);
    }
    g_assert_cmpfloat(fitted[0].low, <=, 5);
    g_assert_cmpfloat(fitted[0].high, >=, 5);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/palette/arithmetic", test_arithmetic);
  g_test_add_func("/palette/series", test_series);
  g_test_add_func("/palette/contrast", test_contrast);
  g_test_add_func("/palette/series_repeat", test_series_repeat);
  g_test_add_func("/palette/readable", test_readable);
  g_test_add_func("/palette/sequential", test_sequential);
  g_test_add_func("/palette/no_jumps", test_maps_have_no_jumps);
  g_test_add_func("/palette/signed", test_signed);
  g_test_add_func("/palette/pixels", test_pixels);
  g_test_add_func("/palette/fit", test_fit);
  return g_test_run();
}
