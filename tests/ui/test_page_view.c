/* A lesson's page without the window around it: every step in both themes and at several widths,
 * every button pressed, every question answered, every goal reached. */
#include "tests/ui/page_fixture.h"
#include "tests/ui/window_fixture.h"

#include <string.h>

/* Every step fits into every width, drawn in both themes. */
static void test_looks(void) {
  static const int WIDTHS[] = {420, 520, 700, 900, 1400};
  Stage stage;

  for (guint w = 0; w < G_N_ELEMENTS(WIDTHS); w++) {
    stage_init(&stage, WIDTHS[w], 2400, 0);
    for (guint i = 0; i < page_fixture_page->steps->len; i++)
      for (int dark = 0; dark < 2; dark++) {
        g_autofree char *name =
            g_strdup_printf("page-%d-%02u-%s", WIDTHS[w], i + 1, dark ? "dark" : "light");
        stage_go(&stage, i);
        stage_set_dark(dark);
        stage_shot(&stage, name);
        g_assert_cmpint(gtk_widget_get_width(stage.window), <=, WIDTHS[w]);
      }
    stage_set_dark(FALSE);
    stage_clear(&stage);
  }
}

/* --- from step to step --- */

static const char *place_of(Stage *self) {
  return gtk_label_get_label(GTK_LABEL(stage_next(self, GTK_TYPE_LABEL, "caption", NULL)));
}

static void test_steps(void) {
  const guint last = page_fixture_page->steps->len - 1;
  g_autofree char *at_end = g_strdup_printf("Step %u of %u", last + 1, last + 1);
  Stage stage;
  GtkWidget *dot;

  stage_init(&stage, 640, 800, 1);
  GtkWidget *view = GTK_WIDGET(stage.view);
  g_assert_cmpstr(place_of(&stage), ==, "Step 2 of 14");
  g_assert_true(gtk_widget_activate_action(view, "page.previous", NULL));
  g_assert_cmpuint(bathy_page_view_get_step(stage.view), ==, 0);
  gtk_widget_activate_action(view, "page.previous", NULL); /* there is none before the first */
  g_assert_cmpuint(bathy_page_view_get_step(stage.view), ==, 0);
  dot = stage_next(&stage, GTK_TYPE_BUTTON, "page-dot", NULL);
  g_assert_true(gtk_widget_has_css_class(dot, "current"));
  for (guint i = 0; i < last; i++)
    dot = stage_next(&stage, GTK_TYPE_BUTTON, "page-dot", dot);
  g_signal_emit_by_name(dot, "clicked");
  stage_settle(&stage);
  g_assert_true(gtk_widget_has_css_class(dot, "current"));
  g_assert_cmpstr(place_of(&stage), ==, at_end);
  gtk_widget_activate_action(view, "page.next", NULL);
  g_assert_cmpuint(bathy_page_view_get_step(stage.view), ==, last);
  g_assert_cmpstr(stage.log->str, ==, "step 0\nstep 13\n");
  g_assert_null(stage_next(&stage, GTK_TYPE_BUTTON, "suggested-action", NULL)); /* no Continue */
  bathy_page_view_show(stage.view, NULL, NULL, 0);
  stage_settle(&stage);
  g_assert_null(stage_next(&stage, GTK_TYPE_BUTTON, NULL, NULL));
  bathy_page_view_update(stage.view);
  stage_clear(&stage);
}

/* The focus does not get lost with the widget that had it. */
static void test_focus(void) {
  Stage stage;

  stage_init(&stage, 640, 800, 0);
  GtkWidget *try =
      stage_next(&stage, GTK_TYPE_BUTTON, NULL, stage_next(&stage, GTK_TYPE_BOX, "page-try", NULL));
  g_assert_true(gtk_widget_grab_focus(try));
  stage_go(&stage, 1);
  GtkWidget *focus = gtk_root_get_focus(GTK_ROOT(stage.window));
  g_assert_nonnull(focus);
  g_assert_true(gtk_widget_has_css_class(focus, "suggested-action"));
  /* Tab goes from what can be pressed to what can be pressed. */
  for (int i = 0; i < 40; i++) {
    gtk_widget_child_focus(stage.window, GTK_DIR_TAB_FORWARD);
    focus = gtk_root_get_focus(GTK_ROOT(stage.window));
    g_assert_false(GTK_IS_LABEL(focus));
  }
  stage_clear(&stage);
}

