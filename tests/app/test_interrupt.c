#include "app/interrupt.h"

#include <signal.h>
#include <unistd.h>

/* Each case in a process of its own: once watched, signals stay watched. */
static void in_subprocess(void) { g_test_trap_subprocess(NULL, 5 * G_USEC_PER_SEC, 0); }

static void wait_for_cancel(GCancellable *cancellable) {
  for (int i = 0; i < 400 && !g_cancellable_is_cancelled(cancellable); i++)
    g_usleep(10000);
  g_assert_true(g_cancellable_is_cancelled(cancellable));
}

static void test_first_cancels(gconstpointer data) {
  if (g_test_subprocess()) {
    GCancellable *cancellable = interrupt_cancellable();
    g_assert_true(interrupt_cancellable() == cancellable);
    g_assert_false(g_cancellable_is_cancelled(cancellable));
    kill(getpid(), GPOINTER_TO_INT(data));
    wait_for_cancel(cancellable);
    return;
  }
  in_subprocess();
  g_test_trap_assert_passed();
}

static void test_second_ends(void) {
  if (g_test_subprocess()) {
    GCancellable *cancellable = interrupt_cancellable();
    kill(getpid(), SIGINT);
    wait_for_cancel(cancellable);
    kill(getpid(), SIGINT);
    g_usleep(4 * G_USEC_PER_SEC);
    return;
  }
  in_subprocess();
  g_assert_false(g_test_trap_has_passed());
  g_assert_false(g_test_trap_reached_timeout());
}

/* As a shell starts a job in the background. */
static void test_ignored_stays_ignored(void) {
  if (g_test_subprocess()) {
    signal(SIGINT, SIG_IGN);
    GCancellable *cancellable = interrupt_cancellable();
    kill(getpid(), SIGINT);
    g_usleep(G_USEC_PER_SEC / 5);
    g_assert_false(g_cancellable_is_cancelled(cancellable));
    return;
  }
  in_subprocess();
  g_test_trap_assert_passed();
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/interrupt/sigint", GINT_TO_POINTER(SIGINT), test_first_cancels);
  g_test_add_data_func("/interrupt/sigterm", GINT_TO_POINTER(SIGTERM), test_first_cancels);
  g_test_add_func("/interrupt/second", test_second_ends);
  g_test_add_func("/interrupt/ignored", test_ignored_stays_ignored);
  return g_test_run();
}
