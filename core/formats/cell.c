#include "core/formats/cell.h"

#include "core/base/text.h"

#include <string.h>

#define LONGEST_NUMBER 64

gboolean cell_is_missing(const char *cell) {
  static const char *const WORDS[] = {"", "NA", "N/A", "NaN", "null", "None", "?"};

  for (gsize i = 0; i < G_N_ELEMENTS(WORDS); i++)
    if (g_ascii_strcasecmp(cell, WORDS[i]) == 0)
      return TRUE;
  return FALSE;
}

/* --- Numbers --- */

/* The number without the signs around it: currency before, percent after. */
static char *bare_number(const char *cell) {
  static const char *const CURRENCIES[] = {"$", "€", "£", "¥"};

  for (gsize i = 0; i < G_N_ELEMENTS(CURRENCIES); i++)
    if (g_str_has_prefix(cell, CURRENCIES[i]))
      cell += strlen(CURRENCIES[i]);
  char *bare = g_strstrip(g_strdup(cell));
  const gsize length = strlen(bare);
  if (length > 0 && bare[length - 1] == '%')
    bare[length - 1] = '\0';
  return bare;
}

/* Takes separators of thousands out of the digits before `decimal`: every group but the first has
 * three digits, and only digits stand before it. FALSE when they stand elsewhere. */
static gboolean remove_groups(char *number, char separator, char decimal) {
  char *whole_end = strchr(number, decimal), *from = number, *to = number;

  if (strchr(number, separator) == NULL)
    return TRUE;
  whole_end = whole_end != NULL ? whole_end : number + strlen(number);
  from += *from == '+' || *from == '-';
  if (strspn(from, "0123456789") - 1 > 2) /* one to three digits come first */
    return FALSE;
  for (const char *at = from; at < whole_end; at++)
    if (*at == separator && (strspn(at + 1, "0123456789") != 3 || at + 4 > whole_end))
      return FALSE;
  if (strchr(whole_end, separator) != NULL)
    return FALSE;
  for (from = number; *from != '\0'; from++)
    if (*from != separator)
      *to++ = *from;
  *to = '\0';
  return TRUE;
}

gboolean cell_number(const char *cell, CellDecimal decimal, double *value) {
  if (*cell == '\0' || strlen(cell) > LONGEST_NUMBER)
    return FALSE;
  g_autofree char *number = bare_number(cell);
  if (decimal == CELL_DECIMAL_POINT)
    return remove_groups(number, ',', '.') && text_to_real(number, value);
  if (!remove_groups(number, '.', ','))
    return FALSE;
  char *comma = strchr(number, ',');
  if (comma != NULL)
    *comma = '.';
  return text_to_real(number, value);
}

/* --- Dates --- */

/* Up to `digits` digits; -1 where there is none. */
static int take_digits(const char **at, int digits) {
  int value = 0, taken = 0;

  for (; taken < digits && g_ascii_isdigit(**at); taken++, (*at)++)
    value = 10 * value + (**at - '0');
  return taken > 0 ? value : -1;
}

static gboolean take(const char **at, char letter) {
  if (**at != letter)
    return FALSE;
  (*at)++;
  return TRUE;
}

/* "17:30", "17:30:00", "17:30:00.5Z": the part of the day. */
static gboolean take_time(const char **at, double *part) {
  int seconds = 0;
  const int hours = take_digits(at, 2);

  if (hours < 0 || hours > 23 || !take(at, ':'))
    return FALSE;
  const int minutes = take_digits(at, 2);
  if (minutes < 0 || minutes > 59)
    return FALSE;
  if (take(at, ':') && ((seconds = take_digits(at, 2)) < 0 || seconds > 60))
    return FALSE;
  if (take(at, '.') && take_digits(at, 9) < 0)
    return FALSE;
  take(at, 'Z');
  *part = (hours * 3600 + minutes * 60 + seconds) / 86400.0;
  return TRUE;
}

/* Days from 1970-01-01, by counting years from March on, where leap days come last (Hinnant,
 * "chrono-compatible low-level date algorithms"). */
static double days_from_civil(int year, int month, int day) {
  year -= month <= 2;
  const int era = (year >= 0 ? year : year - 399) / 400, in_era = year - era * 400;
  const int in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

  return era * 146097.0 + (in_era * 365 + in_era / 4 - in_era / 100 + in_year) - 719468;
}

static gboolean is_day(int year, int month, int day) {
  static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const gboolean leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

  return year >= 0 && month >= 1 && month <= 12 && day >= 1 &&
         day <= DAYS[month - 1] + (month == 2 && leap);
}

/* "2018-10-15", "2018/10/15", or a month, "2018-10" and "1-10". */
static gboolean take_year_first(const char **at, int *year, int *month, int *day) {
  *year = take_digits(at, 4);
  const char separator = **at;
  if (*year < 0 || (separator != '-' && separator != '/'))
    return FALSE;
  (*at)++;
  *month = take_digits(at, 2);
  *day = 1;
  if (!take(at, separator))
    return separator == '-' && *month > 0;
  *day = take_digits(at, 2);
  return TRUE;
}

/* "10/15/2018", "15/10/2018", "15.10.2018". */
static gboolean take_year_last(const char **at, CellDayOrder order, int *year, int *month,
                               int *day) {
  const int first = take_digits(at, 2);
  const char separator = **at;
  if (first < 0 || (separator != '/' && separator != '.' && separator != '-'))
    return FALSE;
  (*at)++;
  const int second = take_digits(at, 2);
  if (second < 0 || !take(at, separator))
    return FALSE;
  const char *digits = *at;
  *year = take_digits(at, 4);
  if (*at - digits != 4)
    return FALSE;
  const gboolean day_first = order == CELL_DAY_FIRST || separator == '.';
  *month = day_first ? second : first;
  *day = day_first ? first : second;
  return TRUE;
}

CellDate cell_date(const char *cell, CellDayOrder order, double *days) {
  const char *at = cell;
  int year, month, day;
  double part = 0;

  *days = 0;
  if (take_time(&at, &part) && *at == '\0')
    return CELL_TIME_ONLY;
  at = cell;
  if (!take_year_last(&at, order, &year, &month, &day)) {
    at = cell;
    if (!take_year_first(&at, &year, &month, &day))
      return CELL_NO_DATE;
  }
  part = 0;
  if (!is_day(year, month, day) || ((*at == 'T' || *at == ' ') && (at++, !take_time(&at, &part))) ||
      *at != '\0')
    return CELL_NO_DATE;
  *days = days_from_civil(year, month, day) + part;
  return CELL_DATE;
}
