#include "app/commands.h"

#include "core/lesson/lesson.h"
#include <json-glib/json-glib.h>
#include <stdio.h>

static void add_string(JsonBuilder *builder, const char *name, const char *value) {
  json_builder_set_member_name(builder, name);
  if (value)
    json_builder_add_string_value(builder, value);
  else
    json_builder_add_null_value(builder);
}

static void add_lesson(JsonBuilder *builder, const Lesson *lesson) {
  json_builder_begin_object(builder);
  add_string(builder, "id", lesson->id);
  json_builder_set_member_name(builder, "day");
  json_builder_add_int_value(builder, lesson->day);
  add_string(builder, "title", lesson->title);
  add_string(builder, "summary", lesson->summary);
  add_string(builder, "task", lesson->task);
  json_builder_set_member_name(builder, "datasets");
  json_builder_begin_array(builder);
  for (char **name = lesson->datasets; name && *name; name++)
    json_builder_add_string_value(builder, *name);
  json_builder_end_array(builder);
  add_string(builder, "folder", lesson->folder);
  json_builder_end_object(builder);
}

static void print_json(const GPtrArray *lessons) {
  g_autoptr(JsonBuilder) builder = json_builder_new();
  json_builder_begin_array(builder);
  for (guint i = 0; i < lessons->len; i++)
    add_lesson(builder, lessons->pdata[i]);
  json_builder_end_array(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  g_autofree char *text = json_to_string(root, TRUE);
  puts(text); /* not g_print: JSON is UTF-8 whatever the locale */
}

static void print_table(const GPtrArray *lessons) {
  for (guint i = 0; i < lessons->len; i++) {
    const Lesson *lesson = lessons->pdata[i];
    g_print("%-7s %s\n        %s\n", lesson->id, lesson->title, lesson->summary);
  }
}

int command_lessons(int argc, char **argv) {
  gboolean json = FALSE;
  const GOptionEntry options[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, "print JSON instead of a table", NULL},
      {NULL},
  };
  int status;
  g_auto(GStrv) arguments = command_parse(argc, argv, options, 0, 0, &status);
  if (!arguments)
    return status;
  GError *error = NULL;
  g_autoptr(GPtrArray) lessons = lessons_list(&error);
  if (!lessons)
    return command_fail_error(error);
  if (json)
    print_json(lessons);
  else
    print_table(lessons);
  return COMMAND_DONE;
}
