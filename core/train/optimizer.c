#include "core/train/optimizer.h"

#include "core/base/memory.h"
#include "core/base/parallel.h"

#define CHUNK 8192 /* values updated at a time: value, gradient and two slots fill half of L2 */
#define FLOPS 16   /* a value, roughly */

const OptimizerClass *optimizer_find(const char *name) {
  for (const OptimizerClass *const *klass = OPTIMIZERS; *klass != NULL; klass++)
    if (g_str_equal((*klass)->name, name))
      return *klass;
  return NULL;
}

Optimizer *optimizer_new(const OptimizerClass *klass, ParameterSet *parameters) {
  Optimizer *self = g_new0(Optimizer, 1);

  g_assert(parameters->value != NULL && parameters->grad != NULL);
  self->klass = klass;
  self->parameters = parameters;
  for (; klass->slots[self->n_slots] != NULL; self->n_slots++)
    self->slot[self->n_slots] = memory_new(parameters->size * sizeof(real));
  return self;
}

void optimizer_free(Optimizer *self) {
  if (self == NULL)
    return;
  for (int i = 0; i < self->n_slots; i++)
    memory_free(self->slot[i]);
  g_free(self);
}

typedef struct {
  Optimizer *optimizer;
  const OptimizerSettings *settings;
  guint32 t;
} Update;

static void update_chunk(guint item, gpointer data) {
  const Update *update = data;
  Optimizer *self = update->optimizer;
  const gsize from = (gsize)item * CHUNK, n = MIN(CHUNK, self->parameters->size - from);
  real *slots[OPTIMIZER_MAX_SLOTS] = {NULL};

  for (int i = 0; i < self->n_slots; i++)
    slots[i] = self->slot[i] + from;
  self->klass->update(update->settings, update->t, self->parameters->value + from,
                      self->parameters->grad + from, slots, n);
}

void optimizer_step(Optimizer *self, const OptimizerSettings *settings, guint32 t) {
  Update update = {self, settings, t};
  const gsize size = self->parameters->size;

  parallel_for((guint)((size + CHUNK - 1) / CHUNK), (double)size * FLOPS, update_chunk, &update);
}
