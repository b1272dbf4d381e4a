/* Buttons that are an icon: always with a tooltip, which is their accessible name. */
#pragma once

#include <gtk/gtk.h>

/* Flat. `action` may be NULL. */
GtkWidget *icon_button_new(const char *icon, const char *label, const char *action);
/* Names any widget for tooltips and accessibility. */
void widget_set_name(GtkWidget *widget, const char *label);
