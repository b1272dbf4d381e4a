#include "core/formats/cell.h"
#include "core/formats/plain_text.h"
#include "core/formats/table.h"

#include <string.h>

#define SNIFFED_ROWS 20
#define DELIMITERS "\t;|,"

/* Cuts a text up, in place: each cell is unquoted where it stands and ended by a NUL. */
typedef struct {
  const char *name;
  char *at;   /* what comes next */
  guint line; /* of `at`, from 1 */
  char delimiter;
  gboolean quotes;
  gboolean row_ended; /* the last cell ended its row */
  GError *error;
} Scanner;

static char *fail(Scanner *self, guint line, const char *what) {
  g_clear_error(&self->error);
  self->error =
      g_error_new(G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: %s", self->name, line, what);
  return NULL;
}

/* Goes past the delimiter, line end or text end that `at` is on, and ends the cell before it. */
static void end_cell(Scanner *self, char *cell_end) {
  const char stopped = *self->at;

  self->row_ended = stopped != self->delimiter;
  self->line += stopped == '\n';
  if (stopped != '\0')
    self->at++;
  *cell_end = '\0';
}

static void pass_blanks(Scanner *self) {
  while ((*self->at == ' ' || *self->at == '\t') && *self->at != self->delimiter)
    self->at++;
}

static char *quoted_cell(Scanner *self) {
  const guint line = self->line;
  char *cell = ++self->at, *made = cell;

  for (;; self->at++) {
    if (*self->at == '\0')
      return fail(self, line,
                  "the quote that opens here is never closed; close it, or write \"\" for a quote "
                  "within quotes");
    if (*self->at == '"' && *++self->at != '"')
      break;
    self->line += *self->at == '\n';
    *made++ = *self->at;
  }
  pass_blanks(self);
  if (*self->at != self->delimiter && *self->at != '\n' && *self->at != '\0')
    return fail(self, self->line,
                "there are letters after a closing quote; write \"\" for a quote within quotes");
  end_cell(self, made);
  return cell;
}

static char *plain_cell(Scanner *self) {
  char *cell = self->at, *end;

  while (*self->at != self->delimiter && *self->at != '\n' && *self->at != '\0')
    self->at++;
  for (end = self->at; end > cell && (end[-1] == ' ' || end[-1] == '\t');)
    end--;
  end_cell(self, end);
  return cell;
}

static char *next_cell(Scanner *self) {
  pass_blanks(self);
  return self->quotes && *self->at == '"' ? quoted_cell(self) : plain_cell(self);
}

/* Empty lines belong to no row. */
static gboolean next_row(Scanner *self) {
  for (;;) {
    pass_blanks(self);
    if (*self->at != '\n')
      return *self->at != '\0';
    self->at++;
    self->line++;
  }
}

/* --- Which delimiter --- */

/* The cells that every one of the first rows is cut into; 1 where they differ. */
static guint cells_with(const char *text, char delimiter, gboolean quotes) {
  g_autofree char *copy = g_strdup(text);
  Scanner scanner = {.name = "", .at = copy, .line = 1, .delimiter = delimiter, .quotes = quotes};
  guint all = 0;

  for (int row = 0; row < SNIFFED_ROWS && next_row(&scanner); row++) {
    guint cells = 0;
    do {
      if (next_cell(&scanner) == NULL) {
        g_clear_error(&scanner.error);
        return 1;
      }
      cells++;
    } while (!scanner.row_ended);
    if (all > 0 && cells != all)
      return 1;
    all = cells;
  }
  return MAX(all, 1);
}

/* So much of the text as has the rows that are looked at, quotes aside. */
static char *first_lines(const char *text) {
  const char *end = text;

  for (int line = 0; line < 2 * SNIFFED_ROWS && end != NULL; line++) {
    end = strchr(end, '\n');
    end = end != NULL ? end + 1 : NULL;
  }
  return end != NULL ? g_strndup(text, (gsize)(end - text)) : g_strdup(text);
}

static char sniff(const char *text, const char *delimiters, gboolean quotes) {
  g_autofree char *start = first_lines(text);
  const char *last = delimiters + strlen(delimiters) - 1;

  for (const char *delimiter = delimiters; delimiter < last; delimiter++)
    if (cells_with(start, *delimiter, quotes) > 1)
      return *delimiter;
  return *last;
}

/* --- Rows --- */

static gboolean wrong_length(Scanner *self, guint line, guint cells, const Table *table) {
  g_autofree char *what = g_strdup_printf(
      "this row has %u cell%s, the rows above have %u; a cell that holds ‘%c’ needs quotes", cells,
      cells == 1 ? "" : "s", table->n_columns, self->delimiter);

  if (self->delimiter == '\t' || !self->quotes) {
    g_free(what);
    what = g_strdup_printf("this row has %u cell%s, the rows above have %u", cells,
                           cells == 1 ? "" : "s", table->n_columns);
  }
  fail(self, line, what);
  return FALSE;
}

static gboolean read_row(Scanner *self, Table *table) {
  const guint line = self->line;
  guint cells = 0;

  do {
    char *cell = next_cell(self);
    if (cell == NULL)
      return FALSE;
    if (++cells > TABLE_MAX_COLUMNS) {
      fail(self, line, "this row has more than 4096 cells; is this a table?");
      return FALSE;
    }
    g_ptr_array_add(table->cells, cell_is_missing(cell) ? NULL : cell);
  } while (!self->row_ended);
  if (table->n_rows == 0)
    table->n_columns = cells;
  if (cells != table->n_columns)
    return wrong_length(self, line, cells, table);
  g_array_append_val(table->lines, line);
  table->n_rows++;
  return TRUE;
}

/* --- Which header --- */

static gboolean is_figure(const char *cell) {
  double value;

  return cell != NULL && (cell_number(cell, CELL_DECIMAL_POINT, &value) ||
                          cell_date(cell, CELL_MONTH_FIRST, &value) != CELL_NO_DATE);
}

/* No figure and nothing missing in the first row, and figures below. */
static gboolean has_header(const Table *self) {
  gboolean figures = FALSE;

  for (guint column = 0; column < self->n_columns; column++) {
    if (table_cell(self, 0, column) == NULL || is_figure(table_cell(self, 0, column)))
      return FALSE;
    for (guint row = 1; row < MIN(self->n_rows, SNIFFED_ROWS); row++)
      figures |= is_figure(table_cell(self, row, column));
  }
  return figures;
}

static void name_columns(Table *self) {
  self->columns = g_new0(char *, self->n_columns + 1);
  for (guint i = 0; i < self->n_columns; i++) {
    const char *cell = self->named ? table_cell(self, 0, i) : NULL;
    self->columns[i] = cell != NULL ? g_strdup(cell) : g_strdup_printf("column %u", i + 1);
  }
  if (!self->named)
    return;
  g_ptr_array_remove_range(self->cells, 0, self->n_columns);
  g_array_remove_index(self->lines, 0);
  self->n_rows--;
}

static gboolean read_rows(Table *self, Scanner *scanner, CsvHeader header) {
  while (next_row(scanner))
    if (!read_row(scanner, self))
      return FALSE;
  self->named = self->n_rows > 0 &&
                (header == CSV_HEADER_YES || (header == CSV_HEADER_GUESS && has_header(self)));
  if (self->n_rows <= (guint)self->named) {
    fail(scanner, 1, "there are no rows to read");
    return FALSE;
  }
  name_columns(self);
  return TRUE;
}

Table *table_parse_csv(GBytes *bytes, const char *name, const CsvOptions *options, GError **error) {
  static const CsvOptions USUAL = {0};
  char *text = plain_text_parse(bytes, name, NULL, error);

  if (text == NULL)
    return NULL;
  options = options != NULL ? options : &USUAL;
  const char *delimiters = options->delimiters != NULL ? options->delimiters : DELIMITERS;
  g_autoptr(Table) self = g_new0(Table, 1);
  self->text = text;
  self->name = g_strdup(name);
  self->delimiter = sniff(text, delimiters, !options->no_quotes);
  self->cells = g_ptr_array_new();
  self->lines = g_array_new(FALSE, FALSE, sizeof(guint));
  Scanner scanner = {.name = name,
                     .at = text,
                     .line = 1,
                     .delimiter = self->delimiter,
                     .quotes = !options->no_quotes};
  if (read_rows(self, &scanner, options->header))
    return g_steal_pointer(&self);
  g_propagate_error(error, scanner.error);
  return NULL;
}
