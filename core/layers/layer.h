/* The contract of a layer: a word of the model spec that builds ops and parameters.
 *
 * A layer is one const descriptor in one file of this folder, named in its meson.build. Names,
 * arguments and defaults are Keras's, in snake case.
 */
#pragma once

#include "core/graph/graph.h"
#include "core/model/parameters.h"

#define LAYER_MAX_ARGUMENTS 16
#define LAYER_MAX_INPUTS NODE_MAX_INPUTS

typedef enum {
  ARGUMENT_INTEGER,
  ARGUMENT_REAL,
  ARGUMENT_BOOLEAN, /* true, false */
  ARGUMENT_CHOICE,
  ARGUMENT_PAIR,        /* 3 or 3x5: height and width */
  ARGUMENT_SHAPE,       /* 28x28x1 */
  ARGUMENT_INITIALIZER, /* glorot_uniform, random_normal:0.02 */
  ARGUMENT_LAYER,       /* the name of a layer above */
} ArgumentKind;

typedef struct {
  const char *name;
  ArgumentKind kind;
  const char *initial;        /* as text; NULL: must be given; "": none */
  double minimum, maximum;    /* of numbers and of each side of a pair or shape, inclusive */
  const char *const *choices; /* NULL-ended */
  gboolean positional;        /* may stand without its name, in this order */
} LayerArgument;

typedef struct {
  double number; /* integers, reals, booleans; the index of a choice */
  Shape shape;   /* pairs and shapes */
  char *text;    /* initializers, names of layers; NULL: none */
} LayerValue;

typedef struct LayerClass LayerClass;

/* One line of a spec. */
typedef struct {
  const LayerClass *klass;
  char *name;
  int line, column; /* where it stands in the spec, from 1 */
  LayerValue values[LAYER_MAX_ARGUMENTS];
  char *from[LAYER_MAX_INPUTS]; /* names of what it reads: a layer, or one of its other results,
                                 * as "encoder.state" */
  int n_from;
  gboolean trainable;            /* FALSE: its parameters stay as they are */
  Shape output;                  /* of one row */
  Shape input[LAYER_MAX_INPUTS]; /* of one row of what it reads */
  gsize n_parameters;
  double flops; /* forward for one row, 2 for a multiply-add */
} Layer;

/* What a layer builds into. */
typedef struct {
  Graph *graph;
  ParameterSet *parameters;
  const char *scope;  /* before the names of parameters in the set: "generator." */
  gboolean declaring; /* the first time: parameters are added to the set instead of bound */
  gboolean frozen;    /* parameters are read, not learned */
} LayerBuilder;

struct LayerClass {
  const char *name;               /* "conv2d" */
  const char *keras;              /* "Conv2D" */
  const LayerArgument *arguments; /* ended by name NULL */
  int inputs;                     /* how many layers it reads at least */
  int inputs_most;                /* and at most; 0: no more */
  gboolean source;                /* the input layer: reads none */
  gboolean passes_mask;           /* steps that were padding before it are padding after it */
  /* Applies the layer's ops to its inputs; the result is named after the layer. */
  Tensor *(*build)(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                   GError **error);
  /* Adds the layer's nodes to an ONNX graph (core/formats/onnx.h); `values` are the names of what
   * it reads, images NHWC as everywhere. Returns the name of what it makes, owned by the graph.
   * NULL function: ONNX has no such layer. */
  const char *(*to_onnx)(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                         const char *const *values);
  gboolean onnx_states; /* … which also makes the results NAME.state_h, NAME.state_c, … */
  gboolean reads_mask;  /* padding before it matters, and ONNX would not know of it */
};

/* All layers, in the order of core/layers/meson.build, ended by NULL. */
extern const LayerClass *const LAYERS[];
const LayerClass *layer_class_find(const char *name);

/* An argument's value. */
double layer_number(const Layer *self, const char *argument);
const Shape *layer_shape(const Layer *self, const char *argument);
const char *layer_choice(const Layer *self, const char *argument);
/* Of an initializer or the name of a layer; NULL: none is given. */
const char *layer_text(const Layer *self, const char *argument);

/* The layer's parameter NAME.suffix: declared or bound. */
Tensor *layer_parameter(const Layer *self, LayerBuilder *builder, const char *suffix,
                        const Shape *shape, const char *initializer);
/* The same, seen by ops as a shape of as many numbers in the same order. */
Tensor *layer_parameter_as(const Layer *self, LayerBuilder *builder, const char *suffix,
                           const Shape *shape, const char *initializer, const Shape *as);
/* The same for what is kept but not learned: moving averages. */
Tensor *layer_statistic(const Layer *self, LayerBuilder *builder, const char *suffix,
                        const Shape *shape, const char *initializer);
/* The parameter OTHER.suffix of a layer above, for tied weights; NULL if it has none. */
Tensor *layer_tied_parameter(LayerBuilder *builder, const char *other, const char *suffix);

/* Activations by Keras's names, and the op that applies the layer's argument "activation"; with
 * "linear", applies nothing. The op before it is to be named by layer_before_activation. */
extern const char *const ACTIVATIONS[];
/* Keras's default where an activation is given by its name alone: slope, alpha. */
double activation_parameter(const char *activation);
Tensor *layer_activate(const Layer *self, LayerBuilder *builder, Tensor *input, GError **error);
/* "NAME", or "NAME.preactivation" where an activation follows. Caller frees. */
char *layer_before_activation(const Layer *self);

#define ARGUMENT_ACTIVATION                                                                        \
  { .name = "activation", .kind = ARGUMENT_CHOICE, .initial = "linear", .choices = ACTIVATIONS }
#define ARGUMENT_USE_BIAS                                                                          \
  { .name = "use_bias", .kind = ARGUMENT_BOOLEAN, .initial = "true" }
#define ARGUMENT_KERNEL_INITIALIZER                                                                \
  { .name = "kernel_initializer", .kind = ARGUMENT_INITIALIZER, .initial = "glorot_uniform" }

/* For to_onnx of layers with an activation: adds its nodes; returns the name of the result. */
const char *layer_activation_onnx(gpointer onnx, const char *activation, double parameter,
                                  const char *value);
/* Images between NHWC and ONNX's NCHW. */
const char *layer_transpose_onnx(gpointer onnx, const char *value, gboolean to_nchw);
/* The layer's parameter as an initializer named NAME.suffix; returns its name, or NULL where the
 * layer has none of that suffix. */
const char *layer_parameter_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                                 const char *suffix);
