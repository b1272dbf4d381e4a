#include "core/base/json_scan.h"
#include "core/base/text.h"

#include "tests/core/support.h"

#include <locale.h>
#include <string.h>

#define DOMAIN g_quark_from_static_string("test-json-scan")

static void init(JsonScan *scan, const char *text) {
  json_scan_init(scan, text, strlen(text), "here.json", DOMAIN, 7);
}

static void test_values(void) {
  static const char TEXT[] = " {\"a\": [1, -20 ,0], \"b\":true,\r\n\t\"c\" : {}, \"d\": [],"
                             "\"e\": -0.5e-3, \"f\": \"\", \"g\": false} \n";
  g_auto(JsonScan) scan;
  gint64 sum = 0, value;
  gboolean flag = FALSE;
  double real = 0;
  const char *name;
  GError *error = NULL;

  init(&scan, TEXT);
  g_assert_true(json_scan_object(&scan));
  g_assert_true(json_scan_member(&scan, &name));
  g_assert_cmpstr(name, ==, "a");
  for (json_scan_array(&scan); json_scan_element(&scan) && json_scan_integer(&scan, &value);)
    sum = sum * 100 + value;
  g_assert_cmpint(sum, ==, (1 * 100 - 20) * 100);
  g_assert_true(json_scan_member(&scan, &name) && json_scan_boolean(&scan, &flag) && flag);
  g_assert_true(json_scan_member(&scan, &name) && json_scan_object(&scan));
  g_assert_false(json_scan_member(&scan, &name));
  g_assert_true(json_scan_member(&scan, &name) && json_scan_array(&scan));
  g_assert_false(json_scan_element(&scan));
  g_assert_true(json_scan_member(&scan, &name) && json_scan_real(&scan, &real));
  g_assert_cmpfloat(real, ==, -0.5e-3);
  g_assert_true(json_scan_member(&scan, &name));
  g_autofree char *text = json_scan_string(&scan);
  g_assert_cmpstr(text, ==, "");
  g_assert_true(json_scan_member(&scan, &name) && json_scan_boolean(&scan, &flag) && !flag);
  g_assert_cmpstr(name, ==, "g");
  g_assert_false(json_scan_member(&scan, &name));
  g_assert_true(json_scan_finish(&scan, &error));
  g_assert_no_error(error);
}

