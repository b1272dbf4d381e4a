/* Lesson texts: what is read, what is refused, and that Day 5's text says the truth. */
#include "core/lesson/page.h"

#include "core/base/file.h"
#include "core/lesson/source_text.h"
#include "core/session/page_values.h"
#include "tests/core/support.h"

#include <string.h>

static Lesson *day05(void) {
  GError *error = NULL;
  Lesson *lesson = lessons_open("day05", &error);

  g_assert_no_error(error);
  return lesson;
}

/* --- reading --- */

static Page *parse(const Lesson *lesson, const char *text, GError **error) {
  const gsize size = strlen(text);
  g_autofree char *copy = g_memdup2(text, size);

  return page_parse(size > 0 ? copy : "", size, "page.md", lesson, error);
}

static const PageBlock *block_of(const Page *page, guint i) {
  return ((const PageStep *)page->steps->pdata[0])->blocks->pdata[i];
}

static void assert_run(const PageBlock *block, guint i, PageRunKind kind, const char *text) {
  const PageRun *run = block->runs->pdata[i];

  g_assert_cmpint(run->kind, ==, kind);
  g_assert_cmpstr(run->text, ==, text);
}

static void test_lines(void) {
  g_autoptr(Lesson) lesson = day05();
  GError *error = NULL;
  g_autoptr(Page) page = parse(
      lesson,
      "## A step {#first}\n\n"
      "Some *soft* and **hard** words, $`x^2`$, `code`, `value: parameters(conv1) = 320` and\n"
      "`value: step()`; see [here](https://example.org).\n\n## Another step\n",
      &error);

  g_assert_no_error(error);
  g_assert_cmpuint(page->steps->len, ==, 2);
  g_assert_cmpstr(((const PageStep *)page->steps->pdata[0])->id, ==, "first");
  g_assert_cmpstr(((const PageStep *)page->steps->pdata[0])->title, ==, "A step");
  g_assert_cmpstr(((const PageStep *)page->steps->pdata[1])->id, ==, "another_step");
  const PageBlock *line = block_of(page, 0);
  assert_run(line, 0, RUN_TEXT, "Some ");
  assert_run(line, 1, RUN_TEXT, "soft");
  g_assert_true(((const PageRun *)line->runs->pdata[1])->emphasis);
  assert_run(line, 3, RUN_TEXT, "hard");
  g_assert_true(((const PageRun *)line->runs->pdata[3])->strong);
  assert_run(line, 4, RUN_TEXT, " words, ");
  assert_run(line, 5, RUN_FORMULA, "x^2");
  assert_run(line, 6, RUN_TEXT, ", ");
  assert_run(line, 7, RUN_CODE, "code");
  assert_run(line, 9, RUN_CHECKED, "320");
  g_assert_cmpstr(((const PageRun *)line->runs->pdata[9])->expression, ==, "parameters(conv1)");
  assert_run(line, 10, RUN_TEXT, " and ");
  assert_run(line, 11, RUN_VALUE, NULL);
  assert_run(line, 13, RUN_TEXT, "here");
  g_assert_cmpstr(((const PageRun *)line->runs->pdata[13])->link, ==, "https://example.org");
}

static void test_blocks(void) {
  g_autoptr(Lesson) lesson = day05();
  GError *error = NULL;
  g_autoptr(Page) page = parse(lesson,
                               "## S\n\n### Part\n\n1. one\n   - deep\n2. two\n\n> said\n\n"
                               "```math\n% spoken: x plus y\nx + y\n```\n\n"
                               "```try\ntitle: Go\ndo: reset\nset: learning_rate = 0.1\n"
                               "says: It goes\n  on and on.\n```\n\n"
                               "```quiz\nquestion: Why?\nright: So.\n  because: It is.\n"
                               "wrong: No.\n  because: It is not,\n    really.\n```\n\n"
                               "```goal\ntitle: Look\ndid: explain\n```\n\n"
                               "```source\nfile: core/ops/conv2d.c\nfunction: forward\n```\n\n"
                               "```keras\nConv2D()\n```\n",
                               &error);

  g_assert_no_error(error);
  g_assert_cmpint(block_of(page, 0)->level, ==, 3);
  const PageBlock *list = block_of(page, 1);
  g_assert_cmpint(list->kind, ==, PAGE_LIST);
  g_assert_cmpint(list->level, ==, 1);
  g_assert_cmpuint(list->children->len, ==, 2);
  g_assert_cmpuint(((const PageBlock *)list->children->pdata[0])->children->len, ==, 2);
  g_assert_cmpint(block_of(page, 2)->kind, ==, PAGE_QUOTE);
  g_assert_cmpstr(block_of(page, 3)->text, ==, "x + y");
  g_assert_cmpstr(page_spoken(block_of(page, 3)), ==, "x plus y");
  g_assert_cmpstr(page_field(block_of(page, 4), "says"), ==, "It goes on and on.");
  const PageBlock *quiz = block_of(page, 5);
  g_assert_cmpstr(quiz->name, ==, "s.quiz1");
  g_assert_cmpuint(quiz->fields->len, ==, 5);
  g_assert_cmpstr(g_array_index(quiz->fields, PageField, 4).value, ==, "It is not, really.");
  g_assert_cmpstr(block_of(page, 6)->name, ==, "s.goal1");
  g_assert_cmpstr(block_of(page, 7)->text, ==, "Conv2D()");
}

