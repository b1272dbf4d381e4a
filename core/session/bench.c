#include "core/session/bench.h"

#include "core/base/parallel.h"
#include "core/kernels/kernels.h"
#include "core/tasks/task.h"
#include "core/train/optimizer.h"

#include <string.h>

const Benchmark BENCHMARKS[] = {
    {"cnn",
     "Day 5: Conv2D 32 3×3, MaxPool 2, Flatten, Dense 64, Dense 10",
     "input 28x28x1\n"
     "conv2d 32 kernel_size=3 activation=relu\n"
     "max_pooling2d pool_size=2\n"
     "flatten\n"
     "dense 64 activation=relu\n"
     "dense 10 activation=softmax\n",
     {32, 128}},
    {NULL},
};

#define SAMPLES 4096
#define CLASSES 10

static double seconds_now(void) { return (double)g_get_monotonic_time() / G_USEC_PER_SEC; }

static void run_peak(guint item, gpointer data) {
  ((double *)data)[item * 8] = kernels()->peak(400000);
}

double bench_peak(guint threads) {
  g_autofree double *done = g_new0(double, threads * 8);
  double best = 0;

  parallel_set_threads(threads);
  for (int i = 0; i < 10; i++) {
    const double start = seconds_now();
    double flops = 0;
    parallel_for(threads, 1e9, run_peak, done);
    for (guint t = 0; t < threads; t++)
      flops += done[t * 8];
    best = MAX(best, flops / (seconds_now() - start) / 1e9);
  }
  return best;
}

/* Kilobytes from /proc/self/status; 0 where there is none. */
static double status_kib(const char *field) {
  g_autofree char *text = NULL;

  if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
    return 0;
  const char *line = strstr(text, field);
  return line != NULL ? g_ascii_strtod(line + strlen(field), NULL) : 0;
}

/* Random pixels, a fifth of them ink, and random labels: the arithmetic is the same. */
static Dataset *random_dataset(const Model *model) {
  const gsize size = shape_size(&model->input);
  guint8 *pixels = g_malloc(SAMPLES * size), *labels = g_malloc(SAMPLES);
  const Rng rng = rng_new(1, RNG_TEST, 0);
  const guint32 counts[DATASET_PARTS] = {SAMPLES, 0, 0};

  for (gsize i = 0; i < SAMPLES * size; i++) {
    const guint32 word = rng_u32(&rng, i);
    pixels[i] = word % 5 == 0 ? (guint8)(word >> 24) : 0;
  }
  for (gsize i = 0; i < SAMPLES; i++)
    labels[i] = (guint8)rng_below(&rng, SAMPLES * size + i, CLASSES);
  return dataset_new_images("random", "random pixels", &model->input, pixels, labels, counts,
                            CLASSES, NULL);
}

static int compare_doubles(gconstpointer a, gconstpointer b) {
  const double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : x > y;
}

typedef struct {
  Task *task;
  Optimizer *optimizer;
  guint32 *indices;
  guint32 step;
  int batch;
} Trainer;

static void train_steps(Trainer *self, guint32 n) {
  const OptimizerSettings each = {
      .learning_rate = 0.001, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};
  const OptimizerSettings settings[] = {each, each};
  MetricSums sums = {0};

  for (guint32 i = 0; i < n; i++) {
    const guint32 from = self->step * (guint32)self->batch % (SAMPLES - (guint32)self->batch);
    const TaskStep step = {.indices = self->indices + from,
                           .rows = self->batch,
                           .step = self->step++,
                           .optimizer = self->optimizer,
                           .settings = settings};
    task_train(self->task, &step, &sums);
  }
}

/* Median over groups of steps of about 20 ms. */
static double time_steps(Trainer *trainer, double seconds) {
  g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));
  double start = seconds_now();
  guint32 group = 0;

  for (; seconds_now() - start < 0.2; group++)
    train_steps(trainer, 1);
  group = MAX(1, group / 10);
  const double end = seconds_now() + seconds;
  while (seconds_now() < end || times->len < 5) {
    start = seconds_now();
    train_steps(trainer, group);
    const double time = (seconds_now() - start) / group;
    g_array_append_val(times, time);
  }
  g_array_sort(times, compare_doubles);
  return g_array_index(times, double, times->len / 2);
}

BenchResult bench_run(const Benchmark *benchmark, int batch, guint threads, double seconds) {
  const double before = status_kib("VmRSS:");
  double peak = bench_peak(threads);
  g_autoptr(ModelSet) models = model_set_new(benchmark->spec, NULL);
  g_autoptr(Dataset) dataset = random_dataset(models->model[0]);
  g_autoptr(ParameterSet) parameters = parameters_new_like(models->parameters, TRUE);
  const TaskSetup setup = {
      .models = models, .dataset = dataset, .parameters = parameters, .seed = 1};
  g_autoptr(Task) task = task_new(task_find("classification"), &setup, batch, NULL);
  g_autoptr(Optimizer) optimizer = optimizer_new(optimizer_find("adam"), parameters);
  g_autofree guint32 *order = g_new(guint32, SAMPLES);
  const Rng rng = rng_new(1, RNG_SHUFFLE, 1);
  Trainer trainer = {task, optimizer, order, 0, batch};

  parameters_initialize(parameters, 1);
  rng_permutation(&rng, order, SAMPLES);
  const double step = time_steps(&trainer, seconds);
  const double gflops = task_flops(task) * batch / step / 1e9;
  const double memory = (status_kib("VmHWM:") - before) / 1024;
  peak = MAX(peak, bench_peak(threads));
  return (BenchResult){benchmark,    batch,  threads,       step * 1000,
                       batch / step, gflops, gflops / peak, memory};
}
