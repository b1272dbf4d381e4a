/* Named tensors: what a model computes, learns and reads.
 *
 * Row-major, at most five dimensions. Images are NHWC, sequences NTC. The first dimension of a
 * batched tensor is a capacity: a graph runs with any number of rows up to it.
 */
#pragma once

#include <glib.h>

/* The engine computes in float. The same sources compiled with REAL_DOUBLE, naive kernels only, are
 * what the gradient check runs on. */
#ifdef REAL_DOUBLE
typedef double real;
#else
typedef float real;
#endif

#define TENSOR_MAX_RANK 5

typedef struct {
  int rank;
  int dim[TENSOR_MAX_RANK];
} Shape;

typedef enum {
  TENSOR_FLOAT, /* `value`, and `grad` where the graph trains */
  TENSOR_INT,   /* `index`: labels, tokens */
} TensorType;

typedef struct Node Node;
typedef struct Tensor Tensor;

/* Memory belongs to the graph (computed tensors, inputs) or to the parameter set (parameters). */
struct Tensor {
  char *name;
  TensorType type;
  Shape shape;        /* of the run at hand: a sequence may be shorter than there is room for */
  gboolean batched;   /* dim[0] is the batch */
  gboolean parameter; /* learned: belongs to a ParameterSet */
  gboolean wanted;    /* its gradient is read from outside after a run: graph_want_gradient */
  real *value;        /* TENSOR_FLOAT */
  gint32 *index;      /* TENSOR_INT */
  real *grad;         /* of the loss, same shape; NULL where none is wanted */
  Node *maker;        /* the op that computes it; NULL for inputs and parameters */
  gboolean kept;      /* read from outside after a run: graph_keep */
  gsize room;         /* elements there is memory for */
  Tensor *mask;       /* of a sequence (B, T, …): (B, T), 1 for a real step, 0 for padding; NULL:
                       * all are real */
};

/* Shape literal: SHAPE(28, 28, 1). */
#define SHAPE(...) ((Shape){(int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), {__VA_ARGS__}})

/* Number of elements. */
gsize shape_size(const Shape *self);
gboolean shape_equal(const Shape *a, const Shape *b);
/* "28 × 28 × 1" */
char *shape_to_string(const Shape *self);

/* Elements of one row: everything but the first dimension. */
gsize tensor_row_size(const Tensor *self);
/* Flat index of a multi-index with `shape.rank` entries, and back. */
gsize shape_offset(const Shape *self, const int *index);
void shape_unravel(const Shape *self, gsize offset, int *index);
