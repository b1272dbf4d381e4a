/* The blocks of `key: value` lines: read, and checked against the lesson. */
#include "core/base/text.h"
#include "core/lesson/expression.h"
#include "core/lesson/page_read.h"

#include <string.h>

const char *const PAGE_DEEDS[] = {"draw_digit",
                                  "hover_window",
                                  "geometry_impossible",
                                  "geometry_uncovered",
                                  "explain",
                                  "explain_pixel",
                                  "pin_example",
                                  "export_panel",
                                  "trained_batch",
                                  "trained_epoch",
                                  "reset",
                                  "live_change",
                                  NULL};

const char *const PAGE_ACTIONS[] = {"train", "pause", "batch", "epoch", "reset", NULL};

/* --- reading --- */

static void field_clear(gpointer data) {
  PageField *self = data;

  g_free(self->key);
  g_free(self->value);
}

/* An indented line goes on with the value above, except that `because` is a key of its own. */
static gboolean continues(const char *line) {
  const char *text = line + strspn(line, " \t");

  return text > line && !g_str_has_prefix(text, "because:");
}

static PageField *go_on(GArray *fields, const char *line) {
  PageField *last = &g_array_index(fields, PageField, fields->len - 1);
  char *both = g_strconcat(last->value, *last->value != '\0' ? " " : "", line, NULL);

  g_free(last->value);
  last->value = both;
  return last;
}

static PageField *begin(GArray *fields, const char *line, const char *colon, int number) {
  PageField field = {g_strndup(line, (gsize)(colon - line)), g_strdup(colon + 1), number};

  g_strstrip(field.key);
  g_strstrip(field.value);
  g_array_append_val(fields, field);
  return &g_array_index(fields, PageField, fields->len - 1);
}

/* The colon that ends the key: the first one, or in lists of values the last before the expression.
 */
static const char *find_colon(PageBlockKind kind, const char *line) {
  return kind == PAGE_VALUES ? strrchr(line, ':') : strchr(line, ':');
}

gboolean page_read_fields(PageBlock *block, const char *text, const char *name, GError **error) {
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

  block->fields = g_array_new(FALSE, FALSE, sizeof(PageField));
  g_array_set_clear_func(block->fields, field_clear);
  for (int i = 0; lines[i] != NULL; i++) {
    const gboolean more = continues(lines[i]) && block->fields->len > 0;
    const char *line = g_strstrip(lines[i]), *colon = find_colon(block->kind, line);
    const int number = block->line + i + 1;
    if (*line == '\0')
      continue;
    if (!more && (colon == NULL || colon == line))
      return page_fail(name, number, error, "expected ‘key: value’, not ‘%s’", line);
    const PageField *field =
        more ? go_on(block->fields, line) : begin(block->fields, line, colon, number);
    if (strlen(field->key) + strlen(field->value) > PAGE_MAX_VALUE)
      return page_fail(name, number, error, "this is longer than %d bytes", PAGE_MAX_VALUE);
  }
  return TRUE;
}

/* --- checking --- */

typedef struct {
  const PageBlock *block;
  const Lesson *lesson;
  const char *name;
  GError **error;
} Check;

static gboolean fail_word(const Check *self, const PageField *field, const char *what,
                          const char *const *known) {
  g_autofree char *suggestion = text_suggest(field->value, known);

  return page_fail(self->name, field->line, self->error, "there is no %s ‘%s’%s", what,
                   field->value, suggestion);
}

static gboolean one_of(const Check *self, const PageField *field, const char *what,
                       const char *const *known) {
  return g_strv_contains(known, field->value) || fail_word(self, field, what, known);
}

/* Names of the items of an array whose first member is the name. */
static GPtrArray *names_of(const GPtrArray *items) {
  GPtrArray *names = g_ptr_array_new();

  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add(names, *(char **)items->pdata[i]);
  g_ptr_array_add(names, NULL);
  return names;
}

static gboolean named(const Check *self, const PageField *field, const char *what,
                      const GPtrArray *items) {
  g_autoptr(GPtrArray) names = names_of(items);

  return one_of(self, field, what, (const char *const *)names->pdata);
}

static gboolean expression(const Check *self, const PageField *field, const char *text) {
  GError *problem = NULL;

  if (expression_check(text, &problem))
    return TRUE;
  page_fail(self->name, field->line, self->error, "%s", problem->message);
  g_error_free(problem);
  return FALSE;
}

/* "learning_rate = 0.01": as the lesson would take it. */
static gboolean setting(const Check *self, const PageField *field) {
  g_auto(GStrv) parts = g_strsplit(field->value, "=", 2);
  g_autoptr(Settings) settings = settings_new(self->lesson->definitions);
  GError *problem = NULL;

  if (g_strv_length(parts) != 2)
    return page_fail(self->name, field->line, self->error, "set takes NAME = VALUE, not ‘%s’",
                     field->value);
  if (settings_parse(settings, g_strstrip(parts[0]), g_strstrip(parts[1]), &problem))
    return TRUE;
  page_fail(self->name, field->line, self->error, "%s", problem->message);
  g_error_free(problem);
  return FALSE;
}

/* "metric(loss) >= 2.2" */
static gboolean condition(const Check *self, const PageField *field) {
  g_autofree char *left = NULL, *right = NULL;
  ExpressionRelation relation;

  if (!expression_split(field->value, &left, &relation, &right))
    return page_fail(self->name, field->line, self->error,
                     "when takes EXPRESSION >= EXPRESSION (or >, <, <=), not ‘%s’", field->value);
  return expression(self, field, left) && expression(self, field, right);
}

