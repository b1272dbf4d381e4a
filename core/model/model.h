/* A model: a spec, its layers and their parameters. Graphs are built from it, sharing them.
 *
 * A spec is text, one layer a line: a layer's name, then its arguments as `name=value`, the common
 * ones also by position; `name=` names the layer, `from=a` or `from=a,b` says what it reads
 * (without it, the layer above). `#` starts a comment.
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
  GPtrArray *layers;        /* Layer; the first is the input, the last the output */
  ParameterSet *parameters; /* declared, not allocated */
  Shape input, output;      /* of one row */
} Model;

/* Parses and checks a spec. Errors name line and column, what is wrong and what would be right. */
Model *model_new(const char *spec, GError **error);
void model_free(Model *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)

/* Builds the model into a graph with parameters from `set` (made for this model); returns its
 * output. `input` gets the input tensor. Cannot fail: the model was checked when it was made. */
Tensor *model_build(const Model *self, Graph *graph, ParameterSet *set, Tensor **input);

/* The table Keras prints: layer (type), output shape, parameters, and the totals. */
char *model_summary(const Model *self);
