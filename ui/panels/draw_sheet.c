#include "ui/panels/draw_sheet.h"

#include "ui/chart/bars.h"
#include "ui/chart/image_grid.h"
#include "ui/panels/panel_words.h"

#include <math.h>

#define GRID_FROM 7.0 /* canvas pixels of one of the sheet's: its grid is shown */
#define SEEN_MOST 10.0
#define LEAST_COLUMN 13.0 /* em: bars and picture one above the other */
#define SEEN_LEAST 3.4    /* em, of the picture that the network sees */

static const Scale INK = {MAP_INK, 0, 1};

DrawAnswer draw_sheet_answer(const Panel *panel) {
  const DrawDigit *state = panel->state;
  DrawAnswer answer = ink_is_empty(&state->ink) ? (DrawAnswer){.first = -1} : draw_answer(panel);

  answer.n = MIN(answer.n, DRAW_MOST_BARS);
  return answer;
}

/* --- places --- */

static Rect square_in(Rect area) {
  const double side = floor(MIN(area.width, area.height));

  return (Rect){floor(area.x), floor(area.y), side, side};
}

/* The picture as the network sees it in a row of that height, its label beside it; whole pixels
 * where they fit. */
static void place_seen(DrawPlaces *self, Rect row, double em) {
  const double room = MIN(row.width, row.height);
  const double side = room >= INK_SIDE ? floor(room / INK_SIDE) * INK_SIDE : room;

  self->seen = square_in(rect_cut_left(&row, side));
  self->seen.width = self->seen.height = MIN(self->seen.width, side);
  rect_cut_left(&row, 0.7 * em);
  row.height = self->seen.height;
  self->seen_label = row;
}

static void place_answer(DrawPlaces *self, Rect column, double em) {
  self->words = rect_cut_top(&column, 1.7 * em);
  self->details = rect_cut_top(&column, 1.4 * em);
  rect_cut_top(&column, 0.3 * em);
  self->bars = column;
  self->bars.height = MIN(column.height, 10 * 2.4 * em);
}

/* Side by side: what the network sees goes under the sheet where there is as much room, else under
 * the bars unless they need it all. */
static DrawPlaces places_beside(Rect area, double em) {
  const double wanted = CLAMP(0.2 * area.height, SEEN_LEAST * em, SEEN_MOST * em);
  Rect left =
      rect_cut_left(&area, MIN(area.height, (area.width < 30 * em ? 0.53 : 0.57) * area.width));
  DrawPlaces self = {.sheet = square_in(left)};

  rect_cut_left(&area, em);
  area.height = MIN(area.height, MAX(self.sheet.height, 26 * em)); /* both end together */
  rect_cut_top(&left, self.sheet.height + 0.7 * em);
  if (left.height >= wanted) {
    left.height = MIN(left.height, SEEN_MOST * em);
    place_seen(&self, left, em);
  } else if (area.height > LEAST_COLUMN * em) {
    place_seen(&self, rect_cut_bottom(&area, wanted), em);
    rect_cut_bottom(&area, 0.7 * em);
  }
  place_answer(&self, area, em);
  return self;
}

/* One above the other: what the network sees goes beside the sheet. */
static DrawPlaces places_below(Rect area, double em) {
  Rect top = rect_cut_top(&area, MIN(0.72 * area.width, 0.5 * area.height));
  DrawPlaces self = {.sheet = square_in(rect_cut_left(&top, top.height))};

  rect_cut_left(&top, 0.7 * em);
  Rect seen = top;
  seen.height = MIN(MIN(seen.width, seen.height), SEEN_MOST * em);
  place_seen(&self, seen, em);
  rect_cut_top(&top, self.seen.height + 0.4 * em);
  self.seen_label = top;
  rect_cut_top(&area, 0.6 * em);
  place_answer(&self, area, em);
  return self;
}

DrawPlaces draw_sheet_places(const Canvas *canvas) {
  const double em = canvas->theme->em;
  const Rect area = rect_inset((Rect){0, 0, canvas->width, canvas->height}, 0.7 * em);

  return area.width > 0.9 * area.height ? places_beside(area, em) : places_below(area, em);
}

static double zoom_of(const DrawPlaces *self) { return self->sheet.width / INK_SIDE; }

Rect draw_sheet_cell(const DrawPlaces *self, int column, int row) {
  const double zoom = zoom_of(self);

  return (Rect){self->sheet.x + column * zoom, self->sheet.y + row * zoom, zoom, zoom};
}

