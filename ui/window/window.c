#include "ui/window/window_private.h"

#include "core/datasets/catalogue.h"
#include "ui/window/dialogs.h"

#include <glib/gstdio.h>

#define KEEP_EVERY 30 /* seconds */

G_DEFINE_FINAL_TYPE(BathyWindow, bathy_window, ADW_TYPE_APPLICATION_WINDOW)

BathyLab *bathy_window_get_lab(BathyWindow *self) { return self->lab; }
BathyLaboratory *bathy_window_get_laboratory(BathyWindow *self) { return self->laboratory; }

gboolean bathy_window_is_ready(BathyWindow *self) {
  return self->opening == NULL && bathy_lab_get_lesson(self->lab) != NULL;
}

void bathy_window_tell(BathyWindow *self, const char *text, const char *folder) {
  AdwToast *toast = adw_toast_new(text);

  adw_toast_set_timeout(toast, 5);
  if (folder != NULL) {
    adw_toast_set_button_label(toast, "Show in folder");
    adw_toast_set_action_name(toast, "win.show-folder");
    adw_toast_set_action_target(toast, "s", folder);
  }
  adw_toast_overlay_add_toast(self->toasts, toast);
}

/* --- opening --- */

static const char *remembered_lesson(BathyWindow *self) {
  g_autofree char *id = bathy_state_get_string(self->state, "window", "lesson", "");

  for (guint i = 0; i < self->lessons->len; i++) {
    const Lesson *lesson = self->lessons->pdata[i];
    if (g_str_equal(lesson->id, id))
      return lesson->id;
  }
  return self->lessons->len > 0 ? ((const Lesson *)self->lessons->pdata[0])->id : NULL;
}

static void show_opened(BathyWindow *self) {
  const Lesson *lesson = bathy_lab_get_lesson(self->lab);
  g_autofree char *title = g_strdup_printf("Day %d · %s", lesson->day, lesson->title);

  adw_window_title_set_title(self->title, title);
  gtk_window_set_title(GTK_WINDOW(self), title);
  bathy_day_list_select(self->days, lesson->id);
  gtk_stack_set_visible_child_name(self->stack, "main");
  gtk_window_set_focus(GTK_WINDOW(self), NULL); /* so that Space trains */
  bathy_state_set_string(self->state, "window", "lesson", lesson->id);
  bathy_state_set_string(self->state, lesson->id, "dataset",
                         bathy_lab_get_dataset(self->lab)->name);
}

/* A run that came back is a surprise unless it says so. */
static void tell_resumed(BathyWindow *self) {
  char step[NUMBER_SIZE];

  self->kept_step = bathy_lab_get_status(self->lab)->step;
  if (self->opened_run == NULL || self->kept_step == 0)
    return;
  g_autofree char *text = g_strdup_printf("The run goes on where it was left, after batch %s",
                                          count_text(self->kept_step, step));
  bathy_window_tell(self, text, NULL);
}

typedef struct {
  BathyWindow *window;
  char *lesson, *dataset;
  gboolean kept; /* the run is the one kept from last time, not a file that was chosen */
} Opening;

static void opening_free(Opening *self) {
  g_object_unref(self->window);
  g_free(self->lesson);
  g_free(self->dataset);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Opening, opening_free)

static void open_lesson(BathyWindow *self, const char *lesson, const char *dataset, const char *run,
                        gboolean kept);

/* A kept run that cannot be read is put aside, not overwritten, and the lesson starts fresh. */
static void put_aside(BathyWindow *self, const Opening *opening, const GError *error) {
  g_autofree char *aside = g_strconcat(self->opened_run, ".damaged", NULL);
  g_autofree char *text = g_strdup_printf(
      "The run of last time could not be read and was put aside: %s", error->message);

  g_rename(self->opened_run, aside);
  bathy_window_tell(self, text, NULL);
  open_lesson(self, opening->lesson, opening->dataset, NULL, FALSE);
}