static void check_string(const char *json, const char *expected) {
  g_auto(JsonScan) scan;
  GError *error = NULL;

  init(&scan, json);
  g_autofree char *text = json_scan_string(&scan);
  g_assert_true(json_scan_finish(&scan, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(text, ==, expected);
}

static void test_strings(void) {
  check_string("\"a\\n\\\"\\\\\\/\\t\\b\\f\\r\"", "a\n\"\\/\t\b\f\r");
  check_string("\"\\u0041\\u00e9\\u20AC\"", "Aé€");
  check_string("\"\\ud83d\\ude00\"", "😀");
  check_string("\"größer × 2\"", "größer × 2");
}

static void check_bad_string(const char *json, const char *word) {
  g_auto(JsonScan) scan;
  GError *error = NULL;

  init(&scan, json);
  g_assert_null(json_scan_string(&scan));
  g_assert_false(json_scan_finish(&scan, &error));
  g_assert_error(error, DOMAIN, 7);
  test_assert_error_says(&error, "here.json:1", word);
}

static void test_bad_strings(void) {
  check_bad_string("", "end of the text");
  check_bad_string("\"", "no closing quote");
  check_bad_string("\"a\\", "followed by");
  check_bad_string("\"a\\q\"", "followed by");
  check_bad_string("\"\\u12\"", "stands for no character");
  check_bad_string("\"\\u0000\"", "stands for no character");
  check_bad_string("\"\\ud800\"", "stands for no character");
  check_bad_string("\"\\ud800\\u0041\"", "stands for no character");
  check_bad_string("\"\\udc00\"", "stands for no character");
  check_bad_string("\"a\nb\"", "line break");
  check_bad_string("\"\xff\"", "UTF-8");
  check_bad_string("\"\xe2\x82\"", "UTF-8");
  check_bad_string("'a'", "found ‘'’");
  check_bad_string("\xef\xbb\xbf\"a\"", "0xef");
  check_bad_string("5", "found a number");
}

static void check_number(const char *json, gboolean real, gboolean integer, const char *word) {
  double value;
  gint64 whole;
  GError *error = NULL;
  JsonScan scan;

  init(&scan, json);
  json_scan_real(&scan, &value);
  g_assert_cmpint(json_scan_finish(&scan, NULL), ==, real);
  json_scan_clear(&scan);
  init(&scan, json);
  json_scan_integer(&scan, &whole);
  g_assert_cmpint(json_scan_finish(&scan, &error), ==, integer);
  json_scan_clear(&scan);
  if (!integer)
    test_assert_error_says(&error, "here.json:1", word);
}

static void test_numbers(void) {
  check_number("0", TRUE, TRUE, NULL);
  check_number("-9223372036854775808", TRUE, TRUE, NULL);
  check_number("9223372036854775808", TRUE, FALSE, "too large");
  check_number("1.0", TRUE, FALSE, "whole number");
  check_number("1e3", TRUE, FALSE, "whole number");
  check_number("1E+3", TRUE, FALSE, "whole number");
  check_number("1e999", FALSE, FALSE, "whole number");
  check_number("01", FALSE, FALSE, "how JSON writes");
  check_number("-", FALSE, FALSE, "how JSON writes");
  check_number("- 1", FALSE, FALSE, "how JSON writes");
  check_number("1.", FALSE, FALSE, "how JSON writes");
  check_number("1e", FALSE, FALSE, "how JSON writes");
  check_number("+1", FALSE, FALSE, "found ‘+’");
  check_number(".5", FALSE, FALSE, "found ‘.’");
  check_number("NaN", FALSE, FALSE, "found ‘N’");
  check_number("0x10", FALSE, FALSE, "expected the end");
  check_number("1,5", FALSE, FALSE, "expected the end");
  check_number("true", FALSE, FALSE, "found true");
  check_number("null", FALSE, FALSE, "found null");
}

/* Reads an object of numbers. */
static void check_bad_object(const char *json, const char *place, const char *word) {
  g_auto(JsonScan) scan;
  const char *name;
  gint64 value;
  GError *error = NULL;

  init(&scan, json);
  for (json_scan_object(&scan); json_scan_member(&scan, &name);)
    json_scan_integer(&scan, &value);
  g_assert_false(json_scan_finish(&scan, &error));
  test_assert_error_says(&error, place, word);
}

static void test_bad_objects(void) {
  check_bad_object("{\"a\": 1,\n\"b\": 2,\n\"a\": 3}", "here.json:3", "second ‘a’");
  check_bad_object("{\"a\": 1,\n\"\\u0061\": 3}", "here.json:2", "second ‘a’");
  check_bad_object("{\"a\": 1,\n}", "here.json:2", "member name");
  check_bad_object("{\"a\": 1\n \"b\": 2}", "here.json:2", "comma");
  check_bad_object("{\"a\"\n 1}", "here.json:2", "colon");
  check_bad_object("{a: 1}", "here.json:1", "quotes");
  check_bad_object("{,}", "here.json:1", "member name");
  check_bad_object("{\"a\": 1", "here.json:1", "closing }");
  check_bad_object("{\n\"a\": \"x\"}", "here.json:2: ‘a’", "found a text");
  check_bad_object("[1]", "here.json:1", "found an array");
  check_bad_object("{} {}", "here.json:1", "expected the end");
}

/* The first error stays, and nothing is read after it. */
static void test_first_error(void) {
  g_auto(JsonScan) scan;
  gint64 value;
  JsonScanKind kind;
  const char *name;
  GError *error = NULL;

  init(&scan, "[\"a\", 2]");
  g_assert_true(json_scan_array(&scan) && json_scan_element(&scan));
  g_assert_false(json_scan_integer(&scan, &value));
  g_assert_false(json_scan_element(&scan));
  g_assert_false(json_scan_fail(&scan, "another"));
  g_assert_false(json_scan_array(&scan));
  g_assert_false(json_scan_member(&scan, &name));
  g_assert_null(json_scan_scalar(&scan, &kind));
  g_assert_false(json_scan_finish(&scan, &error));
  test_assert_error_says(&error, "expected a whole number, found a text");
}

static void test_scalars(void) {
  g_auto(JsonScan) scan;
  JsonScanKind kind;
  g_autoptr(GString) all = g_string_new(NULL);

  init(&scan, "[\"adam\", 0.001, true, false, 1e3]");
  for (json_scan_array(&scan); json_scan_element(&scan);) {
    g_autofree char *text = json_scan_scalar(&scan, &kind);
    g_string_append_printf(all, "%s:%d ", text, kind);
  }
  g_assert_true(json_scan_finish(&scan, NULL));
  g_assert_cmpstr(all->str, ==, "adam:3 0.001:4 true:5 false:5 1e3:4 ");
}

/* --- text.h --- */

static void test_nearest(void) {
  static const char *const WORDS[] = {"learning_rate", "momentum", "epochs", "sgd", "adam", NULL};
  static const char *const NOTHING[] = {NULL};

  g_assert_cmpstr(text_nearest("learning-rate", WORDS), ==, "learning_rate");
  g_assert_cmpstr(text_nearest("lerning_rat", WORDS), ==, "learning_rate");
  g_assert_cmpstr(text_nearest("epoch", WORDS), ==, "epochs");
  g_assert_cmpstr(text_nearest("adma", WORDS), ==, "adam"); /* swapped: one slip */
  g_assert_cmpstr(text_nearest("sgd", WORDS), ==, "sgd");
  g_assert_null(text_nearest("dropout", WORDS));
  g_assert_null(text_nearest("", WORDS));
  g_assert_null(text_nearest("x", WORDS));
  g_assert_null(text_nearest("x", NOTHING));
  g_autofree char *endless = g_strnfill(100000, 'a');
  g_assert_null(text_nearest(endless, WORDS));
  g_autofree char *near = text_suggest("epoch", WORDS), *far = text_suggest("dropout", WORDS);
  g_autofree char *none = text_suggest("x", NOTHING);
  g_assert_cmpstr(near, ==, "; did you mean ‘epochs’?");
  g_assert_cmpstr(far, ==, "; there are: learning_rate, momentum, epochs, sgd, adam");
  g_assert_cmpstr(none, ==, "; there are none");
}

static void check_text(double value, const char *expected) {
  g_autofree char *text = text_from_real(value);
  double back = -1;

  g_assert_cmpstr(text, ==, expected);
  g_assert_true(text_to_real(text, &back));
  g_assert_cmpfloat(back, ==, value);
}

static void test_text_numbers(void) {
  static const char *const BAD[] = {"",    " 1",   "1 ", "0x1", "inf", "nan", "1e999",
                                    "1,5", "1.5.", "e",  "-",   "--1", "1_0", NULL};
  double value = 5;
  gint64 whole = 5;

  check_text(0.001, "0.001");
  check_text(1e-5, "1e-05");
  check_text(100, "100");
  check_text(0.1f, "0.10000000149011612");
  check_text(1e300, "1e+300");
  check_text(-2.5, "-2.5");
  for (int i = 0; BAD[i] != NULL; i++)
    g_assert_false(text_to_real(BAD[i], &value));
  g_assert_cmpfloat(value, ==, 5);
  g_assert_true(text_to_integer("-12", &whole));
  g_assert_cmpint(whole, ==, -12);
  g_assert_false(text_to_integer("1.0", &whole));
  g_assert_false(text_to_integer("99999999999999999999", &whole));
}

/* Where a comma separates decimals, files still have points. */
static void test_german(void) {
  if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
    g_test_skip("there is no locale de_DE.UTF-8");
    return;
  }
  test_text_numbers();
  test_numbers();
  setlocale(LC_ALL, "C.UTF-8");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  setlocale(LC_ALL, "C.UTF-8");
  g_test_add_func("/json-scan/values", test_values);
  g_test_add_func("/json-scan/strings", test_strings);
  g_test_add_func("/json-scan/bad-strings", test_bad_strings);
  g_test_add_func("/json-scan/numbers", test_numbers);
  g_test_add_func("/json-scan/bad-objects", test_bad_objects);
  g_test_add_func("/json-scan/first-error", test_first_error);
  g_test_add_func("/json-scan/scalars", test_scalars);
  g_test_add_func("/text/nearest", test_nearest);
  g_test_add_func("/text/numbers", test_text_numbers);
  g_test_add_func("/text/german", test_german);
  return g_test_run();
}
