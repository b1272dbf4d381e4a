#include "core/datasets/catalogue.h"
#include "core/datasets/forecast.h"
#include "core/datasets/tabular.h"
#include "core/datasets/time_series.h"
#include "tests/core/support.h"

#include <math.h>
#include <string.h>

static Table *parse(const char *text) {
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
  GError *error = NULL;
  Table *table = table_parse_csv(bytes, "here.csv", NULL, &error);

  g_assert_no_error(error);
  return table;
}

static double at(const TimeSeries *series, guint i) {
  return g_array_index(series->values, double, i);
}

static void test_order(void) {
  g_autoptr(Table) newest_first = parse("date,close,volume\n11:34,9,1\n2020-01-03,3,1\n"
                                        "2020-01-02,,1\n2020-01-01,1,1\n");
  g_autoptr(Table) mixed = parse("date,close\n2020-01-03,3\n2020-01-01,1\n2020-01-02,2\n");
  g_auto(TimeSeries) series = {0}, wrong = {0};
  GError *error = NULL;

  g_assert_true(time_series_from_table(&series, newest_first, NULL, TIME_SERIES_FILL, &error));
  g_assert_cmpstr(series.name, ==, "close");
  g_assert_cmpuint(series.values->len, ==, 4);
  g_assert_cmpfloat(at(&series, 0), ==, 1);
  g_assert_cmpfloat(at(&series, 1), ==, 1);
  g_assert_cmpuint(series.filled, ==, 1);
  g_assert_cmpfloat(at(&series, 3), ==, 9);
  g_assert_false(time_series_from_table(&wrong, mixed, NULL, TIME_SERIES_FILL, &error));
  test_assert_error_says(&error, "here.csv:4", "2020-01-02", "sort");
  g_assert_false(time_series_from_table(&wrong, mixed, "price", TIME_SERIES_FILL, &error));
  test_assert_error_says(&error, "price");
}

static void test_missing(void) {
  g_autoptr(Table) table = parse("date,close\n2020-01-01,\n2020-01-02,2\n2020-01-03,\n");
  g_autoptr(Table) leading = parse("date,close\n2020-01-01,\n2020-01-02,2\n");
  g_autoptr(Table) nothing = parse("date,close\n2020-01-01,\n2020-01-02,\n");
  g_auto(TimeSeries) wrong = {0}, series = {0};
  GError *error = NULL;

  g_assert_false(time_series_from_table(&wrong, table, NULL, TIME_SERIES_REFUSE, &error));
  test_assert_error_says(&error, "here.csv:4", "close", "no value");
  g_assert_null(wrong.values);
  g_assert_true(time_series_from_table(&series, leading, NULL, TIME_SERIES_REFUSE, &error));
  g_assert_cmpuint(series.values->len, ==, 1);
  g_assert_false(time_series_from_table(&wrong, nothing, "close", TIME_SERIES_FILL, &error));
  test_assert_error_says(&error, "here.csv", "close", "number");
}

/* The 4th of January 2020 was a Saturday, weekends are filled in; the 8th is left out. */
static void test_described(void) {
  g_autoptr(GString) text = g_string_new("date,close\n2020-01-03,3\n2020-01-04,3\n2020-01-05,3\n"
                                         "2020-01-06,3\n2020-01-07,\n2020-01-09,4\n");
  for (int day = 10; day < 25; day++)
    g_string_append_printf(text, "2020-01-%d,%d\n", day, day - MAX(day % 7 - 3, 0));
  g_autoptr(Table) table = parse(text->str);
  g_auto(TimeSeries) series = {0};
  GError *error = NULL;

  g_assert_true(time_series_from_table(&series, table, NULL, TIME_SERIES_FILL, &error));
  g_autofree char *what = time_series_describe(&series);
  g_assert_cmpstr(what, ==,
                  "column close, 21 values; missing, as the one before: 1; weekend days that "
                  "repeat the one before: 6; days left out: 1");
}

static TimeSeries rising(guint n) {
  TimeSeries series = {.name = g_strdup("x"), .values = g_array_new(FALSE, FALSE, sizeof(double))};

  for (guint i = 0; i < n; i++) {
    const double value = 10 + i * i % 17 + i;
    g_array_append_val(series.values, value);
  }
  return series;
}

