#include "core/session/bench.h"

#include "core/base/parallel.h"
#include "core/datasets/array_dataset.h"
#include "core/kernels/kernels.h"
#include "core/tasks/task.h"
#include "core/train/optimizer.h"

#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#define GIVE_BACK() malloc_trim(0) /* what others have freed is not counted as free for us */
#else
#define GIVE_BACK()
#endif

#define SAMPLES 4096
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

/* Makes VmHWM begin anew; where that cannot be done, later benchmarks show the highest so far. */
static void forget_peak(void) {
  FILE *file = fopen("/proc/self/clear_refs", "we");

  if (file == NULL)
    return;
  fputs("5", file);
  fclose(file);
}

/* Numbers of which most are 0, as in pictures; and tokens or labels below `classes`. The arithmetic
 * is the same as for real data. */
static ArrayField random_field(const char *name, TensorType type, const Shape *row, int classes) {
  const gsize n = SAMPLES * shape_size(row);
  const Rng rng = rng_new(1, RNG_TEST, classes > 0 ? (guint32)classes : 0);
  ArrayField field = {.field = {name, type, *row, FALSE}};

  if (type == TENSOR_INT)
    field.ids = g_new(gint32, n);
  else
    field.values = g_new(float, n);
  for (gsize i = 0; i < n; i++) {
    const guint32 word = rng_u32(&rng, i);
    if (type == TENSOR_INT)
      field.ids[i] = (gint32)(word % (guint32)classes);
    else
      field.values[i] = word % 5 == 0 ? (float)(word >> 24) / 255 : 0;
  }
  return field;
}

/* What the last model says, as the data have it; FALSE: the task has no targets. */
static gboolean random_target(const char *task, const Shape *output, ArrayField *target) {
  const int last = output->dim[output->rank - 1];
  Shape steps = *output;

  steps.rank--;
  if (g_str_equal(task, "classification") || g_str_equal(task, "language_model"))
    *target = random_field("label", TENSOR_INT, &steps, last);
  else if (g_str_equal(task, "binary_classification"))
    *target = random_field("label", TENSOR_INT, &(Shape){0}, 2);
  else if (g_str_equal(task, "regression"))
    *target = random_field("target", TENSOR_FLOAT, output, 0);
  else
    return FALSE;
  return TRUE;
}

/* Below how many tokens must be for every table of embeddings to have them. */
static int vocabulary_of(const ModelSet *models) {
  int least = 1 << 20;

  for (guint i = 0; i < models->parameters->items->len; i++) {
    const Parameter *item = parameters_get(models->parameters, i);
    if (g_str_has_suffix(item->name, ".embeddings"))
      least = MIN(least, item->shape.dim[0]);
  }
  return least;
}

static Dataset *random_dataset(const char *task, const ModelSet *models) {
  const guint32 counts[DATASET_PARTS] = {SAMPLES, 0, 0};
  const Model *last = models->model[models->n - 1];
  const Layer *input = g_str_equal(task, "gan") ? last->inputs[0] : models->model[0]->inputs[0];
  const gboolean tokens = g_strcmp0(layer_choice(input, "dtype"), "int32") == 0;
  ArrayField fields[2];

  fields[0] = random_field("sample", tokens ? TENSOR_INT : TENSOR_FLOAT, &input->output,
                           vocabulary_of(models));
  const int n = random_target(task, &last->output, &fields[1]) ? 2 : 1;
  Dataset *self = dataset_new_arrays("random", "random numbers", fields, n, counts, NULL);
  self->n_classes =
      g_str_equal(task, "binary_classification") ? 2 : last->output.dim[last->output.rank - 1];
  return self;
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

/* Everything that is needed, made and thrown away again. */
static gboolean time_model(const Benchmark *benchmark, ModelSet *models, const Dataset *dataset,
                           int batch, double seconds, BenchResult *result, GError **error) {
  g_autoptr(ParameterSet) parameters = parameters_new_like(models->parameters, TRUE);
  const TaskSetup setup = {
      .models = models, .dataset = dataset, .parameters = parameters, .seed = 1};
  g_autoptr(Task) task = task_new(task_find(benchmark->task), &setup, batch, error);
  if (task == NULL)
    return FALSE;
  g_autoptr(Optimizer) optimizer = optimizer_new(optimizer_find("adam"), parameters);
  g_autofree guint32 *order = g_new(guint32, SAMPLES);
  const Rng rng = rng_new(1, RNG_SHUFFLE, 1);
  Trainer trainer = {task, optimizer, order, 0, batch};

  parameters_initialize(parameters, 1);
  rng_permutation(&rng, order, SAMPLES);
  const double step = time_steps(&trainer, seconds);
  result->ms_per_step = step * 1000;
  result->samples_per_second = batch / step;
  result->gflops = task_flops(task) * batch / step / 1e9;
  return TRUE;
}

gboolean bench_run(const Benchmark *benchmark, int batch, guint threads, double seconds,
                   BenchResult *result, GError **error) {
  *result = (BenchResult){.benchmark = benchmark, .batch = batch, .threads = threads};
  g_autoptr(ModelSet) models = model_set_new(benchmark->spec, error);
  if (models == NULL)
    return FALSE;
  /* As for the others it is compared with: the data are there before memory is counted. */
  g_autoptr(Dataset) dataset = random_dataset(benchmark->task, models);
  const double peak = bench_peak(threads);
  GIVE_BACK();
  forget_peak();
  const double before = status_kib("VmRSS:");
  if (!time_model(benchmark, models, dataset, batch, seconds, result, error))
    return FALSE;
  result->peak_memory_mib = MAX(0, status_kib("VmHWM:") - before) / 1024;
  result->peak_fraction = result->gflops / MAX(peak, bench_peak(threads));
  return TRUE;
}
