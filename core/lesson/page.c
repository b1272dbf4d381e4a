#include "core/lesson/page.h"

#include "core/base/file.h"
#include "core/lesson/page_read.h"

#include <cmark.h>
#include <stdarg.h>
#include <string.h>

/* --- the tree --- */

void page_block_free(gpointer data) {
  PageBlock *self = data;

  g_clear_pointer(&self->runs, g_ptr_array_unref);
  g_clear_pointer(&self->children, g_ptr_array_unref);
  g_clear_pointer(&self->fields, g_array_unref);
  g_free(self->text);
  g_free(self->info);
  g_free(self->name);
  g_free(self);
}

static void step_free(gpointer data) {
  PageStep *self = data;

  g_free(self->id);
  g_free(self->title);
  g_ptr_array_unref(self->blocks);
  g_free(self);
}

void page_free(Page *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->steps);
  g_free(self);
}

const char *page_field(const PageBlock *self, const char *key) {
  for (guint i = 0; self->fields != NULL && i < self->fields->len; i++) {
    const PageField *field = &g_array_index(self->fields, PageField, i);
    if (g_str_equal(field->key, key))
      return field->value;
  }
  return NULL;
}

const char *page_spoken(const PageBlock *self) {
  return self->info != NULL ? self->info : self->text;
}

static void foreach (const GPtrArray *blocks, void (*func)(const PageBlock *, gpointer),
                     gpointer data) {
  for (guint i = 0; i < blocks->len; i++) {
    const PageBlock *block = blocks->pdata[i];
    func(block, data);
    if (block->children != NULL)
      foreach (block->children, func, data)
        ;
  }
}

void page_foreach(const PageStep *step, void (*func)(const PageBlock *block, gpointer data),
                  gpointer data) {
  foreach (step->blocks, func, data)
    ;
}

gboolean page_fail(const char *name, int line, GError **error, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, LESSON_ERROR, LESSON_ERROR_INVALID, "%s:%d: %s", name, line, message);
  return FALSE;
}

/* --- reading --- */

typedef struct {
  const char *name;
  const Lesson *lesson;
  Page *page;
  int goals, quizzes;   /* of the step so far: they number what has no id */
  GHashTable *goal_ids; /* so far, owned by their blocks */
  GError **error;
} Reader;

static PageBlock *block_new(PageBlockKind kind, cmark_node *node) {
  PageBlock *block = g_new0(PageBlock, 1);

  block->kind = kind;
  block->line = cmark_node_get_start_line(node);
  return block;
}

static GPtrArray *blocks_new(void) { return g_ptr_array_new_with_free_func(page_block_free); }

/* --- fenced blocks --- */

static const struct {
  const char *word;
  PageBlockKind kind;
} FENCES[] = {{"math", PAGE_MATH},     {"value", PAGE_VALUES}, {"try", PAGE_TRY},
              {"goal", PAGE_GOAL},     {"look", PAGE_LOOK},    {"quiz", PAGE_QUIZ},
              {"source", PAGE_SOURCE}, {"keras", PAGE_CODE},   {"c", PAGE_CODE},
              {"python", PAGE_CODE},   {"text", PAGE_CODE}};

static gboolean fence_kind(const char *word, PageBlockKind *kind) {
  for (guint i = 0; i < G_N_ELEMENTS(FENCES); i++)
    if (g_str_equal(FENCES[i].word, word)) {
      *kind = FENCES[i].kind;
      return TRUE;
    }
  return FALSE;
}

/* A first line "% spoken: …" says the formula in words; the rest is TeX. */
static gboolean read_math(Reader *self, PageBlock *block, const char *text) {
  static const char SPOKEN[] = "% spoken:";
  const char *end = text + strcspn(text, "\n"), *tex = text;

  if (g_str_has_prefix(text, SPOKEN)) {
    const char *words = text + strlen(SPOKEN);
    block->info = g_strstrip(g_strndup(words, (gsize)(end - words)));
    tex = end + (*end == '\n');
    if (*block->info == '\0')
      return page_fail(self->name, block->line, self->error, "%% spoken: says nothing");
  }
  block->text = g_strstrip(g_strdup(tex));
  return *block->text != '\0' ||
         page_fail(self->name, block->line, self->error, "there is no formula in this block");
}

/* How goals and quizzes are remembered: by their id, or the step's and a number. */
static gboolean name_block(Reader *self, PageBlock *block) {
  const PageStep *step = self->page->steps->pdata[self->page->steps->len - 1];
  const char *id = page_field(block, "id");

  if (block->kind == PAGE_GOAL)
    block->name = id != NULL ? g_strdup(id) : g_strdup_printf("%s.goal%d", step->id, ++self->goals);
  if (block->kind == PAGE_QUIZ)
    block->name = g_strdup_printf("%s.quiz%d", step->id, ++self->quizzes);
  return block->kind != PAGE_GOAL || id == NULL || g_hash_table_add(self->goal_ids, block->name) ||
         page_fail(self->name, block->line, self->error, "there is already a goal ‘%s’", id);
}

