#include "ui/window/hyperparameters.h"

#include "core/datasets/catalogue.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/wrap_layout.h"
#include "ui/window/setting_row.h"

struct _BathyHyperparameters {
  GtkWidget parent;
  BathyLab *lab; /* borrowed: it outlives the window's parts */
  GtkWidget *box, *bar, *rows, *presets, *data, *seed, *undo, *redo, *apply;
  GPtrArray *names; /* of the data sets in the list */
  gboolean refreshing;
};

G_DEFINE_FINAL_TYPE(BathyHyperparameters, bathy_hyperparameters, GTK_TYPE_WIDGET)

static guint data_set_signal;

/* --- what the bar does --- */

static void preset_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  BathyHyperparameters *self = BATHY_HYPERPARAMETERS(widget);
  g_autoptr(GError) error = NULL;

  (void)action;
  if (!bathy_lab_preset(self->lab, g_variant_get_string(parameter, NULL), &error))
    g_signal_emit_by_name(self->lab, "problem", error->message);
}

static void data_cb(GtkDropDown *data, GParamSpec *property, gpointer user_data) {
  BathyHyperparameters *self = user_data;
  const guint i = gtk_drop_down_get_selected(data);

  (void)property;
  if (!self->refreshing && i < self->names->len)
    g_signal_emit(self, data_set_signal, 0, self->names->pdata[i]);
}

static void seed_cb(GtkSpinButton *seed, gpointer data) {
  BathyHyperparameters *self = data;

  if (!self->refreshing)
    bathy_lab_set_seed(self->lab, (guint64)gtk_spin_button_get_value(seed));
}

/* --- showing --- */

static void refresh_bar(BathyHyperparameters *self) {
  const int waiting = bathy_lab_waiting(self->lab);
  g_autofree char *label = waiting == 0   ? g_strdup("Reset")
                           : waiting == 1 ? g_strdup("Reset with 1 change")
                                          : g_strdup_printf("Reset with %d changes", waiting);

  gtk_button_set_label(GTK_BUTTON(self->apply), label);
  if (waiting > 0)
    gtk_widget_add_css_class(self->apply, "suggested-action");
  else
    gtk_widget_remove_css_class(self->apply, "suggested-action");
  gtk_widget_set_sensitive(self->undo, bathy_lab_can_undo(self->lab));
  gtk_widget_set_sensitive(self->redo, bathy_lab_can_redo(self->lab));
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(self->seed), (double)bathy_lab_get_seed(self->lab));
}

static void settings_cb(BathyLab *lab, gpointer data) {
  BathyHyperparameters *self = data;

  if (bathy_lab_get_lesson(lab) == NULL)
    return;
  self->refreshing = TRUE;
  for (GtkWidget *row = gtk_widget_get_first_child(self->rows); row != NULL;
       row = gtk_widget_get_next_sibling(row))
    bathy_setting_row_refresh(BATHY_SETTING_ROW(row));
  refresh_bar(self);
  self->refreshing = FALSE;
}

static void clear_rows(BathyHyperparameters *self) {
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child(self->rows)) != NULL)
    gtk_widget_unparent(row);
}

static void fill_rows(BathyHyperparameters *self, const Lesson *lesson) {
  for (guint i = 0; i < lesson->definitions->len; i++)
    gtk_widget_set_parent(bathy_setting_row_new(self->lab, lesson->definitions->pdata[i]),
                          self->rows);
}

static void fill_presets(BathyHyperparameters *self, const Lesson *lesson) {
  g_autoptr(GMenu) menu = g_menu_new();

  for (guint i = 0; i < lesson->presets->len; i++) {
    const LessonPreset *preset = lesson->presets->pdata[i];
    g_autoptr(GMenuItem) item = g_menu_item_new(preset->title, NULL);
    g_menu_item_set_action_and_target(item, "hyperparameters.preset", "s", preset->name);
    g_menu_append_item(menu, item);
  }
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(self->presets), G_MENU_MODEL(menu));
  gtk_widget_set_visible(self->presets, lesson->presets->len > 0);
}

/* Built in, or its files are there. */
static gboolean available(const CatalogueEntry *entry) {
  g_autofree char *folder = catalogue_locate(entry);

  return catalogue_is_built_in(entry) || folder != NULL;
}

