#include "ui/window/setting_row.h"

#include "core/base/text.h"

#include <math.h>
#include <string.h>

#define SCALE_STEPS 200.0 /* the slider's; values are rounded to three digits */

struct _BathySettingRow {
  GtkWidget parent;
  BathyLab *lab;
  const Setting *setting;
  GtkWidget *box, *badge, *note;
  GtkWidget *entry, *scale; /* numbers */
  GtkWidget *choice;        /* choices */
  GtkWidget *toggle;        /* booleans */
  gboolean refreshing;
};

G_DEFINE_FINAL_TYPE(BathySettingRow, bathy_setting_row, GTK_TYPE_WIDGET)

/* --- between values and the slider's 0 … 1 --- */

static double to_unit(const Setting *setting, double value) {
  double low = setting->minimum, high = setting->maximum;

  if (setting->logarithmic) {
    low = log(low);
    high = log(high);
    value = log(MAX(value, setting->minimum));
  }
  return CLAMP((value - low) / (high - low), 0, 1);
}

/* Three significant digits: what a slider can mean. */
static double rounded(double value) {
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_ascii_strtod(g_ascii_formatd(text, sizeof text, "%.3g", value), NULL);
}

static double from_unit(const Setting *setting, double unit) {
  double value;

  if (setting->logarithmic)
    value = exp(log(setting->minimum) + unit * log(setting->maximum / setting->minimum));
  else
    value = setting->minimum + unit * (setting->maximum - setting->minimum);
  value = setting->kind == SETTING_INTEGER ? round(value) : rounded(value);
  return CLAMP(value, setting->minimum, setting->maximum);
}

/* --- changes --- */

static void complain(BathySettingRow *self, const GError *error) {
  GtkWidget *widget = self->entry != NULL ? self->entry : GTK_WIDGET(self);

  gtk_widget_add_css_class(widget, "error");
  gtk_label_set_label(GTK_LABEL(self->note), error->message);
  gtk_widget_add_css_class(self->note, "error");
  gtk_widget_set_visible(self->note, TRUE);
}

static void want(BathySettingRow *self, const char *value) {
  g_autoptr(GError) error = NULL;

  if (self->refreshing)
    return;
  if (bathy_lab_set(self->lab, self->setting->name, value, &error))
    bathy_setting_row_refresh(self);
  else
    complain(self, error);
}

/* Whoever writes 0,001 means it as everybody else means 0.001. */
static void entered(BathySettingRow *self) {
  g_autofree char *text = g_strdup(gtk_editable_get_text(GTK_EDITABLE(self->entry)));

  g_strstrip(text);
  g_strdelimit(text, ",", '.');
  want(self, text);
}

static void activate_cb(GtkEntry *entry, gpointer data) {
  (void)entry;
  entered(data);
}

static void leave_cb(GtkEventControllerFocus *focus, gpointer data) {
  (void)focus;
  entered(data);
}

static void scale_cb(GtkRange *range, gpointer data) {
  BathySettingRow *self = data;
  g_autofree char *text = text_from_real(from_unit(self->setting, gtk_range_get_value(range)));

  want(self, text);
}

static void choice_cb(GtkDropDown *choice, GParamSpec *property, gpointer data) {
  BathySettingRow *self = data;

  (void)property;
  if (gtk_drop_down_get_selected(choice) != GTK_INVALID_LIST_POSITION)
    want(self, self->setting->choices[gtk_drop_down_get_selected(choice)]);
}

static void toggle_cb(GtkSwitch *toggle, GParamSpec *property, gpointer data) {
  (void)property;
  want(data, gtk_switch_get_active(toggle) ? "true" : "false");
}

/* --- showing --- */

static void show_number(BathySettingRow *self, double value) {
  g_autofree char *text = text_from_real(value);

  if (g_strcmp0(gtk_editable_get_text(GTK_EDITABLE(self->entry)), text) != 0)
    gtk_editable_set_text(GTK_EDITABLE(self->entry), text);
  gtk_widget_remove_css_class(self->entry, "error");
  if (from_unit(self->setting, gtk_range_get_value(GTK_RANGE(self->scale))) != value)
    gtk_range_set_value(GTK_RANGE(self->scale), to_unit(self->setting, value));
}

static void show_note(BathySettingRow *self) {
  const gboolean waits = bathy_lab_waits(self->lab, self->setting->name);
  g_autofree char *running = bathy_lab_running(self->lab, self->setting->name);
  g_autofree char *note = g_strdup_printf("running with %s until reset", running);

  gtk_widget_remove_css_class(self->note, "error");
  gtk_label_set_label(GTK_LABEL(self->note), note);
  gtk_widget_set_visible(self->note, waits);
  if (waits)
    gtk_widget_add_css_class(self->badge, "accent");
  else
    gtk_widget_remove_css_class(self->badge, "accent");
}

void bathy_setting_row_refresh(BathySettingRow *self) {
  const double value = settings_get(bathy_lab_get_wanted(self->lab), self->setting->name, 0);

  self->refreshing = TRUE;
  if (self->entry != NULL)
    show_number(self, value);
  if (self->choice != NULL)
    gtk_drop_down_set_selected(GTK_DROP_DOWN(self->choice), (guint)value);
  if (self->toggle != NULL)
    gtk_switch_set_active(GTK_SWITCH(self->toggle), value != 0);
  show_note(self);
  self->refreshing = FALSE;
}

