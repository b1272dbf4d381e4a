/* Charts as files: SVG, PDF, PNG by the name's extension. */
#pragma once

#include "ui/chart/canvas.h"

#include <gio/gio.h>

typedef void (*ChartDraw)(const Canvas *canvas, gpointer data);

/* Draws at width × height (PNG: twice as many pixels) on the theme's background and replaces `path`
 * at once: a full disk or an unwritable folder leaves what was there. Errors: an unknown extension
 * (named, with those that work), writing. */
gboolean chart_export(const char *path, double width, double height, const Theme *theme,
                      ChartDraw draw, gpointer data, GError **error);
/* PNG bytes of the same, for the clipboard. */
GBytes *chart_png(double width, double height, double scale, const Theme *theme, ChartDraw draw,
                  gpointer data);
