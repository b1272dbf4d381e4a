#include "ui/chart/diagram.h"

#include <math.h>

#define GAP 1.4 /* em between boxes: room for an arrow */

/* A rank is what lies on one level: one more than the deepest box that is read. */
static int rank_of(const DiagramBox *boxes, int i) {
  int rank = 0;

  for (int k = 0; k < 4 && boxes[i].from[k] >= 0; k++)
    if (boxes[i].from[k] < i)
      rank = MAX(rank, rank_of(boxes, boxes[i].from[k]) + 1);
  return rank;
}

typedef struct {
  int rank, place, ranks, abreast; /* of the box; how many levels; boxes on its level */
} Place;

static Place place_of(const DiagramBox *boxes, int n, int i) {
  Place place = {.rank = rank_of(boxes, i)};

  for (int k = 0; k < n; k++) {
    const int rank = rank_of(boxes, k);
    place.ranks = MAX(place.ranks, rank + 1);
    place.abreast += rank == place.rank;
    place.place += rank == place.rank && k < i;
  }
  return place;
}

static gboolean is_chain(const DiagramBox *boxes, int n) {
  for (int i = 1; i < n; i++)
    if (boxes[i].from[0] != i - 1 || boxes[i].from[1] >= 0)
      return FALSE;
  return TRUE;
}

/* How many boxes of a chain lie side by side, so that they are as readable as may be. */
static int chain_columns(const Rect *area, int n, double em) {
  const int fit = MAX((int)((area->width + GAP * em) / ((12 + GAP) * em)), 1);
  const int rows = MAX((int)((area->height + GAP * em) / ((4.4 + GAP) * em)), 1);

  return CLAMP((n + rows - 1) / rows, 1, MIN(fit, n));
}

/* A snake: every other row runs back, so that neighbours stay neighbours. */
static Rect chain_box(const Rect *area, int n, int i, double em) {
  const int columns = chain_columns(area, n, em), rows = (n + columns - 1) / columns;
  const double gap_x = GAP * 1.6 * em;
  const double width = MIN((area->width - gap_x * (columns - 1)) / columns, 22 * em);
  const double height = MIN((area->height - GAP * em * (rows - 1)) / rows, 5.4 * em);
  const int row = i / columns, k = i % columns, column = row % 2 == 0 ? k : columns - 1 - k;
  const double used_x = width * columns + gap_x * (columns - 1);
  const double used_y = height * rows + GAP * em * (rows - 1);

  return (Rect){area->x + (area->width - used_x) / 2 + column * (width + gap_x),
                area->y + (area->height - used_y) / 2 + row * (height + GAP * em), MAX(width, 0),
                MAX(height, 0)};
}

Rect diagram_box(const Rect *area, const DiagramBox *boxes, int n, int i, double em) {
  if (is_chain(boxes, n))
    return chain_box(area, n, i, em);
  const Place place = place_of(boxes, n, i);
  const double height = (area->height - GAP * em * (place.ranks - 1)) / place.ranks;
  const double width = (area->width - GAP * em * (place.abreast - 1)) / place.abreast;

  return (Rect){area->x + place.place * (width + GAP * em),
                area->y + place.rank * (height + GAP * em), MAX(width, 0), MAX(height, 0)};
}

/* --- drawing --- */

static void draw_texts(const Canvas *canvas, Rect inside, const DiagramBox *box) {
  const double em = canvas->theme->em;
  const TextStyle title = {.size = 0.95, .bold = TRUE, .align_vertical = ALIGN_CENTRE};
  const TextStyle line = {
      .size = 0.85, .color = theme_dim(canvas->theme), .align_vertical = ALIGN_CENTRE};

  const Rect first = rect_cut_top(&inside, MIN(1.4 * em, inside.height));
  canvas_text_in(canvas, &first, &title, box->title);
  for (int k = 0; k < 3 && box->lines[k] != NULL; k++) {
    if (inside.height < 1.1 * em)
      return;
    const Rect row = rect_cut_top(&inside, 1.2 * em);
    canvas_text_in(canvas, &row, &line, box->lines[k]);
  }
}

