/* Tables as data: numbers of a row, and what they say of it. */
#pragma once

#include "core/datasets/dataset.h"
#include "core/formats/table.h"

/* "features": every numeric column but the target, less its mean and over its deviation in the
 * training part (what is missing is the mean); "label" where the target column has texts or
 * `classes` is TRUE, else "target" (1). `target` is the name or number of a column, NULL: the last
 * that is not numeric, else the last. Rows whose target is missing are left out; the rest is mixed,
 * a tenth held out for validation, another for testing. */
Dataset *dataset_new_table(const char *name, const char *source, const Table *table,
                           const char *target, gboolean classes, GError **error);
