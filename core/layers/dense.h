/* The arguments of Dense, also where another layer applies it. */
#pragma once

#include "core/layers/layer.h"

extern const LayerClass layer_dense;

#define DENSE_ARGUMENTS                                                                            \
  {.name = "units",                                                                                \
   .kind = ARGUMENT_INTEGER,                                                                       \
   .minimum = 1,                                                                                   \
   .maximum = 1 << 20,                                                                             \
   .positional = TRUE},                                                                            \
      ARGUMENT_ACTIVATION, ARGUMENT_USE_BIAS, ARGUMENT_KERNEL_INITIALIZER