/* Keras code right after a source goes beside it. */
static gboolean goes_beside(const GPtrArray *blocks, const char *word) {
  const PageBlock *before = blocks->len > 0 ? blocks->pdata[blocks->len - 1] : NULL;

  return before != NULL && before->kind == PAGE_SOURCE && before->text == NULL &&
         g_str_equal(word, "keras");
}

static gboolean read_fence(Reader *self, cmark_node *node, GPtrArray *blocks) {
  const char *word = cmark_node_get_fence_info(node), *text = cmark_node_get_literal(node);
  const int line = cmark_node_get_start_line(node);
  PageBlockKind kind;

  if (!fence_kind(word, &kind))
    return page_fail(
        self->name, line, self->error,
        "a block starts with one of math, value, try, goal, look, quiz, source, keras, "
        "c, python, text, not with ‘%s’",
        word);
  if (goes_beside(blocks, word)) {
    ((PageBlock *)blocks->pdata[blocks->len - 1])->text = g_strchomp(g_strdup(text));
    return TRUE;
  }
  PageBlock *block = block_new(kind, node);
  g_ptr_array_add(blocks, block);
  if (kind == PAGE_MATH)
    return read_math(self, block, text);
  if (kind == PAGE_CODE) {
    block->text = g_strchomp(g_strdup(text));
    block->info = g_strdup(g_str_equal(word, "keras") ? "python" : word);
    return TRUE;
  }
  return page_read_fields(block, text, self->name, self->error) &&
         page_check_block(block, self->lesson, self->name, self->error) && name_block(self, block);
}

/* --- blocks --- */

static gboolean read_blocks(Reader *self, cmark_node *parent, GPtrArray *blocks, int depth);

static gboolean read_container(Reader *self, cmark_node *node, PageBlockKind kind,
                               GPtrArray *blocks, int depth) {
  PageBlock *block = block_new(kind, node);

  g_ptr_array_add(blocks, block);
  block->children = blocks_new();
  if (kind == PAGE_LIST && cmark_node_get_list_type(node) == CMARK_ORDERED_LIST)
    block->level = cmark_node_get_list_start(node);
  return read_blocks(self, node, block->children, depth + 1);
}

static gboolean read_line(Reader *self, cmark_node *node, PageBlockKind kind, GPtrArray *blocks) {
  PageBlock *block = block_new(kind, node);

  g_ptr_array_add(blocks, block);
  if (kind == PAGE_HEADING)
    block->level = cmark_node_get_heading_level(node);
  if (kind == PAGE_HEADING && block->level < 3)
    return page_fail(self->name, block->line, self->error,
                     "a step cannot start inside a list or quote");
  block->runs = page_read_runs(node, self->name, self->error);
  return block->runs != NULL;
}

static gboolean read_block(Reader *self, cmark_node *node, GPtrArray *blocks, int depth) {
  switch (cmark_node_get_type(node)) {
  case CMARK_NODE_PARAGRAPH:
    return read_line(self, node, PAGE_PARAGRAPH, blocks);
  case CMARK_NODE_HEADING:
    return read_line(self, node, PAGE_HEADING, blocks);
  case CMARK_NODE_CODE_BLOCK:
    return read_fence(self, node, blocks);
  case CMARK_NODE_LIST:
    return read_container(self, node, PAGE_LIST, blocks, depth);
  case CMARK_NODE_ITEM:
    return read_container(self, node, PAGE_ITEM, blocks, depth);
  case CMARK_NODE_BLOCK_QUOTE:
    return read_container(self, node, PAGE_QUOTE, blocks, depth);
  case CMARK_NODE_THEMATIC_BREAK:
    g_ptr_array_add(blocks, block_new(PAGE_RULE, node));
    return TRUE;
  default:
    return page_fail(self->name, cmark_node_get_start_line(node), self->error,
                     "‘%s’ has no place in a lesson's text", cmark_node_get_type_string(node));
  }
}

static gboolean read_blocks(Reader *self, cmark_node *parent, GPtrArray *blocks, int depth) {
  if (depth > PAGE_MAX_DEPTH)
    return page_fail(self->name, cmark_node_get_start_line(parent), self->error,
                     "lists and quotes lie in each other too deeply");
  for (cmark_node *node = cmark_node_first_child(parent); node != NULL;
       node = cmark_node_next(node))
    if (!read_block(self, node, blocks, depth))
      return FALSE;
  return TRUE;
}

/* --- steps --- */

