/* Pictures that vary each time they are learned from: moved, turned, mirrored, bent, noisy. */
#pragma once

#include "core/datasets/dataset.h"

typedef struct {
  double shift;   /* up to this share of the side, each way */
  double rotate;  /* up to so many degrees, either way */
  double zoom;    /* up to this share larger or smaller */
  gboolean flip;  /* left and right, every other time */
  double elastic; /* pixels that points are pulled about by (Simard, Steinkraus and Platt 2003) */
  double noise;   /* deviation of what is added to each value, of 0 … 1 */
} Augmentation;

/* The same data; pictures (the first field: H, W, C) to learn from are varied, by the batch's
 * random numbers alone: the same for any number of threads. What comes from beyond the edge is the
 * edge's. Takes over `dataset`; both are freed together. */
Dataset *dataset_augment(Dataset *dataset, const Augmentation *augmentation);
