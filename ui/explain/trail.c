#include "ui/explain/trail.h"

static void entry_free(gpointer data) {
  TrailEntry *self = data;

  g_free(self->title);
  g_free(self);
}

Trail *trail_new(void) {
  Trail *self = g_new0(Trail, 1);

  self->entries = g_ptr_array_new_with_free_func(entry_free);
  return self;
}

void trail_free(Trail *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->entries);
  g_free(self);
}

gboolean target_equal(const Target *a, const Target *b) {
  return g_str_equal(a->tensor, b->tensor) && a->offset == b->offset &&
         !a->gradient == !b->gradient;
}

void trail_push(Trail *self, const Target *target, gboolean drawing, const char *title) {
  const TrailEntry *current = trail_current(self);

  if (current != NULL && target_equal(&current->target, target) && !current->drawing == !drawing)
    return;
  if (current != NULL)
    g_ptr_array_set_size(self->entries, (int)self->at + 1);
  if (self->entries->len == TRAIL_LIMIT)
    g_ptr_array_remove_index(self->entries, 0);
  TrailEntry *entry = g_new0(TrailEntry, 1);
  entry->target = *target;
  entry->drawing = drawing;
  entry->title = g_strdup(title);
  g_ptr_array_add(self->entries, entry);
  self->at = self->entries->len - 1;
}

static const TrailEntry *entry_at(const Trail *self, gint64 i) {
  return i >= 0 && i < self->entries->len ? self->entries->pdata[i] : NULL;
}

const TrailEntry *trail_current(const Trail *self) { return entry_at(self, self->at); }
const TrailEntry *trail_peek_back(const Trail *self) {
  return entry_at(self, (gint64)self->at - 1);
}
const TrailEntry *trail_peek_forward(const Trail *self) {
  return entry_at(self, (gint64)self->at + 1);
}

const TrailEntry *trail_back(Trail *self) {
  const TrailEntry *entry = trail_peek_back(self);

  self->at -= entry != NULL ? 1 : 0;
  return entry;
}

const TrailEntry *trail_forward(Trail *self) {
  const TrailEntry *entry = trail_peek_forward(self);

  self->at += entry != NULL ? 1 : 0;
  return entry;
}
