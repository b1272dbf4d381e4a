/* A second look at the model: what panels and explanations read.
 *
 * An unfused graph of naive kernels on pinned examples, with its own values, gradients and a copy
 * of the parameters as they were at one step; so every number in it and the arithmetic behind it
 * agree, however far training has gone on.
 */
#pragma once

#include "core/tasks/task.h"

typedef struct {
  TaskGraph ends;
  ParameterSet *parameters; /* the copy, with gradients */
  guint32 step;             /* the training step they are from */
  guint32 example;          /* the pinned sample */
  DatasetPart part;
} Probe;

Probe *probe_new(const TaskClass *task, const ModelSet *models, const Settings *settings);
void probe_free(Probe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Probe, probe_free)

/* Copies the parameters and runs the example forward and backward. Allocates nothing. With `pixels`
 * (the model's input), that picture instead, as if its label were the class it is taken for. */
void probe_run(Probe *self, const ParameterSet *parameters, guint32 step, const Dataset *dataset,
               DatasetPart part, guint32 example, const float *pixels);
