/* The naive kernels compiled with REAL_DOUBLE: the reference. A library of its own, so that both
 * precisions fit in one program: all it has but these functions is hidden. */
#pragma once

#include "sample.h"

#define IN_DOUBLE_API __attribute__((visibility("default")))

/* What sample_run gives, computed by the naive kernels in double. */
IN_DOUBLE_API GPtrArray *in_double_run(const SampleCase *c, int rows);

/* The gradient check on a sample: the largest error, and, where it is not below `bound`, a text
 * that says where (caller frees). `checked` gets the number of elements looked at. */
IN_DOUBLE_API double in_double_gradcheck(const SampleCase *c, int rows, double bound,
                                         gsize *checked, char **text);

/* The error the check finds in an op whose gradient is too large by 1/10000. */
IN_DOUBLE_API double in_double_gradcheck_wrong(void);
