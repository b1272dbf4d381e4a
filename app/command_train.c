/* train: a lesson's model, from the command line, by the same session that the window drives. */
#include "app/commands.h"

#include "app/interrupt.h"
#include "app/numbers.h"
#include "app/progress.h"
#include "core/base/file.h"
#include "core/base/parallel.h"
#include "core/datasets/catalogue.h"
#include "core/session/checkpoint.h"
#include "core/session/report.h"
#include "core/session/session.h"

#include <math.h>
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
  Run *run;          /* until the session takes it over */
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
static int misuse_error(GError *error) {
  int status = command_misuse("train", "%s", error->message);

  g_error_free(error);
  return status;
}

static int apply_settings(Training *self) {
  const Options *o = &self->options;
  GError *error = NULL;

  if (o->preset != NULL &&
      !lesson_apply_preset(self->lesson, o->preset, self->settings, &error))
    return misuse_error(error);
  for (char **set = o->set; set != NULL && *set != NULL; set++) {
    g_auto(GStrv) parts = g_strsplit(*set, "=", 2);
    if (g_strv_length(parts) != 2)
      return command_misuse("train", "--set takes NAME=VALUE, not ‘%s’", *set);
    if (!settings_parse(self->settings, parts[0], parts[1], &error)) {
      g_prefix_error(&error, "--set: ");
      return misuse_error(error);
    }
  }
  if (o->epochs != NULL && !settings_parse(self->settings, "epochs", o->epochs, &error)) {
    g_prefix_error(&error, "--epochs: ");
    return misuse_error(error);
  }
  return COMMAND_DONE;
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

/* Settings of a resumed run are its own; only how far it goes can be changed, and live ones. */
static int change_resumed(Training *self) {
  const Options *o = &self->options;
  GError *error = NULL;

  if (o->preset != NULL || o->seed != NULL)
    return command_misuse("train", "a resumed run keeps its seed and preset; leave out %s",
                          o->preset != NULL ? "--preset" : "--seed");
  for (char **set = o->set; set != NULL && *set != NULL; set++) {
    g_auto(GStrv) parts = g_strsplit(*set, "=", 2);
    if (g_strv_length(parts) != 2)
      return command_misuse("train", "--set takes NAME=VALUE, not ‘%s’", *set);
    if (!run_set(self->run, parts[0], parts[1], &error))
      return misuse_error(error);
  }
  if (o->epochs != NULL && !run_set(self->run, "epochs", o->epochs, &error))
    return misuse_error(error);
  return COMMAND_DONE;
}

static int start_resumed(Training *self, const char *lesson) {
  const char *path = self->options.resume;
  GError *error = NULL;
  int status;

  if ((self->resumed = model_file_read(path, &error)) == NULL)
    return command_fail_error(error);
  const char *saved = model_file_metadata(self->resumed, "lesson");
  const char *dataset = model_file_metadata(self->resumed, "dataset");
  if (saved == NULL || dataset == NULL)
    return command_fail("%s is a model without its session; it cannot be resumed", path);
  if (!g_str_equal(lesson, saved) && !g_str_has_suffix(lesson, saved))
    return command_fail("%s was saved in %s, not in %s", path, saved, lesson);
  if ((self->lesson = lessons_open(lesson, &error)) == NULL)
    return command_fail_error(error);
  if ((status = open_dataset(self, self->options.dataset != NULL ? self->options.dataset
                                                                 : dataset)) != COMMAND_DONE)
    return status;
  self->run = checkpoint_restore(self->resumed, path, self->lesson, self->dataset, &error);
  return self->run != NULL ? change_resumed(self) : command_fail_error(error);
}

/* --- while it trains --- */

static double fraction_done(const SessionStatus *s) {
  return s->end_step > 0 ? (double)s->step / s->end_step : 0;
}

static char *describe(const SessionStatus *s, gint64 rows) {
  const double left = s->samples_per_second > 0
                          ? (double)(s->end_step - MIN(s->step, s->end_step)) * (double)rows /
                                s->samples_per_second
                          : -1;
  g_autofree char *rate = number_count((guint64)s->samples_per_second);
  g_autofree char *time = number_duration(left);
  const char *phase = s->phase == RUN_VALIDATING ? " · validating" : s->phase == RUN_TESTING ? " · testing" : "";
  char loss[G_ASCII_DTOSTR_BUF_SIZE], accuracy[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd(loss, sizeof loss, "%.4f", s->running[0]);
  g_ascii_formatd(accuracy, sizeof accuracy, "%.4f", s->running[1]);
  return g_strdup_printf("epoch %u/%u · loss %s · accuracy %s · %s images/s · %s left%s",
                         MIN(s->epoch, s->epochs), s->epochs,
                         isfinite(s->running[0]) ? loss : "–",
                         isfinite(s->running[1]) ? accuracy : "–", rate, time, phase);
}

/* Epoch lines that have come since the last look. */
typedef struct {
  guint printed;
  Progress *progress;
} EpochLines;

static void print_epochs(Run *run, gpointer data) {
  EpochLines *lines = data;

  for (; lines->printed < run->epochs->len; lines->printed++) {
    const EpochRecord *e = &g_array_index(run->epochs, EpochRecord, lines->printed);
    const double values[] = {e->train[0], e->train[1], e->validation[0], e->validation[1]};
    char text[4][G_ASCII_DTOSTR_BUF_SIZE];
    for (int i = 0; i < 4; i++)
      g_ascii_formatd(text[i], sizeof text[i], "%.4f", values[i]);
    g_autofree char *line = g_strdup_printf(
        "epoch %u: loss %s · accuracy %s · val_loss %s · val_accuracy %s", e->epoch, text[0],
        text[1], text[2], text[3]);
    progress_print(lines->progress, line);
  }
}

static void count_epochs(Run *run, gpointer data) { ((EpochLines *)data)->printed = run->epochs->len; }

/* Trains to the end or until interrupted; TRUE when it came to its end. */
static gboolean train(Training *self) {
  GCancellable *interrupt = interrupt_cancellable();
  EpochLines lines = {.progress = self->options.quiet ? NULL : progress_new(stdout)};
  guint32 epoch = 0;
  gboolean rest;

  session_inspect(self->session, count_epochs, &lines);
  session_train(self->session);
  do {
    SessionStatus status;
    rest = session_wait(self->session, G_USEC_PER_SEC / 10, interrupt);
    session_status(self->session, &status);
    if (lines.progress == NULL)
      continue;
    if (status.epoch != epoch || rest)
      session_inspect(self->session, print_epochs, &lines);
    epoch = status.epoch;
    g_autofree char *text = describe(&status, 32);
    progress_update(lines.progress, fraction_done(&status), text);
  } while (!rest && !g_cancellable_is_cancelled(interrupt));
  session_pause(self->session);
  session_wait(self->session, -1, NULL);
  if (lines.progress != NULL)
    progress_finish(lines.progress, NULL);
  return rest;
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
                               status.samples};
  g_autofree char *report = report_json(run, &timing), *history = report_history(run);
  g_autofree char *model = g_build_filename(folder, "model.safetensors", NULL);

  task->complete = run_save(run, model, &task->error) &&
                   write_text(folder, "history.csv", history, &task->error) &&
                   write_text(folder, "report.json", report, &task->error);
}

static void print_result(Run *run, gpointer data) {
  char loss[G_ASCII_DTOSTR_BUF_SIZE], accuracy[G_ASCII_DTOSTR_BUF_SIZE];
  const Training *self = data;
  g_autofree char *time =
      number_duration((double)(g_get_monotonic_time() - self->started) / G_USEC_PER_SEC);

  g_ascii_formatd(loss, sizeof loss, "%.4f", run->test[0]);
  g_ascii_formatd(accuracy, sizeof accuracy, "%.2f", 100 * run->test[1]);
  g_print("Test: loss %s, accuracy %s %% on %u samples never trained on (%s)\n", loss, accuracy,
          run->dataset->count[DATASET_TEST], time);
}

/* An interrupted run without --out is saved all the same: nothing is lost. */
static int finish(Training *self, gboolean ended, const char *lesson) {
  Leave task = {.training = self};
  g_autofree char *problem = NULL;
  SessionStatus status;

  session_status(self->session, &status);
  if (status.state == SESSION_FAILED) {
    problem = session_problem(self->session);
    return command_fail("%s", problem);
  }
  if (!ended && self->options.out == NULL)
    self->options.out = g_strdup_printf("%s-interrupted", self->lesson->id);
  if (ended && !self->options.quiet)
    session_inspect(self->session, print_result, self);
  if (self->options.out == NULL)
    return COMMAND_DONE;
  session_inspect(self->session, leave, &task);
  if (!task.complete)
    return command_fail_error(task.error);
  if (!ended) {
    g_printerr("bathyscope: interrupted at step %u and saved; go on with: bathyscope train %s "
               "--resume %s%cmodel.safetensors --out %s\n",
               status.step, lesson, self->options.out, G_DIR_SEPARATOR, self->options.out);
    return COMMAND_FAILED;
  }
  if (!self->options.quiet)
    g_print("Saved in %s: model.safetensors, history.csv, report.json\n", self->options.out);
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
      {"preset", 0, 0, G_OPTION_ARG_STRING, &o->preset, "start from a preset of the lesson", "NAME"},
      {"dataset", 0, 0, G_OPTION_ARG_FILENAME, &o->dataset,
       "a data set by name, or a folder of IDX files", "NAME|PATH"},
      {"epochs", 0, 0, G_OPTION_ARG_STRING, &o->epochs, "passes over the training data", "N"},
      {"steps", 0, 0, G_OPTION_ARG_STRING, &o->steps, "stop after this many steps in all", "N"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &o->seed, "what all randomness comes from (1)", "N"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &o->threads, "threads (one for each core)", "N"},
      {"out", 0, 0, G_OPTION_ARG_FILENAME, &o->out,
       "leave model.safetensors, history.csv and report.json there", "DIR"},
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
  parallel_set_threads((guint)self.threads);
  status = o->resume != NULL ? start_resumed(&self, arguments[0]) : start_fresh(&self, arguments[0]);
  if (status != COMMAND_DONE || (status = prepare_out(&self)) != COMMAND_DONE)
    return status;
  self.run->stop_step = (guint32)self.steps;
  self.started = g_get_monotonic_time();
  self.session = session_new(g_steal_pointer(&self.run), NULL, NULL);
  session_pace(self.session, 0);
  return finish(&self, train(&self), arguments[0]);
}
