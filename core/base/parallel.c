#include "core/base/parallel.h"

#ifdef _OPENMP
#include <omp.h>
#endif

/* Waking a thread costs some microseconds; a core does this much arithmetic meanwhile. */
#define WORTH_SPLITTING 4e5

static gint n_threads; /* 0 until set: one for each core */

void parallel_set_threads(guint threads) { g_atomic_int_set(&n_threads, (gint)threads); }

guint parallel_threads(void) {
  gint threads = g_atomic_int_get(&n_threads);

  return threads > 0 ? (guint)threads : g_get_num_processors();
}

/* Numbers below 1e-38 count as zero in here: a processor takes a hundred times as long for them, and
 * moments of weights that get no gradient would come down to them. Set for the region only. */
typedef unsigned int FloatMode;

#ifdef __SSE__
#include <xmmintrin.h>
#define FLUSH_TO_ZERO 0x8040u /* FTZ and DAZ */
static FloatMode float_mode_enter(void) {
  FloatMode before = _mm_getcsr();
  _mm_setcsr(before | FLUSH_TO_ZERO);
  return before;
}
static void float_mode_leave(FloatMode before) { _mm_setcsr(before); }
#else
static FloatMode float_mode_enter(void) { return 0; }
static void float_mode_leave(FloatMode before) {}
#endif

static void run_items(guint from, guint to, ParallelFunc func, gpointer data) {
  FloatMode before = float_mode_enter();

  for (guint item = from; item < to; item++)
    func(item, data);
  float_mode_leave(before);
}

void parallel_for(guint items, double work, ParallelFunc func, gpointer data) {
#ifdef _OPENMP
  guint threads = MIN(parallel_threads(), items);

  if (threads > 1 && work >= WORTH_SPLITTING) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (guint item = 0; item < items; item++)
      run_items(item, item + 1, func, data);
    return;
  }
#endif
  run_items(0, items, func, data);
}
