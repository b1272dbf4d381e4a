/* The keyboard's way over the panel for drawing. */
#include "ui/chart/bars.h"
#include "ui/panels/draw_sheet.h"

static void move_pen(DrawDigit *state, int n_bars, int dx, int dy) {
  const int column = state->column + dx, row = state->row + dy;
  const gboolean out = column >= INK_SIDE || row >= INK_SIDE;

  if (out && !state->ink.down && !ink_is_empty(&state->ink)) {
    state->place = n_bars > 0 ? DRAW_BARS : DRAW_SEEN;
    state->bar = row >= INK_SIDE ? 0 : state->row * n_bars / INK_SIDE;
    return;
  }
  state->column = CLAMP(column, 0, INK_SIDE - 1);
  state->row = CLAMP(row, 0, INK_SIDE - 1);
}

static void move_bar(DrawDigit *state, int n_bars, int dx, int dy) {
  const int bar = state->bar + dy;

  if (dx < 0 || bar < 0)
    state->place = DRAW_SHEET;
  else if (bar >= n_bars)
    state->place = DRAW_SEEN;
  else
    state->bar = bar;
}

static void move_seen(DrawDigit *state, int n_bars, int dx, int dy) {
  const int column = state->seen % INK_SIDE + dx, row = state->seen / INK_SIDE + dy;

  if (column < 0 || (row < 0 && n_bars == 0))
    state->place = DRAW_SHEET;
  else if (row < 0) {
    state->place = DRAW_BARS;
    state->bar = n_bars - 1;
  } else
    state->seen = MIN(row, INK_SIDE - 1) * INK_SIDE + MIN(column, INK_SIDE - 1);
}

void draw_cursor_move(DrawDigit *state, int n_bars, int dx, int dy) {
  switch (state->place) {
  case DRAW_SHEET:
    move_pen(state, n_bars, dx, dy);
    break;
  case DRAW_BARS:
    move_bar(state, n_bars, dx, dy);
    break;
  case DRAW_SEEN:
    move_seen(state, n_bars, dx, dy);
    break;
  }
}

Rect draw_cursor_place(const DrawDigit *state, const DrawPlaces *places, int n_bars) {
  if (state->place == DRAW_BARS)
    return bars_row(&places->bars, n_bars, state->bar);
  return state->place == DRAW_SEEN ? draw_seen_cell(places, state->seen)
                                   : draw_sheet_cell(places, state->column, state->row);
}
