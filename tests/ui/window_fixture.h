/* The window as a person has it in front of them, in this process. */
#pragma once

#include "ui/window/window.h"

/* A home of its own, GTK and the program's resources. FALSE where there is no display: then the
 * tests are skipped, and say so. */
gboolean window_fixture_init(int *argc, char ***argv);
/* Removes the home. */
void window_fixture_end(void);

/* A window of that size with Day 5 open. Its state is remembered in the home. */
BathyWindow *window_fixture_open(int width, int height);
/* The same without waiting for anything. */
BathyWindow *window_fixture_new(int width, int height);
void window_fixture_close(BathyWindow *window);

/* Lets everything happen that is waiting to. */
void window_fixture_settle(BathyWindow *window);
/* Until it is so; fails after a minute. */
typedef gboolean (*WindowCondition)(BathyWindow *window);
void window_fixture_wait(BathyWindow *window, WindowCondition condition);
gboolean window_is_resting(BathyWindow *window);

/* The first descendant of that type or CSS class that is shown, after `after` (NULL: the first). */
GtkWidget *window_find(GtkWidget *root, GType type, const char *css_class, GtkWidget *after);
/* Drawn in a picture of its own: BATHYSCOPE_SHOTS names the folder, unset: none. Always draws. */
void window_fixture_shot(BathyWindow *window, const char *name);
/* The same of any window, as it is. */
void window_fixture_picture(GtkWidget *window, const char *name);
