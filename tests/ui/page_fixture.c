#include "tests/ui/page_fixture.h"

#include "core/lesson/source_text.h"
#include "tests/ui/window_fixture.h"

#include <string.h>

ExplainFixture *page_fixture;
Page *page_fixture_page;

gboolean page_fixture_init(int *argc, char ***argv) {
  g_autoptr(GError) error = NULL;

  if (!window_fixture_init(argc, argv))
    return FALSE;
  page_fixture = explain_fixture_new(NULL, 5);
  page_fixture_page = page_open(page_fixture->lesson, &error);
  g_assert_no_error(error);
  return TRUE;
}

void page_fixture_end(void) {
  page_free(page_fixture_page);
  explain_fixture_free(page_fixture);
  window_fixture_end();
}

/* --- a host that writes down what it is asked for --- */

static char *value_cb(gpointer data, const char *expression) {
  const PageValues values = {page_fixture->lesson, page_fixture->run->model, page_fixture->dataset,
                             page_fixture->look};
  ExpressionValue value = {0};

  if (!page_value(&values, expression, &value, NULL))
    return NULL;
  value.value += ((Stage *)data)->shift;
  return value.text != NULL ? value.text : g_strdup_printf("%.3g", value.value);
}

static void act_cb(gpointer data, const char *action) {
  g_string_append_printf(((Stage *)data)->log, "do %s\n", action);
}

static gboolean set_cb(gpointer data, const char *name, const char *value) {
  g_string_append_printf(((Stage *)data)->log, "set %s %s\n", name, value);
  return g_str_equal(name, "optimizer");
}

static void preset_cb(gpointer data, const char *name) {
  g_string_append_printf(((Stage *)data)->log, "preset %s\n", name);
}

static void look_cb(gpointer data, const char *panel) {
  g_string_append_printf(((Stage *)data)->log, "look %s\n", panel);
}

static void control_cb(gpointer data, const char *panel, const char *control, double value) {
  g_string_append_printf(((Stage *)data)->log, "control %s %s %g\n", panel, control, value);
}

static void step_cb(gpointer data, guint index) {
  g_string_append_printf(((Stage *)data)->log, "step %u\n", index);
}

static void answer_cb(gpointer data, const char *quiz, int answer) {
  g_hash_table_insert(((Stage *)data)->answers, g_strdup(quiz), GINT_TO_POINTER(answer));
}

static int answered_cb(gpointer data, const char *quiz) {
  gpointer answer;

  return g_hash_table_lookup_extended(((Stage *)data)->answers, quiz, NULL, &answer)
             ? GPOINTER_TO_INT(answer)
             : -1;
}

static gboolean reached_cb(gpointer data, const char *goal) {
  return g_hash_table_contains(((Stage *)data)->goals, goal);
}

static char *source_cb(gpointer data, const char *file, const char *function) {
  g_autofree char *path = g_strconcat("/org/bathyscope/Bathyscope/source/", file, NULL);
  g_autoptr(GBytes) bytes = g_resources_lookup_data(path, 0, NULL);

  return bytes != NULL ? source_function(g_bytes_get_data(bytes, NULL), function) : NULL;
}

/* --- the stage --- */

static void run_pending(void) {
  while (g_main_context_iteration(NULL, FALSE))
    ;
}

void stage_settle(const Stage *self) {
  gtk_test_widget_wait_for_draw(self->window);
  run_pending();
}

void stage_init(Stage *self, int width, int height, guint step) {
  const PageHost host = {self,       value_cb, act_cb,    set_cb,      preset_cb,  look_cb,
                         control_cb, step_cb,  answer_cb, answered_cb, reached_cb, source_cb};

  *self = (Stage){.window = adw_window_new(), .log = g_string_new(NULL)};
  self->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  self->goals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  self->view = BATHY_PAGE_VIEW(bathy_page_view_new(&host));
  adw_window_set_content(ADW_WINDOW(self->window), GTK_WIDGET(self->view));
  gtk_window_set_default_size(GTK_WINDOW(self->window), width, height);
  bathy_page_view_show(self->view, page_fixture->lesson, page_fixture_page, step);
  gtk_window_present(GTK_WINDOW(self->window));
  stage_settle(self);
}

void stage_clear(Stage *self) {
  gtk_window_destroy(GTK_WINDOW(self->window));
  run_pending();
  g_string_free(self->log, TRUE);
  g_hash_table_unref(self->answers);
  g_hash_table_unref(self->goals);
}

void stage_go(Stage *self, guint step) {
  bathy_page_view_go(self->view, step);
  stage_settle(self);
}

GtkWidget *stage_next(Stage *self, GType type, const char *css_class, GtkWidget *after) {
  return window_find(GTK_WIDGET(self->view), type, css_class, after);
}

void stage_set_dark(gboolean dark) {
  adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                     dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                          : ADW_COLOR_SCHEME_FORCE_LIGHT);
}

void stage_shot(Stage *self, const char *name) {
  stage_settle(self);
  window_fixture_picture(self->window, name);
}

int stage_count(Stage *self, GType type, const char *css_class) {
  GtkWidget *widget = NULL;
  int count = 0;

  while ((widget = stage_next(self, type, css_class, widget)) != NULL)
    count++;
  return count;
}

int stage_answer(Stage *self, const char *quiz) { return answered_cb(self, quiz); }

Page *stage_show(Stage *self, const char *text) {
  GError *error = NULL;
  Page *page = page_parse(text, strlen(text), "page.md", page_fixture->lesson, &error);

  g_assert_no_error(error);
  bathy_page_view_show(self->view, page_fixture->lesson, page, 0);
  stage_settle(self);
  return page;
}
