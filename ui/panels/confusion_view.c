#include "ui/panels/confusion_view.h"

#include "ui/chart/image_grid.h"
#include "ui/panels/panel_words.h"

#include <math.h>

#define SMALLEST_NUMBER 0.6 /* em */
#define LONGEST_NAME 6.0    /* em */
#define NAME_SIZE 0.9
#define TITLE 1.3         /* em, of the axes' titles */
#define SMALLEST_EDGE 1.3 /* em: cells with a share under them */
#define STRIP 5.0         /* em, of the legend */

static double names_width(const Canvas *canvas, const Dataset *dataset, int n) {
  const double em = canvas->theme->em;
  double widest = em;

  for (int i = 0; i < n; i++) {
    double width, height;
    canvas_text_size(canvas, &(TextStyle){.size = NAME_SIZE}, class_label(dataset, i), &width,
                     &height);
    widest = MAX(widest, width + 0.5 * em);
  }
  return MIN(widest, LONGEST_NAME * em);
}

static void fit(const Canvas *canvas, const Rect *area, double left, ConfusionLayout *self) {
  const double gap = 0.3 * canvas->theme->em;
  const double width = area->width - left - self->edge - gap;
  const double height = area->height - self->top - self->row - (self->row > 0 ? gap : 0);
  const double cell = MIN(width, height) / self->n;

  self->left = left;
  self->cell = MAX(cell >= 4 ? floor(cell) : cell, 0.1);
  self->cells = (Rect){floor(area->x + left), floor(area->y + self->top), self->n * self->cell,
                       self->n * self->cell};
}

ConfusionLayout confusion_layout(const Canvas *canvas, const Rect *area, const Dataset *dataset,
                                 int n, gboolean bare) {
  const double em = canvas->theme->em;
  ConfusionLayout self = {.n = n,
                          .names = names_width(canvas, dataset, n),
                          .edge = bare ? 0 : 4.3 * em,
                          .top = (bare ? 1.3 : 2.6) * em,
                          .row = bare ? 0 : 1.5 * em};

  fit(canvas, area, TITLE * em + self.names, &self);
  if (!bare && self.cell < SMALLEST_EDGE * em) {
    self.row = 0;
    self.edge = 3.3 * em;
    fit(canvas, area, TITLE * em + self.names, &self);
  }
  return self;
}

Rect confusion_extent(const ConfusionLayout *self) {
  const double left = self->left;

  return (Rect){self->cells.x - left, self->cells.y - self->top,
                left + self->cells.width + self->edge,
                self->top + self->cells.height + 1.2 * self->row};
}

Rect confusion_cell(const ConfusionLayout *self, int truth, int guess) {
  return (Rect){self->cells.x + guess * self->cell, self->cells.y + truth * self->cell, self->cell,
                self->cell};
}

Rect confusion_recall_cell(const ConfusionLayout *self, int label) {
  Rect cell = confusion_cell(self, label, self->n);

  cell.x += self->edge / 16;
  cell.width = self->edge * 15 / 16;
  return cell;
}

Rect confusion_precision_cell(const ConfusionLayout *self, int label) {
  Rect cell = confusion_cell(self, self->n, label);

  cell.y += 0.2 * self->row;
  cell.height = self->row;
  return cell;
}

/* --- colours --- */

static const Scale COLORS = {MAP_SIGNED, -1, 1};

/* What the strongest colours stand for: a count, or a share of the row. */
typedef struct {
  double right, wrong;
} ConfusionRange;

static ConfusionRange color_range(const ConfusionCounts *counts, ConfusionScale scale) {
  ConfusionRange range = {1, 1e-9};

  if (scale == CONFUSION_MISTAKES)
    return (ConfusionRange){INFINITY, MAX(counts->most_wrong, 1)};
  if (scale == CONFUSION_ALL)
    return (ConfusionRange){MAX(counts->most, 1), MAX(counts->most, 1)};
  for (int truth = 0; truth < counts->n; truth++)
    for (int guess = 0; guess < counts->n; guess++)
      if (truth != guess && counts->truths[truth] > 0)
        range.wrong =
            MAX(range.wrong, (double)confusion_at(counts, truth, guess) / counts->truths[truth]);
  return range;
}

