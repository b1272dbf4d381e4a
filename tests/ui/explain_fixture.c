#include "tests/ui/explain_fixture.h"

#define EXAMPLE 3
#define DRAWING 5

static Probe *probe(const Run *run, guint32 example, const float *pixels) {
  Probe *self = probe_new(run->task->klass, run->models, run->settings);

  probe_run(self, run->parameters, run->step, run->dataset, DATASET_VALIDATION, example, pixels);
  return self;
}

static Snapshot *look_at(const Run *run) {
  Snapshot *self = g_new0(Snapshot, 1);
  const gsize n = shape_size(&run->dataset->field[0].row);
  g_autofree float *pixels = g_new(float, n);

  g_atomic_ref_count_init(&self->references);
  dataset_sample(run->dataset, DATASET_TRAIN, DRAWING, pixels, NULL);
  self->probe = probe(run, EXAMPLE, NULL);
  self->drawing = probe(run, EXAMPLE, pixels);
  self->settings = g_memdup2(run->settings->values, run->lesson->definitions->len * sizeof(double));
  return self;
}

ExplainFixture *explain_fixture_new(Dataset *dataset, guint steps) {
  ExplainFixture *self = g_new0(ExplainFixture, 1);
  GError *error = NULL;

  self->lesson = lessons_open("day05", &error);
  g_assert_no_error(error);
  self->dataset = dataset != NULL ? dataset : dataset_draw_digits(5, 640, 20, 20);
  g_autoptr(Settings) settings = settings_new(self->lesson->definitions);
  self->run = run_new(self->lesson, self->dataset, settings, 1, &error);
  g_assert_no_error(error);
  while (self->run->step < steps && run_advance(self->run))
    ;
  self->look = look_at(self->run);
  return self;
}

void explain_fixture_free(ExplainFixture *self) {
  g_assert_true(g_atomic_ref_count_compare(&self->look->references, 1)); /* nobody holds it */
  probe_free(self->look->probe);
  probe_free(self->look->drawing);
  g_free(self->look->settings);
  g_free(self->look);
  run_free(self->run);
  dataset_free(self->dataset);
  lesson_free(self->lesson);
  g_free(self);
}
