#include "core/datasets/text_data.h"
#include "core/formats/plain_text.h"

#include <string.h>

void texts_init(Texts *self) {
  *self = (Texts){.texts = g_ptr_array_new_with_free_func(g_free),
                  .labels = g_array_new(FALSE, FALSE, sizeof(gint32))};
}

void texts_clear(Texts *self) {
  g_clear_pointer(&self->texts, g_ptr_array_unref);
  g_clear_pointer(&self->labels, g_array_unref);
}

static void begin_part(const Texts *self, DatasetPart part) {
  for (int later = (int)part + 1; later < DATASET_PARTS; later++)
    g_assert(self->count[later] == 0);
}

static gboolean wrong(const Table *table, guint row, guint column, const char *what,
                      GError **error) {
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: column ‘%s’ %s", table->name,
              table_line(table, row), table->columns[column], what);
  return FALSE;
}

static gboolean add_rows(Texts *self, const Table *table, guint text, guint label, int classes,
                         GError **error) {
  g_autofree double *labels = table_numbers(table, label, error);

  if (labels == NULL)
    return FALSE;
  for (guint row = 0; row < table->n_rows; row++) {
    const char *cell = table_cell(table, row, text);
    const gint32 class = (gint32)CLAMP(labels[row], -1, 1e6);
    if (!((double)class == labels[row] && class >= 0 && class < classes)) {
      g_autofree char *what =
          g_strdup_printf("must have a class from 0 to %d in every row", classes - 1);
      return wrong(table, row, label, what, error);
    }
    if (cell == NULL)
      return wrong(table, row, text, "has no text in this row", error);
    g_ptr_array_add(self->texts, g_strdup(cell));
    g_array_append_val(self->labels, class);
  }
  return TRUE;
}

gboolean texts_read_table(Texts *self, const char *path, const CsvOptions *options,
                          DatasetPart part, int classes, GError **error) {
  static const char *const TEXTS[] = {"sentence", "text", "review", NULL};
  static const char *const LABELS[] = {"label", "class", "sentiment", NULL};
  g_autoptr(Table) table = table_read(path, options, error);

  if (table == NULL)
    return FALSE;
  const int text = table_find_any(table, TEXTS), label = table_find_any(table, LABELS);
  begin_part(self, part);
  if (!add_rows(self, table, text >= 0 ? (guint)text : 0,
                label >= 0 ? (guint)label : table->n_columns - 1, classes, error))
    return FALSE;
  self->count[part] += table->n_rows;
  return TRUE;
}

gboolean texts_read_lines(Texts *self, const char *path, DatasetPart part, GError **error) {
  g_autofree char *text = plain_text_read(path, NULL, error);

  if (text == NULL)
    return FALSE;
  g_autoptr(GPtrArray) lines = plain_text_lines(text);
  begin_part(self, part);
  for (guint i = 0; i < lines->len; i++)
    g_ptr_array_add(self->texts, g_strdup(lines->pdata[i]));
  self->count[part] += lines->len;
  return TRUE;
}

/* Cuts a line in two, without blanks around the parts; FALSE where one of them is missing. */
static gboolean add_pair(GPtrArray *texts, char *line) {
  char *cut = strchr(line, '\t');

  cut = cut != NULL ? cut : strchr(line, '_');
  if (cut == NULL)
    return FALSE;
  *cut++ = '\0';
  if (*g_strstrip(line) == '\0' || *g_strstrip(cut) == '\0')
    return FALSE;
  g_ptr_array_add(texts, g_strdup(line));
  g_ptr_array_add(texts, g_strdup(cut));
  return TRUE;
}

gboolean texts_read_pairs(Texts *self, const char *path, DatasetPart part, GError **error) {
  g_autofree char *text = plain_text_read(path, NULL, error);
  guint number = 0;

  if (text == NULL)
    return FALSE;
  begin_part(self, part);
  for (char *line = text, *next; line != NULL; line = next) {
    next = strchr(line, '\n');
    if (next != NULL)
      *next++ = '\0';
    number++;
    if (line[strspn(line, " \t")] == '\0')
      continue;
    if (!add_pair(self->texts, line)) {
      g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                  "%s:%u: this is no pair; a line has a text and what it becomes, with a tab or an "
                  "underscore between them",
                  path, number);
      return FALSE;
    }
    self->count[part]++;
  }
  return TRUE;
}

void texts_split(Texts *self, guint64 seed) {
  const guint32 n =
      self->count[DATASET_TRAIN] + self->count[DATASET_VALIDATION] + self->count[DATASET_TEST];
  const guint32 held = n / 10, step = self->texts->len / MAX(n, 1);
  const Rng rng = rng_new(seed, RNG_DATASET, n);
  g_autofree guint32 *order = g_new(guint32, n);
  g_autofree gpointer *texts = g_memdup2(self->texts->pdata, self->texts->len * sizeof(gpointer));
  g_autoptr(GArray) labels = g_array_copy(self->labels);

  rng_permutation(&rng, order, n);
  for (guint32 i = 0; i < n; i++) {
    memcpy(&self->texts->pdata[i * step], &texts[order[i] * step], step * sizeof(gpointer));
    if (labels->len > 0)
      g_array_index(self->labels, gint32, i) = g_array_index(labels, gint32, order[i]);
  }
  self->count[DATASET_TRAIN] = n - 2 * held;
  self->count[DATASET_VALIDATION] = self->count[DATASET_TEST] = held;
}