static gboolean control(const Check *self, const PageField *field) {
  g_auto(GStrv) parts = g_strsplit(field->value, "=", 2);
  double value;

  if (g_strv_length(parts) == 2 && text_to_real(g_strstrip(parts[1]), &value))
    return TRUE;
  return page_fail(self->name, field->line, self->error, "control takes NAME = NUMBER, not ‘%s’",
                   field->value);
}

static gboolean check_field(const Check *self, const PageField *field) {
  const char *key = field->key;

  if (self->block->kind == PAGE_VALUES)
    return expression(self, field, field->value);
  if (*field->value == '\0')
    return page_fail(self->name, field->line, self->error, "%s says nothing", key);
  if (g_str_equal(key, "do"))
    return one_of(self, field, "action", PAGE_ACTIONS);
  if (g_str_equal(key, "did"))
    return one_of(self, field, "deed", PAGE_DEEDS);
  if (g_str_equal(key, "set"))
    return setting(self, field);
  if (g_str_equal(key, "preset"))
    return named(self, field, "preset", self->lesson->presets);
  if (g_str_equal(key, "panel"))
    return named(self, field, "panel", self->lesson->panels);
  if (g_str_equal(key, "id"))
    return named(self, field, "goal", self->lesson->goals);
  if (g_str_equal(key, "when"))
    return condition(self, field);
  if (g_str_equal(key, "control"))
    return control(self, field);
  return TRUE;
}

/* Which keys a kind of block knows. */
static const char *const *keys_of(PageBlockKind kind) {
  static const char *const TRY[] = {"title", "do", "set", "preset", "says", NULL};
  static const char *const GOAL[] = {"id", "title", "did", "when", NULL};
  static const char *const LOOK[] = {"panel", "title", "control", NULL};
  static const char *const QUIZ[] = {"question", "right", "wrong", "because", NULL};
  static const char *const SOURCE[] = {"file", "function", NULL};

  return kind == PAGE_TRY    ? TRY
         : kind == PAGE_GOAL ? GOAL
         : kind == PAGE_LOOK ? LOOK
         : kind == PAGE_QUIZ ? QUIZ
                             : SOURCE;
}

/* Keys that a block has several of. */
static gboolean is_repeated(const char *key) {
  static const char *const KEYS[] = {"do", "set", "control", "right", "wrong", "because", NULL};

  return g_strv_contains(KEYS, key);
}

static gboolean check_key(const Check *self, guint i) {
  const PageField *fields = (const PageField *)(gpointer)self->block->fields->data;
  const char *const *keys = keys_of(self->block->kind);

  if (!g_strv_contains(keys, fields[i].key)) {
    g_autofree char *suggestion = text_suggest(fields[i].key, keys);
    return page_fail(self->name, fields[i].line, self->error, "this block knows no ‘%s’%s",
                     fields[i].key, suggestion);
  }
  for (guint j = 0; j < i && !is_repeated(fields[i].key); j++)
    if (g_str_equal(fields[j].key, fields[i].key))
      return page_fail(self->name, fields[i].line, self->error, "there is a second ‘%s’",
                       fields[i].key);
  return TRUE;
}

static gboolean needs(const Check *self, const char *key) {
  return page_field(self->block, key) != NULL ||
         page_fail(self->name, self->block->line, self->error, "this block needs ‘%s: …’", key);
}

/* An answer, then why it is right or wrong. */
static gboolean check_answers(const Check *self) {
  const GArray *fields = self->block->fields;

  for (guint i = 0; i < fields->len; i++) {
    const PageField *field = &g_array_index(fields, PageField, i);
    const PageField *next = i + 1 < fields->len ? field + 1 : NULL;
    const gboolean answer = g_str_equal(field->key, "right") || g_str_equal(field->key, "wrong");
    const gboolean reason = next != NULL && g_str_equal(next->key, "because");
    if (answer && !reason)
      return page_fail(self->name, field->line, self->error,
                       "an answer needs its ‘because: …’ below it");
    if ((!answer && reason) || (i == 0 && g_str_equal(field->key, "because")))
      return page_fail(self->name, (reason ? next : field)->line, self->error,
                       "‘because’ belongs below an answer");
  }
  return needs(self, "question") && needs(self, "right") && needs(self, "wrong");
}

static gboolean check_goal(const Check *self) {
  if (page_field(self->block, "id") != NULL)
    return self->block->fields->len == 1 ||
           page_fail(self->name, self->block->line, self->error,
                     "a goal with an id has everything else from lesson.json");
  if (!needs(self, "title"))
    return FALSE;
  if ((page_field(self->block, "did") != NULL) == (page_field(self->block, "when") != NULL))
    return page_fail(self->name, self->block->line, self->error,
                     "a goal has an id, or a title with either did or when");
  return TRUE;
}

static gboolean check_whole(const Check *self) {
  switch (self->block->kind) {
  case PAGE_QUIZ:
    return check_answers(self);
  case PAGE_GOAL:
    return check_goal(self);
  case PAGE_LOOK:
    return needs(self, "panel");
  case PAGE_SOURCE:
    return needs(self, "file") && needs(self, "function");
  case PAGE_TRY:
    return page_field(self->block, "preset") != NULL || page_field(self->block, "set") != NULL ||
           needs(self, "do");
  case PAGE_VALUES:
    return self->block->fields->len > 0 ||
           page_fail(self->name, self->block->line, self->error,
                     "there is no ‘Label: EXPRESSION’ in this block");
  default:
    return TRUE;
  }
}

gboolean page_check_block(const PageBlock *block, const Lesson *lesson, const char *name,
                          GError **error) {
  const Check self = {block, lesson, name, error};

  for (guint i = 0; i < block->fields->len; i++)
    if ((block->kind != PAGE_VALUES && !check_key(&self, i)) ||
        !check_field(&self, &g_array_index(block->fields, PageField, i)))
      return FALSE;
  return check_whole(&self);
}