/* --- mistakes --- */

static void test_mistakes(void) {
  static const struct {
    const char *text, *place, *says;
  } CASES[] = {
      {"", "page.md:1", "no step"},
      {"Words first\n", "page.md:1", "starts with its first step"},
      {"# Title\n", "page.md:1", "steps start with ##"},
      {"## A\n\n## A\n", "page.md:3", "already a step ‘a’"},
      {"## A\n\n```\ncode\n```\n", "page.md:3", "not with ‘’"},
      {"## A\n\n```tyr\ndo: reset\n```\n", "page.md:3", "not with ‘tyr’"},
      {"## A\n\n```try\nwords\n```\n", "page.md:4", "key: value"},
      {"## A\n\n```try\ndo: dance\n```\n", "page.md:4", "no action ‘dance’"},
      {"## A\n\n```try\nsay: x\ndo: reset\n```\n", "page.md:4", "knows no ‘say’"},
      {"## A\n\n```try\nsays: x\n```\n", "page.md:3", "needs ‘do: …’"},
      {"## A\n\n```try\ndo: reset\ntitle: x\ntitle: y\n```\n", "page.md:6", "second ‘title’"},
      {"## A {#b c}\n", "page.md:1", "a-z, 0-9 and _"},
      {"## A {#b\n", "page.md:1", "a-z, 0-9 and _"},
      {"## A {#}\n", "page.md:1", "a-z, 0-9 and _"},
      {"## {#a}\n", "page.md:1", "needs a title"},
      {"## A `value: step()`\n", "page.md:1", "no formulas and no values"},
      {"## A\n\n- item\n\n  ## B\n", "page.md:5", "inside a list"},
      {"## A\n\n    code\n", "page.md:3", "not with ‘’"},
      {"## A\n\n```math\n```\n", "page.md:3", "no formula"},
      {"## A\n\n```math\n% spoken: x\n```\n", "page.md:3", "no formula"},
      {"## A\n\n```value\n```\n", "page.md:3", "no ‘Label: EXPRESSION’"},
      {"## A\n\nSo $`x` is\n", "page.md:3", "ends with a dollar"},
      {"## A\n\n`value: classes() = `\n", "page.md:3", "after the ="},
      {"## A\n\n`value: step(now)`\n", "page.md:3", "write step()"},
      {"## A\n\n```try\nset: learning_rat = 1\n```\n", "page.md:4", "learning_rate"},
      {"## A\n\n```try\nset: learning_rate = 100\n```\n", "page.md:4", "learning_rate"},
      {"## A\n\n```try\npreset: slow\n```\n", "page.md:4", "no preset ‘slow’"},
      {"## A\n\n```look\npanel: maps\n```\n", "page.md:4", "no panel ‘maps’"},
      {"## A\n\n```look\npanel: loss\ncontrol: log_y\n```\n", "page.md:5", "NAME = NUMBER"},
      {"## A\n\n```goal\nid: win\n```\n", "page.md:4", "no goal ‘win’"},
      {"## A\n\n```goal\ntitle: x\n```\n", "page.md:3", "either did or when"},
      {"## A\n\n```goal\nid: test_set\ntitle: x\n```\n", "page.md:3", "from lesson.json"},
      {"## A\n\n```goal\nid: test_set\n```\n\n## B\n\n```goal\nid: test_set\n```\n", "page.md:9",
       "already a goal ‘test_set’"},
      {"## A\n\n```goal\ntitle: x\ndid: sleep\n```\n", "page.md:5", "no deed ‘sleep’"},
      {"## A\n\n```goal\ntitle: x\nwhen: step()\n```\n", "page.md:5", "EXPRESSION >= EXPRESSION"},
      {"## A\n\n```quiz\nquestion: x\nright: y\nwrong: z\n```\n", "page.md:5", "because"},
      {"## A\n\n```quiz\nright: y\n  because: z\n```\n", "page.md:3", "question"},
      {"## A\n\n```quiz\nbecause: z\nquestion: x\n```\n", "page.md:4", "below an answer"},
      {"## A\n\n```quiz\nquestion: x\nbecause: z\n```\n", "page.md:5", "below an answer"},
      {"## A\n\n```value\nLoss: mtric(loss)\n```\n", "page.md:4", "metric"},
      {"## A\n\n`value: 1 +`\n", "page.md:3", "expected a number"},
      {"## A\n\n![picture](x.png)\n", "page.md:3", "image"},
      {"## A\n\n<b>bold</b>\n", "page.md:3", "html"},
  };
  g_autoptr(Lesson) lesson = day05();

  for (guint i = 0; i < G_N_ELEMENTS(CASES); i++) {
    GError *error = NULL;
    g_assert_null(parse(lesson, CASES[i].text, &error));
    test_assert_error_says(&error, CASES[i].place, CASES[i].says);
  }
}

