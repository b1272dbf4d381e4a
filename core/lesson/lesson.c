#include "core/lesson/lesson.h"

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/lesson/lesson_read.h"

#include <string.h>

#define LARGEST_FILE ((gsize)1 << 20)

G_DEFINE_QUARK(lesson_error_quark, lesson_error)

void lesson_model_free(LessonModel *self) {
  g_free(self->name);
  g_free(self->spec);
  g_free(self);
}

void lesson_preset_free(LessonPreset *self) {
  g_free(self->name);
  g_free(self->title);
  g_free(self->help);
  g_ptr_array_unref(self->settings);
  g_free(self);
}

void lesson_panel_free(LessonPanel *self) {
  g_free(self->panel);
  g_free(self->title);
  g_free(self->tensor);
  g_free(self);
}

void lesson_goal_free(LessonGoal *self) {
  g_free(self->id);
  g_free(self->title);
  g_free(self->metric);
  g_free(self->relation);
  g_free(self);
}

static Lesson *lesson_new(const char *folder) {
  Lesson *self = g_new0(Lesson, 1);
  g_autofree char *absolute = g_canonicalize_filename(folder, NULL);

  self->folder = g_strdup(folder);
  self->id = g_path_get_basename(absolute);
  self->models = g_ptr_array_new_with_free_func((GDestroyNotify)lesson_model_free);
  self->definitions = g_ptr_array_new_with_free_func((GDestroyNotify)setting_free);
  self->presets = g_ptr_array_new_with_free_func((GDestroyNotify)lesson_preset_free);
  self->panels = g_ptr_array_new_with_free_func((GDestroyNotify)lesson_panel_free);
  self->goals = g_ptr_array_new_with_free_func((GDestroyNotify)lesson_goal_free);
  return self;
}

void lesson_free(Lesson *self) {
  if (self == NULL)
    return;
  g_free(self->id);
  g_free(self->folder);
  g_free(self->title);
  g_free(self->summary);
  g_free(self->task);
  g_strfreev(self->datasets);
  g_ptr_array_unref(self->models);
  g_ptr_array_unref(self->definitions);
  g_ptr_array_unref(self->presets);
  g_ptr_array_unref(self->panels);
  g_ptr_array_unref(self->goals);
  g_free(self);
}

Lesson *lesson_parse(const char *text, gsize size, const char *name, const char *folder,
                     GError **error) {
  g_autoptr(Lesson) lesson = lesson_new(folder);
  g_autoptr(GHashTable) places = g_hash_table_new(NULL, NULL);
  LessonReader reader = {.lesson = lesson, .places = places};

  json_scan_init(&reader.scan, text, size, name, LESSON_ERROR, LESSON_ERROR_INVALID);
  if (lesson_read(&reader))
    lesson_check(&reader);
  const gboolean good = json_scan_finish(&reader.scan, error);
  json_scan_clear(&reader.scan);
  return good ? g_steal_pointer(&lesson) : NULL;
}

Lesson *lesson_open(const char *folder, GError **error) {
  g_autofree char *path = g_build_filename(folder, "lesson.json", NULL);
  gsize size;

  if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
    g_set_error(error, LESSON_ERROR, LESSON_ERROR_NOT_FOUND,
                "%s is no lesson: there is no file lesson.json in it", folder);
    return NULL;
  }
  g_autoptr(GBytes) bytes = file_read(path, LARGEST_FILE, error);
  if (bytes == NULL)
    return NULL;
  const char *text = g_bytes_get_data(bytes, &size);
  return lesson_parse(text != NULL ? text : "", size, path, folder, error);
}

/* --- Presets --- */

const LessonPreset *lesson_preset(const Lesson *self, const char *name) {
  for (guint i = 0; i < self->presets->len; i++) {
    const LessonPreset *preset = self->presets->pdata[i];
    if (g_str_equal(preset->name, name))
      return preset;
  }
  return NULL;
}

gboolean lesson_apply_setting(const char *text, Settings *settings, GError **error) {
  const char *equals = strchr(text, '=');

  g_return_val_if_fail(equals != NULL, FALSE);
  g_autofree char *name = g_strndup(text, (gsize)(equals - text));
  return settings_parse(settings, name, equals + 1, error);
}

static void fail_no_preset(const Lesson *self, const char *name, GError **error) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  for (guint i = 0; i < self->presets->len; i++)
    g_ptr_array_add(names, ((const LessonPreset *)self->presets->pdata[i])->name);
  g_ptr_array_add(names, NULL);
  g_autofree char *suggestion = text_suggest(name, (const char *const *)names->pdata);
  g_set_error(error, LESSON_ERROR, LESSON_ERROR_NOT_FOUND, "lesson %s has no preset ‘%s’%s",
              self->id, name, suggestion);
}

gboolean lesson_apply_preset(const Lesson *self, const char *name, Settings *settings,
                             GError **error) {
  const LessonPreset *preset = lesson_preset(self, name);
  g_autoptr(Settings) changed = settings_new(settings->definitions);

  if (preset == NULL) {
    fail_no_preset(self, name, error);
    return FALSE;
  }
  for (guint i = 0; i < preset->settings->len; i++) {
    if (!lesson_apply_setting(preset->settings->pdata[i], changed, error)) {
      g_prefix_error(error, "preset ‘%s’: ", name);
      return FALSE;
    }
  }
  memcpy(settings->values, changed->values, settings->definitions->len * sizeof *settings->values);
  return TRUE;
}

ModelSet *lesson_models(const Lesson *self, GError **error) {
  const int n = (int)MIN(self->models->len, MODEL_SET_MAX);
  const char *names[MODEL_SET_MAX], *specs[MODEL_SET_MAX];

  for (int i = 0; i < n; i++) {
    const LessonModel *model = self->models->pdata[i];
    names[i] = model->name;
    specs[i] = model->spec;
  }
  g_autofree char *text = model_set_join(names, specs, n);
  ModelSet *models = model_set_new(text, error);
  if (models == NULL)
    g_prefix_error(error, "%s, the model: ", self->id);
  return models;
}
