#include "core/session/checkpoint.h"

#include "core/base/json_scan.h"
#include "core/base/json_text.h"
#include "core/base/text.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#define SUMS (TASK_MAX_METRICS + 2)              /* sums, then rows and penalty */
#define EPOCH_COLUMNS (3 + 2 * TASK_MAX_METRICS) /* epoch, step, rate, training, validation */
#define RESULTS 3                                /* last batch, validation, test */

/* --- saving --- */

static char *settings_to_json(const Settings *settings) {
  g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
  JsonObject *object = json_object_new();

  for (guint i = 0; i < settings->definitions->len; i++) {
    const Setting *setting = g_ptr_array_index(settings->definitions, i);
    g_autofree char *value = settings_format(settings, setting->name);
    json_object_set_string_member(object, setting->name, value);
  }
  json_node_take_object(node, object);
  return json_text(node, FALSE);
}

static char *journal_to_json(const Run *run) {
  g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);
  JsonArray *array = json_array_new();

  for (guint i = 0; i < run->journal->len; i++) {
    const JournalEntry *entry = &g_array_index(run->journal, JournalEntry, i);
    JsonObject *object = json_object_new();
    json_object_set_int_member(object, "step", entry->step);
    json_object_set_string_member(object, "name", entry->name);
    json_object_set_string_member(object, "value", entry->value);
    json_array_add_object_element(array, object);
  }
  json_node_take_array(node, array);
  return json_text(node, FALSE);
}

/* Digits enough to read back the same number. */
static void add_real(SafeTensorsWriter *writer, const char *key, double value) {
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  safetensors_writer_metadata(writer, key, g_ascii_dtostr(text, sizeof text, value));
}

static void add_number(SafeTensorsWriter *writer, const char *key, guint64 value) {
  g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);

  safetensors_writer_metadata(writer, key, text);
}

static void add_metadata(SafeTensorsWriter *writer, const Run *run) {
  g_autofree char *settings = settings_to_json(run->settings);
  g_autofree char *journal = journal_to_json(run);

  safetensors_writer_metadata(writer, "task", run->task->klass->name);
  safetensors_writer_metadata(writer, "lesson", run->lesson->id);
  safetensors_writer_metadata(writer, "dataset", run->dataset->name);
  safetensors_writer_metadata(writer, "hyperparameters", settings);
  safetensors_writer_metadata(writer, "journal", journal);
  add_number(writer, "seed", run->seed);
  add_number(writer, "step", run->step);
  add_number(writer, "phase", run->phase);
  add_number(writer, "applied", run->applied);
  add_real(writer, "learning_rate", run->learning_rate);
  if (!isnan(run->first_loss))
    add_real(writer, "first_loss", run->first_loss);
  if (run->problem != NULL)
    safetensors_writer_metadata(writer, "problem", run->problem);
  add_number(writer, "training_samples", run->dataset->count[DATASET_TRAIN]);
}

/* All numbers of the history, in memory until they are written. */
typedef struct {
  double sums[SUMS], results[RESULTS * TASK_MAX_METRICS];
  double *epochs;
  float *series[TASK_MAX_METRICS];
} History;

static void add_series(SafeTensorsWriter *writer, const Run *run, int metric, History *history) {
  const Series *series = run->series[metric];
  const guint n = series_length(series);
  g_autofree char *name = g_strdup_printf("history.%s", run->task->klass->metrics[metric]);
  float *values = history->series[metric] = g_new(float, 3 * n + 1);

  for (guint i = 0; i < n; i++) {
    const SeriesPoint point = series_get(series, i);
    memcpy(values + 3 * i, (float[]){point.minimum, point.mean, point.maximum}, 3 * sizeof(float));
  }
  safetensors_writer_add(writer, name, "F32", 2, (gint64[]){n, 3}, values);
}

static void add_epochs(SafeTensorsWriter *writer, const Run *run, History *history) {
  const guint n = run->epochs->len;

  history->epochs = g_new0(double, n *EPOCH_COLUMNS + 1);
  for (guint i = 0; i < n; i++) {
    const EpochRecord *record = &g_array_index(run->epochs, EpochRecord, i);
    double *row = history->epochs + i * EPOCH_COLUMNS;
    row[0] = record->epoch;
    row[1] = record->step;
    row[2] = record->learning_rate;
    memcpy(row + 3, record->train, sizeof record->train);
    memcpy(row + 3 + TASK_MAX_METRICS, record->validation, sizeof record->validation);
  }
  safetensors_writer_add(writer, "history.epochs", "F64", 2, (gint64[]){n, EPOCH_COLUMNS},
                         history->epochs);
}

