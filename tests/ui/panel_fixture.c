#include "tests/ui/panel_fixture.h"

#include <math.h>
#include <string.h>

#define DRAWING 5
#define PATIENCE (120 * G_USEC_PER_SEC)
#define SEED 1
#define OTHER_SEED 2

static PanelFixture *fixture;

/* --- the run --- */

static void rest(Session *session) { g_assert_true(session_wait(session, PATIENCE, NULL)); }

static void model_cb(Run *run, gpointer data) { *(const Model **)data = run->model; }

static void draw_example(Session *session, const Dataset *dataset) {
  g_autofree float *pixels = g_new(float, shape_size(&dataset->field[0].row));

  dataset_sample(dataset, DATASET_TRAIN, DRAWING, pixels, NULL);
  session_draw(session, pixels);
}

/* The newest, with judgements of its step. */
static Snapshot *take(Session *session) {
  Snapshot *look = NULL;

  for (int i = 0; i < 1000; i++) {
    rest(session);
    Snapshot *newer = session_take_snapshot(session);
    if (newer != NULL) {
      snapshot_unref(look);
      look = newer;
    }
    if (look != NULL && look->judgement != NULL && look->judgement->step == look->status.step)
      return look;
    g_usleep(5000);
  }
  g_assert_not_reached();
}

static void steps(Session *session, int n) {
  for (int i = 0; i < n; i++) {
    session_step(session);
    rest(session);
  }
}

static void train_with_changes(Session *session) {
  steps(session, 30);
  session_set(session, "learning_rate", "0.003");
  session_set(session, "beta_1", "0.8");
  steps(session, 9);
  session_set(session, "learning_rate", "0.0005");
  session_epoch(session);
  rest(session);
  session_epoch(session);
  rest(session);
}

static PanelFixture *make(void) {
  PanelFixture *self = g_new0(PanelFixture, 1);
  GError *error = NULL;

  self->lesson = lessons_open("day05", &error);
  g_assert_no_error(error);
  self->dataset = dataset_draw_digits(5, 640, 80, 20);
  g_autoptr(Settings) settings = settings_new(self->lesson->definitions);
  Run *run = run_new(self->lesson, self->dataset, settings, SEED, &error);
  g_assert_no_error(error);
  self->session = session_new(run, NULL, NULL);
  session_watch(self->session, TRUE, DATASET_VALIDATION, PANEL_FIXTURE_EXAMPLE);
  draw_example(self->session, self->dataset);
  self->fresh = take(self->session);
  train_with_changes(self->session);
  self->look = take(self->session);
  session_reset(self->session, OTHER_SEED, NULL);
  self->reset = take(self->session);
  session_inspect(self->session, model_cb, &self->model);
  g_assert_cmpuint(self->look->status.step, ==, 60);
  g_assert_cmpuint(self->look->history->n_epochs, ==, 3);
  g_assert_cmpuint(self->look->history->changes->len, ==, 3);
  g_assert_nonnull(self->look->drawing);
  return self;
}

const PanelFixture *panel_fixture(void) {
  if (fixture == NULL)
    fixture = make();
  return fixture;
}

void panel_fixture_end(void) {
  if (fixture == NULL)
    return;
  snapshot_unref(fixture->fresh);
  snapshot_unref(fixture->look);
  snapshot_unref(fixture->reset);
  session_free(fixture->session);
  dataset_free(fixture->dataset);
  lesson_free(fixture->lesson);
  g_clear_pointer(&fixture, g_free);
}

/* --- panels --- */

static void redraw_cb(gpointer data) { ((PanelCalls *)data)->redraws++; }

static void pin_cb(gpointer data, DatasetPart part, guint32 example) {
  PanelCalls *self = data;

  g_assert_cmpuint(example, <, panel_fixture()->dataset->count[part]);
  self->pins++;
  self->part = part;
  self->example = example;
}

static void draw_input_cb(gpointer data, const float *pixels) {
  (void)pixels;
  ((PanelCalls *)data)->drawings++;
}

static void did_cb(gpointer data, const char *what) {
  PanelCalls *self = data;

  if (self->deeds == NULL)
    self->deeds = g_string_new(NULL);
  g_string_append_printf(self->deeds, "%s ", what);
}

void panel_calls_clear(PanelCalls *self) {
  if (self->deeds != NULL)
    g_string_free(self->deeds, TRUE);
  memset(self, 0, sizeof *self);
}

static const char *tensor_of(const Lesson *lesson, const char *name) {
  for (guint i = 0; i < lesson->panels->len; i++) {
    const LessonPanel *panel = lesson->panels->pdata[i];
    if (g_str_equal(panel->panel, name))
      return panel->tensor;
  }
  return NULL;
}

Panel *panel_fixture_new(const char *name, Snapshot *look, PanelCalls *calls) {
  const PanelFixture *f = panel_fixture();
  const PanelHost host = {calls, redraw_cb, pin_cb, draw_input_cb, did_cb};
  const PanelClass *klass = panel_class_find(name);

  g_assert_nonnull(klass);
  Panel *panel = panel_new(klass, f->lesson, f->dataset, f->model, tensor_of(f->lesson, name),
                           calls != NULL ? &host : NULL);
  if (look != NULL)
    panel_look(panel, look);
  return panel;
}

Snapshot *panel_fixture_with_history(const Snapshot *of, History *history) {
  Snapshot *self = g_memdup2(of, sizeof *of);

  g_atomic_ref_count_init(&self->references);
  self->history = history;
  return self;
}

void panel_fixture_history_free(Snapshot *look) {
  g_assert_true(g_atomic_ref_count_compare(&look->references, 1)); /* nobody holds it */
  history_free(look->history);
  g_free(look);
}
