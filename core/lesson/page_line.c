/* What stands in a line: text, code, formulas, numbers, links. */
#include "core/lesson/expression.h"
#include "core/lesson/page_read.h"

#include <string.h>

typedef struct {
  const char *name;
  GError **error;
  GPtrArray *runs;
  GString *text; /* what comes next: becomes a run where it ends */
  gboolean emphasis, strong, skip_dollar;
  const char *link;
  int line;
} Line;

static void run_free(gpointer data) {
  PageRun *self = data;

  g_free(self->text);
  g_free(self->expression);
  g_free(self->link);
  g_free(self);
}

static PageRun *add_run(Line *line, PageRunKind kind, const char *text) {
  PageRun *run = g_new0(PageRun, 1);

  *run = (PageRun){kind, line->emphasis, line->strong, g_strdup(text), NULL, g_strdup(line->link)};
  g_ptr_array_add(line->runs, run);
  return run;
}

static void end_text(Line *line) {
  if (line->text->len > 0)
    add_run(line, RUN_TEXT, line->text->str);
  g_string_truncate(line->text, 0);
}

static void add_text(Line *line, const char *text) {
  g_string_append(line->text, text + (line->skip_dollar && *text == '$'));
  line->skip_dollar = FALSE;
}

/* `value: EXPRESSION = TEXT` or `value: EXPRESSION`. */
static gboolean add_value(Line *line, const char *text) {
  const char *equals = strstr(text, " = ");
  g_autoptr(GError) problem = NULL;

  end_text(line);
  PageRun *run =
      add_run(line, equals != NULL ? RUN_CHECKED : RUN_VALUE, equals != NULL ? equals + 3 : NULL);
  run->expression = equals != NULL ? g_strndup(text, (gsize)(equals - text)) : g_strdup(text);
  g_strstrip(run->expression);
  if (run->text != NULL && *g_strstrip(run->text) == '\0')
    return page_fail(line->name, line->line, line->error,
                     "write what the value of ‘%s’ is after the =", run->expression);
  return expression_check(run->expression, &problem) ||
         page_fail(line->name, line->line, line->error, "%s", problem->message);
}

/* Code right after a dollar is a formula, and then another dollar follows. */
static gboolean add_code(Line *line, cmark_node *node) {
  const char *text = cmark_node_get_literal(node);
  cmark_node *next = cmark_node_next(node);
  const gboolean formula = line->text->len > 0 && line->text->str[line->text->len - 1] == '$';

  if (g_str_has_prefix(text, "value:"))
    return add_value(line, text + strlen("value:"));
  if (formula) {
    if (next == NULL || cmark_node_get_type(next) != CMARK_NODE_TEXT ||
        *cmark_node_get_literal(next) != '$')
      return page_fail(line->name, line->line, line->error,
                       "a formula ends with a dollar as well: $`%s`$", text);
    g_string_truncate(line->text, line->text->len - 1);
  }
  end_text(line);
  add_run(line, formula ? RUN_FORMULA : RUN_CODE, text);
  line->skip_dollar = formula;
  return TRUE;
}

static gboolean add_runs(Line *line, cmark_node *parent, int depth);

static gboolean add_styled(Line *line, cmark_node *node, int depth) {
  Line inner = *line;

  end_text(line);
  inner.emphasis |= cmark_node_get_type(node) == CMARK_NODE_EMPH;
  inner.strong |= cmark_node_get_type(node) == CMARK_NODE_STRONG;
  if (cmark_node_get_type(node) == CMARK_NODE_LINK)
    inner.link = cmark_node_get_url(node);
  const gboolean added = add_runs(&inner, node, depth + 1);
  end_text(&inner);
  return added;
}

static gboolean add_node(Line *line, cmark_node *node, int depth) {
  switch (cmark_node_get_type(node)) {
  case CMARK_NODE_TEXT:
    add_text(line, cmark_node_get_literal(node));
    return TRUE;
  case CMARK_NODE_SOFTBREAK:
    add_text(line, " ");
    return TRUE;
  case CMARK_NODE_LINEBREAK:
    add_text(line, "\n");
    return TRUE;
  case CMARK_NODE_CODE:
    return add_code(line, node);
  case CMARK_NODE_EMPH:
  case CMARK_NODE_STRONG:
  case CMARK_NODE_LINK:
    return add_styled(line, node, depth);
  default:
    return page_fail(line->name, line->line, line->error, "‘%s’ has no place in a lesson's text",
                     cmark_node_get_type_string(node));
  }
}

static gboolean add_runs(Line *line, cmark_node *parent, int depth) {
  if (depth > PAGE_MAX_DEPTH)
    return page_fail(line->name, line->line, line->error,
                     "emphasis and links lie in each other too deeply");
  for (cmark_node *node = cmark_node_first_child(parent); node != NULL;
       node = cmark_node_next(node))
    if (!add_node(line, node, depth))
      return FALSE;
  return TRUE;
}

GPtrArray *page_read_runs(cmark_node *node, const char *name, GError **error) {
  g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func(run_free);
  g_autoptr(GString) text = g_string_new(NULL);
  Line line = {.name = name,
               .error = error,
               .runs = runs,
               .text = text,
               .line = cmark_node_get_start_line(node)};

  if (!add_runs(&line, node, 0))
    return NULL;
  end_text(&line);
  return g_steal_pointer(&runs);
}
