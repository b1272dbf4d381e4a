#include "ui/chart/image_grid.h"

#include <math.h>

/* --- layout --- */

static double zoom_for(const Rect *area, int across, int down, int rows, int columns, double gap,
                       double label) {
  const double width = (area->width - gap * (across - 1)) / across / columns;
  const double height = (area->height - gap * (down - 1) - label * down) / down / rows;

  return MIN(width, height);
}

GridLayout grid_layout(const Rect *area, int n, int rows, int columns, double gap, double label) {
  GridLayout self = {.area = *area,
                     .n = n,
                     .rows = rows,
                     .columns = columns,
                     .gap = gap,
                     .label = label,
                     .across = 1,
                     .down = MAX(n, 1),
                     .zoom = -1};

  g_return_val_if_fail(rows > 0 && columns > 0, self);
  for (int across = 1; across <= n; across++) {
    const int down = (n + across - 1) / across;
    const double zoom = zoom_for(area, across, down, rows, columns, gap, label);
    if (zoom > self.zoom) {
      self.zoom = zoom;
      self.across = across;
      self.down = down;
    }
  }
  self.zoom = self.zoom >= 1 ? floor(self.zoom) : MAX(self.zoom, 0);
  return self;
}

/* The grid lies in the middle of its area. */
static void origin(const GridLayout *self, double *x, double *y) {
  const double width = self->across * (self->columns * self->zoom + self->gap) - self->gap;
  const double height =
      self->down * (self->rows * self->zoom + self->gap + self->label) - self->gap;

  *x = floor(self->area.x + MAX(self->area.width - width, 0) / 2);
  *y = floor(self->area.y + MAX(self->area.height - height, 0) / 2);
}

Rect grid_tile(const GridLayout *self, int i) {
  const double width = self->columns * self->zoom, height = self->rows * self->zoom;
  double x, y;

  origin(self, &x, &y);
  return (Rect){x + i % self->across * (width + self->gap),
                y + self->label + i / self->across * (height + self->gap + self->label), width,
                height};
}

Rect grid_label(const GridLayout *self, int i) {
  const Rect tile = grid_tile(self, i);

  return (Rect){tile.x, tile.y - self->label, tile.width, self->label};
}

Rect grid_cell(const GridLayout *self, ImageCell cell) {
  const Rect tile = grid_tile(self, cell.tile);

  return (Rect){tile.x + cell.column * self->zoom, tile.y + cell.row * self->zoom, self->zoom,
                self->zoom};
}

ImageCell grid_hit(const GridLayout *self, double x, double y) {
  for (int i = 0; i < self->n; i++) {
    const Rect tile = grid_tile(self, i);
    if (rect_contains(&tile, x, y))
      return (ImageCell){i, MIN((int)((y - tile.y) / self->zoom), self->rows - 1),
                         MIN((int)((x - tile.x) / self->zoom), self->columns - 1)};
  }
  return (ImageCell){-1, 0, 0};
}

/* --- pictures --- */

/* Viewers of vector files smooth pictures; when each pixel is a block of that many, it is not seen.
 */
#define VECTOR_FINENESS 6        /* blocks' pixels a canvas pixel */
#define VECTOR_LARGEST (1 << 21) /* pixels of a picture */

static gboolean is_vector(const Canvas *canvas) {
  const cairo_surface_type_t type = cairo_surface_get_type(cairo_get_target(canvas->cr));

  return type == CAIRO_SURFACE_TYPE_SVG || type == CAIRO_SURFACE_TYPE_PDF;
}

static float value_at(const Picture *picture, int row, int column) {
  return picture->values[(gsize)row * picture->row_stride + (gsize)column * picture->column_stride];
}

static cairo_surface_t *picture_surface(const Canvas *canvas, const Picture *picture, int zoom) {
  const int width = picture->columns * zoom, height = picture->rows * zoom;
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
  guint8 *data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);

  if (data == NULL)
    return surface;
  cairo_surface_flush(surface);
  for (int y = 0; y < height; y++) {
    guint32 *line = (guint32 *)(gpointer)(data + (gsize)y * (gsize)stride);
    for (int x = 0; x < width; x++)
      line[x] = scale_pixel(&picture->scale, canvas->theme,
                            (double)value_at(picture, y / zoom, x / zoom));
  }
  cairo_surface_mark_dirty(surface);
  return surface;
}

static void paint(const Canvas *canvas, const Rect *rect, cairo_surface_t *surface,
                  cairo_filter_t filter) {
  const double width = cairo_image_surface_get_width(surface);
  const double height = cairo_image_surface_get_height(surface);

  cairo_save(canvas->cr);
  cairo_translate(canvas->cr, rect->x, rect->y);
  cairo_scale(canvas->cr, rect->width / width, rect->height / height);
  cairo_set_source_surface(canvas->cr, surface, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(canvas->cr), filter);
  cairo_pattern_set_extend(cairo_get_source(canvas->cr), CAIRO_EXTEND_PAD);
  cairo_rectangle(canvas->cr, 0, 0, width, height);
  cairo_fill(canvas->cr);
  cairo_restore(canvas->cr);
}

