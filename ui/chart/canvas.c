#include "ui/chart/canvas.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

/* --- rectangles --- */

gboolean rect_contains(const Rect *self, double x, double y) {
  return x >= self->x && y >= self->y && x < self->x + self->width && y < self->y + self->height;
}

Rect rect_inset(Rect self, double margin) {
  self.x += margin;
  self.y += margin;
  self.width = MAX(self.width - 2 * margin, 0);
  self.height = MAX(self.height - 2 * margin, 0);
  return self;
}

Rect rect_cut_top(Rect *self, double height) {
  height = CLAMP(height, 0, self->height);
  const Rect strip = {self->x, self->y, self->width, height};
  self->y += height;
  self->height -= height;
  return strip;
}

Rect rect_cut_bottom(Rect *self, double height) {
  height = CLAMP(height, 0, self->height);
  self->height -= height;
  return (Rect){self->x, self->y + self->height, self->width, height};
}

Rect rect_cut_left(Rect *self, double width) {
  width = CLAMP(width, 0, self->width);
  const Rect strip = {self->x, self->y, width, self->height};
  self->x += width;
  self->width -= width;
  return strip;
}

Rect rect_cut_right(Rect *self, double width) {
  width = CLAMP(width, 0, self->width);
  self->width -= width;
  return (Rect){self->x + self->width, self->y, width, self->height};
}

/* --- lengths and colours --- */

double canvas_length(const Canvas *self, double pixels) { return pixels * self->theme->em / 13; }

void canvas_set_color(const Canvas *self, Color color) {
  cairo_set_source_rgba(self->cr, color.red, color.green, color.blue, color.alpha);
}

void canvas_fill_rect(const Canvas *self, const Rect *rect, Color color) {
  canvas_set_color(self, color);
  cairo_rectangle(self->cr, rect->x, rect->y, rect->width, rect->height);
  cairo_fill(self->cr);
}

void canvas_stroke_rect(const Canvas *self, const Rect *rect, Color color, double width) {
  const Rect inside = rect_inset(*rect, width / 2);

  canvas_set_color(self, color);
  cairo_set_line_width(self->cr, width);
  cairo_rectangle(self->cr, inside.x, inside.y, inside.width, inside.height);
  cairo_stroke(self->cr);
}

/* --- text --- */

/* Laying text out costs tens of microseconds, and a chart says the same words in every frame: what
 * was laid out last is kept. Charts are drawn by one thread. */
#define LAYOUTS 1024

typedef struct {
  guint hash;
  char *key;
  PangoLayout *layout;
} CachedLayout;

static PangoContext *text_context(void) {
  static PangoContext *context;

  if (context == NULL) {
    cairo_font_options_t *options = cairo_font_options_create();
    context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(context, FALSE);
  }
  return context;
}

static PangoLayout *layout_new(const Canvas *self, const TextStyle *style, const char *text,
                               gboolean wrap) {
  PangoLayout *layout = pango_layout_new(text_context());
  PangoFontDescription *font = pango_font_description_new();
  const char *family = self->theme->family != NULL ? self->theme->family : "Sans";
  const double size = self->theme->em * (style->size > 0 ? style->size : 1);

  pango_font_description_set_family(font, style->monospace ? "Monospace" : family);
  pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
  if (style->bold)
    pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description(layout, font);
  pango_font_description_free(font);
  pango_layout_set_text(layout, text, -1);
  pango_layout_set_single_paragraph_mode(layout, !wrap);
  return layout;
}

/* Borrowed until the next call. `width`: pixels to ellipsize or wrap at, negative: none. */
static PangoLayout *layout_for(const Canvas *self, const TextStyle *style, const char *text,
                               double width, gboolean wrap) {
  static CachedLayout cache[LAYOUTS];
  char key[512];

  g_snprintf(key, sizeof key, "%g %g %d %d %.1f %d %s %s", self->theme->em, style->size,
             style->bold, style->monospace, width, wrap,
             self->theme->family != NULL ? self->theme->family : "", text);
  const guint hash = g_str_hash(key);
  CachedLayout *entry = &cache[hash % LAYOUTS];
  if (entry->key != NULL && entry->hash == hash && strlen(key) + 1 < sizeof key &&
      g_str_equal(entry->key, key))
    return entry->layout;
  g_free(entry->key);
  g_clear_object(&entry->layout);
  *entry = (CachedLayout){hash, g_strdup(key), layout_new(self, style, text, wrap)};
  if (width >= 0)
    pango_layout_set_width(entry->layout, (int)(width * PANGO_SCALE));
  if (width >= 0 && !wrap)
    pango_layout_set_ellipsize(entry->layout, PANGO_ELLIPSIZE_END);
  if (wrap)
    pango_layout_set_wrap(entry->layout, PANGO_WRAP_WORD_CHAR);
  return entry->layout;
}

