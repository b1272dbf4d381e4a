/* Turning one sequence into another with a model that reads a source and says the next token after
 * what has been said so far: always the likeliest (greedy, one beam), or by following several
 * beginnings at once (beam search; Graves 2012, Sutskever et al. 2014).
 */
#pragma once

#include "core/model/model.h"

/* A beginning, or a whole sequence. */
typedef struct {
  gint32 *tokens; /* `start` first */
  int n;
  int parent;             /* which beam of the step before it goes on; -1: the first */
  double log_probability; /* of all its tokens together */
  gboolean ended;         /* with `end`: it is not gone on with */
} Beam;

typedef struct Translator Translator;

typedef struct {
  gint32 start, end, padding;
  int beams;           /* 1: greedy */
  double length_power; /* beams are compared by log-probability / tokens^power (Wu et al. 2016); 0:
                        * as they are */
} BeamSettings;

/* The model has two inputs of tokens, the source and what has been said, and gives probabilities of
 * the next token after each step of the latter. NULL and an error if it has not. */
Translator *translator_new(const Model *model, ParameterSet *parameters,
                           const BeamSettings *settings, GError **error);
void translator_free(Translator *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Translator, translator_free)

/* Begins with a source of n tokens, at most as many as the model takes. */
void translator_start(Translator *self, const gint32 *source, int n);
/* Says one token more in every beam that has not ended. FALSE when all have, or there is no room
 * for more. */
gboolean translator_step(Translator *self);
/* The beams as they are, best first; valid until the next step. */
const Beam *translator_beams(const Translator *self, int *n);
/* Start and steps to the end; the tokens of the best beam, without start and end. `n` gets their
 * number. Caller frees. */
gint32 *translator_run(Translator *self, const gint32 *source, int n_source, int *n);
/* The graph, a row for each beam as it was before the last step: alignments, … */
const Graph *translator_graph(const Translator *self);
