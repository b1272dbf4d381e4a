#include "core/lesson/learner.h"

#include "core/base/file.h"
#include "core/base/json_text.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_BYTES (1 << 20)
#define MAX_DEPTH 32

struct Learner {
  char *path;     /* NULL: nowhere to keep it */
  JsonNode *root; /* an object */
  gboolean changed;
};

static JsonNode *object_node(void) {
  JsonNode *node = json_node_new(JSON_NODE_OBJECT);

  json_node_take_object(node, json_object_new());
  return node;
}

/* Brackets in each other: JSON-GLib calls itself for each, and would run out of stack. */
static gboolean is_deep(const char *text, gsize size) {
  gboolean quoted = FALSE;
  int depth = 0;

  for (gsize i = 0; i < size && depth <= MAX_DEPTH; i++) {
    if (quoted && text[i] == '\\')
      i++;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && (text[i] == '{' || text[i] == '['))
      depth++;
    else if (!quoted && (text[i] == '}' || text[i] == ']'))
      depth--;
  }
  return depth > MAX_DEPTH;
}

/* NULL with an error unless the file holds one object. */
static JsonNode *read_root(const char *path, GError **error) {
  g_autoptr(GBytes) bytes = file_read(path, MAX_BYTES, error);
  g_autoptr(JsonParser) parser = json_parser_new();
  gsize size;

  if (bytes == NULL)
    return NULL;
  const char *text = g_bytes_get_data(bytes, &size);
  if (is_deep(text, size)) {
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                "its brackets lie in each other too deeply");
    return NULL;
  }
  if (!json_parser_load_from_data(parser, text != NULL ? text : "", (gssize)size, error))
    return NULL;
  JsonNode *root = json_parser_get_root(parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT(root))
    return json_node_copy(root);
  g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "it holds no progress");
  return NULL;
}

/* A name beside it that nothing has yet: what was put aside before stays. Caller frees. */
static char *aside_path(const char *path) {
  char *aside = g_strconcat(path, ".damaged", NULL);

  for (int i = 2; g_file_test(aside, G_FILE_TEST_EXISTS) && i < 1000; i++) {
    g_free(aside);
    aside = g_strdup_printf("%s.damaged-%d", path, i);
  }
  return aside;
}

/* Where that is not possible nothing is written, or what is there would be lost. */
static void put_aside(Learner *self, const GError *error, char **problem) {
  g_autofree char *path = g_strdup(self->path), *aside = aside_path(path), *said = NULL;

  if (g_rename(path, aside) == 0) {
    said = g_strdup_printf("%s could not be read and was put aside as %s: %s", path, aside,
                           error->message);
  } else {
    g_clear_pointer(&self->path, g_free);
    said = g_strdup_printf("%s could not be read, nor put aside as %s; progress is not kept this "
                           "time: %s",
                           path, aside, error->message);
  }
  if (problem != NULL)
    *problem = g_steal_pointer(&said);
}

Learner *learner_new(const char *path, char **problem) {
  Learner *self = g_new0(Learner, 1);
  g_autoptr(GError) error = NULL;

  self->path = path != NULL
                   ? g_strdup(path)
                   : g_build_filename(g_get_user_data_dir(), "bathyscope", "progress.json", NULL);
  if (g_file_test(self->path, G_FILE_TEST_EXISTS)) {
    self->root = read_root(self->path, &error);
    if (self->root == NULL)
      put_aside(self, error, problem);
  }
  if (self->root == NULL)
    self->root = object_node();
  return self;
}

void learner_free(Learner *self) {
  if (self == NULL)
    return;
  g_free(self->path);
  json_node_unref(self->root);
  g_free(self);
}

/* --- members --- */

/* The member of an object that is an object itself; made where there is none and `make` is set. */
static JsonObject *member(JsonObject *object, const char *name, gboolean make) {
  JsonNode *node = object != NULL ? json_object_get_member(object, name) : NULL;

  if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
    return json_node_get_object(node);
  if (!make || object == NULL)
    return NULL;
  json_object_set_object_member(object, name, json_object_new());
  return json_object_get_object_member(object, name);
}

static JsonObject *lesson_of(const Learner *self, const char *lesson, gboolean make) {
  JsonObject *lessons = member(json_node_get_object(self->root), "lessons", make);

  return member(lessons, lesson, make);
}

/* Sets of names are objects too: each name is a member. */
static gboolean has(const Learner *self, const char *lesson, const char *set, const char *name) {
  JsonObject *names = member(lesson_of(self, lesson, FALSE), set, FALSE);

  return names != NULL && json_object_has_member(names, name);
}

static void set_integer(Learner *self, const char *lesson, const char *set, const char *name,
                        gint64 value) {
  JsonObject *names = member(lesson_of(self, lesson, TRUE), set, TRUE);

  json_object_set_int_member(names, name, value);
  self->changed = TRUE;
}

char *learner_step(const Learner *self, const char *lesson) {
  JsonObject *object = lesson_of(self, lesson, FALSE);
  JsonNode *node = object != NULL ? json_object_get_member(object, "step") : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
      json_node_get_value_type(node) != G_TYPE_STRING)
    return NULL;
  return json_node_dup_string(node);
}

void learner_set_step(Learner *self, const char *lesson, const char *step) {
  json_object_set_string_member(lesson_of(self, lesson, TRUE), "step", step);
  set_integer(self, lesson, "seen", step, 1);
}

gboolean learner_has_seen(const Learner *self, const char *lesson, const char *step) {
  return has(self, lesson, "seen", step);
}

gboolean learner_has_goal(const Learner *self, const char *lesson, const char *goal) {
  return has(self, lesson, "goals", goal);
}

void learner_add_goal(Learner *self, const char *lesson, const char *goal) {
  set_integer(self, lesson, "goals", goal, 1);
}

int learner_answer(const Learner *self, const char *lesson, const char *quiz) {
  JsonObject *answers = member(lesson_of(self, lesson, FALSE), "answers", FALSE);
  JsonNode *node = answers != NULL ? json_object_get_member(answers, quiz) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
      json_node_get_value_type(node) != G_TYPE_INT64)
    return -1;
  return (int)CLAMP(json_node_get_int(node), -1, 1000);
}

void learner_set_answer(Learner *self, const char *lesson, const char *quiz, int answer) {
  set_integer(self, lesson, "answers", quiz, answer);
}

void learner_clear(Learner *self, const char *lesson) {
  JsonObject *lessons = member(json_node_get_object(self->root), "lessons", FALSE);

  if (lessons == NULL || !json_object_has_member(lessons, lesson))
    return;
  json_object_remove_member(lessons, lesson);
  self->changed = TRUE;
}

gboolean learner_save(Learner *self, GError **error) {
  if (!self->changed || self->path == NULL)
    return TRUE;
  g_autofree char *text = json_text(self->root, TRUE);
  self->changed = !file_write(self->path, text, strlen(text), error);
  return !self->changed;
}