static void read_window(const Dataset *data, DatasetPart part, guint32 index, float *window,
                        float *next) {
  Tensor inputs = {.type = TENSOR_FLOAT, .batched = TRUE, .value = window};
  Tensor targets = {.type = TENSOR_FLOAT, .batched = TRUE, .value = next};
  DatasetBatch batch = {.part = part, .indices = &index, .rows = 1, .field = {&inputs, &targets}};

  inputs.shape = SHAPE(1, data->field[0].row.dim[0], 1);
  targets.shape = SHAPE(1, data->field[1].row.dim[0]);
  data->klass->fill(data, &batch);
}

static const TimeSeriesOptions OPTIONS = {.length = 4, .horizon = 2};

/* What was, then what came next, in the series' own units; every value to foretell in its part. */
static void test_windows(void) {
  static const guint ENDS[] = {0, 80, 90, 100};
  g_auto(TimeSeries) series = rising(100);
  GError *error = NULL;
  g_autoptr(Dataset) data = dataset_new_time_series("x", "x", &series, &OPTIONS, &error);
  float window[4], next[2];

  g_assert_no_error(error);
  g_assert_cmpuint(data->count[DATASET_TRAIN], ==, 80 - 4 - 1);
  g_assert_cmpuint(data->count[DATASET_TEST], ==, 10 - 1);
  for (int part = 0; part < DATASET_PARTS; part++)
    for (guint32 i = 0; i < data->count[part]; i++) {
      const guint first = MAX(ENDS[part], 4) + i;
      read_window(data, (DatasetPart)part, i, window, next);
      for (guint k = 0; k < 6; k++)
        g_assert_cmpfloat_with_epsilon(
            data->unit.offset + data->unit.scale * (double)(k < 4 ? window[k] : next[k - 4]),
            at(&series, first - 4 + k), 1e-4);
      g_assert_cmpuint(first + 2, <=, ENDS[part + 1]);
    }
}

/* The future decides nothing: with other values after the training part, that part is the same. */
static void test_no_future(void) {
  g_auto(TimeSeries) one = rising(100), other = rising(100);
  float a[6], b[6];

  for (guint i = 80; i < 100; i++)
    g_array_index(other.values, double, i) = 1e6;
  for (int scaling = 0; scaling < 2; scaling++) {
    const TimeSeriesOptions options = {4, 2, (TimeSeriesScaling)scaling};
    g_autoptr(Dataset) first = dataset_new_time_series("x", "x", &one, &options, NULL);
    g_autoptr(Dataset) second = dataset_new_time_series("x", "x", &other, &options, NULL);
    for (guint32 i = 0; i < first->count[DATASET_TRAIN]; i++) {
      read_window(first, DATASET_TRAIN, i, a, a + 4);
      read_window(second, DATASET_TRAIN, i, b, b + 4);
      g_assert_cmpmem(a, sizeof a, b, sizeof b);
    }
    g_assert_cmpfloat(first->unit.scale, ==, second->unit.scale);
  }
}

static void test_too_short(void) {
  g_auto(TimeSeries) series = rising(12);
  GError *error = NULL;

  g_assert_null(dataset_new_time_series("x", "x", &series, &OPTIONS, &error));
  test_assert_error_says(&error, "12 values", "shorter windows");
}

/* 1, 2, 1, 2, …: tomorrow is never like today. */
static void test_forecasts(void) {
  g_auto(TimeSeries)
      series = {.name = g_strdup("x"), .values = g_array_new(FALSE, FALSE, sizeof(double))};
  const TimeSeriesOptions options = {4, 1, TIME_SERIES_STANDARD};

  for (int i = 0; i < 200; i++) {
    const double value = 1 + i % 2;
    g_array_append_val(series.values, value);
  }
  g_autoptr(Dataset) data = dataset_new_time_series("x", "x", &series, &options, NULL);
  g_autofree float *naive = forecast_naive(data, DATASET_TEST);
  g_autofree float *average = forecast_average(data, DATASET_TEST, 4);
  g_autofree float *truth = forecast_truth(data, DATASET_TEST);
  ForecastScore score = forecast_score(data, DATASET_TEST, naive);
  g_assert_cmpfloat_with_epsilon(score.mean_absolute_error, 1, 1e-5);
  g_assert_cmpfloat_with_epsilon(score.root_mean_squared_error, 1, 1e-5);
  g_assert_true(isnan(score.directional_accuracy));
  score = forecast_score(data, DATASET_TEST, average);
  g_assert_cmpfloat_with_epsilon(score.mean_absolute_error, 0.5, 1e-5);
  g_assert_cmpfloat(score.directional_accuracy, ==, 1);
  score = forecast_score(data, DATASET_TEST, truth);
  g_assert_cmpfloat(score.root_mean_squared_error, ==, 0);
}

