#include "ui/window/lab.h"

#include "core/datasets/catalogue.h"
#include "core/session/checkpoint.h"
#include "ui/window/lab_settings.h"

#define TICK 40        /* ms between asking whether there is a look */
#define LOOK_EVERY 160 /* ms between looks while it trains: each costs the training some */
#define PIN DATASET_VALIDATION

/* What opening makes and closing frees. */
typedef struct {
  Lesson *lesson;
  Dataset *dataset;
  Model *model;
  Session *session;
  Settings *running; /* the run's, as it was opened */
  guint64 seed;
  double pace;
} Opened;

struct _BathyLab {
  GObject parent;
  Opened *open;
  LabSettings *settings;
  Snapshot *look;
  SessionStatus status;
  char *problem; /* the last that was told */
  DatasetPart part;
  guint32 example;
  guint tick;
  gint64 looked; /* when the last look was taken */
};

G_DEFINE_FINAL_TYPE(BathyLab, bathy_lab, G_TYPE_OBJECT)

enum { CLOSING, OPENED, LOOK, SETTINGS, PINNED, PROBLEM, DID, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- opening --- */

static void opened_free(Opened *self) {
  if (self == NULL)
    return;
  session_free(self->session);
  settings_free(self->running);
  model_free(self->model);
  dataset_free(self->dataset);
  lesson_free(self->lesson);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Opened, opened_free)

typedef struct {
  char *lesson, *dataset, *resume;
  guint64 seed;
} Request;

static void request_free(gpointer data) {
  Request *self = data;

  g_free(self->lesson);
  g_free(self->dataset);
  g_free(self->resume);
  g_free(self);
}

static gboolean open_dataset(Opened *self, const char *name, GError **error) {
  self->dataset = name != NULL
                      ? catalogue_open(name, error)
                      : catalogue_open_first((const char *const *)self->lesson->datasets, error);
  return self->dataset != NULL;
}

/* The architecture, for panels and lesson texts: the run's own belongs to the worker. */
static gboolean start(Opened *self, Run *run, GError **error) {
  if (run == NULL)
    return FALSE;
  self->model = model_new(run->model->spec, error);
  self->running = settings_copy(run->settings);
  self->seed = run->seed;
  self->pace = self->lesson->pace;
  if (self->model == NULL) {
    run_free(run);
    return FALSE;
  }
  self->session = session_new(run, NULL, NULL);
  session_give_way(self->session);
  return TRUE;
}

static gboolean open_fresh(Opened *self, const Request *request, GError **error) {
  self->lesson = lessons_open(request->lesson, error);
  if (self->lesson == NULL || !open_dataset(self, request->dataset, error))
    return FALSE;
  g_autoptr(Settings) settings = settings_new(self->lesson->definitions);
  return start(self, run_new(self->lesson, self->dataset, settings, request->seed, error), error);
}

static gboolean open_saved(Opened *self, const Request *request, GError **error) {
  g_autoptr(ModelFile) file = model_file_read(request->resume, error);

  if (file == NULL)
    return FALSE;
  const char *lesson = model_file_metadata(file, "lesson");
  const char *dataset = model_file_metadata(file, "dataset");
  if (lesson == NULL || dataset == NULL) {
    g_set_error(error, LESSON_ERROR, LESSON_ERROR_INVALID,
                "%s holds a model without the run it came from, so it cannot go on here. Save runs "
                "with “Save run…” to open them again.",
                request->resume);
    return FALSE;
  }
  self->lesson = lessons_open(lesson, error);
  if (self->lesson == NULL || !open_dataset(self, dataset, error))
    return FALSE;
  return start(self, checkpoint_restore(file, request->resume, self->lesson, self->dataset, error),
               error);
}

static void open_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  g_autoptr(Opened) opened = g_new0(Opened, 1);
  const Request *request = data;
  GError *error = NULL;

  (void)source;
  if (request->resume != NULL ? open_saved(opened, request, &error)
                              : open_fresh(opened, request, &error))
    g_task_return_pointer(task, g_steal_pointer(&opened), (GDestroyNotify)opened_free);
  else
    g_task_return_error(task, error);
  (void)cancellable;
}

void bathy_lab_open(BathyLab *self, const char *lesson, const char *dataset, const char *resume,
                    guint64 seed, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer data) {
  g_autoptr(GTask) task = g_task_new(self, cancellable, callback, data);
  Request *request = g_new(Request, 1);

  *request = (Request){g_strdup(lesson), g_strdup(dataset), g_strdup(resume), seed};
  g_task_set_task_data(task, request, request_free);
  g_task_run_in_thread(task, open_in_thread);
}

static void forget_look(BathyLab *self) {
  g_clear_pointer(&self->look, snapshot_unref);
  g_clear_pointer(&self->problem, g_free);
}

static void watch(BathyLab *self) {
  session_watch(self->open->session, TRUE, self->part, self->example);
}