/* The heading as plain text; NULL where there is more in it. Caller frees. */
static char *heading_text(Reader *self, cmark_node *node) {
  const int line = cmark_node_get_start_line(node);
  g_autoptr(GPtrArray) runs = page_read_runs(node, self->name, self->error);
  g_autoptr(GString) text = g_string_new(NULL);

  if (runs == NULL)
    return NULL;
  for (guint i = 0; i < runs->len; i++) {
    const PageRun *run = runs->pdata[i];
    if (run->kind != RUN_TEXT && run->kind != RUN_CODE) {
      page_fail(self->name, line, self->error,
                "the title of a step has no formulas and no values in it");
      return NULL;
    }
    g_string_append(text, run->text);
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

/* "Why 26 {#geometry}" → title and id; without one, the title in small letters with _ for blanks.
 * FALSE: what starts like an id is none. */
static gboolean split_title(const char *text, PageStep *step) {
  static const char ID[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
  const char *brace = strstr(text, "{#");

  step->title = g_strstrip(brace != NULL ? g_strndup(text, (gsize)(brace - text)) : g_strdup(text));
  if (brace == NULL) {
    step->id = g_strdelimit(g_utf8_strdown(step->title, -1), " ", '_');
    return TRUE;
  }
  const gsize n = strspn(brace + 2, ID);
  step->id = g_strndup(brace + 2, n);
  return n > 0 && g_str_equal(brace + 2 + n, "}");
}

static gboolean known_step(const Page *page, const char *id) {
  for (guint i = 0; i < page->steps->len; i++)
    if (g_str_equal(((const PageStep *)page->steps->pdata[i])->id, id))
      return TRUE;
  return FALSE;
}

static gboolean add_step(Reader *self, cmark_node *node) {
  const int line = cmark_node_get_start_line(node);
  g_autofree char *text = heading_text(self, node);

  if (text == NULL)
    return FALSE;
  PageStep *step = g_new0(PageStep, 1);
  step->blocks = blocks_new();
  const gboolean split = split_title(text, step), known = known_step(self->page, step->id);
  g_ptr_array_add(self->page->steps, step);
  self->goals = self->quizzes = 0;
  if (!split)
    return page_fail(self->name, line, self->error,
                     "a step's id ends its title and has only a-z, 0-9 and _: ## Title {#id}");
  if (*step->title == '\0')
    return page_fail(self->name, line, self->error, "a step needs a title");
  if (known)
    return page_fail(self->name, line, self->error,
                     "there is already a step ‘%s’; give this one an id of its own: {#id}",
                     step->id);
  if (self->page->steps->len > PAGE_MAX_STEPS)
    return page_fail(self->name, line, self->error, "a page has at most %d steps", PAGE_MAX_STEPS);
  return TRUE;
}

static gboolean read_step_or_block(Reader *self, cmark_node *node) {
  const GPtrArray *steps = self->page->steps;

  if (cmark_node_get_type(node) == CMARK_NODE_HEADING && cmark_node_get_heading_level(node) <= 2) {
    if (cmark_node_get_heading_level(node) == 1)
      return page_fail(self->name, cmark_node_get_start_line(node), self->error,
                       "the title stands in lesson.json; steps start with ##");
    return add_step(self, node);
  }
  if (steps->len == 0)
    return page_fail(self->name, cmark_node_get_start_line(node), self->error,
                     "a page starts with its first step: ## Title");
  return read_block(self, node, ((PageStep *)steps->pdata[steps->len - 1])->blocks, 0);
}

static gboolean read_document(Reader *self, cmark_node *document) {
  for (cmark_node *node = cmark_node_first_child(document); node != NULL;
       node = cmark_node_next(node))
    if (!read_step_or_block(self, node))
      return FALSE;
  if (self->page->steps->len == 0)
    return page_fail(self->name, 1, self->error, "there is no step: ## Title");
  return TRUE;
}

Page *page_parse(const char *text, gsize size, const char *name, const Lesson *lesson,
                 GError **error) {
  g_autoptr(Page) page = g_new0(Page, 1);
  g_autoptr(GHashTable) goal_ids = g_hash_table_new(g_str_hash, g_str_equal);
  Reader self = {
      .name = name, .lesson = lesson, .page = page, .goal_ids = goal_ids, .error = error};

  page->steps = g_ptr_array_new_with_free_func(step_free);
  if (size > PAGE_MAX_BYTES || !g_utf8_validate_len(text, size, NULL)) {
    page_fail(name, 1, error, "a page is UTF-8 text of at most %d bytes", PAGE_MAX_BYTES);
    return NULL;
  }
  cmark_node *document = cmark_parse_document(text, size, CMARK_OPT_DEFAULT);
  const gboolean read = read_document(&self, document);
  cmark_node_free(document);
  return read ? g_steal_pointer(&page) : NULL;
}

Page *page_open(const Lesson *lesson, GError **error) {
  g_autofree char *path = g_build_filename(lesson->folder, "page.md", NULL);
  g_autoptr(GBytes) bytes = file_read(path, PAGE_MAX_BYTES, error);
  gsize size;

  if (bytes == NULL)
    return NULL;
  const char *text = g_bytes_get_data(bytes, &size);
  return page_parse(text != NULL ? text : "", size, path, lesson, error);
}
