/* What tasks share whose model gives numbers to be compared with numbers. Private to core/tasks. */
#pragma once

#include "core/tasks/task.h"

/* The setting "loss", or `initial`: mean_squared_error, mean_absolute_error, huber, hinge,
 * squared_hinge, log_cosh, binary_crossentropy. Adds it, of the output and `target`. */
Tensor *targets_loss(const TaskSetup *setup, TaskGraph *ends, const char *name, const char *initial,
                     Tensor *target);
/* Sums of losses, of absolute and squared errors, of targets and their squares (means over a row).
 */
void targets_measure(const TaskGraph *ends, int rows, MetricSums *sums);
