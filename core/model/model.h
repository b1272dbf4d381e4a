/* A model: a spec, its layers and their parameters. Graphs are built from it, sharing them.
 *
 * A spec is text, one layer a line: a layer's name, then its arguments as `name=value`, the common
 * ones also by position; `name=` names the layer, `from=a` or `from=a,b` says what it reads
 * (without it, the layer above; `from=a.state` is a further result of a layer), `trainable=false`
 * leaves its parameters as they are. A model may have several inputs. `#` starts a comment.
 *
 *   input 28x28x1
 *   conv2d 32 kernel_size=3 activation=relu name=conv1
 *   flatten
 *   dense 10 activation=softmax
 */
#pragma once

#include "core/layers/layer.h"

/* A spec longer than this, or with more layers, is refused. */
#define SPEC_MAX_BYTES 65536
#define SPEC_MAX_LAYERS 512
/* Parameters or row elements beyond this do not fit the memory of a desktop. */
#define MODEL_MAX_ELEMENTS ((gsize)1 << 28)

typedef struct {
  char *spec;
  GPtrArray *layers; /* Layer; the first is an input, the last the output */
  const Layer *inputs[LAYER_MAX_INPUTS];
  int n_inputs;
  ParameterSet *parameters; /* declared, not allocated */
  Shape input, output;      /* of one row: of the first input, of the last layer */
} Model;

/* Parses and checks a spec. Errors name line and column, what is wrong and what would be right. */
Model *model_new(const char *spec, GError **error);
void model_free(Model *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)

/* How a model is built into a graph; all but `parameters` may be left out. */
typedef struct {
  ParameterSet *parameters; /* has those of this model */
  const char *scope;        /* before the names of parameters in the set: "generator." */
  const char *prefix;       /* before the names of tensors, for models built twice: "fake." */
  gboolean frozen;          /* the parameters are read, not learned */
  Tensor *given[LAYER_MAX_INPUTS]; /* what takes the place of an input: NULL for a new one */
} ModelPlace;

/* Builds the model into a graph; returns its output. `inputs` gets the input tensors (may be NULL).
 * Cannot fail where the model was checked with inputs of these shapes. */
Tensor *model_build(const Model *self, Graph *graph, const ModelPlace *place, Tensor **inputs);

/* The table Keras prints: layer (type), output shape, parameters, and the totals. */
char *model_summary(const Model *self);
