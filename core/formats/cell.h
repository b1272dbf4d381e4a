/* What one cell of a table means: a number, a date, nothing. In the C locale, whatever the user's.
 */
#pragma once

#include <glib.h>

/* Empty, or a word that says so: NA, N/A, NaN, null, None, ?. */
gboolean cell_is_missing(const char *cell);

typedef enum { CELL_DECIMAL_POINT, CELL_DECIMAL_COMMA } CellDecimal;
/* "-1.5e3", "4,787,699", "$1,234.50", "12%" with a point; "1.234,56" with a comma. Groups between
 * thousands are of three. FALSE when the whole cell is no such number. */
gboolean cell_number(const char *cell, CellDecimal decimal, double *value);

typedef enum { CELL_NO_DATE, CELL_DATE, CELL_TIME_ONLY } CellDate;
typedef enum { CELL_MONTH_FIRST, CELL_DAY_FIRST } CellDayOrder;
/* "2018-10-15", "2018/10/15", "2018-10", "10/15/2018", "15.10.2018" (always day first), each with
 * "T17:30", " 17:30:00" or nothing after it; "11:34" is a time only. Years are 0 to 9999. Gives
 * days since 1970-01-01 of the Gregorian calendar, with their fraction. */
CellDate cell_date(const char *cell, CellDayOrder order, double *days);
