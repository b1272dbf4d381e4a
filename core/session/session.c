#include "core/session/snapshot.h"

#include <math.h>
#include <string.h>

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define SNAPSHOTS_A_SECOND 30
#define NICENESS 19
#define LATE (G_USEC_PER_SEC / 20) /* a pace makes up for so much delay, in µs, and no more */

typedef enum {
  COMMAND_TRAIN,
  COMMAND_PAUSE,
  COMMAND_STEP,
  COMMAND_EPOCH,
  COMMAND_RESET,
  COMMAND_SET,
  COMMAND_PACE,
  COMMAND_WATCH,
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
  void (*func)(Run *run, gpointer data);
  gpointer data;
} SessionCommand;

/* How far the worker goes before it pauses by itself. */
typedef enum { GOAL_NONE, GOAL_STEP, GOAL_EPOCH, GOAL_END } Goal;

struct Session {
  GThread *thread;
  SessionNotify notify;
  gpointer notify_data;

  /* The worker's own. */
  Run *run;
  Goal goal;
  guint32 goal_step;
  double pace;
  gint64 next_step, next_snapshot, rate_since, training_time; /* µs */
  guint64 samples, rate_samples;
  double rate;
  gboolean watching;
  DatasetPart part;
  guint32 example;
  ProbePool *pool;

  /* Shared, under the lock, held only to copy. */
  GMutex lock;
  GCond changed;
  GQueue commands;
  guint64 queued, obeyed;
  SessionStatus status;
  char *problem;
  Snapshot *snapshot;
};

/* --- snapshots --- */

static SessionState state_of(const Session *self) {
  if (self->run->phase == RUN_FAILED)
    return SESSION_FAILED;
  if (self->goal != GOAL_NONE)
    return SESSION_TRAINING;
  return self->run->phase == RUN_FINISHED ? SESSION_FINISHED : SESSION_PAUSED;
}

static SessionStatus make_status(const Session *self) {
  const Run *run = self->run;
  SessionStatus status = {.state = state_of(self),
                          .phase = run->phase,
                          .step = run->step,
                          .end_step = run_end_step(run),
                          .epoch = run_epoch(run),
                          .epochs = (guint32)settings_get(run->settings, "epochs", 1),
                          .steps_per_epoch = run_steps_per_epoch(run),
                          .batch_size = run_batch_size(run),
                          .evaluated = run->position,
                          .samples_per_second = self->rate,
                          .samples = self->samples,
                          .training_seconds = (double)self->training_time / G_USEC_PER_SEC};

  memcpy(status.last, run->last, sizeof status.last);
  memcpy(status.validation, run->validation, sizeof status.validation);
  memcpy(status.test, run->test, sizeof status.test);
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    status.running[i] =
        run->epoch_sums.rows > 0 ? run->epoch_sums.sum[i] / (double)run->epoch_sums.rows : NAN;
  return status;
}

/* Only when the last one was taken: a slow reader costs nothing. At `rest` a newer one takes
 * the place of one that was not: the last state must be seen. */
static void publish_snapshot(Session *self, gboolean rest) {
  g_mutex_lock(&self->lock);
  gboolean taken = self->snapshot == NULL;
  Snapshot *late = rest ? g_steal_pointer(&self->snapshot) : NULL;
  g_mutex_unlock(&self->lock);
  snapshot_unref(late);
  if (!taken && !rest)
    return;
  Snapshot *snapshot = snapshot_new();
  snapshot->status = make_status(self);
  if (self->watching) {
    if (self->pool == NULL)
      self->pool = probe_pool_new(self->run);
    snapshot_attach(snapshot, self->pool, self->run, self->part, self->example);
  }
  g_mutex_lock(&self->lock);
  snapshot->problem = g_strdup(self->problem);
  self->snapshot = snapshot;
  g_mutex_unlock(&self->lock);
  if (self->notify != NULL)
    self->notify(self->notify_data);
}

