/* What the window can be told to do, by buttons, menus and keys. */
#include "ui/window/window_private.h"

#include "ui/window/dialogs.h"
#include "ui/window/preferences.h"

static gboolean is_open(BathyWindow *self) { return bathy_lab_get_lesson(self->lab) != NULL; }

/* --- training --- */

/* Trained to the end, and no more epochs are wanted. */
static gboolean all_done(BathyWindow *self) {
  const SessionStatus *status = bathy_lab_get_status(self->lab);
  const double epochs = settings_get(bathy_lab_get_wanted(self->lab), "epochs", status->epochs);

  return status->state == SESSION_FINISHED && status->step >= epochs * status->steps_per_epoch;
}

static void train_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  BathyWindow *self = data;

  (void)action, (void)parameter;
  if (bathy_lab_is_training(self->lab))
    bathy_lab_pause(self->lab);
  else if (all_done(self))
    bathy_window_tell(self, "All epochs are done. Set more of them to go on, or reset.", NULL);
  else
    bathy_lab_train(self->lab);
}

static void step_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  bathy_lab_step(((BathyWindow *)data)->lab);
}

static void epoch_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  bathy_lab_epoch(((BathyWindow *)data)->lab);
}

/* The old run is kept, and the toast says so. */
static void reset_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  BathyWindow *self = data;
  const guint32 step = bathy_lab_get_status(self->lab)->step;

  (void)action, (void)parameter;
  bathy_lab_reset(self->lab);
  if (step == 0)
    return;
  AdwToast *toast = adw_toast_new("Training starts over from fresh weights");
  adw_toast_set_button_label(toast, "Undo");
  adw_toast_set_action_name(toast, "win.undo-reset");
  adw_toast_set_timeout(toast, 8);
  adw_toast_overlay_add_toast(self->toasts, toast);
}

static void undo_reset_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  BathyWindow *self = data;

  (void)action, (void)parameter;
  bathy_lab_undo_reset(self->lab);
}

static void undo_setting_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  bathy_lab_undo(((BathyWindow *)data)->lab);
}

static void redo_setting_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  bathy_lab_redo(((BathyWindow *)data)->lab);
}

/* --- what is seen --- */

static void sidebar_cb(GSimpleAction *action, GVariant *value, gpointer data) {
  BathyWindow *self = data;

  g_simple_action_set_state(action, value);
  gtk_widget_set_visible(self->sidebar, g_variant_get_boolean(value));
  bathy_state_set_boolean(self->state, "window", "days", g_variant_get_boolean(value));
}

static void hyperparameters_cb(GSimpleAction *action, GVariant *value, gpointer data) {
  BathyWindow *self = data;

  g_simple_action_set_state(action, value);
  bathy_laboratory_show_hyperparameters(self->laboratory, g_variant_get_boolean(value));
  if (g_variant_get_boolean(value) && !bathy_panes_is_wide(self->panes))
    g_action_group_activate_action(G_ACTION_GROUP(self), "page",
                                   g_variant_new_string("laboratory"));
}

static void page_cb(GSimpleAction *action, GVariant *value, gpointer data) {
  BathyWindow *self = data;

  g_simple_action_set_state(action, value);
  bathy_panes_show_laboratory(self->panes,
                              g_str_equal(g_variant_get_string(value, NULL), "laboratory"));
}

static void next_step_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  BathyWindow *self = data;

  (void)action, (void)parameter;
  bathy_page_view_go(self->page_view, bathy_page_view_get_step(self->page_view) + 1);
}

static void previous_step_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  BathyWindow *self = data;
  const guint step = bathy_page_view_get_step(self->page_view);

  (void)action, (void)parameter;
  if (step > 0)
    bathy_page_view_go(self->page_view, step - 1);
}

static void fullscreen_cb(GSimpleAction *action, GVariant *value, gpointer data) {
  g_simple_action_set_state(action, value);
  if (g_variant_get_boolean(value))
    gtk_window_fullscreen(data);
  else
    gtk_window_unfullscreen(data);
}

static void preferences_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  BathyWindow *self = data;

  (void)action, (void)parameter;
  preferences_show(GTK_WINDOW(self), self->state);
}

static void about_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  dialogs_about(data);
}

