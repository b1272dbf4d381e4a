/* How parameters start. Names, formulas and defaults as in Keras; a number may follow the name
 * where there is something to choose: "random_normal:0.02", "constant:1".
 *
 * The fans of a kernel are the products of its last two dimensions with the size of its window:
 * in and out features for dense [in, out] and conv2d [height, width, in, out].
 */
#pragma once

#include "core/base/rng.h"
#include "core/graph/tensor.h"

typedef struct {
  const char *name;
  double parameter; /* where none is given; NaN: takes none */
  void (*fill)(const Shape *shape, const Rng *rng, double parameter, real *values);
} Initializer;

/* All of them, ended by one with name NULL. */
extern const Initializer INITIALIZERS[];
/* Whether it is a name, with a number where one may stand. */
gboolean initializer_valid(const char *text);
/* Fills a parameter's values; the text is valid. */
void initializer_fill(const char *text, const Shape *shape, const Rng *rng, real *values);
/* All names, as a list to be read. Caller frees. */
char *initializer_names(void);