static void note_problem(Session *self) {
  g_mutex_lock(&self->lock);
  if (self->run->problem != NULL && g_strcmp0(self->run->problem, self->problem) != 0) {
    g_free(self->problem);
    self->problem = g_strdup(self->run->problem);
  }
  g_mutex_unlock(&self->lock);
}

/* `now` whatever the clock says: at rest, the last state must come out. The status last, so that
 * who waits for it finds the snapshot. */
static void publish(Session *self, gboolean now) {
  const gint64 time = g_get_monotonic_time();

  note_problem(self);
  if (now || time >= self->next_snapshot) {
    self->next_snapshot = time + G_USEC_PER_SEC / SNAPSHOTS_A_SECOND;
    publish_snapshot(self, now && self->goal == GOAL_NONE);
  }
  g_mutex_lock(&self->lock);
  self->status = make_status(self);
  if (now)
    g_cond_broadcast(&self->changed);
  g_mutex_unlock(&self->lock);
}

/* --- the worker --- */

static void report_problem(Session *self, GError *error) {
  g_mutex_lock(&self->lock);
  g_free(self->problem);
  self->problem = g_strdup(error->message);
  g_mutex_unlock(&self->lock);
  g_error_free(error);
}

static void drop_pool(Session *self) { g_clear_pointer(&self->pool, probe_pool_unref); }

static void reset(Session *self, guint64 seed, const Settings *settings) {
  GError *error = NULL;
  Run *fresh = run_new(self->run->lesson, self->run->dataset,
                       settings != NULL ? settings : self->run->settings, seed, &error);

  self->goal = GOAL_NONE;
  if (fresh == NULL) {
    report_problem(self, error);
    return;
  }
  drop_pool(self);
  run_free(self->run);
  self->run = fresh;
  self->samples = 0;
  self->training_time = 0;
  g_mutex_lock(&self->lock);
  g_clear_pointer(&self->problem, g_free);
  g_mutex_unlock(&self->lock);
}

static void set_goal(Session *self, Goal goal, guint32 step) {
  self->goal = self->run->phase == RUN_FAILED ? GOAL_NONE : goal;
  self->goal_step = step;
  self->rate_since = g_get_monotonic_time();
  self->rate_samples = self->samples;
  self->next_step = 0;
}

/* OpenMP's threads, made in the first parallel region, inherit it. */
static void give_way(void) {
#ifdef __linux__
  setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
#endif
}

static void obey(Session *self, const SessionCommand *command) {
  const guint32 per_epoch = run_steps_per_epoch(self->run), step = self->run->step;
  GError *error = NULL;

  switch (command->kind) {
  case COMMAND_TRAIN:
    set_goal(self, GOAL_END, 0);
    break;
  case COMMAND_PAUSE:
  case COMMAND_QUIT:
    self->goal = GOAL_NONE;
    break;
  case COMMAND_STEP:
    set_goal(self, GOAL_STEP, step + 1);
    break;
  case COMMAND_EPOCH:
    set_goal(self, GOAL_EPOCH, (step / per_epoch + 1) * per_epoch);
    break;
  case COMMAND_RESET:
    reset(self, command->seed, command->settings);
    break;
  case COMMAND_SET:
    if (!run_set(self->run, command->name, command->value, &error))
      report_problem(self, error);
    break;
  case COMMAND_PACE:
    self->pace = command->pace;
    self->next_step = 0;
    break;
  case COMMAND_WATCH:
    self->watching = command->on;
    self->part = command->part;
    self->example = command->example;
    break;
  case COMMAND_GIVE_WAY:
    give_way();
    break;
  case COMMAND_INSPECT:
    command->func(self->run, command->data);
    break;
  }
}

static void command_free(SessionCommand *command) {
  g_free(command->name);
  g_free(command->value);
  settings_free(command->settings);
  g_free(command);
}

