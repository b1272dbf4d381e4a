#include "core/lesson/lesson_read.h"

#include "core/base/text.h"

#include <math.h>
#include <string.h>

#define MAX_EPOCHS 100000

/* A member of an object: its name, and how its value gets into the field at `offset`. */
typedef struct {
  const char *name;
  void (*read)(LessonReader *reader, gpointer field);
  gsize offset;
  gboolean required;
} Member;

gboolean lesson_reader_fail(LessonReader *reader, gconstpointer item, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  return json_scan_fail_at(&reader->scan, g_hash_table_lookup(reader->places, item), "%s", message);
}

/* Remembers that what was just read is `item`. */
static void note_place(LessonReader *reader, gconstpointer item, const char *place) {
  g_hash_table_insert(reader->places, (gpointer)item, (gpointer)place);
}

static void fail_unknown(LessonReader *reader, const Member *members) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  for (; members->name != NULL; members++)
    g_ptr_array_add(names, (gpointer)members->name);
  g_ptr_array_add(names, NULL);
  json_scan_unknown(&reader->scan, (const char *const *)names->pdata);
}

/* Reads an object into `target`. `what` it is, with its article, is for errors. */
static gboolean read_object(LessonReader *reader, const Member *members, gpointer target,
                            const char *what) {
  JsonScan *scan = &reader->scan;
  guint64 seen = 0;
  const char *name;

  if (!json_scan_object(scan))
    return FALSE;
  const char *place = scan->value;
  note_place(reader, target, place);
  while (json_scan_member(scan, &name)) {
    guint i = 0;
    while (members[i].name != NULL && !g_str_equal(members[i].name, name))
      i++;
    if (members[i].name == NULL) {
      fail_unknown(reader, members);
      return FALSE;
    }
    seen |= G_GUINT64_CONSTANT(1) << i;
    members[i].read(reader, (char *)target + members[i].offset);
  }
  for (guint i = 0; members[i].name != NULL && scan->error == NULL; i++)
    if (members[i].required && !(seen >> i & 1))
      json_scan_fail_at(scan, place, "%s needs a member ‘%s’", what, members[i].name);
  return scan->error == NULL;
}

/* --- Values --- */

static void read_text(LessonReader *reader, gpointer field) {
  char **text = field;

  *text = json_scan_string(&reader->scan);
  if (*text == NULL)
    return;
  note_place(reader, *text, reader->scan.value);
  if (**text == '\0')
    json_scan_fail(&reader->scan, "expected a text, found an empty one");
}