/* --- making it --- */

static void name_control(BathySettingRow *self, GtkWidget *widget) {
  g_autofree char *expects = setting_expects(self->setting);
  g_autofree char *help = g_strdup_printf("%s Takes %s.", self->setting->help, expects);

  gtk_widget_set_tooltip_text(widget, help);
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 self->setting->label, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, help,
                                 -1);
}

static GtkWidget *entry_new(BathySettingRow *self) {
  GtkWidget *entry = gtk_entry_new();
  GtkEventController *focus = gtk_event_controller_focus_new();

  gtk_editable_set_width_chars(GTK_EDITABLE(entry), 8);
  gtk_editable_set_max_width_chars(GTK_EDITABLE(entry), 8);
  gtk_entry_set_alignment(GTK_ENTRY(entry), 1);
  gtk_entry_set_input_purpose(GTK_ENTRY(entry), GTK_INPUT_PURPOSE_NUMBER);
  g_signal_connect(entry, "activate", G_CALLBACK(activate_cb), self);
  g_signal_connect(focus, "leave", G_CALLBACK(leave_cb), self);
  gtk_widget_add_controller(entry, focus);
  return entry;
}

static GtkWidget *scale_new(BathySettingRow *self) {
  GtkWidget *scale = gtk_scale_new_with_range(GTK_ORIENTATION_HORIZONTAL, 0, 1, 1 / SCALE_STEPS);

  gtk_scale_set_draw_value(GTK_SCALE(scale), FALSE);
  gtk_widget_set_hexpand(scale, TRUE);
  g_signal_connect(scale, "value-changed", G_CALLBACK(scale_cb), self);
  return scale;
}

static GtkWidget *head_new(BathySettingRow *self) {
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new(self->setting->label);

  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_widget_set_tooltip_text(label, self->setting->help);
  self->badge = gtk_label_new(self->setting->live ? "live" : "on reset");
  gtk_widget_set_tooltip_text(self->badge, self->setting->live
                                               ? "Takes effect at the next training step"
                                               : "Takes effect when training is reset");
  gtk_widget_add_css_class(self->badge, "caption");
  gtk_widget_add_css_class(self->badge, self->setting->live ? "live-badge" : "reset-badge");
  gtk_widget_set_hexpand(self->badge, TRUE);
  gtk_widget_set_halign(self->badge, GTK_ALIGN_START);
  gtk_widget_set_valign(self->badge, GTK_ALIGN_CENTER);
  gtk_box_append(GTK_BOX(head), label);
  gtk_box_append(GTK_BOX(head), self->badge);
  return head;
}

static void add_number(BathySettingRow *self, GtkWidget *head) {
  self->entry = entry_new(self);
  self->scale = scale_new(self);
  name_control(self, self->entry);
  name_control(self, self->scale);
  gtk_box_append(GTK_BOX(head), self->entry);
  gtk_box_append(GTK_BOX(self->box), self->scale);
}

static void add_choice(BathySettingRow *self, GtkWidget *head) {
  self->choice = gtk_drop_down_new_from_strings((const char *const *)self->setting->choices);
  g_signal_connect(self->choice, "notify::selected", G_CALLBACK(choice_cb), self);
  name_control(self, self->choice);
  gtk_box_append(GTK_BOX(head), self->choice);
}

static void add_toggle(BathySettingRow *self, GtkWidget *head) {
  self->toggle = gtk_switch_new();
  g_signal_connect(self->toggle, "notify::active", G_CALLBACK(toggle_cb), self);
  name_control(self, self->toggle);
  gtk_box_append(GTK_BOX(head), self->toggle);
}

static void build(BathySettingRow *self) {
  GtkWidget *head = head_new(self);

  gtk_box_append(GTK_BOX(self->box), head);
  switch (self->setting->kind) {
  case SETTING_REAL:
  case SETTING_INTEGER:
    add_number(self, head);
    break;
  case SETTING_CHOICE:
    add_choice(self, head);
    break;
  case SETTING_BOOLEAN:
    add_toggle(self, head);
    break;
  }
  self->note = gtk_label_new(NULL);
  gtk_label_set_xalign(GTK_LABEL(self->note), 0);
  gtk_label_set_wrap(GTK_LABEL(self->note), TRUE);
  gtk_label_set_max_width_chars(GTK_LABEL(self->note), 30);
  gtk_widget_add_css_class(self->note, "caption");
  gtk_box_append(GTK_BOX(self->box), self->note);
}

static void bathy_setting_row_dispose(GObject *object) {
  g_clear_pointer(&BATHY_SETTING_ROW(object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS(bathy_setting_row_parent_class)->dispose(object);
}

static void bathy_setting_row_class_init(BathySettingRowClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = bathy_setting_row_dispose;
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "settingrow");
}

static void bathy_setting_row_init(BathySettingRow *self) {
  self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  gtk_widget_set_size_request(self->box, 240, -1);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

GtkWidget *bathy_setting_row_new(BathyLab *lab, const Setting *setting) {
  BathySettingRow *self = g_object_new(BATHY_TYPE_SETTING_ROW, NULL);

  self->lab = lab;
  self->setting = setting;
  self->refreshing = TRUE;
  build(self);
  bathy_setting_row_refresh(self);
  return GTK_WIDGET(self);
}
