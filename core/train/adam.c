/* Adam: Kingma and Ba 2015. Epsilon stands outside the bias correction, as in Keras. */
#include "core/kernels/kernels.h"
#include "core/train/optimizer.h"

#include <math.h>

static AdamStep step_of(const OptimizerSettings *s, guint32 t) {
  const double correction = sqrt(1 - pow(s->beta_2, t)) / (1 - pow(s->beta_1, t));

  return (AdamStep){(float)(s->learning_rate * correction), (float)s->beta_1, (float)s->beta_2,
                    (float)s->epsilon};
}

static void adam(const OptimizerSettings *s, guint32 t, real *value, const real *grad,
                 real *const *slots, gsize n) {
  const AdamStep step = step_of(s, t);

  kernels()->adam(&step, value, grad, slots[0], slots[1], n);
}

const OptimizerClass optimizer_adam = {
    .name = "adam",
    .formula = "m \\leftarrow \\beta_1 m + (1-\\beta_1) g,\\quad v \\leftarrow \\beta_2 v + "
               "(1-\\beta_2) g^2,\\quad w \\leftarrow w - \\eta\\,\\frac{\\sqrt{1-\\beta_2^t}}"
               "{1-\\beta_1^t}\\,\\frac{m}{\\sqrt{v} + \\epsilon}",
    .slots = {"m", "v"},
    .update = adam,
};

/* Loshchilov and Hutter 2019: what decays the weights is not mixed with the gradient. */
const OptimizerClass optimizer_adamw = {
    .name = "adamw",
    .formula = "w \\leftarrow w - \\eta\\lambda w,\\quad w \\leftarrow w - \\eta\\,"
               "\\frac{\\sqrt{1-\\beta_2^t}}{1-\\beta_1^t}\\,\\frac{m}{\\sqrt{v} + \\epsilon}",
    .slots = {"m", "v"},
    .decays = TRUE,
    .update = adam,
};

/* Reddi et al. 2018: never divides by less than it once did. */
static void amsgrad(const OptimizerSettings *s, guint32 t, real *value, const real *grad,
                    real *const *slots, gsize n) {
  const AdamStep step = step_of(s, t);

  kernels()->amsgrad(&step, value, grad, slots[0], slots[1], slots[2], n);
}

const OptimizerClass optimizer_amsgrad = {
    .name = "amsgrad",
    .formula = "\\hat v \\leftarrow \\max(\\hat v, v),\\quad w \\leftarrow w - \\eta\\,"
               "\\frac{\\sqrt{1-\\beta_2^t}}{1-\\beta_1^t}\\,"
               "\\frac{m}{\\sqrt{\\hat v} + \\epsilon}",
    .slots = {"m", "v", "v_hat"},
    .update = amsgrad,
};