/* Wrong answers go towards orange, right ones towards blue; nothing is the background. */
static double tint(const ConfusionCounts *counts, ConfusionScale scale, const ConfusionRange *range,
                   int truth, int guess) {
  const double whole = scale == CONFUSION_SHARES ? MAX(counts->truths[truth], 1) : 1;
  const double size = confusion_at(counts, truth, guess) / whole;

  return truth == guess ? -size / range->right : size / range->wrong;
}

/* --- numbers --- */

static void cell_text(const ConfusionCounts *counts, ConfusionScale scale, int truth, int guess,
                      char text[NUMBER_SIZE]) {
  const guint32 count = confusion_at(counts, truth, guess);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  text[0] = '\0';
  if (count == 0)
    return;
  if (scale != CONFUSION_SHARES)
    count_text(count, text);
  else
    g_strlcpy(text,
              g_ascii_formatd(number, sizeof number, "%.1f", 100. * count / counts->truths[truth]),
              NUMBER_SIZE);
}

/* The size at which the longest number fits a cell, in em; 0: too small to read. */
static double number_size(const Canvas *canvas, const ConfusionLayout *layout,
                          const ConfusionCounts *counts, ConfusionScale scale) {
  double widest = 1, width, height = 1;
  char text[NUMBER_SIZE];

  for (int truth = 0; truth < counts->n; truth++)
    for (int guess = 0; guess < counts->n; guess++) {
      cell_text(counts, scale, truth, guess, text);
      if (text[0] == '\0')
        continue;
      canvas_text_size(canvas, &(TextStyle){.size = 1}, text, &width, &height);
      widest = MAX(widest, width);
    }
  const double size = MIN(0.86 * layout->cell / widest, 0.9 * layout->cell / height);
  return size < SMALLEST_NUMBER ? 0 : MIN(size, 1.1);
}

/* --- drawing --- */

static void draw_cells(const Canvas *canvas, const ConfusionLayout *layout,
                       const ConfusionCounts *counts, ConfusionScale scale) {
  const ConfusionRange range = color_range(counts, scale);
  const double size = number_size(canvas, layout, counts, scale);
  TextStyle style = {.size = size, .align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE};
  char text[NUMBER_SIZE];

  for (int truth = 0; truth < counts->n; truth++)
    for (int guess = 0; guess < counts->n; guess++) {
      const Rect cell = confusion_cell(layout, truth, guess);
      const double value = tint(counts, scale, &range, truth, guess);
      const Color color =
          value == 0 ? theme_background(canvas->theme) : scale_color(&COLORS, canvas->theme, value);
      canvas_fill_rect(canvas, &cell, color);
      cell_text(counts, scale, truth, guess, text);
      style.color = value == 0 ? theme_dim(canvas->theme) : color_readable_on(color);
      if (size > 0 && text[0] != '\0')
        canvas_text_in(canvas, &cell, &style, text);
    }
}

/* The diagonal is told by a frame, whatever the colours. */
static void draw_lines(const Canvas *canvas, const ConfusionLayout *layout) {
  canvas_set_color(canvas, theme_grid(canvas->theme));
  cairo_set_line_width(canvas->cr, 1);
  for (int i = 0; i <= layout->n; i++) {
    const double at = i * layout->cell, size = layout->cells.width;
    cairo_move_to(canvas->cr, layout->cells.x + at + 0.5, layout->cells.y);
    cairo_rel_line_to(canvas->cr, 0, size);
    cairo_move_to(canvas->cr, layout->cells.x, layout->cells.y + at + 0.5);
    cairo_rel_line_to(canvas->cr, size, 0);
  }
  cairo_stroke(canvas->cr);
  for (int i = 0; i < layout->n; i++) {
    const Rect cell = confusion_cell(layout, i, i);
    const Rect frame = {cell.x + 1, cell.y + 1, cell.width - 1, cell.height - 1};
    canvas_stroke_rect(canvas, &frame, theme_dim(canvas->theme), 1.5);
  }
}

