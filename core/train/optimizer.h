/* From gradients to better parameters. Names, defaults and the order of operations are Keras's. */
#pragma once

#include "core/model/parameters.h"

/* What an optimizer may use; each takes what it knows. */
typedef struct {
  double learning_rate;
  double momentum;       /* momentum, nesterov */
  double beta_1, beta_2; /* adam, lion */
  double rho;            /* rmsprop, adadelta */
  double epsilon;
  /* adamw, lion: kernels (matrices and up) shrink by rate · decay first; biases and scales do not
   * (Keras's exclude_from_weight_decay, as BERT and GPT do it). */
  double weight_decay;
  /* What happens to gradients before; 0: nothing. Kernels only, as Keras's kernel_regularizer: */
  double l1, l2; /* the loss has l1·Σ|w| + l2·Σw² more */
  /* Then: each number within ±clipvalue; then all together no longer than global_clipnorm. */
  double clipvalue, global_clipnorm;
} OptimizerSettings;

#define OPTIMIZER_MAX_SLOTS 3

typedef struct {
  const char *name;                           /* "adam" */
  const char *formula;                        /* TeX */
  const char *slots[OPTIMIZER_MAX_SLOTS + 1]; /* names of its state: "m", "v"; NULL-ended */
  double initial;                             /* what the first slot starts with */
  gboolean decays;                            /* knows weight_decay */
  /* Updates n values (a multiple of 16): `t` counts steps from 1. */
  void (*update)(const OptimizerSettings *settings, guint32 t, real *value, const real *grad,
                 real *const *slots, gsize n);
} OptimizerClass;

/* All optimizers, in the order of core/train/meson.build, ended by NULL. */
extern const OptimizerClass *const OPTIMIZERS[];
const OptimizerClass *optimizer_find(const char *name);

typedef struct {
  const OptimizerClass *klass;
  ParameterSet *parameters;        /* borrowed */
  real *slot[OPTIMIZER_MAX_SLOTS]; /* blocks of the parameters' layout */
  int n_slots;
  GArray *chunks; /* what is updated at a time; nothing that is not trained is in them */
  double *norms;  /* of each chunk: of its gradient, squared; or its penalty */
} Optimizer;

Optimizer *optimizer_new(const OptimizerClass *klass, ParameterSet *parameters);
void optimizer_free(Optimizer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Optimizer, optimizer_free)

/* One step from the gradients that are there (which are changed by clipping and regularization);
 * `t` counts from 1. */
void optimizer_step(Optimizer *self, const OptimizerSettings *settings, guint32 t);
/* The same for the parameters of one group: one of several models. */
void optimizer_step_group(Optimizer *self, const OptimizerSettings *settings, guint32 t, int group);
/* What the regularization adds to the loss: l1·Σ|w| + l2·Σw² of the kernels. */
double optimizer_penalty(Optimizer *self, const OptimizerSettings *settings);
