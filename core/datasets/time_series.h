/* Series of numbers in time, as windows: what was, and what came next. Nothing from the future goes
 * into a window, nor into the scaling. */
#pragma once

#include "core/datasets/dataset.h"
#include "core/formats/table.h"

typedef struct {
  char *name;     /* of the column */
  GArray *values; /* double, in order of time, none missing */
  guint filled;   /* missing cells that got the value before them */
  guint weekends; /* Saturdays and Sundays, where they repeat the day before */
  guint skipped;  /* days that are left out between others, where there is one value a day */
} TimeSeries;

/* What to do where a cell is missing. At the beginning it is passed over. */
typedef enum { TIME_SERIES_FILL, TIME_SERIES_REFUSE } TimeSeriesMissing;

/* A numeric column of a table, in order of time: rows are turned round where the newest comes
 * first. `column` NULL: the first of close, price, value and the like, else the last that has
 * numbers. Errors name file and line: dates in no order, nothing but missing cells, a missing cell
 * that is refused. */
gboolean time_series_from_table(TimeSeries *self, const Table *table, const char *column,
                                TimeSeriesMissing missing, GError **error);
/* "column close, 1,825 values; 520 on weekends repeat the day before": for `source`. Caller frees.
 */
char *time_series_describe(const TimeSeries *self);
void time_series_clear(TimeSeries *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TimeSeries, time_series_clear)

/* Three waves of different lengths on top of each other, and a little noise. */
TimeSeries time_series_draw_waves(guint64 seed, guint n);
/* The daily prices of something that is traded: calm and rough times, large moves after large ones,
 * seasons, jumps. As with real prices, tomorrow's is hardly known better than by today's. */
TimeSeries time_series_draw_market(guint64 seed, guint n);

typedef enum { TIME_SERIES_MIN_MAX, TIME_SERIES_STANDARD } TimeSeriesScaling;

typedef struct {
  int length, horizon; /* steps in a window, and steps to foretell */
  TimeSeriesScaling scaling;
} TimeSeriesOptions;

/* "window" (length, 1), "next" (horizon). The first eight tenths of the series are to learn from,
 * the next to validate, the last to test; a window belongs to the part in which all that it
 * foretells lies. Scaled by the least and the greatest (mean and deviation) of the first part; the
 * data set's `unit` turns numbers back. NULL and an error when a part has no window. */
Dataset *dataset_new_time_series(const char *name, const char *source, const TimeSeries *series,
                                 const TimeSeriesOptions *options, GError **error);

#define TIME_SERIES_ERROR (time_series_error_quark())
GQuark time_series_error_quark(void);
typedef enum { TIME_SERIES_ERROR_INVALID } TimeSeriesError;