/* Where cells are smaller than text, not every one has a name. */
static int every(const Canvas *canvas, const ConfusionLayout *layout) {
  return MAX(1, (int)ceil(0.95 * canvas->theme->em / layout->cell));
}

/* A line of text beside the middle of a cell, however small it is. */
static Rect line_beside(const Canvas *canvas, const ConfusionLayout *layout, int label, double x,
                        double width) {
  const double height = 1.2 * canvas->theme->em;

  return (Rect){x, layout->cells.y + (label + 0.5) * layout->cell - height / 2, width, height};
}

static void draw_names(const Canvas *canvas, const ConfusionLayout *layout,
                       const Dataset *dataset) {
  const double em = canvas->theme->em, cell = layout->cell;
  TextStyle style = {.size = NAME_SIZE, .align_vertical = ALIGN_CENTRE};
  const int step = every(canvas, layout);

  for (int i = 0; i < layout->n; i += step) {
    const Rect row =
        line_beside(canvas, layout, i, layout->cells.x - layout->names, layout->names - 0.35 * em);
    const double width = cell * step;
    const Rect column = {layout->cells.x + (i + 0.5) * cell - width / 2, layout->cells.y - 1.3 * em,
                         width, 1.2 * em};
    style.align = ALIGN_END;
    canvas_text_in(canvas, &row, &style, class_label(dataset, i));
    style.align = ALIGN_CENTRE;
    canvas_text_in(canvas, &column, &style, class_label(dataset, i));
  }
}

static void draw_titles(const Canvas *canvas, const ConfusionLayout *layout) {
  const double em = canvas->theme->em;
  const Color dim = theme_dim(canvas->theme);
  const Rect *cells = &layout->cells;
  const Rect guess = {cells->x, cells->y - layout->top, cells->width, 1.2 * em};
  const Rect recall = {cells->x + cells->width, cells->y - 1.3 * em, layout->edge, 1.2 * em};
  Rect precision = confusion_precision_cell(layout, layout->n);
  TextStyle style = {
      .size = 0.85, .color = dim, .align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE};

  if (layout->top > 2 * em)
    canvas_text_in(canvas, &guess, &style, "read as");
  style.align = ALIGN_END;
  if (layout->edge > 0)
    canvas_text_in(canvas, &recall, &style, "recall");
  precision.width = layout->edge;
  if (layout->row > 0)
    canvas_text_in(canvas, &precision, &style, "precision");
  style.align = ALIGN_CENTRE;
  style.angle = -G_PI / 2;
  canvas_text(canvas, cells->x - layout->names - TITLE * em / 2, cells->y + cells->height / 2,
              &style, "truth");
}

/* In full, or whole percents, rounded down: 100 is all. */
static char *precision_text(double share, gboolean brief, char text[NUMBER_SIZE]) {
  return brief ? number_text(floor(100 * share), text) : percent_text(share, text);
}

/* The size at which the longest precision fits its cell. */
static double precision_size(const Canvas *canvas, const ConfusionLayout *layout,
                             const ConfusionCounts *counts, gboolean brief) {
  double widest = 1, width;
  char text[NUMBER_SIZE];

  for (int i = 0; i < layout->n; i++) {
    canvas_text_size(canvas, &(TextStyle){.size = 1},
                     precision_text(confusion_precision(counts, i), brief, text), &width, NULL);
    widest = MAX(widest, width);
  }
  return MIN(0.85, 0.95 * layout->cell / widest);
}

static void draw_recalls(const Canvas *canvas, const ConfusionLayout *layout,
                         const ConfusionCounts *counts) {
  const TextStyle style = {.size = 0.85, .align = ALIGN_END, .align_vertical = ALIGN_CENTRE};
  char text[NUMBER_SIZE];

  for (int i = 0; i < layout->n; i += every(canvas, layout)) {
    const Rect cell = confusion_recall_cell(layout, i);
    const Rect line = line_beside(canvas, layout, i, cell.x, cell.width);
    canvas_text_in(canvas, &line, &style, percent_text(confusion_recall(counts, i), text));
  }
}

