/* A small graph around one op: what gradients, fast kernels and explanations are checked on.
 *
 *   x → lift → op → y,   loss = Σ c·y   with fixed random c
 *
 * Compiled in float for the tests and in double for the library they compare with (in_double.h); in
 * both the numbers drawn are the same, and exact in float.
 */
#pragma once

#include "core/graph/graph.h"

typedef struct {
  const char *op;
  const OpSample *sample;
  /* 2: the op is applied twice to the same inputs, whose gradients add up. */
  int uses;
  /* An op before each batched input that makes its gradient wanted also by a graph that trains;
   * without it, the op reads the graph's inputs. */
  gboolean lift;
  guint64 seed;
} SampleCase;

typedef struct {
  Graph *graph;
  GPtrArray *memory;
  Tensor *input[NODE_MAX_INPUTS]; /* what the op reads */
  int n_inputs;
  Tensor *output; /* of its first use */
} Sample;

/* Builds, draws all values and finishes; nothing has run. Dropout drops in every mode. */
Sample *sample_new(const SampleCase *self, GraphMode mode);
void sample_free(Sample *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sample, sample_free)
/* The op's node (or the fused one's). */
Node *sample_node(const Sample *self);
/* n numbers that differ by at least (high - low) / (n + 1), half as far from zero: no kink and no
 * tie is near. */
void sample_draw(guint64 seed, guint32 index, double low, double high, real *values, gsize n);

/* One tensor's numbers in double, whatever they were. */
typedef struct {
  char *name;
  gsize n;
  double *value;
  double *grad; /* NULL: none, or of no meaning */
} SampleArray;

/* Runs rows forward and backward; returns SampleArray, freed with g_ptr_array_unref. */
GPtrArray *sample_run(Sample *self, int rows);

/* Ops the tests put around the one they look at; not registered. loss[r] = Σ_i c[r, i]·y[r, i]. */
extern const Op sample_weighted_sum;
/* y = x, and a parameter that nothing depends on. */
extern const Op sample_lift;
