/* "Why this number?" as a person meets it: clicking, walking back, by keyboard, at every width. */
#include "ui/explain/explain_view.h"

#include "tests/ui/explain_fixture.h"

#include <adwaita.h>
#include <string.h>

typedef struct {
  GtkWidget *window;
  BathyExplainView *view;
  Target followed, hovered;
  int follows, closes, refreshes;
  gboolean drawing;
} Stage;

static ExplainFixture *fixture;

static void follow_cb(BathyExplainView *view, const Target *target, gboolean drawing,
                      gpointer data) {
  Stage *stage = data;

  stage->followed = *target;
  stage->drawing = drawing;
  stage->follows++;
}

static void hover_cb(BathyExplainView *view, const Target *target, gpointer data) {
  ((Stage *)data)->hovered = target != NULL ? *target : (Target){.tensor = ""};
}

static void count_cb(BathyExplainView *view, gpointer count) { ++*(int *)count; }

static void run_pending(void) {
  while (g_main_context_iteration(NULL, FALSE))
    ;
}

static void settle(const Stage *self) {
  gtk_test_widget_wait_for_draw(self->window);
  run_pending();
}

static void stage_init(Stage *self, int width) {
  *self = (Stage){.window = adw_window_new(), .view = BATHY_EXPLAIN_VIEW(bathy_explain_view_new())};
  adw_window_set_content(ADW_WINDOW(self->window), GTK_WIDGET(self->view));
  gtk_window_set_default_size(GTK_WINDOW(self->window), width, 700);
  bathy_explain_view_set_lesson(self->view, fixture->lesson);
  g_signal_connect(self->view, "follow", G_CALLBACK(follow_cb), self);
  g_signal_connect(self->view, "hover-target", G_CALLBACK(hover_cb), self);
  g_signal_connect(self->view, "close", G_CALLBACK(count_cb), &self->closes);
  g_signal_connect(self->view, "refresh", G_CALLBACK(count_cb), &self->refreshes);
  gtk_window_present(GTK_WINDOW(self->window));
  settle(self);
}

static void stage_clear(Stage *self) {
  gtk_window_destroy(GTK_WINDOW(self->window));
  run_pending();
}

static void show(Stage *self, const char *tensor, gsize offset, gboolean gradient,
                 gboolean drawing) {
  Target target = {.offset = offset, .gradient = gradient};

  g_strlcpy(target.tensor, tensor, sizeof target.tensor);
  bathy_explain_view_show(self->view, fixture->look, &target, drawing);
  settle(self);
}

static const char *title(const Stage *self) {
  const Explanation *explanation = bathy_explain_view_get_explanation(self->view);

  return explanation != NULL ? explanation->title : "";
}

/* --- finding widgets --- */

typedef struct {
  const char *css;     /* a CSS class or name */
  const char *tooltip; /* how it begins; NULL: any */
  GtkWidget *found;    /* the first that can be seen */
  int count;
} Search;

static gboolean matches(const Search *self, GtkWidget *widget) {
  const char *tip = gtk_widget_get_tooltip_text(widget);

  if (!gtk_widget_has_css_class(widget, self->css) &&
      !g_str_equal(gtk_widget_get_css_name(widget), self->css))
    return FALSE;
  return self->tooltip == NULL || (tip != NULL && g_str_has_prefix(tip, self->tooltip));
}

