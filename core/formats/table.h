/* Tables of texts: what CSV files and JSON records are before anybody says what they mean.
 *
 * Reading a table only splits it; columns are then asked for as numbers, dates or classes, and it
 * is then that a cell can be wrong: the error names its line and column.
 */
#pragma once

#include <gio/gio.h>

#define TABLE_MAX_COLUMNS 4096

typedef struct {
  char *name;     /* of the file, for errors */
  char **columns; /* n_columns names, NULL-ended; "column 1", … where the file has none */
  guint n_columns, n_rows;
  gboolean named;     /* the file names its columns */
  char delimiter;     /* of CSV; 0 of JSON */
  GPtrArray *cells;   /* (n_rows, n_columns) const char *; NULL: missing */
  GArray *lines;      /* guint: where each row begins in the file, from 1 */
  char *text;         /* what cells point into, */
  GStringChunk *made; /* or this */
} Table;

typedef enum { CSV_HEADER_GUESS, CSV_HEADER_YES, CSV_HEADER_NO } CsvHeader;

typedef struct {
  /* The first of these that cuts all of the first lines into equally many cells, more than one;
   * else the last. NULL: tab, semicolon, bar, comma (which also stands in numbers and sentences).
   */
  const char *delimiters;
  /* Quotes are letters like any other: for files of sentences, where they do not come in pairs. */
  gboolean no_quotes;
  /* GUESS: the first line is a header when it has no number and no date below which there are some.
   */
  CsvHeader header;
} CsvOptions;

/* RFC 4180, and what is found in the wild: any delimiter, CR LF, quotes within quotes doubled, line
 * breaks within quotes, blanks around cells (cut off), empty lines (passed over). Missing cells are
 * empty ones and NA, N/A, NaN, null, None and "?". `options` may be NULL. Errors name file and
 * line: rows of another length than the first, a quote that does not end, nothing to read. */
Table *table_parse_csv(GBytes *bytes, const char *name, const CsvOptions *options, GError **error);
/* An array of objects, [{"a": 1, "b": null}, …]; columns in order of appearance, what an object
 * lacks is missing; numbers and booleans as they are written. */
Table *table_parse_json(GBytes *bytes, const char *name, GError **error);
/* Reads a file as JSON if its name ends in .json, else as CSV. */
Table *table_read(const char *path, const CsvOptions *options, GError **error);
void table_free(Table *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

static inline const char *table_cell(const Table *self, guint row, guint column) {
  return self->cells->pdata[(gsize)row * self->n_columns + column];
}
static inline guint table_line(const Table *self, guint row) {
  return g_array_index(self->lines, guint, row);
}

/* The column of this name, capitals not minded; a number counts from 1. -1 and an error that names
 * those there are. */
int table_find(const Table *self, const char *column, GError **error);
/* The first column of one of these names (NULL-ended), or whose name ends in one after a dot or a
 * blank ("AAPL.Close"); -1 where there is none. */
int table_find_any(const Table *self, const char *const *names);

/* Whether every cell that is there is a number (and there is one). */
gboolean table_is_numeric(const Table *self, guint column);
/* All cells of a column as numbers, NaN where one is missing; caller frees. Takes 4,787,699 and
 * 1.234,56 where the whole column is written so, a currency sign, a percent sign. */
double *table_numbers(const Table *self, guint column, GError **error);
/* The same as days since 1970-01-01 with their fraction; NaN where there is only a time of day. */
double *table_dates(const Table *self, guint column, GError **error);
/* Whether every cell is a date, or a time of day; there is at least one date. */
gboolean table_is_date(const Table *self, guint column);
/* The different texts of a column, numbers in order of size, else by alphabet; -1 in `classes`
 * (n_rows, caller frees) where a cell is missing. Errors: more than `most` different ones, or only
 * one. */
char **table_classes(const Table *self, guint column, guint most, gint32 **classes, GError **error);
