/* Training allocates nothing once it runs, and memory does not grow with the steps. */
#include "core/base/parallel.h"
#include "core/session/session.h"
#include "tests/core/lesson_fixture.h"

#include <errno.h>
#include <string.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || !defined __GLIBC__
#define COUNTED FALSE
#else
#define COUNTED TRUE
#endif

/* --- malloc and its relatives, counted on all threads --- */

static gint counting, allocations;

#if COUNTED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
int posix_memalign(void **block, size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);

static void count(void) {
  if (g_atomic_int_get(&counting))
    g_atomic_int_inc(&allocations);
}

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
  count();
  return __libc_calloc(n, size);
}

void *realloc(void *block, size_t size) {
  count();
  return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
  *block = memalign(alignment, size);
  return *block != NULL ? 0 : ENOMEM;
}
#endif

static gboolean skipped(void) {
  if (!COUNTED)
    g_test_skip("memory is counted neither under a sanitizer nor without glibc");
  return !COUNTED;
}

/* A test that cannot fail is none. */
static void test_counter(void) {
  if (skipped())
    return;
  g_atomic_int_set(&allocations, 0);
  g_atomic_int_set(&counting, 1);
  gpointer volatile plain = g_malloc(10), zeroed = g_malloc0(10);
  gpointer volatile aligned = g_aligned_alloc0(1, 64, 64);
  g_atomic_int_set(&counting, 0);
  g_free(plain);
  g_free(zeroed);
  g_aligned_free(aligned);
  g_assert_cmpint(allocations, ==, 3);
}

/* Steps, ends of epochs and validation alike, after the first of each. */
static void count_units(const Fixture *f, const char *settings, guint warm_up, guint units) {
  g_autoptr(Run) run = fixture_run(f, settings, 1);

  g_assert_cmpuint(fixture_advance(run, warm_up), ==, warm_up);
  g_atomic_int_set(&allocations, 0);
  g_atomic_int_set(&counting, 1);
  const guint done = fixture_advance(run, units);
  g_atomic_int_set(&counting, 0);
  g_assert_cmpuint(done, ==, units);
  g_assert_cmpint(allocations, ==, 0);
}

static void test_training(void) {
  g_autoptr(Fixture) f = fixture_tiny();

  if (skipped())
    return;
  count_units(f, "epochs=100 optimizer=adam", 8, 500);
  count_units(f, "epochs=100 optimizer=nesterov", 8, 500);
  count_units(f, "epochs=100 optimizer=sgd batch_size=1", 80, 500);
}

static void test_training_on_threads(void) {
  Fixture f = {fixture_lesson(FIXTURE_SPLIT), fixture_dataset(28, 10, 100, 40, 30)};

  if (!skipped()) {
    parallel_set_threads(3);
    count_units(&f, "epochs=100 batch_size=32", 8, 120);
    parallel_set_threads(0);
  }
  lesson_free(f.lesson);
  dataset_free(f.dataset);
}

static void test_training_day05(void) {
  GError *error = NULL;
  Fixture f = {lessons_open("day05", &error), dataset_draw_digits(1, 100, 40, 40)};

  g_assert_no_error(error);
  if (!skipped())
    count_units(&f, "epochs=100", 8, 100);
  lesson_free(f.lesson);
  dataset_free(f.dataset);
}

/* --- growth --- */

static gsize resident_kib(void) {
  g_autofree char *text = NULL;

  if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
    return 0;
  const char *line = strstr(text, "VmRSS:");
  return line != NULL ? (gsize)g_ascii_strtoull(line + strlen("VmRSS:"), NULL, 10) : 0;
}

/* Trains until `step`, as a window would: looking all the time. */
static void train_to(Session *session, guint32 step) {
  SessionStatus status;

  session_train(session);
  do {
    g_autoptr(Snapshot) snapshot = session_take_snapshot(session);
    g_usleep(1000);
    session_status(session, &status);
  } while (status.step < step);
  session_pause(session);
  g_assert_true(session_wait(session, -1, NULL));
}

/* 500 steps an epoch: what an epoch adds to its record is kept for good. */
static void test_growth(void) {
  if (skipped())
    return;
  if (resident_kib() == 0) {
    g_test_skip("this machine does not tell how much memory a program uses");
    return;
  }
  Fixture f = {fixture_lesson(FIXTURE_TINY), fixture_dataset(6, 4, 8000, 300, 280)};
  Session *session = session_new(fixture_run(&f, "epochs=100000", 1), NULL, NULL);
  session_watch(session, TRUE, DATASET_TRAIN, 0);
  train_to(session, 5000);
  const gsize before = resident_kib();
  train_to(session, 10000);
  const gsize after = resident_kib();
  g_test_message("%" G_GSIZE_FORMAT " KiB, then %" G_GSIZE_FORMAT " KiB", before, after);
  g_assert_cmpuint(after, <, before + 1024);
  session_free(session);
  lesson_free(f.lesson);
  dataset_free(f.dataset);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/allocation/counter", test_counter);
  g_test_add_func("/allocation/training", test_training);
  g_test_add_func("/allocation/training-on-threads", test_training_on_threads);
  g_test_add_func("/allocation/training-day05", test_training_day05);
  g_test_add_func("/allocation/growth", test_growth);
  return g_test_run();
}