static void show_failed(BathyWindow *self, const GError *error) {
  if (bathy_lab_get_lesson(self->lab) != NULL) {
    bathy_window_tell(self, error->message, NULL);
    gtk_stack_set_visible_child_name(self->stack, "main");
    return;
  }
  adw_status_page_set_description(self->trouble, error->message);
  gtk_stack_set_visible_child_name(self->stack, "trouble");
}

static void opened_cb(GObject *source, GAsyncResult *result, gpointer data) {
  g_autoptr(Opening) opening = data;
  BathyWindow *self = opening->window;
  g_autoptr(GError) error = NULL;
  const gboolean opened = bathy_lab_open_finish(BATHY_LAB(source), result, &error);

  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->closing)
    return;
  g_clear_object(&self->opening);
  if (opened) {
    show_opened(self);
    tell_resumed(self);
  } else if (opening->kept) {
    put_aside(self, opening, error);
  } else {
    show_failed(self, error);
  }
  window_update_actions(self);
}

static void open_lesson(BathyWindow *self, const char *lesson, const char *dataset, const char *run,
                        gboolean kept) {
  Opening *opening = g_new(Opening, 1);

  if (self->opening != NULL)
    g_cancellable_cancel(self->opening);
  g_clear_object(&self->opening);
  self->opening = g_cancellable_new();
  char *path = g_strdup(run);
  g_free(self->opened_run);
  self->opened_run = path;
  *opening = (Opening){g_object_ref(self), g_strdup(lesson), g_strdup(dataset), kept};
  if (bathy_lab_get_lesson(self->lab) == NULL)
    gtk_stack_set_visible_child_name(self->stack, "loading");
  bathy_lab_open(self->lab, lesson, dataset, path, 1, self->opening, opened_cb, opening);
}

/* The data a lesson was used with last, if it is still to be had: else the best there is. */
static char *dataset_for(BathyWindow *self, const char *lesson) {
  g_autofree char *name = bathy_state_get_string(self->state, lesson, "dataset", NULL);
  const CatalogueEntry *entry = name != NULL ? catalogue_find(name) : NULL;

  if (entry == NULL)
    return NULL;
  g_autofree char *folder = catalogue_is_built_in(entry) ? g_strdup("") : catalogue_locate(entry);
  return folder != NULL ? g_steal_pointer(&name) : NULL;
}

/* With the run that was kept from last time. */
static void open_kept(BathyWindow *self, const char *lesson, const char *dataset) {
  g_autofree char *path = dataset != NULL ? window_kept_path(lesson, dataset) : NULL;
  const gboolean kept = path != NULL && g_file_test(path, G_FILE_TEST_EXISTS);

  open_lesson(self, lesson, dataset, kept ? path : NULL, kept);
}

/* What is running is kept before something else takes its place. */
static void keep_or_tell(BathyWindow *self) {
  g_autoptr(GError) error = NULL;

  if (!window_keep(self, &error))
    bathy_window_tell(self, error->message, NULL);
}

void bathy_window_open(BathyWindow *self, const char *lesson, const char *path) {
  if (lesson == NULL && path == NULL)
    lesson = remembered_lesson(self);
  if (lesson == NULL && path == NULL) {
    adw_status_page_set_description(self->trouble, "There are no lessons. Is Bathyscope installed "
                                                   "completely?");
    gtk_stack_set_visible_child_name(self->stack, "trouble");
    return;
  }
  keep_or_tell(self);
  if (path != NULL) {
    open_lesson(self, lesson, NULL, path, FALSE);
    return;
  }
  g_autofree char *dataset = dataset_for(self, lesson);
  open_kept(self, lesson, dataset);
}

static void data_set_cb(BathyLaboratory *laboratory, const char *name, gpointer data) {
  BathyWindow *self = data;

  (void)laboratory;
  keep_or_tell(self);
  open_kept(self, bathy_lab_get_lesson(self->lab)->id, name);
}

