/* Tensors of different shapes taken together as NumPy does: their sizes are compared from the last
 * one on, and what has size 1 (or none) there is used again and again. The batch stands apart, as
 * Keras has it: a batched tensor meets another row by row, a tensor without batch (a parameter)
 * meets every row. Private to core/ops. */
#pragma once

#include "core/ops/walk.h"

/* The shape that all inputs of a node make together; on error says what does not fit. */
gboolean broadcast_shape(const Node *self, Shape *shape, GError **error);
/* Which element of `x` stands at `offset` of a result of that shape. */
gsize broadcast_place(const Tensor *x, const Shape *shape, gsize offset);
/* Through the tile's rows of the output: operand k is input k, the one after them the output. */
Walk broadcast_walk(const Node *self, Tile tile);
