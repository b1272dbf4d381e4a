/* What cross-entropy alone and fused with softmax share: private to core/ops. */
#pragma once

#include "core/ops/ops.h"

gboolean cross_entropy_shape(Node *self, GError **error);
int cross_entropy_classes(const Node *self);
double cross_entropy_smoothing(const Node *self);
/* What the sum over a row is multiplied with: the weight that is given, or one over how many labels
 * count (0: none does). */
double cross_entropy_weight(const Node *self, int row);
