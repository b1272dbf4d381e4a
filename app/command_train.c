/* train: a lesson's model, from the command line, by the same session that the window drives. */
#include "app/commands.h"

#include "app/interrupt.h"
#include "app/numbers.h"
#include "app/progress.h"
#include "app/train_plots.h"
#include "app/train_text.h"
#include "core/base/file.h"
#include "core/base/parallel.h"
#include "core/datasets/catalogue.h"
#include "core/session/checkpoint.h"
#include "core/session/report.h"
#include "core/session/session.h"

#include <signal.h>
#include <string.h>

typedef struct {
  char *preset, *dataset, *epochs, *steps, *seed, *threads, *out, *resume;
  char **set;
  gboolean quiet;
} Options;

/* What a training needs and owns. */
typedef struct {
  Options options;
  gint64 steps, seed, threads;
  Lesson *lesson;
  Dataset *dataset;
  Settings *settings;
  ModelFile *resumed;
  Run *run; /* until the session takes it over */
  Session *session;
  gint64 started;
} Training;

static void training_clear(Training *self) {
  session_free(self->session);
  run_free(self->run);
  model_file_free(self->resumed);
  settings_free(self->settings);
  dataset_free(self->dataset);
  lesson_free(self->lesson);
  g_free(self->options.preset);
  g_free(self->options.dataset);
  g_free(self->options.epochs);
  g_free(self->options.steps);
  g_free(self->options.seed);
  g_free(self->options.threads);
  g_free(self->options.out);
  g_free(self->options.resume);
  g_strfreev(self->options.set);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Training, training_clear)

/* --- what to train --- */

/* A value that does not fit is wrong usage, and says which option it came from. */
static int misuse_error(const char *option, GError *error) {
  int status = command_misuse("train", "%s: %s", option, error->message);

  g_error_free(error);
  return status;
}

/* A setting of the run to come, or of one that goes on. */
static int set_one(Training *self, const char *option, const char *name, const char *value) {
  GError *error = NULL;

  if (self->run != NULL ? run_set(self->run, name, value, &error)
                        : settings_parse(self->settings, name, value, &error))
    return COMMAND_DONE;
  return misuse_error(option, error);
}

/* --set in the order given, then --epochs. */
static int apply_changes(Training *self) {
  const Options *o = &self->options;
  int status = COMMAND_DONE;

  for (char **set = o->set; status == COMMAND_DONE && set != NULL && *set != NULL; set++) {
    g_auto(GStrv) parts = g_strsplit(*set, "=", 2);
    if (g_strv_length(parts) != 2)
      return command_misuse("train", "--set takes NAME=VALUE, not ‘%s’", *set);
    status = set_one(self, "--set", parts[0], parts[1]);
  }
  if (status == COMMAND_DONE && o->epochs != NULL)
    status = set_one(self, "--epochs", "epochs", o->epochs);
  return status;
}

static int apply_settings(Training *self) {
  const char *preset = self->options.preset;
  GError *error = NULL;

  if (preset != NULL && !lesson_apply_preset(self->lesson, preset, self->settings, &error))
    return misuse_error("--preset", error);
  return apply_changes(self);
}

static int open_dataset(Training *self, const char *name) {
  GError *error = NULL;

  self->dataset = name != NULL
                      ? catalogue_open(name, &error)
                      : catalogue_open_first((const char *const *)self->lesson->datasets, &error);
  if (self->dataset == NULL)
    return command_fail_error(error);
  if (!self->options.quiet)
    g_print("Data: %s\n", self->dataset->source);
  return COMMAND_DONE;
}

static int start_fresh(Training *self, const char *lesson) {
  GError *error = NULL;
  int status;

  if ((self->lesson = lessons_open(lesson, &error)) == NULL)
    return command_fail_error(error);
  self->settings = settings_new(self->lesson->definitions);
  if ((status = apply_settings(self)) != COMMAND_DONE ||
      (status = open_dataset(self, self->options.dataset)) != COMMAND_DONE)
    return status;
  self->run = run_new(self->lesson, self->dataset, self->settings, (guint64)self->seed, &error);
  return self->run != NULL ? COMMAND_DONE : command_fail_error(error);
}

static int open_resumed(Training *self, const char *lesson) {
  const char *path = self->options.resume;
  GError *error = NULL;

  if ((self->lesson = lessons_open(lesson, &error)) == NULL ||
      (self->resumed = model_file_read(path, &error)) == NULL)
    return command_fail_error(error);
  const char *saved = model_file_metadata(self->resumed, "lesson");
  if (saved == NULL || model_file_metadata(self->resumed, "dataset") == NULL)
    return command_fail("%s is a model without its session; it cannot be resumed", path);
  if (!g_str_equal(self->lesson->id, saved))
    return command_fail("%s was saved in %s, not in %s", path, saved, self->lesson->id);
  return COMMAND_DONE;
}

