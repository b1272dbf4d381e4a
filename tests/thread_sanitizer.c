/* What GLib's locks and queues order, told to the thread sanitizer.
 *
 * The sanitizer sees pthread's locks, not GLib's, which are atomics inside an uninstrumented
 * library: every access they order would count as a race. These functions stand before GLib's for
 * the code linked with them, announce the order (acquire what another thread released) and go on to
 * GLib's.
 */
#include <dlfcn.h>
#include <glib.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define NEXT(name) ((__typeof__(&name))next(#name))

static gpointer next(const char *name) {
  gpointer function = dlsym(RTLD_NEXT, name);
  g_assert(function);
  return function;
}

void g_mutex_lock(GMutex *mutex) {
  NEXT(g_mutex_lock)(mutex);
  __tsan_acquire(mutex);
}

gboolean g_mutex_trylock(GMutex *mutex) {
  gboolean locked = NEXT(g_mutex_trylock)(mutex);
  if (locked)
    __tsan_acquire(mutex);
  return locked;
}

void g_mutex_unlock(GMutex *mutex) {
  __tsan_release(mutex);
  NEXT(g_mutex_unlock)(mutex);
}

/* Waiting lets the mutex go and takes it again; a signal needs no more: both sides hold the mutex.
 */
void g_cond_wait(GCond *cond, GMutex *mutex) {
  __tsan_release(mutex);
  NEXT(g_cond_wait)(cond, mutex);
  __tsan_acquire(mutex);
}

gboolean g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time) {
  __tsan_release(mutex);
  gboolean signalled = NEXT(g_cond_wait_until)(cond, mutex, end_time);
  __tsan_acquire(mutex);
  return signalled;
}

void g_async_queue_push(GAsyncQueue *queue, gpointer data) {
  __tsan_release(queue);
  NEXT(g_async_queue_push)(queue, data);
}

gpointer g_async_queue_pop(GAsyncQueue *queue) {
  gpointer data = NEXT(g_async_queue_pop)(queue);
  __tsan_acquire(queue);
  return data;
}

gpointer g_async_queue_try_pop(GAsyncQueue *queue) {
  gpointer data = NEXT(g_async_queue_try_pop)(queue);
  __tsan_acquire(queue);
  return data;
}

gpointer g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout) {
  gpointer data = NEXT(g_async_queue_timeout_pop)(queue, timeout);
  __tsan_acquire(queue);
  return data;
}

/* Whoever drops the last reference has seen what the others did before they dropped theirs. */
gboolean(g_atomic_ref_count_dec)(gatomicrefcount *count) {
  __tsan_release(count);
  gboolean last = NEXT(g_atomic_ref_count_dec)(count);
  if (last)
    __tsan_acquire(count);
  return last;
}
