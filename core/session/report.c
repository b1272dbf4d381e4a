#include "core/session/report.h"

#include "core/base/json_text.h"

#include <json-glib/json-glib.h>
#include <math.h>

/* Numbers that JSON cannot hold are left out. */
static void add_number(JsonObject *object, const char *name, double value) {
  if (!isfinite(value))
    return;
  if (value == floor(value) && fabs(value) < 1e15)
    json_object_set_int_member(object, name, (gint64)value);
  else
    json_object_set_double_member(object, name, value);
}

static JsonObject *hyperparameters(const Settings *settings) {
  JsonObject *object = json_object_new();

  for (guint i = 0; i < settings->definitions->len; i++) {
    const Setting *setting = g_ptr_array_index(settings->definitions, i);
    if (setting->kind == SETTING_CHOICE)
      json_object_set_string_member(object, setting->name,
                                    settings_choice(settings, setting->name));
    else if (setting->kind == SETTING_BOOLEAN)
      json_object_set_boolean_member(object, setting->name, settings->values[i] != 0);
    else
      add_number(object, setting->name, settings->values[i]);
  }
  return object;
}

static void add_metric(JsonObject *object, const char *prefix, const char *name, double value) {
  g_autofree char *member = g_strconcat(prefix, name, NULL);

  if (isfinite(value))
    json_object_set_double_member(object, member, value);
}

static JsonObject *metrics(const Run *run) {
  const EpochRecord *last =
      run->epochs->len > 0 ? &g_array_index(run->epochs, EpochRecord, run->epochs->len - 1) : NULL;
  JsonObject *object = json_object_new();

  for (int i = 0; run->task->klass->metrics[i] != NULL; i++) {
    const char *name = run->task->klass->metrics[i];
    add_metric(object, "", name, last != NULL ? last->train[i] : run->last[i]);
    add_metric(object, "val_", name, run->validation[i]);
    add_metric(object, "test_", name, run->test[i]);
  }
  return object;
}

char *report_json(const Run *run, const ReportTiming *timing) {
  g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
  JsonObject *object = json_object_new();
  const double seconds = timing->training_seconds;

  json_object_set_string_member(object, "lesson", run->lesson->id);
  json_object_set_string_member(object, "dataset", run->dataset->name);
  json_object_set_string_member(object, "dataset_source", run->dataset->source);
  json_object_set_int_member(object, "seed", (gint64)run->seed);
  add_number(object, "threads", timing->threads);
  add_number(object, "steps", run->step);
  add_number(object, "epochs", run->epochs->len);
  add_number(object, "parameters", (double)parameters_count(run->parameters));
  add_number(object, "samples_per_second",
             seconds > 0 ? round((double)timing->samples / seconds * 10) / 10 : NAN);
  add_number(object, "wall_seconds", round(timing->wall_seconds * 1000) / 1000);
  json_object_set_object_member(object, "hyperparameters", hyperparameters(run->settings));
  json_object_set_object_member(object, "metrics", metrics(run));
  json_node_take_object(node, object);
  g_autofree char *text = json_text(node, TRUE);
  return g_strconcat(text, "\n", NULL);
}

static void append_number(GString *text, double value) {
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c(text, ',');
  if (isfinite(value))
    g_string_append(text, g_ascii_formatd(buffer, sizeof buffer, "%.9g", value));
}

char *report_history(const Run *run) {
  const char *const *names = run->task->klass->metrics;
  GString *text = g_string_new("epoch,step,learning_rate");

  for (int part = 0; part < 2; part++)
    for (int i = 0; names[i] != NULL; i++)
      g_string_append_printf(text, ",%s%s", part == 0 ? "" : "val_", names[i]);
  g_string_append_c(text, '\n');
  for (guint e = 0; e < run->epochs->len; e++) {
    const EpochRecord *record = &g_array_index(run->epochs, EpochRecord, e);
    g_string_append_printf(text, "%u,%u", record->epoch, record->step);
    append_number(text, record->learning_rate);
    for (int part = 0; part < 2; part++)
      for (int i = 0; names[i] != NULL; i++)
        append_number(text, part == 0 ? record->train[i] : record->validation[i]);
    g_string_append_c(text, '\n');
  }
  return g_string_free(text, FALSE);
}
