/* Data to learn from: samples in memory, in three parts.
 *
 * The test part is read once, after training. Validation is held out from the training data.
 */
#pragma once

#include "core/graph/tensor.h"
#include <gio/gio.h>

typedef enum { DATASET_TRAIN, DATASET_VALIDATION, DATASET_TEST, DATASET_PARTS } DatasetPart;

typedef struct Dataset Dataset;

/* What a kind of data set does; `data` is its own. */
typedef struct {
  /* Copies samples indices[0 … rows - 1] of a part into rows 0 … rows - 1 of the tensors: the first
   * is the model's input, the second the target; either may be NULL. */
  void (*fill)(const Dataset *self, DatasetPart part, const guint32 *indices, int rows,
               Tensor *input, Tensor *target);
  void (*free)(gpointer data);
} DatasetClass;

/* Read-only once made: any number of threads may fill from it. */
struct Dataset {
  const DatasetClass *klass;
  gpointer data;
  char *name;         /* "mnist" */
  char *source;       /* a sentence: what it is and where it was found */
  Shape input;        /* of one sample: 28 × 28 × 1, values 0 … 1 */
  int n_classes;      /* 0: no classes */
  char **class_names; /* n_classes, NULL-ended */
  guint32 count[DATASET_PARTS];
};

void dataset_free(Dataset *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dataset, dataset_free)

/* One sample: its input (`input` has room for it) and, where there are classes, its label; either
 * may be NULL. */
void dataset_sample(const Dataset *self, DatasetPart part, guint32 index, float *input, int *label);

/* Images of one byte a pixel with one label each, NHWC; takes ownership of `pixels` and `labels`,
 * laid out training, validation, test. `class_names` may be NULL: "0", "1", …. Fill gives pixel /
 * 255 and the label as an integer. */
Dataset *dataset_new_images(const char *name, const char *source, const Shape *image,
                            guint8 *pixels, guint8 *labels, const guint32 count[DATASET_PARTS],
                            int n_classes, const char *const *class_names);

/* MNIST-like folder: train-images-idx3-ubyte, train-labels-…, t10k-images-…, t10k-labels-…, each
 * with or without .gz. The last `validation` training images are held out; DATASET_A_TWELFTH takes
 * the share that MNIST's 5,000 of 60,000 are. Labels are 0 … 9. Errors say which file, what is
 * wrong with it, and what was expected. */
#define DATASET_A_TWELFTH G_MAXUINT32
Dataset *dataset_open_idx(const char *name, const char *folder, guint32 validation, GError **error);

/* Digits drawn by strokes, 28 × 28 × 1, prepared as MNIST was: `train`, `validation` and `test` of
 * them, each class equally often in every part, in mixed order, the same for the same seed. */
Dataset *dataset_draw_digits(guint64 seed, guint32 train, guint32 validation, guint32 test);