/* By hand, three steps ahead: 0, 1, 4, 9, …, in its own units. */
static void test_forecast_units(void) {
  g_auto(TimeSeries)
      series = {.name = g_strdup("x"), .values = g_array_new(FALSE, FALSE, sizeof(double))};
  const TimeSeriesOptions options = {2, 3, TIME_SERIES_MIN_MAX};

  for (int i = 0; i < 30; i++) {
    const double value = i * i;
    g_array_append_val(series.values, value);
  }
  g_autoptr(Dataset) data = dataset_new_time_series("x", "x", &series, &options, NULL);
  g_autofree float *naive = forecast_naive(data, DATASET_TEST);
  g_autofree float *average = forecast_average(data, DATASET_TEST, 9);
  /* One window: 25², 26² before 27², 28², 29². */
  g_assert_cmpuint(data->count[DATASET_TEST], ==, 1);
  const ForecastScore score = forecast_score(data, DATASET_TEST, naive);
  g_assert_cmpfloat_with_epsilon(score.mean_absolute_error, (53 + 108 + 165) / 3.0, 1e-3);
  g_assert_cmpfloat_with_epsilon(score.root_mean_squared_error,
                                 sqrt((53 * 53 + 108 * 108 + 165 * 165) / 3.0), 1e-3);
  for (int i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon(data->unit.offset + data->unit.scale * (double)average[i],
                                   (25 * 25 + 26 * 26) / 2.0, 1e-3);
  /* The mean lies below, what comes above. */
  g_assert_cmpfloat(forecast_score(data, DATASET_TEST, average).directional_accuracy, ==, 0);
}

/* Every file as it is found: how many values, the first and the last. */
static void test_as_found(void) {
  static const struct {
    const char *file, *column;
    guint n;
    double first, last;
    guint weekends, skipped;
  } FILES[] = {
      {"stocks/vega-sp500-2000.csv", NULL, 5105, 1455.219971, 2874.560059, 0, 0},
      {"stocks/plotly-finance-charts-apple.csv", NULL, 506, 127.830002, 135.350006, 0, 0},
      {"stocks/plotly-tesla-stock-price.csv", NULL, 757, 221.31, 270.49, 0, 0},
      {"stocks/yahoo_stock_2015-2020.csv", "Close", 1825, 2086.590088, 3557.540039, 520, 0},
      {"timeseries/airline-passengers.csv", NULL, 144, 112, 432, 0, 0},
      {"timeseries/daily-min-temperatures.csv", NULL, 3650, 20.7, 13, 0, 2},
      {"timeseries/monthly-sunspots.csv", NULL, 2820, 58, 33.4, 0, 0},
      {"timeseries/shampoo.csv", NULL, 36, 266, 646.9, 0, 0},
      {"timeseries/ETTh1.csv", NULL, 17420, 30.531, 9.567, 0, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(FILES); i++) {
    g_autofree char *path = test_data_path(FILES[i].file);
    g_auto(TimeSeries) series = {0};
    GError *error = NULL;
    if (path == NULL)
      return;
    g_autoptr(Table) table = table_read(path, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(
        time_series_from_table(&series, table, FILES[i].column, TIME_SERIES_FILL, &error));
    g_assert_no_error(error);
    g_test_message("%s: %s, %u values, %g … %g, %u filled", FILES[i].file, series.name,
                   series.values->len, at(&series, 0), at(&series, series.values->len - 1),
                   series.filled);
    g_assert_cmpuint(series.values->len, ==, FILES[i].n);
    g_assert_cmpfloat_with_epsilon(at(&series, 0), FILES[i].first, 1e-3);
    g_assert_cmpfloat_with_epsilon(at(&series, series.values->len - 1), FILES[i].last, 1e-3);
    g_assert_cmpuint(series.filled, ==, 0);
    g_assert_cmpuint(series.weekends, ==, FILES[i].weekends);
    g_assert_cmpuint(series.skipped, ==, FILES[i].skipped);
  }
}

/* Each that the program knows: windows in every part, and what was found is told. */
static void test_catalogue(void) {
  static const struct {
    const char *name;
    int length;
    guint32 test;
  } SETS[] = {{"sp500", 30, 511},    {"sp500_calendar", 30, 183}, {"apple", 30, 51},
              {"tesla", 30, 76},     {"airline", 12, 15},         {"shampoo", 6, 4},
              {"sunspots", 30, 282}, {"temperatures", 30, 365},   {"transformer_oil", 24, 1742}};
  g_autofree char *path = test_data_path("stocks");

  for (gsize i = 0; path != NULL && i < G_N_ELEMENTS(SETS); i++) {
    GError *error = NULL;
    g_autoptr(Dataset) data = catalogue_open(SETS[i].name, &error);
    g_assert_no_error(error);
    g_test_message("%s: %s", data->name, data->source);
    g_assert_cmpint(data->field[0].row.dim[0], ==, SETS[i].length);
    g_assert_cmpuint(data->count[DATASET_TEST], ==, SETS[i].test);
    g_assert_cmpfloat(data->unit.scale, >, 0);
    g_assert_nonnull(strstr(data->source, "values"));
  }
}

/* --- tables --- */

static void test_table(void) {
  g_autoptr(GString) text = g_string_new("length,kind,width\n");
  GError *error = NULL;

  for (int i = 0; i < 40; i++)
    g_string_append_printf(text, "%d,%s,%s\n", i,
                           i % 4 == 3 ? ""
                           : i % 2    ? "odd"
                                      : "even",
                           i == 5 ? "" : "7");
  g_autoptr(Table) table = parse(text->str);
  g_autoptr(Dataset) data = dataset_new_table("t", "t", table, NULL, FALSE, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(data->class_names[1], ==, "odd");
  g_assert_cmpint(data->field[0].row.dim[0], ==, 2);
  g_assert_cmpuint(data->count[DATASET_TRAIN], ==, 24);
  double sum = 0, squares = 0;
  for (guint32 i = 0; i < 24; i++) {
    float row[2];
    int label;
    dataset_sample(data, DATASET_TRAIN, i, row, &label);
    sum += (double)row[0];
    squares += (double)(row[0] * row[0]);
    g_assert_cmpfloat(row[1], ==, 0);
    g_assert_true(label == 0 || label == 1);
  }
  g_assert_cmpfloat_with_epsilon(sum / 24, 0, 1e-5);
  g_assert_cmpfloat_with_epsilon(squares / 24, 1, 1e-5);
  g_assert_null(dataset_new_table("t", "t", table, "height", FALSE, &error));
  test_assert_error_says(&error, "height");
}

static void test_tables_as_found(void) {
  static const struct {
    const char *name, *file;
    guint32 rows;
    int columns, classes;
  } SETS[] = {{"iris", "tabular/iris.csv", 150, 4, 3},
              {"penguins", "tabular/penguins.json", 344, 4, 3},
              {"wine", "tabular/winequality-white.csv", 4898, 11, 0}};

  for (gsize i = 0; i < G_N_ELEMENTS(SETS); i++) {
    g_autofree char *path = test_data_path(SETS[i].file);
    GError *error = NULL;
    if (path == NULL)
      return;
    g_autoptr(Dataset) data = catalogue_open(SETS[i].name, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(data->count[0] + data->count[1] + data->count[2], ==, SETS[i].rows);
    g_assert_cmpint(data->field[0].row.dim[0], ==, SETS[i].columns);
    g_assert_cmpint(data->n_classes, ==, SETS[i].classes);
  }
}

static void test_cifar10(void) {
  g_autofree char *path = test_data_path("cifar10/data_batch_1.bin");
  GError *error = NULL;
  int label;

  if (path == NULL)
    return;
  g_autoptr(Dataset) data = catalogue_open("cifar10", &error);
  g_assert_no_error(error);
  g_assert_cmpuint(data->count[DATASET_TRAIN], ==, 9000);
  g_assert_cmpuint(data->count[DATASET_TEST], ==, 1000);
  dataset_sample(data, DATASET_TRAIN, 0, NULL, &label);
  g_assert_cmpstr(data->class_names[label], ==, "frog");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/time-series/order", test_order);
  g_test_add_func("/time-series/missing", test_missing);
  g_test_add_func("/time-series/described", test_described);
  g_test_add_func("/time-series/windows", test_windows);
  g_test_add_func("/time-series/no-future", test_no_future);
  g_test_add_func("/time-series/too-short", test_too_short);
  g_test_add_func("/time-series/forecasts", test_forecasts);
  g_test_add_func("/time-series/forecast-units", test_forecast_units);
  g_test_add_func("/time-series/as-found", test_as_found);
  g_test_add_func("/time-series/catalogue", test_catalogue);
  g_test_add_func("/tables/table", test_table);
  g_test_add_func("/tables/as-found", test_tables_as_found);
  g_test_add_func("/tables/cifar10", test_cifar10);
  return g_test_run();
}