gboolean bathy_lab_open_finish(BathyLab *self, GAsyncResult *result, GError **error) {
  Opened *opened = g_task_propagate_pointer(G_TASK(result), error);

  if (opened == NULL)
    return FALSE;
  bathy_lab_close(self);
  self->open = opened;
  self->settings = lab_settings_new(opened->running, opened->seed);
  self->part = PIN;
  self->example = 0;
  session_status(opened->session, &self->status);
  watch(self);
  g_signal_emit(self, signals[OPENED], 0);
  g_signal_emit(self, signals[SETTINGS], 0);
  return TRUE;
}

void bathy_lab_close(BathyLab *self) {
  if (self->open == NULL)
    return;
  g_signal_emit(self, signals[CLOSING], 0);
  forget_look(self);
  g_clear_pointer(&self->settings, lab_settings_free);
  g_clear_pointer(&self->open, opened_free);
}

/* --- looking --- */

static void tell_problem(BathyLab *self, const char *problem) {
  if (g_strcmp0(self->problem, problem) == 0)
    return;
  g_free(self->problem);
  self->problem = g_strdup(problem);
  if (problem != NULL)
    g_signal_emit(self, signals[PROBLEM], 0, problem);
}

static gboolean tick_cb(gpointer data) {
  BathyLab *self = data;

  const gint64 now = g_get_monotonic_time();

  if (self->open == NULL ||
      (self->status.state == SESSION_TRAINING && now - self->looked < LOOK_EVERY * 1000))
    return G_SOURCE_CONTINUE;
  Snapshot *look = session_take_snapshot(self->open->session);
  if (look == NULL)
    return G_SOURCE_CONTINUE;
  self->looked = now;
  self->status = look->status;
  tell_problem(self, look->problem);
  if (look->probe != NULL) {
    snapshot_unref(self->look);
    self->look = look;
  } else {
    snapshot_unref(look);
  }
  g_signal_emit(self, signals[LOOK], 0);
  return G_SOURCE_CONTINUE;
}

static void bathy_lab_finalize(GObject *object) {
  BathyLab *self = BATHY_LAB(object);

  g_clear_handle_id(&self->tick, g_source_remove);
  bathy_lab_close(self);
  G_OBJECT_CLASS(bathy_lab_parent_class)->finalize(object);
}

static guint add_signal(BathyLabClass *klass, const char *name) {
  return g_signal_new(name, G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 0);
}

