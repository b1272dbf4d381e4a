#include "ui/panels/counted.h"

#include "ui/panels/panel_words.h"

#include <math.h>

#define MANY_ZEROS 0.1
#define LOG_SCALE 1e4 /* counts are whole numbers */

static gboolean wanted(const Panel *panel, const Tensor *tensor, Show show) {
  if (tensor->type != TENSOR_FLOAT || tensor == panel->look->probe->ends.loss)
    return FALSE;
  const gboolean parameter = parameters_find(panel->model->parameters, tensor->name) >= 0;
  if (show == SHOW_WEIGHTS)
    return parameter;
  if (show == SHOW_GRADIENTS)
    return parameter && tensor->grad != NULL;
  if (show == SHOW_DELTAS)
    return !parameter && tensor->grad != NULL;
  return !parameter && tensor->value != NULL;
}

int counted_list(const Panel *panel, Show show, Counted *counted, int room) {
  int n = 0;

  if (panel->look == NULL || panel->look->probe == NULL)
    return 0;
  const GPtrArray *tensors = panel->look->probe->ends.graph->tensors;
  for (guint i = 0; i < tensors->len && n < room; i++)
    if (wanted(panel, tensors->pdata[i], show))
      counted[n++] = (Counted){tensors->pdata[i], show == SHOW_GRADIENTS || show == SHOW_DELTAS};
  return n;
}

const real *counted_values(const Counted *self) {
  return self->gradient ? self->tensor->grad : self->tensor->value;
}

Histogram counted_make(const Counted *self, int bins) {
  return histogram_make(counted_values(self), shape_size(&self->tensor->shape), bins);
}

gsize counted_nearest(const Counted *self, double value) {
  const real *values = counted_values(self);
  double nearest = INFINITY;
  gsize best = 0;

  for (gsize i = 0; i < shape_size(&self->tensor->shape); i++)
    if (fabs((double)values[i] - value) < nearest) {
      nearest = fabs((double)values[i] - value);
      best = i;
    }
  return best;
}

/* --- bars --- */

static double share_of_zeros(const Histogram *histogram) {
  return (double)histogram->zeros / MAX(histogram->total, 1);
}

static gboolean without_zeros(const Histogram *histogram) {
  return share_of_zeros(histogram) > MANY_ZEROS && histogram->zeros < histogram->total;
}

Histogram counted_bars(const Histogram *histogram, gboolean logarithmic) {
  Histogram self = *histogram;

  if (without_zeros(histogram)) {
    const double unit = -histogram->low / (histogram->high - histogram->low);
    self.count[CLAMP((int)(unit * self.bins), 0, self.bins - 1)] -= histogram->zeros;
  }
  for (int i = 0; logarithmic && i < self.bins; i++)
    self.count[i] = (guint32)(LOG_SCALE * log1p(self.count[i]));
  return self;
}

/* --- words --- */

const char *counted_mark(const Counted *self) { return self->gradient ? "∂loss/∂" : ""; }

void counted_title(const Counted *self, const Histogram *histogram, char text[160]) {
  char mean[NUMBER_SIZE], deviation[NUMBER_SIZE];

  g_snprintf(text, 160, "%s%s: %s ± %s", counted_mark(self), self->tensor->name,
             number_text(histogram->mean, mean), number_text(histogram->deviation, deviation));
}

void counted_remark(const Histogram *histogram, char text[96]) {
  const double share = share_of_zeros(histogram);
  char zeros[NUMBER_SIZE];
  int n = 0;

  text[0] = '\0';
  if (share > 0.01)
    n = g_snprintf(text, 96, ", %s zero%s", percent_text(share, zeros),
                   without_zeros(histogram) ? " (no bar)" : "");
  if (histogram->not_finite > 0)
    g_snprintf(text + n, (gulong)(96 - n), ", %u not finite", histogram->not_finite);
}
