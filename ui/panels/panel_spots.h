/* The places of a panel that answer to pointer and keyboard: made for a canvas, found by a point,
 * walked by arrows. */
#pragma once

#include "ui/chart/canvas.h"

typedef struct {
  Rect area;
  int kind;      /* the panel's own; never 0 */
  guint32 index; /* which of its kind */
} Spot;

/* A GArray of Spot. */
void spots_add(GArray *spots, const Rect *area, int kind, guint32 index);
/* The last added that holds the point; NULL when there is none. */
const Spot *spots_at(const GArray *spots, double x, double y);

/* The keyboard's place; zeroed: not entered yet. */
typedef struct {
  gboolean entered;
  double x, y;
} SpotCursor;

/* Moves the cursor to the nearest spot in that direction (each of dx, dy is -1, 0 or 1), or keeps
 * it where there is none; enters at the first spot. FALSE: there are no spots. */
gboolean spots_move(const GArray *spots, SpotCursor *cursor, int dx, int dy, double *x, double *y);
