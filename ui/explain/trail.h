/* Where somebody who asks "why this number?" has been: back and forward as in a browser. */
#pragma once

#include "ui/panels/panel.h"

#define TRAIL_LIMIT 200 /* the oldest are forgotten */

typedef struct {
  Target target;
  gboolean drawing; /* of the learner's own picture instead of the pinned example */
  char *title;
} TrailEntry;

typedef struct {
  GPtrArray *entries; /* TrailEntry */
  guint at;           /* the entry one is at, when there is one */
} Trail;

Trail *trail_new(void);
void trail_free(Trail *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trail, trail_free)

gboolean target_equal(const Target *a, const Target *b);

/* Goes to a place: what lay forward is forgotten. Where one is already, nothing happens. */
void trail_push(Trail *self, const Target *target, gboolean drawing, const char *title);
/* NULL while it is empty, and where there is nothing back or forward. Entries stay valid until the
 * next push. */
const TrailEntry *trail_current(const Trail *self);
const TrailEntry *trail_peek_back(const Trail *self);
const TrailEntry *trail_peek_forward(const Trail *self);
/* Go there; NULL and no change where there is nothing. */
const TrailEntry *trail_back(Trail *self);
const TrailEntry *trail_forward(Trail *self);