/* --- what is asked for --- */

static void expect(const PageBlock *block, gpointer log) {
  for (guint i = 0; block->fields != NULL && i < block->fields->len; i++) {
    const PageField *field = &g_array_index(block->fields, PageField, i);
    g_auto(GStrv) parts = g_strsplit(field->value, " = ", 2);
    if (block->kind == PAGE_TRY &&
        (g_str_equal(field->key, "do") || g_str_equal(field->key, "preset")))
      g_string_append_printf(log, "%s %s\n", field->key, field->value);
    else if (block->kind == PAGE_TRY && g_str_equal(field->key, "set"))
      g_string_append_printf(log, "set %s %s\n", parts[0], parts[1]);
    else if (block->kind == PAGE_LOOK && g_str_equal(field->key, "panel"))
      g_string_append_printf(log, "look %s\n", field->value);
    else if (block->kind == PAGE_LOOK && g_str_equal(field->key, "control"))
      g_string_append_printf(log, "control %s %s %s\n", page_field(block, "panel"), parts[0],
                             parts[1]);
  }
}

/* Presses all buttons of the step, from top to bottom. */
static void press_all(Stage *self) {
  GtkWidget *button = NULL;

  while ((button = stage_next(self, GTK_TYPE_BUTTON, NULL, button)) != NULL) {
    if (g_object_get_data(G_OBJECT(button), "block") == NULL)
      continue;
    g_signal_emit_by_name(button, "clicked");
    GtkWidget *card = gtk_widget_get_parent(button);
    if (!gtk_widget_has_css_class(card, "page-try"))
      continue;
    stage_settle(self);
    GtkWidget *done = window_find(card, GTK_TYPE_LABEL, "page-done", NULL);
    g_assert_nonnull(done);
    g_assert_true(g_str_has_suffix(gtk_label_get_label(GTK_LABEL(done)), "."));
  }
}

static void test_buttons(void) {
  Stage stage;

  stage_init(&stage, 640, 2400, 0);
  for (guint i = 0; i < page_fixture_page->steps->len; i++) {
    g_autoptr(GString) expected = g_string_new(NULL);
    g_autofree char *name = g_strdup_printf("pressed-%02u", i + 1);
    stage_go(&stage, i);
    g_string_truncate(stage.log, 0);
    page_foreach(page_fixture_page->steps->pdata[i], expect, expected);
    press_all(&stage);
    g_assert_cmpstr(stage.log->str, ==, expected->str);
    stage_shot(&stage, name);
  }
  stage_clear(&stage);
}

/* What was done is said in words, a hyperparameter by its label. */
static void test_said(void) {
  Stage stage;

  stage_init(&stage, 640, 800, 0);
  g_autoptr(Page) page = stage_show(
      &stage, "## A\n\n```try\nset: optimizer = sgd\nset: learning_rate = 0.01\ndo: batch\n```\n");
  press_all(&stage);
  GtkWidget *done = stage_next(&stage, GTK_TYPE_LABEL, "page-done", NULL);
  g_assert_cmpstr(gtk_label_get_label(GTK_LABEL(done)), ==,
                  "Optimizer: sgd, from the next reset on; Learning rate: 0.01 from now on; "
                  "one batch trained.");
  stage_clear(&stage);
}

/* --- quizzes --- */

static void assert_reply(Stage *self, GtkWidget *answer) {
  const PageBlock *quiz = g_object_get_data(G_OBJECT(answer), "block");
  const int i = stage_answer(self, quiz->name);
  const PageField *chosen = &g_array_index(quiz->fields, PageField, i);
  GtkWidget *whole = gtk_widget_get_parent(answer);
  const gboolean right = g_str_equal(chosen->key, "right");
  GtkWidget *verdict =
      window_find(whole, GTK_TYPE_LABEL, right ? "page-right" : "page-wrong", NULL);
  GtkWidget *because = window_find(whole, GTK_TYPE_LABEL, "page-because", NULL);

  g_assert_nonnull(verdict);
  g_assert_nonnull(because);
  g_assert_nonnull(strstr(gtk_label_get_label(GTK_LABEL(verdict)), right ? "✓" : "✗"));
  g_assert_cmpstr(gtk_label_get_label(GTK_LABEL(because)), ==,
                  g_array_index(quiz->fields, PageField, i + 1).value);
}

