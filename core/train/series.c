#include "core/train/series.h"

#include <math.h>
#include <string.h>

Series *series_new(guint budget) {
  Series *self = g_new0(Series, 1);

  g_assert(budget >= 2 && budget % 2 == 0);
  self->points = g_new0(SeriesPoint, budget);
  self->budget = budget;
  self->block = 1;
  return self;
}

void series_free(Series *self) {
  if (self == NULL)
    return;
  g_free(self->points);
  g_free(self);
}

void series_clear(Series *self) {
  self->n = self->in_open = 0;
  self->block = 1;
}

/* A NaN stays visible: a mean with it is NaN, minimum and maximum are of the others. */
static SeriesPoint join(SeriesPoint a, guint na, SeriesPoint b, guint nb) {
  return (SeriesPoint){fminf(a.minimum, b.minimum),
                       (a.mean * (float)na + b.mean * (float)nb) / (float)(na + nb),
                       fmaxf(a.maximum, b.maximum)};
}

static void halve(Series *self) {
  for (guint i = 0; i < self->n / 2; i++)
    self->points[i] = join(self->points[2 * i], 1, self->points[2 * i + 1], 1);
  self->n /= 2;
  self->block *= 2;
}

void series_add(Series *self, float value) {
  const SeriesPoint point = {value, value, value};

  self->open = self->in_open == 0 ? point : join(self->open, self->in_open, point, 1);
  if (++self->in_open < self->block)
    return;
  self->points[self->n++] = self->open;
  self->in_open = 0;
  if (self->n == self->budget)
    halve(self);
}

guint series_length(const Series *self) { return self->n + (self->in_open > 0 ? 1 : 0); }

SeriesPoint series_get(const Series *self, guint i) {
  return i < self->n ? self->points[i] : self->open;
}

void series_restore(Series *self, const SeriesPoint *points, guint n, guint block, SeriesPoint open,
                    guint in_open) {
  g_assert(n < self->budget && in_open < block);
  memcpy(self->points, points, n * sizeof *points);
  self->n = n;
  self->block = block;
  self->open = open;
  self->in_open = in_open;
}
