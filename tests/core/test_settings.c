#include "core/lesson/settings.h"

#include "tests/core/support.h"

#include <locale.h>
#include <math.h>

static void add(GPtrArray *all, Setting setting) {
  setting.name = g_strdup(setting.name);
  setting.label = g_strdup("Label");
  setting.help = g_strdup("Help.");
  setting.choices = g_strdupv(setting.choices);
  g_ptr_array_add(all, g_memdup2(&setting, sizeof setting));
}

static Settings *sample(void) {
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)setting_free);

  add(all, (Setting){.name = (char *)"learning_rate",
                     .kind = SETTING_REAL,
                     .minimum = 1e-5,
                     .maximum = 10,
                     .initial = 0.001,
                     .logarithmic = TRUE,
                     .live = TRUE});
  add(all, (Setting){.name = (char *)"batch_size",
                     .kind = SETTING_INTEGER,
                     .minimum = 1,
                     .maximum = 512,
                     .initial = 32});
  add(all, (Setting){.name = (char *)"optimizer",
                     .kind = SETTING_CHOICE,
                     .initial = 1,
                     .choices = (char *[]){(char *)"sgd", (char *)"adam", NULL}});
  add(all, (Setting){.name = (char *)"shuffle", .kind = SETTING_BOOLEAN, .initial = 1});
  return settings_new(all);
}

static void test_initial(void) {
  g_autoptr(Settings) settings = sample();

  g_assert_cmpfloat(settings_get(settings, "learning_rate", 7), ==, 0.001);
  g_assert_cmpfloat(settings_get(settings, "batch_size", 7), ==, 32);
  g_assert_cmpfloat(settings_get(settings, "dropout", 7), ==, 7);
  g_assert_cmpstr(settings_choice(settings, "optimizer"), ==, "adam");
  g_assert_null(settings_choice(settings, "learning_rate"));
  g_assert_null(settings_choice(settings, "dropout"));
  g_assert_true(settings_find(settings, "learning_rate")->live);
  g_assert_null(settings_find(settings, "dropout"));
}

static void check_good(Settings *settings, const char *name, const char *text, double expected,
                       const char *formatted) {
  GError *error = NULL;

  g_assert_true(settings_parse(settings, name, text, &error));
  g_assert_no_error(error);
  g_assert_cmpfloat(settings_get(settings, name, -7), ==, expected);
  g_autofree char *back = settings_format(settings, name);
  g_assert_cmpstr(back, ==, formatted);
}

static void test_parse(void) {
  g_autoptr(Settings) settings = sample();

  check_good(settings, "learning_rate", "0.25", 0.25, "0.25");
  check_good(settings, "learning_rate", "1e-5", 1e-5, "1e-05");
  check_good(settings, "learning_rate", "10", 10, "10");
  check_good(settings, "learning_rate", "0.1", 0.1, "0.1");
  check_good(settings, "batch_size", "512", 512, "512");
  check_good(settings, "batch_size", "1e2", 100, "100");
  check_good(settings, "optimizer", "sgd", 0, "sgd");
  check_good(settings, "optimizer", "adam", 1, "adam");
  check_good(settings, "shuffle", "false", 0, "false");
  check_good(settings, "shuffle", "true", 1, "true");
}

/* Refused, with nothing changed. */
static void check_bad(Settings *settings, const char *name, const char *text, const char *takes) {
  const double before = settings_get(settings, name, 0);
  GError *error = NULL;

  g_assert_false(settings_parse(settings, name, text, &error));
  g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE);
  g_autofree char *given = g_strdup_printf("‘%s’", text);
  test_assert_error_says(&error, name, takes, given);
  g_assert_cmpfloat(settings_get(settings, name, 0), ==, before);
}

