#include "core/model/initializer.h"

#include <math.h>

typedef struct {
  double in, out;
} Fans;

static Fans fans_of(const Shape *shape) {
  double window = 1;

  if (shape->rank < 2)
    return (Fans){shape->dim[0], shape->dim[0]};
  for (int i = 0; i < shape->rank - 2; i++)
    window *= shape->dim[i];
  return (Fans){window * shape->dim[shape->rank - 2], window * shape->dim[shape->rank - 1]};
}

static void fill_uniform(const Shape *shape, const Rng *rng, double limit, real *values) {
  for (gsize i = 0; i < shape_size(shape); i++)
    values[i] = (real)(limit * (2 * (double)rng_uniform(rng, i) - 1));
}

/* Keras draws variance-scaled normals within two standard deviations, widened so that the variance
 * stays what it should be (0.8796 is the deviation of a standard normal cut at ±2). */
static void fill_normal(const Shape *shape, const Rng *rng, double deviation, real *values) {
  for (gsize i = 0; i < shape_size(shape); i++) {
    double z = rng_normal(rng, i);
    for (guint64 again = 1; fabs(z) > 2; again++)
      z = rng_normal(rng, i + (again << 40));
    values[i] = (real)(deviation / 0.87962566103423978 * z);
  }
}

static void zeros(const Shape *shape, const Rng *rng, real *values) {
  for (gsize i = 0; i < shape_size(shape); i++)
    values[i] = 0;
}

static void ones(const Shape *shape, const Rng *rng, real *values) {
  for (gsize i = 0; i < shape_size(shape); i++)
    values[i] = 1;
}

/* Glorot and Bengio 2010, equation 16. */
static void glorot_uniform(const Shape *shape, const Rng *rng, real *values) {
  const Fans fans = fans_of(shape);
  fill_uniform(shape, rng, sqrt(6 / (fans.in + fans.out)), values);
}

static void glorot_normal(const Shape *shape, const Rng *rng, real *values) {
  const Fans fans = fans_of(shape);
  fill_normal(shape, rng, sqrt(2 / (fans.in + fans.out)), values);
}

/* He et al. 2015, equation 10. */
static void he_uniform(const Shape *shape, const Rng *rng, real *values) {
  fill_uniform(shape, rng, sqrt(6 / fans_of(shape).in), values);
}

static void he_normal(const Shape *shape, const Rng *rng, real *values) {
  fill_normal(shape, rng, sqrt(2 / fans_of(shape).in), values);
}

/* LeCun et al. 1998, "Efficient BackProp", section 4.6. */
static void lecun_uniform(const Shape *shape, const Rng *rng, real *values) {
  fill_uniform(shape, rng, sqrt(3 / fans_of(shape).in), values);
}

static void lecun_normal(const Shape *shape, const Rng *rng, real *values) {
  fill_normal(shape, rng, sqrt(1 / fans_of(shape).in), values);
}

const Initializer INITIALIZERS[] = {
    {"glorot_uniform", glorot_uniform},
    {"glorot_normal", glorot_normal},
    {"he_uniform", he_uniform},
    {"he_normal", he_normal},
    {"lecun_uniform", lecun_uniform},
    {"lecun_normal", lecun_normal},
    {"zeros", zeros},
    {"ones", ones},
    {NULL},
};

const Initializer *initializer_find(const char *name) {
  for (const Initializer *i = INITIALIZERS; i->name != NULL; i++)
    if (g_str_equal(i->name, name))
      return i;
  return NULL;
}

char *initializer_names(void) {
  GString *text = g_string_new(INITIALIZERS[0].name);

  for (const Initializer *i = INITIALIZERS + 1; i->name != NULL; i++)
    g_string_append_printf(text, ", %s", i->name);
  return g_string_free(text, FALSE);
}
