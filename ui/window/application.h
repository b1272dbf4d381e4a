/* The program with a window. */
#pragma once

#include <adwaita.h>

#define BATHY_TYPE_APPLICATION (bathy_application_get_type())
G_DECLARE_FINAL_TYPE(BathyApplication, bathy_application, BATHY, APPLICATION, AdwApplication)

AdwApplication *bathy_application_new(void);
/* Runs it until its window is closed; the exit status. Without a display one line says what to do
 * instead. */
int bathy_application_main(int argc, char **argv);