static void test_bad(void) {
  static const char *const NUMBERS[] = {"",     "x",  "0",  "-1",  "10.5", "1e9", "nan", "inf",
                                        "0,01", " 1", "1 ", "0x1", "1e",   "1=2", "0.1f"};
  g_autoptr(Settings) settings = sample();

  for (gsize i = 0; i < G_N_ELEMENTS(NUMBERS); i++)
    check_bad(settings, "learning_rate", NUMBERS[i], "a number from 1e-05 to 10");
  check_bad(settings, "batch_size", "1.5", "a whole number from 1 to 512");
  check_bad(settings, "batch_size", "0", "a whole number from 1 to 512");
  check_bad(settings, "batch_size", "513", "a whole number from 1 to 512");
  check_bad(settings, "optimizer", "Adam", "one of sgd, adam");
  check_bad(settings, "optimizer", "1", "one of sgd, adam");
  check_bad(settings, "shuffle", "yes", "true or false");
  check_bad(settings, "shuffle", "1", "true or false");
}

static void test_unknown(void) {
  g_autoptr(Settings) settings = sample();
  GError *error = NULL;

  g_assert_false(settings_parse(settings, "learning-rate", "1", &error));
  g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_UNKNOWN);
  test_assert_error_says(&error, "‘learning-rate’", "did you mean ‘learning_rate’?");
  g_assert_false(settings_set(settings, "dropout", 1, &error));
  test_assert_error_says(&error, "‘dropout’", "learning_rate, batch_size, optimizer, shuffle");
}

static void test_set(void) {
  g_autoptr(Settings) settings = sample();
  GError *error = NULL;

  g_assert_true(settings_set(settings, "learning_rate", 2, &error));
  g_assert_true(settings_set(settings, "optimizer", 0, &error));
  g_assert_no_error(error);
  g_assert_cmpfloat(settings_get(settings, "learning_rate", 0), ==, 2);
  g_assert_cmpstr(settings_choice(settings, "optimizer"), ==, "sgd");
  g_assert_false(settings_set(settings, "learning_rate", NAN, &error));
  test_assert_error_says(&error, "learning_rate takes", "nan");
  g_assert_false(settings_set(settings, "learning_rate", INFINITY, &error));
  test_assert_error_says(&error, "learning_rate takes");
  g_assert_false(settings_set(settings, "optimizer", 2, &error));
  test_assert_error_says(&error, "one of sgd, adam");
  g_assert_false(settings_set(settings, "optimizer", 0.5, &error));
  test_assert_error_says(&error, "one of sgd, adam");
  g_assert_false(settings_set(settings, "shuffle", 2, &error));
  test_assert_error_says(&error, "true or false");
  g_assert_cmpstr(settings_choice(settings, "optimizer"), ==, "sgd");
}

static void test_copies(void) {
  g_autoptr(Settings) settings = sample();

  settings_set(settings, "batch_size", 8, NULL);
  g_autoptr(Settings) copy = settings_copy(settings);
  g_assert_cmpfloat(settings_get(copy, "batch_size", 0), ==, 8);
  settings_set(copy, "batch_size", 9, NULL);
  g_assert_cmpfloat(settings_get(settings, "batch_size", 0), ==, 8);
  settings_reset(copy);
  g_assert_cmpfloat(settings_get(copy, "batch_size", 0), ==, 32);
  g_clear_pointer(&settings, settings_free);
  g_assert_cmpstr(settings_find(copy, "optimizer")->choices[0], ==, "sgd");
}

static void test_german(void) {
  if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
    g_test_skip("there is no locale de_DE.UTF-8");
    return;
  }
  test_parse();
  test_bad();
  setlocale(LC_ALL, "C.UTF-8");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  setlocale(LC_ALL, "C.UTF-8");
  g_test_add_func("/settings/initial", test_initial);
  g_test_add_func("/settings/parse", test_parse);
  g_test_add_func("/settings/bad", test_bad);
  g_test_add_func("/settings/unknown", test_unknown);
  g_test_add_func("/settings/set", test_set);
  g_test_add_func("/settings/copies", test_copies);
  g_test_add_func("/settings/german", test_german);
  return g_test_run();
}
