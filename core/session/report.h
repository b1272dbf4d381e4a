/* What a finished run leaves beside its model: tables for people and for other programs. */
#pragma once

#include "core/session/run.h"

typedef struct {
  guint threads;
  double wall_seconds;     /* all of it */
  double training_seconds; /* without evaluation */
  guint64 samples;         /* trained on in that time */
} ReportTiming;

/* report.json: lesson, dataset, seed, threads, steps, epochs, parameters, samples_per_second,
 * wall_seconds, hyperparameters, metrics. Caller frees. */
char *report_json(const Run *run, const ReportTiming *timing);
/* history.csv: one line an epoch, as Keras's CSVLogger: epoch, step, learning_rate, the training
 * metrics, then the same with val_. Caller frees. */
char *report_history(const Run *run);
