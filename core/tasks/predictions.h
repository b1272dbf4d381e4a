/* What tasks share whose model gives probabilities: of a class for each row, or of a token at each
 * step. Private to core/tasks. */
#pragma once

#include "core/tasks/task.h"

/* Whether the model's last layer gives probabilities of at least `classes` classes; `what` is its
 * advice: "dense 10 activation=softmax". */
gboolean predictions_check(const TaskSetup *setup, int classes, GError **error);
/* The index of the largest of n numbers. */
int predictions_best(const real *values, int n);
/* Adds labels (one for each vector of probabilities) and softmax's cross-entropy, with the setting
 * "label_smoothing". */
void predictions_loss(const TaskSetup *setup, TaskGraph *ends, const char *name);

/* Tokens: labels of -1 do not count; every one that counts weighs the same. */
gboolean tokens_check(const TaskSetup *setup, GError **error);
void tokens_build(const TaskSetup *setup, TaskGraph *ends);
/* Sums of losses and of right guesses over tokens; the third of sequences that are all right, the
 * fourth of sequences. */
void tokens_measure(const TaskGraph *ends, int rows, MetricSums *sums);
