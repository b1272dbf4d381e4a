/* The fast kernels of core/ops/arithmetic.c. Private to core/ops. */
#pragma once

#include "core/ops/broadcast.h"

extern const FastKernels arithmetic_add, arithmetic_average, arithmetic_subtract,
    arithmetic_multiply, arithmetic_divide, arithmetic_maximum, arithmetic_minimum,
    arithmetic_prelu;
