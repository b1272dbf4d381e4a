/* Draw a digit by hand and see what the net makes of it while it trains. */
#include "ui/chart/bars.h"
#include "ui/chart/image_grid.h"
#include "ui/panels/draw_answer.h"
#include "ui/panels/ink_drawing.h"
#include "ui/panels/panel_words.h"

#include <math.h>

#define MOST_BARS 32
#define BOX_SIDE RASTER_BOX
#define GRID_FROM 7.0 /* canvas pixels of one of the sheet's: its grid is shown */
#define NO_BAR (-1)

typedef struct {
  InkDrawing ink;
  float pixels[INK_PIXELS]; /* what the network sees */
  /* The keyboard's cursor, once it was used: a pixel of the sheet, or a bar. */
  gboolean keys;
  int column, row, bar;
} DrawDigit;

typedef struct {
  Rect sheet, words, details, bars, seen, seen_label;
} Places;

static gboolean can_be_drawn(const Panel *self) {
  return self->dataset == NULL || shape_size(&self->dataset->input) == INK_PIXELS;
}

/* What there is to show; n 0 on an empty sheet, too. */
static DrawAnswer answer_of(const Panel *self) {
  const DrawDigit *state = self->state;
  DrawAnswer answer = ink_is_empty(&state->ink) ? (DrawAnswer){.first = -1} : draw_answer(self);

  answer.n = MIN(answer.n, MOST_BARS);
  return answer;
}

/* --- the picture --- */

/* The picture has changed: the network is asked anew. */
static void ask(Panel *self) {
  DrawDigit *state = self->state;

  ink_pixels(&state->ink, panel_value(self, "pen"), panel_value(self, "prepare") != 0,
             state->pixels);
  if (self->host.draw_input != NULL)
    self->host.draw_input(self->host.data, ink_is_empty(&state->ink) ? NULL : state->pixels);
  panel_redraw(self);
}

static void lift(Panel *self) {
  DrawDigit *state = self->state;

  if (!ink_lift(&state->ink))
    return;
  ask(self);
  if (!state->ink.erasing && self->host.did != NULL)
    self->host.did(self->host.data, "draw_digit");
}

static void press(Panel *self, double x, double y) {
  DrawDigit *state = self->state;

  lift(self);
  if (ink_press(&state->ink, x, y, panel_value(self, "eraser") != 0))
    ask(self);
}

static void drag(Panel *self, double x, double y) {
  if (ink_drag(&((DrawDigit *)self->state)->ink, x, y))
    ask(self);
}

static void undo(Panel *self) {
  if (ink_undo(&((DrawDigit *)self->state)->ink))
    ask(self);
}

static void wipe(Panel *self) {
  if (ink_wipe(&((DrawDigit *)self->state)->ink))
    ask(self);
}

static void init(Panel *self) {
  DrawDigit *state = self->state;

  ink_init(&state->ink);
  state->column = state->row = INK_SIDE / 2;
  state->bar = NO_BAR;
}

static void clear(Panel *self) { ink_free(&((DrawDigit *)self->state)->ink); }

static void control(Panel *self, const char *id, double value) {
  if (g_str_equal(id, "undo"))
    undo(self);
  else if (g_str_equal(id, "clear"))
    wipe(self);
  else if (!g_str_equal(id, "eraser"))
    ask(self);
}

static gboolean control_sensitive(const Panel *self, const char *id) {
  const InkDrawing *ink = &((DrawDigit *)self->state)->ink;

  if (g_str_equal(id, "undo"))
    return ink_can_undo(ink);
  return !g_str_equal(id, "clear") || !ink_is_empty(ink);
}

/* --- places --- */

static Rect square_in(Rect area) {
  const double side = floor(MIN(area.width, area.height));

  return (Rect){floor(area.x), floor(area.y), side, side};
}

/* The picture as the network sees it, beside its label, under the bars. */
static void place_seen(Places *self, Rect *column, double em) {
  const double wanted = CLAMP(0.24 * column->height, 3.4 * em, 10 * em);
  const double side =
      MIN(wanted >= INK_SIDE ? floor(wanted / INK_SIDE) * INK_SIDE : wanted, column->width);
  Rect row = rect_cut_bottom(column, side);

  rect_cut_bottom(column, 0.7 * em);
  self->seen = square_in(rect_cut_left(&row, side));
  rect_cut_left(&row, 0.7 * em);
  self->seen_label = row;
}

