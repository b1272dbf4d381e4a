/* What leaves the window and comes back: panels, models, runs, histories. */
#include "ui/window/window_private.h"

#include "core/base/file.h"
#include "core/formats/model_file.h"
#include "core/session/report.h"
#include "ui/chart/chart_export.h"
#include "ui/window/dialogs.h"
#include "ui/window/theme.h"

#include <string.h>

static const DialogsFilter PICTURES[] = {{"Scalable picture (SVG)", "*.svg"},
                                         {"Picture (PNG)", "*.png"},
                                         {"Document (PDF)", "*.pdf"},
                                         {"Table (CSV)", "*.csv"},
                                         {NULL, NULL}};
static const DialogsFilter MODELS[] = {
    {"Safetensors", "*.safetensors"}, {"ONNX", "*.onnx"}, {NULL, NULL}};
static const DialogsFilter RUNS[] = {{"Saved runs", "*.safetensors"}, {NULL, NULL}};
static const DialogsFilter TABLES[] = {{"Table (CSV)", "*.csv"}, {NULL, NULL}};
static const DialogsFilter FOLDERS[] = {{"Pictures", "*"}, {NULL, NULL}};

/* --- telling how it went --- */

static void tell_saved(BathyWindow *self, const char *what, const char *path) {
  g_autofree char *name = g_filename_display_basename(path);
  g_autofree char *folder = g_path_get_dirname(path);
  g_autofree char *text = g_strdup_printf("%s saved as %s", what, name);

  bathy_window_tell(self, text, folder);
}

static void told_cb(const char *response, gpointer data) { (void)response, (void)data; }

/* A failure stays until it has been read. */
static void tell_failed(BathyWindow *self, const char *heading, GError *error) {
  static const DialogsButton OK[] = {{"ok", "OK", ADW_RESPONSE_DEFAULT}, {NULL, NULL, 0}};

  dialogs_ask(GTK_WINDOW(self), heading, error->message, OK, told_cb, NULL);
  g_error_free(error);
}

/* `name` with `ending` when it has none of its own. */
static char *with_ending(const char *path, const char *ending) {
  g_autofree char *name = g_path_get_basename(path);

  return strchr(name, '.') != NULL ? g_strdup(path) : g_strconcat(path, ending, NULL);
}

/* --- panels --- */

/* Files are light whatever the screen is: they go into documents. */
static const Theme PAPER = {.em = 13};

typedef struct {
  BathyWindow *window;
  Panel *panel;
} PanelExport;

static void export_panel_to(BathyWindow *self, Panel *panel, const char *path) {
  GError *error = NULL;

  if (!panel_export(panel, path, &PAPER, &error)) {
    tell_failed(self, "The panel was not exported", error);
    return;
  }
  bathy_lab_did(self->lab, "export_panel");
  tell_saved(self, panel->klass->title, path);
}

static void panel_path_cb(const char *path, gpointer data) {
  g_autofree PanelExport *task = data;

  if (path == NULL)
    return;
  g_autofree char *full = with_ending(path, ".svg");
  export_panel_to(task->window, task->panel, full);
}

void window_export_panel(BathyWindow *self, BathyPanelFrame *frame) {
  PanelExport *task = g_new(PanelExport, 1);
  Panel *panel = bathy_panel_frame_get_panel(frame);
  g_autofree char *name =
      g_strdup_printf("%s-%s.svg", bathy_lab_get_lesson(self->lab)->id, panel->klass->name);

  *task = (PanelExport){self, panel};
  dialogs_save(GTK_WINDOW(self), "Export panel", name, PICTURES, panel_path_cb, task);
}

static void draw_cb(const Canvas *canvas, gpointer data) { panel_draw(data, canvas); }

static void copy_picture(BathyWindow *self, Panel *panel) {
  const Theme theme = theme_of(GTK_WIDGET(self));
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) png =
      chart_png(panel->klass->width, panel->klass->height, 2, &theme, draw_cb, panel);
  g_autoptr(GdkTexture) texture = gdk_texture_new_from_bytes(png, &error);

  if (texture != NULL)
    gdk_clipboard_set_texture(gtk_widget_get_clipboard(GTK_WIDGET(self)), texture);
}

