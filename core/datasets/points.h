/* Points of the plane that ship with the program: classes to tell apart, and heights to learn. All
 * lie within about -1 … 1 both ways; a little noise is in all of them. */
#pragma once

#include "core/datasets/dataset.h"

typedef enum {
  POINTS_CIRCLE,          /* a disc within a ring */
  POINTS_XOR,             /* opposite quarters */
  POINTS_GAUSSIANS,       /* two clouds */
  POINTS_SPIRAL,          /* two arms */
  POINTS_MOONS,           /* two crescents in each other */
  POINTS_EIGHT_GAUSSIANS, /* eight clouds on a ring: for a GAN */
  POINTS_PLANE,           /* heights that rise evenly */
  POINTS_BUMPS,           /* a hill and a hollow */
} PointsKind;

/* "point" (2), then "label" (a class) or, of heights, "height" (1). Point i is the same for the
 * same seed, however many there are; classes take turns. */
Dataset *dataset_draw_points(PointsKind kind, guint64 seed, guint32 train, guint32 validation,
                             guint32 test);
