#include "core/model/parameters.h"

#include "core/base/memory.h"
#include "core/model/initializer.h"

static void parameter_clear(gpointer item) { g_free(((Parameter *)item)->name); }

ParameterSet *parameters_new(void) {
  ParameterSet *self = g_new0(ParameterSet, 1);

  self->items = g_array_new(FALSE, FALSE, sizeof(Parameter));
  g_array_set_clear_func(self->items, parameter_clear);
  return self;
}

ParameterSet *parameters_new_like(const ParameterSet *other, gboolean with_grad) {
  ParameterSet *self = parameters_new();

  parameters_append(self, other, "");
  parameters_allocate(self, with_grad);
  return self;
}

void parameters_free(ParameterSet *self) {
  if (self == NULL)
    return;
  g_array_unref(self->items);
  memory_free(self->value);
  memory_free(self->grad);
  g_free(self);
}

guint parameters_add(ParameterSet *self, const char *name, const Shape *shape,
                     const char *initializer, gboolean trainable) {
  const Parameter item = {g_strdup(name), *shape, self->size, g_intern_string(initializer),
                          trainable};

  g_assert(self->value == NULL && initializer_valid(initializer));
  self->size += (shape_size(shape) + 15) / 16 * 16;
  g_array_append_val(self->items, item);
  return self->items->len - 1;
}

guint parameters_append(ParameterSet *self, const ParameterSet *other, const char *scope) {
  const guint first = self->items->len;
  const int group = first > 0 ? parameters_get(self, first - 1)->group + 1 : 0;

  for (guint i = 0; i < other->items->len; i++) {
    const Parameter *item = parameters_get(other, i);
    g_autofree char *name = g_strconcat(scope, item->name, NULL);
    parameters_add(self, name, &item->shape, item->initializer, item->trainable);
    g_array_index(self->items, Parameter, first + i).group = group + item->group;
  }
  return first;
}

void parameters_allocate(ParameterSet *self, gboolean with_grad) {
  g_assert(self->value == NULL);
  self->value = memory_new(self->size * sizeof(real));
  self->grad = with_grad ? memory_new(self->size * sizeof(real)) : NULL;
}

void parameters_initialize(ParameterSet *self, guint64 seed) {
  for (guint i = 0; i < self->items->len; i++) {
    const Parameter *item = parameters_get(self, i);
    const Rng rng = rng_new(seed, RNG_INITIALIZER, i);
    initializer_fill(item->initializer, &item->shape, &rng, self->value + item->offset);
  }
}

const Parameter *parameters_get(const ParameterSet *self, guint index) {
  return &g_array_index(self->items, Parameter, index);
}

int parameters_find(const ParameterSet *self, const char *name) {
  for (guint i = 0; i < self->items->len; i++)
    if (g_str_equal(parameters_get(self, i)->name, name))
      return (int)i;
  return -1;
}

gsize parameters_count(const ParameterSet *self) {
  gsize count = 0;

  for (guint i = 0; i < self->items->len; i++)
    count += shape_size(&parameters_get(self, i)->shape);
  return count;
}

gsize parameters_count_trainable(const ParameterSet *self) {
  gsize count = 0;

  for (guint i = 0; i < self->items->len; i++)
    if (parameters_get(self, i)->trainable)
      count += shape_size(&parameters_get(self, i)->shape);
  return count;
}
