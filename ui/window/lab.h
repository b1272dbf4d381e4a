/* An open lesson: its data, its running model, the settings that wait for a reset, the newest look.
 *
 * The window's parts read it and listen to it; none of them knows another. Opening reads data, so
 * it is done on a thread; everything else is for the main thread.
 *
 * Signals
 *   closing ()        what was open goes: let go of everything borrowed
 *   opened ()         another model is there (opened, loaded): panels are to be made anew
 *   look ()           a newer snapshot
 *   settings ()       a wanted setting has changed
 *   pinned ()         another example is pinned
 *   problem (text)    something went wrong; to be told
 *   did (word)        the learner did something a goal can ask for (the page's `did` words)
 */
#pragma once

#include "core/session/session.h"

#include <gio/gio.h>

#define BATHY_TYPE_LAB (bathy_lab_get_type())
G_DECLARE_FINAL_TYPE(BathyLab, bathy_lab, BATHY, LAB, GObject)

BathyLab *bathy_lab_new(void);

/* Opens a lesson with the data set of that name, or the best that is there (NULL), and the run
 * saved at `resume` (NULL: a fresh one of `seed`). What was open before stays until it has worked.
 */
void bathy_lab_open(BathyLab *self, const char *lesson, const char *dataset, const char *resume,
                    guint64 seed, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer data);
/* FALSE with an error in the learner's terms. */
gboolean bathy_lab_open_finish(BathyLab *self, GAsyncResult *result, GError **error);
/* Stops the worker and lets go of everything. */
void bathy_lab_close(BathyLab *self);

/* NULL while nothing is open; borrowed, until the next "opened". */
const Lesson *bathy_lab_get_lesson(BathyLab *self);
const Dataset *bathy_lab_get_dataset(BathyLab *self);
const Model *bathy_lab_get_model(BathyLab *self); /* a copy that only shows the architecture */
Session *bathy_lab_get_session(BathyLab *self);
/* The newest with a probe; NULL before the first. */
Snapshot *bathy_lab_get_look(BathyLab *self);
const SessionStatus *bathy_lab_get_status(BathyLab *self);
gboolean bathy_lab_is_training(BathyLab *self);

/* --- commands --- */

void bathy_lab_train(BathyLab *self);
void bathy_lab_pause(BathyLab *self);
void bathy_lab_step(BathyLab *self);
void bathy_lab_epoch(BathyLab *self);
/* From the wanted settings and seed. */
void bathy_lab_reset(BathyLab *self);
void bathy_lab_undo_reset(BathyLab *self);
void bathy_lab_set_pace(BathyLab *self, double steps_per_second);
double bathy_lab_get_pace(BathyLab *self);
void bathy_lab_pin(BathyLab *self, DatasetPart part, guint32 example);
void bathy_lab_get_pinned(BathyLab *self, DatasetPart *part, guint32 *example);
void bathy_lab_draw_input(BathyLab *self, const float *pixels);
void bathy_lab_did(BathyLab *self, const char *word);

/* --- settings --- */

/* What the learner wants; differs from the run's own where a reset is needed. Borrowed. */
const Settings *bathy_lab_get_wanted(BathyLab *self);
/* Live settings take effect at the next step, the others wait. Each change can be undone; changes
 * of one setting in quick succession are one. */
gboolean bathy_lab_set(BathyLab *self, const char *name, const char *value, GError **error);
gboolean bathy_lab_preset(BathyLab *self, const char *name, GError **error);
guint64 bathy_lab_get_seed(BathyLab *self);
void bathy_lab_set_seed(BathyLab *self, guint64 seed);
gboolean bathy_lab_can_undo(BathyLab *self);
gboolean bathy_lab_can_redo(BathyLab *self);
void bathy_lab_undo(BathyLab *self);
void bathy_lab_redo(BathyLab *self);
/* The run's value of a setting, as text. Caller frees. */
char *bathy_lab_running(BathyLab *self, const char *name);
/* How many wanted settings wait for a reset, the seed among them. */
int bathy_lab_waiting(BathyLab *self);
gboolean bathy_lab_waits(BathyLab *self, const char *name);