Rect draw_seen_cell(const DrawPlaces *self, int pixel) {
  const double zoom = self->seen.width / INK_SIDE;

  return (Rect){self->seen.x + pixel % INK_SIDE * zoom, self->seen.y + pixel / INK_SIDE * zoom,
                zoom, zoom};
}

/* --- the sheet --- */

static Color ink_color(const Theme *theme, double value) { return scale_color(&INK, theme, value); }

static void draw_grid(const Canvas *canvas, const DrawPlaces *places) {
  const double zoom = zoom_of(places), side = places->sheet.width;
  const double box = RASTER_BOX * zoom, dashes[] = {4, 4};
  const Rect *sheet = &places->sheet;
  cairo_t *cr = canvas->cr;

  cairo_set_line_width(cr, 1);
  canvas_set_color(canvas, color_with_alpha(theme_grid(canvas->theme), 0.6));
  for (int i = 1; i < INK_SIDE && zoom >= GRID_FROM; i++) {
    cairo_move_to(cr, floor(sheet->x + i * zoom) + 0.5, sheet->y);
    cairo_rel_line_to(cr, 0, side);
    cairo_move_to(cr, sheet->x, floor(sheet->y + i * zoom) + 0.5);
    cairo_rel_line_to(cr, side, 0);
  }
  cairo_stroke(cr);
  canvas_set_color(canvas, color_with_alpha(theme_dim(canvas->theme), 0.55));
  cairo_set_dash(cr, dashes, 2, 0);
  cairo_rectangle(cr, sheet->x + (side - box) / 2, sheet->y + (side - box) / 2, box, box);
  cairo_stroke(cr);
  cairo_set_dash(cr, NULL, 0, 0);
}

static void draw_ink(Panel *panel, const Canvas *canvas, const DrawPlaces *places) {
  const GArray *points = ((DrawDigit *)panel->state)->ink.points;
  cairo_t *cr = canvas->cr;
  const double zoom = zoom_of(places);

  cairo_save(cr);
  cairo_translate(cr, places->sheet.x, places->sheet.y);
  cairo_scale(cr, zoom, zoom);
  canvas_set_color(canvas, ink_color(canvas->theme, 1));
  cairo_set_line_width(cr, panel_value(panel, "pen"));
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  for (guint i = 0; i < points->len; i++) {
    const InkPoint *point = &g_array_index(points, InkPoint, i);
    if (point->lift)
      cairo_move_to(cr, (double)point->x, (double)point->y);
    else
      cairo_line_to(cr, (double)point->x, (double)point->y);
  }
  cairo_stroke(cr);
  cairo_restore(cr);
}

static void draw_invitation(const Canvas *canvas, const DrawPlaces *places) {
  static const char *const WORDS[] = {"Draw a digit here", "Draw a digit", "Draw", NULL};
  const double em = canvas->theme->em;
  const TextStyle style = {.size = 1.15, .align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE};
  const Rect box = rect_inset(places->sheet, 0.1 * places->sheet.width);
  const Rect first = {box.x, box.y + box.height / 2 - 1.8 * em, box.width, 1.6 * em};
  const Rect second = {box.x, first.y + 1.8 * em, box.width, 3 * em};

  canvas_text_in(canvas, &first, &style, text_fitting(canvas, &style, first.width, WORDS));
  if (box.width < 7 * em)
    return;
  canvas_paragraph(
      canvas, &second,
      &(TextStyle){.size = 0.85, .color = theme_dim(canvas->theme), .align = ALIGN_CENTRE},
      "mouse, finger or arrow keys");
}

static void draw_ring(const Canvas *canvas, double x, double y, double radius, double width) {
  canvas_set_color(canvas, theme_accent(canvas->theme));
  cairo_set_line_width(canvas->cr, width);
  cairo_new_sub_path(canvas->cr);
  cairo_arc(canvas->cr, x, y, MAX(radius, 2), 0, 2 * G_PI);
  cairo_stroke(canvas->cr);
}

/* What the pen would cover: where the pointer is, or the keyboard's cursor (bold: set down). */
static void draw_pen(Panel *panel, const Canvas *canvas, const DrawPlaces *places) {
  const DrawDigit *state = panel->state;
  const gboolean erasing = panel_value(panel, "eraser") != 0;
  const double zoom = zoom_of(places);
  const double radius = (erasing ? INK_ERASER : panel_value(panel, "pen") / 2) * zoom;

  if (state->keys && state->place == DRAW_SHEET) {
    const Rect cell = draw_sheet_cell(places, state->column, state->row);
    draw_ring(canvas, cell.x + zoom / 2, cell.y + zoom / 2, MAX(radius, 0.5 * canvas->theme->em),
              state->ink.down ? 3 : 1.5);
  } else if (rect_contains(&places->sheet, panel->pointer_x, panel->pointer_y))
    draw_ring(canvas, panel->pointer_x, panel->pointer_y, radius, 1);
}

