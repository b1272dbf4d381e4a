/* 2,000 clicks, keys, drags, sizes and themes, anywhere, while the model trains: nothing breaks. */
#include "tests/ui/window_fixture.h"

#include "ui/window/dialogs.h"

#include <string.h>

#define EVENTS 2000

typedef struct {
  BathyWindow *window;
  GRand *random;
} Monkey;

static int below(Monkey *self, int n) { return g_rand_int_range(self->random, 0, n); }

static BathyPanelFrame *any_frame(Monkey *self) {
  g_autoptr(GPtrArray) frames =
      bathy_panel_grid_frames(bathy_laboratory_get_grid(bathy_window_get_laboratory(self->window)));

  return frames->len > 0 ? frames->pdata[below(self, (int)frames->len)] : NULL;
}

/* --- widgets --- */

/* Any widget of that type that is shown and can be used. */
static GtkWidget *any_widget(Monkey *self, GType type) {
  GtkWidget *found = NULL, *at = NULL;
  int n = 0;

  while ((at = window_find(GTK_WIDGET(self->window), type, NULL, at)) != NULL)
    if (gtk_widget_is_sensitive(at) && below(self, ++n) == 0)
      found = at;
  return found;
}

/* libadwaita 1.2 frees a toast twice that is closed again while it fades out. */
static gboolean in_toast(GtkWidget *widget) {
  while (widget != NULL && !g_str_equal(gtk_widget_get_css_name(widget), "toast"))
    widget = gtk_widget_get_parent(widget);
  return widget != NULL;
}

/* What closes the window is left out, and what opens a list: GTK looks for a monitor then, and
 * there is none under it. */
static gboolean left_out(GtkWidget *button) {
  return in_toast(button) || gtk_widget_get_ancestor(button, GTK_TYPE_DROP_DOWN) != NULL ||
         gtk_widget_get_ancestor(button, GTK_TYPE_MENU_BUTTON) != NULL ||
         gtk_widget_has_css_class(button, "close") ||
         gtk_widget_has_css_class(button, "minimize") ||
         gtk_widget_has_css_class(button, "maximize");
}

static void click_button(Monkey *self) {
  GtkWidget *button = any_widget(self, GTK_TYPE_BUTTON);

  if (button == NULL || left_out(button))
    return;
  if (GTK_IS_TOGGLE_BUTTON(button) &&
      gtk_actionable_get_action_name(GTK_ACTIONABLE(button)) == NULL)
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(button),
                                 !gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(button)));
  else
    g_signal_emit_by_name(button, "clicked");
}

static void spin(Monkey *self) {
  GtkWidget *widget = any_widget(self, GTK_TYPE_SPIN_BUTTON);

  if (widget != NULL)
    gtk_spin_button_spin(GTK_SPIN_BUTTON(widget),
                         below(self, 2) ? GTK_SPIN_STEP_FORWARD : GTK_SPIN_STEP_BACKWARD, 0);
}

static void choose(Monkey *self) {
  GtkWidget *widget = any_widget(self, GTK_TYPE_DROP_DOWN);

  if (widget == NULL)
    return;
  const guint n = g_list_model_get_n_items(gtk_drop_down_get_model(GTK_DROP_DOWN(widget)));
  gtk_drop_down_set_selected(GTK_DROP_DOWN(widget), n > 0 ? (guint)below(self, (int)n) : 0);
}

static void write_nonsense(Monkey *self) {
  static const char *const TEXTS[] = {"", "0.1", "-1", "1e99", "abc", "0,5", "12", "\u2603"};
  GtkWidget *widget = any_widget(self, GTK_TYPE_ENTRY);

  if (widget == NULL)
    return;
  gtk_editable_set_text(GTK_EDITABLE(widget), TEXTS[below(self, G_N_ELEMENTS(TEXTS))]);
  g_signal_emit_by_name(widget, "activate");
}

/* --- panels --- */

/* Pointer, wheel and keys as the canvas would hand them on. */
static void touch_panel(Monkey *self) {
  BathyPanelFrame *frame = any_frame(self);
  GtkWidget *canvas = frame != NULL ? GTK_WIDGET(bathy_panel_frame_get_canvas(frame)) : NULL;

  if (canvas == NULL || !gtk_widget_get_mapped(canvas))
    return;
  const int width = MAX(gtk_widget_get_width(canvas), 1);
  const int height = MAX(gtk_widget_get_height(canvas), 1);
  Panel *panel = bathy_panel_frame_get_panel(frame);
  panel->pointer_x = below(self, width);
  panel->pointer_y = below(self, height);
  bathy_panel_canvas_drag(BATHY_PANEL_CANVAS(canvas), panel->pointer_x, panel->pointer_y,
                          below(self, 60) - 30, below(self, 60) - 30);
}

