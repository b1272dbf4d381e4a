#include "ui/window/panel_controls.h"

#include "ui/widgets/buttons.h"
#include "ui/widgets/wrap_layout.h"

#include <math.h>

struct _BathyPanelControls {
  GtkWidget parent;
  Panel *panel;
  GtkWidget *widgets[PANEL_MAX_CONTROLS];
  char **choices[PANEL_MAX_CONTROLS]; /* what the widget lists now, of lists that may change */
  gboolean refreshing;
};

G_DEFINE_FINAL_TYPE(BathyPanelControls, bathy_panel_controls, GTK_TYPE_WIDGET)

static const PanelControl *control_at(const BathyPanelControls *self, int i) {
  return &self->panel->klass->controls[i];
}

static int n_controls(const BathyPanelControls *self) {
  const PanelControl *controls = self->panel->klass->controls;
  int n = 0;

  while (controls != NULL && controls[n].id != NULL)
    n++;
  return n;
}

static int index_of(BathyPanelControls *self, GtkWidget *widget) {
  for (int i = 0; i < PANEL_MAX_CONTROLS; i++)
    if (self->widgets[i] == widget)
      return i;
  g_assert_not_reached();
}

static void set(BathyPanelControls *self, GtkWidget *widget, double value) {
  if (self->refreshing)
    return;
  panel_set_value(self->panel, control_at(self, index_of(self, widget))->id, value);
  bathy_panel_controls_refresh(self);
}

static void selected_cb(GtkWidget *widget, GParamSpec *property, gpointer data) {
  const guint selected = gtk_drop_down_get_selected(GTK_DROP_DOWN(widget));

  (void)property;
  if (selected != GTK_INVALID_LIST_POSITION)
    set(data, widget, selected);
}

static void toggled_cb(GtkWidget *widget, gpointer data) {
  set(data, widget, gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(widget)));
}

static void spun_cb(GtkWidget *widget, gpointer data) {
  set(data, widget, gtk_spin_button_get_value(GTK_SPIN_BUTTON(widget)));
}

static void clicked_cb(GtkWidget *widget, gpointer data) { set(data, widget, 1); }

/* --- making them --- */

static GtkWidget *choice_new(BathyPanelControls *self, const PanelControl *control) {
  GtkWidget *widget = gtk_drop_down_new(NULL, NULL);

  if (control->list == NULL) {
    g_autoptr(GtkStringList) list = gtk_string_list_new(control->choices);
    gtk_drop_down_set_model(GTK_DROP_DOWN(widget), G_LIST_MODEL(list));
  }
  g_signal_connect(widget, "notify::selected", G_CALLBACK(selected_cb), self);
  return widget;
}

static GtkWidget *number_new(BathyPanelControls *self, const PanelControl *control) {
  GtkWidget *widget =
      gtk_spin_button_new_with_range(control->minimum, control->maximum, control->step);
  const int digits =
      control->kind == CONTROL_INTEGER || control->step >= 1 ? 0 : (int)ceil(-log10(control->step));

  gtk_spin_button_set_digits(GTK_SPIN_BUTTON(widget), (guint)digits);
  gtk_editable_set_width_chars(GTK_EDITABLE(widget), 4);
  g_signal_connect(widget, "value-changed", G_CALLBACK(spun_cb), self);
  return widget;
}

static GtkWidget *toggle_new(BathyPanelControls *self, const PanelControl *control) {
  GtkWidget *widget = gtk_toggle_button_new_with_label(control->label);

  g_signal_connect(widget, "toggled", G_CALLBACK(toggled_cb), self);
  return widget;
}

static GtkWidget *button_new(BathyPanelControls *self, const PanelControl *control) {
  GtkWidget *widget = gtk_button_new_with_label(control->label);

  g_signal_connect(widget, "clicked", G_CALLBACK(clicked_cb), self);
  return widget;
}

static void name_widget(GtkWidget *widget, const PanelControl *control) {
  gtk_widget_set_tooltip_text(widget, control->help);
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 control->label, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 control->help != NULL ? control->help : "", -1);
}

/* Its label before it: buttons carry theirs. */
static void add_labelled(BathyPanelControls *self, GtkWidget *widget, const PanelControl *control) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new(control->label);

  gtk_widget_add_css_class(label, "dim-label");
  gtk_widget_add_css_class(label, "caption");
  gtk_box_append(GTK_BOX(box), label);
  gtk_box_append(GTK_BOX(box), widget);
  gtk_widget_set_parent(box, GTK_WIDGET(self));
}

