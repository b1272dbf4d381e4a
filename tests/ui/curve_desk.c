#include "tests/ui/curve_desk.h"

#include <math.h>
#include <string.h>

static const char *const METRICS[] = {"loss", "accuracy", NULL};

History *curve_history(guint n, guint block, guint n_epochs) {
  History *self = history_new();
  EpochRecord *epochs = g_new0(EpochRecord, n_epochs + 1);
  float *memory = g_new(float, 6 * (gsize)(n + 1));
  const float off = block > 1 ? 0.1f : 0;

  self->metrics = METRICS;
  self->n = n;
  self->block = block;
  for (int m = 0; m < 2; m++) {
    self->low[m] = memory + 3 * m * (n + 1);
    self->mean[m] = self->low[m] + n + 1;
    self->high[m] = self->mean[m] + n + 1;
    for (guint i = 0; i < n; i++) {
      const float loss = 2 / (1 + 0.1f * (float)i);
      self->mean[m][i] = m == 0 ? loss : 1 - loss / 2;
      self->low[m][i] = self->mean[m][i] - off;
      self->high[m][i] = self->mean[m][i] + off;
    }
  }
  for (guint i = 0; i < n_epochs; i++)
    epochs[i] = (EpochRecord){.epoch = i + 1,
                              .step = (i + 1) * 20 * block,
                              .validation = {fabs(i - 1.0) + 0.25, 0.9 - 0.1 * fabs(i - 1.0)}};
  self->epochs = epochs;
  self->n_epochs = n_epochs;
  return self;
}

void curve_change(History *history, guint32 step, const char *name, const char *value) {
  HistoryChange *made = g_new0(HistoryChange, 1);

  made->step = step;
  made->name = g_strdup(name);
  made->value = g_strdup(value);
  g_ptr_array_add(history->changes, made);
}

Snapshot *curve_look(History *history) {
  Snapshot *look = panel_fixture_with_history(panel_fixture()->look, history);

  look->status.step = history->n * history->block;
  return look;
}

CurveDesk curve_desk_new(const char *name, History *history) {
  CurveDesk self = {.easel = easel_new(CURVE_DESK_WIDTH, CURVE_DESK_HEIGHT, FALSE, 13)};

  self.own = history != NULL ? curve_look(history) : NULL;
  self.panel = panel_fixture_new(name, self.own != NULL ? self.own : panel_fixture()->look, NULL);
  return self;
}

void curve_desk_clear(CurveDesk *self) {
  panel_free(self->panel);
  easel_free(self->easel);
  if (self->own != NULL)
    panel_fixture_history_free(self->own);
}

void curve_desk_picture(const CurveDesk *self, CurvesPicture *picture) {
  curves_picture(self->panel, &self->easel->canvas, picture);
}

void curve_assert_says(const char *text, const char *word) {
  if (strstr(text, word) == NULL)
    g_error("“%s” does not say “%s”", text, word);
}

void curve_assert_step(const Hit *hit, guint step) {
  g_autofree char *word = g_strdup_printf("step %u,", step);

  curve_assert_says(hit->text, word);
}

Hit curve_desk_point(CurveDesk *self, double step) {
  CurvesPicture picture;
  Hit hit;

  curve_desk_picture(self, &picture);
  self->panel->pointer_x = axis_x(&picture.plot.x, &picture.inside, step);
  self->panel->pointer_y = picture.inside.y + picture.inside.height / 2;
  g_assert_true(panel_hit(self->panel, &self->easel->canvas, self->panel->pointer_x,
                          self->panel->pointer_y, &hit));
  return hit;
}

Hit curve_desk_walk(CurveDesk *self, int dx, int dy) {
  double x = 0, y = 0;
  Hit hit;

  g_assert_true(self->panel->klass->move(self->panel, &self->easel->canvas, dx, dy, &x, &y));
  g_assert_true(panel_hit(self->panel, &self->easel->canvas, x, y, &hit));
  return hit;
}
