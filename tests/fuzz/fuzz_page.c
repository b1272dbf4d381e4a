/* page.md: whatever is in it, what is read can be walked and evaluated. */
#include "core/lesson/page.h"

#include "core/session/page_values.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static const char LESSON[] =
    "{\"day\":1,\"title\":\"T\",\"summary\":\"S\",\"task\":\"classification\","
    "\"datasets\":[\"drawn_digits\"],\"models\":{\"m\":[\"input 4\",\"dense 2 name=out\"]},"
    "\"hyperparameters\":[{\"name\":\"rate\",\"label\":\"R\",\"help\":\"H\",\"kind\":\"real\","
    "\"minimum\":0,\"maximum\":1,\"default\":0.5,\"live\":true}],"
    "\"presets\":[{\"name\":\"p\",\"title\":\"P\",\"help\":\"H\",\"settings\":{}}],"
    "\"panels\":[{\"panel\":\"loss\"}],"
    "\"goals\":[{\"id\":\"g\",\"title\":\"G\",\"metric\":\"val_accuracy\",\"relation\":\">=\","
    "\"value\":0.5}],\"pace\":0}";

static void visit(const PageBlock *block, gpointer data) {
  for (guint i = 0; block->runs != NULL && i < block->runs->len; i++) {
    const PageRun *run = block->runs->pdata[i];
    ExpressionValue value;
    if (run->expression == NULL)
      continue;
    if (page_value(data, run->expression, &value, NULL)) {
      g_autofree char *text = expression_format(&value, run->text != NULL ? run->text : "");
      g_assert_nonnull(text);
    }
    g_free(value.text);
  }
  if (block->kind == PAGE_GOAL)
    g_assert_nonnull(page_goal_title(((const PageValues *)data)->lesson, block));
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  static Lesson *lesson;
  static Model *model;
  g_autoptr(GError) error = NULL;

  if (lesson == NULL) {
    lesson = lesson_parse(LESSON, sizeof LESSON - 1, "lesson.json", "fuzz", &error);
    g_assert_no_error(error);
    model = model_new(((const LessonModel *)lesson->models->pdata[0])->spec, NULL);
  }
  const PageValues values = {.lesson = lesson, .model = model};
  g_autoptr(Page) page =
      page_parse(size > 0 ? (const char *)data : "", size, "page.md", lesson, &error);
  g_assert_true((page == NULL) == (error != NULL));
  for (guint i = 0; page != NULL && i < page->steps->len; i++)
    page_foreach(page->steps->pdata[i], visit, (gpointer)&values);
  if (page != NULL)
    g_assert_true(page_values_check(page, lesson, "page.md", &error) == (error == NULL));
  return 0;
}