static void fill_data(BathyHyperparameters *self, const Lesson *lesson) {
  g_autoptr(GtkStringList) titles = gtk_string_list_new(NULL);
  const Dataset *open = bathy_lab_get_dataset(self->lab);
  guint selected = GTK_INVALID_LIST_POSITION;

  g_ptr_array_set_size(self->names, 0);
  for (char **name = lesson->datasets; *name != NULL; name++) {
    const CatalogueEntry *entry = catalogue_find(*name);
    if (entry == NULL || !available(entry))
      continue;
    if (g_str_equal(open->name, *name))
      selected = self->names->len;
    g_ptr_array_add(self->names, g_strdup(*name));
    gtk_string_list_append(titles, entry->title);
  }
  gtk_drop_down_set_model(GTK_DROP_DOWN(self->data), G_LIST_MODEL(titles));
  gtk_drop_down_set_selected(GTK_DROP_DOWN(self->data), selected);
  gtk_widget_set_tooltip_text(self->data, open->source);
}

static void opened_cb(BathyLab *lab, gpointer data) {
  BathyHyperparameters *self = data;
  const Lesson *lesson = bathy_lab_get_lesson(lab);

  self->refreshing = TRUE;
  fill_rows(self, lesson);
  fill_presets(self, lesson);
  fill_data(self, lesson);
  self->refreshing = FALSE;
}

/* --- making it --- */

static GtkWidget *presets_new(void) {
  GtkWidget *button = gtk_menu_button_new();

  gtk_menu_button_set_label(GTK_MENU_BUTTON(button), "Presets");
  widget_set_name(button, "Settings that go together; training starts over with them");
  return button;
}

static GtkWidget *labelled(const char *text, GtkWidget *widget) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6), *label = gtk_label_new(text);

  gtk_widget_add_css_class(label, "dim-label");
  gtk_box_append(GTK_BOX(box), label);
  gtk_box_append(GTK_BOX(box), widget);
  return box;
}

static void build_bar(BathyHyperparameters *self) {
  self->presets = presets_new();
  self->data = gtk_drop_down_new(NULL, NULL);
  self->seed = gtk_spin_button_new_with_range(0, 1e9, 1);
  self->undo = icon_button_new("edit-undo-symbolic", "Undo the last change of a setting",
                               "win.undo-setting");
  self->redo = icon_button_new("edit-redo-symbolic", "Redo it", "win.redo-setting");
  self->apply = gtk_button_new_with_label("Reset");
  widget_set_name(self->seed,
                  "Seed: the same seed gives the same random numbers, on every machine");
  gtk_widget_set_tooltip_text(self->apply, "Start over from fresh weights with these settings");
  gtk_actionable_set_action_name(GTK_ACTIONABLE(self->apply), "win.reset");
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->data), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 "Data set", -1);
  g_signal_connect(self->data, "notify::selected", G_CALLBACK(data_cb), self);
  g_signal_connect(self->seed, "value-changed", G_CALLBACK(seed_cb), self);
  GtkWidget *const widgets[] = {self->presets,
                                labelled("Data", self->data),
                                labelled("Seed", self->seed),
                                self->undo,
                                self->redo,
                                self->apply};
  for (guint i = 0; i < G_N_ELEMENTS(widgets); i++)
    gtk_widget_set_parent(widgets[i], self->bar);
}

/* A widget whose children wrap like words. */
static GtkWidget *wrap_box_new(int spacing, int line_spacing) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_set_layout_manager(box, bathy_wrap_layout_new(spacing, line_spacing));
  return box;
}

static void bathy_hyperparameters_init(BathyHyperparameters *self) {
  self->names = g_ptr_array_new_with_free_func(g_free);
  self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
  self->bar = wrap_box_new(12, 6);
  self->rows = wrap_box_new(24, 8);
  gtk_box_append(GTK_BOX(self->box), self->bar);
  gtk_box_append(GTK_BOX(self->box), self->rows);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
  build_bar(self);
}

static void bathy_hyperparameters_dispose(GObject *object) {
  BathyHyperparameters *self = BATHY_HYPERPARAMETERS(object);

  if (self->lab != NULL)
    g_signal_handlers_disconnect_by_data(self->lab, self);
  self->lab = NULL;
  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->names, g_ptr_array_unref);
  G_OBJECT_CLASS(bathy_hyperparameters_parent_class)->dispose(object);
}

static void bathy_hyperparameters_class_init(BathyHyperparametersClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = bathy_hyperparameters_dispose;
  gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget, "hyperparameters");
  gtk_widget_class_install_action(widget, "hyperparameters.preset", "s", preset_cb);
  data_set_signal = g_signal_new("data-set", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

GtkWidget *bathy_hyperparameters_new(BathyLab *lab) {
  BathyHyperparameters *self = g_object_new(BATHY_TYPE_HYPERPARAMETERS, NULL);

  self->lab = lab;
  g_signal_connect_swapped(lab, "closing", G_CALLBACK(clear_rows), self);
  g_signal_connect(lab, "opened", G_CALLBACK(opened_cb), self);
  g_signal_connect(lab, "settings", G_CALLBACK(settings_cb), self);
  return GTK_WIDGET(self);
}
