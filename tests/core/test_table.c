/* Tables from CSV and JSON: how they are cut, what their cells mean, and files from the wild. */
#include "core/formats/cell.h"
#include "core/formats/table.h"
#include "tests/core/support.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static Table *parse_with(const char *text, const CsvOptions *options, GError **error) {
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

  return table_parse_csv(bytes, "here", options, error);
}

static Table *parse(const char *text) {
  GError *error = NULL;
  Table *table = parse_with(text, NULL, &error);

  g_assert_no_error(error);
  return table;
}

static void assert_cells(const Table *table, const char *const *expected) {
  for (guint i = 0; i < table->cells->len; i++)
    g_assert_cmpstr(table->cells->pdata[i], ==, expected[i]);
}

static void test_cut(void) {
  g_autoptr(Table) table = parse("name, price ,note\r\n"
                                 "\"a, \"\"b\"\"\",1, x y \r\n"
                                 "\r\n"
                                 "\"two\nlines\" ,NA,\r\n"
                                 "c,?,\"\"");

  g_assert_cmpuint(table->n_columns, ==, 3);
  g_assert_cmpuint(table->n_rows, ==, 3);
  g_assert_true(table->named);
  g_assert_cmpstr(table->columns[1], ==, "price");
  assert_cells(table, (const char *const[]){"a, \"b\"", "1", "x y", "two\nlines", NULL, NULL, "c",
                                            NULL, NULL});
  g_assert_cmpuint(table_line(table, 0), ==, 2);
  g_assert_cmpuint(table_line(table, 1), ==, 4);
  g_assert_cmpuint(table_line(table, 2), ==, 6);
}

static void test_delimiters(void) {
  g_autoptr(Table) semicolons = parse("a;b\n1,5;2,5\n3;4\n");
  g_autoptr(Table) tabs = parse("x, y\t1\nz, w\t2\n");
  g_autoptr(Table) one = parse("alpha\nbeta\n");
  const CsvOptions sentences = {.delimiters = "\t", .no_quotes = TRUE};
  g_autoptr(Table) quotes = parse_with("he said \"no\t0\nand \" left\t1\n", &sentences, NULL);

  g_assert_cmpint(semicolons->delimiter, ==, ';');
  g_assert_cmpint(tabs->delimiter, ==, '\t');
  g_assert_cmpuint(tabs->n_columns, ==, 2);
  g_assert_cmpuint(one->n_columns, ==, 1);
  g_assert_cmpuint(one->n_rows, ==, 2);
  g_assert_cmpstr(table_cell(quotes, 0, 0), ==, "he said \"no");
}

static void test_header(void) {
  g_autoptr(Table) without = parse("5.1,setosa\n4.9,setosa\n");
  g_autoptr(Table) words = parse("a,b\nc,d\n");
  const CsvOptions yes = {.header = CSV_HEADER_YES}, no = {.header = CSV_HEADER_NO};
  g_autoptr(Table) forced = parse_with("a,b\nc,d\n", &yes, NULL);
  g_autoptr(Table) data = parse_with("a,b\n1,2\n", &no, NULL);

  g_assert_false(without->named);
  g_assert_cmpstr(without->columns[1], ==, "column 2");
  g_assert_false(words->named);
  g_assert_true(forced->named);
  g_assert_cmpuint(forced->n_rows, ==, 1);
  g_assert_cmpuint(data->n_rows, ==, 2);
}

#define assert_refused(text, ...)                                                                  \
  do {                                                                                             \
    GError *refusal = NULL;                                                                        \
    g_assert_null(parse_with(text, NULL, &refusal));                                               \
    test_assert_error_says(&refusal, __VA_ARGS__);                                                 \
  } while (0)

static void test_bad(void) {
  assert_refused("", "here:1: ", "no rows");
  assert_refused("\n \n", "no rows");
  assert_refused("a,b\n1,2\n3\n", "here:3: ", "1 cell,", "have 2");
  assert_refused("a,b\n1,2\n\n3,4,5\n", "here:4: ", "3 cells", "quotes");
  assert_refused("a,b\n\"1,2\n3,4\n", "here:2: ", "never closed");
  assert_refused("a,b\n\"1\"x,2\n", "here:2: ", "after a closing quote");
  assert_refused("a,b\n1,\xe9t\xe9\n", "here:2: ", "byte 6 (e9)", "UTF-8");
  assert_refused("\xff\xfe"
                 "a,b",
                 "UTF-16");
}

