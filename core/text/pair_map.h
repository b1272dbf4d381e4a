/* Numbers by pairs of ids: a hash table with open addressing, for byte-pair encoding. */
#pragma once

#include <glib.h>

typedef struct {
  guint64 *keys;        /* capacity */
  gint32 *values;       /* -1: free */
  guint capacity, used; /* capacity is a power of two */
} PairMap;

void pair_map_init(PairMap *self, guint expected);
void pair_map_clear(PairMap *self);
/* Where the number of a pair is kept: -1 as long as none has been written. Valid until the next
 * call; what it points to must be set, to something ≥ 0. */
gint32 *pair_map_at(PairMap *self, gint32 left, gint32 right);
/* -1 where there is none. */
gint32 pair_map_find(const PairMap *self, gint32 left, gint32 right);
