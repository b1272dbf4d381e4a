/* Optimizers that scale each step by the size of past gradients, and one that takes their sign
 * only. Epsilon stands under the root, as in Keras. */
#include "core/kernels/kernels.h"
#include "core/train/optimizer.h"

static UpdateStep step_of(const OptimizerSettings *s) {
  return (UpdateStep){(float)s->learning_rate, (float)s->rho, (float)s->beta_1, (float)s->beta_2,
                      (float)s->epsilon};
}

#define UPDATE(id)                                                                                 \
  static void id(const OptimizerSettings *s, guint32 t, real *value, const real *grad,             \
                 real *const *slots, gsize n) {                                                    \
    const UpdateStep step = step_of(s);                                                            \
    kernels()->id(&step, value, grad, slots[0], slots[1], n);                                      \
  }

UPDATE(rmsprop)
UPDATE(adagrad)
UPDATE(adadelta)
UPDATE(lion)

/* Tieleman and Hinton 2012, lecture 6e. */
const OptimizerClass optimizer_rmsprop = {
    .name = "rmsprop",
    .formula = "v \\leftarrow \\rho v + (1-\\rho) g^2,\\quad w \\leftarrow w - \\eta\\,"
               "\\frac{g}{\\sqrt{v + \\epsilon}}",
    .slots = {"velocity"},
    .update = rmsprop,
};

/* Duchi, Hazan and Singer 2011. */
const OptimizerClass optimizer_adagrad = {
    .name = "adagrad",
    .formula = "s \\leftarrow s + g^2,\\quad w \\leftarrow w - \\eta\\,"
               "\\frac{g}{\\sqrt{s + \\epsilon}}",
    .slots = {"accumulator"},
    .initial = 0.1,
    .update = adagrad,
};

/* Zeiler 2012. */
const OptimizerClass optimizer_adadelta = {
    .name = "adadelta",
    .formula = "v \\leftarrow \\rho v + (1-\\rho) g^2,\\quad d = -\\sqrt{\\frac{u + \\epsilon}"
               "{v + \\epsilon}}\\,g,\\quad u \\leftarrow \\rho u + (1-\\rho) d^2,\\quad "
               "w \\leftarrow w + \\eta d",
    .slots = {"accumulated_grad", "accumulated_delta_var"},
    .update = adadelta,
};

/* Chen et al. 2023. */
const OptimizerClass optimizer_lion = {
    .name = "lion",
    .formula = "w \\leftarrow w - \\eta\\,\\operatorname{sign}(\\beta_1 m + (1-\\beta_1) g),"
               "\\quad m \\leftarrow \\beta_2 m + (1-\\beta_2) g",
    .slots = {"m"},
    .decays = TRUE,
    .update = lion,
};
