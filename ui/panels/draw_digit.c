/* Draw a digit by hand and see what the net makes of it while it trains. */
#include "ui/chart/bars.h"
#include "ui/panels/draw_sheet.h"
#include "ui/panels/panel_words.h"

static gboolean can_be_drawn(const Panel *self) {
  return self->dataset == NULL || shape_size(&self->dataset->field[0].row) == INK_PIXELS;
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
  if (state->ink.eraser <= 0 && self->host.did != NULL)
    self->host.did(self->host.data, "draw_digit");
}

static void press(Panel *self, double x, double y) {
  const double eraser = INK_ERASER + panel_value(self, "pen") / 2;

  lift(self);
  if (ink_press(&((DrawDigit *)self->state)->ink, x, y,
                panel_value(self, "eraser") != 0 ? eraser : 0))
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
}

static void clear(Panel *self) { ink_free(&((DrawDigit *)self->state)->ink); }

static void control(Panel *self, const char *id, double value) {
  (void)value;
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

static void draw(Panel *self, const Canvas *canvas) {
  const Rect all = {0, 0, canvas->width, canvas->height};

  if (can_be_drawn(self))
    draw_sheet_look(self, canvas);
  else
    canvas_placeholder(canvas, &all,
                       "Only pictures of 28 × 28 grey pixels can be drawn here, and this data set "
                       "has others.");
}

/* --- pointer --- */

static gboolean press_at(Panel *self, const DrawPlaces *places, double x, double y, double column,
                         double row) {
  if (!rect_contains(&places->sheet, x, y))
    return FALSE;
  ((DrawDigit *)self->state)->keys = FALSE;
  press(self, column, row);
  return TRUE;
}

static gboolean pointer(Panel *self, const Canvas *canvas, PointerKind kind, double x, double y) {
  const DrawDigit *state = self->state;
  const DrawPlaces places = draw_sheet_places(canvas);
  const Rect pixel = draw_sheet_cell(&places, 0, 0);
  const double zoom = MAX(pixel.width, 1e-6);
  const double column = (x - pixel.x) / zoom, row = (y - pixel.y) / zoom;

  if (!can_be_drawn(self))
    return FALSE;
  if (kind == POINTER_PRESS)
    return press_at(self, &places, x, y, column, row);
  if (kind == POINTER_DOUBLE) /* two presses have been drawn */
    return rect_contains(&places.sheet, x, y);
  if (!state->ink.down || state->keys)
    return FALSE;
  if (kind == POINTER_DRAG)
    drag(self, column, row);
  else
    lift(self);
  return TRUE;
}

/* --- what is where --- */

/* A number of the newest look at the drawing. */
static void hit_number(const Tensor *tensor, gsize offset, Hit *hit) {
  hit_tensor(hit, tensor, offset, FALSE);
  g_strlcat(hit->text, ", for your drawing", sizeof hit->text);
  hit->drawing = TRUE;
}

static void hit_bar(Panel *self, int i, Hit *hit) {
  hit_number(self->look->drawing->ends.output, (gsize)i, hit);
}

/* The input of the look at the drawing, where it is of the picture as it is now. */
static const Tensor *seen_input(const Panel *self, int pixel) {
  const DrawDigit *state = self->state;
  const Probe *drawing = self->look != NULL ? self->look->drawing : NULL;
  const float now = state->pixels[pixel];

  if (drawing == NULL || ink_is_empty(&state->ink))
    return NULL;
  const Tensor *input = drawing->ends.input;
  const float seen = (float)input->value[pixel];
  return seen >= now && seen <= now ? input : NULL;
}

static void hit_seen(Panel *self, const DrawPlaces *places, double x, double y, Hit *hit) {
  const DrawDigit *state = self->state;
  const double zoom = places->seen.width / INK_SIDE;
  const int column = CLAMP((int)((x - places->seen.x) / zoom), 0, INK_SIDE - 1);
  const int row = CLAMP((int)((y - places->seen.y) / zoom), 0, INK_SIDE - 1);
  const int pixel = row * INK_SIDE + column;
  const Tensor *input = seen_input(self, pixel);
  char number[NUMBER_SIZE];

  hit->area = draw_seen_cell(places, pixel);
  if (input != NULL)
    hit_number(input, (gsize)pixel, hit);
  else
    hit_text(hit, "input[%d, %d, 0] = %s, for your drawing", row, column,
             number_text((double)state->pixels[pixel], number));
}

/* Under the keyboard's cursor only: the pointer draws there. */
static gboolean hit_sheet(Panel *self, const DrawPlaces *places, double x, double y, Hit *hit) {
  const DrawDigit *state = self->state;
  const Rect cell = draw_sheet_cell(places, state->column, state->row);

  if (!state->keys || state->place != DRAW_SHEET || !rect_contains(&cell, x, y))
    return FALSE;
  hit->area = cell;
  hit_text(hit, "row %d, column %d, pen %s (Space)", state->row, state->column,
           state->ink.down ? "down" : "up");
  return TRUE;
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  const DrawPlaces places = draw_sheet_places(canvas);
  const DrawAnswer answer = draw_sheet_answer(self);

  if (!can_be_drawn(self))
    return FALSE;
  if (rect_contains(&places.sheet, x, y))
    return hit_sheet(self, &places, x, y, hit);
  if (rect_contains(&places.seen, x, y)) {
    hit_seen(self, &places, x, y, hit);
    return TRUE;
  }
  const int bar = answer.n > 0 ? bars_hit(canvas, &places.bars, answer.n, x, y) : -1;
  if (bar < 0)
    return FALSE;
  hit->area = bars_row(&places.bars, answer.n, bar);
  hit_bar(self, bar, hit);
  return TRUE;
}

/* A number of the drawing: an output's bar, or a pixel. */
static gboolean locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  const DrawPlaces places = draw_sheet_places(canvas);
  const DrawAnswer answer = draw_sheet_answer(self);

  if (!can_be_drawn(self) || answer.n == 0 || target->gradient)
    return FALSE;
  const TaskGraph *ends = &self->look->drawing->ends;
  if (g_str_equal(target->tensor, ends->output->name) && target->offset < (gsize)answer.n)
    *area = bars_row(&places.bars, answer.n, (int)target->offset);
  else if (g_str_equal(target->tensor, ends->input->name) && target->offset < INK_PIXELS &&
           places.seen.width > 0)
    *area = draw_seen_cell(&places, (int)target->offset);
  else
    return FALSE;
  return TRUE;
}

