/* A run on a thread of its own: commands in, snapshots out.
 *
 * The worker is the only thread that computes. Commands are queued and obeyed between units of work
 * (a training step, a batch of evaluation); nothing a caller does waits for the worker, except
 * session_wait and session_save, and nothing it does makes the worker wait. All functions may be
 * called from any one thread; callbacks come on the worker.
 */
#pragma once

#include "core/session/history.h"
#include "core/session/probe.h"
#include "core/session/run.h"

typedef enum {
  SESSION_PAUSED,
  SESSION_TRAINING, /* or evaluating */
  SESSION_FINISHED, /* at the end of its epochs; more can be asked for */
  SESSION_FAILED,   /* a number was not finite: see `problem` */
} SessionState;

typedef struct {
  SessionState state;
  RunPhase phase;
  guint32 step, end_step, epoch, epochs, steps_per_epoch;
  guint32 batch_size;
  guint32 evaluated; /* samples of the evaluation under way */
  double last[TASK_MAX_METRICS], running[TASK_MAX_METRICS]; /* last batch; mean over this epoch */
  double validation[TASK_MAX_METRICS], test[TASK_MAX_METRICS];
  double samples_per_second; /* of training, over the last half second or so; 0: not known yet */
  guint64 samples;           /* trained on by this session */
  double training_seconds;   /* spent on them: without evaluation and pauses */
} SessionStatus;

/* One look at a run, complete in itself; shared, never changed. */
typedef struct {
  gatomicrefcount references;
  SessionStatus status;
  char *problem;
  guint64 seed;
  /* All NULL unless something is watched (session_watch). */
  Probe *probe;         /* the pinned example */
  Probe *drawing;       /* the learner's own picture, where there is one; its label is the guess */
  History *history;     /* the curves */
  Judgement *judgement; /* the newest on validation samples, where the task makes some */
  double *settings;     /* values now, in the order of the lesson's definitions */
  struct Look *look;    /* of the pool it came from: given back with the last reference */
  struct LookPool *pool;
} Snapshot;

Snapshot *snapshot_ref(Snapshot *self);
void snapshot_unref(Snapshot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Snapshot, snapshot_unref)

typedef struct Session Session;

/* Called on the worker when a new snapshot is there to be taken. */
typedef void (*SessionNotify)(gpointer data);

/* Takes the run over and starts the worker, paused. `notify` may be NULL. */
Session *session_new(Run *run, SessionNotify notify, gpointer data);
/* Asks the worker to stop, waits for it, frees the run. Snapshots that are held stay valid. */
void session_free(Session *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

void session_train(Session *self);
void session_pause(Session *self);
/* Trains one batch, or to the end of the epoch and its validation; then pauses. An epoch asked for
 * while one is under way is one more. */
void session_step(Session *self);
void session_epoch(Session *self);
/* Starts over from the same or another seed, with these settings (copied; NULL: as they are),
 * paused. Settings that the lesson's model does not build with are reported like a failure. */
void session_reset(Session *self, guint64 seed, const Settings *settings);
/* A live change for the next step. The worker checks it; a refusal is told by session_problem. */
void session_set(Session *self, const char *name, const char *value);
/* At most this many steps a second; 0: as fast as it goes. */
void session_pace(Session *self, double steps_per_second);
/* Lets every other program go first, the window above all: called once, before training starts. */
void session_give_way(Session *self);
/* Puts back the run that the last reset replaced, as it was, paused; what has been trained since
 * can in turn be put back. Nothing happens where there was no reset. */
void session_undo_reset(Session *self);
/* Pins an example and asks for probes, curves and judgements in snapshots; `on` FALSE: none. */
void session_watch(Session *self, gboolean on, DatasetPart part, guint32 example);
/* The learner's own picture (the model's input, copied) to look at beside the pinned example; NULL:
 * none. */
void session_draw(Session *self, const float *pixels);

/* The newest snapshot, once: NULL until there is a newer one. The caller unrefs it. */
Snapshot *session_take_snapshot(Session *self);
/* A copy of the numbers now. */
void session_status(Session *self, SessionStatus *status);
/* What went wrong last, or NULL; the caller frees it. */
char *session_problem(Session *self);

/* Waits until the worker has obeyed everything so far and is not training, or `cancellable` is
 * cancelled, or `timeout` microseconds have gone by (negative: for ever). TRUE when it is at rest.
 */
gboolean session_wait(Session *self, gint64 timeout, GCancellable *cancellable);
/* Saves the run between two units of work; waits for it. */
gboolean session_save(Session *self, const char *path, GError **error);
/* Runs func on the worker between two units of work, and waits for it: for reports and tests. */
void session_inspect(Session *self, void (*func)(Run *run, gpointer data), gpointer data);