static void test_numbers(void) {
  static const struct {
    const char *text;
    CellDecimal decimal;
    double value; /* NaN: refused */
  } CASES[] = {
      {"4,787,699", CELL_DECIMAL_POINT, 4787699},
      {"-1.5e3", CELL_DECIMAL_POINT, -1500},
      {"$1,234.50", CELL_DECIMAL_POINT, 1234.5},
      {"12.5%", CELL_DECIMAL_POINT, 12.5},
      {"€ 7", CELL_DECIMAL_POINT, 7},
      {"1.234,56", CELL_DECIMAL_COMMA, 1234.56},
      {"7,5", CELL_DECIMAL_COMMA, 7.5},
      {"7,5", CELL_DECIMAL_POINT, NAN},
      {"1,23,456", CELL_DECIMAL_POINT, NAN},
      {"1234,567", CELL_DECIMAL_POINT, NAN},
      {",123", CELL_DECIMAL_POINT, NAN},
      {"1,234,", CELL_DECIMAL_POINT, NAN},
      {"1.5,000", CELL_DECIMAL_POINT, NAN},
      {"1,2345", CELL_DECIMAL_POINT, NAN},
      {"0x10", CELL_DECIMAL_POINT, NAN},
      {"inf", CELL_DECIMAL_POINT, NAN},
      {"1 2", CELL_DECIMAL_POINT, NAN},
      {"", CELL_DECIMAL_POINT, NAN},
      {"-4,000", CELL_DECIMAL_POINT, -4000},
      {"1e999", CELL_DECIMAL_POINT, NAN},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(CASES); i++) {
    double value = NAN;
    g_test_message("%s", CASES[i].text);
    g_assert_true(cell_number(CASES[i].text, CASES[i].decimal, &value) == !isnan(CASES[i].value));
    if (!isnan(CASES[i].value))
      g_assert_cmpfloat(value, ==, CASES[i].value);
  }
}

