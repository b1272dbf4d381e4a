/* Bars with names, and histograms. */
#pragma once

#include "ui/chart/axis.h"

typedef struct {
  const char *label;
  double value;
  Color color;
  gboolean strong; /* the one that is meant: bold label, outline */
} Bar;

/* Horizontal bars from zero, one a row, label left, number right; `maximum` 0: the largest |value|.
 * Where a value is negative, zero lies in the middle. */
void bars_draw(const Canvas *canvas, const Rect *area, const Bar *bars, int n, double maximum);
/* The bar at a point; -1 when there is none. */
int bars_hit(const Canvas *canvas, const Rect *area, int n, double x, double y);
Rect bars_row(const Rect *area, int n, int i);

#define HISTOGRAM_BINS 64

/* How values lie: equal bins from low to high; what is beyond, NaN or infinite is counted apart. */
typedef struct {
  double low, high;
  guint32 count[HISTOGRAM_BINS];
  int bins; /* 1 … HISTOGRAM_BINS */
  guint32 total, not_finite, zeros;
  double minimum, maximum, mean, deviation;
} Histogram;

/* In one pass for the range and one for the counts. */
Histogram histogram_make(const float *values, gsize n, int bins);
void histogram_draw(const Canvas *canvas, const Rect *area, const Histogram *histogram, Color color,
                    const char *title);
/* The bin at a point of the same area; -1 when there is none. */
int histogram_hit(const Canvas *canvas, const Rect *area, const Histogram *histogram, double x,
                  double y);
/* What answers to the pointer for a bin: its column, from the top of the area to the axis. */
Rect histogram_column(const Canvas *canvas, const Rect *area, const Histogram *histogram, int bin);
