#include "core/datasets/time_series.h"

#include "core/datasets/array_dataset.h"

#include <math.h>
#include <string.h>

G_DEFINE_QUARK(bathyscope - time - series - error - quark, time_series_error)

void time_series_clear(TimeSeries *self) {
  g_clear_pointer(&self->name, g_free);
  g_clear_pointer(&self->values, g_array_unref);
}

/* --- from a table --- */

static int find_dates(const Table *table) {
  for (guint c = 0; c < table->n_columns; c++)
    if (table_is_date(table, c))
      return (int)c;
  return -1;
}

/* 1970-01-01, day 0, was a Thursday. */
static gboolean is_weekend(double day) {
  const double since_monday = fmod(floor(day) + 3, 7);

  return (since_monday < 0 ? since_monday + 7 : since_monday) >= 5;
}

static int find_values(const Table *table, int dates) {
  static const char *const NAMES[] = {"close", "price", "value", NULL};
  const int named = table_find_any(table, NAMES);

  for (int c = (int)table->n_columns - 1; named < 0 && c >= 0; c--)
    if (c != dates && table_is_numeric(table, (guint)c))
      return c;
  return named;
}

/* Whether time goes up (1) or down (-1) from row to row; 0: neither. A row that has a time of day
 * alone stands where it stands. */
static int direction(const double *days, guint n, guint *wrong) {
  int found = 0;
  double last = NAN;

  for (guint i = 0; i < n; i++) {
    if (isnan(days[i]))
      continue;
    const int step = isnan(last) || days[i] == last ? 0 : days[i] > last ? 1 : -1;
    if (step != 0 && found != 0 && step != found) {
      *wrong = i;
      return 0;
    }
    found = step != 0 ? step : found;
    last = days[i];
  }
  return found != 0 ? found : 1;
}

/* `days`: of every row, NULL where there are no dates. */
static gboolean read_dates(const Table *table, int dates, double **days, gboolean *backwards,
                           GError **error) {
  guint wrong = 0;

  *backwards = FALSE;
  *days = NULL;
  if (dates < 0)
    return TRUE;
  *days = table_dates(table, (guint)dates, error);
  if (*days == NULL)
    return FALSE;
  const int way = direction(*days, table->n_rows, &wrong);
  if (way == 0)
    g_set_error(error, TIME_SERIES_ERROR, TIME_SERIES_ERROR_INVALID,
                "%s:%u: the date %s comes after a later one, but others go the other way; sort the "
                "rows by date",
                table->name, table_line(table, wrong), table_cell(table, wrong, (guint)dates));
  *backwards = way < 0;
  return way != 0;
}

/* In order of time; what is missing is as the value before it, at the beginning left out. Gives the
 * row of the first that is missing later on; -1: none is. */
static int collect(TimeSeries *self, const double *values, guint n, gboolean backwards) {
  int missing = -1;

  for (guint i = 0; i < n; i++) {
    const guint row = backwards ? n - 1 - i : i, known = self->values->len;
    const double before = known > 0 ? g_array_index(self->values, double, known - 1) : NAN;
    const double value = isnan(values[row]) ? before : values[row];
    if (isnan(value))
      continue;
    if (isnan(values[row]) && self->filled++ == 0)
      missing = (int)row;
    g_array_append_val(self->values, value);
  }
  return missing;
}

/* Saturdays and Sundays right after another day that have its value. Where others have not, they
 * are not filled in: it happened so. */
static guint count_weekends(const double *days, const double *values, guint n, gboolean backwards) {
  guint weekends = 0, same = 0;

  for (guint i = 1; days != NULL && i < n; i++) {
    const guint row = backwards ? i - 1 : i, before = backwards ? i : i - 1;
    const gboolean counts = days[row] - days[before] == 1 && is_weekend(days[row]);
    weekends += counts;
    same += counts && values[row] == values[before];
  }
  return 10 * same >= 9 * weekends ? same : 0;
}

/* Days between those that are there, where nearly all follow each other day by day. */
static guint count_skipped(const double *days, guint n) {
  guint steps = 0, skipped = 0, all = 0;

  for (guint i = 1; days != NULL && i < n; i++) {
    const double step = fabs(days[i] - days[i - 1]);
    all += !isnan(step);
    steps += step == 1;
    skipped += step > 1 && step < 1e6 ? (guint)step - 1 : 0;
  }
  return 10 * steps >= 9 * all ? skipped : 0;
}

static gboolean refuse(const Table *table, int row, int column, GError **error) {
  g_set_error(error, TIME_SERIES_ERROR, TIME_SERIES_ERROR_INVALID,
              "%s:%u: column ‘%s’ has no value in this row; fill it in, or have it take the value "
              "before it",
              table->name, table_line(table, (guint)row), table->columns[column]);
  return FALSE;
}