static void test_quiz(void) {
  const guint last = page_fixture_page->steps->len - 1;
  GtkWidget *answer = NULL;
  int answers = 0;
  Stage stage;

  stage_init(&stage, 640, 2400, last);
  while ((answer = stage_next(&stage, GTK_TYPE_CHECK_BUTTON, NULL, answer)) != NULL) {
    gtk_check_button_set_active(GTK_CHECK_BUTTON(answer), TRUE);
    stage_settle(&stage);
    assert_reply(&stage, answer);
    answers++;
  }
  g_assert_cmpint(answers, ==, 20);
  g_assert_cmpuint(g_hash_table_size(stage.answers), ==, 6);
  g_assert_cmpint(stage_count(&stage, GTK_TYPE_LABEL, "page-because"), ==,
                  6); /* the last of each */
  stage_shot(&stage, "quiz-light");
  stage_set_dark(TRUE);
  stage_shot(&stage, "quiz-dark");
  stage_set_dark(FALSE);
  stage_go(&stage, 0);
  stage_go(&stage, last); /* they are remembered */
  g_assert_cmpint(stage_count(&stage, GTK_TYPE_LABEL, "page-because"), ==, 6);
  stage_clear(&stage);
}

/* --- goals --- */

static void reach(const PageBlock *block, gpointer goals) {
  if (block->kind == PAGE_GOAL)
    g_hash_table_add(goals, g_strdup(block->name));
}

static void test_goals(void) {
  Stage stage;

  stage_init(&stage, 640, 2400, 0);
  for (guint i = 0; i < page_fixture_page->steps->len; i++) {
    stage_go(&stage, i);
    const int goals = stage_count(&stage, GTK_TYPE_BOX, "page-goal");
    g_assert_cmpint(stage_count(&stage, GTK_TYPE_BOX, "reached"), ==, 0);
    page_foreach(page_fixture_page->steps->pdata[i], reach, stage.goals);
    bathy_page_view_refresh_goals(stage.view);
    stage_settle(&stage);
    g_assert_cmpint(stage_count(&stage, GTK_TYPE_BOX, "reached"), ==, goals);
  }
  g_assert_cmpuint(g_hash_table_size(stage.goals), >=, 14);
  stage_go(&stage, 2);
  g_assert_cmpint(stage_count(&stage, GTK_TYPE_BOX, "reached"), ==, 2);
  stage_shot(&stage, "goals-light");
  stage_set_dark(TRUE);
  stage_shot(&stage, "goals-dark");
  stage_set_dark(FALSE);
  stage_clear(&stage);
}

/* --- live numbers --- */

static const char *value_of(Stage *self) {
  return gtk_label_get_label(GTK_LABEL(stage_next(self, GTK_TYPE_LABEL, "page-value", NULL)));
}

/* They follow the run, but not faster than can be read. */
static void test_values(void) {
  Stage stage;

  stage_init(&stage, 640, 1600, 5);
  g_autofree char *before = g_strdup(value_of(&stage));
  g_assert_cmpstr(before, !=, "…");
  stage.shift = 1000;
  const gint64 end = g_get_monotonic_time() + 5 * G_TIME_SPAN_SECOND;
  bathy_page_view_update(stage.view);
  while (g_str_equal(value_of(&stage), before) && g_get_monotonic_time() < end)
    g_main_context_iteration(NULL, FALSE);
  g_assert_true(g_str_has_prefix(value_of(&stage), "1e+03"));
  stage.shift = 2000;
  bathy_page_view_update(stage.view);
  bathy_page_view_update(stage.view);
  g_assert_true(g_str_has_prefix(value_of(&stage), "1e+03"));
  stage_clear(&stage);
}

int main(int argc, char **argv) {
  if (!page_fixture_init(&argc, &argv))
    return 0;
  g_test_add_func("/page/looks", test_looks);
  g_test_add_func("/page/steps", test_steps);
  g_test_add_func("/page/focus", test_focus);
  g_test_add_func("/page/buttons", test_buttons);
  g_test_add_func("/page/said", test_said);
  g_test_add_func("/page/quiz", test_quiz);
  g_test_add_func("/page/goals", test_goals);
  g_test_add_func("/page/values", test_values);
  const int status = g_test_run();
  page_fixture_end();
  return status;
}
