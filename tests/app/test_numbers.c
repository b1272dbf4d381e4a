#include "app/numbers.h"

#include <locale.h>
#include <math.h>

static void assert_count(guint64 n, const char *expected) {
  g_autofree char *text = number_count(n);
  g_assert_cmpstr(text, ==, expected);
}

static void test_count(void) {
  assert_count(0, "0");
  assert_count(999, "999");
  assert_count(1000, "1,000");
  assert_count(41200, "41,200");
  assert_count(347146, "347,146");
  assert_count(G_MAXUINT64, "18,446,744,073,709,551,615");
}

static void assert_duration(double seconds, const char *expected) {
  g_autofree char *text = number_duration(seconds);
  g_assert_cmpstr(text, ==, expected);
}

static void test_duration(void) {
  assert_duration(0, "0:00");
  assert_duration(7.4, "0:07");
  assert_duration(59.6, "1:00");
  assert_duration(750, "12:30");
  assert_duration(3723, "1:02:03");
  assert_duration(-1, "-:--");
  assert_duration(NAN, "-:--");
  assert_duration(INFINITY, "-:--");
}

static void assert_bytes(guint64 n, const char *expected) {
  g_autofree char *text = number_bytes(n);
  g_assert_cmpstr(text, ==, expected);
}

static void test_bytes(void) {
  assert_bytes(0, "0 bytes");
  assert_bytes(999, "999 bytes");
  assert_bytes(1000, "1.0 kB");
  assert_bytes(999949, "999.9 kB");
  assert_bytes(999950, "1.0 MB");
  assert_bytes(11594722, "11.6 MB");
  assert_bytes(2500000000u, "2.5 GB");
  assert_bytes(G_MAXUINT64, "18446744.1 TB");
}

/* The same where people write 0,5. */
static void test_german(void) {
  if (!setlocale(LC_ALL, "de_DE.UTF-8")) {
    g_test_skip("this machine has no German locale");
    return;
  }
  g_autofree char *comma = g_strdup_printf("%.1f", 0.5);
  g_assert_cmpstr(comma, ==, "0,5");
  assert_bytes(11594722, "11.6 MB");
  assert_count(41200, "41,200");
  setlocale(LC_ALL, "C");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/numbers/count", test_count);
  g_test_add_func("/numbers/duration", test_duration);
  g_test_add_func("/numbers/bytes", test_bytes);
  g_test_add_func("/numbers/german", test_german);
  return g_test_run();
}