static void day_cb(BathyDayList *days, const char *lesson, gpointer data) {
  BathyWindow *self = data;

  (void)days;
  if (!bathy_window_is_ready(self) || !g_str_equal(lesson, bathy_lab_get_lesson(self->lab)->id))
    bathy_window_open(self, lesson, NULL);
}

/* --- while it is open --- */

static void look_cb(BathyLab *lab, gpointer data) {
  (void)lab;
  window_update_actions(data);
}

static void problem_cb(BathyLab *lab, const char *text, gpointer data) {
  (void)lab;
  bathy_window_tell(data, text, NULL);
}

static void export_cb(BathyLaboratory *laboratory, BathyPanelFrame *frame, gpointer data) {
  (void)laboratory;
  window_export_panel(data, frame);
}

static void copy_cb(BathyLaboratory *laboratory, BathyPanelFrame *frame, gboolean as_data,
                    gpointer data) {
  (void)laboratory;
  window_copy_panel(data, frame, as_data);
}

static void wide_cb(BathyPanes *panes, GParamSpec *property, gpointer data) {
  BathyWindow *self = data;

  (void)property;
  gtk_stack_set_visible_child_name(self->titles, bathy_panes_is_wide(panes) ? "title" : "switcher");
}

static gboolean keep_cb(gpointer data) {
  keep_or_tell(data);
  return G_SOURCE_CONTINUE;
}

static void connect(BathyWindow *self) {
  g_signal_connect(self->lab, "look", G_CALLBACK(look_cb), self);
  g_signal_connect(self->lab, "settings", G_CALLBACK(look_cb), self);
  g_signal_connect(self->lab, "problem", G_CALLBACK(problem_cb), self);
  g_signal_connect(self->laboratory, "export", G_CALLBACK(export_cb), self);
  g_signal_connect(self->laboratory, "copy", G_CALLBACK(copy_cb), self);
  g_signal_connect(self->laboratory, "data-set", G_CALLBACK(data_set_cb), self);
  g_signal_connect(self->days, "chosen", G_CALLBACK(day_cb), self);
  g_signal_connect(self->panes, "notify::wide", G_CALLBACK(wide_cb), self);
  self->keep_timer = g_timeout_add_seconds(KEEP_EVERY, keep_cb, self);
}

/* --- sizes --- */

static void restore_sizes(BathyWindow *self) {
  const gboolean days = bathy_state_get_boolean(self->state, "window", "days", TRUE);
  const gboolean settings = bathy_laboratory_shows_hyperparameters(self->laboratory);

  gtk_window_set_default_size(GTK_WINDOW(self),
                              bathy_state_get_int(self->state, "window", "width", 1440),
                              bathy_state_get_int(self->state, "window", "height", 900));
  if (bathy_state_get_boolean(self->state, "window", "maximized", FALSE))
    gtk_window_maximize(GTK_WINDOW(self));
  bathy_panes_set_position(self->panes,
                           bathy_state_get_int(self->state, "window", "lesson-width", 560));
  g_action_group_change_action_state(G_ACTION_GROUP(self), "sidebar", g_variant_new_boolean(days));
  g_action_group_change_action_state(G_ACTION_GROUP(self), "hyperparameters",
                                     g_variant_new_boolean(settings));
}

static void remember_sizes(BathyWindow *self) {
  const gboolean maximized = gtk_window_is_maximized(GTK_WINDOW(self));
  int width, height;

  bathy_state_set_boolean(self->state, "window", "maximized", maximized);
  if (!maximized && !gtk_window_is_fullscreen(GTK_WINDOW(self))) {
    gtk_window_get_default_size(GTK_WINDOW(self), &width, &height);
    bathy_state_set_int(self->state, "window", "width", width);
    bathy_state_set_int(self->state, "window", "height", height);
  }
  bathy_state_set_int(self->state, "window", "sidebar", gtk_paned_get_position(self->split));
  if (bathy_panes_is_wide(self->panes))
    bathy_state_set_int(self->state, "window", "lesson-width",
                        bathy_panes_get_position(self->panes));
}

