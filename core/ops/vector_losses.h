/* What core/ops/vector_losses.c and its fast kernels share. Private to core/ops. */
#pragma once

#include "core/ops/ops.h"

#define LOSS_EPSILON 1e-7 /* as in Keras */

/* Numbers in a vector, and vectors in a row. */
gsize vector_loss_length(const Node *self);
gsize vector_loss_count(const Node *self);
double vector_loss_smoothing(const Node *self);

gsize categorical_crossentropy_logits_state_size(const Node *self, int tiles);
extern const FastKernels kl_divergence_kernels, categorical_crossentropy_kernels,
    categorical_crossentropy_logits_kernels, cosine_similarity_kernels;