/* A file made to be slow or to fill the memory is refused, or read like any other. */
static char *repeated(const char *start, const char *piece, gsize size) {
  GString *text = g_string_new(start);

  while (text->len + strlen(piece) <= size)
    g_string_append(text, piece);
  return g_string_free(text, FALSE);
}

static void test_hostile(void) {
  static const struct {
    const char *start, *piece;
    const char *says; /* NULL: it is read */
  } CASES[] = {
      {"## A\n", "a\n", NULL},
      {"## A\n", "a `b` ", NULL},
      {"## A\n```try\ndo: reset\nsays: x\n", " a\n", "longer than"},
      {"## A\n```value\n", "a: 1\n", NULL},
      {"## A\n```quiz\n", "wrong: a\nbecause: b\n", "question"},
      {"", "## a\n", "already a step"},
      {"## A\n", "> ", "too deeply"},
      {"## A\n", "*a **b ", NULL},
      {"## A\n", "[", NULL},
  };
  g_autoptr(Lesson) lesson = day05();

  for (guint i = 0; i < G_N_ELEMENTS(CASES); i++) {
    g_autofree char *text = repeated(CASES[i].start, CASES[i].piece, 1 << 16);
    GError *error = NULL;
    g_autoptr(Page) page = parse(lesson, text, &error);
    if (CASES[i].says != NULL)
      test_assert_error_says(&error, CASES[i].says);
    else
      g_assert_no_error(error);
  }
}

static void test_too_much(void) {
  g_autoptr(GString) steps = g_string_new(NULL);
  g_autofree char *large = repeated("## A\n", "word ", (1 << 20) + 10);
  g_autoptr(Lesson) lesson = day05();
  GError *error = NULL;

  g_assert_null(parse(lesson, large, &error));
  test_assert_error_says(&error, "at most 1048576 bytes");
  g_assert_null(parse(lesson, "## A\n\xff\n", &error));
  test_assert_error_says(&error, "UTF-8");
  for (int i = 0; i < 101; i++)
    g_string_append_printf(steps, "## Step %d\n", i);
  g_assert_null(parse(lesson, steps->str, &error));
  test_assert_error_says(&error, "page.md:101", "at most 100 steps");
}

/* --- numbers that are not so --- */

static gboolean check_values(const Lesson *lesson, const Page *page, GError **error) {

  return page_values_check(page, lesson, "page.md", error);
}

static void test_untrue(void) {
  static const char *const CASES[][3] = {
      {"## A\n\n`value: parameters(conv1) = 321`\n", "page.md:3", "but it is 320"},
      {"## A\n\n`value: parameters() = 347146`\n", "page.md:3", "but it is 347,146"},
      {"## A\n\n`value: shape(conv1) = 28×28×32`\n", "page.md:3", "but it is 26×26×32"},
      {"## A\n\n`value: step() = 0`\n", "page.md:3", "nothing has been looked at"},
      {"## A\n\n`value: samples(train) = 0`\n", "page.md:3", "no data"},
      {"## A\n\n`value: parameters(conv2)`\n", "page.md:3", "no layer conv2"},
      {"## A\n\n`value: setting(rate)`\n", "page.md:3", "no hyperparameter rate"},
      {"## A\n\n`value: samples(tests)`\n", "page.md:3", "no part of the data"},
      {"## A\n\n```value\nx: 1\ny: tensor(conv1[0, 0, 32])\n```\n", "page.md:5", "beyond conv1"},
      {"## A\n\n```value\nx: gradient(conv1.kernel[0, 0])\n```\n", "page.md:4", "indices"},
      {"## A\n\n```value\nx: max(conv3)\n```\n", "page.md:4", "no tensor conv3"},
      {"## A\n\n```goal\ntitle: x\nwhen: metric(val_los) > 2\n```\n", "page.md:5", "no metric"},
      {"## A\n\n```goal\ntitle: x\nwhen: 2 > sum(conv)\n```\n", "page.md:5", "no tensor conv"},
  };
  g_autoptr(Lesson) lesson = day05();

  for (guint i = 0; i < G_N_ELEMENTS(CASES); i++) {
    GError *error = NULL;
    g_autoptr(Page) page = parse(lesson, CASES[i][0], &error);
    g_assert_no_error(error);
    g_assert_false(check_values(lesson, page, &error));
    test_assert_error_says(&error, CASES[i][1], CASES[i][2]);
  }
}