static void add_control(BathyPanelControls *self, int i) {
  const PanelControl *control = control_at(self, i);
  GtkWidget *widget = NULL;

  switch (control->kind) {
  case CONTROL_CHOICE:
    widget = choice_new(self, control);
    break;
  case CONTROL_INTEGER:
  case CONTROL_REAL:
    widget = number_new(self, control);
    break;
  case CONTROL_TOGGLE:
    widget = toggle_new(self, control);
    break;
  case CONTROL_BUTTON:
    widget = button_new(self, control);
    break;
  }
  self->widgets[i] = widget;
  gtk_widget_set_valign(widget, GTK_ALIGN_CENTER);
  name_widget(widget, control);
  if (control->kind == CONTROL_TOGGLE || control->kind == CONTROL_BUTTON)
    gtk_widget_set_parent(widget, GTK_WIDGET(self));
  else
    add_labelled(self, widget, control);
}

/* --- keeping them true --- */

static void refresh_list(BathyPanelControls *self, int i) {
  char **choices = control_at(self, i)->list(self->panel);

  if (self->choices[i] != NULL &&
      g_strv_equal((const char *const *)choices, (const char *const *)self->choices[i])) {
    g_strfreev(choices);
    return;
  }
  g_autoptr(GtkStringList) list = gtk_string_list_new((const char *const *)choices);
  gtk_drop_down_set_model(GTK_DROP_DOWN(self->widgets[i]), G_LIST_MODEL(list));
  g_strfreev(self->choices[i]);
  self->choices[i] = choices;
}

/* What has no use now takes no room; buttons stay where they are. */
static void show_use(const PanelControl *control, GtkWidget *widget, gboolean sensitive) {
  gtk_widget_set_sensitive(widget, sensitive);
  if (control->kind == CONTROL_CHOICE || control->kind == CONTROL_INTEGER ||
      control->kind == CONTROL_REAL)
    gtk_widget_set_visible(gtk_widget_get_parent(widget), sensitive);
}

static void refresh_one(BathyPanelControls *self, int i) {
  const PanelControl *control = control_at(self, i);
  const PanelClass *klass = self->panel->klass;
  GtkWidget *widget = self->widgets[i];
  const double value = self->panel->values[i];

  if (control->kind == CONTROL_CHOICE && control->list != NULL)
    refresh_list(self, i);
  if (control->kind == CONTROL_CHOICE)
    gtk_drop_down_set_selected(GTK_DROP_DOWN(widget), (guint)MAX(value, 0));
  else if (control->kind == CONTROL_TOGGLE)
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(widget), value != 0);
  else if (control->kind != CONTROL_BUTTON)
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(widget), value);
  show_use(control, widget,
           klass->control_sensitive == NULL || klass->control_sensitive(self->panel, control->id));
}

void bathy_panel_controls_refresh(BathyPanelControls *self) {
  const int n = n_controls(self);

  if (self->refreshing)
    return;
  self->refreshing = TRUE;
  for (int i = 0; i < n; i++)
    refresh_one(self, i);
  self->refreshing = FALSE;
}

/* --- the widget --- */

static void bathy_panel_controls_dispose(GObject *object) {
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))) != NULL)
    gtk_widget_unparent(child);
  G_OBJECT_CLASS(bathy_panel_controls_parent_class)->dispose(object);
}

static void bathy_panel_controls_finalize(GObject *object) {
  BathyPanelControls *self = BATHY_PANEL_CONTROLS(object);

  for (int i = 0; i < PANEL_MAX_CONTROLS; i++)
    g_strfreev(self->choices[i]);
  G_OBJECT_CLASS(bathy_panel_controls_parent_class)->finalize(object);
}

static void bathy_panel_controls_class_init(BathyPanelControlsClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = bathy_panel_controls_dispose;
  G_OBJECT_CLASS(klass)->finalize = bathy_panel_controls_finalize;
  gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "panelcontrols");
}

static void bathy_panel_controls_init(BathyPanelControls *self) {
  gtk_widget_set_layout_manager(GTK_WIDGET(self), bathy_wrap_layout_new(12, 6));
}

GtkWidget *bathy_panel_controls_new(Panel *panel) {
  BathyPanelControls *self = g_object_new(BATHY_TYPE_PANEL_CONTROLS, NULL);
  const int n = (self->panel = panel, n_controls(self));

  for (int i = 0; i < n; i++)
    add_control(self, i);
  bathy_panel_controls_refresh(self);
  gtk_widget_set_visible(GTK_WIDGET(self), n > 0);
  return GTK_WIDGET(self);
}
