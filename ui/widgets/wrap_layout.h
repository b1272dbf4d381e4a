/* A line of widgets that goes on in the next line where it does not fit, as words do. */
#pragma once

#include <gtk/gtk.h>

#define BATHY_TYPE_WRAP_LAYOUT (bathy_wrap_layout_get_type())
G_DECLARE_FINAL_TYPE(BathyWrapLayout, bathy_wrap_layout, BATHY, WRAP_LAYOUT, GtkLayoutManager)

GtkLayoutManager *bathy_wrap_layout_new(int spacing, int line_spacing);