static void test_all_lessons(void) {
  GError *error = NULL;
  g_autoptr(GPtrArray) lessons = lessons_list(&error);

  g_assert_no_error(error);
  g_assert_cmpuint(lessons->len, >, 0);
  for (guint i = 0; i < lessons->len; i++) {
    g_autoptr(Page) page = page_open(lessons->pdata[i], &error);
    g_assert_no_error(error);
    g_assert_true(check_values(lessons->pdata[i], page, &error));
    g_assert_no_error(error);
  }
}

/* --- Day 5 says the truth --- */

typedef struct {
  PageValues values;
  int checked, sources, quizzes, goals;
} Truth;

static void check_runs(Truth *truth, const PageBlock *block) {
  for (guint i = 0; block->runs != NULL && i < block->runs->len; i++) {
    const PageRun *run = block->runs->pdata[i];
    ExpressionValue value;
    GError *error = NULL;
    if (run->kind != RUN_CHECKED)
      continue;
    page_value(&truth->values, run->expression, &value, &error);
    g_assert_no_error(error);
    g_autofree char *said = expression_format(&value, run->text);
    g_assert_cmpstr(said, ==, run->text);
    g_free(value.text);
    truth->checked++;
  }
}

static void check_source(const PageBlock *block) {
  g_autofree char *root = g_build_filename(g_getenv("BATHYSCOPE_LESSONS"), "..", "..", NULL);
  g_autofree char *path = g_build_filename(root, page_field(block, "file"), NULL);
  g_autofree char *text = NULL;

  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_autofree char *function = source_function(text, page_field(block, "function"));
  g_assert_nonnull(function);
  g_assert_nonnull(strstr(function, page_field(block, "function")));
  g_assert_true(g_str_has_suffix(function, "}"));
}

static void check_block(const PageBlock *block, gpointer data) {
  Truth *truth = data;

  check_runs(truth, block);
  truth->quizzes += block->kind == PAGE_QUIZ;
  truth->goals += block->kind == PAGE_GOAL;
  if (block->kind != PAGE_SOURCE)
    return;
  check_source(block);
  truth->sources++;
}

static void test_day05(void) {
  g_autoptr(Lesson) lesson = day05();
  GError *error = NULL;
  g_autoptr(Page) page = page_open(lesson, &error);

  g_assert_no_error(error);
  g_autoptr(Model) model = model_new(((const LessonModel *)lesson->models->pdata[0])->spec, &error);
  Truth truth = {.values = {.lesson = lesson, .model = model}};
  for (guint i = 0; i < page->steps->len; i++)
    page_foreach(page->steps->pdata[i], check_block, &truth);
  g_assert_cmpint(truth.checked, >=, 20);
  g_assert_cmpint(truth.sources, >=, 3);
  g_assert_cmpint(truth.quizzes, >=, 5);
  g_assert_cmpint(truth.goals, >=, 10);
}

static void test_source(void) {
  static const char TEXT[] =
      "#include <a.h>\n\nint add(int a);\n\n/* Adds.\n * Twice. */\n"
      "static int add(int a,\n               int b) {\n  if (a) {\n    add(1, 2);\n"
      "  }\n  return a + b;\n}\n\nstatic int sub(int a) { return -a; }\n";
  g_autofree char *add = source_function(TEXT, "add"), *sub = source_function(TEXT, "sub");

  g_assert_true(g_str_has_prefix(add, "/* Adds.\n * Twice. */\nstatic int add(int a,"));
  g_assert_true(g_str_has_suffix(add, "  return a + b;\n}"));
  g_assert_cmpstr(sub, ==, "static int sub(int a) { return -a; }");
  g_autofree char *plain = source_function("int n; /* how many */\nint get(void) {\n}\n", "get");
  g_assert_cmpstr(plain, ==, "int get(void) {\n}");
  g_assert_null(source_function(TEXT, "mul"));
  g_assert_null(source_function(TEXT, "ad"));
  g_assert_null(source_function("int add(int a) {\n", "add"));
  g_assert_null(source_function("", "mul"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/page/lines", test_lines);
  g_test_add_func("/page/blocks", test_blocks);
  g_test_add_func("/page/mistakes", test_mistakes);
  g_test_add_func("/page/hostile", test_hostile);
  g_test_add_func("/page/too-much", test_too_much);
  g_test_add_func("/page/untrue", test_untrue);
  g_test_add_func("/page/all-lessons", test_all_lessons);
  g_test_add_func("/page/day05", test_day05);
  g_test_add_func("/page/source", test_source);
  return g_test_run();
}