static int vector_zoom(const Rect *rect, const Picture *picture) {
  const double wanted = VECTOR_FINENESS * rect->width / picture->columns;
  const double most = sqrt((double)VECTOR_LARGEST / picture->rows / picture->columns);

  return MAX((int)MIN(wanted, most), 1);
}

void picture_draw(const Canvas *canvas, const Rect *rect, const Picture *picture) {
  if (rect->width <= 0 || rect->height <= 0 || picture->rows <= 0 || picture->columns <= 0)
    return;
  const gboolean shrunk = rect->width < picture->columns || rect->height < picture->rows;
  cairo_surface_t *surface = picture_surface(
      canvas, picture, is_vector(canvas) && !shrunk ? vector_zoom(rect, picture) : 1);

  paint(canvas, rect, surface, shrunk ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  cairo_surface_destroy(surface);
}

/* Three digits where they fit, else two decimals, else one digit: nothing but 0 is shown as 0. */
static char *cell_text(const Canvas *canvas, const TextStyle *style, double width, double value,
                       char text[NUMBER_SIZE]) {
  double wide;

  number_text(value, text);
  canvas_text_size(canvas, style, text, &wide, NULL);
  if (wide <= width)
    return text;
  return value != 0 && round(value * 100) == 0 ? scientific_text(value, 0, text)
                                               : number_text(round(value * 100) / 100, text);
}

void picture_draw_numbers(const Canvas *canvas, const Rect *rect, const Picture *picture) {
  const double em = canvas->theme->em;
  const double width = rect->width / picture->columns, height = rect->height / picture->rows;
  char text[NUMBER_SIZE];

  if (width < 2.6 * em || height < 1.3 * em)
    return;
  for (int row = 0; row < picture->rows; row++)
    for (int column = 0; column < picture->columns; column++) {
      const double value = (double)value_at(picture, row, column);
      const Rect cell = {rect->x + column * width, rect->y + row * height, width, height};
      const TextStyle style = {
          .size = 0.85,
          .align = ALIGN_CENTRE,
          .align_vertical = ALIGN_CENTRE,
          .color = color_readable_on(scale_color(&picture->scale, canvas->theme, value))};
      canvas_text_in(canvas, &cell, &style, cell_text(canvas, &style, width, value, text));
    }
}

/* --- colour scale --- */

double color_bar_height(const Canvas *canvas) { return 2.1 * canvas->theme->em; }

static void draw_strip(const Canvas *canvas, const Rect *strip, const Scale *scale) {
  float values[64];
  const int n = G_N_ELEMENTS(values);

  for (int i = 0; i < n; i++)
    values[i] = (float)(scale->low + (scale->high - scale->low) * i / (n - 1));
  const Picture picture = {values, 1, n, (gsize)n, 1, *scale};
  cairo_surface_t *surface = picture_surface(canvas, &picture, 1);
  paint(canvas, strip, surface, CAIRO_FILTER_BILINEAR);
  cairo_surface_destroy(surface);
  canvas_stroke_rect(canvas, strip, theme_dim(canvas->theme), 1);
}

static void draw_bar_labels(const Canvas *canvas, const Rect *strip, const Scale *scale) {
  const double em = canvas->theme->em, y = strip->y + strip->height + 0.15 * em;
  const double values[] = {scale->low, (scale->low + scale->high) / 2, scale->high};
  const Align aligns[] = {ALIGN_START, ALIGN_CENTRE, ALIGN_END};
  char text[NUMBER_SIZE];

  for (int i = 0; i < 3; i++) {
    const TextStyle style = {.size = 0.8, .color = theme_dim(canvas->theme), .align = aligns[i]};
    if (i != 1 || strip->width > 11 * em)
      canvas_text(canvas, strip->x + strip->width * i / 2, y, &style, number_text(values[i], text));
  }
}

void color_bar_draw(const Canvas *canvas, const Rect *rect, const Scale *scale, const char *title) {
  const double em = canvas->theme->em;
  const TextStyle style = {.size = 0.85, .color = theme_dim(canvas->theme)};
  Rect strip = *rect;
  double width = 0;

  if (title != NULL) {
    canvas_text_size(canvas, &style, title, &width, NULL);
    const Rect left = rect_cut_left(&strip, MIN(width + 0.8 * em, rect->width / 2));
    canvas_text_in(canvas, &left, &style, title);
  }
  strip.height = 0.75 * em;
  strip.width = MIN(strip.width, 24 * em);
  if (strip.width < 2 * em)
    return;
  draw_strip(canvas, &strip, scale);
  draw_bar_labels(canvas, &strip, scale);
}

void highlight_draw(const Canvas *canvas, const Rect *rect) {
  const double thin = canvas_length(canvas, 1.5), thick = canvas_length(canvas, 2);
  const Rect outer = rect_inset(*rect, -thick), inner = rect_inset(*rect, -thick / 4);

  canvas_stroke_rect(canvas, &outer, theme_background(canvas->theme), thin);
  canvas_stroke_rect(canvas, &inner, theme_accent(canvas->theme), thick);
}
