/* What a model is trained for: one training step and one evaluation, for a kind of problem.
 *
 * A task is one const descriptor in one file of this folder, named in its meson.build.
 */
#pragma once

#include "core/datasets/dataset.h"
#include "core/model/model_set.h"
#include "core/tasks/judgement.h"

#define TASK_MAX_METRICS 8

/* Sums over rows; a metric is its sum divided by `rows`. Sums are made in order, in double. */
typedef struct {
  double sum[TASK_MAX_METRICS];
  guint64 rows;
} MetricSums;

typedef struct Task Task;

/* A graph of the model with its ends. */
typedef struct {
  Graph *graph;
  Tensor *inputs[LAYER_MAX_INPUTS]; /* of the model */
  int n_inputs;
  Tensor *input; /* the first of them */
  Tensor *output, *target, *loss;
  Tensor *field[DATASET_MAX_FIELDS]; /* what each field of the data goes into; NULL: nothing */
} TaskGraph;

typedef struct {
  const char *name;                          /* "classification" */
  const char *metrics[TASK_MAX_METRICS + 1]; /* "loss", "accuracy"; NULL-ended */
  /* Whether the model's output fits the data; the error says what to change in the model. */
  gboolean (*check)(const Model *model, const Dataset *dataset, GError **error);
  /* Adds the loss, and the target where it is not an input, to a graph that has the model. */
  void (*loss)(const Model *model, TaskGraph *ends);
  /* Adds the metrics of the first rows of a graph that has been run. */
  void (*measure)(const TaskGraph *ends, int rows, MetricSums *sums);
  /* Writes what was said about the first rows into the judgement, from sample `from` on; NULL: the
   * task gives no judgements. */
  void (*judge)(const TaskGraph *ends, int rows, Judgement *judgement, guint32 from);
} TaskClass;

/* All tasks, in the order of core/tasks/meson.build, ended by NULL. */
extern const TaskClass *const TASKS[];
const TaskClass *task_find(const char *name);

struct Task {
  const TaskClass *klass;
  const ModelSet *models;   /* borrowed */
  const Dataset *dataset;   /* borrowed */
  ParameterSet *parameters; /* borrowed */
  TaskGraph training, inference;
  guint64 seed;
};

/* Builds the graphs for batches of up to `batch` rows. NULL and an error when model and data do not
 * fit each other. */
Task *task_new(const TaskClass *klass, const ModelSet *models, const Dataset *dataset,
               ParameterSet *parameters, int batch, guint64 seed, GError **error);
void task_free(Task *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Task, task_free)

/* Forward, backward and gradients for these samples of the training part; adds to `sums`. */
void task_step(Task *self, const guint32 *indices, int rows, guint32 step, MetricSums *sums);
/* Rows that task_evaluate takes at most. */
int task_evaluation_rows(const Task *self);
/* Measures samples from … from + rows - 1 of a part, and writes them into `judgement` unless it is
 * NULL. */
void task_evaluate(Task *self, DatasetPart part, guint32 from, int rows, MetricSums *sums,
                   Judgement *judgement);
/* A graph of its own for this task: for probes and predictions. */
void task_graph_build(const TaskClass *klass, const ModelSet *models, ParameterSet *parameters,
                      GraphMode mode, int capacity, guint64 seed, TaskGraph *result);
/* Copies samples into a graph's ends; sequences get the length of the longest among them. */
void task_graph_fill(const TaskGraph *self, const Dataset *dataset, DatasetBatch *batch);