static Places places_of(const Canvas *canvas) {
  const double em = canvas->theme->em;
  Rect area = rect_inset((Rect){0, 0, canvas->width, canvas->height}, 0.7 * em), sheet, column;
  Places self;

  if (area.width > 1.1 * area.height) {
    sheet = rect_cut_left(&area, MIN(area.height, 0.58 * area.width));
    rect_cut_left(&area, em);
  } else {
    sheet = rect_cut_top(&area, MIN(area.width, 0.5 * area.height));
    rect_cut_top(&area, em);
  }
  self.sheet = square_in(sheet);
  column = area;
  self.words = rect_cut_top(&column, 1.7 * em);
  self.details = rect_cut_top(&column, 1.4 * em);
  rect_cut_top(&column, 0.3 * em);
  place_seen(&self, &column, em);
  self.bars = column;
  self.bars.height = MIN(column.height, 10 * 2.4 * em);
  return self;
}

static double zoom_of(const Places *self) { return self->sheet.width / INK_SIDE; }

static Rect sheet_cell(const Places *self, int column, int row) {
  const double zoom = zoom_of(self);

  return (Rect){self->sheet.x + column * zoom, self->sheet.y + row * zoom, zoom, zoom};
}

/* --- drawing --- */

static Color ink_color(const Theme *theme, double value) {
  return scale_color(&(Scale){MAP_INK, 0, 1}, theme, value);
}

