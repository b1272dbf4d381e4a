/* Snapshots and what they show: private to core/session. */
#pragma once

#include "core/session/session.h"

/* What is watched. */
typedef struct {
  gboolean on;
  DatasetPart part;
  guint32 example;
  float *drawing; /* the learner's picture; NULL: none */
} Watch;

/* Probes and curves that are used again and again, so that looking allocates nothing. They outlive
 * the session while somebody reads one. */
typedef struct LookPool LookPool;

LookPool *look_pool_new(const Run *run, const Watch *watch);
void look_pool_unref(LookPool *self);

Snapshot *snapshot_new(void);
/* Gives the snapshot a look at the run, if one of the pool is free; it keeps the pool alive. */
void snapshot_attach(Snapshot *self, LookPool *pool, const Run *run, const Watch *watch);