static guint add_text_signal(BathyLabClass *klass, const char *name) {
  return g_signal_new(name, G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void bathy_lab_class_init(BathyLabClass *klass) {
  G_OBJECT_CLASS(klass)->finalize = bathy_lab_finalize;
  signals[CLOSING] = add_signal(klass, "closing");
  signals[OPENED] = add_signal(klass, "opened");
  signals[LOOK] = add_signal(klass, "look");
  signals[SETTINGS] = add_signal(klass, "settings");
  signals[PINNED] = add_signal(klass, "pinned");
  signals[PROBLEM] = add_text_signal(klass, "problem");
  signals[DID] = add_text_signal(klass, "did");
}

static void bathy_lab_init(BathyLab *self) { self->tick = g_timeout_add(TICK, tick_cb, self); }

BathyLab *bathy_lab_new(void) { return g_object_new(BATHY_TYPE_LAB, NULL); }

const Lesson *bathy_lab_get_lesson(BathyLab *self) {
  return self->open != NULL ? self->open->lesson : NULL;
}

const Dataset *bathy_lab_get_dataset(BathyLab *self) {
  return self->open != NULL ? self->open->dataset : NULL;
}

const Model *bathy_lab_get_model(BathyLab *self) {
  return self->open != NULL ? self->open->model : NULL;
}

Session *bathy_lab_get_session(BathyLab *self) {
  return self->open != NULL ? self->open->session : NULL;
}

Snapshot *bathy_lab_get_look(BathyLab *self) { return self->look; }

const SessionStatus *bathy_lab_get_status(BathyLab *self) { return &self->status; }

gboolean bathy_lab_is_training(BathyLab *self) {
  return self->open != NULL && self->status.state == SESSION_TRAINING;
}

/* --- commands --- */

void bathy_lab_did(BathyLab *self, const char *word) { g_signal_emit(self, signals[DID], 0, word); }

/* The state is asked for at the next tick; until then the learner's intent is shown. */
static void expect(BathyLab *self, SessionState state) {
  self->status.state = state;
  g_signal_emit(self, signals[LOOK], 0);
}

void bathy_lab_train(BathyLab *self) {
  g_return_if_fail(self->open != NULL);
  session_train(self->open->session);
  expect(self, SESSION_TRAINING);
}

void bathy_lab_pause(BathyLab *self) {
  g_return_if_fail(self->open != NULL);
  session_pause(self->open->session);
  expect(self, SESSION_PAUSED);
}

void bathy_lab_step(BathyLab *self) {
  g_return_if_fail(self->open != NULL);
  session_step(self->open->session);
  bathy_lab_did(self, "trained_batch");
}

void bathy_lab_epoch(BathyLab *self) {
  g_return_if_fail(self->open != NULL);
  session_epoch(self->open->session);
  expect(self, SESSION_TRAINING);
  bathy_lab_did(self, "trained_epoch");
}

void bathy_lab_reset(BathyLab *self) {
  g_return_if_fail(self->open != NULL);
  session_reset(self->open->session, lab_settings_seed(self->settings),
                lab_settings_wanted(self->settings));
  lab_settings_restart(self->settings);
  g_signal_emit(self, signals[SETTINGS], 0);
  expect(self, SESSION_PAUSED);
  bathy_lab_did(self, "reset");
}

void bathy_lab_undo_reset(BathyLab *self) {
  g_return_if_fail(self->open != NULL);
  session_undo_reset(self->open->session);
  lab_settings_undo_restart(self->settings);
  g_signal_emit(self, signals[SETTINGS], 0);
  expect(self, SESSION_PAUSED);
}

void bathy_lab_set_pace(BathyLab *self, double steps_per_second) {
  g_return_if_fail(self->open != NULL);
  self->open->pace = steps_per_second;
  session_pace(self->open->session, steps_per_second);
}

double bathy_lab_get_pace(BathyLab *self) { return self->open != NULL ? self->open->pace : 0; }

void bathy_lab_pin(BathyLab *self, DatasetPart part, guint32 example) {
  g_return_if_fail(self->open != NULL && part < DATASET_PARTS);
  if (example >= self->open->dataset->count[part] ||
      (part == self->part && example == self->example))
    return;
  self->part = part;
  self->example = example;
  watch(self);
  bathy_lab_did(self, "pin_example");
  g_signal_emit(self, signals[PINNED], 0);
}

void bathy_lab_get_pinned(BathyLab *self, DatasetPart *part, guint32 *example) {
  *part = self->part;
  *example = self->example;
}

void bathy_lab_draw_input(BathyLab *self, const float *pixels) {
  g_return_if_fail(self->open != NULL);
  session_draw(self->open->session, pixels);
}

/* --- settings --- */

const Settings *bathy_lab_get_wanted(BathyLab *self) {
  return self->settings != NULL ? lab_settings_wanted(self->settings) : NULL;
}

guint64 bathy_lab_get_seed(BathyLab *self) { return lab_settings_seed(self->settings); }

/* Live settings that are not what the run has go to it now. */
static void settings_changed(BathyLab *self) {
  const Settings *wanted = lab_settings_wanted(self->settings);

  for (guint i = 0; i < wanted->definitions->len; i++) {
    const Setting *setting = wanted->definitions->pdata[i];
    if (!setting->live || !lab_settings_differs(self->settings, setting->name))
      continue;
    g_autofree char *value = settings_format(wanted, setting->name);
    session_set(self->open->session, setting->name, value);
    lab_settings_took(self->settings, setting->name);
    if (self->status.step > 0)
      bathy_lab_did(self, "live_change");
  }
  g_signal_emit(self, signals[SETTINGS], 0);
}

gboolean bathy_lab_set(BathyLab *self, const char *name, const char *value, GError **error) {
  g_return_val_if_fail(self->open != NULL, FALSE);
  if (!lab_settings_set(self->settings, name, value, error))
    return FALSE;
  settings_changed(self);
  return TRUE;
}

/* A preset means a fresh start, so nothing of it goes to the run that is there. */
gboolean bathy_lab_preset(BathyLab *self, const char *name, GError **error) {
  g_return_val_if_fail(self->open != NULL, FALSE);
  if (!lab_settings_preset(self->settings, self->open->lesson, name, error))
    return FALSE;
  bathy_lab_reset(self);
  return TRUE;
}

void bathy_lab_set_seed(BathyLab *self, guint64 seed) {
  lab_settings_set_seed(self->settings, seed);
  g_signal_emit(self, signals[SETTINGS], 0);
}

gboolean bathy_lab_can_undo(BathyLab *self) {
  return self->settings != NULL && lab_settings_can_undo(self->settings);
}

gboolean bathy_lab_can_redo(BathyLab *self) {
  return self->settings != NULL && lab_settings_can_redo(self->settings);
}

void bathy_lab_undo(BathyLab *self) {
  if (!bathy_lab_can_undo(self))
    return;
  lab_settings_undo(self->settings);
  settings_changed(self);
}

void bathy_lab_redo(BathyLab *self) {
  if (!bathy_lab_can_redo(self))
    return;
  lab_settings_redo(self->settings);
  settings_changed(self);
}

char *bathy_lab_running(BathyLab *self, const char *name) {
  return settings_format(lab_settings_running(self->settings), name);
}

gboolean bathy_lab_waits(BathyLab *self, const char *name) {
  return lab_settings_differs(self->settings, name);
}

int bathy_lab_waiting(BathyLab *self) {
  return self->settings != NULL ? lab_settings_waiting(self->settings) : 0;
}
