#include "core/train/average.h"

#include "core/base/parallel.h"

#include <string.h>

typedef struct {
  ParameterSet *average;
  const ParameterSet *current;
  real momentum;
} Update;

static void update_item(guint item, gpointer data) {
  const Update *update = data;
  const Parameter *parameter = parameters_get(update->current, item);
  const gsize n = shape_size(&parameter->shape);
  const real *value = update->current->value + parameter->offset, m = update->momentum;
  real *average = update->average->value + parameter->offset;

  if (!parameter->trainable || m == 0) {
    memcpy(average, value, n * sizeof(real));
    return;
  }
  for (gsize i = 0; i < n; i++)
    average[i] = m * average[i] + (1 - m) * value[i];
}

void average_update(ParameterSet *average, const ParameterSet *current, double momentum,
                    guint32 t) {
  Update update = {average, current, t > 1 ? (real)momentum : 0};

  parallel_for(current->items->len, 3.0 * (double)current->size, update_item, &update);
}
