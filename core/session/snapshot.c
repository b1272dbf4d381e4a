#include "core/session/snapshot.h"

#define PROBES 3 /* one being made, one waiting, one being read */

typedef struct {
  Probe *probe;
  gint busy;
} PoolProbe;

struct ProbePool {
  gatomicrefcount references;
  PoolProbe probes[PROBES];
};

ProbePool *probe_pool_new(const Run *run) {
  ProbePool *self = g_new0(ProbePool, 1);

  g_atomic_ref_count_init(&self->references);
  for (int i = 0; i < PROBES; i++)
    self->probes[i].probe = probe_new(run->task->klass, run->model);
  return self;
}

void probe_pool_unref(ProbePool *self) {
  if (!g_atomic_ref_count_dec(&self->references))
    return;
  for (int i = 0; i < PROBES; i++)
    probe_free(self->probes[i].probe);
  g_free(self);
}

Snapshot *snapshot_new(void) {
  Snapshot *self = g_new0(Snapshot, 1);

  g_atomic_ref_count_init(&self->references);
  return self;
}

Snapshot *snapshot_ref(Snapshot *self) {
  g_atomic_ref_count_inc(&self->references);
  return self;
}

void snapshot_unref(Snapshot *self) {
  if (self == NULL || !g_atomic_ref_count_dec(&self->references))
    return;
  if (self->probe != NULL) {
    g_atomic_int_set(self->probe_busy, 0);
    probe_pool_unref(self->pool);
  }
  g_free(self->problem);
  g_free(self);
}

void snapshot_attach(Snapshot *self, ProbePool *pool, const Run *run, DatasetPart part,
                     guint32 example) {
  for (int i = 0; i < PROBES; i++) {
    PoolProbe *slot = &pool->probes[i];
    if (!g_atomic_int_compare_and_exchange(&slot->busy, 0, 1))
      continue;
    probe_run(slot->probe, run->parameters, run->step, run->dataset, part, example);
    g_atomic_ref_count_inc(&pool->references);
    self->probe = slot->probe;
    self->probe_busy = &slot->busy;
    self->pool = pool;
    return;
  }
}