static void search_in(GtkWidget *widget, Search *search) {
  if (!gtk_widget_get_mapped(widget))
    return;
  if (matches(search, widget)) {
    search->count++;
    search->found = search->found != NULL ? search->found : widget;
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    search_in(child, search);
}

static Search search(const Stage *self, const char *css, const char *tooltip) {
  Search result = {css, tooltip, NULL, 0};

  search_in(GTK_WIDGET(self->view), &result);
  return result;
}

static void click(const Stage *self, const char *css, const char *tooltip) {
  GtkWidget *button = search(self, css, tooltip).found;

  g_assert_nonnull(button);
  g_assert_true(gtk_widget_get_sensitive(button));
  g_signal_emit_by_name(button, "clicked");
  settle(self);
}

/* --- the tests --- */

static void test_follow(void) {
  Stage stage;

  stage_init(&stage, 360);
  show(&stage, "probabilities", 2, FALSE, FALSE);
  g_assert_cmpstr(title(&stage), ==, "probabilities[2]");
  g_assert_cmpint(stage.follows, ==, 0); /* who asked knows */
  click(&stage, "operand", "probabilities.preactivation[2]");
  g_assert_cmpstr(title(&stage), ==, "probabilities.preactivation[2]");
  g_assert_cmpint(stage.follows, ==, 1);
  g_assert_cmpstr(stage.followed.tensor, ==, "probabilities.preactivation");
  g_assert_cmpuint(stage.followed.offset, ==, 2);
  click(&stage, "button", "Back to probabilities[2]");
  g_assert_cmpstr(title(&stage), ==, "probabilities[2]");
  click(&stage, "button", "Forward to probabilities.preactivation[2]");
  g_assert_cmpstr(title(&stage), ==, "probabilities.preactivation[2]");
  g_assert_cmpint(stage.follows, ==, 3);
  stage_clear(&stage);
}

/* As if the pointer came, or left. */
static void hover(GtkWidget *widget, const char *signal) {
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);

  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GObject) controller = g_list_model_get_item(controllers, i);
    if (GTK_IS_EVENT_CONTROLLER_MOTION(controller))
      g_signal_emit_by_name(controller, signal, 1.0, 1.0);
  }
}

/* An operand under the pointer is told, and in a row otherwise its first. */
static void test_hover(void) {
  Stage stage;

  stage_init(&stage, 360);
  show(&stage, "dense1.preactivation", 12, FALSE, FALSE);
  GtkWidget *row = search(&stage, "row", NULL).found;
  GtkWidget *weight = search(&stage, "operand", "dense1.kernel").found;
  hover(row, "enter");
  g_assert_cmpstr(stage.hovered.tensor, ==, "flatten");
  hover(weight, "enter");
  g_assert_cmpstr(stage.hovered.tensor, ==, "dense1.kernel");
  g_assert_cmpuint(stage.hovered.offset % 64, ==, 12);
  hover(weight, "leave");
  g_assert_cmpstr(stage.hovered.tensor, ==, "flatten");
  hover(row, "leave");
  g_assert_cmpstr(stage.hovered.tensor, ==, "");
  hover(row, "enter");
  click(&stage, "operand", "flatten"); /* what is gone is no longer pointed at */
  g_assert_cmpstr(stage.hovered.tensor, ==, "");
  stage_clear(&stage);
}

static void test_gradient(void) {
  Stage stage;

  stage_init(&stage, 360);
  show(&stage, "conv1.bias", 4, FALSE, TRUE);
  GtkWidget *gradient = search(&stage, "button", "How fast").found;
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(gradient), TRUE);
  settle(&stage);
  g_assert_cmpstr(title(&stage), ==, "∂loss/∂conv1.bias[4]");
  g_assert_true(stage.followed.gradient && stage.drawing);
  click(&stage, "button", "Back");
  g_assert_cmpstr(title(&stage), ==, "conv1.bias[4]");
  g_assert_false(gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(gradient)));
  show(&stage, "label", 0, FALSE, FALSE);
  g_assert_false(gtk_widget_get_sensitive(gradient));
  stage_clear(&stage);
}

static void test_more(void) {
  Stage stage;

  stage_init(&stage, 480);
  show(&stage, "dense1.preactivation", 12, FALSE, FALSE);
  g_assert_cmpint(search(&stage, "row", NULL).count, ==, EXPLANATION_FIRST);
  GtkWidget *more = search(&stage, "explain-more", NULL).found;
  g_assert_cmpstr(gtk_button_get_label(GTK_BUTTON(more)), ==, "Show 50 more");
  click(&stage, "explain-more", NULL);
  g_assert_cmpint(search(&stage, "row", NULL).count, ==, EXPLANATION_FIRST + EXPLANATION_PAGE);
  show(&stage, "pool1", 100, FALSE, FALSE);
  g_assert_cmpint(search(&stage, "row", NULL).count, ==, 4);
  g_assert_null(search(&stage, "explain-more", NULL).found);
  stage_clear(&stage);
}

