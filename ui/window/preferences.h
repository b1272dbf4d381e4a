/* Preferences: theme, text size, threads. */
#pragma once

#include "ui/window/state.h"

#include <gtk/gtk.h>

/* Makes what is remembered so: at the start, and whenever it changes. */
void preferences_apply(BathyState *state);
void preferences_show(GtkWindow *parent, BathyState *state);