/* Microseconds until the next unit may start; 0: now. */
static gint64 time_to_wait(const Session *self) {
  if (self->pace <= 0 || self->run->phase != RUN_TRAINING)
    return 0;
  return MAX(self->next_step - g_get_monotonic_time(), 0);
}

/* The next command; NULL when there is work to do instead. Sleeps while there is neither. */
static SessionCommand *next_command(Session *self) {
  SessionCommand *command;

  g_mutex_lock(&self->lock);
  while ((command = g_queue_pop_head(&self->commands)) == NULL) {
    const gint64 wait = self->goal != GOAL_NONE ? time_to_wait(self) : -1;
    if (wait == 0)
      break;
    if (wait < 0)
      g_cond_wait(&self->changed, &self->lock);
    else
      g_cond_wait_until(&self->changed, &self->lock, g_get_monotonic_time() + wait);
  }
  g_mutex_unlock(&self->lock);
  return command;
}

/* Evaluation is no training: its time is taken out. */
static void measure_rate(Session *self, gboolean trained, gint64 since) {
  const gint64 now = g_get_monotonic_time(), passed = now - self->rate_since;

  if (trained)
    self->training_time += now - since;
  else
    self->rate_since += now - since;
  if (!trained || passed < G_USEC_PER_SEC / 2)
    return;
  self->rate = (double)(self->samples - self->rate_samples) * G_USEC_PER_SEC / (double)passed;
  self->rate_since = now;
  self->rate_samples = self->samples;
}

static gboolean goal_reached(const Session *self) {
  const Run *run = self->run;

  if (self->goal == GOAL_STEP)
    return run->step >= self->goal_step;
  return self->goal == GOAL_EPOCH && run->step >= self->goal_step && run->phase == RUN_TRAINING;
}

static void work(Session *self) {
  Run *run = self->run;
  const guint32 before = run->step;
  const gint64 since = g_get_monotonic_time();
  const int rows = run_batch_rows(run);

  if (!run_advance(run) || goal_reached(self))
    self->goal = GOAL_NONE;
  if (run->step > before) {
    self->samples += (guint64)rows;
    if (self->pace > 0)
      self->next_step = MAX(self->next_step, since - LATE) + (gint64)(G_USEC_PER_SEC / self->pace);
  }
  measure_rate(self, run->step > before, since);
  publish(self, self->goal == GOAL_NONE);
}

static gpointer worker(gpointer data) {
  Session *self = data;

  publish(self, TRUE);
  for (;;) {
    SessionCommand *command = next_command(self);
    if (command == NULL) {
      work(self);
      continue;
    }
    const gboolean quit = command->kind == COMMAND_QUIT;
    obey(self, command);
    command_free(command);
    publish(self, TRUE);
    g_mutex_lock(&self->lock);
    self->obeyed++;
    g_cond_broadcast(&self->changed);
    g_mutex_unlock(&self->lock);
    if (quit)
      return NULL;
  }
}

/* --- what callers see --- */

Session *session_new(Run *run, SessionNotify notify, gpointer data) {
  Session *self = g_new0(Session, 1);

  self->run = run;
  self->notify = notify;
  self->notify_data = data;
  self->pace = run->lesson->pace;
  g_mutex_init(&self->lock);
  g_cond_init(&self->changed);
  g_queue_init(&self->commands);
  self->status = make_status(self);
  self->thread = g_thread_new("session", worker, self);
  return self;
}

/* Returns the command's number, for wait_obeyed. */
static guint64 push(Session *self, SessionCommand command) {
  SessionCommand *copy = g_memdup2(&command, sizeof command);

  g_mutex_lock(&self->lock);
  g_queue_push_tail(&self->commands, copy);
  guint64 number = ++self->queued;
  g_cond_broadcast(&self->changed);
  g_mutex_unlock(&self->lock);
  return number;
}