static void add_history(SafeTensorsWriter *writer, const Run *run, History *history) {
  const double *results[RESULTS] = {run->last, run->validation, run->test};

  memcpy(history->sums, run->epoch_sums.sum, sizeof run->epoch_sums.sum);
  history->sums[TASK_MAX_METRICS] = (double)run->epoch_sums.rows;
  history->sums[TASK_MAX_METRICS + 1] = run->epoch_sums.penalty;
  safetensors_writer_add(writer, "session.sums", "F64", 1, (gint64[]){SUMS}, history->sums);
  for (int i = 0; i < RESULTS; i++)
    memcpy(history->results + i * TASK_MAX_METRICS, results[i], TASK_MAX_METRICS * sizeof(double));
  safetensors_writer_add(writer, "session.results", "F64", 2, (gint64[]){RESULTS, TASK_MAX_METRICS},
                         history->results);
  for (int i = 0; run->task->klass->metrics[i] != NULL; i++)
    add_series(writer, run, i, history);
  add_number(writer, "history_block", run->series[0]->block);
  add_number(writer, "history_open", run->series[0]->in_open);
  add_epochs(writer, run, history);
}

gboolean run_save(const Run *self, const char *path, GError **error) {
  g_autoptr(SafeTensorsWriter) writer = safetensors_writer_new();
  History history = {0};

  model_file_write(writer, self->models, self->parameters,
                   (const char *const *)self->dataset->class_names);
  for (int i = 0; i < self->optimizer->n_slots; i++) {
    g_autofree char *prefix = g_strdup_printf("optimizer.%s.", self->optimizer->klass->slots[i]);
    model_file_write_block(writer, self->parameters, prefix, self->optimizer->slot[i]);
  }
  if (self->average != NULL)
    model_file_write_block(writer, self->parameters, MODEL_FILE_AVERAGE, self->average->value);
  add_metadata(writer, self);
  add_history(writer, self, &history);
  gboolean saved = safetensors_writer_save(writer, path, error);
  g_free(history.epochs);
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    g_free(history.series[i]);
  return saved;
}

/* --- restoring --- */

typedef struct {
  const ModelFile *file;
  const char *name;
  GError **error;
} Reader;

static gboolean fail(const Reader *self, const char *problem, const char *what) {
  g_set_error(self->error, FORMAT_ERROR, FORMAT_ERROR_INVALID, "%s: %s%s%s", self->name, problem,
              what != NULL ? " " : "", what != NULL ? what : "");
  return FALSE;
}

static gboolean read_number(const Reader *self, const char *key, guint64 maximum, guint64 *value) {
  const char *text = model_file_metadata(self->file, key);

  if (text == NULL)
    return fail(self, "a saved model, but not a saved session, so it cannot go on: there is no",
                key);
  if (!g_ascii_string_to_unsigned(text, 10, 0, maximum, value, NULL))
    return fail(self, "the metadata has a nonsense value for", key);
  return TRUE;
}

static gboolean read_real(const Reader *self, const char *key, double *value) {
  const char *text = model_file_metadata(self->file, key);

  if (text == NULL || !text_to_real(text, value))
    return fail(self, "the metadata has no sensible number for", key);
  return TRUE;
}

static JsonScan *start_scan(const Reader *self, JsonScan *scan, const char *key, char **where) {
  const char *text = model_file_metadata(self->file, key);

  *where = g_strdup_printf("%s, %s", self->name, key);
  json_scan_init(scan, text != NULL ? text : "", text != NULL ? strlen(text) : 0, *where,
                 FORMAT_ERROR, FORMAT_ERROR_INVALID);
  return scan;
}

static Settings *read_settings(const Reader *self, const Lesson *lesson) {
  g_autoptr(Settings) settings = settings_new(lesson->definitions);
  g_autofree char *where = NULL;
  const char *name;
  g_auto(JsonScan) store = {0};
  JsonScan *scan = start_scan(self, &store, "hyperparameters", &where);
  GError *problem = NULL;

  for (json_scan_object(scan); json_scan_member(scan, &name);) {
    g_autofree char *key = g_strdup(name), *value = json_scan_string(scan);
    if (value != NULL && !settings_parse(settings, key, value, &problem)) {
      json_scan_fail(scan, "%s", problem->message);
      g_clear_error(&problem);
    }
  }
  return json_scan_finish(scan, self->error) ? g_steal_pointer(&settings) : NULL;
}