void window_copy_panel(BathyWindow *self, BathyPanelFrame *frame, gboolean as_data) {
  Panel *panel = bathy_panel_frame_get_panel(frame);

  if (as_data && panel->klass->csv != NULL) {
    g_autoptr(GString) text = g_string_new(NULL);
    panel->klass->csv(panel, text);
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)), text->str);
  } else {
    copy_picture(self, panel);
  }
  g_autofree char *said =
      g_strdup_printf("%s copied as %s", panel->klass->title, as_data ? "a table" : "a picture");
  bathy_window_tell(self, said, NULL);
}

/* The panel with the focus, or the maximized one, or the first. */
static BathyPanelFrame *panel_meant(BathyWindow *self) {
  BathyPanelGrid *grid = bathy_laboratory_get_grid(self->laboratory);
  GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(self));
  GtkWidget *frame = focus != NULL ? gtk_widget_get_ancestor(focus, BATHY_TYPE_PANEL_FRAME) : NULL;
  g_autoptr(GPtrArray) frames = bathy_panel_grid_frames(grid);

  if (frame != NULL)
    return BATHY_PANEL_FRAME(frame);
  if (bathy_panel_grid_get_maximized(grid) != NULL)
    return bathy_panel_grid_get_maximized(grid);
  return frames->len > 0 ? frames->pdata[0] : NULL;
}

static void export_panel_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  BathyWindow *self = data;
  BathyPanelFrame *frame = panel_meant(self);

  (void)action, (void)parameter;
  if (frame != NULL)
    window_export_panel(self, frame);
}

/* --- all panels at once --- */

static gboolean export_one(Panel *panel, const char *folder, const char *ending, GError **error) {
  g_autofree char *name = g_strconcat(panel->klass->name, ending, NULL);
  g_autofree char *path = g_build_filename(folder, name, NULL);

  return panel_export(panel, path, &PAPER, error);
}

static void folder_cb(const char *path, gpointer data) {
  BathyWindow *self = data;
  g_autoptr(GPtrArray) frames =
      bathy_panel_grid_frames(bathy_laboratory_get_grid(self->laboratory));
  GError *error = NULL;

  if (path == NULL)
    return;
  for (guint i = 0; i < frames->len; i++) {
    Panel *panel = bathy_panel_frame_get_panel(frames->pdata[i]);
    if (!export_one(panel, path, ".svg", &error) || !export_one(panel, path, ".png", &error)) {
      tell_failed(self, "Not all panels were exported", error);
      return;
    }
  }
  bathy_lab_did(self->lab, "export_panel");
  g_autofree char *said = g_strdup_printf("%u panels saved as SVG and PNG", frames->len);
  bathy_window_tell(self, said, path);
}

static void export_all_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  BathyWindow *self = data;
  g_autofree char *name = g_strdup_printf("%s-panels", bathy_lab_get_lesson(self->lab)->id);

  (void)action, (void)parameter;
  dialogs_save(GTK_WINDOW(self), "Export all panels into a new folder", name, FOLDERS, folder_cb,
               self);
}

/* --- models, runs, histories: written between two units of work --- */

typedef struct {
  const char *path;
  gboolean (*write)(Run *run, const char *path, GError **error);
  GError *error;
  gboolean done;
} Writing;

static void write_cb(Run *run, gpointer data) {
  Writing *self = data;

  self->done = self->write(run, self->path, &self->error);
}

static void write_run(BathyWindow *self, const char *path, const char *what, const char *heading,
                      gboolean (*write)(Run *, const char *, GError **)) {
  Writing task = {path, write, NULL, FALSE};

  session_inspect(bathy_lab_get_session(self->lab), write_cb, &task);
  if (task.done)
    tell_saved(self, what, path);
  else
    tell_failed(self, heading, task.error);
}

/* The model alone, with a word on where it comes from. */
static gboolean write_model(Run *run, const char *path, GError **error) {
  g_autoptr(GHashTable) metadata = g_hash_table_new(g_str_hash, g_str_equal);
  SafeTensors origin = {.metadata = metadata};
  const ModelFile file = {.file = &origin,
                          .models = run->models,
                          .model = run->model,
                          .parameters = run_result(run),
                          .classes = run->dataset->class_names};

  g_hash_table_insert(metadata, (gpointer) "task", (gpointer)run->task->klass->name);
  g_hash_table_insert(metadata, (gpointer) "lesson", run->lesson->id);
  g_hash_table_insert(metadata, (gpointer) "dataset", run->dataset->name);
  return model_file_export(&file, path, error);
}

