#include "ui/window/dialogs.h"

static struct {
  gboolean on;
  char *path, *response;
} answer;

void dialogs_answer_with(gboolean on, const char *path, const char *response) {
  answer.on = on;
  g_free(answer.path);
  g_free(answer.response);
  answer.path = g_strdup(path);
  answer.response = g_strdup(response);
}

/* --- files --- */

typedef struct {
  GtkFileChooserNative *chooser;
  DialogsPath callback;
  gpointer data;
} Choosing;

static void chosen_cb(GtkNativeDialog *dialog, int response, gpointer data) {
  Choosing *self = data;
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    path = g_file_get_path(file);
  }
  self->callback(path, self->data);
  g_object_unref(self->chooser);
  g_free(self);
}

static void add_filters(GtkFileChooser *chooser, const DialogsFilter *filters) {
  for (; filters->name != NULL; filters++) {
    g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();
    g_auto(GStrv) patterns = g_strsplit(filters->patterns, " ", -1);
    gtk_file_filter_set_name(filter, filters->name);
    for (char **pattern = patterns; *pattern != NULL; pattern++)
      gtk_file_filter_add_pattern(filter, *pattern);
    gtk_file_chooser_add_filter(chooser, filter);
  }
}

static void choose(GtkWindow *parent, const char *title, GtkFileChooserAction action,
                   const char *name, const DialogsFilter *filters, DialogsPath callback,
                   gpointer data) {
  Choosing *self = g_new(Choosing, 1);

  if (answer.on) {
    g_free(self);
    callback(answer.path, data);
    return;
  }
  *self =
      (Choosing){gtk_file_chooser_native_new(title, parent, action, NULL, NULL), callback, data};
  gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(self->chooser), TRUE);
  add_filters(GTK_FILE_CHOOSER(self->chooser), filters);
  if (name != NULL)
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(self->chooser), name);
  g_signal_connect(self->chooser, "response", G_CALLBACK(chosen_cb), self);
  gtk_native_dialog_show(GTK_NATIVE_DIALOG(self->chooser));
}

void dialogs_save(GtkWindow *parent, const char *title, const char *name,
                  const DialogsFilter *filters, DialogsPath callback, gpointer data) {
  choose(parent, title, GTK_FILE_CHOOSER_ACTION_SAVE, name, filters, callback, data);
}

void dialogs_open(GtkWindow *parent, const char *title, const DialogsFilter *filters,
                  DialogsPath callback, gpointer data) {
  choose(parent, title, GTK_FILE_CHOOSER_ACTION_OPEN, NULL, filters, callback, data);
}

/* --- questions --- */

typedef struct {
  DialogsResponse callback;
  gpointer data;
} Asking;

static void response_cb(AdwMessageDialog *dialog, const char *response, gpointer data) {
  const Asking *self = data;

  (void)dialog;
  self->callback(response, self->data);
}

static void asking_free(gpointer data, GClosure *closure) {
  (void)closure;
  g_free(data);
}

void dialogs_ask(GtkWindow *parent, const char *heading, const char *body,
                 const DialogsButton *buttons, DialogsResponse callback, gpointer data) {
  if (answer.on) {
    callback(answer.response != NULL ? answer.response : buttons[0].id, data);
    return;
  }
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(adw_message_dialog_new(parent, heading, body));
  adw_message_dialog_set_close_response(dialog, buttons[0].id);
  for (; buttons->id != NULL; buttons++) {
    adw_message_dialog_add_response(dialog, buttons->id, buttons->label);
    adw_message_dialog_set_response_appearance(dialog, buttons->id, buttons->appearance);
    adw_message_dialog_set_default_response(dialog, buttons->id);
  }
  Asking *self = g_new(Asking, 1);
  *self = (Asking){callback, data};
  g_signal_connect_data(dialog, "response", G_CALLBACK(response_cb), self, asking_free, 0);
  gtk_window_present(GTK_WINDOW(dialog));
}

/* --- about --- */

void dialogs_about(GtkWindow *parent) {
  adw_show_about_window(parent, "application-name", "Bathyscope", "application-icon",
                        "org.bathyscope.Bathyscope", "version", BATHYSCOPE_VERSION,
                        "developer-name", "The founders of Bathyscope", "comments",
                        "Learn deep learning by training real models and looking inside them.",
                        "license-type", GTK_LICENSE_MIT_X11, NULL);
}
