/* A language model that writes: it is given tokens and says how likely each token is to come next.
 *
 * With a memory (a KV cache; the states of recurrent layers) what stands there is computed once,
 * and each further token costs one step; without, all of the context is computed anew for each.
 * Both say the same as long as the text fits into the context. When it does not, the memory is made
 * anew from the newer half of it; without a memory the context moves on by one.
 *
 * A language model sees no later step. One that does (layers that go both ways, attention that is
 * not causal) would say something else with a memory than without.
 */
#pragma once

#include "core/model/model.h"

typedef struct Writer Writer;

/* The model takes tokens, as many as its context is long, and gives probabilities of the next one
 * after each. `parameters` may change while it lives: then writer_start. NULL and an error if it is
 * no such model. */
Writer *writer_new(const Model *model, ParameterSet *parameters, gboolean memory, GError **error);
void writer_free(Writer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Writer, writer_free)

/* An empty page. */
void writer_start(Writer *self);
/* Reads n ≥ 1 further tokens; the probabilities of the next one are valid until it reads again.
 * Tokens must be below writer_vocabulary. */
const real *writer_read(Writer *self, const gint32 *tokens, int n);

int writer_vocabulary(const Writer *self);
int writer_context(const Writer *self);
/* The graph with all its tensors, as of the last reading: attention weights, … */
const Graph *writer_graph(const Writer *self);
/* Steps that were computed for all that was read so far: what a memory saves. */
guint64 writer_steps(const Writer *self);