/* --- keyboard --- */

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  DrawDigit *state = self->state;
  const DrawPlaces places = draw_sheet_places(canvas);
  const int n_bars = draw_sheet_answer(self).n;

  if (!can_be_drawn(self))
    return FALSE;
  if (!state->keys)
    lift(self);
  if (state->place == DRAW_BARS && state->bar >= n_bars) /* the answer is gone */
    state->place = DRAW_SHEET;
  else if (state->keys)
    draw_cursor_move(state, n_bars, dx, dy);
  if (state->place == DRAW_SEEN && places.seen.width < 1)
    state->place = n_bars > 0 ? DRAW_BARS : DRAW_SHEET;
  state->keys = TRUE;
  if (state->place == DRAW_SHEET)
    drag(self, state->column + 0.5, state->row + 0.5);
  const Rect at = draw_cursor_place(state, &places, n_bars);
  *x = at.x + at.width / 2;
  *y = at.y + at.height / 2;
  panel_redraw(self);
  return TRUE;
}

static gboolean toggle_pen(Panel *self) {
  DrawDigit *state = self->state;

  if (!state->keys || state->place != DRAW_SHEET || !can_be_drawn(self))
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
  const DrawAnswer answer = draw_sheet_answer(self);
  const int n = self->dataset != NULL ? self->dataset->n_classes : answer.n;

  g_string_append(text, "class,probability\n");
  for (int i = 0; i < n; i++) {
    csv_text(text, class_label(self->dataset, i));
    g_string_append_c(text, ',');
    if (i < answer.n)
      csv_number(text, (double)answer.probability[i]);
    g_string_append_c(text, '\n');
  }
}

static char *describe(Panel *self) {
  const DrawAnswer answer = draw_sheet_answer(self);
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
    .locate = locate,
    .control = control,
    .control_sensitive = control_sensitive,
    .csv = csv,
    .describe = describe,
};