static void read_entry(JsonScan *scan, Run *run) {
  static const char *const KNOWN[] = {"step", "name", "value", NULL};
  g_autofree char *name = NULL, *value = NULL;
  GError *problem = NULL;
  const char *member;
  gint64 step = -1;

  for (json_scan_object(scan); json_scan_member(scan, &member);) {
    if (g_str_equal(member, "step"))
      json_scan_integer(scan, &step);
    else if (g_str_equal(member, "name") && name == NULL)
      name = json_scan_string(scan);
    else if (g_str_equal(member, "value") && value == NULL)
      value = json_scan_string(scan);
    else
      json_scan_unknown(scan, KNOWN);
  }
  if (name == NULL || value == NULL || step < 0 || step > G_MAXUINT32)
    json_scan_fail(scan, "a change needs step, name and value");
  else if (!run_plan(run, (guint32)step, name, value, &problem))
    json_scan_fail(scan, "%s", problem->message);
  g_clear_error(&problem);
}

static gboolean read_journal(const Reader *self, Run *run, guint64 applied) {
  g_autofree char *where = NULL;
  g_auto(JsonScan) store = {0};
  JsonScan *scan = start_scan(self, &store, "journal", &where);

  for (json_scan_array(scan); json_scan_element(scan);)
    read_entry(scan, run);
  if (!json_scan_finish(scan, self->error))
    return FALSE;
  run->applied = (guint)applied;
  return applied <= run->journal->len ? TRUE
                                      : fail(self, "more changes applied than there are", NULL);
}

static const SafeTensor *find(const Reader *self, const char *name, const char *dtype, int rank,
                              gint64 last) {
  const SafeTensor *tensor = safetensors_find(self->file->file, name);

  if (tensor == NULL || !g_str_equal(tensor->dtype, dtype) || tensor->rank != rank ||
      tensor->dim[rank - 1] != last) {
    fail(self, "missing or of another shape:", name);
    return NULL;
  }
  return tensor;
}

static gboolean read_series(const Reader *self, Run *run, int metric, guint64 block, guint64 open) {
  g_autofree char *name = g_strdup_printf("history.%s", run->task->klass->metrics[metric]);
  const SafeTensor *tensor = find(self, name, "F32", 2, 3);

  if (tensor == NULL)
    return FALSE;
  const guint64 n = (guint64)tensor->dim[0], full = n - (open > 0 ? 1 : 0);
  if ((open > 0 && n == 0) || full >= run->series[metric]->budget || block == 0 || open >= block ||
      full * block + open != run->step)
    return fail(self, "the history does not fit the number of steps:", name);
  g_autofree SeriesPoint *points = g_new0(SeriesPoint, n + 1);
  memcpy(points, tensor->data, n * sizeof *points);
  series_restore(run->series[metric], points, (guint)full, (guint)block, points[full], (guint)open);
  return TRUE;
}

static gboolean read_epochs(const Reader *self, Run *run) {
  const SafeTensor *tensor = find(self, "history.epochs", "F64", 2, EPOCH_COLUMNS);

  for (gint64 i = 0; tensor != NULL && i < tensor->dim[0]; i++) {
    double row[EPOCH_COLUMNS];
    memcpy(row, tensor->data + (gsize)i * sizeof row, sizeof row);
    if (!(row[0] >= 0 && row[0] <= G_MAXUINT32 && row[1] >= 0 && row[1] <= G_MAXUINT32))
      return fail(self, "an epoch without a number in", "history.epochs");
    EpochRecord record = {(guint32)row[0], (guint32)row[1], row[2], {0}, {0}};
    memcpy(record.train, row + 3, sizeof record.train);
    memcpy(record.validation, row + 3 + TASK_MAX_METRICS, sizeof record.validation);
    g_array_append_val(run->epochs, record);
  }
  return tensor != NULL;
}

