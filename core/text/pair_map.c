#include "core/text/pair_map.h"

#include <string.h>

static guint64 key_of(gint32 left, gint32 right) {
  return (guint64)(guint32)left << 32 | (guint32)right;
}

void pair_map_init(PairMap *self, guint expected) {
  self->capacity = 16;
  while (self->capacity / 2 < expected)
    self->capacity *= 2;
  self->used = 0;
  self->keys = g_new(guint64, self->capacity);
  self->values = g_new(gint32, self->capacity);
  memset(self->values, 0xff, self->capacity * sizeof *self->values);
}

void pair_map_clear(PairMap *self) {
  g_free(self->keys);
  g_free(self->values);
}

/* The place of a key, or the free one where it would be (Fibonacci hashing, linear probing). */
static guint place_of(const PairMap *self, guint64 key) {
  const guint mask = self->capacity - 1;
  guint at = (guint)((key * 0x9e3779b97f4a7c15u) >> 32) & mask;

  while (self->values[at] >= 0 && self->keys[at] != key)
    at = (at + 1) & mask;
  return at;
}

static void grow(PairMap *self) {
  PairMap larger;

  pair_map_init(&larger, self->capacity);
  for (guint i = 0; i < self->capacity; i++) {
    if (self->values[i] < 0)
      continue;
    const guint at = place_of(&larger, self->keys[i]);
    larger.keys[at] = self->keys[i];
    larger.values[at] = self->values[i];
  }
  larger.used = self->used;
  pair_map_clear(self);
  *self = larger;
}

gint32 *pair_map_at(PairMap *self, gint32 left, gint32 right) {
  const guint64 key = key_of(left, right);

  if (self->used >= self->capacity / 2)
    grow(self);
  const guint at = place_of(self, key);
  if (self->values[at] < 0) {
    self->keys[at] = key;
    self->used++;
  }
  return &self->values[at];
}

gint32 pair_map_find(const PairMap *self, gint32 left, gint32 right) {
  return self->values[place_of(self, key_of(left, right))];
}