void session_free(Session *self) {
  if (self == NULL)
    return;
  push(self, (SessionCommand){.kind = COMMAND_QUIT});
  g_thread_join(self->thread);
  snapshot_unref(self->snapshot);
  drop_pool(self);
  run_free(self->run);
  g_free(self->problem);
  g_mutex_clear(&self->lock);
  g_cond_clear(&self->changed);
  g_free(self);
}

void session_train(Session *self) { push(self, (SessionCommand){.kind = COMMAND_TRAIN}); }
void session_pause(Session *self) { push(self, (SessionCommand){.kind = COMMAND_PAUSE}); }
void session_step(Session *self) { push(self, (SessionCommand){.kind = COMMAND_STEP}); }
void session_epoch(Session *self) { push(self, (SessionCommand){.kind = COMMAND_EPOCH}); }

void session_reset(Session *self, guint64 seed, const Settings *settings) {
  push(self, (SessionCommand){.kind = COMMAND_RESET,
                              .seed = seed,
                              .settings = settings != NULL ? settings_copy(settings) : NULL});
}

void session_set(Session *self, const char *name, const char *value) {
  push(self,
       (SessionCommand){.kind = COMMAND_SET, .name = g_strdup(name), .value = g_strdup(value)});
}

void session_pace(Session *self, double steps_per_second) {
  push(self, (SessionCommand){.kind = COMMAND_PACE, .pace = steps_per_second});
}

void session_give_way(Session *self) { push(self, (SessionCommand){.kind = COMMAND_GIVE_WAY}); }

void session_watch(Session *self, gboolean on, DatasetPart part, guint32 example) {
  push(self, (SessionCommand){.kind = COMMAND_WATCH, .on = on, .part = part, .example = example});
}

Snapshot *session_take_snapshot(Session *self) {
  g_mutex_lock(&self->lock);
  Snapshot *snapshot = g_steal_pointer(&self->snapshot);
  g_mutex_unlock(&self->lock);
  return snapshot;
}

void session_status(Session *self, SessionStatus *status) {
  g_mutex_lock(&self->lock);
  *status = self->status;
  g_mutex_unlock(&self->lock);
}

char *session_problem(Session *self) {
  g_mutex_lock(&self->lock);
  char *problem = g_strdup(self->problem);
  g_mutex_unlock(&self->lock);
  return problem;
}

static gboolean at_rest(const Session *self) {
  return self->obeyed == self->queued && self->status.state != SESSION_TRAINING;
}

/* In slices, so that a cancellation is seen. */
gboolean session_wait(Session *self, gint64 timeout, GCancellable *cancellable) {
  const gint64 slice = G_USEC_PER_SEC / 50, end = g_get_monotonic_time() + timeout;
  gboolean rest;

  g_mutex_lock(&self->lock);
  while (!(rest = at_rest(self)) && !g_cancellable_is_cancelled(cancellable)) {
    const gint64 now = g_get_monotonic_time();
    if (timeout >= 0 && now >= end)
      break;
    g_cond_wait_until(&self->changed, &self->lock,
                      timeout >= 0 ? MIN(now + slice, end) : now + slice);
  }
  g_mutex_unlock(&self->lock);
  return rest;
}

void session_inspect(Session *self, void (*func)(Run *run, gpointer data), gpointer data) {
  const guint64 number =
      push(self, (SessionCommand){.kind = COMMAND_INSPECT, .func = func, .data = data});

  g_mutex_lock(&self->lock);
  while (self->obeyed < number)
    g_cond_wait(&self->changed, &self->lock);
  g_mutex_unlock(&self->lock);
}

typedef struct {
  const char *path;
  GError **error;
  gboolean saved;
} Save;

static void save(Run *run, gpointer data) {
  Save *task = data;

  task->saved = run_save(run, task->path, task->error);
}

gboolean session_save(Session *self, const char *path, GError **error) {
  Save task = {path, error, FALSE};

  session_inspect(self, save, &task);
  return task.saved;
}
