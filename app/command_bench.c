#include "app/commands.h"

#include "app/numbers.h"
#include "core/base/json_text.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/kernels/kernels.h"
#include "core/session/bench.h"
#include "core/tasks/task.h"

#include <json-glib/json-glib.h>
#include <math.h>

#define SECONDS 2.0

static const Benchmark *find(const char *name) {
  for (const Benchmark *b = BENCHMARKS; b->name != NULL; b++)
    if (g_str_equal(b->name, name))
      return b;
  return NULL;
}

static int unknown(const char *name) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  for (const Benchmark *b = BENCHMARKS; b->name != NULL; b++)
    g_ptr_array_add(names, (gpointer)b->name);
  g_ptr_array_add(names, NULL);
  g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
  return command_misuse("bench", "there is no benchmark ‘%s’; there are: %s", name, all);
}

static double rounded(double value, double digits) {
  const double scale = pow(10, digits);
  return round(value * scale) / scale;
}

static JsonObject *result_json(const BenchResult *r) {
  JsonObject *object = json_object_new();

  json_object_set_string_member(object, "name", r->benchmark->name);
  json_object_set_int_member(object, "batch", r->batch);
  json_object_set_int_member(object, "threads", r->threads);
  json_object_set_double_member(object, "ms_per_step", rounded(r->ms_per_step, 4));
  json_object_set_double_member(object, "samples_per_second", rounded(r->samples_per_second, 1));
  json_object_set_double_member(object, "gflops", rounded(r->gflops, 2));
  json_object_set_double_member(object, "peak_fraction", rounded(r->peak_fraction, 4));
  json_object_set_double_member(object, "peak_memory_mib", rounded(r->peak_memory_mib, 2));
  return object;
}

static void print_result(const BenchResult *r) {
  g_autofree char *rate = number_count((guint64)r->samples_per_second);
  char ms[G_ASCII_DTOSTR_BUF_SIZE], gflops[G_ASCII_DTOSTR_BUF_SIZE], peak[G_ASCII_DTOSTR_BUF_SIZE];
  char memory[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd(ms, sizeof ms, "%.3f", r->ms_per_step);
  g_ascii_formatd(gflops, sizeof gflops, "%.1f", r->gflops);
  g_ascii_formatd(peak, sizeof peak, "%.1f", 100 * r->peak_fraction);
  g_ascii_formatd(memory, sizeof memory, "%.1f", r->peak_memory_mib);
  g_print("%-12s %6d %8u %10s %12s %10s %9s %% %9s\n", r->benchmark->name, r->batch, r->threads, ms,
          rate, gflops, peak, memory);
}

/* What is asked for. */
typedef struct {
  const Benchmark *benchmarks; /* ended by one with name NULL */
  char **names;                /* of them; none: all */
  int batch;                   /* 0: each benchmark's own */
  guint threads;
  gboolean json;
} Request;

static gboolean run_one(const Request *self, const Benchmark *benchmark, int batch,
                        JsonArray *array, GError **error) {
  BenchResult result;

  if (!bench_run(benchmark, batch, self->threads, SECONDS, &result, error))
    return FALSE;
  if (self->json)
    json_array_add_object_element(array, result_json(&result));
  else
    print_result(&result);
  return TRUE;
}

static gboolean run_batches(const Request *self, const Benchmark *benchmark, JsonArray *array,
                            GError **error) {
  if (self->batch > 0)
    return run_one(self, benchmark, self->batch, array, error);
  for (int i = 0; benchmark->batches[i] != 0; i++)
    if (!run_one(self, benchmark, benchmark->batches[i], array, error))
      return FALSE;
  return TRUE;
}

static int run_all(const Request *self) {
  g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);
  JsonArray *array = json_array_new();
  GError *error = NULL;

  json_node_take_array(node, array);
  if (!self->json)
    g_print("%-12s %6s %8s %10s %12s %10s %11s %9s\n", "model", "batch", "threads", "ms/step",
            "samples/s", "GFLOP/s", "of peak", "MiB");
  for (const Benchmark *b = self->benchmarks; b->name != NULL; b++) {
    if (self->names[0] != NULL && !g_strv_contains((const char *const *)self->names, b->name))
      continue;
    if (!run_batches(self, b, array, &error))
      return command_fail_error(error);
  }
  g_autofree char *text = json_text(node, TRUE);
  if (self->json)
    g_print("%s\n", text);
  else
    g_print("instruction set: %s\n", kernels()->name);
  return COMMAND_DONE;
}

/* A model of one's own, from the file of its text. */
static int run_model(Request *request, const char *path, const char *task) {
  g_autofree char *spec = NULL;
  GError *error = NULL;

  if (task_find(task) == NULL)
    return command_misuse("bench", "there is no task ‘%s’", task);
  if (!g_file_get_contents(path, &spec, NULL, &error))
    return command_fail_error(error);
  const Benchmark benchmarks[] = {{"model", path, task, spec, {32}}, {NULL}};
  request->benchmarks = benchmarks;
  return run_all(request);
}

int command_bench(int argc, char **argv) {
  g_autofree char *threads_text = NULL, *batch_text = NULL, *model = NULL, *task = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
      {"threads", 0, 0, G_OPTION_ARG_STRING, &threads_text, "threads (one for each core)", "N"},
      {"batch", 0, 0, G_OPTION_ARG_STRING, &batch_text, "samples of a step", "N"},
      {"model", 0, 0, G_OPTION_ARG_FILENAME, &model, "a model of your own: its text", "FILE"},
      {"task", 0, 0, G_OPTION_ARG_STRING, &task, "what it is trained for (classification)", "NAME"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, "print JSON", NULL},
      {NULL},
  };
  gint64 threads = parallel_threads(), batch = 0;
  int status;
  g_auto(GStrv) names = command_parse(argc, argv, entries, 0, 100, &status);

  if (names == NULL)
    return status;
  if (!command_integer("bench", "--threads", threads_text, 1, 1024, &threads) ||
      !command_integer("bench", "--batch", batch_text, 1, 2048, &batch))
    return COMMAND_USAGE;
  for (char **name = names; *name != NULL; name++)
    if (find(*name) == NULL)
      return unknown(*name);
  Request request = {BENCHMARKS, names, (int)batch, (guint)threads, json};
  if (model != NULL)
    return run_model(&request, model, task != NULL ? task : "classification");
  return run_all(&request);
}
