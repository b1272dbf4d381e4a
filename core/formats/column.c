#include "core/formats/cell.h"
#include "core/formats/table.h"

#include <math.h>

/* The first row whose cell is no number written this way; n_rows where there is none. */
static guint first_no_number(const Table *self, guint column, CellDecimal decimal) {
  double value;

  for (guint row = 0; row < self->n_rows; row++) {
    const char *cell = table_cell(self, row, column);
    if (cell != NULL && !cell_number(cell, decimal, &value))
      return row;
  }
  return self->n_rows;
}

static gboolean is_empty(const Table *self, guint column) {
  for (guint row = 0; row < self->n_rows; row++)
    if (table_cell(self, row, column) != NULL)
      return FALSE;
  return TRUE;
}

gboolean table_is_numeric(const Table *self, guint column) {
  return !is_empty(self, column) &&
         (first_no_number(self, column, CELL_DECIMAL_POINT) == self->n_rows ||
          first_no_number(self, column, CELL_DECIMAL_COMMA) == self->n_rows);
}

static gpointer wrong_cell(const Table *self, guint row, guint column, const char *expected,
                           GError **error) {
  g_set_error(
      error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      "%s:%u: column ‘%s’ has ‘%.40s’ where %s is expected; mend the cell or leave it empty",
      self->name, table_line(self, row), self->columns[column], table_cell(self, row, column),
      expected);
  return NULL;
}

double *table_numbers(const Table *self, guint column, GError **error) {
  CellDecimal decimal = CELL_DECIMAL_POINT;
  const guint wrong = first_no_number(self, column, decimal);

  if (wrong < self->n_rows) {
    decimal = CELL_DECIMAL_COMMA;
    if (first_no_number(self, column, decimal) < self->n_rows)
      return wrong_cell(self, wrong, column, "a number", error);
  }
  double *values = g_new(double, self->n_rows);
  for (guint row = 0; row < self->n_rows; row++) {
    const char *cell = table_cell(self, row, column);
    if (cell == NULL || !cell_number(cell, decimal, &values[row]))
      values[row] = NAN;
  }
  return values;
}

/* The first row whose cell is neither a date nor a time; n_rows where there is none. */
static guint first_no_date(const Table *self, guint column, CellDayOrder order, guint *dates) {
  double days;

  *dates = 0;
  for (guint row = 0; row < self->n_rows; row++) {
    const char *cell = table_cell(self, row, column);
    const CellDate kind = cell != NULL ? cell_date(cell, order, &days) : CELL_TIME_ONLY;
    if (kind == CELL_NO_DATE)
      return row;
    *dates += kind == CELL_DATE;
  }
  return self->n_rows;
}

gboolean table_is_date(const Table *self, guint column) {
  guint dates;

  for (int order = CELL_MONTH_FIRST; order <= CELL_DAY_FIRST; order++)
    if (first_no_date(self, column, (CellDayOrder)order, &dates) == self->n_rows && dates > 0)
      return TRUE;
  return FALSE;
}

double *table_dates(const Table *self, guint column, GError **error) {
  CellDayOrder order = CELL_MONTH_FIRST;
  guint dates;
  const guint wrong = first_no_date(self, column, order, &dates);

  if (wrong < self->n_rows) {
    order = CELL_DAY_FIRST;
    if (first_no_date(self, column, order, &dates) < self->n_rows)
      return wrong_cell(self, wrong, column, "a date like 2024-12-31", error);
  }
  double *days = g_new(double, self->n_rows);
  for (guint row = 0; row < self->n_rows; row++) {
    const char *cell = table_cell(self, row, column);
    if (cell == NULL || cell_date(cell, order, &days[row]) != CELL_DATE)
      days[row] = NAN;
  }
  return days;
}
