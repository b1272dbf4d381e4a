/* Gradient descent: plain, with momentum (Polyak 1964), and with Nesterov's look ahead (1983) in
 * the form of Sutskever et al. 2013. */
#include "core/train/optimizer.h"

#include "core/kernels/kernels.h"

static void plain(const OptimizerSettings *s, guint32 t, real *value, const real *grad,
                  real *const *slots, gsize n) {
  for (gsize i = 0; i < n; i++)
    value[i] -= (real)s->learning_rate * grad[i];
}

static void momentum(const OptimizerSettings *s, guint32 t, real *value, const real *grad,
                     real *const *slots, gsize n) {
  kernels()->sgd((float)s->learning_rate, (float)s->momentum, FALSE, value, grad, slots[0], n);
}

static void nesterov(const OptimizerSettings *s, guint32 t, real *value, const real *grad,
                     real *const *slots, gsize n) {
  kernels()->sgd((float)s->learning_rate, (float)s->momentum, TRUE, value, grad, slots[0], n);
}

const OptimizerClass optimizer_sgd = {
    .name = "sgd",
    .formula = "w \\leftarrow w - \\eta g",
    .update = plain,
};

const OptimizerClass optimizer_momentum = {
    .name = "momentum",
    .formula = "m \\leftarrow \\mu m - \\eta g,\\quad w \\leftarrow w + m",
    .slots = {"momentum"},
    .update = momentum,
};

const OptimizerClass optimizer_nesterov = {
    .name = "nesterov",
    .formula = "m \\leftarrow \\mu m - \\eta g,\\quad w \\leftarrow w + \\mu m - \\eta g",
    .slots = {"momentum"},
    .update = nesterov,
};