/* Always the first operand, by keyboard alone: the focus is where it can go on from. */
static void test_keyboard(void) {
  GtkWidget *focus;
  int steps = 0;
  Stage stage;

  stage_init(&stage, 360);
  show(&stage, "loss", 0, FALSE, FALSE);
  gtk_widget_grab_focus(search(&stage, "operand", NULL).found);
  while (bathy_explain_view_get_explanation(stage.view)->expr != NULL && steps < 12) {
    focus = gtk_root_get_focus(GTK_ROOT(stage.window));
    g_assert_true(GTK_IS_LIST_BOX_ROW(focus) || gtk_widget_has_css_class(focus, "operand"));
    if (GTK_IS_BUTTON(focus)) /* by Enter it would first look pressed for a while */
      g_signal_emit_by_name(focus, "clicked");
    else
      gtk_widget_activate(focus);
    settle(&stage);
    g_assert_cmpint(stage.follows, ==, ++steps);
  }
  g_assert_cmpint(steps, >=, 7);
  while (gtk_widget_activate_action(GTK_WIDGET(stage.view), "explain.back", NULL) && steps-- > 0)
    settle(&stage);
  g_assert_cmpstr(title(&stage), ==, "loss");
  stage_clear(&stage);
}

/* Closed, it holds no look any more; a newer look explains the same number. */
static void test_close(void) {
  Stage stage;

  stage_init(&stage, 360);
  show(&stage, "loss", 0, FALSE, FALSE);
  click(&stage, "button", "Look again");
  g_assert_cmpint(stage.refreshes, ==, 1);
  bathy_explain_view_update(stage.view, fixture->look);
  g_assert_cmpstr(title(&stage), ==, "loss");
  g_assert_false(g_atomic_ref_count_compare(&fixture->look->references, 1));
  gtk_widget_activate_action(GTK_WIDGET(stage.view), "explain.close", NULL);
  g_assert_cmpint(stage.closes, ==, 1);
  g_assert_true(g_atomic_ref_count_compare(&fixture->look->references, 1));
  g_assert_null(bathy_explain_view_get_explanation(stage.view));
  show(&stage, "no.such.tensor", 0, FALSE, FALSE);
  g_assert_null(bathy_explain_view_get_explanation(stage.view));
  bathy_explain_view_clear(stage.view);
  settle(&stage);
  stage_clear(&stage);
}

static void copied_cb(GObject *clipboard, GAsyncResult *result, gpointer text) {
  *(char **)text = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(clipboard), result, NULL);
}

static void test_copy(void) {
  g_autofree char *text = NULL;
  Stage stage;

  stage_init(&stage, 360);
  show(&stage, "conv1.preactivation", 9000, FALSE, FALSE);
  click(&stage, "button", "Copy");
  gdk_clipboard_read_text_async(gtk_widget_get_clipboard(stage.window), NULL, copied_cb, &text);
  while (text == NULL)
    g_main_context_iteration(NULL, TRUE);
  g_assert_true(g_str_has_prefix(text, "conv1.preactivation["));
  g_assert_nonnull(strstr(text, "conv1.bias["));
  stage_clear(&stage);
}

/* No number is so long that the view grows wider than the card it stands in. */
static void test_width(void) {
  const GPtrArray *tensors = fixture->look->probe->ends.graph->tensors;
  Stage stage;

  stage_init(&stage, 320);
  for (guint t = 0; t < tensors->len; t++) {
    const Tensor *tensor = tensors->pdata[t];
    for (int gradient = 0; gradient < (tensor->grad != NULL ? 2 : 1); gradient++) {
      int minimum;
      show(&stage, tensor->name, shape_size(&tensor->shape) * 3 / 5, gradient, FALSE);
      gtk_widget_measure(GTK_WIDGET(stage.view), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL,
                         NULL, NULL);
      g_assert_cmpint(minimum, <=, 300);
      g_assert_cmpstr(title(&stage), !=, "");
    }
  }
  stage_clear(&stage);
}

int main(int argc, char **argv) {
  gtk_test_init(&argc, &argv, NULL);
  adw_init();
  fixture = explain_fixture_new(NULL, 20);
  g_test_add_func("/explain-view/follow", test_follow);
  g_test_add_func("/explain-view/hover", test_hover);
  g_test_add_func("/explain-view/gradient", test_gradient);
  g_test_add_func("/explain-view/more", test_more);
  g_test_add_func("/explain-view/keyboard", test_keyboard);
  g_test_add_func("/explain-view/close", test_close);
  g_test_add_func("/explain-view/copy", test_copy);
  g_test_add_func("/explain-view/width", test_width);
  const int status = g_test_run();
  explain_fixture_free(fixture);
  return status;
}
