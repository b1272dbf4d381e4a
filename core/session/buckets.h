/* Batches of sequences of about the same length: what is shorter than the longest of its batch is
 * padded, and padding costs as much as tokens do. */
#pragma once

#include "core/datasets/dataset.h"

/* Rearranges the mixed training samples of an epoch: within pools of so many batches they are
 * sorted by the length of their first sequence, and the pool's batches mixed again. A batch that is
 * not full stays last. `spare` has room for n. Nothing happens where no field is a
 * sequence, or the longest is not much longer than most. */
void buckets_arrange(const Dataset *dataset, guint32 *order, guint32 n, guint32 batch,
                     const Rng *rng, guint32 *spare);