static void press_key(Monkey *self) {
  static const guint KEYS[] = {GDK_KEY_Left,   GDK_KEY_Right,  GDK_KEY_Up,   GDK_KEY_Down,
                               GDK_KEY_Return, GDK_KEY_Escape, GDK_KEY_plus, GDK_KEY_minus,
                               GDK_KEY_space,  GDK_KEY_0,      GDK_KEY_z,    GDK_KEY_BackSpace};
  BathyPanelFrame *frame = any_frame(self);

  if (frame != NULL && gtk_widget_get_mapped(GTK_WIDGET(frame)))
    bathy_panel_canvas_press(bathy_panel_frame_get_canvas(frame),
                             KEYS[below(self, G_N_ELEMENTS(KEYS))], below(self, 5) == 0);
}

static void drop_panel(Monkey *self) {
  BathyPanelFrame *frame = any_frame(self), *other = any_frame(self);

  if (frame != NULL)
    g_signal_emit_by_name(frame, "drop", bathy_panel_frame_get_panel(other)->klass->name);
}

/* --- the window --- */

static void resize(Monkey *self) {
  gtk_window_set_default_size(GTK_WINDOW(self->window), 640 + below(self, 1280),
                              420 + below(self, 660));
}

static void change_theme(Monkey *self) {
  adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                     below(self, 2) ? ADW_COLOR_SCHEME_FORCE_DARK
                                                    : ADW_COLOR_SCHEME_FORCE_LIGHT);
}

static void do_action(Monkey *self) {
  static const char *const ACTIONS[] = {
      "train",        "step",         "epoch",     "reset",         "undo-reset",
      "undo-setting", "redo-setting", "next-step", "previous-step", "export-panel",
      "export-model", "save-run",     "open"};
  const char *action = ACTIONS[below(self, G_N_ELEMENTS(ACTIONS))];

  if (g_action_group_get_action_enabled(G_ACTION_GROUP(self->window), action))
    g_action_group_activate_action(G_ACTION_GROUP(self->window), action, NULL);
}

static void flip(Monkey *self) {
  static const char *const STATES[] = {"sidebar", "hyperparameters"};
  static const char *const PAGES[] = {"lesson", "laboratory"};
  GActionGroup *group = G_ACTION_GROUP(self->window);
  const int i = below(self, 3);

  if (i < 2)
    g_action_group_change_action_state(group, STATES[i], g_variant_new_boolean(below(self, 2)));
  else
    g_action_group_change_action_state(group, "page", g_variant_new_string(PAGES[below(self, 2)]));
}

static void act(Monkey *self) {
  static void (*const ACTS[])(Monkey *) = {
      click_button, click_button, spin,       choose, write_nonsense, touch_panel, touch_panel,
      press_key,    press_key,    drop_panel, resize, change_theme,   do_action,   flip};

  ACTS[below(self, G_N_ELEMENTS(ACTS))](self);
}

static void test_anything(void) {
  Monkey monkey = {window_fixture_open(1280, 800), g_rand_new_with_seed(5)};

  dialogs_answer_with(TRUE, NULL, NULL);
  bathy_lab_train(bathy_window_get_lab(monkey.window));
  for (int i = 0; i < EVENTS; i++) {
    act(&monkey);
    for (int k = below(&monkey, 4); k > 0; k--)
      g_main_context_iteration(NULL, FALSE);
  }
  window_fixture_settle(monkey.window);
  bathy_lab_pause(bathy_window_get_lab(monkey.window));
  window_fixture_wait(monkey.window, window_is_resting);
  dialogs_answer_with(FALSE, NULL, NULL);
  window_fixture_close(monkey.window);
  g_rand_free(monkey.random);
}

int main(int argc, char **argv) {
  if (!window_fixture_init(&argc, &argv))
    return 0;
  g_test_add_func("/window/anything", test_anything);
  const int status = g_test_run();
  window_fixture_end();
  return status;
}
