#include "ui/widgets/buttons.h"

void widget_set_name(GtkWidget *widget, const char *label) {
  gtk_widget_set_tooltip_text(widget, label);
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

GtkWidget *icon_button_new(const char *icon, const char *label, const char *action) {
  GtkWidget *button = gtk_button_new_from_icon_name(icon);

  gtk_widget_add_css_class(button, "flat");
  widget_set_name(button, label);
  if (action != NULL)
    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
  return button;
}
