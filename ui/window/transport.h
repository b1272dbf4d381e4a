/* The bar that drives training: reset, train or pause, one batch, one epoch; what the run is at;
 * how fast it may go. Everything goes by the window's actions. */
#pragma once

#include "ui/window/lab.h"

#include <gtk/gtk.h>

#define BATHY_TYPE_TRANSPORT (bathy_transport_get_type())
G_DECLARE_FINAL_TYPE(BathyTransport, bathy_transport, BATHY, TRANSPORT, GtkWidget)

GtkWidget *bathy_transport_new(BathyLab *lab);
