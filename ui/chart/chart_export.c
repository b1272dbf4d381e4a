#include "ui/chart/chart_export.h"

#include "core/base/file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>

#define PNG_SCALE 2.0

static cairo_status_t collect(void *closure, const unsigned char *data, unsigned int length) {
  g_byte_array_append(closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static void draw_on(cairo_surface_t *surface, double width, double height, const Theme *theme,
                    ChartDraw draw, gpointer data) {
  cairo_t *cr = cairo_create(surface);
  const Canvas canvas = {cr, width, height, theme};

  canvas_fill_rect(&canvas, &(Rect){0, 0, width, height}, theme_background(theme));
  draw(&canvas, data);
  cairo_destroy(cr);
}

/* A surface with a page is finished, so that its bytes are complete. NULL: it failed. */
static GBytes *finish(cairo_surface_t *surface, GByteArray *bytes) {
  cairo_surface_finish(surface);
  const cairo_status_t status = cairo_surface_status(surface);

  cairo_surface_destroy(surface);
  if (status != CAIRO_STATUS_SUCCESS) {
    g_byte_array_unref(bytes);
    return NULL;
  }
  return g_byte_array_free_to_bytes(bytes);
}

static GBytes *chart_svg(double width, double height, const Theme *theme, ChartDraw draw,
                         gpointer data) {
  GByteArray *bytes = g_byte_array_new();
  cairo_surface_t *surface = cairo_svg_surface_create_for_stream(collect, bytes, width, height);

  cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
  draw_on(surface, width, height, theme, draw, data);
  return finish(surface, bytes);
}

static GBytes *chart_pdf(double width, double height, const Theme *theme, ChartDraw draw,
                         gpointer data) {
  GByteArray *bytes = g_byte_array_new();
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(collect, bytes, width, height);

  draw_on(surface, width, height, theme, draw, data);
  return finish(surface, bytes);
}

GBytes *chart_png(double width, double height, double scale, const Theme *theme, ChartDraw draw,
                  gpointer data) {
  GByteArray *bytes = g_byte_array_new();
  cairo_surface_t *surface = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, (int)ceil(width * scale), (int)ceil(height * scale));

  cairo_surface_set_device_scale(surface, scale, scale);
  draw_on(surface, width, height, theme, draw, data);
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface, collect, bytes);
  cairo_surface_destroy(surface);
  if (status != CAIRO_STATUS_SUCCESS) {
    g_byte_array_unref(bytes);
    return NULL;
  }
  return g_byte_array_free_to_bytes(bytes);
}

gboolean chart_export(const char *path, double width, double height, const Theme *theme,
                      ChartDraw draw, gpointer data, GError **error) {
  g_autoptr(GBytes) bytes = NULL;

  if (g_str_has_suffix(path, ".svg")) {
    bytes = chart_svg(width, height, theme, draw, data);
  } else if (g_str_has_suffix(path, ".pdf")) {
    bytes = chart_pdf(width, height, theme, draw, data);
  } else if (g_str_has_suffix(path, ".png")) {
    bytes = chart_png(width, height, PNG_SCALE, theme, draw, data);
  } else {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                "%s: pictures are written to names that end in .svg, .pdf or .png", path);
    return FALSE;
  }
  if (bytes == NULL) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: there is not enough memory to draw it",
                path);
    return FALSE;
  }
  return file_write(path, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
}