static void layout_size(PangoLayout *layout, double *width, double *height) {
  PangoRectangle logical;

  pango_layout_get_extents(layout, NULL, &logical);
  *width = (double)logical.width / PANGO_SCALE;
  *height = (double)logical.height / PANGO_SCALE;
}

static double shift(Align align, double size) {
  return align == ALIGN_CENTRE ? -size / 2 : align == ALIGN_END ? -size : 0;
}

static void set_text_color(const Canvas *self, const TextStyle *style) {
  canvas_set_color(self, style->color.alpha > 0 ? style->color : theme_text(self->theme));
}

static void show(const Canvas *self, PangoLayout *layout, double x, double y, double angle,
                 double dx, double dy) {
  cairo_save(self->cr);
  cairo_translate(self->cr, x, y);
  if (angle != 0)
    cairo_rotate(self->cr, angle);
  cairo_move_to(self->cr, dx, dy);
  pango_cairo_show_layout(self->cr, layout);
  cairo_restore(self->cr);
}

void canvas_text(const Canvas *self, double x, double y, const TextStyle *style, const char *text) {
  PangoLayout *layout = layout_for(self, style, text, -1, FALSE);
  double width, height;

  layout_size(layout, &width, &height);
  set_text_color(self, style);
  show(self, layout, x, y, style->angle, shift(style->align, width),
       shift(style->align_vertical, height));
}

/* What is larger than its room begins where the room does. */
static double within(Align align, double room, double size) {
  room = MAX(room, size);
  return align == ALIGN_CENTRE ? (room - size) / 2 : align == ALIGN_END ? room - size : 0;
}

void canvas_text_in(const Canvas *self, const Rect *rect, const TextStyle *style,
                    const char *text) {
  PangoLayout *layout = layout_for(self, style, text, -1, FALSE);
  double width, height;

  if (rect->width < 1)
    return;
  layout_size(layout, &width, &height);
  if (width > rect->width + 0.01) {
    layout = layout_for(self, style, text, floor(rect->width), FALSE);
    layout_size(layout, &width, &height);
    width = MIN(width, rect->width);
  }
  set_text_color(self, style);
  show(self, layout, rect->x, rect->y, 0, within(style->align, rect->width, width),
       within(style->align_vertical, rect->height, height));
}

double canvas_paragraph(const Canvas *self, const Rect *rect, const TextStyle *style,
                        const char *text) {
  PangoLayout *layout = layout_for(self, style, text, floor(rect->width), TRUE);
  double width, height;

  pango_layout_set_alignment(layout, style->align == ALIGN_CENTRE ? PANGO_ALIGN_CENTER
                                     : style->align == ALIGN_END  ? PANGO_ALIGN_RIGHT
                                                                  : PANGO_ALIGN_LEFT);
  layout_size(layout, &width, &height);
  set_text_color(self, style);
  show(self, layout, rect->x, rect->y, 0, 0, within(style->align_vertical, rect->height, height));
  return height;
}

void canvas_text_size(const Canvas *self, const TextStyle *style, const char *text, double *width,
                      double *height) {
  double unused;

  layout_size(layout_for(self, style, text, -1, FALSE), width != NULL ? width : &unused,
              height != NULL ? height : &unused);
}

void canvas_placeholder(const Canvas *self, const Rect *rect, const char *text) {
  const double em = self->theme->em;

  if (rect->width < 2 * em || rect->height < em)
    return;
  cairo_save(self->cr);
  cairo_rectangle(self->cr, rect->x, rect->y, rect->width, rect->height);
  cairo_clip(self->cr);
  const Rect inside = rect_inset(*rect, MIN(2 * em, rect->width / 8));

  canvas_paragraph(self, &inside,
                   &(TextStyle){.color = theme_dim(self->theme),
                                .align = ALIGN_CENTRE,
                                .align_vertical = ALIGN_CENTRE},
                   text);
  cairo_restore(self->cr);
}