/* --- closing --- */

static void close_anyway_cb(const char *response, gpointer data) {
  BathyWindow *self = data;

  if (!g_str_equal(response, "close"))
    return;
  self->closing = TRUE;
  gtk_window_close(GTK_WINDOW(self));
}

/* Nothing is lost without having been asked about. */
static gboolean bathy_window_close_request(GtkWindow *window) {
  static const DialogsButton BUTTONS[] = {
      {"stay", "Keep open", ADW_RESPONSE_DEFAULT},
      {"close", "Close anyway", ADW_RESPONSE_DESTRUCTIVE},
      {NULL, NULL, 0},
  };
  BathyWindow *self = BATHY_WINDOW(window);
  g_autoptr(GError) error = NULL;

  remember_sizes(self);
  if (!self->closing && !window_keep(self, &error)) {
    g_autofree char *body = g_strdup_printf(
        "%s. If you close the window, what has been trained since is lost.", error->message);
    dialogs_ask(window, "The run could not be kept", body, BUTTONS, close_anyway_cb, self);
    return !self->closing;
  }
  self->closing = TRUE;
  bathy_state_save(self->state, NULL);
  return GTK_WINDOW_CLASS(bathy_window_parent_class)->close_request(window);
}

static void bathy_window_dispose(GObject *object) {
  BathyWindow *self = BATHY_WINDOW(object);

  self->closing = TRUE;
  g_clear_handle_id(&self->keep_timer, g_source_remove);
  if (self->lab != NULL) {
    bathy_lab_close(self->lab);
    g_signal_handlers_disconnect_by_data(self->lab, self);
  }
  G_OBJECT_CLASS(bathy_window_parent_class)->dispose(object);
}

static void bathy_window_finalize(GObject *object) {
  BathyWindow *self = BATHY_WINDOW(object);

  g_clear_object(&self->opening);
  g_clear_object(&self->lab);
  g_clear_object(&self->state);
  g_ptr_array_unref(self->lessons);
  g_clear_pointer(&self->page, page_free);
  learner_free(self->learner);
  g_free(self->opened_run);
  G_OBJECT_CLASS(bathy_window_parent_class)->finalize(object);
}

static void bathy_window_class_init(BathyWindowClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = bathy_window_dispose;
  G_OBJECT_CLASS(klass)->finalize = bathy_window_finalize;
  GTK_WINDOW_CLASS(klass)->close_request = bathy_window_close_request;
}

static void bathy_window_init(BathyWindow *self) { self->lab = bathy_lab_new(); }

/* Lessons that cannot be read are told; the others are there. */
static GPtrArray *read_lessons(char **problem) {
  g_autoptr(GError) error = NULL;
  GPtrArray *lessons = lessons_list(&error);

  if (lessons != NULL)
    return lessons;
  *problem = g_strdup(error->message);
  return g_ptr_array_new();
}

GtkWidget *bathy_window_new(GtkApplication *application, BathyState *state) {
  BathyWindow *self = g_object_new(BATHY_TYPE_WINDOW, "application", application, NULL);
  g_autofree char *problem = NULL;

  self->state = g_object_ref(state);
  self->lessons = read_lessons(&problem);
  window_add_actions(self);
  window_add_file_actions(self);
  window_build(self);
  connect(self);
  restore_sizes(self);
  window_update_actions(self);
  if (problem != NULL) {
    adw_status_page_set_description(self->trouble, problem);
    gtk_stack_set_visible_child_name(self->stack, "trouble");
  } else {
    bathy_window_open(self, NULL, NULL);
  }
  return GTK_WIDGET(self);
}
