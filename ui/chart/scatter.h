/* Points in a plane, coloured and shaped by class. */
#pragma once

#include "ui/chart/axis.h"

typedef struct {
  const float *x, *y;
  const int *group; /* colour and shape; NULL: all the same */
  gsize n;
  double size; /* pixels where text has 13; 0: 4 */
} Scatter;

/* Draws into the data rectangle of axes. */
void scatter_draw(const Canvas *canvas, const Rect *inside, const Axis *x, const Axis *y,
                  const Scatter *scatter);
/* The nearest point within `reach` canvas pixels; G_MAXSIZE when there is none. */
gsize scatter_hit(const Rect *inside, const Axis *x, const Axis *y, const Scatter *scatter,
                  double px, double py, double reach);
/* A mark of a group: circle, square, triangle, … */
void marker_draw(const Canvas *canvas, double x, double y, double size, guint group);
