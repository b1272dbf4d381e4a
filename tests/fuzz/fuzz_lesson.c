/* lesson.json: what is read keeps its promises, whatever is in the file. */
#include "core/lesson/lesson.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What lesson.h says: every value is in its range, every preset applies. */
static void check(const Lesson *lesson) {
  g_autoptr(Settings) settings = settings_new(lesson->definitions);
  GError *error = NULL;

  g_assert_cmpuint(lesson->models->len, >, 0);
  g_assert_nonnull(lesson->datasets[0]);
  for (guint i = 0; i < lesson->definitions->len; i++) {
    const Setting *setting = lesson->definitions->pdata[i];
    g_autofree char *text = settings_format(settings, setting->name);
    settings_parse(settings, setting->name, text, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(settings_get(settings, setting->name, 0), ==, setting->initial);
  }
  for (guint i = 0; i < lesson->presets->len; i++) {
    const LessonPreset *preset = lesson->presets->pdata[i];
    lesson_apply_preset(lesson, preset->name, settings, &error);
    g_assert_no_error(error);
  }
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  g_autoptr(GError) error = NULL;
  g_autoptr(Lesson) lesson =
      lesson_parse(size > 0 ? (const char *)data : "", size, "lesson.json", "fuzz", &error);

  g_assert_true((lesson == NULL) == (error != NULL));
  if (lesson != NULL)
    check(lesson);
  else
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
  return 0;
}
