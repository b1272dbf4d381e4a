/* Colours: ten for series and classes that colour-blind people can tell apart, viridis for sizes,
 * blue–white–orange for signed values with zero at the theme's background. Each carries contrast of
 * at least 3:1 to the background as a mark, 4.5:1 as text (tests check it, in both themes). */
#pragma once

#include <glib.h>

typedef struct {
  double red, green, blue, alpha; /* 0 … 1 */
} Color;

typedef struct {
  gboolean dark;
  double em;          /* text size in pixels; 13 on a screen */
  const char *family; /* of the text; NULL: "Sans" */
} Theme;

#define PALETTE_SERIES 10

Color theme_background(const Theme *self); /* of a panel's card */
Color theme_text(const Theme *self);
Color theme_dim(const Theme *self);  /* secondary text: axis labels, captions; 4.5:1 */
Color theme_grid(const Theme *self); /* faint lines */
Color theme_accent(const Theme *self);
Color theme_good(const Theme *self); /* right answers; always with a mark or a word beside it */
Color theme_bad(const Theme *self);
Color theme_series(const Theme *self, guint i); /* i modulo PALETTE_SERIES */
Color color_with_alpha(Color self, double alpha);
/* Black or white, whichever reads better on it. */
Color color_readable_on(Color background);

/* Colour maps: 256 entries of cairo's CAIRO_FORMAT_RGB24 (0x00rrggbb). */
typedef enum {
  MAP_SEQUENTIAL, /* viridis: low … high */
  MAP_SIGNED,     /* blue … background at zero … orange; the range is symmetric */
  MAP_INK, /* a picture in grey: 0 background … 1 ink (as paper in light, as slate in dark) */
} ColorMap;

typedef struct {
  ColorMap map;
  double low, high; /* MAP_SIGNED: low = -high */
} Scale;

const guint32 *color_map(const Theme *theme, ColorMap map);
/* A scale that holds these values; MAP_SIGNED symmetric; never empty. NaN and infinities are passed
 * over. */
Scale scale_fit(ColorMap map, const float *values, gsize n);
void scale_extend(Scale *self, const float *values, gsize n);
/* The colour of a value as 0x00rrggbb; NaN is a colour of its own (theme_bad). */
guint32 scale_pixel(const Scale *self, const Theme *theme, double value);
Color scale_color(const Scale *self, const Theme *theme, double value);
