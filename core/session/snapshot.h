/* Snapshots and their probes: private to core/session. */
#pragma once

#include "core/session/session.h"

/* Probes that are used again and again, so that looking allocates no graphs. They outlive the
 * session while somebody reads one. */
typedef struct ProbePool ProbePool;

ProbePool *probe_pool_new(const Run *run);
void probe_pool_unref(ProbePool *self);

Snapshot *snapshot_new(void);
/* Gives the snapshot a probe of the run's parameters, if one of the pool is free; it keeps the pool
 * alive. */
void snapshot_attach(Snapshot *self, ProbePool *pool, const Run *run, DatasetPart part,
                     guint32 example);
