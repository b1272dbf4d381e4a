/* Data made of arrays in memory: numbers or tokens of every sample, one array a field.
 *
 * For what is read from tables and texts, and for what generators make: points of the plane,
 * windows of a series, tokenized sentences and their labels.
 */
#pragma once

#include "core/datasets/dataset.h"

/* The values of one field, the samples of training, validation and test one after the other. */
typedef struct {
  DatasetField field;
  float *values;  /* TENSOR_FLOAT; else NULL */
  gint32 *ids;    /* TENSOR_INT; else NULL */
  gsize *offsets; /* of a sequence: where each sample begins, in steps, and at last where all end;
                   * else NULL */
  gint32 padding; /* of tokens: what follows the last step; -1 for targets that do not count */
} ArrayField;

/* Takes over the arrays (g_free). All fields have as many samples as `count` says together.
 * `class_names` (NULL-ended) may be NULL: there are no classes. */
Dataset *dataset_new_arrays(const char *name, const char *source, const ArrayField *fields, int n,
                            const guint32 count[DATASET_PARTS], const char *const *class_names);
