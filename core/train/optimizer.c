#include "core/train/optimizer.h"

#include "core/base/memory.h"
#include "core/base/parallel.h"

#include <math.h>

#define CHUNK 8192 /* values updated at a time: value, gradient and two slots fill half of L2 */
#define FLOPS 16   /* a value, roughly */
#define ALL_GROUPS -1

/* Neighbouring parameters of one kind, or part of a large one. */
typedef struct {
  gsize from, n;
  int group;
  gboolean kernel; /* is regularized, decays */
} Chunk;

const OptimizerClass *optimizer_find(const char *name) {
  for (const OptimizerClass *const *klass = OPTIMIZERS; *klass != NULL; klass++)
    if (g_str_equal((*klass)->name, name))
      return *klass;
  return NULL;
}

/* Goes on with the last chunk where that is of the same kind and has room. */
static void add_values(GArray *chunks, Chunk values) {
  while (values.n > 0) {
    Chunk *last = chunks->len > 0 ? &g_array_index(chunks, Chunk, chunks->len - 1) : NULL;
    const gboolean joins = last != NULL && last->from + last->n == values.from &&
                           last->group == values.group && last->kernel == values.kernel &&
                           last->n < CHUNK;
    Chunk next = values;
    next.n = MIN(values.n, joins ? CHUNK - last->n : CHUNK);
    if (joins)
      last->n += next.n;
    else
      g_array_append_val(chunks, next);
    values.from += next.n;
    values.n -= next.n;
  }
}

static void cut(Optimizer *self) {
  const ParameterSet *set = self->parameters;

  self->chunks = g_array_new(FALSE, FALSE, sizeof(Chunk));
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    const gsize n = (shape_size(&item->shape) + 15) / 16 * 16;
    if (item->trainable)
      add_values(self->chunks, (Chunk){item->offset, n, item->group, item->shape.rank > 1});
  }
  self->norms = g_new0(double, self->chunks->len + 1);
}

Optimizer *optimizer_new(const OptimizerClass *klass, ParameterSet *parameters) {
  Optimizer *self = g_new0(Optimizer, 1);

  g_assert(parameters->value != NULL && parameters->grad != NULL);
  self->klass = klass;
  self->parameters = parameters;
  for (; klass->slots[self->n_slots] != NULL; self->n_slots++)
    self->slot[self->n_slots] = memory_new(parameters->size * sizeof(real));
  for (gsize i = 0; klass->initial != 0 && i < parameters->size; i++)
    self->slot[0][i] = (real)klass->initial;
  cut(self);
  return self;
}

void optimizer_free(Optimizer *self) {
  if (self == NULL)
    return;
  for (int i = 0; i < self->n_slots; i++)
    memory_free(self->slot[i]);
  g_array_unref(self->chunks);
  g_free(self->norms);
  g_free(self);
}

typedef struct {
  Optimizer *optimizer;
  const OptimizerSettings *settings;
  guint32 t;
  int group;
  double scale; /* of the gradients */
} Update;

static const Chunk *chunk_of(const Update *update, guint item) {
  const Chunk *chunk = &g_array_index(update->optimizer->chunks, Chunk, item);

  return update->group == ALL_GROUPS || update->group == chunk->group ? chunk : NULL;
}

/* --- before the step: regularization, then clipping --- */

static void regularize(const OptimizerSettings *s, const real *value, real *grad, gsize n) {
  const real l1 = (real)s->l1, l2 = (real)(2 * s->l2);

  for (gsize i = 0; i < n; i++)
    grad[i] += l2 * value[i] + l1 * (real)((value[i] > 0) - (value[i] < 0));
}

