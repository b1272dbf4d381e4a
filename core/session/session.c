#include "core/session/worker.h"

Session *session_new(Run *run, SessionNotify notify, gpointer data) {
  Session *self = g_new0(Session, 1);

  self->run = run;
  self->notify = notify;
  self->notify_data = data;
  self->pace = run->lesson->pace;
  self->input = run->model->input;
  g_mutex_init(&self->lock);
  g_cond_init(&self->changed);
  g_queue_init(&self->commands);
  session_measure(self, &self->status);
  self->thread = g_thread_new("session", session_worker, self);
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
  g_clear_pointer(&self->pool, look_pool_unref);
  run_free(self->run);
  run_free(self->replaced);
  g_free(self->watch.drawing);
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

void session_undo_reset(Session *self) { push(self, (SessionCommand){.kind = COMMAND_UNDO_RESET}); }

void session_draw(Session *self, const float *pixels) {
  const gsize size = shape_size(&self->input) * sizeof(float);

  push(self, (SessionCommand){.kind = COMMAND_DRAW,
                              .pixels = pixels != NULL ? g_memdup2(pixels, size) : NULL});
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
