/* A metric over the steps of a run, in bounded memory.
 *
 * Every step is kept until the budget is full; then neighbours are joined, and each point stands
 * for a block of 2, 4, 8, … steps with its minimum, mean and maximum. Nothing is allocated after
 * series_new.
 */
#pragma once

#include <glib.h>

typedef struct {
  float minimum, mean, maximum;
} SeriesPoint;

typedef struct {
  SeriesPoint *points;
  guint n, budget;
  guint block;      /* steps that a point stands for */
  SeriesPoint open; /* the block being filled */
  guint in_open;    /* steps in it so far */
} Series;

/* `budget`: points kept at most; even. */
Series *series_new(guint budget);
void series_free(Series *self);
void series_clear(Series *self);
void series_add(Series *self, float value);
/* Points, counting the open block; point i starts at step i × block. */
guint series_length(const Series *self);
SeriesPoint series_get(const Series *self, guint i);
/* Replaces the contents: n full points of `block` steps and an open one of `in_open` steps. */
void series_restore(Series *self, const SeriesPoint *points, guint n, guint block, SeriesPoint open,
                    guint in_open);
