#include "ui/window/theme.h"

#include <adwaita.h>

#define POINTS_PER_INCH 72.0

/* Pixels of a font whose size is given in points at the widget's resolution, or in pixels. */
static double font_pixels(PangoContext *context, const PangoFontDescription *font) {
  const double size = (double)pango_font_description_get_size(font) / PANGO_SCALE;
  const double resolution = pango_cairo_context_get_resolution(context);

  if (pango_font_description_get_size_is_absolute(font))
    return size;
  return size * (resolution > 0 ? resolution : 96) / POINTS_PER_INCH;
}

Theme theme_of(GtkWidget *widget) {
  PangoContext *context = gtk_widget_get_pango_context(widget);
  const PangoFontDescription *font = pango_context_get_font_description(context);

  return (Theme){
      .dark = adw_style_manager_get_dark(adw_style_manager_get_default()),
      .em = MAX(font_pixels(context, font) * 0.93, 6),
      .family = g_intern_string(pango_font_description_get_family(font)),
  };
}

void theme_set_text_scale(double scale) {
  GtkSettings *settings = gtk_settings_get_default();
  static int desktop = 0;

  if (settings == NULL)
    return;
  if (desktop == 0)
    g_object_get(settings, "gtk-xft-dpi", &desktop, NULL);
  g_object_set(settings, "gtk-xft-dpi", (int)((desktop > 0 ? desktop : 96 * 1024) * scale), NULL);
}
