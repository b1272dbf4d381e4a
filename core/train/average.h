/* Exponential moving averages of parameters (Polyak and Juditsky 1992; Keras's use_ema): smoother
 * than what the last steps left, often better in use. */
#pragma once

#include "core/model/parameters.h"

/* average ← momentum · average + (1 - momentum) · value after step `t`, which counts from 1; the
 * first is the value itself. What is not trained is copied. */
void average_update(ParameterSet *average, const ParameterSet *current, double momentum, guint32 t);
