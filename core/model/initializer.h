/* How parameters start. Names and formulas as in Keras.
 *
 * The fans of a kernel are the products of its last two dimensions with the size of its window:
 * in and out features for dense [in, out] and conv2d [height, width, in, out].
 */
#pragma once

#include "core/base/rng.h"
#include "core/graph/tensor.h"

typedef struct {
  const char *name;
  void (*fill)(const Shape *shape, const Rng *rng, real *values);
} Initializer;

/* All of them, ended by one with name NULL. */
extern const Initializer INITIALIZERS[];
const Initializer *initializer_find(const char *name);
/* All names, as a list to be read. Caller frees. */
char *initializer_names(void);
