#include "ui/panels/confusion_view.h"

#include "ui/panels/panel_words.h"

#include <math.h>

#define SMALLEST_NUMBER 0.6 /* em */
#define LONGEST_NAME 6.0    /* em */
#define NAME_SIZE 0.9
#define TITLE 1.3 /* em, of the axes' titles */

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

ConfusionLayout confusion_layout(const Canvas *canvas, const Rect *area, const Dataset *dataset,
                                 int n) {
  const double em = canvas->theme->em, gap = 0.3 * em;
  ConfusionLayout self = {.n = n,
                          .names = names_width(canvas, dataset, n),
                          .edge = 3.2 * em,
                          .top = 2.6 * em,
                          .row = 1.5 * em};
  const double left = TITLE * em + self.names;
  const double width = area->width - left - self.edge - gap;
  const double height = area->height - self.top - self.row - gap;
  const double cell = MIN(width, height) / n;

  self.cell = MAX(cell >= 4 ? floor(cell) : cell, 0.5);
  self.cells =
      (Rect){floor(area->x + left), floor(area->y + self.top), n * self.cell, n * self.cell};
  return self;
}

Rect confusion_extent(const ConfusionLayout *self) {
  const double left = 1.4 * self->top / 2.6 + self->names;

  return (Rect){self->cells.x - left, self->cells.y - self->top,
                left + self->cells.width + self->edge + 0.2 * self->row,
                self->top + self->cells.height + 1.2 * self->row};
}

Rect confusion_cell(const ConfusionLayout *self, int truth, int guess) {
  return (Rect){self->cells.x + guess * self->cell, self->cells.y + truth * self->cell, self->cell,
                self->cell};
}

Rect confusion_recall_cell(const ConfusionLayout *self, int label) {
  Rect cell = confusion_cell(self, label, self->n);

  cell.x += 0.2 * self->row;
  cell.width = self->edge;
  return cell;
}

Rect confusion_precision_cell(const ConfusionLayout *self, int label) {
  Rect cell = confusion_cell(self, self->n, label);

  cell.y += 0.2 * self->row;
  cell.height = self->row;
  return cell;
}

/* --- colours --- */

/* Wrong answers go towards orange, right ones towards blue; nothing is the background. */
static double tint(const ConfusionCounts *counts, ConfusionScale scale, int truth, int guess) {
  const double count = confusion_at(counts, truth, guess);
  const double row = MAX(counts->truths[truth], 1), wrong = MAX(counts->most_wrong, 1);

  switch (scale) {
  case CONFUSION_MISTAKES:
    return truth == guess ? 0 : count / wrong;
  case CONFUSION_ALL:
    return (truth == guess ? -1 : 1) * count / MAX(counts->most, 1);
  case CONFUSION_SHARES:
    break;
  }
  return truth == guess ? -0.6 * count / row : count / row;
}

static double largest_share(const ConfusionCounts *counts) {
  double largest = 1e-9;

  for (int truth = 0; truth < counts->n; truth++)
    for (int guess = 0; guess < counts->n; guess++)
      if (truth != guess && counts->truths[truth] > 0)
        largest = MAX(largest, (double)confusion_at(counts, truth, guess) / counts->truths[truth]);
  return largest;
}

static Color cell_color(const Canvas *canvas, const ConfusionCounts *counts, ConfusionScale scale,
                        double largest, int truth, int guess) {
  const Scale colors = {MAP_SIGNED, -1, 1};
  double value = tint(counts, scale, truth, guess);

  if (value == 0)
    return theme_background(canvas->theme);
  if (scale == CONFUSION_SHARES && truth != guess)
    value /= largest;
  return scale_color(&colors, canvas->theme, CLAMP(value, -1, 1));
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
  const double largest = largest_share(counts);
  const double size = number_size(canvas, layout, counts, scale);
  TextStyle style = {.size = size, .align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE};
  char text[NUMBER_SIZE];

  for (int truth = 0; truth < counts->n; truth++)
    for (int guess = 0; guess < counts->n; guess++) {
      const Rect cell = confusion_cell(layout, truth, guess);
      const Color color = cell_color(canvas, counts, scale, largest, truth, guess);
      const gboolean plain = tint(counts, scale, truth, guess) == 0;
      canvas_fill_rect(canvas, &cell, color);
      cell_text(counts, scale, truth, guess, text);
      style.color = plain ? theme_dim(canvas->theme) : color_readable_on(color);
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

static void draw_names(const Canvas *canvas, const ConfusionLayout *layout,
                       const Dataset *dataset) {
  const double em = canvas->theme->em, cell = layout->cell;
  TextStyle style = {.size = NAME_SIZE, .align_vertical = ALIGN_CENTRE};
  const int every = MAX(1, (int)ceil(0.95 * em / cell));

  for (int i = 0; i < layout->n; i += every) {
    const Rect row = {layout->cells.x - layout->names, layout->cells.y + i * cell,
                      layout->names - 0.35 * em, cell * every};
    const Rect column = {layout->cells.x + i * cell, layout->cells.y - 1.3 * em, cell * every,
                         1.2 * em};
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
  const Rect recall = {cells->x + cells->width, cells->y - 1.3 * em, layout->edge + 0.2 * em,
                       1.2 * em};
  const Rect precision = {cells->x - layout->names - TITLE * em,
                          cells->y + cells->height + 0.2 * layout->row,
                          layout->names + TITLE * em - 0.35 * em, layout->row};
  TextStyle style = {
      .size = 0.85, .color = dim, .align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE};

  canvas_text_in(canvas, &guess, &style, "read as");
  style.align = ALIGN_END;
  canvas_text_in(canvas, &recall, &style, "recall");
  canvas_text_in(canvas, &precision, &style, "prec.");
  style.align = ALIGN_CENTRE;
  style.angle = -G_PI / 2;
  canvas_text(canvas, cells->x - layout->names - TITLE * em / 2, cells->y + cells->height / 2,
              &style, "truth");
}

static void draw_edges(const Canvas *canvas, const ConfusionLayout *layout,
                       const ConfusionCounts *counts) {
  const double em = canvas->theme->em;
  TextStyle style = {.size = 0.85, .align = ALIGN_END, .align_vertical = ALIGN_CENTRE};
  char text[NUMBER_SIZE];
  double width, height;

  canvas_text_size(canvas, &style, "99.9", &width, &height);
  const gboolean narrow = width > 0.98 * layout->cell;
  const int every = MAX(1, (int)ceil(0.95 * em / layout->cell));
  for (int i = 0; i < layout->n; i += every) {
    Rect recall = confusion_recall_cell(layout, i), precision = confusion_precision_cell(layout, i);
    const double found = confusion_recall(counts, i), right = confusion_precision(counts, i);
    style.align = ALIGN_END;
    recall.height *= every;
    canvas_text_in(canvas, &recall, &style, percent_text(found, text));
    style.align = ALIGN_CENTRE;
    number_text(narrow ? round(100 * right) : 100 * right, text);
    precision.width *= every;
    canvas_text_in(canvas, &precision, &style, text);
  }
}

void confusion_draw(const Canvas *canvas, const ConfusionLayout *layout,
                    const ConfusionCounts *counts, const Dataset *dataset, ConfusionScale scale) {
  draw_cells(canvas, layout, counts, scale);
  draw_lines(canvas, layout);
  draw_names(canvas, layout, dataset);
  draw_titles(canvas, layout);
  draw_edges(canvas, layout, counts);
}
