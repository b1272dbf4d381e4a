#include "ui/window/lab_settings.h"

#include <string.h>

#define TOGETHER G_USEC_PER_SEC /* changes of one setting closer than this are one step of undo */
#define UNDO_LIMIT 100

/* Settings and a seed. */
typedef struct {
  Settings *settings;
  guint64 seed;
} Choice;

struct LabSettings {
  Choice wanted, running;
  Choice replaced;        /* by the last restart; settings NULL: none */
  GPtrArray *undo, *redo; /* Choice */
  char *changing;         /* the setting that changed last */
  gint64 changed;
};

static void choice_clear(Choice *self) { g_clear_pointer(&self->settings, settings_free); }

static void choice_free(gpointer data) {
  choice_clear(data);
  g_free(data);
}

static Choice choice_copy(const Choice *self) {
  return (Choice){settings_copy(self->settings), self->seed};
}

LabSettings *lab_settings_new(const Settings *running, guint64 seed) {
  LabSettings *self = g_new0(LabSettings, 1);

  self->running = (Choice){settings_copy(running), seed};
  self->wanted = choice_copy(&self->running);
  self->undo = g_ptr_array_new_with_free_func(choice_free);
  self->redo = g_ptr_array_new_with_free_func(choice_free);
  return self;
}

void lab_settings_free(LabSettings *self) {
  if (self == NULL)
    return;
  choice_clear(&self->wanted);
  choice_clear(&self->running);
  choice_clear(&self->replaced);
  g_ptr_array_unref(self->undo);
  g_ptr_array_unref(self->redo);
  g_free(self->changing);
  g_free(self);
}

const Settings *lab_settings_wanted(const LabSettings *self) { return self->wanted.settings; }
const Settings *lab_settings_running(const LabSettings *self) { return self->running.settings; }
guint64 lab_settings_seed(const LabSettings *self) { return self->wanted.seed; }

/* --- changes --- */

static void push(GPtrArray *stack, const Choice *choice) {
  Choice *copy = g_new(Choice, 1);

  *copy = choice_copy(choice);
  g_ptr_array_add(stack, copy);
  if (stack->len > UNDO_LIMIT)
    g_ptr_array_remove_index(stack, 0);
}

/* `before` becomes a step of undo, unless it goes with the one before it. */
static void remember(LabSettings *self, const char *what, const Choice *before) {
  const gint64 now = g_get_monotonic_time();
  const gboolean together = g_strcmp0(self->changing, what) == 0 &&
                            now - self->changed < TOGETHER && self->redo->len == 0 &&
                            self->undo->len > 0;

  g_ptr_array_set_size(self->redo, 0);
  if (!together)
    push(self->undo, before);
  g_free(self->changing);
  self->changing = g_strdup(what);
  self->changed = now;
}

gboolean lab_settings_set(LabSettings *self, const char *name, const char *value, GError **error) {
  Choice before = choice_copy(&self->wanted);
  const gsize size = before.settings->definitions->len * sizeof(double);
  const gboolean set = settings_parse(self->wanted.settings, name, value, error);

  if (set && memcmp(before.settings->values, self->wanted.settings->values, size) != 0)
    remember(self, name, &before);
  choice_clear(&before);
  return set;
}

gboolean lab_settings_preset(LabSettings *self, const Lesson *lesson, const char *name,
                             GError **error) {
  Choice before = choice_copy(&self->wanted);
  const gboolean set = lesson_apply_preset(lesson, name, self->wanted.settings, error);

  if (set)
    remember(self, NULL, &before);
  choice_clear(&before);
  return set;
}

void lab_settings_set_seed(LabSettings *self, guint64 seed) {
  if (seed == self->wanted.seed)
    return;
  Choice before = choice_copy(&self->wanted);
  self->wanted.seed = seed;
  remember(self, "seed", &before);
  choice_clear(&before);
}

static int index_of(const LabSettings *self, const char *name) {
  const GPtrArray *definitions = self->wanted.settings->definitions;

  for (guint i = 0; i < definitions->len; i++)
    if (g_str_equal(((const Setting *)definitions->pdata[i])->name, name))
      return (int)i;
  return -1;
}

gboolean lab_settings_differs(const LabSettings *self, const char *name) {
  const int i = index_of(self, name);

  if (i < 0)
    return FALSE;
  return self->wanted.settings->values[i] != self->running.settings->values[i];
}

int lab_settings_waiting(const LabSettings *self) {
  int waiting = self->wanted.seed != self->running.seed;

  for (guint i = 0; i < self->wanted.settings->definitions->len; i++)
    waiting += self->wanted.settings->values[i] != self->running.settings->values[i];
  return waiting;
}

void lab_settings_took(LabSettings *self, const char *name) {
  const int i = index_of(self, name);

  g_return_if_fail(i >= 0);
  self->running.settings->values[i] = self->wanted.settings->values[i];
}

void lab_settings_restart(LabSettings *self) {
  choice_clear(&self->replaced);
  self->replaced = self->running;
  self->running = choice_copy(&self->wanted);
}

void lab_settings_undo_restart(LabSettings *self) {
  if (self->replaced.settings == NULL)
    return;
  const Choice running = self->running;
  self->running = self->replaced;
  self->replaced = running;
  push(self->undo, &self->wanted);
  choice_clear(&self->wanted);
  self->wanted = choice_copy(&self->running);
}

/* --- undo --- */

gboolean lab_settings_can_undo(const LabSettings *self) { return self->undo->len > 0; }
gboolean lab_settings_can_redo(const LabSettings *self) { return self->redo->len > 0; }

static void go(LabSettings *self, GPtrArray *from, GPtrArray *to) {
  if (from->len == 0)
    return;
  push(to, &self->wanted);
  Choice *choice = g_ptr_array_steal_index(from, from->len - 1);
  choice_clear(&self->wanted);
  self->wanted = *choice;
  g_free(choice);
  g_clear_pointer(&self->changing, g_free);
}

void lab_settings_undo(LabSettings *self) { go(self, self->undo, self->redo); }
void lab_settings_redo(LabSettings *self) { go(self, self->redo, self->undo); }