/* Settings of a resumed run are its own; only how far it goes can be changed, and live ones. */
static int start_resumed(Training *self, const char *lesson) {
  const Options *o = &self->options;
  GError *error = NULL;
  int status;

  if (o->preset != NULL || o->seed != NULL)
    return command_misuse("train", "a resumed run keeps its seed and preset; leave out %s",
                          o->preset != NULL ? "--preset" : "--seed");
  if ((status = open_resumed(self, lesson)) != COMMAND_DONE)
    return status;
  const char *dataset = model_file_metadata(self->resumed, "dataset");
  if ((status = open_dataset(self, o->dataset != NULL ? o->dataset : dataset)) != COMMAND_DONE)
    return status;
  self->run = checkpoint_restore(self->resumed, o->resume, self->lesson, self->dataset, &error);
  return self->run != NULL ? apply_changes(self) : command_fail_error(error);
}

/* --- while it trains --- */

/* Epoch lines that have come since the last look. */
typedef struct {
  guint printed;
  Progress *progress;
} EpochLines;

static void print_epochs(Run *run, gpointer data) {
  EpochLines *lines = data;

  for (; lines->printed < run->epochs->len; lines->printed++) {
    const EpochRecord *e = &g_array_index(run->epochs, EpochRecord, lines->printed);
    g_autofree char *train = train_metrics(run->task->klass, e->train, "");
    g_autofree char *validation = train_metrics(run->task->klass, e->validation, "val_");
    g_autofree char *line = g_strdup_printf("epoch %u%s%s", e->epoch, train, validation);
    progress_print(lines->progress, line);
  }
}

static void count_epochs(Run *run, gpointer data) {
  ((EpochLines *)data)->printed = run->epochs->len;
}

static void show(Training *self, EpochLines *lines, guint32 *epoch, gboolean rest) {
  SessionStatus status;

  session_status(self->session, &status);
  if (status.epoch != *epoch || rest)
    session_inspect(self->session, print_epochs, lines);
  *epoch = status.epoch;
  g_autofree char *text = train_line(task_find(self->lesson->task), &status);
  progress_update(lines->progress, (double)status.step / MAX(status.end_step, 1), text);
}

/* Trains to the end or until interrupted; TRUE when it came to its end. */
static gboolean train(Training *self) {
  GCancellable *interrupt = interrupt_cancellable();
  EpochLines lines = {0, self->options.quiet ? NULL : progress_new(stdout)};
  SessionStatus status;
  guint32 epoch = 0;
  gboolean rest;

  session_inspect(self->session, count_epochs, &lines);
  session_train(self->session);
  do {
    rest = session_wait(self->session, G_USEC_PER_SEC / 10, interrupt);
    if (lines.progress != NULL)
      show(self, &lines, &epoch, rest);
  } while (!rest && !g_cancellable_is_cancelled(interrupt));
  session_pause(self->session);
  session_wait(self->session, -1, NULL);
  if (lines.progress != NULL)
    progress_finish(lines.progress, NULL);
  session_status(self->session, &status);
  return status.state == SESSION_FINISHED;
}

/* --- what it leaves --- */

typedef struct {
  Training *training;
  GError *error;
  gboolean complete;
} Leave;

static gboolean write_text(const char *folder, const char *name, const char *text, GError **error) {
  g_autofree char *path = g_build_filename(folder, name, NULL);

  return file_write(path, text, strlen(text), error);
}

static void leave(Run *run, gpointer data) {
  Leave *task = data;
  const Training *self = task->training;
  const char *folder = self->options.out;
  SessionStatus status;
  session_status(self->session, &status);
  const ReportTiming timing = {parallel_threads(),
                               (double)(g_get_monotonic_time() - self->started) / G_USEC_PER_SEC,
                               status.training_seconds, status.samples};
  g_autofree char *report = report_json(run, &timing), *history = report_history(run);
  g_autofree char *model = g_build_filename(folder, "model.safetensors", NULL);

  task->complete = run_save(run, model, &task->error) &&
                   write_text(folder, "history.csv", history, &task->error) &&
                   write_text(folder, "report.json", report, &task->error);
}

static void print_result(Run *run, gpointer data) {
  const Training *self = data;
  g_autofree char *metrics = train_metrics(run->task->klass, run->test, "");
  g_autofree char *samples = number_count(run->dataset->count[DATASET_TEST]);
  g_autofree char *time =
      number_duration((double)(g_get_monotonic_time() - self->started) / G_USEC_PER_SEC);

  g_print("Test on %s samples never trained on%s · %s in all\n", samples, metrics, time);
}

/* The command that goes on where this one was stopped. Settings, seed and epochs are in the file.
 */
static char *resume_command(const Training *self, const char *lesson) {
  const Options *o = &self->options;
  g_autofree char *file = g_build_filename(o->out, "model.safetensors", NULL);
  const char *const options[] = {"--resume", file,     "--dataset", o->dataset,
                                 "--steps",  o->steps, "--threads", o->threads,
                                 "--out",    o->out,   NULL};

  return train_command(lesson, options);
}

