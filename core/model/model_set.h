/* The models that are trained together, with their parameters in one set: generator and
 * discriminator, encoder and decoder, or just one.
 *
 * As text, several models stand one after the other under their names; a single one needs no name.
 *
 *   [generator]
 *   input 16
 *   dense 2
 *   [discriminator]
 *   input 2
 *   dense 1
 *
 * The parameters of several models are called "generator.dense.kernel"; of a single one,
 * "dense.kernel".
 */
#pragma once

#include "core/model/model.h"

#define MODEL_SET_MAX 4

typedef struct {
  char *spec;
  int n;
  char *name[MODEL_SET_MAX];  /* "generator"; "" for a single one */
  char *scope[MODEL_SET_MAX]; /* before the names of its parameters: "generator.", or "" */
  Model *model[MODEL_SET_MAX];
  guint first[MODEL_SET_MAX + 1]; /* model i has the parameters first[i] … first[i + 1] - 1 */
  ParameterSet *parameters;       /* declared, not allocated */
} ModelSet;

/* Parses and checks. Errors name line and column in the whole text. */
ModelSet *model_set_new(const char *spec, GError **error);
void model_set_free(ModelSet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ModelSet, model_set_free)

/* Puts the texts of n models under their names; one alone stays as it is. Caller frees. */
char *model_set_join(const char *const *names, const char *const *specs, int n);
/* The model of that name; -1: there is none. */
int model_set_find(const ModelSet *self, const char *name);
