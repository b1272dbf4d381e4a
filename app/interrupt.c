#include "app/interrupt.h"

#include <signal.h>
#include <unistd.h>

typedef struct {
  sigset_t signals;
  GCancellable *cancellable;
} Watch;

/* A signal handler may not cancel; a thread that waits for the signal may. */
static gpointer watch_signals(gpointer data) {
  const Watch *watch = data;
  int received;
  if (sigwait(&watch->signals, &received) == 0)
    g_cancellable_cancel(watch->cancellable);
  /* the next one finds this thread, and its default: the end */
  pthread_sigmask(SIG_UNBLOCK, &watch->signals, NULL);
  for (;;)
    pause();
  return NULL;
}

/* A job started in the background ignores SIGINT and should go on doing so. */
static void add_unless_ignored(sigset_t *signals, int number) {
  struct sigaction action;
  if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
    sigaddset(signals, number);
}

GCancellable *interrupt_cancellable(void) {
  static Watch watch;
  if (!watch.cancellable) {
    watch.cancellable = g_cancellable_new();
    sigemptyset(&watch.signals);
    add_unless_ignored(&watch.signals, SIGINT);
    add_unless_ignored(&watch.signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &watch.signals, NULL);
    g_thread_unref(g_thread_new("signals", watch_signals, &watch));
  }
  return watch.cancellable;
}
