#include "core/model/model_set.h"

#include <string.h>

void model_set_free(ModelSet *self) {
  if (self == NULL)
    return;
  for (int i = 0; i < self->n; i++) {
    g_free(self->name[i]);
    g_free(self->scope[i]);
    model_free(self->model[i]);
  }
  parameters_free(self->parameters);
  g_free(self->spec);
  g_free(self);
}

int model_set_find(const ModelSet *self, const char *name) {
  for (int i = 0; i < self->n; i++)
    if (g_str_equal(self->name[i], name))
      return i;
  return -1;
}

char *model_set_join(const char *const *names, const char *const *specs, int n) {
  GString *text = g_string_new(NULL);

  if (n == 1)
    return g_string_free(g_string_append(text, specs[0]), FALSE);
  for (int i = 0; i < n; i++)
    g_string_append_printf(text, "[%s]\n%s%s", names[i], specs[i],
                           g_str_has_suffix(specs[i], "\n") ? "" : "\n");
  return g_string_free(text, FALSE);
}

static gboolean fail(GError **error, int line, const char *problem, const char *word) {
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SPEC, "line %d, column 1: %s‘%s’", line, problem,
              word);
  return FALSE;
}

/* "[generator]" → "generator"; NULL: no heading. */
static char *heading(const char *line) {
  g_autofree char *text = g_strstrip(g_strdup(line));
  const gsize length = strlen(text);

  return length > 2 && text[0] == '[' && text[length - 1] == ']' ? g_strndup(text + 1, length - 2)
                                                                 : NULL;
}

static gboolean is_name(const char *text) {
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isalnum(*c) && *c != '_' && *c != '-')
      return FALSE;
  return *text != '\0' && strlen(text) <= 64;
}

/* `name` is taken over. */
static gboolean add_model(ModelSet *self, char *name, const char *spec, GError **error) {
  Model *model = model_new(spec, error);

  if (model == NULL) {
    if (*name != '\0')
      g_prefix_error(error, "%s, ", name);
    g_free(name);
    return FALSE;
  }
  self->name[self->n] = name;
  self->scope[self->n] = *name != '\0' ? g_strconcat(name, ".", NULL) : g_strdup("");
  self->model[self->n] = model;
  self->first[self->n] =
      parameters_append(self->parameters, model->parameters, self->scope[self->n]);
  self->first[++self->n] = self->parameters->items->len;
  return TRUE;
}

static gboolean check_heading(const ModelSet *self, int line, const char *name, GError **error) {
  if (!is_name(name))
    return fail(error, line, "a model's name is made of letters, digits, _ and -, not ", name);
  if (model_set_find(self, name) >= 0)
    return fail(error, line, "there is a model of that name already: ", name);
  if (self->n == MODEL_SET_MAX)
    return fail(error, line, "a lesson has four models at most; one too many is ", name);
  return TRUE;
}

/* Lines that belong to other models stay as empty ones, so that errors name lines of the whole. */
static gboolean parse_sections(ModelSet *self, char **lines, int first, GError **error) {
  for (int at = first; lines[at] != NULL;) {
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *name = heading(lines[at]);
    if (!check_heading(self, at + 1, name, error))
      return FALSE;
    for (int i = 0; i <= at; i++)
      g_string_append_c(text, '\n');
    for (at++; lines[at] != NULL; at++) {
      g_autofree char *next = heading(lines[at]);
      if (next != NULL)
        break;
      g_string_append_printf(text, "%s\n", lines[at]);
    }
    if (!add_model(self, g_steal_pointer(&name), text->str, error))
      return FALSE;
  }
  return TRUE;
}

/* The line of the first heading; -1: there is none. */
static int first_heading(char **lines) {
  for (int i = 0; lines[i] != NULL; i++) {
    g_autofree char *name = heading(lines[i]);
    if (name != NULL)
      return i;
  }
  return -1;
}

/* Only empty lines and comments stand before the first model's name. */
static gboolean check_before(char **lines, int first, GError **error) {
  for (int i = 0; i < first; i++) {
    const char *text = lines[i] + strspn(lines[i], " \t\r");
    if (*text != '\0' && *text != '#')
      return fail(error, i + 1, "before the first model's name stands ", text);
  }
  return TRUE;
}

ModelSet *model_set_new(const char *spec, GError **error) {
  g_autoptr(ModelSet) self = g_new0(ModelSet, 1);

  self->spec = g_strdup(spec);
  self->parameters = parameters_new();
  if (strlen(spec) > SPEC_MAX_BYTES || !g_utf8_validate(spec, -1, NULL))
    return add_model(self, g_strdup(""), spec, error) ? g_steal_pointer(&self) : NULL;
  g_auto(GStrv) lines = g_strsplit(spec, "\n", 0);
  const int first = first_heading(lines);
  const gboolean valid =
      first >= 0 ? check_before(lines, first, error) && parse_sections(self, lines, first, error)
                 : add_model(self, g_strdup(""), spec, error);
  return valid ? g_steal_pointer(&self) : NULL;
}