static void prepare_chunk(guint item, gpointer data) {
  const Update *update = data;
  const OptimizerSettings *s = update->settings;
  const Chunk *chunk = chunk_of(update, item);
  double sum = 0;

  if (chunk == NULL) {
    update->optimizer->norms[item] = 0;
    return;
  }
  real *grad = update->optimizer->parameters->grad + chunk->from;
  if (chunk->kernel && (s->l1 > 0 || s->l2 > 0))
    regularize(s, update->optimizer->parameters->value + chunk->from, grad, chunk->n);
  for (gsize i = 0; i < chunk->n; i++) {
    if (s->clipvalue > 0)
      grad[i] = CLAMP(grad[i], (real)-s->clipvalue, (real)s->clipvalue);
    sum += (double)grad[i] * (double)grad[i];
  }
  update->optimizer->norms[item] = sum;
}

/* Chunk by chunk in order: the same for any number of threads. */
static double clip_scale(const Update *update, gsize size) {
  const OptimizerSettings *s = update->settings;
  const guint n = update->optimizer->chunks->len;
  double sum = 0;

  if (s->l1 <= 0 && s->l2 <= 0 && s->clipvalue <= 0 && s->global_clipnorm <= 0)
    return 1;
  parallel_for(n, (double)size * FLOPS, prepare_chunk, (gpointer)update);
  for (guint i = 0; i < n; i++)
    sum += update->optimizer->norms[i];
  const double norm = sqrt(sum);
  return s->global_clipnorm > 0 && norm > s->global_clipnorm ? s->global_clipnorm / norm : 1;
}

static void penalize_chunk(guint item, gpointer data) {
  const Update *update = data;
  const Chunk *chunk = chunk_of(update, item);
  const real *value = update->optimizer->parameters->value + chunk->from;
  double absolute = 0, squares = 0;

  for (gsize i = 0; chunk->kernel && i < chunk->n; i++) {
    absolute += fabs((double)value[i]);
    squares += (double)value[i] * (double)value[i];
  }
  update->optimizer->norms[item] = update->settings->l1 * absolute + update->settings->l2 * squares;
}

double optimizer_penalty(Optimizer *self, const OptimizerSettings *settings) {
  const Update update = {self, settings, 0, ALL_GROUPS, 1};
  double sum = 0;

  if (settings->l1 <= 0 && settings->l2 <= 0)
    return 0;
  parallel_for(self->chunks->len, (double)self->parameters->size * 4, penalize_chunk,
               (gpointer)&update);
  for (guint c = 0; c < self->chunks->len; c++)
    sum += self->norms[c];
  return sum;
}

/* --- the step --- */

static void scale_values(real *values, real factor, gsize n) {
  for (gsize i = 0; i < n; i++)
    values[i] *= factor;
}

static void update_chunk(guint item, gpointer data) {
  const Update *update = data;
  const OptimizerSettings *s = update->settings;
  Optimizer *self = update->optimizer;
  const Chunk *chunk = chunk_of(update, item);
  real *slots[OPTIMIZER_MAX_SLOTS] = {NULL};

  if (chunk == NULL)
    return;
  real *value = self->parameters->value + chunk->from, *grad = self->parameters->grad + chunk->from;
  if (update->scale != 1)
    scale_values(grad, (real)update->scale, chunk->n);
  if (self->klass->decays && chunk->kernel && s->weight_decay > 0)
    scale_values(value, (real)(1 - s->learning_rate * s->weight_decay), chunk->n);
  for (int i = 0; i < self->n_slots; i++)
    slots[i] = self->slot[i] + chunk->from;
  self->klass->update(s, update->t, value, grad, slots, chunk->n);
}

static void step(Optimizer *self, const OptimizerSettings *settings, guint32 t, int group) {
  Update update = {self, settings, t, group, 1};
  const gsize size = self->parameters->size;

  update.scale = clip_scale(&update, size);
  parallel_for(self->chunks->len, (double)size * FLOPS, update_chunk, &update);
}

void optimizer_step(Optimizer *self, const OptimizerSettings *settings, guint32 t) {
  step(self, settings, t, ALL_GROUPS);
}

void optimizer_step_group(Optimizer *self, const OptimizerSettings *settings, guint32 t,
                          int group) {
  step(self, settings, t, group);
}