static void close_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  gtk_window_close(data);
}

static void retry_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  bathy_window_open(data, NULL, NULL);
}

/* --- which can be told now --- */

static void enable(BathyWindow *self, const char *name, gboolean enabled) {
  GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), name);

  if (g_action_get_enabled(action) != enabled)
    g_simple_action_set_enabled(G_SIMPLE_ACTION(action), enabled);
}

void window_update_actions(BathyWindow *self) {
  static const char *const WHEN_OPEN[] = {"reset",         "hyperparameters", "save-run",
                                          "export-panel",  "export-all",      "export-model",
                                          "export-history"};
  const SessionStatus *status = bathy_lab_get_status(self->lab);
  const gboolean open = is_open(self), failed = open && status->state == SESSION_FAILED;
  const gboolean more = open && !failed;

  for (guint i = 0; i < G_N_ELEMENTS(WHEN_OPEN); i++)
    enable(self, WHEN_OPEN[i], open);
  enable(self, "train", more);
  enable(self, "step", more && status->state == SESSION_PAUSED);
  enable(self, "epoch", more && status->state == SESSION_PAUSED);
  enable(self, "undo-setting", bathy_lab_can_undo(self->lab));
  enable(self, "redo-setting", bathy_lab_can_redo(self->lab));
}

/* --- single keys --- */

/* Only while no text and no button has the focus: those have a use for keys of their own. */
static gboolean takes_keys(GtkWidget *focus) {
  return focus != NULL && (GTK_IS_EDITABLE(focus) || GTK_IS_TEXT_VIEW(focus) ||
                           GTK_IS_BUTTON(focus) || GTK_IS_TEXT(focus));
}

static gboolean key_cb(GtkEventControllerKey *controller, guint keyval, guint keycode,
                       GdkModifierType modifiers, gpointer data) {
  static const struct {
    guint key;
    const char *action;
  } KEYS[] = {{GDK_KEY_space, "train"},
              {GDK_KEY_period, "step"},
              {GDK_KEY_greater, "epoch"},
              {GDK_KEY_r, "reset"},
              {GDK_KEY_R, "reset"}};

  (void)controller, (void)keycode;
  if ((modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) || takes_keys(gtk_window_get_focus(data)))
    return GDK_EVENT_PROPAGATE;
  for (guint i = 0; i < G_N_ELEMENTS(KEYS); i++)
    if (KEYS[i].key == keyval && g_action_group_get_action_enabled(data, KEYS[i].action)) {
      g_action_group_activate_action(data, KEYS[i].action, NULL);
      return GDK_EVENT_STOP;
    }
  return GDK_EVENT_PROPAGATE;
}

static void add_keys(BathyWindow *self) {
  GtkEventController *keys = gtk_event_controller_key_new();

  g_signal_connect(keys, "key-pressed", G_CALLBACK(key_cb), self);
  gtk_widget_add_controller(GTK_WIDGET(self), keys);
}

void window_add_actions(BathyWindow *self) {
  static const GActionEntry ENTRIES[] = {
      {.name = "train", .activate = train_cb},
      {.name = "step", .activate = step_cb},
      {.name = "epoch", .activate = epoch_cb},
      {.name = "reset", .activate = reset_cb},
      {.name = "undo-reset", .activate = undo_reset_cb},
      {.name = "undo-setting", .activate = undo_setting_cb},
      {.name = "redo-setting", .activate = redo_setting_cb},
      {.name = "sidebar", .state = "true", .change_state = sidebar_cb},
      {.name = "hyperparameters", .state = "false", .change_state = hyperparameters_cb},
      {.name = "page", .parameter_type = "s", .state = "'lesson'", .change_state = page_cb},
      {.name = "fullscreen", .state = "false", .change_state = fullscreen_cb},
      {.name = "preferences", .activate = preferences_cb},
      {.name = "about", .activate = about_cb},
      {.name = "close", .activate = close_cb},
      {.name = "retry", .activate = retry_cb},
      {.name = "next-step", .activate = next_step_cb},
      {.name = "previous-step", .activate = previous_step_cb},
  };

  g_action_map_add_action_entries(G_ACTION_MAP(self), ENTRIES, G_N_ELEMENTS(ENTRIES), self);
  add_keys(self);
}
