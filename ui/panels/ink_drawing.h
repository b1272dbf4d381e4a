/* A picture drawn by hand: lines of ink on a sheet of 28 × 28 pixels, taken back step by step, made
 * into what a net trained on MNIST expects. */
#pragma once

#include "core/datasets/stroke_raster.h"

#define INK_SIDE RASTER_SIDE
#define INK_PIXELS (INK_SIDE * INK_SIDE)
#define INK_ERASER 1.5 /* radius of what the eraser leaves white */

/* Coordinates are pixels of the sheet, fractions counted; beyond its edges they are drawn in. */
typedef struct {
  GArray *points;  /* InkPoint; every line starts with `lift` */
  GPtrArray *past; /* GArray of InkPoint: as it was before each step that can be taken back */
  gboolean down, changed; /* a line under way; whether it has changed the picture */
  float eraser;           /* its radius to the middle of lines; 0: it draws */
  float last_x, last_y;   /* where the pen was last told to be */
  float end_x, end_y;     /* where the ink ends: half way to there */
} InkDrawing;

void ink_init(InkDrawing *self);
void ink_free(InkDrawing *self);
gboolean ink_is_empty(const InkDrawing *self);

/* Sets the pen down, which leaves a dot (or, with a radius of `eraser`, a gap in what is drawn);
 * moves it, with smooth curves between the points it is told; lifts it. Each returns TRUE when the
 * picture has changed, lift when the whole line did change it. */
gboolean ink_press(InkDrawing *self, double x, double y, double eraser);
gboolean ink_drag(InkDrawing *self, double x, double y);
gboolean ink_lift(InkDrawing *self);

/* Takes the last line, erasure or clearing back; FALSE when there is none. */
gboolean ink_undo(InkDrawing *self);
gboolean ink_can_undo(const InkDrawing *self);
/* An empty sheet; can be taken back. FALSE when it was empty. */
gboolean ink_wipe(InkDrawing *self);

/* Writes the picture, 0 … 1, ink bright, lines `pen` pixels wide. `prepare`: moved and scaled (the
 * lines' width is not) so that it fits 20 × 20, then centred by its centre of mass, as MNIST was
 * made; small pictures grow at most fourfold. */
void ink_pixels(const InkDrawing *self, double pen, gboolean prepare, float pixels[INK_PIXELS]);
