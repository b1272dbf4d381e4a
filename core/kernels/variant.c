/* The table of one variant; compiled once for each instruction set. */
#include "core/kernels/simd.h"

#define STRING_(x) #x
#define STRING(x) STRING_(x)

extern const Kernels K(kernels);
const Kernels K(kernels) = {
    .name = STRING(ISA),
    .lanes = LANES,
    .gemm = K(gemm),
    .conv_row = K(conv_row),
    .conv_row_gradient = K(conv_row_gradient),
    .pool_row = K(pool_row),
    .pool_row_gradient = K(pool_row_gradient),
    .conv_pool_row = K(conv_pool_row),
    .conv_pool_row_gradient = K(conv_pool_row_gradient),
    .attention_rows = K(attention_rows),
    .attention_rows_gradient = K(attention_rows_gradient),
    .additive_row = K(additive_row),
    .additive_row_gradient = K(additive_row_gradient),
    .bytes_to_unit = K(bytes_to_unit),
    .function = K(function),
    .function_gradient = K(function_gradient),
    .norm_rows = K(norm_rows),
    .norm_rows_gradient = K(norm_rows_gradient),
    .softmax = K(softmax),
    .softmax_gradient = K(softmax_gradient),
    .softmax_loss_gradient = K(softmax_loss_gradient),
    .loss = K(loss),
    .loss_gradient = K(loss_gradient),
    .binary = K(binary),
    .affine = K(affine),
    .affine_gradient = K(affine_gradient),
    .sum = K(sum),
    .largest = K(largest),
    .add = K(add),
    .sum_rows = K(sum_rows),
    .adam = K(adam),
    .amsgrad = K(amsgrad),
    .rmsprop = K(rmsprop),
    .adagrad = K(adagrad),
    .adadelta = K(adadelta),
    .lion = K(lion),
    .sgd = K(sgd),
    .peak = K(peak),
};
