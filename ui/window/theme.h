/* The theme of charts, taken from where they are shown. */
#pragma once

#include "ui/chart/canvas.h"

#include <gtk/gtk.h>

/* Dark or light, text size and family of a widget; `family` is interned. */
Theme theme_of(GtkWidget *widget);
/* Text `scale` times as large as the desktop's, in all windows. */
void theme_set_text_scale(double scale);
