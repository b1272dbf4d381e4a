#include "app/commands.h"

#include "core/formats/model_file.h"
#include "core/lesson/lesson.h"

#include <string.h>

static gboolean is_model_file(const char *name) { return g_str_has_suffix(name, ".safetensors"); }

static int print_file(const char *path) {
  GError *error = NULL;
  g_autoptr(ModelFile) file = model_file_read(path, &error);

  if (file == NULL)
    return command_fail_error(error);
  g_autofree char *text = model_summary(file->model);
  g_print("%s\n", text);
  return COMMAND_DONE;
}

/* A lesson may have several models: each with its name above. */
static int print_lesson(const char *id) {
  GError *error = NULL;
  g_autoptr(Lesson) lesson = lessons_open(id, &error);

  if (lesson == NULL)
    return command_fail_error(error);
  for (guint i = 0; i < lesson->models->len; i++) {
    const LessonModel *item = g_ptr_array_index(lesson->models, i);
    g_autoptr(Model) model = model_new(item->spec, &error);
    if (model == NULL) {
      g_prefix_error(&error, "%s, model %s: ", lesson->id, item->name);
      return command_fail_error(error);
    }
    g_autofree char *text = model_summary(model);
    g_print(" %s: %s\n\n%s\n", lesson->title, item->name, text);
  }
  return COMMAND_DONE;
}

int command_summary(int argc, char **argv) {
  static const GOptionEntry NONE[] = {{NULL}};
  int status;
  g_auto(GStrv) arguments = command_parse(argc, argv, NONE, 1, 1, &status);

  if (arguments == NULL)
    return status;
  return is_model_file(arguments[0]) ? print_file(arguments[0]) : print_lesson(arguments[0]);
}
