/* The panel for drawing: what it holds, where everything lies, how it looks. */
#pragma once

#include "ui/panels/draw_answer.h"
#include "ui/panels/ink_drawing.h"

#define DRAW_MOST_BARS 32

/* What the keyboard's cursor is on. */
typedef enum { DRAW_SHEET, DRAW_BARS, DRAW_SEEN } DrawPlace;

typedef struct {
  InkDrawing ink;
  float pixels[INK_PIXELS]; /* what the network is to see */
  gboolean keys;            /* the keyboard was used last */
  DrawPlace place;
  int column, row; /* the pen, in pixels of the sheet */
  int bar, seen;   /* the bar; the pixel of the picture, row by row */
} DrawDigit;

typedef struct {
  Rect sheet, words, details, bars;
  Rect seen, seen_label; /* what the network sees; width 0: there is no room for it */
} DrawPlaces;

/* What there is to show, of at most DRAW_MOST_BARS classes; n 0 on an empty sheet, too. */
DrawAnswer draw_sheet_answer(const Panel *panel);
DrawPlaces draw_sheet_places(const Canvas *canvas);
/* A pixel of the sheet, and of the picture that the network sees. */
Rect draw_sheet_cell(const DrawPlaces *places, int column, int row);
Rect draw_seen_cell(const DrawPlaces *places, int pixel);
/* The keyboard's cursor: from the sheet over its right or lower edge, with the pen up, to the bars,
 * from the last bar down to what the network sees, and back. */
void draw_cursor_move(DrawDigit *state, int n_bars, int dx, int dy);
Rect draw_cursor_place(const DrawDigit *state, const DrawPlaces *places, int n_bars);
/* Draws all of it. */
void draw_sheet_look(Panel *panel, const Canvas *canvas);