static gboolean write_history(Run *run, const char *path, GError **error) {
  g_autofree char *text = report_history(run);

  return file_write(path, text, strlen(text), error);
}

static gboolean write_all(Run *run, const char *path, GError **error) {
  return run_save(run, path, error);
}

static void model_path_cb(const char *path, gpointer data) {
  if (path == NULL)
    return;
  g_autofree char *full = with_ending(path, ".safetensors");
  write_run(data, full, "Model", "The model was not exported", write_model);
}

static void history_path_cb(const char *path, gpointer data) {
  if (path == NULL)
    return;
  g_autofree char *full = with_ending(path, ".csv");
  write_run(data, full, "History", "The history was not exported", write_history);
}

static void run_path_cb(const char *path, gpointer data) {
  if (path == NULL)
    return;
  g_autofree char *full = with_ending(path, ".safetensors");
  write_run(data, full, "Run", "The run was not saved", write_all);
}

static char *proposed(BathyWindow *self, const char *what, const char *ending) {
  return g_strdup_printf("%s-%s%s", bathy_lab_get_lesson(self->lab)->id, what, ending);
}

static void export_model_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  g_autofree char *name = proposed(data, "model", ".safetensors");

  (void)action, (void)parameter;
  dialogs_save(data, "Export model", name, MODELS, model_path_cb, data);
}

static void export_history_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  g_autofree char *name = proposed(data, "history", ".csv");

  (void)action, (void)parameter;
  dialogs_save(data, "Export history", name, TABLES, history_path_cb, data);
}

static void save_run_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  g_autofree char *name = proposed(data, "run", ".safetensors");

  (void)action, (void)parameter;
  dialogs_save(data, "Save run", name, RUNS, run_path_cb, data);
}

static void open_path_cb(const char *path, gpointer data) {
  if (path != NULL)
    bathy_window_open(data, NULL, path);
}

static void open_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  dialogs_open(data, "Open run", RUNS, open_path_cb, data);
}

/* --- the run that is kept between starts --- */

char *window_kept_path(const char *lesson, const char *dataset) {
  g_autofree char *name = g_strdup_printf("%s-%s.safetensors", lesson, dataset);

  return g_build_filename(g_get_user_data_dir(), "bathyscope", "runs", name, NULL);
}

gboolean window_keep(BathyWindow *self, GError **error) {
  const Lesson *lesson = bathy_lab_get_lesson(self->lab);
  SessionStatus status;

  if (lesson == NULL)
    return TRUE;
  session_status(bathy_lab_get_session(self->lab), &status);
  if (status.step == self->kept_step || status.state == SESSION_FAILED)
    return TRUE;
  g_autofree char *path = window_kept_path(lesson->id, bathy_lab_get_dataset(self->lab)->name);
  if (!session_save(bathy_lab_get_session(self->lab), path, error))
    return FALSE;
  self->kept_step = status.step;
  return TRUE;
}

/* --- folders --- */

static void show_folder_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  g_autofree char *uri = g_filename_to_uri(g_variant_get_string(parameter, NULL), NULL, NULL);

  (void)action;
  if (uri != NULL)
    gtk_show_uri(data, uri, GDK_CURRENT_TIME);
}

void window_add_file_actions(BathyWindow *self) {
  static const GActionEntry ENTRIES[] = {
      {.name = "open", .activate = open_cb},
      {.name = "save-run", .activate = save_run_cb},
      {.name = "export-panel", .activate = export_panel_cb},
      {.name = "export-all", .activate = export_all_cb},
      {.name = "export-model", .activate = export_model_cb},
      {.name = "export-history", .activate = export_history_cb},
      {.name = "show-folder", .parameter_type = "s", .activate = show_folder_cb},
  };

  g_action_map_add_action_entries(G_ACTION_MAP(self), ENTRIES, G_N_ELEMENTS(ENTRIES), self);
}
