#include "core/datasets/catalogue.h"
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

  g_assert_true(time_series_from_table(&series, newest_first, NULL, &error));
  g_assert_cmpstr(series.name, ==, "close");
  g_assert_cmpuint(series.values->len, ==, 4);
  g_assert_cmpfloat(at(&series, 0), ==, 1);
  g_assert_cmpfloat(at(&series, 1), ==, 1);
  g_assert_cmpuint(series.filled, ==, 1);
  g_assert_cmpfloat(at(&series, 3), ==, 9);
  g_assert_false(time_series_from_table(&wrong, mixed, NULL, &error));
  test_assert_error_says(&error, "here.csv:4", "2020-01-02", "sort");
  g_assert_false(time_series_from_table(&wrong, mixed, "price", &error));
  test_assert_error_says(&error, "price");
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
static void test_baselines(void) {
  g_auto(TimeSeries)
      series = {.name = g_strdup("x"), .values = g_array_new(FALSE, FALSE, sizeof(double))};
  const TimeSeriesOptions options = {4, 1, TIME_SERIES_STANDARD};

  for (int i = 0; i < 200; i++) {
    const double value = 1 + i % 2;
    g_array_append_val(series.values, value);
  }
  g_autoptr(Dataset) data = dataset_new_time_series("x", "x", &series, &options, NULL);
  const TimeSeriesBaselines found = time_series_baselines(data, DATASET_TEST);
  g_assert_cmpfloat_with_epsilon(found.naive_mae, 1, 1e-5);
  g_assert_cmpfloat_with_epsilon(found.naive_rmse, 1, 1e-5);
  g_assert_cmpfloat_with_epsilon(found.average_mae, 0.5, 1e-5);
}

/* Every file as it is found: how many values, the first and the last. */
static void test_as_found(void) {
  static const struct {
    const char *file, *column;
    guint n;
    double first, last;
  } FILES[] = {
      {"stocks/vega-sp500-2000.csv", NULL, 5105, 1455.219971, 2874.560059},
      {"stocks/plotly-finance-charts-apple.csv", NULL, 506, 127.830002, 135.350006},
      {"stocks/plotly-tesla-stock-price.csv", NULL, 757, 221.31, 270.49},
      {"stocks/yahoo_stock_2015-2020.csv", "Close", 1825, 2086.590088, 3557.540039},
      {"timeseries/airline-passengers.csv", NULL, 144, 112, 432},
      {"timeseries/daily-min-temperatures.csv", NULL, 3650, 20.7, 13},
      {"timeseries/monthly-sunspots.csv", NULL, 2820, 58, 33.4},
      {"timeseries/shampoo.csv", NULL, 36, 266, 646.9},
      {"timeseries/ETTh1.csv", NULL, 17420, 30.531, 9.567},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(FILES); i++) {
    g_autofree char *path = test_data_path(FILES[i].file);
    g_auto(TimeSeries) series = {0};
    GError *error = NULL;
    if (path == NULL)
      return;
    g_autoptr(Table) table = table_read(path, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(time_series_from_table(&series, table, FILES[i].column, &error));
    g_assert_no_error(error);
    g_test_message("%s: %s, %u values, %g … %g, %u filled", FILES[i].file, series.name,
                   series.values->len, at(&series, 0), at(&series, series.values->len - 1),
                   series.filled);
    g_assert_cmpuint(series.values->len, ==, FILES[i].n);
    g_assert_cmpfloat_with_epsilon(at(&series, 0), FILES[i].first, 1e-3);
    g_assert_cmpfloat_with_epsilon(at(&series, series.values->len - 1), FILES[i].last, 1e-3);
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
  g_test_add_func("/time-series/windows", test_windows);
  g_test_add_func("/time-series/no-future", test_no_future);
  g_test_add_func("/time-series/too-short", test_too_short);
  g_test_add_func("/time-series/baselines", test_baselines);
  g_test_add_func("/time-series/as-found", test_as_found);
  g_test_add_func("/tables/table", test_table);
  g_test_add_func("/tables/as-found", test_tables_as_found);
  g_test_add_func("/tables/cifar10", test_cifar10);
  return g_test_run();
}
