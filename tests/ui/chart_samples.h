/* Charts of made-up data, one of each kind, as golden pictures show them. */
#pragma once

#include "ui/chart/chart_export.h"

typedef struct {
  const char *name;
  ChartDraw draw;
} ChartSample;

extern const ChartSample CHART_SAMPLES[]; /* ended by a NULL name */

/* An image surface of ceil(width × scale) × ceil(height × scale) pixels with the chart on the
 * theme's background. The caller destroys it. */
cairo_surface_t *chart_sample_render(ChartDraw draw, gpointer data, double width, double height,
                                     double scale, const Theme *theme);
/* Pixel (x, y) of an image surface as 0x00rrggbb. */
guint32 chart_sample_pixel(cairo_surface_t *surface, int x, int y);
/* A family of text that golden pictures are made with, where it is installed; else NULL. */
const char *chart_sample_family(void);
