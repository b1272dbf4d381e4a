/* From gradients to better parameters. Names, defaults and the order of operations are Keras's. */
#pragma once

#include "core/model/parameters.h"

/* What an optimizer may use; each takes what it knows. */
typedef struct {
  double learning_rate;
  double momentum;       /* momentum, nesterov */
  double beta_1, beta_2; /* adam */
  double epsilon;
} OptimizerSettings;

#define OPTIMIZER_MAX_SLOTS 2

typedef struct {
  const char *name;                           /* "adam" */
  const char *formula;                        /* TeX */
  const char *slots[OPTIMIZER_MAX_SLOTS + 1]; /* names of its state: "m", "v"; NULL-ended */
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
  real *slot[OPTIMIZER_MAX_SLOTS]; /* blocks of the parameters' layout, zero at first */
  int n_slots;
} Optimizer;

Optimizer *optimizer_new(const OptimizerClass *klass, ParameterSet *parameters);
void optimizer_free(Optimizer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Optimizer, optimizer_free)

/* One step from the gradients that are there; `t` counts from 1. */
void optimizer_step(Optimizer *self, const OptimizerSettings *settings, guint32 t);
