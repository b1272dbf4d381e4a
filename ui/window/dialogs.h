/* Dialogs that GTK 4.8 and libadwaita 1.2 have and later ones call otherwise: behind one small
 * file. Tests answer them without a person (dialogs_answer_with). */
#pragma once

#include <adwaita.h>

/* A path was chosen; NULL: cancelled. */
typedef void (*DialogsPath)(const char *path, gpointer data);
/* The id of the response that was chosen. */
typedef void (*DialogsResponse)(const char *response, gpointer data);

typedef struct {
  const char *name;     /* "Scalable picture (SVG)" */
  const char *patterns; /* "*.svg"; several separated by spaces */
} DialogsFilter;

/* `filters` ends with name NULL. `name` is what is proposed. */
void dialogs_save(GtkWindow *parent, const char *title, const char *name,
                  const DialogsFilter *filters, DialogsPath callback, gpointer data);
void dialogs_open(GtkWindow *parent, const char *title, const DialogsFilter *filters,
                  DialogsPath callback, gpointer data);

typedef struct {
  const char *id, *label;
  AdwResponseAppearance appearance;
} DialogsButton;

/* `buttons` ends with id NULL; the first is what Escape means, the last what Enter means. */
void dialogs_ask(GtkWindow *parent, const char *heading, const char *body,
                 const DialogsButton *buttons, DialogsResponse callback, gpointer data);
void dialogs_about(GtkWindow *parent);

/* From now on dialogs do not open: files are answered with `path` (NULL: cancelled), questions with
 * `response` (NULL: the first button). Both NULL-able; call with `on` FALSE to end it. */
void dialogs_answer_with(gboolean on, const char *path, const char *response);
