/* The worker of a session: private to core/session. */
#pragma once

#include "core/session/snapshot.h"

typedef enum {
  COMMAND_TRAIN,
  COMMAND_PAUSE,
  COMMAND_STEP,
  COMMAND_EPOCH,
  COMMAND_RESET,
  COMMAND_UNDO_RESET,
  COMMAND_SET,
  COMMAND_PACE,
  COMMAND_WATCH,
  COMMAND_DRAW,
  COMMAND_GIVE_WAY,
  COMMAND_INSPECT,
  COMMAND_QUIT,
} CommandKind;

typedef struct {
  CommandKind kind;
  char *name, *value;
  Settings *settings;
  guint64 seed;
  double pace;
  gboolean on;
  DatasetPart part;
  guint32 example;
  float *pixels;
  void (*func)(Run *run, gpointer data);
  gpointer data;
} SessionCommand;

/* How far the worker goes before it pauses by itself. */
typedef enum { GOAL_NONE, GOAL_STEP, GOAL_EPOCH, GOAL_END } Goal;

struct Session {
  GThread *thread;
  Shape input; /* of the model, one row */
  SessionNotify notify;
  gpointer notify_data;

  /* The worker's own. */
  Run *run, *replaced; /* by the last reset */
  Goal goal;
  guint32 goal_step;
  double pace;
  gint64 next_step, next_snapshot, rate_since, training_time; /* µs */
  guint64 samples, rate_samples;
  double rate;
  Watch watch;
  LookPool *pool;
  gint64 next_judgement;

  /* Shared, under the lock, held only to copy. */
  GMutex lock;
  GCond changed;
  GQueue commands;
  guint64 queued, obeyed;
  SessionStatus status;
  char *problem;
  Snapshot *snapshot;
};

/* What the run is at now: the worker's to call, or before it starts. */
void session_measure(const Session *self, SessionStatus *status);
/* The thread: obeys and works until it is told to quit. */
gpointer session_worker(gpointer session);
