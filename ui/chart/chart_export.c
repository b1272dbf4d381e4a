#include "ui/chart/chart_export.h"

#include "core/base/file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <string.h>

#define PNG_SCALE 2.0

static cairo_status_t collect(void *closure, const unsigned char *data, unsigned int length) {
  g_byte_array_append(closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

/* FALSE: cairo gave up on the way, so that something is missing. */
static gboolean draw_on(cairo_surface_t *surface, double width, double height, const Theme *theme,
                        ChartDraw draw, gpointer data) {
  cairo_t *cr = cairo_create(surface);
  const Canvas canvas = {cr, width, height, theme};

  canvas_set_color(&canvas, theme_background(theme));
  cairo_paint(cr); /* the last pixel too, where the size is no whole number */
  draw(&canvas, data);
  const cairo_status_t status = cairo_status(cr);
  cairo_destroy(cr);
  return status == CAIRO_STATUS_SUCCESS;
}

/* `bytes`, taken over, when they are a whole picture; else NULL. */
static GBytes *whole(GByteArray *bytes, gboolean drawn, cairo_status_t status) {
  if (drawn && status == CAIRO_STATUS_SUCCESS)
    return g_byte_array_free_to_bytes(bytes);
  g_byte_array_unref(bytes);
  return NULL;
}

/* A surface with a page is finished, so that its bytes are complete. */
static GBytes *chart_page(cairo_surface_t *surface, GByteArray *bytes, double width, double height,
                          const Theme *theme, ChartDraw draw, gpointer data) {
  const gboolean drawn = draw_on(surface, width, height, theme, draw, data);

  cairo_surface_finish(surface);
  const cairo_status_t status = cairo_surface_status(surface);
  cairo_surface_destroy(surface);
  return whole(bytes, drawn, status);
}

static GBytes *chart_svg(double width, double height, const Theme *theme, ChartDraw draw,
                         gpointer data) {
  GByteArray *bytes = g_byte_array_new();
  cairo_surface_t *surface = cairo_svg_surface_create_for_stream(collect, bytes, width, height);

  cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
  return chart_page(surface, bytes, width, height, theme, draw, data);
}

static GBytes *chart_pdf(double width, double height, const Theme *theme, ChartDraw draw,
                         gpointer data) {
  GByteArray *bytes = g_byte_array_new();
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(collect, bytes, width, height);

  return chart_page(surface, bytes, width, height, theme, draw, data);
}

GBytes *chart_png(double width, double height, double scale, const Theme *theme, ChartDraw draw,
                  gpointer data) {
  GByteArray *bytes = g_byte_array_new();
  cairo_surface_t *surface = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, (int)ceil(width * scale), (int)ceil(height * scale));

  cairo_surface_set_device_scale(surface, scale, scale);
  const gboolean drawn = draw_on(surface, width, height, theme, draw, data);
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface, collect, bytes);
  cairo_surface_destroy(surface);
  return whole(bytes, drawn, status);
}

static gboolean ends_in(const char *path, const char *extension) {
  const char *dot = strrchr(path, '.');

  return dot != NULL && g_ascii_strcasecmp(dot, extension) == 0;
}

gboolean chart_export(const char *path, double width, double height, const Theme *theme,
                      ChartDraw draw, gpointer data, GError **error) {
  g_autoptr(GBytes) bytes = NULL;

  if (ends_in(path, ".svg")) {
    bytes = chart_svg(width, height, theme, draw, data);
  } else if (ends_in(path, ".pdf")) {
    bytes = chart_pdf(width, height, theme, draw, data);
  } else if (ends_in(path, ".png")) {
    bytes = chart_png(width, height, PNG_SCALE, theme, draw, data);
  } else {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                "%s: pictures are written to names that end in .svg, .pdf or .png", path);
    return FALSE;
  }
  if (bytes == NULL) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                "%s: the picture could not be drawn; it may be too large for memory", path);
    return FALSE;
  }
  return file_write(path, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
}