static gboolean read_history(const Reader *self, Run *run) {
  const SafeTensor *sums = find(self, "session.sums", "F64", 1, SUMS);
  const SafeTensor *results = find(self, "session.results", "F64", 2, TASK_MAX_METRICS);
  double *targets[RESULTS] = {run->last, run->validation, run->test}, rest[2];
  guint64 block, open;

  if (sums == NULL || results == NULL)
    return FALSE;
  if (results->dim[0] != RESULTS)
    return fail(self, "missing or of another shape:", "session.results");
  memcpy(run->epoch_sums.sum, sums->data, sizeof run->epoch_sums.sum);
  memcpy(rest, sums->data + sizeof run->epoch_sums.sum, sizeof rest);
  if (!(rest[0] >= 0 && rest[0] <= 1e15))
    return fail(self, "nonsense in", "session.sums");
  run->epoch_sums.rows = (guint64)rest[0];
  run->epoch_sums.penalty = rest[1];
  for (int i = 0; i < RESULTS; i++)
    memcpy(targets[i], results->data + (gsize)i * TASK_MAX_METRICS * sizeof(double),
           TASK_MAX_METRICS * sizeof(double));
  if (!read_number(self, "history_block", G_MAXINT32, &block) ||
      !read_number(self, "history_open", G_MAXINT32, &open))
    return FALSE;
  for (int i = 0; run->task->klass->metrics[i] != NULL; i++)
    if (!read_series(self, run, i, block, open))
      return FALSE;
  return read_epochs(self, run);
}

static gboolean read_block(const Reader *self, const Run *run, const char *prefix, real *values) {
  if (model_file_read_parameters(self->file->file, prefix, run->parameters, values, self->error))
    return TRUE;
  g_prefix_error(self->error, "%s: ", self->name);
  return FALSE;
}

static gboolean read_values(const Reader *self, Run *run) {
  return read_block(self, run, "", run->parameters->value) &&
         (run->average == NULL || read_block(self, run, MODEL_FILE_AVERAGE, run->average->value));
}

static gboolean read_optimizer(const Reader *self, Run *run) {
  for (int i = 0; i < run->optimizer->n_slots; i++) {
    g_autofree char *prefix = g_strdup_printf("optimizer.%s.", run->optimizer->klass->slots[i]);
    if (!read_block(self, run, prefix, run->optimizer->slot[i]))
      return FALSE;
  }
  return TRUE;
}

static gboolean check_dataset(const Reader *self, const Dataset *dataset) {
  const char *saved = model_file_metadata(self->file, "dataset");

  if (saved != NULL && g_str_equal(saved, dataset->name))
    return TRUE;
  g_autofree char *names =
      g_strdup_printf("%s, not %s", saved != NULL ? saved : "an unknown one", dataset->name);
  return fail(self, "the run was trained on another data set:", names);
}

static gboolean check_phase(const Reader *self, guint64 phase) {
  if (phase != RUN_FAILED)
    return TRUE;
  return fail(self, "the run in it has failed and cannot go on:",
              model_file_metadata(self->file, "problem"));
}

static gboolean check_lesson(const Reader *self, const Run *run, guint64 samples) {
  if (!g_str_equal(run->models->spec, self->file->models->spec))
    return fail(self, "saved with another model than the lesson has now:", run->lesson->id);
  if (samples != run->dataset->count[DATASET_TRAIN])
    return fail(self, "saved with another number of training samples than there are now in",
                run->dataset->name);
  return TRUE;
}

static gboolean restore(const Reader *self, Run *run, guint64 step, guint64 phase,
                        guint64 applied) {
  if (!read_journal(self, run, applied)) /* before the step: entries may be of the past */
    return FALSE;
  run->step = (guint32)step;
  run->phase = (RunPhase)phase;
  if (model_file_metadata(self->file, "first_loss") != NULL &&
      !read_real(self, "first_loss", &run->first_loss))
    return FALSE;
  return read_values(self, run) && read_real(self, "learning_rate", &run->learning_rate) &&
         read_optimizer(self, run) && read_history(self, run);
}

Run *checkpoint_restore(const ModelFile *file, const char *name, const Lesson *lesson,
                        Dataset *dataset, GError **error) {
  const Reader reader = {file, name, error};
  guint64 seed, step, phase, applied, samples;

  if (!read_number(&reader, "seed", G_MAXUINT64, &seed) ||
      !read_number(&reader, "step", G_MAXUINT32, &step) ||
      !read_number(&reader, "phase", RUN_FAILED, &phase) || !check_phase(&reader, phase) ||
      !read_number(&reader, "applied", G_MAXUINT32, &applied) ||
      !read_number(&reader, "training_samples", G_MAXUINT32, &samples) ||
      !check_dataset(&reader, dataset))
    return NULL;
  g_autoptr(Settings) settings = read_settings(&reader, lesson);
  g_autoptr(Run) run = settings != NULL ? run_new(lesson, dataset, settings, seed, error) : NULL;
  if (run == NULL || !check_lesson(&reader, run, samples) ||
      !restore(&reader, run, step, phase, applied))
    return NULL;
  return g_steal_pointer(&run);
}