static int report_interrupted(const Training *self, const char *lesson) {
  g_autofree char *command = resume_command(self, lesson);
  SessionStatus status;

  session_status(self->session, &status);
  return command_fail("interrupted at step %u and saved; go on with: %s", status.step, command);
}

static int save_all(Training *self) {
  Leave task = {.training = self};

  session_inspect(self->session, leave, &task);
  if (task.complete)
    task.complete =
        train_plots(self->session, self->lesson, self->dataset, self->options.out, &task.error);
  return task.complete ? COMMAND_DONE : command_fail_error(task.error);
}

static int finish(Training *self, gboolean ended, const char *lesson) {
  g_autofree char *problem = session_problem(self->session);
  SessionStatus status;

  session_status(self->session, &status);
  if (status.state == SESSION_FAILED)
    return command_fail("%s", problem);
  if (!ended && self->options.out == NULL)
    self->options.out = train_free_folder(self->lesson->id);
  if (ended && !self->options.quiet)
    session_inspect(self->session, print_result, self);
  if (self->options.out == NULL)
    return COMMAND_DONE;
  const int saved = save_all(self);
  if (saved != COMMAND_DONE || !ended)
    return saved != COMMAND_DONE ? saved : report_interrupted(self, lesson);
  if (!self->options.quiet)
    g_print("Saved in %s: model.safetensors, history.csv, report.json%s\n", self->options.out,
            self->lesson->panels->len > 0 ? ", plots" : "");
  return COMMAND_DONE;
}

static gboolean parse_numbers(Training *self) {
  const Options *o = &self->options;

  self->seed = 1;
  return command_integer("train", "--steps", o->steps, 1, G_MAXUINT32, &self->steps) &&
         command_integer("train", "--seed", o->seed, 0, G_MAXINT64, &self->seed) &&
         command_integer("train", "--threads", o->threads, 1, 1024, &self->threads);
}

/* Before any work: an output folder that cannot be written is known now, not after an hour. */
static int prepare_out(const Training *self) {
  GError *error = NULL;

  if (self->options.out == NULL)
    return COMMAND_DONE;
  g_autofree char *path = g_build_filename(self->options.out, "model.safetensors", NULL);
  g_autoptr(FileWriter) writer = file_writer_new(path, &error);
  return writer != NULL ? COMMAND_DONE : command_fail_error(error);
}

int command_train(int argc, char **argv) {
  g_auto(Training) self = {0};
  Options *o = &self.options;
  const GOptionEntry entries[] = {
      {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->set, "set a hyperparameter; may be repeated",
       "NAME=VALUE"},
      {"preset", 0, 0, G_OPTION_ARG_STRING, &o->preset, "start from a preset of the lesson",
       "NAME"},
      {"dataset", 0, 0, G_OPTION_ARG_FILENAME, &o->dataset,
       "a data set by name, or a folder of IDX files", "NAME|PATH"},
      {"epochs", 0, 0, G_OPTION_ARG_STRING, &o->epochs, "passes over the training data", "N"},
      {"steps", 0, 0, G_OPTION_ARG_STRING, &o->steps, "stop after this many steps in all", "N"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &o->seed, "what all randomness comes from (1)", "N"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &o->threads, "threads (one for each core)", "N"},
      {"out", 0, 0, G_OPTION_ARG_FILENAME, &o->out,
       "leave model.safetensors, history.csv, report.json and plots there", "DIR"},
      {"resume", 0, 0, G_OPTION_ARG_FILENAME, &o->resume, "go on with a saved session", "FILE"},
      {"quiet", 0, 0, G_OPTION_ARG_NONE, &o->quiet, "print nothing but errors", NULL},
      {NULL},
  };
  int status;
  g_auto(GStrv) arguments = command_parse(argc, argv, entries, 1, 1, &status);

  if (arguments == NULL)
    return status;
  if (!parse_numbers(&self))
    return COMMAND_USAGE;
  interrupt_cancellable();
  signal(SIGPIPE, SIG_IGN); /* who stops reading the progress does not stop the training */
  parallel_set_threads((guint)self.threads);
  status =
      o->resume != NULL ? start_resumed(&self, arguments[0]) : start_fresh(&self, arguments[0]);
  if (status != COMMAND_DONE || (status = prepare_out(&self)) != COMMAND_DONE)
    return status;
  /* with both --epochs and --steps, what comes first */
  self.run->stop_step = o->epochs != NULL && self.steps > 0
                            ? MIN((guint32)self.steps, run_end_step(self.run))
                            : (guint32)self.steps;
  self.started = g_get_monotonic_time();
  self.session = session_new(g_steal_pointer(&self.run), NULL, NULL);
  session_pace(self.session, 0);
  return finish(&self, train(&self), arguments[0]);
}