static void test_dates(void) {
  static const struct {
    const char *text;
    CellDate kind;
    double days;
  } CASES[] = {
      {"1970-01-01", CELL_DATE, 0},
      {"2000-03-01", CELL_DATE, 11017},
      {"2018/10/15", CELL_DATE, 17819},
      {"10/15/2018", CELL_DATE, 17819},
      {"15.10.2018", CELL_DATE, 17819},
      {"1949-01", CELL_DATE, -7670},
      {"2018-10-15 12:00:00", CELL_DATE, 17819.5},
      {"2018-10-15T06:00:00.000Z", CELL_DATE, 17819.25},
      {"11:34", CELL_TIME_ONLY, 0},
      {"2018-02-29", CELL_NO_DATE, 0},
      {"2016-02-29", CELL_DATE, 16860},
      {"1900-02-29", CELL_NO_DATE, 0},
      {"2018-13-01", CELL_NO_DATE, 0},
      {"15/10/2018", CELL_NO_DATE, 0},
      {"1.5", CELL_NO_DATE, 0},
      {"3/4", CELL_NO_DATE, 0},
      {"2018-10-15 25:00", CELL_NO_DATE, 0},
      {"2018-10-15x", CELL_NO_DATE, 0},
      {"99999999999-1-1", CELL_NO_DATE, 0},
      {"", CELL_NO_DATE, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(CASES); i++) {
    double days = 0;
    g_test_message("%s", CASES[i].text);
    g_assert_cmpint(cell_date(CASES[i].text, CELL_MONTH_FIRST, &days), ==, CASES[i].kind);
    if (CASES[i].kind == CELL_DATE)
      g_assert_cmpfloat(days, ==, CASES[i].days);
  }
}

static void test_columns(void) {
  g_autoptr(Table) table = parse("when;AAPL.Close;kind\n13/1/2020;1.000,5;b\n2/3/2020;;a\n"
                                 "2/4/2020;3;b\n");
  GError *error = NULL;
  g_autofree double *numbers = table_numbers(table, 1, &error);
  g_autofree double *dates = table_dates(table, 0, &error);
  g_autofree gint32 *classes = NULL;
  g_auto(GStrv) names = table_classes(table, 2, 10, &classes, &error);

  g_assert_no_error(error);
  g_assert_cmpfloat(numbers[0], ==, 1000.5);
  g_assert_true(isnan(numbers[1]));
  g_assert_cmpfloat(dates[1] - dates[0], ==, 49); /* 2 March, not 3 February */
  g_assert_cmpstr(names[0], ==, "a");
  g_assert_cmpint(classes[0], ==, 1);
  g_assert_cmpint(table_find_any(table, (const char *const[]){"price", "close", NULL}), ==, 1);
  g_assert_cmpint(table_find(table, "KIND", &error), ==, 2);
  g_assert_cmpint(table_find(table, "3", &error), ==, 2);
  g_assert_cmpint(table_find(table, "knd", &error), ==, -1);
  test_assert_error_says(&error, "here has no column ‘knd’", "‘kind’");
  g_assert_null(table_numbers(table, 2, &error));
  test_assert_error_says(&error, "here:2: column ‘kind’ has ‘b’", "a number");
  g_assert_null(table_dates(table, 2, &error));
  test_assert_error_says(&error, "here:2: ", "a date");
  g_assert_null(table_classes(table, 2, 1, &classes, &error));
  test_assert_error_says(&error, "here:3: ", "2. different class", "up to 1");
}

static Table *records(const char *text, GError **error) {
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

  return table_parse_json(bytes, "here", error);
}

static void test_json(void) {
  GError *error = NULL;
  g_autoptr(Table) table =
      records("[{\"a\": 1.5, \"b\": null},\n {\"b\": \"x\", \"c\": true}]", &error);

  g_assert_no_error(error);
  g_assert_cmpuint(table->n_columns, ==, 3);
  assert_cells(table, (const char *const[]){"1.5", NULL, NULL, NULL, "x", "true"});
  g_assert_cmpuint(table_line(table, 1), ==, 2);
  g_assert_null(records("[]", &error));
  test_assert_error_says(&error, "here:1", "no records");
  g_assert_null(records("[{\"a\": 1},\n {\"a\": [2]}]", &error));
  test_assert_error_says(&error, "here:2", "an array");
  g_assert_null(records("[{\"a\": nul}]", &error));
  test_assert_error_says(&error, "here:1", "expected null");
}

/* --- Files as published --- */

static Table *published(const char *relative, const CsvOptions *options) {
  g_autofree char *path = test_data_path(relative);
  GError *error = NULL;
  Table *table = path != NULL ? table_read(path, options, &error) : NULL;

  g_assert_no_error(error);
  return table;
}

static void test_tables_as_published(void) {
  static const struct {
    const char *file;
    guint rows, columns;
    gboolean named;
  } FILES[] = {
      {"stocks/plotly-finance-charts-apple.csv", 506, 11, TRUE},
      {"stocks/plotly-tesla-stock-price.csv", 757, 6, TRUE},
      {"stocks/vega-sp500-2000.csv", 5105, 7, TRUE},
      {"stocks/yahoo_stock_2015-2020.csv", 1825, 7, TRUE},
      {"timeseries/ETTh1.csv", 17420, 8, TRUE},
      {"timeseries/airline-passengers.csv", 144, 2, TRUE},
      {"timeseries/daily-min-temperatures.csv", 3650, 2, TRUE},
      {"timeseries/monthly-sunspots.csv", 2820, 2, TRUE},
      {"timeseries/shampoo.csv", 36, 2, TRUE},
      {"tabular/iris.csv", 150, 5, FALSE},
      {"tabular/winequality-white.csv", 4898, 12, FALSE},
      {"tabular/penguins.json", 344, 7, TRUE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(FILES); i++) {
    g_autoptr(Table) table = published(FILES[i].file, NULL);
    g_test_message("%s", FILES[i].file);
    if (table == NULL)
      return;
    g_assert_cmpuint(table->n_rows, ==, FILES[i].rows);
    g_assert_cmpuint(table->n_columns, ==, FILES[i].columns);
    g_assert_true(table->named == FILES[i].named);
    if (FILES[i].named && strstr(FILES[i].file, ".json") == NULL)
      g_assert_true(table_is_date(table, 0));
  }
}

static void test_sentences_as_published(void) {
  const CsvOptions sentences = {.delimiters = "\t", .no_quotes = TRUE};
  static const struct {
    const char *file;
    guint rows;
  } FILES[] = {
      {"uci_sls/imdb_labelled.txt", 1000}, {"uci_sls/amazon_cells_labelled.txt", 1000},
      {"uci_sls/yelp_labelled.txt", 1000}, {"bad/imdb_labelled-CRLF.txt", 1000},
      {"sst2/train.tsv", 60614},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(FILES); i++) {
    g_autoptr(Table) table = published(FILES[i].file, &sentences);
    g_test_message("%s", FILES[i].file);
    if (table == NULL)
      return;
    g_assert_cmpuint(table->n_rows, ==, FILES[i].rows);
    g_assert_cmpuint(table->n_columns, ==, 2);
    g_assert_true(table_is_numeric(table, 1));
  }
}

/* 4,787,699 stays what it is where the user writes 4.787.699. */
static void test_german(void) {
  double value;

  if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
    g_test_skip("there is no German locale");
    return;
  }
  g_assert_true(cell_number("4,787,699.5", CELL_DECIMAL_POINT, &value));
  g_assert_cmpfloat(value, ==, 4787699.5);
  setlocale(LC_ALL, "C");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/table/cut", test_cut);
  g_test_add_func("/table/delimiters", test_delimiters);
  g_test_add_func("/table/header", test_header);
  g_test_add_func("/table/bad", test_bad);
  g_test_add_func("/table/numbers", test_numbers);
  g_test_add_func("/table/dates", test_dates);
  g_test_add_func("/table/columns", test_columns);
  g_test_add_func("/table/json", test_json);
  g_test_add_func("/table/as-published", test_tables_as_published);
  g_test_add_func("/table/sentences-as-published", test_sentences_as_published);
  g_test_add_func("/table/german", test_german);
  return g_test_run();
}
