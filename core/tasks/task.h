/* What a model is trained for: one training step and one evaluation, for a kind of problem.
 *
 * A task is one const descriptor in one file of this folder, named in its meson.build. Most tasks
 * say only how a graph is built and what is measured; one that trains in another way (a GAN) brings
 * its own step.
 */
#pragma once

#include "core/datasets/dataset.h"
#include "core/lesson/settings.h"
#include "core/model/model_set.h"
#include "core/tasks/judgement.h"
#include "core/train/optimizer.h"

#define TASK_MAX_METRICS 8
#define TASK_MAX_ENDS 4

/* Sums in order, in double: over rows, unless the task counts something else (tokens). */
typedef struct {
  double sum[TASK_MAX_METRICS];
  guint64 rows;   /* what the sums are divided by */
  double penalty; /* of regularization, times rows: belongs to the first metric */
} MetricSums;

typedef struct Task Task;
typedef struct TaskClass TaskClass;

/* What a task works with; all of it borrowed. */
typedef struct {
  const ModelSet *models;
  const Dataset *dataset; /* a graph can be built without */
  ParameterSet *parameters;
  ParameterSet *average;    /* what is evaluated instead of the parameters; NULL: they are */
  const Settings *settings; /* those that are taken at the start: "loss"; NULL: all defaults */
  guint64 seed;
} TaskSetup;

/* A graph of the models with its ends. */
typedef struct {
  Graph *graph;
  Tensor *inputs[LAYER_MAX_INPUTS]; /* of the first model */
  int n_inputs;
  Tensor *input; /* the first of them */
  Tensor *output, *target, *loss;
  Tensor *field[DATASET_MAX_FIELDS]; /* what each field of the data goes into; NULL: nothing */
  Tensor *noise;                     /* filled with normal numbers, anew for every batch; or NULL */
  Tensor *weight;             /* of each row, so that all labels of a batch count alike; or NULL */
  Tensor *end[TASK_MAX_ENDS]; /* further ones, as the task likes */
} TaskGraph;

/* One step of training. */
typedef struct {
  const guint32 *indices; /* of the training samples */
  int rows;
  guint32 step; /* steps done before it */
  Optimizer *optimizer;
  const OptimizerSettings *settings; /* of each of the models */
} TaskStep;

struct TaskClass {
  const char *name;                          /* "classification" */
  const char *metrics[TASK_MAX_METRICS + 1]; /* "loss", "accuracy"; NULL-ended */
  /* Whether models and data fit each other; the error says what to change in the model. */
  gboolean (*check)(const TaskSetup *setup, GError **error);
  /* Adds the models and their loss to ends->graph, and says what its ends are. */
  void (*build)(const TaskSetup *setup, TaskGraph *ends);
  /* Adds what the first rows of a graph that has been run say. */
  void (*measure)(const TaskGraph *ends, int rows, MetricSums *sums);
  /* The metrics from sums over many rows, where they are not just each divided by `rows`: `metrics`
   * has these. NULL: nothing else. */
  void (*finish)(const MetricSums *sums, double *metrics);
  /* Writes what was said about the first rows into the judgement, from sample `from` on; NULL: the
   * task gives no judgements. */
  void (*judge)(const TaskGraph *ends, int rows, Judgement *judgement, guint32 from);
  /* A way of training of its own, with the graphs it needs in task->training and task->more; NULL:
   * the gradient of the loss, then one step of the optimizer. */
  void (*prepare)(Task *task, int batch);
  gboolean (*train)(Task *task, const TaskStep *step, MetricSums *sums);
  double (*flops)(const Task *task); /* of such a step, for each row */
};

/* All tasks, in the order of core/tasks/meson.build, ended by NULL. */
extern const TaskClass *const TASKS[];
const TaskClass *task_find(const char *name);

struct Task {
  const TaskClass *klass;
  TaskSetup setup;
  TaskGraph training;
  TaskGraph inference;           /* without a graph until something is evaluated */
  TaskGraph more[TASK_MAX_ENDS]; /* further graphs of training; those left have no graph */
};

/* Builds the graphs for batches of up to `batch` rows. NULL and an error when models and data do
 * not fit each other. `setup` is copied. */
Task *task_new(const TaskClass *klass, const TaskSetup *setup, int batch, GError **error);
void task_free(Task *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Task, task_free)

/* Forward, backward and a step of the optimizer; adds to `sums`. FALSE when a loss is not finite:
 * then the parameters have not been changed by it. */
gboolean task_train(Task *self, const TaskStep *step, MetricSums *sums);
/* Rows that task_evaluate takes at most. */
int task_evaluation_rows(Task *self);
/* Measures samples from … from + rows - 1 of a part, and writes them into `judgement` unless it is
 * NULL. */
void task_evaluate(Task *self, DatasetPart part, guint32 from, int rows, MetricSums *sums,
                   Judgement *judgement);
/* The metrics of what was summed up; those that the task does not have are NaN. */
void task_metrics(const TaskClass *klass, const MetricSums *sums, double *metrics);
/* graph_find_beyond over the graphs of training, after a step on so many rows. */
const Tensor *task_find_beyond(const Task *self, int rows, double limit);
/* Floating-point operations of a training step, for each row. */
double task_flops(const Task *self);

/* --- for tasks, and for those who need a graph of their own: probes, predictions --- */

void task_graph_build(const TaskClass *klass, const TaskSetup *setup, GraphMode mode, int capacity,
                      TaskGraph *result);
/* Before graph_finish: what is measured is kept for all rows. */
void task_graph_keep(const TaskGraph *self);
/* Copies samples into a graph's ends; sequences get the length of the longest among them. */
void task_graph_fill(const TaskGraph *self, const Dataset *dataset, DatasetBatch *batch);
/* Normal numbers for the noise of these samples; with another `turn`, others. */
void task_graph_draw(const TaskGraph *self, const DatasetBatch *batch, guint32 turn);
/* The models one after the other, each reading what the one before gives. Sets inputs, their fields
 * and output. */
void task_build_models(const TaskSetup *setup, TaskGraph *ends);
/* An input for what should come out: the field after those that the first model reads. */
void task_build_target(TaskGraph *ends, const char *name, TensorType type, const Shape *row);
/* Whether the first model's inputs are the data's first fields. */
gboolean task_check_inputs(const TaskSetup *setup, GError **error);
/* Whether the tables of embeddings in a graph have a vector for every token of the data. */
gboolean task_check_tokens(const TaskGraph *ends, const Dataset *dataset, GError **error);
/* Adds an op that is known to fit, to one input or (`b` not NULL) two. */
Tensor *task_apply(TaskGraph *ends, const Op *op, const char *name, const void *attrs, Tensor *a,
                   Tensor *b);
/* What a tensor of one number a row says in row r. */
double task_row(const Tensor *tensor, int r);
