#include "core/base/parallel.h"

#include "core/base/memory.h"

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

typedef struct {
  gpointer memory;
  gsize bytes;
} Scratch;

static void scratch_free(gpointer data) {
  Scratch *self = data;

  memory_free(self->memory);
  g_free(self);
}

gpointer parallel_scratch(gsize bytes) {
  static GPrivate own = G_PRIVATE_INIT(scratch_free);
  Scratch *self = g_private_get(&own);

  if (self == NULL) {
    self = g_new0(Scratch, 1);
    g_private_set(&own, self);
  }
  if (self->bytes < bytes) {
    memory_free(self->memory);
    self->memory = memory_new(bytes);
    self->bytes = bytes;
  }
  return self->memory;
}

/* Numbers below 1e-38 count as zero in here: a processor takes a hundred times as long for them,
 * and moments of weights that get no gradient would come down to them. Set for the region only. */
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

#ifdef _OPENMP
#define MAX_THREADS 256

/* The items of one thread: neighbours, the same in every step, so that what they touch stays in its
 * core's cache. Who is done early helps the others. */
typedef struct {
  _Alignas(64) gint next;
  gint end;
} Share;

static void run_share(Share *share, ParallelFunc func, gpointer data) {
  for (;;) {
    gint item = g_atomic_int_add(&share->next, 1);
    if (item >= share->end)
      return;
    func((guint)item, data);
  }
}

static void run_parallel(guint items, guint threads, ParallelFunc func, gpointer data) {
  Share shares[MAX_THREADS];

  for (guint t = 0; t < threads; t++)
    shares[t] =
        (Share){(gint)((guint64)items * t / threads), (gint)((guint64)items * (t + 1) / threads)};
#pragma omp parallel num_threads(threads)
  {
    const guint own = (guint)omp_get_thread_num();
    FloatMode before = float_mode_enter();
    for (guint t = 0; t < threads; t++)
      run_share(&shares[(own + t) % threads], func, data);
    float_mode_leave(before);
  }
}
#endif

void parallel_for(guint items, double work, ParallelFunc func, gpointer data) {
#ifdef _OPENMP
  guint threads = MIN(MIN(parallel_threads(), items), MAX_THREADS);

  if (threads > 1 && work >= WORTH_SPLITTING) {
    run_parallel(items, threads, func, data);
    return;
  }
#endif
  run_items(0, items, func, data);
}
