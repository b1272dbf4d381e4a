/* A run saved whole, so that going on gives the same bits as never having stopped.
 *
 * On top of a saved model (core/formats/model_file.h): the optimizer's state as
 * optimizer.SLOT.NAME, the metrics of all steps as history.METRIC [points, 3] (minimum, mean,
 * maximum), finished epochs as history.epochs, running sums as session.sums; the rest as text in
 * the metadata.
 */
#pragma once

#include "core/formats/model_file.h"
#include "core/session/run.h"

/* Restores a run from a saved session. `file` was read by model_file_read; lesson and data are
 * those its metadata names. Errors say what is missing or does not fit. */
Run *checkpoint_restore(const ModelFile *file, const char *name, const Lesson *lesson,
                        Dataset *dataset, GError **error);
