/* Data to learn from: samples in memory, in three parts.
 *
 * The test part is read once, after training. Validation is held out from the training data. A
 * sample has fields: what goes into the model first, then what should come out.
 */
#pragma once

#include "core/base/rng.h"
#include "core/graph/tensor.h"
#include "core/text/tokenizer.h"
#include <gio/gio.h>

typedef enum { DATASET_TRAIN, DATASET_VALIDATION, DATASET_TEST, DATASET_PARTS } DatasetPart;

typedef struct Dataset Dataset;

#define DATASET_MAX_FIELDS 4

/* One thing that is known of every sample. */
typedef struct {
  const char *name; /* "image", "tokens", "label" */
  TensorType type;
  Shape row;         /* of one sample; of a sequence: of the longest */
  gboolean sequence; /* samples have their own lengths; what is shorter is padded with 0 */
  int vocabulary;    /* tokens are below it; 0: they are no tokens */
} DatasetField;

/* What is to be filled. */
typedef struct {
  DatasetPart part;
  const guint32 *indices; /* of the samples for rows 0 … rows - 1 */
  int rows;
  Tensor *field[DATASET_MAX_FIELDS]; /* NULL: not wanted */
  gboolean training; /* samples may be varied (augmentation): they are learned from */
  Rng random;        /* for what is drawn anew every time: words to mask, false neighbours */
} DatasetBatch;

/* What a kind of data set does; `data` is its own. */
typedef struct {
  void (*fill)(const Dataset *self, const DatasetBatch *batch);
  /* Steps of one field of one sample; NULL where no field is a sequence. */
  int (*length)(const Dataset *self, DatasetPart part, guint32 index, int field);
  void (*free)(gpointer data);
} DatasetClass;

/* What a number of the data stands for: offset + scale · number, in its own units. */
typedef struct {
  double offset, scale;
} DatasetUnit;

/* Read-only once made: any number of threads may fill from it. */
struct Dataset {
  const DatasetClass *klass;
  gpointer data;
  char *name;   /* "mnist" */
  char *source; /* a sentence: what it is and where it was found */
  DatasetField field[DATASET_MAX_FIELDS];
  int n_fields;
  int n_classes;      /* 0: no classes */
  char **class_names; /* n_classes, NULL-ended */
  guint32 count[DATASET_PARTS];
  DatasetUnit unit;            /* of the numbers to foretell; scale 0: they are as they are */
  Tokenizer *tokenizer;        /* what made the tokens of its first field; NULL: none did */
  Tokenizer *target_tokenizer; /* of what should come out, where that is another */
};

void dataset_free(Dataset *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dataset, dataset_free)

/* One sample of real numbers: its first field (`input` has room for it) and, where there are
 * classes, its label; either may be NULL. */
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

/* CIFAR-10's folder: data_batch_1.bin and as many of the other four as are there, the last tenth of
 * them held out; test_batch.bin, or its first 1,000 images. */
Dataset *dataset_open_cifar10(const char *folder, GError **error);

/* Figures in colour, 32 × 32 × 3: circle, square, triangle, star, cross, ring, diamond, bar,
 * crescent, heart; each equally often, the same for the same seed. */
Dataset *dataset_draw_shapes(guint64 seed, guint32 train, guint32 validation, guint32 test);

/* Digits drawn by strokes, 28 × 28 × 1, prepared as MNIST was: `train`, `validation` and `test` of
 * them, each class equally often in every part, in mixed order, the same for the same seed. */
Dataset *dataset_draw_digits(guint64 seed, guint32 train, guint32 validation, guint32 test);
