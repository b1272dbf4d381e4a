#include "app/numbers.h"

#include <math.h>

char *number_count(guint64 n) {
  char digits[32];
  int length = g_snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, n);
  GString *text = g_string_new(NULL);
  for (int i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      g_string_append_c(text, ',');
    g_string_append_c(text, digits[i]);
  }
  return g_string_free(text, FALSE);
}

char *number_duration(double seconds) {
  if (!isfinite(seconds) || seconds < 0 || seconds > 1e9)
    return g_strdup("-:--");
  int whole = (int)lround(seconds);
  int hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0)
    return g_strdup_printf("%d:%02d:%02d", hours, minutes, whole % 60);
  return g_strdup_printf("%d:%02d", minutes, whole % 60);
}

char *number_bytes(guint64 n) {
  static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
  if (n < 1000)
    return g_strdup_printf("%u %s", (guint)n, units[0]);
  double scaled = (double)n / 1000;
  gsize unit = 1;
  while (scaled >= 999.95 && unit + 1 < G_N_ELEMENTS(units)) {
    scaled /= 1000;
    unit++;
  }
  char digits[32];
  g_ascii_formatd(digits, sizeof digits, "%.1f", scaled);
  return g_strdup_printf("%s %s", digits, units[unit]);
}
