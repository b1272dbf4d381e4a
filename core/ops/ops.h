/* What ops share: attributes that layers fill in, and the descriptors by name. */
#pragma once

#include "core/graph/op.h"

/* Sliding windows: convolution and pooling. Vertical first, as in shapes. */
typedef struct {
  int size[2];     /* pooling only: a convolution's is its kernel's */
  int stride[2];   /* 0 counts as 1 */
  int dilation[2]; /* 0 counts as 1 */
  int groups;      /* 0 counts as 1 */
  gboolean same;   /* padding="same": output = ceil(input / stride), else "valid" */
} WindowAttrs;

/* A transposed convolution; `padded` where an output padding is given. */
typedef struct {
  int stride[2]; /* 0 counts as 1 */
  gboolean same, padded;
  int output_padding[2];
} TransposedAttrs;

typedef struct {
  int size[2];
} UpSamplingAttrs;

/* One axis of a window over an input: how many positions, and how much padding before the first. */
typedef struct {
  int input, output, size, stride, dilation, before;
} WindowAxis;

/* FALSE when the window is larger than the input. Keras's and TensorFlow's rule for "same": the
 * extra pixel of an odd padding comes last. */
gboolean window_axis(WindowAxis *axis, int input, int size, int stride, int dilation,
                     gboolean same);
/* Both axes of an NHWC input; on error says which sizes do not fit and what would. */
gboolean window_axes(WindowAxis axes[2], const Shape *input, const int size[2],
                     const WindowAttrs *attrs, GError **error);
/* The input pixel under cell `cell` of the window at `position`; may be outside 0 … input - 1. */
static inline int window_pixel(const WindowAxis *axis, int position, int cell) {
  return position * axis->stride + cell * axis->dilation - axis->before;
}

typedef struct {
  Shape row; /* of one row; the batch dimension is kept. One size may be -1: what is left */
} ReshapeAttrs;

typedef struct {
  int axis; /* counted with the batch, from 1; negative: from the end */
} ConcatAttrs;

/* Of each axis of a row what stands from `begin` up to, not including, `end`; negative ones count
 * from the end, and an end of 0 is the end. */
typedef struct {
  int begin[TENSOR_MAX_RANK - 1], end[TENSOR_MAX_RANK - 1];
} SliceAttrs;

typedef struct {
  int before[TENSOR_MAX_RANK - 1], after[TENSOR_MAX_RANK - 1]; /* of each axis of a row */
  double value;
} PadAttrs;

typedef struct {
  int dims[TENSOR_MAX_RANK - 1]; /* axes of the input, counted with the batch, from 1; then 0 */
} TransposeAttrs;

typedef struct {
  int n;
} RepeatAttrs;

typedef struct {
  int index; /* negative: from the end */
} TakeStepAttrs;

typedef struct {
  gboolean transpose_a, transpose_b;
} MatmulAttrs;

typedef struct {
  int axis; /* counted with the batch, from 1; negative: from the end; 0 counts as -1 */
} AxisAttrs;

/* Which axes of a row are reduced (none: all), and whether they stay, of size 1. */
typedef struct {
  gboolean axis[TENSOR_MAX_RANK - 1], keepdims;
} ReduceAttrs;

typedef struct {
  double rate; /* the share that is dropped */
} DropoutAttrs;

/* Functions with a parameter: slope of leaky_relu, alpha of elu, exponent of power; gelu: 1 for the
 * tanh form. */
typedef struct {
  double parameter;
} ActivationAttrs;

/* Clipping: low and high. */
typedef struct {
  double low, high;
} ClipAttrs;

typedef struct {
  double scale, offset;
} RescaleAttrs;

/* Of normalizations. */
typedef struct {
  double epsilon;
} NormAttrs;

typedef struct {
  double epsilon, momentum;
  gboolean inference; /* takes the moving moments even while the model is trained */
  gboolean frozen;    /* leaves the moving moments as they are */
} BatchNormAttrs;

