#include "core/base/text.h"
#include "core/datasets/catalogue.h"
#include "core/lesson/lesson_read.h"
#include "core/model/model.h"

#include <string.h>

static void check_datasets(LessonReader *reader) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  for (const CatalogueEntry *entry = CATALOGUE; entry->name != NULL; entry++)
    g_ptr_array_add(names, (gpointer)entry->name);
  g_ptr_array_add(names, NULL);
  for (char **name = reader->lesson->datasets; *name != NULL; name++) {
    if (catalogue_find(*name) != NULL)
      continue;
    g_autofree char *suggestion = text_suggest(*name, (const char *const *)names->pdata);
    lesson_reader_fail(reader, reader->lesson->datasets, "there is no data set ‘%s’%s", *name,
                       suggestion);
  }
}

static void check_models(LessonReader *reader) {
  for (guint i = 0; i < reader->lesson->models->len; i++) {
    const LessonModel *item = reader->lesson->models->pdata[i];
    g_autoptr(GError) error = NULL;
    g_autoptr(Model) model = model_new(item->spec, &error);
    if (model == NULL)
      lesson_reader_fail(reader, item, "model ‘%s’: %s", item->name, error->message);
  }
}

/* `offset` is that of the name in an item, which is a char *. */
static void check_unique(LessonReader *reader, const GPtrArray *items, gsize offset,
                         const char *what) {
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

  for (guint i = 0; i < items->len; i++) {
    char *name = G_STRUCT_MEMBER(char *, items->pdata[i], offset);
    if (!g_hash_table_add(names, name))
      lesson_reader_fail(reader, items->pdata[i], "there is a second %s ‘%s’", what, name);
  }
}

static void check_preset(LessonReader *reader, const LessonPreset *preset) {
  g_autoptr(Settings) settings = settings_new(reader->lesson->definitions);

  for (guint i = 0; i < preset->settings->len; i++) {
    g_autoptr(GError) error = NULL;
    if (!lesson_apply_setting(preset->settings->pdata[i], settings, &error))
      lesson_reader_fail(reader, preset->settings->pdata[i], "preset ‘%s’: %s", preset->name,
                         error->message);
  }
}

gboolean lesson_check(LessonReader *reader) {
  const Lesson *lesson = reader->lesson;

  check_datasets(reader);
  check_models(reader);
  check_unique(reader, lesson->definitions, G_STRUCT_OFFSET(Setting, name), "hyperparameter");
  check_unique(reader, lesson->presets, G_STRUCT_OFFSET(LessonPreset, name), "preset");
  check_unique(reader, lesson->goals, G_STRUCT_OFFSET(LessonGoal, id), "goal");
  for (guint i = 0; i < lesson->presets->len; i++)
    check_preset(reader, lesson->presets->pdata[i]);
  return reader->scan.error == NULL;
}
