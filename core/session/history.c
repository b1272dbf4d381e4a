#include "core/session/history.h"

#include <string.h>

static void change_free(gpointer data) {
  HistoryChange *change = data;

  g_free(change->name);
  g_free(change->value);
  g_free(change);
}

History *history_new(void) {
  History *self = g_new0(History, 1);

  self->changes = g_ptr_array_new_with_free_func(change_free);
  return self;
}

void history_free(History *self) {
  if (self == NULL)
    return;
  g_free(self->low[0]);
  g_free((gpointer)self->epochs);
  g_ptr_array_unref(self->changes);
  g_free(self);
}

/* All curves in one block: low, mean and high of each metric. */
static void make_room(History *self, guint points, int metrics) {
  if (points <= self->room)
    return;
  g_free(self->low[0]);
  self->room = MAX(points, 2 * self->room);
  float *memory = g_new0(float, (gsize)self->room * 3 * (gsize)metrics);
  for (int m = 0; m < metrics; m++) {
    self->low[m] = memory + (gsize)self->room * 3 * (gsize)m;
    self->mean[m] = self->low[m] + self->room;
    self->high[m] = self->mean[m] + self->room;
  }
}

static void copy_curves(History *self, const Run *run) {
  int metrics = 0;

  while (self->metrics[metrics] != NULL)
    metrics++;
  self->n = series_length(run->series[0]);
  self->block = run->series[0]->block;
  make_room(self, self->n, metrics);
  for (int m = 0; m < metrics; m++)
    for (guint i = 0; i < self->n; i++) {
      const SeriesPoint point = series_get(run->series[m], i);
      self->low[m][i] = point.minimum;
      self->mean[m][i] = point.mean;
      self->high[m][i] = point.maximum;
    }
}

static void copy_epochs(History *self, const Run *run) {
  const guint n = run->epochs->len;

  if (n > self->epochs_room) {
    self->epochs_room = MAX(n, 2 * self->epochs_room);
    self->epochs = g_renew(EpochRecord, (gpointer)self->epochs, self->epochs_room);
  }
  if (n > 0)
    memcpy((gpointer)self->epochs, run->epochs->data, n * sizeof(EpochRecord));
  self->n_epochs = n;
}

static gboolean same_change(const HistoryChange *change, const JournalEntry *entry) {
  return change->step == entry->step && g_str_equal(change->name, entry->name) &&
         g_str_equal(change->value, entry->value);
}

/* What has taken effect; strings are copied only when something is new. */
static void copy_changes(History *self, const Run *run) {
  guint same = 0;

  while (same < self->changes->len && same < run->applied &&
         same_change(self->changes->pdata[same], &g_array_index(run->journal, JournalEntry, same)))
    same++;
  g_ptr_array_set_size(self->changes, (gint)same);
  for (guint i = same; i < run->applied; i++) {
    const JournalEntry *entry = &g_array_index(run->journal, JournalEntry, i);
    HistoryChange *change = g_new(HistoryChange, 1);
    *change = (HistoryChange){entry->step, g_strdup(entry->name), g_strdup(entry->value)};
    g_ptr_array_add(self->changes, change);
  }
}

void history_copy(History *self, const Run *run) {
  self->metrics = run->task->klass->metrics;
  copy_curves(self, run);
  copy_epochs(self, run);
  copy_changes(self, run);
}
