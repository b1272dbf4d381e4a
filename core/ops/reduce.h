/* What core/ops/reduce.c and its fast kernels share. Private to core/ops. */
#pragma once

#include "core/ops/ops.h"

/* Numbers that each output is made of. */
gsize reduce_count(const Node *self);
/* Whether an axis, counted with the batch, is reduced: without any named, all but the batch. */
gboolean reduce_is_reduced(const Node *self, int axis);

gsize reduce_state_size(const Node *self, int tiles);
extern const FastKernels reduce_sum_kernels, reduce_mean_kernels, reduce_max_kernels,
    reduce_variance_kernels;
