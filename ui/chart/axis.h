/* An axis: a range, linear or logarithmic, with ticks at round numbers. */
#pragma once

#include "ui/chart/canvas.h"

#define AXIS_MAX_TICKS 48

typedef struct {
  double low, high; /* low < high; both > 0 when logarithmic */
  gboolean logarithmic;
  gboolean integer;  /* ticks at whole numbers only */
  const char *title; /* with its unit: "step", "loss"; may be NULL */
} Axis;

typedef struct {
  double value;
  gboolean minor; /* without label */
  char label[NUMBER_SIZE];
} Tick;

/* A range that holds low … high with some air, never empty; bad input (NaN, empty, values <= 0 on a
 * logarithmic axis) is mended. */
Axis axis_make(double low, double high, gboolean logarithmic, const char *title);
/* Round ticks, about `room` / `spacing` of them. Returns how many were written. */
int axis_ticks(const Axis *self, double room, double spacing, Tick ticks[AXIS_MAX_TICKS]);
/* Between values and 0 … 1 along the axis. */
double axis_to_unit(const Axis *self, double value);
double axis_from_unit(const Axis *self, double unit);

/* The frame of a plot: draws both axes with grid, labels and titles into `area` and returns the
 * rectangle the data goes into. */
Rect axes_draw(const Canvas *canvas, const Rect *area, const Axis *x, const Axis *y);
/* The same rectangle without drawing. */
Rect axes_inside(const Canvas *canvas, const Rect *area, const Axis *x, const Axis *y);
double axis_x(const Axis *self, const Rect *inside, double value);
double axis_y(const Axis *self, const Rect *inside, double value);
