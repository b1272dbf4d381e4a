/* Whether a lesson's text can keep what it promises: every expression is evaluated once, on a run
 * that has not begun. */
#include "core/session/page_values.h"

typedef struct {
  PageValues values;
  const char *name;
  GError **error;
  gboolean good;
} Truth;

static void fail(Truth *self, int line, const char *message) {
  g_set_error(self->error, LESSON_ERROR, LESSON_ERROR_INVALID, "%s:%d: %s", self->name, line,
              message);
  self->good = FALSE;
}

/* `said`: what the text says that the value is; NULL: it says nothing. */
static void check(Truth *self, int line, const char *expression, const char *said) {
  g_autoptr(GError) problem = NULL;
  ExpressionValue value;

  if (!page_value(&self->values, expression, &value, &problem)) {
    g_autofree char *message = g_strdup_printf("in ‘%s’: %s", expression, problem->message);
    fail(self, line, message);
    return;
  }
  g_autofree char *is = said != NULL ? expression_format(&value, said) : NULL;
  if (said != NULL && !g_str_equal(is, said)) {
    g_autofree char *message =
        g_strdup_printf("the text says that ‘%s’ is %s, but it is %s", expression, said, is);
    fail(self, line, message);
  }
  g_free(value.text);
}

static void check_condition(Truth *self, const PageField *field) {
  g_autofree char *left = NULL, *right = NULL;
  ExpressionRelation relation;

  if (!expression_split(field->value, &left, &relation, &right))
    return;
  check(self, field->line, left, NULL);
  if (self->good)
    check(self, field->line, right, NULL);
}

/* What is checked must not depend on a run, or it would be wrong in the next one. */
static void check_run(Truth *self, int line, const PageRun *run) {
  const PageValues all = self->values;

  if (run->kind == RUN_CHECKED) {
    self->values.look = NULL;
    self->values.dataset = NULL;
  }
  if (run->expression != NULL)
    check(self, line, run->expression, run->kind == RUN_CHECKED ? run->text : NULL);
  self->values = all;
}

static void check_block(const PageBlock *block, gpointer data) {
  Truth *self = data;

  for (guint i = 0; self->good && block->runs != NULL && i < block->runs->len; i++)
    check_run(self, block->line, block->runs->pdata[i]);
  for (guint i = 0; self->good && block->fields != NULL && i < block->fields->len; i++) {
    const PageField *field = &g_array_index(block->fields, PageField, i);
    if (block->kind == PAGE_VALUES)
      check(self, field->line, field->value, NULL);
    else if (block->kind == PAGE_GOAL && g_str_equal(field->key, "when"))
      check_condition(self, field);
  }
}

gboolean page_values_check(const Page *page, const Lesson *lesson, const char *name,
                           GError **error) {
  const TaskClass *task = task_find(lesson->task);
  g_autoptr(Settings) settings = settings_new(lesson->definitions);
  g_autoptr(History) history = history_new();
  Dataset dataset = {0};

  if (task == NULL) {
    g_set_error(error, LESSON_ERROR, LESSON_ERROR_INVALID, "%s: there is no task ‘%s’", name,
                lesson->task);
    return FALSE;
  }
  g_autoptr(ModelSet) models = lesson_models(lesson, error);
  if (models == NULL)
    return FALSE;
  g_autoptr(Probe) probe = probe_new(task, models, settings);
  history->metrics = task->metrics;
  const Snapshot look = {.probe = probe, .history = history, .settings = settings->values};
  Truth truth = {{lesson, models->model[0], &dataset, &look}, name, error, TRUE};
  for (guint i = 0; truth.good && i < page->steps->len; i++)
    page_foreach(page->steps->pdata[i], check_block, &truth);
  return truth.good;
}
