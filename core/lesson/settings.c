#include "core/lesson/settings.h"

#include "core/base/text.h"

#include <math.h>
#include <string.h>

G_DEFINE_QUARK(settings_error_quark, settings_error)

void setting_free(Setting *self) {
  if (self == NULL)
    return;
  g_free(self->name);
  g_free(self->label);
  g_free(self->help);
  g_strfreev(self->choices);
  g_free(self);
}

Settings *settings_new(GPtrArray *definitions) {
  Settings *self = g_new0(Settings, 1);

  self->definitions = g_ptr_array_ref(definitions);
  self->values = g_new0(double, definitions->len + 1);
  settings_reset(self);
  return self;
}

void settings_reset(Settings *self) {
  for (guint i = 0; i < self->definitions->len; i++)
    self->values[i] = ((const Setting *)self->definitions->pdata[i])->initial;
}

Settings *settings_copy(const Settings *self) {
  Settings *copy = settings_new(self->definitions);

  memcpy(copy->values, self->values, self->definitions->len * sizeof *self->values);
  return copy;
}

void settings_free(Settings *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->definitions);
  g_free(self->values);
  g_free(self);
}

/* --- Looking up --- */

static int find_index(const Settings *self, const char *name) {
  if (self == NULL)
    return -1;
  for (guint i = 0; i < self->definitions->len; i++)
    if (g_str_equal(((const Setting *)self->definitions->pdata[i])->name, name))
      return (int)i;
  return -1;
}

const Setting *settings_find(const Settings *self, const char *name) {
  const int index = find_index(self, name);

  return index >= 0 ? self->definitions->pdata[index] : NULL;
}

double settings_get(const Settings *self, const char *name, double fallback) {
  const int index = find_index(self, name);

  return index >= 0 ? self->values[index] : fallback;
}

const char *settings_choice(const Settings *self, const char *name) {
  const int index = find_index(self, name);
  const Setting *setting = index >= 0 ? self->definitions->pdata[index] : NULL;

  return setting != NULL && setting->kind == SETTING_CHOICE
             ? setting->choices[(int)self->values[index]]
             : NULL;
}

static void fail_unknown(const Settings *self, const char *name, GError **error) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  for (guint i = 0; i < self->definitions->len; i++)
    g_ptr_array_add(names, ((const Setting *)self->definitions->pdata[i])->name);
  g_ptr_array_add(names, NULL);
  g_autofree char *suggestion = text_suggest(name, (const char *const *)names->pdata);
  g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_UNKNOWN,
              "there is no hyperparameter ‘%s’ here%s", name, suggestion);
}

/* --- Checking values --- */

char *setting_expects(const Setting *self) {
  if (self->kind == SETTING_BOOLEAN)
    return g_strdup("true or false");
  if (self->kind == SETTING_CHOICE) {
    g_autofree char *all = g_strjoinv(", ", self->choices);
    return g_strconcat("one of ", all, NULL);
  }
  g_autofree char *minimum = text_from_real(self->minimum);
  g_autofree char *maximum = text_from_real(self->maximum);
  return g_strdup_printf("a %snumber from %s to %s", self->kind == SETTING_INTEGER ? "whole " : "",
                         minimum, maximum);
}

static gboolean fail_value(const Setting *self, const char *text, GError **error) {
  g_autofree char *expects = setting_expects(self);

  g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "%s takes %s, not ‘%s’", self->name,
              expects, text);
  return FALSE;
}

/* Choices and booleans as numbers: the index, 0 or 1. */
static gboolean in_range(const Setting *self, double value) {
  double minimum = self->minimum, maximum = self->maximum;

  if (self->kind == SETTING_CHOICE || self->kind == SETTING_BOOLEAN) {
    minimum = 0;
    maximum = self->kind == SETTING_BOOLEAN ? 1 : g_strv_length(self->choices) - 1.0;
  }
  if (self->kind != SETTING_REAL && value != floor(value))
    return FALSE;
  return value >= minimum && value <= maximum; /* FALSE for NaN */
}

static gboolean parse_word(const Setting *self, const char *text, double *value) {
  static const char *const BOOLEANS[] = {"false", "true", NULL};
  const char *const *words =
      self->kind == SETTING_BOOLEAN ? BOOLEANS : (const char *const *)self->choices;

  for (int i = 0; words[i] != NULL; i++) {
    if (g_str_equal(words[i], text)) {
      *value = i;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean setting_parse(const Setting *self, const char *text, double *value, GError **error) {
  const gboolean word = self->kind == SETTING_CHOICE || self->kind == SETTING_BOOLEAN;
  double parsed;

  if (!(word ? parse_word(self, text, &parsed) : text_to_real(text, &parsed)) ||
      !in_range(self, parsed))
    return fail_value(self, text, error);
  *value = parsed;
  return TRUE;
}

gboolean settings_parse(Settings *self, const char *name, const char *text, GError **error) {
  const int index = find_index(self, name);

  if (index < 0) {
    fail_unknown(self, name, error);
    return FALSE;
  }
  return setting_parse(self->definitions->pdata[index], text, &self->values[index], error);
}

gboolean settings_set(Settings *self, const char *name, double value, GError **error) {
  const int index = find_index(self, name);

  if (index < 0) {
    fail_unknown(self, name, error);
    return FALSE;
  }
  if (!in_range(self->definitions->pdata[index], value)) {
    g_autofree char *text = text_from_real(value);
    return fail_value(self->definitions->pdata[index], text, error);
  }
  self->values[index] = value;
  return TRUE;
}

char *settings_format(const Settings *self, const char *name) {
  const int index = find_index(self, name);

  g_return_val_if_fail(index >= 0, NULL);
  const Setting *setting = self->definitions->pdata[index];
  if (setting->kind == SETTING_CHOICE)
    return g_strdup(setting->choices[(int)self->values[index]]);
  if (setting->kind == SETTING_BOOLEAN)
    return g_strdup(self->values[index] != 0 ? "true" : "false");
  return text_from_real(self->values[index]);
}
