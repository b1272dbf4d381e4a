#include "core/session/worker.h"

#include <math.h>
#include <string.h>

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define SNAPSHOTS_A_SECOND 30
#define LOOK_SHARE 40 /* in training at full speed: looks take at most one part in so many */
#define NICENESS 19
#define JUDGE_EVERY G_USEC_PER_SEC /* in training: validation samples are judged so often… */
#define JUDGE_SHARE 50             /* … and for at most one part in so many of the time */
#define LATE (G_USEC_PER_SEC / 20) /* a pace makes up for so much delay, in µs, and no more */

/* --- snapshots --- */

static SessionState state_of(const Session *self) {
  if (self->run->phase == RUN_FAILED)
    return SESSION_FAILED;
  if (self->goal != GOAL_NONE)
    return SESSION_TRAINING;
  return self->run->phase == RUN_FINISHED ? SESSION_FINISHED : SESSION_PAUSED;
}

void session_measure(const Session *self, SessionStatus *status) {
  const Run *run = self->run;
  *status = (SessionStatus){.state = state_of(self),
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

  memcpy(status->last, run->last, sizeof status->last);
  memcpy(status->validation, run->validation, sizeof status->validation);
  memcpy(status->test, run->test, sizeof status->test);
  for (int i = 0; i < TASK_MAX_METRICS; i++)
    status->running[i] =
        run->epoch_sums.rows > 0 ? run->epoch_sums.sum[i] / (double)run->epoch_sums.rows : NAN;
}

/* Only when the last one was taken: a slow reader costs nothing. At `rest` a newer one takes the
 * place of one that was not: the last state must be seen. There is never a moment without one. */
static void publish_snapshot(Session *self, gboolean rest) {
  g_mutex_lock(&self->lock);
  const gboolean taken = self->snapshot == NULL;
  g_mutex_unlock(&self->lock);
  if (!taken && !rest)
    return;
  Snapshot *snapshot = snapshot_new();
  session_measure(self, &snapshot->status);
  snapshot->seed = self->run->seed;
  if (self->watch.on) {
    if (self->pool == NULL)
      self->pool = look_pool_new(self->run, &self->watch);
    snapshot_attach(snapshot, self->pool, self->run, &self->watch);
  }
  g_mutex_lock(&self->lock);
  snapshot->problem = g_strdup(self->problem);
  Snapshot *late = self->snapshot;
  self->snapshot = snapshot;
  g_mutex_unlock(&self->lock);
  snapshot_unref(late);
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
    publish_snapshot(self, now && self->goal == GOAL_NONE);
    const gint64 cost = self->pace > 0 ? 0 : LOOK_SHARE * (g_get_monotonic_time() - time);
    self->next_snapshot = time + MAX(G_USEC_PER_SEC / SNAPSHOTS_A_SECOND, cost);
  }
  g_mutex_lock(&self->lock);
  session_measure(self, &self->status);
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

/* Another run takes the place of this one. */
static void exchange(Session *self, Run *run) {
  g_clear_pointer(&self->pool, look_pool_unref);
  self->replaced = self->run;
  self->run = run;
  self->goal = GOAL_NONE;
  self->samples = 0;
  self->training_time = 0;
  self->rate = 0;
  self->next_judgement = 0;
  g_mutex_lock(&self->lock);
  g_clear_pointer(&self->problem, g_free);
  g_mutex_unlock(&self->lock);
}

static void reset(Session *self, guint64 seed, const Settings *settings) {
  GError *error = NULL;
  Run *fresh = run_new(self->run->lesson, self->run->dataset,
                       settings != NULL ? settings : self->run->settings, seed, &error);

  self->goal = GOAL_NONE;
  if (fresh == NULL) {
    report_problem(self, error);
    return;
  }
  run_free(self->replaced);
  exchange(self, fresh);
}

static void undo_reset(Session *self) {
  if (self->replaced != NULL)
    exchange(self, self->replaced);
}

static void watch(Session *self, const SessionCommand *command) {
  const guint32 samples = self->run->dataset->count[command->part];

  self->watch.on = command->on && samples > 0;
  self->watch.part = command->part;
  self->watch.example = MIN(command->example, MAX(samples, 1) - 1);
}

/* Takes the picture over. */
static void set_drawing(Session *self, float *pixels) {
  g_free(self->watch.drawing);
  self->watch.drawing = pixels;
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

static void obey(Session *self, SessionCommand *command) {
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
  case COMMAND_EPOCH: /* asked for on the way: one more */
    set_goal(self, GOAL_EPOCH,
             (self->goal == GOAL_EPOCH ? self->goal_step : step / per_epoch * per_epoch) +
                 per_epoch);
    break;
  case COMMAND_RESET:
    reset(self, command->seed, command->settings);
    break;
  case COMMAND_UNDO_RESET:
    undo_reset(self);
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
    watch(self, command);
    break;
  case COMMAND_DRAW:
    set_drawing(self, g_steal_pointer(&command->pixels));
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
  g_free(command->pixels);
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

static gboolean commanded(gpointer data) {
  Session *self = data;

  g_mutex_lock(&self->lock);
  const gboolean waiting = !g_queue_is_empty(&self->commands);
  g_mutex_unlock(&self->lock);
  return waiting;
}

static gboolean judgement_due(const Session *self) {
  const Run *run = self->run;

  if (!self->watch.on || run->phase == RUN_FAILED ||
      (run->judgement != NULL && run->judgement->step == run->step))
    return FALSE;
  return self->goal == GOAL_NONE || g_get_monotonic_time() >= self->next_judgement;
}

/* What was said about the validation samples is kept fresh for who watches; commands come first. */
static void judge(Session *self) {
  const gint64 since = g_get_monotonic_time();
  const Judgement *before = self->run->judgement;

  if (!judgement_due(self))
    return;
  run_judge(self->run, commanded, self);
  const gint64 now = g_get_monotonic_time();
  self->next_judgement = now + MAX(JUDGE_EVERY, JUDGE_SHARE * (now - since));
  measure_rate(self, FALSE, since);
  if (self->run->judgement != before)
    publish(self, self->goal == GOAL_NONE);
}

gpointer session_worker(gpointer data) {
  Session *self = data;

  publish(self, TRUE);
  for (;;) {
    judge(self);
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
