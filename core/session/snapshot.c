#include "core/session/snapshot.h"

#include <string.h>

#define LOOKS 4 /* one being made, one waiting, one being read, one held by an open explanation */

typedef struct Look {
  Probe *probe, *drawing;
  History *history;
  double *settings;
  gint busy;
} Look;

struct LookPool {
  gatomicrefcount references;
  Look looks[LOOKS];
};

static void look_at(Look *self, const Run *run, const Watch *watch) {
  probe_run(self->probe, run->parameters, run->step, run->dataset, watch->part, watch->example,
            NULL);
  if (watch->drawing != NULL) {
    if (self->drawing == NULL)
      self->drawing = probe_new(run->task->klass, run->models, run->settings);
    probe_run(self->drawing, run->parameters, run->step, run->dataset, watch->part, watch->example,
              watch->drawing);
  }
  history_copy(self->history, run);
  memcpy(self->settings, run->settings->values, run->settings->definitions->len * sizeof(double));
}

/* Each is used once, so that its memory is there from the beginning. */
LookPool *look_pool_new(const Run *run, const Watch *watch) {
  LookPool *self = g_new0(LookPool, 1);

  g_atomic_ref_count_init(&self->references);
  for (int i = 0; i < LOOKS; i++) {
    self->looks[i].probe = probe_new(run->task->klass, run->models, run->settings);
    self->looks[i].history = history_new();
    self->looks[i].settings = g_new0(double, run->settings->definitions->len + 1);
    look_at(&self->looks[i], run, watch);
  }
  return self;
}

void look_pool_unref(LookPool *self) {
  if (!g_atomic_ref_count_dec(&self->references))
    return;
  for (int i = 0; i < LOOKS; i++) {
    probe_free(self->looks[i].probe);
    probe_free(self->looks[i].drawing);
    history_free(self->looks[i].history);
    g_free(self->looks[i].settings);
  }
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
  if (self->look != NULL) {
    g_atomic_int_set(&self->look->busy, 0);
    look_pool_unref(self->pool);
  }
  judgement_unref(self->judgement);
  g_free(self->problem);
  g_free(self);
}

static Look *free_look(LookPool *pool) {
  for (int i = 0; i < LOOKS; i++)
    if (g_atomic_int_compare_and_exchange(&pool->looks[i].busy, 0, 1))
      return &pool->looks[i];
  return NULL;
}

void snapshot_attach(Snapshot *self, LookPool *pool, const Run *run, const Watch *watch) {
  Look *look = free_look(pool);

  if (look == NULL)
    return;
  look_at(look, run, watch);
  g_atomic_ref_count_inc(&pool->references);
  self->pool = pool;
  self->look = look;
  self->probe = look->probe;
  self->drawing = watch->drawing != NULL ? look->drawing : NULL;
  self->history = look->history;
  self->settings = look->settings;
  if (run->judgement != NULL)
    self->judgement = judgement_ref(run->judgement);
}