typedef struct {
  double label_smoothing;
} CrossEntropyAttrs;

/* What a network of a GAN wants: the discriminator of real examples and of fakes, the generator of
 * its fakes. */
typedef enum { GAN_REAL, GAN_FAKE, GAN_GENERATOR } GanRole;
typedef enum { GAN_NON_SATURATING, GAN_LOG, GAN_LEAST_SQUARES } GanKind;
typedef struct {
  GanKind kind;
  GanRole role;
  double label_smoothing; /* of real examples */
} GanLossAttrs;

typedef struct {
  double stddev;
} NoiseAttrs;

/* The delta of Huber's loss. */
typedef struct {
  double parameter;
} LossAttrs;

typedef struct {
  int heads;       /* 0 counts as 1 */
  gboolean causal; /* a query sees keys up to its own step */
  double scale;    /* of scores; 0: 1/√(size of a head) */
  double rate;     /* the share of weights that is dropped while training */
} AttentionAttrs;

typedef struct {
  double max_wavelength; /* 0: 10000 */
} SinePositionAttrs;

typedef enum {
  RECURRENT_LINEAR,
  RECURRENT_RELU,
  RECURRENT_SIGMOID,
  RECURRENT_TANH,
} RecurrentFunction; /* those whose derivative follows from their value */

typedef struct {
  RecurrentFunction activation, recurrent_activation; /* the second: of gates */
  gboolean return_sequences; /* the output of every step, else that of the last */
  gboolean go_backwards;     /* from the last step to the first; outputs in that order, … */
  gboolean in_order;         /* … or each at the step of x that it belongs to */
  gboolean zero_masked;      /* the output of a masked step is 0, not that before once more */
  gboolean reset_after;      /* gru: what the reset gate multiplies is W·h, else h */
} RecurrentAttrs;

#define DECLARE_OP(name) extern const Op op_##name
DECLARE_OP(embedding);
DECLARE_OP(token_mask);
DECLARE_OP(layer_norm);
DECLARE_OP(batch_norm);
DECLARE_OP(dense);
DECLARE_OP(conv2d);
DECLARE_OP(conv2d_transpose);
DECLARE_OP(up_sampling2d);
DECLARE_OP(max_pool2d);
DECLARE_OP(average_pool2d);
DECLARE_OP(reshape);
DECLARE_OP(concat);
DECLARE_OP(slice);
DECLARE_OP(pad);
DECLARE_OP(transpose);
DECLARE_OP(repeat_vector);
DECLARE_OP(gather);
DECLARE_OP(take_step);
DECLARE_OP(matmul);
DECLARE_OP(unit_normalization);
DECLARE_OP(reduce_sum);
DECLARE_OP(reduce_mean);
DECLARE_OP(reduce_max);
DECLARE_OP(reduce_variance);
DECLARE_OP(add);
DECLARE_OP(average);
DECLARE_OP(subtract);
DECLARE_OP(multiply);
DECLARE_OP(divide);
DECLARE_OP(maximum);
DECLARE_OP(minimum);
DECLARE_OP(prelu);
DECLARE_OP(dropout);
DECLARE_OP(gaussian_noise);
DECLARE_OP(gaussian_sample);
DECLARE_OP(gaussian_kl);
DECLARE_OP(gan_loss);
DECLARE_OP(skip_gram_loss);
DECLARE_OP(softmax);
DECLARE_OP(masked_softmax);
DECLARE_OP(log_softmax);
DECLARE_OP(rescale);
DECLARE_OP(clip);
DECLARE_OP(cross_entropy);
DECLARE_OP(sequence_memory);
DECLARE_OP(attention);
DECLARE_OP(additive_attention);
DECLARE_OP(position_embedding);
DECLARE_OP(sine_position_encoding);
DECLARE_OP(lstm);
DECLARE_OP(gru);
DECLARE_OP(simple_rnn);
