/* Training steps of reference models, timed: what the program's speed is measured by. */
#pragma once

#include <glib.h>

typedef struct {
  const char *name;  /* "cnn" */
  const char *title; /* "Day 5: Conv2D 32 3×3, MaxPool 2, Dense 64, Dense 10" */
  const char *task;  /* of core/tasks */
  const char *spec;  /* of core/model/model_set.h */
  int batches[4];    /* ended by 0 */
} Benchmark;

/* Ended by one with name NULL. */
extern const Benchmark BENCHMARKS[];

typedef struct {
  const Benchmark *benchmark;
  int batch;
  guint threads;
  double ms_per_step; /* median: batch filled, forward, backward, update */
  double samples_per_second;
  double gflops;          /* counted from shapes: 2 for a multiply-add, no gradient for inputs */
  double peak_fraction;   /* of bench_peak on the same threads */
  double peak_memory_mib; /* of the process above what it had before the model was built */
} BenchResult;

/* Multiply-adds in registers on `threads` threads at once: GFLOP/s. Takes about 0.2 s. */
double bench_peak(guint threads);
/* Runs for about `seconds` after warming up; peak is measured before and after. FALSE and an error
 * when the model's text is wrong or does not fit the task. */
gboolean bench_run(const Benchmark *benchmark, int batch, guint threads, double seconds,
                   BenchResult *result, GError **error);
