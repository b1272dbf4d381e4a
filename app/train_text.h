/* What train says, as pure functions. The caller frees all of it. */
#pragma once

#include "core/session/session.h"

/* Metrics by their names: " · loss 0.0412 · accuracy 0.9871"; a dash for what is not known. */
char *train_metrics(const TaskClass *task, const double *values, const char *prefix);

/* The line that moves: "epoch 2/5 · 0:07 left · 41,200 images/s · loss 0.0412 · accuracy 0.9871".
 * A narrow terminal drops what it has no room for; 80 columns show the loss. */
char *train_line(const TaskClass *task, const SessionStatus *status);

/* A folder for an interrupted run that is not there yet: "day05-interrupted", then with -2, -3, …
 */
char *train_free_folder(const char *lesson);

/* "bathyscope train day05 --resume FILE …", to be pasted into a shell. `options` is a list of names
 * and values, ended by NULL for a name; a value of NULL leaves its option out. */
char *train_command(const char *lesson, const char *const *options);