static void draw_box(const Canvas *canvas, const Rect *rect, const DiagramBox *box,
                     gboolean selected) {
  const double em = canvas->theme->em;
  const Rect edge = {rect->x, rect->y, 0.35 * em, rect->height};

  canvas_fill_rect(canvas, rect, color_with_alpha(box->color, 0.08));
  canvas_stroke_rect(canvas, rect, selected ? theme_accent(canvas->theme) : box->color,
                     selected ? 2.5 : 1);
  canvas_fill_rect(canvas, &edge, box->color);
  Rect inside = {rect->x + 0.8 * em, rect->y + 0.2 * em, rect->width - 1.1 * em,
                 rect->height - 0.4 * em};
  if (box->weight >= 0 && rect->height > 3 * em) {
    Rect bar = rect_cut_bottom(&inside, 0.45 * em);
    canvas_fill_rect(canvas, &bar, color_with_alpha(theme_grid(canvas->theme), 0.8));
    bar.width *= CLAMP(box->weight, 0, 1);
    canvas_fill_rect(canvas, &bar, box->color);
  }
  draw_texts(canvas, inside, box);
}

static void draw_head(const Canvas *canvas, double x, double y, double angle, double size) {
  cairo_save(canvas->cr);
  cairo_translate(canvas->cr, x, y);
  cairo_rotate(canvas->cr, angle);
  cairo_move_to(canvas->cr, 0, 0);
  cairo_line_to(canvas->cr, -size, -size / 2);
  cairo_line_to(canvas->cr, -size, size / 2);
  cairo_close_path(canvas->cr);
  cairo_fill(canvas->cr);
  cairo_restore(canvas->cr);
}

/* From the side of one box that faces the other. */
static void draw_arrow(const Canvas *canvas, const Rect *a, const Rect *b) {
  const double em = canvas->theme->em;
  const gboolean beside = fabs(a->y - b->y) < a->height / 2;
  const gboolean right = b->x > a->x;
  const double x0 = beside ? (right ? a->x + a->width : a->x) : a->x + a->width / 2;
  const double y0 = beside ? a->y + a->height / 2 : a->y + a->height;
  const double x1 = beside ? (right ? b->x : b->x + b->width) : b->x + b->width / 2;
  const double y1 = beside ? b->y + b->height / 2 : b->y;

  canvas_set_color(canvas, theme_dim(canvas->theme));
  cairo_set_line_width(canvas->cr, 1.5);
  cairo_move_to(canvas->cr, x0, y0);
  cairo_line_to(canvas->cr, x1, y1);
  cairo_stroke(canvas->cr);
  draw_head(canvas, x1, y1, atan2(y1 - y0, x1 - x0), 0.6 * em);
}

void diagram_draw(const Canvas *canvas, const Rect *area, const DiagramBox *boxes, int n,
                  int selected) {
  const double em = canvas->theme->em;

  for (int i = 0; i < n; i++) {
    const Rect to = diagram_box(area, boxes, n, i, em);
    for (int k = 0; k < 4 && boxes[i].from[k] >= 0; k++) {
      const Rect from = diagram_box(area, boxes, n, boxes[i].from[k], em);
      draw_arrow(canvas, &from, &to);
    }
  }
  for (int i = 0; i < n; i++) {
    const Rect rect = diagram_box(area, boxes, n, i, em);
    draw_box(canvas, &rect, &boxes[i], i == selected);
  }
}

int diagram_hit(const Rect *area, const DiagramBox *boxes, int n, double em, double x, double y) {
  for (int i = 0; i < n; i++) {
    const Rect rect = diagram_box(area, boxes, n, i, em);
    if (rect_contains(&rect, x, y))
      return i;
  }
  return -1;
}
