/* How the next token is drawn from a model's probabilities. */
#pragma once

#include "core/base/rng.h"
#include "core/graph/tensor.h"

typedef struct {
  double temperature; /* logits are divided by it: below 1 bolder, above 1 wilder; 0: always the
                       * likeliest */
  int top_k;          /* only so many of the likeliest (Fan et al. 2018); 0: all */
  double top_p; /* only the likeliest that reach this share together (Holtzman et al. 2020); 1:
                 * all; the likeliest always stays */
} SamplingSettings;

/* One of the n tokens, with what it was drawn with. */
typedef struct {
  gint32 token;
  double probability; /* the model's */
  double share;       /* after temperature, top_k and top_p; 0: never drawn */
} Candidate;

typedef struct {
  Candidate *candidates; /* by falling probability, equal ones by token */
  int n;
} Sampling;

Sampling *sampling_new(int n);
void sampling_free(Sampling *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sampling, sampling_free)

/* Takes in n probabilities. */
void sampling_prepare(Sampling *self, const SamplingSettings *settings, const real *probabilities);
/* The token that `uniform` (0 … 1) falls on. */
gint32 sampling_draw(const Sampling *self, double uniform);
