/* The learned numbers of a model: one block of memory, named slices of it in Keras's shapes.
 *
 * Gradients and optimizer state are blocks of the same layout, so that one pass over flat arrays
 * updates everything.
 */
#pragma once

#include "core/graph/tensor.h"

typedef struct {
  char *name;   /* "conv1.kernel" */
  Shape shape;  /* as in Keras: dense [in, out], conv2d [height, width, in / groups, out] */
  gsize offset; /* into the block; a multiple of 16 */
  const char *initializer; /* "glorot_uniform" */
  gboolean trainable;      /* FALSE: kept, not learned (moving averages, frozen layers) */
  int group;               /* which of several models it belongs to, from 0 */
} Parameter;

typedef struct {
  GArray *items; /* Parameter */
  gsize size;    /* of the block, in elements, with padding (always zero) */
  real *value;   /* NULL until parameters_allocate */
  real *grad;    /* NULL for sets that are only read */
} ParameterSet;

ParameterSet *parameters_new(void);
/* A set of the same names and shapes with its own memory, values zero. */
ParameterSet *parameters_new_like(const ParameterSet *other, gboolean with_grad);
void parameters_free(ParameterSet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ParameterSet, parameters_free)

/* Appends a parameter; returns its index. Before parameters_allocate. */
guint parameters_add(ParameterSet *self, const char *name, const Shape *shape,
                     const char *initializer, gboolean trainable);
/* Appends all of another set, each name with `scope` before it, as a group of its own after those
 * that are there; returns the first's index. */
guint parameters_append(ParameterSet *self, const ParameterSet *other, const char *scope);
void parameters_allocate(ParameterSet *self, gboolean with_grad);
/* Draws all initial values; the same seed gives the same values. */
void parameters_initialize(ParameterSet *self, guint64 seed);
const Parameter *parameters_get(const ParameterSet *self, guint index);
/* -1 if there is none. */
int parameters_find(const ParameterSet *self, const char *name);
/* Number of values, without padding. */
gsize parameters_count(const ParameterSet *self);
/* Those of them that are learned. */
gsize parameters_count_trainable(const ParameterSet *self);