static void draw_sheet(Panel *panel, const Canvas *canvas, const DrawPlaces *places) {
  cairo_save(canvas->cr);
  cairo_rectangle(canvas->cr, places->sheet.x, places->sheet.y, places->sheet.width,
                  places->sheet.height);
  cairo_clip(canvas->cr);
  canvas_fill_rect(canvas, &places->sheet, ink_color(canvas->theme, 0));
  draw_grid(canvas, places);
  if (ink_is_empty(&((DrawDigit *)panel->state)->ink))
    draw_invitation(canvas, places);
  draw_ink(panel, canvas, places);
  draw_pen(panel, canvas, places);
  cairo_restore(canvas->cr);
  canvas_stroke_rect(canvas, &places->sheet, theme_dim(canvas->theme), 1);
}

/* --- what the network sees --- */

static void draw_seen(Panel *panel, const Canvas *canvas, const DrawPlaces *places) {
  DrawDigit *state = panel->state;
  const double em = canvas->theme->em;
  Rect label = places->seen_label;

  if (places->seen.width < 1)
    return;
  picture_draw(canvas, &places->seen,
               &(Picture){state->pixels, INK_SIDE, INK_SIDE, INK_SIDE, 1, INK});
  canvas_stroke_rect(canvas, &places->seen, theme_dim(canvas->theme), 1);
  if (label.width < 4 * em || label.height < 1.2 * em)
    return;
  const double used = canvas_paragraph(
      canvas, &label, &(TextStyle){.size = 0.85, .color = theme_dim(canvas->theme)},
      "What the network sees");
  rect_cut_top(&label, used + 0.4 * em);
  label.width = MIN(label.width, 8 * em);
  if (label.height >= color_bar_height(canvas))
    color_bar_draw(canvas, &label, &INK, NULL);
}

/* --- the answer --- */

/* To a thousandth: what is smaller is told where one points. */
static void draw_bars(Panel *panel, const Canvas *canvas, const DrawPlaces *places,
                      const DrawAnswer *answer) {
  Bar bars[DRAW_MOST_BARS];

  for (int i = 0; i < answer->n; i++)
    bars[i] =
        (Bar){class_label(panel->dataset, i), round(1000 * (double)answer->probability[i]) / 1000,
              theme_series(canvas->theme, (guint)i), i == answer->first};
  bars_draw(canvas, &places->bars, bars, answer->n, 1);
}

static void draw_no_answer(Panel *panel, const Canvas *canvas, const DrawPlaces *places) {
  const gboolean empty = ink_is_empty(&((DrawDigit *)panel->state)->ink);
  const gboolean narrow = places->words.width < 7 * canvas->theme->em;
  Rect area = places->words;

  area.height = places->bars.y + places->bars.height - area.y;
  canvas_placeholder(canvas, &area,
                     !empty   ? "Asking the network …"
                     : narrow ? "…"
                              : "The answer appears here while you draw.");
}

static void draw_the_answer(Panel *panel, const Canvas *canvas, const DrawPlaces *places) {
  const DrawAnswer answer = draw_sheet_answer(panel);
  const TextStyle bold = {.size = 1.15, .bold = TRUE, .align_vertical = ALIGN_CENTRE};
  const TextStyle dim = {.size = 0.85, .color = theme_dim(canvas->theme)};
  char longest[DRAW_ANSWER_WORDS], shorter[DRAW_ANSWER_WORDS];
  const char *candidates[] = {longest, shorter, NULL};

  if (answer.n == 0) {
    draw_no_answer(panel, canvas, places);
    return;
  }
  draw_answer_words(panel, &answer, longest, shorter);
  canvas_text_in(canvas, &places->words, &bold,
                 text_fitting(canvas, &bold, places->words.width, candidates));
  draw_answer_details(panel, &answer, longest, shorter);
  canvas_text_in(canvas, &places->details, &dim,
                 text_fitting(canvas, &dim, places->details.width, candidates));
  draw_bars(panel, canvas, places, &answer);
}

void draw_sheet_look(Panel *panel, const Canvas *canvas) {
  const DrawPlaces places = draw_sheet_places(canvas);

  draw_sheet(panel, canvas, &places);
  draw_the_answer(panel, canvas, &places);
  draw_seen(panel, canvas, &places);
}
