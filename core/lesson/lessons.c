#include "core/lesson/lesson.h"

#include "core/base/program.h"
#include "core/base/text.h"

#include <string.h>

char *lessons_folder(GError **error) {
  const char *given = g_getenv("BATHYSCOPE_LESSONS");

  if (given != NULL && *given != '\0') {
    if (g_file_test(given, G_FILE_TEST_IS_DIR))
      return g_strdup(given);
    g_set_error(error, LESSON_ERROR, LESSON_ERROR_NOT_FOUND,
                "BATHYSCOPE_LESSONS says that the lessons are in %s, but there is no such folder",
                given);
    return NULL;
  }
  char *found = program_data_folder("lessons");
  if (found == NULL) {
    g_autofree char *program = program_folder();
    g_set_error(error, LESSON_ERROR, LESSON_ERROR_NOT_FOUND,
                "cannot find the lessons: there is neither ../share/bathyscope/lessons beside the "
                "program in %s, nor data/lessons in a source tree above it; set "
                "BATHYSCOPE_LESSONS to the folder they are in",
                program != NULL ? program : "an unknown folder");
  }
  return found;
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the folders with a lesson.json in them, sorted, NULL-ended. */
static GPtrArray *lesson_names(const char *folder, GError **error) {
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
  const char *name;

  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *file = g_build_filename(folder, name, "lesson.json", NULL);
    if (g_file_test(file, G_FILE_TEST_EXISTS))
      g_ptr_array_add(names, g_strdup(name));
  }
  g_ptr_array_sort(names, compare_names);
  g_ptr_array_add(names, NULL);
  return g_steal_pointer(&names);
}

/* Only by day: the names come sorted, and the sort of GPtrArray is stable. */
static int compare_days(gconstpointer a, gconstpointer b) {
  return (*(const Lesson *const *)a)->day - (*(const Lesson *const *)b)->day;
}

GPtrArray *lessons_list(GError **error) {
  g_autoptr(GPtrArray) lessons = g_ptr_array_new_with_free_func((GDestroyNotify)lesson_free);
  g_autofree char *folder = lessons_folder(error);
  g_autoptr(GPtrArray) names = folder != NULL ? lesson_names(folder, error) : NULL;

  if (names == NULL)
    return NULL;
  for (guint i = 0; names->pdata[i] != NULL; i++) {
    g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
    Lesson *lesson = lesson_open(path, error);
    if (lesson == NULL)
      return NULL;
    g_ptr_array_add(lessons, lesson);
  }
  g_ptr_array_sort(lessons, compare_days);
  return g_steal_pointer(&lessons);
}

static Lesson *fail_not_found(const char *id, const char *folder, GError **error) {
  g_autoptr(GPtrArray) names = lesson_names(folder, error);

  if (names == NULL)
    return NULL;
  g_autofree char *suggestion = text_suggest(id, (const char *const *)names->pdata);
  g_set_error(error, LESSON_ERROR, LESSON_ERROR_NOT_FOUND, "there is no lesson ‘%s’ in %s%s", id,
              folder, suggestion);
  return NULL;
}

Lesson *lessons_open(const char *id, GError **error) {
  if (strchr(id, G_DIR_SEPARATOR) != NULL || g_str_equal(id, ".") || g_str_equal(id, ".."))
    return lesson_open(id, error);
  g_autofree char *folder = lessons_folder(error);
  if (folder == NULL)
    return NULL;
  g_autofree char *path = g_build_filename(folder, id, NULL);
  g_autofree char *file = g_build_filename(path, "lesson.json", NULL);
  if (*id != '\0' && g_file_test(file, G_FILE_TEST_EXISTS))
    return lesson_open(path, error);
  g_autofree char *own = g_build_filename(id, "lesson.json", NULL);
  if (*id != '\0' && g_file_test(own, G_FILE_TEST_EXISTS))
    return lesson_open(id, error);
  return fail_not_found(id, folder, error);
}