static void draw_grid(const Canvas *canvas, const Places *places) {
  const double zoom = zoom_of(places), side = places->sheet.width;
  const double box = BOX_SIDE * zoom, dashes[] = {4, 4};
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

static void draw_ink(Panel *self, const Canvas *canvas, const Places *places) {
  const GArray *points = ((DrawDigit *)self->state)->ink.points;
  cairo_t *cr = canvas->cr;
  const double zoom = zoom_of(places);

  cairo_save(cr);
  cairo_translate(cr, places->sheet.x, places->sheet.y);
  cairo_scale(cr, zoom, zoom);
  canvas_set_color(canvas, ink_color(canvas->theme, 1));
  cairo_set_line_width(cr, panel_value(self, "pen"));
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

static void draw_invitation(const Canvas *canvas, const Places *places) {
  const double em = canvas->theme->em;
  const Rect box = rect_inset(places->sheet, 0.16 * places->sheet.width);
  const Rect first = {box.x, box.y + box.height / 2 - 1.8 * em, box.width, 1.6 * em};
  const Rect second = {box.x, first.y + 1.8 * em, box.width, 3 * em};

  canvas_text_in(canvas, &first,
                 &(TextStyle){.size = 1.15, .align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE},
                 "Draw a digit here");
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
static void draw_pen(Panel *self, const Canvas *canvas, const Places *places) {
  const DrawDigit *state = self->state;
  const gboolean erasing = panel_value(self, "eraser") != 0;
  const double zoom = zoom_of(places);
  const double radius = (erasing ? INK_ERASER : panel_value(self, "pen") / 2) * zoom;

  if (state->keys && state->bar == NO_BAR) {
    const Rect cell = sheet_cell(places, state->column, state->row);
    draw_ring(canvas, cell.x + zoom / 2, cell.y + zoom / 2, MAX(radius, 0.5 * canvas->theme->em),
              state->ink.down ? 3 : 1.5);
  } else if (rect_contains(&places->sheet, self->pointer_x, self->pointer_y))
    draw_ring(canvas, self->pointer_x, self->pointer_y, radius, 1);
}

static void draw_sheet(Panel *self, const Canvas *canvas, const Places *places) {
  cairo_save(canvas->cr);
  canvas_fill_rect(canvas, &places->sheet, ink_color(canvas->theme, 0));
  draw_grid(canvas, places);
  if (ink_is_empty(&((DrawDigit *)self->state)->ink))
    draw_invitation(canvas, places);
  cairo_rectangle(canvas->cr, places->sheet.x, places->sheet.y, places->sheet.width,
                  places->sheet.height);
  cairo_clip(canvas->cr);
  draw_ink(self, canvas, places);
  draw_pen(self, canvas, places);
  cairo_restore(canvas->cr);
  canvas_stroke_rect(canvas, &places->sheet, theme_dim(canvas->theme), 1);
}

static void draw_seen(Panel *self, const Canvas *canvas, const Places *places) {
  DrawDigit *state = self->state;

  picture_draw(canvas, &places->seen,
               &(Picture){state->pixels, INK_SIDE, INK_SIDE, INK_SIDE, 1, {MAP_INK, 0, 1}});
  canvas_stroke_rect(canvas, &places->seen, theme_dim(canvas->theme), 1);
  canvas_paragraph(canvas, &places->seen_label,
                   &(TextStyle){.size = 0.85, .color = theme_dim(canvas->theme)},
                   "What the network sees");
}

static void draw_bars(Panel *self, const Canvas *canvas, const Places *places,
                      const DrawAnswer *answer) {
  Bar bars[MOST_BARS];

  for (int i = 0; i < answer->n; i++)
    bars[i] = (Bar){class_label(self->dataset, i), (double)answer->probability[i],
                    theme_series(canvas->theme, (guint)i), i == answer->first};
  bars_draw(canvas, &places->bars, bars, answer->n, 1);
}

static void draw_answer_of(Panel *self, const Canvas *canvas, const Places *places) {
  const DrawAnswer answer = answer_of(self);
  const TextStyle bold = {.size = 1.15, .bold = TRUE, .align_vertical = ALIGN_CENTRE};
  const TextStyle dim = {.size = 0.85, .color = theme_dim(canvas->theme)};
  char longest[DRAW_ANSWER_WORDS], shorter[DRAW_ANSWER_WORDS];
  const char *candidates[] = {longest, shorter, NULL};

  if (answer.n == 0) {
    Rect area = places->words;
    area.height = places->bars.y + places->bars.height - area.y;
    canvas_placeholder(canvas, &area,
                       ink_is_empty(&((DrawDigit *)self->state)->ink)
                           ? "The answer appears here while you draw."
                           : "Asking the network …");
    return;
  }
  draw_answer_words(self, &answer, longest, shorter);
  canvas_text_in(canvas, &places->words, &bold,
                 text_fitting(canvas, &bold, places->words.width, candidates));
  draw_answer_details(self, &answer, longest, shorter);
  canvas_text_in(canvas, &places->details, &dim,
                 text_fitting(canvas, &dim, places->details.width, candidates));
  draw_bars(self, canvas, places, &answer);
}

static void draw(Panel *self, const Canvas *canvas) {
  const Rect all = {0, 0, canvas->width, canvas->height};
  const Places places = places_of(canvas);

  if (!can_be_drawn(self)) {
    canvas_placeholder(canvas, &all,
                       "Only pictures of 28 × 28 grey pixels can be drawn here, and this data set "
                       "has others.");
    return;
  }
  draw_sheet(self, canvas, &places);
  draw_answer_of(self, canvas, &places);
  draw_seen(self, canvas, &places);
}

/* --- pointer --- */

static gboolean pointer(Panel *self, const Canvas *canvas, PointerKind kind, double x, double y) {
  DrawDigit *state = self->state;
  const Places places = places_of(canvas);
  const double zoom = MAX(zoom_of(&places), 1e-6);
  const double column = (x - places.sheet.x) / zoom, row = (y - places.sheet.y) / zoom;

  if (!can_be_drawn(self))
    return FALSE;
  switch (kind) {
  case POINTER_PRESS:
  case POINTER_DOUBLE:
    if (!rect_contains(&places.sheet, x, y))
      return FALSE;
    state->keys = FALSE;
    press(self, column, row);
    return TRUE;
  case POINTER_DRAG:
    if (!state->ink.down || state->keys)
      return FALSE;
    drag(self, column, row);
    return TRUE;
  case POINTER_RELEASE:
    if (!state->ink.down || state->keys)
      return FALSE;
    lift(self);
    return TRUE;
  }
  return FALSE;
}

/* --- what is where --- */

/* The bar is the drawing's; what can be explained is the same output of the pinned example. */
static void hit_bar(Panel *self, const DrawAnswer *answer, int i, Hit *hit) {
  const Probe *pinned = self->look->probe;
  const char *name = class_label(self->dataset, i);
  char percent[NUMBER_SIZE], number[NUMBER_SIZE];

  percent_text((double)answer->probability[i], percent);
  if (pinned == NULL) {
    hit_text(hit, "%.24s: %s for your drawing", name, percent);
    return;
  }
  hit_text(hit,
           "%.24s: %s for your drawing. Click: how it comes about for the pinned %s picture %s",
           name, percent, part_name(pinned->part), count_text(pinned->example, number));
  g_strlcpy(hit->target.tensor, pinned->ends.output->name, sizeof hit->target.tensor);
  hit->target.offset = (gsize)i;
}

static gboolean hit_seen(Panel *self, const Places *places, double x, double y, Hit *hit) {
  const DrawDigit *state = self->state;
  const GridLayout grid = {.area = places->seen,
                           .n = 1,
                           .across = 1,
                           .down = 1,
                           .rows = INK_SIDE,
                           .columns = INK_SIDE,
                           .zoom = places->seen.width / INK_SIDE};
  const int column = CLAMP((int)((x - places->seen.x) / grid.zoom), 0, INK_SIDE - 1);
  const int row = CLAMP((int)((y - places->seen.y) / grid.zoom), 0, INK_SIDE - 1);
  char number[NUMBER_SIZE];

  hit->area = (Rect){places->seen.x + column * grid.zoom, places->seen.y + row * grid.zoom,
                     grid.zoom, grid.zoom};
  hit_text(hit, "your drawing [%d, %d, 0] = %s", row, column,
           number_text((double)state->pixels[row * INK_SIDE + column], number));
  return TRUE;
}

/* Under the keyboard's cursor only: the pointer draws there. */
static gboolean hit_sheet(Panel *self, const Places *places, Hit *hit) {
  const DrawDigit *state = self->state;

  if (!state->keys || state->bar != NO_BAR)
    return FALSE;
  hit->area = sheet_cell(places, state->column, state->row);
  hit_text(hit, "row %d, column %d, pen %s (Space)", state->row, state->column,
           state->ink.down ? "down" : "up");
  return TRUE;
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  const Places places = places_of(canvas);
  const DrawAnswer answer = answer_of(self);

  if (!can_be_drawn(self))
    return FALSE;
  if (rect_contains(&places.sheet, x, y))
    return hit_sheet(self, &places, hit);
  if (rect_contains(&places.seen, x, y))
    return hit_seen(self, &places, x, y, hit);
  const int bar = answer.n > 0 ? bars_hit(canvas, &places.bars, answer.n, x, y) : -1;
  if (bar < 0)
    return FALSE;
  hit->area = bars_row(&places.bars, answer.n, bar);
  hit_bar(self, &answer, bar, hit);
  return TRUE;
}

/* --- keyboard --- */

/* From the sheet to the bars and back, over the edge between them, with the pen up. */
static void move_between(DrawDigit *state, int n_bars, int dx, int dy) {
  const int column = state->column + dx, row = state->row + dy;

  if (state->bar != NO_BAR) {
    state->bar += dy;
    if (dx < 0 || state->bar < 0)
      state->bar = NO_BAR;
    state->bar = MIN(state->bar, n_bars - 1);
  } else if (n_bars > 0 && !state->ink.down && (column >= INK_SIDE || row >= INK_SIDE))
    state->bar = row >= INK_SIDE ? 0 : MIN(row * n_bars / INK_SIDE, n_bars - 1);
  else {
    state->column = CLAMP(column, 0, INK_SIDE - 1);
    state->row = CLAMP(row, 0, INK_SIDE - 1);
  }
}

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  DrawDigit *state = self->state;
  const Places places = places_of(canvas);
  const DrawAnswer answer = answer_of(self);
  Rect at;

  if (!can_be_drawn(self))
    return FALSE;
  if (!state->keys)
    lift(self);
  if (state->keys || state->bar >= answer.n)
    move_between(state, answer.n, dx, dy);
  state->keys = TRUE;
  if (state->bar == NO_BAR)
    drag(self, state->column + 0.5, state->row + 0.5);
  at = state->bar != NO_BAR ? bars_row(&places.bars, answer.n, state->bar)
                            : sheet_cell(&places, state->column, state->row);
  *x = at.x + at.width / 2;
  *y = at.y + at.height / 2;
  panel_redraw(self);
  return TRUE;
}

static gboolean toggle_pen(Panel *self) {
  DrawDigit *state = self->state;

  if (!state->keys || state->bar != NO_BAR || !can_be_drawn(self))
    return FALSE;
  if (state->ink.down)
    lift(self);
  else
    press(self, state->column + 0.5, state->row + 0.5);
  panel_redraw(self);
  return TRUE;
}

static gboolean key(Panel *self, const char *name, gboolean control) {
  const InkDrawing *ink = &((DrawDigit *)self->state)->ink;

  if (control) {
    if (!g_str_equal(name, "z") || !ink_can_undo(ink))
      return FALSE;
    undo(self);
    return TRUE;
  }
  if (g_str_equal(name, "Delete") && !ink_is_empty(ink)) {
    wipe(self);
    return TRUE;
  }
  if (g_str_equal(name, "Escape") && ink->down) {
    lift(self);
    return TRUE;
  }
  return (g_str_equal(name, "space") || g_str_equal(name, "Return") ||
          g_str_equal(name, "KP_Enter")) &&
         toggle_pen(self);
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  const DrawAnswer answer = answer_of(self);

  g_string_append(text, "class,probability\n");
  for (int i = 0; i < answer.n; i++) {
    csv_text(text, class_label(self->dataset, i));
    g_string_append_c(text, ',');
    csv_number(text, (double)answer.probability[i]);
    g_string_append_c(text, '\n');
  }
}

static char *describe(Panel *self) {
  const DrawAnswer answer = answer_of(self);
  char longest[DRAW_ANSWER_WORDS], details[DRAW_ANSWER_WORDS], shorter[DRAW_ANSWER_WORDS];

  if (ink_is_empty(&((DrawDigit *)self->state)->ink))
    return g_strdup("An empty sheet of 28 by 28 pixels. Arrow keys move the pen, Space sets it "
                    "down and lifts it.");
  if (answer.n == 0)
    return g_strdup("A drawing; the network has not answered yet.");
  draw_answer_words(self, &answer, longest, shorter);
  draw_answer_details(self, &answer, details, shorter);
  return g_strdup_printf("A drawing. %s, %s.", longest, details);
}

static const PanelControl CONTROLS[] = {
    {.id = "undo", .label = "Undo", .kind = CONTROL_BUTTON, .help = "Take the last line back"},
    {.id = "clear", .label = "Clear", .kind = CONTROL_BUTTON, .help = "An empty sheet"},
    {.id = "eraser",
     .label = "Eraser",
     .kind = CONTROL_TOGGLE,
     .help = "Rub ink out instead of drawing"},
    {.id = "pen",
     .label = "Pen",
     .kind = CONTROL_REAL,
     .help = "Width of the lines, in pixels of 28; MNIST's are 2 to 3 wide",
     .minimum = 1,
     .maximum = 5,
     .step = 0.1,
     .initial = 2.3},
    {.id = "prepare",
     .label = "Prepare as MNIST",
     .kind = CONTROL_TOGGLE,
     .initial = 1,
     .help = "Scale the drawing to 20 × 20 pixels and centre it by its mass, as MNIST's were"},
    {.id = NULL},
};

const PanelClass panel_draw_digit = {
    .name = "draw_digit",
    .title = "Draw a digit",
    .icon = "document-edit-symbolic",
    .help = "Your own picture, and what the network takes it for as it trains",
    .manual =
        "Draw with mouse or finger; or move with the arrows, Space or Enter sets the pen down "
        "and lifts it. Ctrl+Z takes a line back, Delete clears.",
    .state_size = sizeof(DrawDigit),
    .width = 560,
    .height = 340,
    .drags = TRUE,
    .controls = CONTROLS,
    .init = init,
    .clear = clear,
    .draw = draw,
    .hit = hit,
    .pointer = pointer,
    .move = move,
    .key = key,
    .control = control,
    .control_sensitive = control_sensitive,
    .csv = csv,
    .describe = describe,
};