gboolean time_series_from_table(TimeSeries *self, const Table *table, const char *column,
                                TimeSeriesMissing missing, GError **error) {
  const int dates = find_dates(table);
  int values = column == NULL ? find_values(table, dates) : table_find(table, column, error);
  g_autofree double *days = NULL, *numbers = NULL;
  gboolean backwards;

  *self = (TimeSeries){0};
  if (values < 0 && column == NULL)
    g_set_error(error, TIME_SERIES_ERROR, TIME_SERIES_ERROR_INVALID, "%s: no column has numbers",
                table->name);
  if (values < 0 || !read_dates(table, dates, &days, &backwards, error))
    return FALSE;
  numbers = table_numbers(table, (guint)values, error);
  if (numbers == NULL)
    return FALSE;
  self->name = g_strdup(table->columns[values]);
  self->values = g_array_new(FALSE, FALSE, sizeof(double));
  const int first = collect(self, numbers, table->n_rows, backwards);
  self->weekends = count_weekends(days, numbers, table->n_rows, backwards);
  self->skipped = count_skipped(days, table->n_rows);
  if (self->values->len == 0)
    g_set_error(error, TIME_SERIES_ERROR, TIME_SERIES_ERROR_INVALID,
                "%s: column ‘%s’ has no number", table->name, self->name);
  else if (first < 0 || missing == TIME_SERIES_FILL || refuse(table, first, values, error))
    return TRUE;
  time_series_clear(self);
  return FALSE;
}

static void add_note(GString *text, guint n, const char *what) {
  if (n > 0)
    g_string_append_printf(text, "; %s: %u", what, n);
}

char *time_series_describe(const TimeSeries *self) {
  GString *text = g_string_new(NULL);

  g_string_printf(text, "column %s, %u values", self->name, self->values->len);
  add_note(text, self->filled, "missing, as the one before");
  add_note(text, self->weekends, "weekend days that repeat the one before");
  add_note(text, self->skipped, "days left out");
  return g_string_free(text, FALSE);
}

/* --- windows --- */

static DatasetUnit fit(const double *values, guint n, TimeSeriesScaling scaling) {
  double low = values[0], high = values[0], sum = 0, squares = 0;

  for (guint i = 0; i < n; i++) {
    low = MIN(low, values[i]);
    high = MAX(high, values[i]);
    sum += values[i];
  }
  for (guint i = 0; i < n; i++)
    squares += (values[i] - sum / n) * (values[i] - sum / n);
  const DatasetUnit unit = scaling == TIME_SERIES_MIN_MAX
                               ? (DatasetUnit){low, high - low}
                               : (DatasetUnit){sum / n, sqrt(squares / n)};
  return (DatasetUnit){unit.offset, unit.scale > 0 ? unit.scale : 1};
}

/* Windows whose values to foretell lie in [from, to). */
static guint32 count_windows(const TimeSeriesOptions *options, guint from, guint to) {
  const guint first = MAX(from, (guint)options->length);

  return to >= first + (guint)options->horizon ? to - first - (guint)options->horizon + 1 : 0;
}

static void cut(const double *values, const TimeSeriesOptions *options, const DatasetUnit *unit,
                guint first, float *window, float *next) {
  for (int i = 0; i < options->length; i++)
    window[i] =
        (float)((values[first - (guint)options->length + (guint)i] - unit->offset) / unit->scale);
  for (int i = 0; i < options->horizon; i++)
    next[i] = (float)((values[first + (guint)i] - unit->offset) / unit->scale);
}

Dataset *dataset_new_time_series(const char *name, const char *source, const TimeSeries *series,
                                 const TimeSeriesOptions *options, GError **error) {
  const double *values = (const double *)(gconstpointer)series->values->data;
  const guint n = series->values->len, ends[] = {0, n * 8 / 10, n * 9 / 10, n};
  guint32 count[DATASET_PARTS], all = 0, done = 0;

  g_assert(options->length > 0 && options->horizon > 0);
  for (int part = 0; part < DATASET_PARTS; part++) {
    count[part] = count_windows(options, ends[part], ends[part + 1]);
    all += count[part];
    if (count[part] > 0)
      continue;
    g_set_error(error, TIME_SERIES_ERROR, TIME_SERIES_ERROR_INVALID,
                "%s: the series is too short: it has %u values; take shorter windows than %d, or "
                "foretell fewer values than %d",
                name, n, options->length, options->horizon);
    return NULL;
  }
  const DatasetUnit unit = fit(values, ends[1], options->scaling);
  const gsize length = (gsize)options->length, horizon = (gsize)options->horizon;
  ArrayField fields[] = {
      {.field = {"window", TENSOR_FLOAT, SHAPE(options->length, 1), FALSE},
       .values = g_new(float, all *length)},
      {.field = {"next", TENSOR_FLOAT, SHAPE(options->horizon), FALSE},
       .values = g_new(float, all *horizon)},
  };
  for (int part = 0; part < DATASET_PARTS; part++)
    for (guint32 i = 0; i < count[part]; i++, done++)
      cut(values, options, &unit, MAX(ends[part], (guint)options->length) + i,
          fields[0].values + done * length, fields[1].values + done * horizon);
  Dataset *self = dataset_new_arrays(name, source, fields, 2, count, NULL);
  self->unit = unit;
  return self;
}