/* A word that commands, files and other members refer to. */
static gboolean is_name(const char *text) {
  return g_ascii_islower(*text) &&
         strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

static void read_name(LessonReader *reader, gpointer field) {
  read_text(reader, field);
  if (reader->scan.error == NULL && !is_name(*(char **)field))
    json_scan_fail(&reader->scan,
                   "‘%s’ cannot be a name; write small letters a-z first, then a-z, 0-9 and _",
                   *(char **)field);
}

static void read_texts(LessonReader *reader, gpointer field) {
  const char *place = reader->scan.at;
  char **texts = json_scan_strings(&reader->scan);

  *(char ***)field = texts;
  if (texts == NULL)
    return;
  note_place(reader, texts, place);
  if (*texts == NULL)
    json_scan_fail(&reader->scan, "the list is empty");
  for (; *texts != NULL; texts++)
    if (g_strv_contains((const char *const *)texts + 1, *texts))
      json_scan_fail(&reader->scan, "‘%s’ is there twice", *texts);
}

static void read_real(LessonReader *reader, gpointer field) {
  json_scan_real(&reader->scan, field);
}

static void read_boolean(LessonReader *reader, gpointer field) {
  json_scan_boolean(&reader->scan, field);
}

static void read_count(LessonReader *reader, int *field, int maximum) {
  gint64 value = 0;

  if (!json_scan_integer(&reader->scan, &value))
    return;
  if (value < 1 || value > maximum)
    json_scan_fail(&reader->scan, "expected a whole number from 1 to %d", maximum);
  else
    *field = (int)value;
}

static void read_day(LessonReader *reader, gpointer field) { read_count(reader, field, 999); }

static void read_epochs(LessonReader *reader, gpointer field) {
  read_count(reader, field, MAX_EPOCHS);
}

static void read_pace(LessonReader *reader, gpointer field) {
  double *pace = field;

  if (json_scan_real(&reader->scan, pace) && *pace < 0)
    json_scan_fail(&reader->scan, "expected steps a second, or 0 for as fast as it goes");
}

/* Index of the word read in `words` (NULL-ended), -1 on error. */
static int read_word(LessonReader *reader, const char *const *words) {
  g_autofree char *word = json_scan_string(&reader->scan);

  if (word == NULL)
    return -1;
  for (int i = 0; words[i] != NULL; i++)
    if (g_str_equal(words[i], word))
      return i;
  g_autofree char *suggestion = text_suggest(word, words);
  json_scan_fail(&reader->scan, "cannot be ‘%s’%s", word, suggestion);
  return -1;
}

/* --- Models --- */

/* One text, or an array with a text for each line. */
static char *read_spec(LessonReader *reader) {
  if (json_scan_kind(&reader->scan) != JSON_SCAN_ARRAY)
    return json_scan_string(&reader->scan);
  g_auto(GStrv) lines = json_scan_strings(&reader->scan);
  return lines != NULL ? g_strjoinv("\n", lines) : NULL;
}

static void read_models(LessonReader *reader, gpointer field) {
  GPtrArray *models = *(GPtrArray **)field;
  const char *name;

  for (json_scan_object(&reader->scan); json_scan_member(&reader->scan, &name);) {
    LessonModel *model = g_new0(LessonModel, 1);
    g_ptr_array_add(models, model);
    model->name = g_strdup(name);
    note_place(reader, model, reader->scan.value);
    if (!is_name(name))
      json_scan_fail(&reader->scan, "write a model's name with a-z, 0-9 and _");
    model->spec = read_spec(reader);
  }
  if (reader->scan.error == NULL && models->len == 0)
    json_scan_fail(&reader->scan, "a lesson has at least one model");
}

/* --- Hyperparameters --- */

/* The initial value stays text until the kind is known, which may come after it. */
typedef struct {
  Setting setting;
  char *initial;
} SettingText;

static void read_kind(LessonReader *reader, gpointer field) {
  static const char *const KINDS[] = {"real", "integer", "choice", "boolean", NULL};

  const int kind = read_word(reader, KINDS);

  *(SettingKind *)field = (SettingKind)MAX(kind, 0);
}

static void read_scale(LessonReader *reader, gpointer field) {
  static const char *const SCALES[] = {"linear", "logarithmic", NULL};

  *(gboolean *)field = read_word(reader, SCALES) == 1;
}

static void read_scalar(LessonReader *reader, gpointer field) {
  JsonScanKind kind;

  *(char **)field = json_scan_scalar(&reader->scan, &kind);
}

static const Member SETTING_MEMBERS[] = {
    {"name", read_name, G_STRUCT_OFFSET(SettingText, setting.name), TRUE},
    {"label", read_text, G_STRUCT_OFFSET(SettingText, setting.label), TRUE},
    {"help", read_text, G_STRUCT_OFFSET(SettingText, setting.help), TRUE},
    {"kind", read_kind, G_STRUCT_OFFSET(SettingText, setting.kind), TRUE},
    {"minimum", read_real, G_STRUCT_OFFSET(SettingText, setting.minimum), FALSE},
    {"maximum", read_real, G_STRUCT_OFFSET(SettingText, setting.maximum), FALSE},
    {"choices", read_texts, G_STRUCT_OFFSET(SettingText, setting.choices), FALSE},
    {"default", read_scalar, G_STRUCT_OFFSET(SettingText, initial), TRUE},
    {"scale", read_scale, G_STRUCT_OFFSET(SettingText, setting.logarithmic), FALSE},
    {"live", read_boolean, G_STRUCT_OFFSET(SettingText, setting.live), TRUE},
    {NULL},
};

/* What is wrong with a definition; NULL if nothing is. */
static const char *setting_problem(const Setting *self) {
  const gboolean number = self->kind == SETTING_REAL || self->kind == SETTING_INTEGER;
  const gboolean range = !isnan(self->minimum) || !isnan(self->maximum);

  if (number && (isnan(self->minimum) || isnan(self->maximum)))
    return "needs the members ‘minimum’ and ‘maximum’";
  if (number && self->minimum >= self->maximum)
    return "needs a minimum below its maximum";
  if (self->kind == SETTING_INTEGER &&
      (self->minimum != floor(self->minimum) || self->maximum != floor(self->maximum)))
    return "needs whole numbers as minimum and maximum";
  if (self->logarithmic && (!number || self->minimum <= 0))
    return "needs a minimum above 0 for a logarithmic scale";
  if (!number && range)
    return "has a minimum or maximum, which only numbers have";
  if (self->kind == SETTING_CHOICE && self->choices == NULL)
    return "needs a member ‘choices’";
  if (self->kind != SETTING_CHOICE && self->choices != NULL)
    return "has choices, which only the kind ‘choice’ has";
  return NULL;
}

static gboolean finish_setting(LessonReader *reader, SettingText *text) {
  g_autoptr(GError) error = NULL;
  Setting *setting = &text->setting;
  const char *problem = setting_problem(setting);

  if (problem != NULL)
    return lesson_reader_fail(reader, text, "hyperparameter ‘%s’ %s", setting->name, problem);
  if (!setting_parse(setting, text->initial, &setting->initial, &error))
    return lesson_reader_fail(reader, text, "default of hyperparameter %s", error->message);
  return TRUE;
}

static void read_settings(LessonReader *reader, gpointer field) {
  GPtrArray *definitions = *(GPtrArray **)field;

  for (json_scan_array(&reader->scan); json_scan_element(&reader->scan);) {
    SettingText text = {.setting = {.minimum = NAN, .maximum = NAN}};
    if (read_object(reader, SETTING_MEMBERS, &text, "a hyperparameter"))
      finish_setting(reader, &text);
    Setting *setting = g_memdup2(&text.setting, sizeof text.setting);
    note_place(reader, setting, g_hash_table_lookup(reader->places, &text));
    g_ptr_array_add(definitions, setting);
    g_free(text.initial);
  }
}

/* --- Presets --- */

/* {"learning_rate": 1, "optimizer": "sgd"} as "learning_rate=1", "optimizer=sgd". */
static void read_preset_settings(LessonReader *reader, gpointer field) {
  GPtrArray *settings = *(GPtrArray **)field;
  const char *name;

  for (json_scan_object(&reader->scan); json_scan_member(&reader->scan, &name);) {
    const char *place = reader->scan.value;
    JsonScanKind kind;
    g_autofree char *value = json_scan_scalar(&reader->scan, &kind);
    if (value == NULL)
      return;
    char *setting = g_strconcat(name, "=", value, NULL);
    g_ptr_array_add(settings, setting);
    note_place(reader, setting, place);
  }
}

static const Member PRESET_MEMBERS[] = {
    {"name", read_name, G_STRUCT_OFFSET(LessonPreset, name), TRUE},
    {"title", read_text, G_STRUCT_OFFSET(LessonPreset, title), TRUE},
    {"help", read_text, G_STRUCT_OFFSET(LessonPreset, help), TRUE},
    {"settings", read_preset_settings, G_STRUCT_OFFSET(LessonPreset, settings), TRUE},
    {NULL},
};

static void read_presets(LessonReader *reader, gpointer field) {
  for (json_scan_array(&reader->scan); json_scan_element(&reader->scan);) {
    LessonPreset *preset = g_new0(LessonPreset, 1);
    preset->settings = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(*(GPtrArray **)field, preset);
    read_object(reader, PRESET_MEMBERS, preset, "a preset");
  }
}

/* --- Panels and goals --- */

static const Member PANEL_MEMBERS[] = {
    {"panel", read_name, G_STRUCT_OFFSET(LessonPanel, panel), TRUE},
    {"title", read_text, G_STRUCT_OFFSET(LessonPanel, title), FALSE},
    {"tensor", read_text, G_STRUCT_OFFSET(LessonPanel, tensor), FALSE},
    {NULL},
};

static void read_panels(LessonReader *reader, gpointer field) {
  for (json_scan_array(&reader->scan); json_scan_element(&reader->scan);) {
    LessonPanel *panel = g_new0(LessonPanel, 1);
    g_ptr_array_add(*(GPtrArray **)field, panel);
    read_object(reader, PANEL_MEMBERS, panel, "a panel");
  }
}

static void read_relation(LessonReader *reader, gpointer field) {
  static const char *const RELATIONS[] = {">=", "<=", NULL};
  const int index = read_word(reader, RELATIONS);

  if (index >= 0)
    *(char **)field = g_strdup(RELATIONS[index]);
}

static const Member GOAL_MEMBERS[] = {
    {"id", read_name, G_STRUCT_OFFSET(LessonGoal, id), TRUE},
    {"title", read_text, G_STRUCT_OFFSET(LessonGoal, title), TRUE},
    {"metric", read_name, G_STRUCT_OFFSET(LessonGoal, metric), TRUE},
    {"relation", read_relation, G_STRUCT_OFFSET(LessonGoal, relation), TRUE},
    {"value", read_real, G_STRUCT_OFFSET(LessonGoal, value), TRUE},
    {"within_epochs", read_epochs, G_STRUCT_OFFSET(LessonGoal, within_epochs), FALSE},
    {NULL},
};

static void read_goals(LessonReader *reader, gpointer field) {
  for (json_scan_array(&reader->scan); json_scan_element(&reader->scan);) {
    LessonGoal *goal = g_new0(LessonGoal, 1);
    g_ptr_array_add(*(GPtrArray **)field, goal);
    read_object(reader, GOAL_MEMBERS, goal, "a goal");
  }
}

/* --- The whole --- */

static const Member LESSON_MEMBERS[] = {
    {"day", read_day, G_STRUCT_OFFSET(Lesson, day), TRUE},
    {"title", read_text, G_STRUCT_OFFSET(Lesson, title), TRUE},
    {"summary", read_text, G_STRUCT_OFFSET(Lesson, summary), TRUE},
    {"task", read_name, G_STRUCT_OFFSET(Lesson, task), TRUE},
    {"datasets", read_texts, G_STRUCT_OFFSET(Lesson, datasets), TRUE},
    {"models", read_models, G_STRUCT_OFFSET(Lesson, models), TRUE},
    {"hyperparameters", read_settings, G_STRUCT_OFFSET(Lesson, definitions), TRUE},
    {"presets", read_presets, G_STRUCT_OFFSET(Lesson, presets), FALSE},
    {"panels", read_panels, G_STRUCT_OFFSET(Lesson, panels), FALSE},
    {"goals", read_goals, G_STRUCT_OFFSET(Lesson, goals), FALSE},
    {"pace", read_pace, G_STRUCT_OFFSET(Lesson, pace), FALSE},
    {NULL},
};

gboolean lesson_read(LessonReader *reader) {
  return read_object(reader, LESSON_MEMBERS, reader->lesson, "a lesson");
}
