/* Whether gradients are right: compares them with differences of the loss.
 *
 *   dL/dx ≈ (L(x + h) - L(x - h)) / 2h
 *
 * Compiled for the tests only, with REAL_DOUBLE: in double the two agree to seven digits, in float
 * they would hardly to three.
 */
#pragma once

#include "core/graph/graph.h"

/* Where gradient and difference are farthest apart. */
typedef struct {
  const Tensor *tensor;
  gsize offset;
  double gradient, difference;
  double error;  /* |gradient - difference| / max(1, |gradient|, |difference|) */
  gsize checked; /* elements looked at */
} Gradcheck;

/* Checks all inputs and parameters of a finished graph that have a gradient: every element, or, of
 * tensors with more than `most`, that many drawn from `rng`. Values must be well away from kinks;
 * they are left as they were. */
Gradcheck gradcheck(Graph *graph, int rows, guint32 step, gsize most, const Rng *rng);
