#include "app/train_plots.h"

#include "core/tasks/task.h"
#include "ui/panels/panel.h"

#define PATIENCE 60 /* seconds for judging all validation samples */

static const Theme PAPER = {.em = 13};

static void get_model(Run *run, gpointer data) { *(const Model **)data = run->model; }

/* Not every task says something about single samples. */
static gboolean is_complete(const Snapshot *look, gboolean judges) {
  return look->probe != NULL &&
         (!judges || (look->judgement != NULL && look->judgement->step == look->status.step));
}

/* With a probe, and what the model says about validation samples; NULL: it did not come. */
static Snapshot *take_look(Session *session, const Lesson *lesson) {
  const gboolean judges = task_find(lesson->task)->judge != NULL;
  const gint64 end = g_get_monotonic_time() + PATIENCE * G_USEC_PER_SEC;

  session_watch(session, TRUE, DATASET_VALIDATION, 0);
  while (g_get_monotonic_time() < end) {
    session_wait(session, -1, NULL);
    Snapshot *look = session_take_snapshot(session);
    if (look != NULL && is_complete(look, judges))
      return look;
    snapshot_unref(look);
    g_usleep(G_USEC_PER_SEC / 100);
  }
  return NULL;
}

static gboolean export(Panel *panel, const char *folder, const char *ending, GError **error) {
  g_autofree char *name = g_strconcat(panel->klass->name, ending, NULL);
  g_autofree char *path = g_build_filename(folder, "plots", name, NULL);

  return panel_export(panel, path, &PAPER, error);
}

gboolean train_plots(Session *session, const Lesson *lesson, const Dataset *dataset,
                     const char *folder, GError **error) {
  g_autoptr(Snapshot) look = take_look(session, lesson);
  const Model *model = NULL;
  gboolean written = TRUE;

  session_inspect(session, get_model, &model);
  for (guint i = 0; written && look != NULL && i < lesson->panels->len; i++) {
    const LessonPanel *description = lesson->panels->pdata[i];
    const PanelClass *klass = panel_class_find(description->panel);
    if (klass == NULL)
      continue;
    g_autoptr(Panel) panel = panel_new(klass, lesson, dataset, model, description->tensor, NULL);
    panel_look(panel, look);
    written = export(panel, folder, ".svg", error) && export(panel, folder, ".png", error);
  }
  session_watch(session, FALSE, DATASET_VALIDATION, 0);
  return written;
}