static void draw_precisions(const Canvas *canvas, const ConfusionLayout *layout,
                            const ConfusionCounts *counts) {
  const gboolean brief = precision_size(canvas, layout, counts, FALSE) < 0.7;
  const TextStyle style = {.size = precision_size(canvas, layout, counts, brief),
                           .align = ALIGN_CENTRE,
                           .align_vertical = ALIGN_CENTRE};
  char text[NUMBER_SIZE];

  for (int i = 0; i < layout->n && style.size >= SMALLEST_NUMBER; i++) {
    const Rect cell = confusion_precision_cell(layout, i);
    canvas_text_in(canvas, &cell, &style,
                   precision_text(confusion_precision(counts, i), brief, text));
  }
}

void confusion_draw(const Canvas *canvas, const ConfusionLayout *layout,
                    const ConfusionCounts *counts, const Dataset *dataset, ConfusionScale scale) {
  draw_cells(canvas, layout, counts, scale);
  draw_lines(canvas, layout);
  draw_names(canvas, layout, dataset);
  draw_titles(canvas, layout);
  if (layout->edge > 0)
    draw_recalls(canvas, layout, counts);
  if (layout->row > 0)
    draw_precisions(canvas, layout, counts);
}

/* --- legend --- */

static void legend_texts(const ConfusionCounts *counts, ConfusionScale scale,
                         char left[NUMBER_SIZE * 2], char right[NUMBER_SIZE * 2]) {
  const ConfusionRange range = color_range(counts, scale);
  char number[NUMBER_SIZE];

  if (scale == CONFUSION_SHARES) {
    g_strlcpy(left, "right 100 %", NUMBER_SIZE * 2);
    g_snprintf(right, NUMBER_SIZE * 2, "%s wrong", percent_text(range.wrong, number));
    return;
  }
  count_text(range.wrong, number);
  if (scale == CONFUSION_ALL)
    g_snprintf(left, NUMBER_SIZE * 2, "right %s", number);
  else
    g_strlcpy(left, "0", NUMBER_SIZE * 2);
  g_snprintf(right, NUMBER_SIZE * 2, scale == CONFUSION_ALL ? "%s wrong" : "%s mistakes", number);
}

static Rect cut_text(const Canvas *canvas, Rect *line, const TextStyle *style, const char *text) {
  double width;

  canvas_text_size(canvas, style, text, &width, NULL);
  return rect_cut_right(line, width + 1);
}

void confusion_legend(const Canvas *canvas, Rect *line, const ConfusionCounts *counts,
                      ConfusionScale scale) {
  const double em = canvas->theme->em;
  const TextStyle style = {
      .size = 0.8, .color = theme_dim(canvas->theme), .align_vertical = ALIGN_CENTRE};
  char left[NUMBER_SIZE * 2], right[NUMBER_SIZE * 2];
  float values[33];
  const int n = G_N_ELEMENTS(values);

  if (line->width < 20 * em)
    return;
  legend_texts(counts, scale, left, right);
  const Rect end = cut_text(canvas, line, &style, right);
  rect_cut_right(line, 0.4 * em);
  Rect strip = rect_cut_right(line, (line->width > 30 * em ? 1 : 0.7) * STRIP * em);
  rect_cut_right(line, 0.4 * em);
  const Rect start = cut_text(canvas, line, &style, left);
  rect_cut_right(line, em);
  for (int i = 0; i < n; i++)
    values[i] = scale == CONFUSION_MISTAKES ? (float)i / (n - 1) : 2 * (float)i / (n - 1) - 1;
  strip.y += strip.height / 2 - 0.35 * em, strip.height = 0.7 * em;
  picture_draw(canvas, &strip, &(Picture){values, 1, n, (gsize)n, 1, COLORS});
  canvas_stroke_rect(canvas, &strip, theme_dim(canvas->theme), 1);
  canvas_text_in(canvas, &start, &style, left);
  canvas_text_in(canvas, &end, &style, right);
}
