#include "ui/window/preferences.h"

#include "core/base/parallel.h"
#include "ui/window/theme.h"

#include <adwaita.h>

#define GROUP "preferences"

static const struct {
  const char *name, *label;
  AdwColorScheme scheme;
} THEMES[] = {{"system", "As the desktop", ADW_COLOR_SCHEME_DEFAULT},
              {"light", "Light", ADW_COLOR_SCHEME_FORCE_LIGHT},
              {"dark", "Dark", ADW_COLOR_SCHEME_FORCE_DARK}};

static const struct {
  const char *label;
  double scale;
} SIZES[] = {{"Small", 0.9}, {"Normal", 1}, {"Large", 1.2}, {"Projector", 1.5}};

static guint theme_index(BathyState *state) {
  g_autofree char *name = bathy_state_get_string(state, GROUP, "theme", "system");

  for (guint i = 0; i < G_N_ELEMENTS(THEMES); i++)
    if (g_str_equal(THEMES[i].name, name))
      return i;
  return 0;
}

static guint size_index(BathyState *state) {
  const double scale = bathy_state_get_double(state, GROUP, "text-scale", 1);

  for (guint i = 0; i < G_N_ELEMENTS(SIZES); i++)
    if (ABS(SIZES[i].scale - scale) < 0.01)
      return i;
  return 1;
}

static guint threads(BathyState *state) {
  return (guint)CLAMP(bathy_state_get_int(state, GROUP, "threads", 0), 0, 1024);
}

void preferences_apply(BathyState *state) {
  adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                     THEMES[theme_index(state)].scheme);
  theme_set_text_scale(SIZES[size_index(state)].scale);
  parallel_set_threads(threads(state));
}

/* --- the dialog --- */

static void theme_cb(AdwComboRow *row, GParamSpec *property, BathyState *state) {
  (void)property;
  bathy_state_set_string(state, GROUP, "theme", THEMES[adw_combo_row_get_selected(row)].name);
  preferences_apply(state);
}

static void size_cb(AdwComboRow *row, GParamSpec *property, BathyState *state) {
  (void)property;
  bathy_state_set_double(state, GROUP, "text-scale", SIZES[adw_combo_row_get_selected(row)].scale);
  preferences_apply(state);
}

static void threads_cb(GtkSpinButton *spin, BathyState *state) {
  bathy_state_set_int(state, GROUP, "threads", gtk_spin_button_get_value_as_int(spin));
  preferences_apply(state);
}

static GtkWidget *combo_new(const char *title, const char *subtitle, GtkStringList *labels,
                            guint selected) {
  GtkWidget *row = adw_combo_row_new();

  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
  adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
  adw_combo_row_set_model(ADW_COMBO_ROW(row), G_LIST_MODEL(labels));
  adw_combo_row_set_selected(ADW_COMBO_ROW(row), selected);
  return row;
}

static GtkWidget *theme_row_new(BathyState *state) {
  g_autoptr(GtkStringList) labels = gtk_string_list_new(NULL);

  for (guint i = 0; i < G_N_ELEMENTS(THEMES); i++)
    gtk_string_list_append(labels, THEMES[i].label);
  GtkWidget *row = combo_new("Theme", "Light or dark", labels, theme_index(state));
  g_signal_connect(row, "notify::selected", G_CALLBACK(theme_cb), state);
  return row;
}

static GtkWidget *size_row_new(BathyState *state) {
  g_autoptr(GtkStringList) labels = gtk_string_list_new(NULL);

  for (guint i = 0; i < G_N_ELEMENTS(SIZES); i++)
    gtk_string_list_append(labels, SIZES[i].label);
  GtkWidget *row =
      combo_new("Text size", "Projector: readable from the last row", labels, size_index(state));
  g_signal_connect(row, "notify::selected", G_CALLBACK(size_cb), state);
  return row;
}

static GtkWidget *threads_row_new(BathyState *state) {
  GtkWidget *row = adw_action_row_new();
  GtkWidget *spin = gtk_spin_button_new_with_range(0, g_get_num_processors(), 1);

  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), "Threads");
  adw_action_row_set_subtitle(ADW_ACTION_ROW(row),
                              "For training; 0: one for each core. The results "
                              "are the same with any number.");
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(spin), threads(state));
  gtk_widget_set_valign(spin, GTK_ALIGN_CENTER);
  gtk_accessible_update_property(GTK_ACCESSIBLE(spin), GTK_ACCESSIBLE_PROPERTY_LABEL, "Threads",
                                 -1);
  g_signal_connect(spin, "value-changed", G_CALLBACK(threads_cb), state);
  adw_action_row_add_suffix(ADW_ACTION_ROW(row), spin);
  return row;
}

static AdwPreferencesGroup *group_new(const char *title) {
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());

  adw_preferences_group_set_title(group, title);
  return group;
}

void preferences_show(GtkWindow *parent, BathyState *state) {
  GtkWidget *window = adw_preferences_window_new(), *page = adw_preferences_page_new();
  AdwPreferencesGroup *looks = group_new("Looks"), *training = group_new("Training");

  adw_preferences_group_add(looks, theme_row_new(state));
  adw_preferences_group_add(looks, size_row_new(state));
  adw_preferences_group_add(training, threads_row_new(state));
  adw_preferences_page_add(ADW_PREFERENCES_PAGE(page), looks);
  adw_preferences_page_add(ADW_PREFERENCES_PAGE(page), training);
  adw_preferences_window_add(ADW_PREFERENCES_WINDOW(window), ADW_PREFERENCES_PAGE(page));
  gtk_window_set_transient_for(GTK_WINDOW(window), parent);
  gtk_window_set_modal(GTK_WINDOW(window), TRUE);
  gtk_window_set_default_size(GTK_WINDOW(window), 560, 420);
  gtk_window_present(GTK_WINDOW(window));
}
