#include "core/model/initializer.h"

#include "core/base/text.h"

#include <math.h>
#include <string.h>

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

static void constant(const Shape *shape, const Rng *rng, double value, real *values) {
  for (gsize i = 0; i < shape_size(shape); i++)
    values[i] = (real)value;
}

static void zeros(const Shape *shape, const Rng *rng, double a, real *values) {
  constant(shape, rng, 0, values);
}

static void ones(const Shape *shape, const Rng *rng, double a, real *values) {
  constant(shape, rng, 1, values);
}

static void random_uniform(const Shape *shape, const Rng *rng, double limit, real *values) {
  fill_uniform(shape, rng, limit, values);
}

static void random_normal(const Shape *shape, const Rng *rng, double deviation, real *values) {
  for (gsize i = 0; i < shape_size(shape); i++)
    values[i] = (real)(deviation * rng_normal(rng, i));
}

/* Cut at two standard deviations, and left as narrow as that makes it. */
static void truncated_normal(const Shape *shape, const Rng *rng, double deviation, real *values) {
  fill_normal(shape, rng, deviation * 0.87962566103423978, values);
}

static double column_dot(const double *m, gsize rows, gsize columns, gsize a, gsize b) {
  double sum = 0;

  for (gsize i = 0; i < rows; i++)
    sum += m[i * columns + a] * m[i * columns + b];
  return sum;
}

/* Gram and Schmidt, each column cleared of those before it twice, so that rounding leaves nothing
 * of them. The diagonal of R is positive by it: Keras's correction of signs (Mezzadri 2007). */
static void orthogonalize(double *m, gsize rows, gsize columns) {
  for (gsize c = 0; c < columns; c++) {
    for (gsize k = 0; k < 2 * c; k++) {
      const double along = column_dot(m, rows, columns, c, k % c);
      for (gsize i = 0; i < rows; i++)
        m[i * columns + c] -= along * m[i * columns + k % c];
    }
    const double length = sqrt(column_dot(m, rows, columns, c, c));
    for (gsize i = 0; i < rows; i++)
      m[i * columns + c] /= length;
  }
}

/* Saxe et al. 2014: all but the last dimension are rows; the longer side stands upright. */
static void orthogonal(const Shape *shape, const Rng *rng, double gain, real *values) {
  const gsize columns = (gsize)shape->dim[shape->rank - 1], rows = shape_size(shape) / columns;
  const gsize tall = MAX(rows, columns), wide = MIN(rows, columns);
  g_autofree double *m = g_new(double, tall *wide);

  for (gsize i = 0; i < tall * wide; i++)
    m[i] = rng_normal(rng, i);
  orthogonalize(m, tall, wide);
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < columns; c++)
      values[r * columns + c] =
          (real)(gain * (rows >= columns ? m[r * wide + c] : m[c * wide + r]));
}

static void identity(const Shape *shape, const Rng *rng, double gain, real *values) {
  const gsize columns = (gsize)shape->dim[shape->rank - 1];

  for (gsize i = 0; i < shape_size(shape); i++)
    values[i] = (real)(i / columns == i % columns ? gain : 0);
}

/* Of an LSTM's bias: 1 for the forget gates, the second quarter (Jozefowicz et al. 2015), else 0.
 */
static void unit_forget_bias(const Shape *shape, const Rng *rng, double a, real *values) {
  const gsize units = shape_size(shape) / 4;

  for (gsize i = 0; i < shape_size(shape); i++)
    values[i] = i >= units && i < 2 * units;
}

/* Glorot and Bengio 2010, equation 16. */
static void glorot_uniform(const Shape *shape, const Rng *rng, double a, real *values) {
  const Fans fans = fans_of(shape);
  fill_uniform(shape, rng, sqrt(6 / (fans.in + fans.out)), values);
}

static void glorot_normal(const Shape *shape, const Rng *rng, double a, real *values) {
  const Fans fans = fans_of(shape);
  fill_normal(shape, rng, sqrt(2 / (fans.in + fans.out)), values);
}

/* He et al. 2015, equation 10. */
static void he_uniform(const Shape *shape, const Rng *rng, double a, real *values) {
  fill_uniform(shape, rng, sqrt(6 / fans_of(shape).in), values);
}

static void he_normal(const Shape *shape, const Rng *rng, double a, real *values) {
  fill_normal(shape, rng, sqrt(2 / fans_of(shape).in), values);
}

/* LeCun et al. 1998, "Efficient BackProp", section 4.6. */
static void lecun_uniform(const Shape *shape, const Rng *rng, double a, real *values) {
  fill_uniform(shape, rng, sqrt(3 / fans_of(shape).in), values);
}

static void lecun_normal(const Shape *shape, const Rng *rng, double a, real *values) {
  fill_normal(shape, rng, sqrt(1 / fans_of(shape).in), values);
}

const Initializer INITIALIZERS[] = {
    {"glorot_uniform", NAN, glorot_uniform},
    {"glorot_normal", NAN, glorot_normal},
    {"he_uniform", NAN, he_uniform},
    {"he_normal", NAN, he_normal},
    {"lecun_uniform", NAN, lecun_uniform},
    {"lecun_normal", NAN, lecun_normal},
    {"zeros", NAN, zeros},
    {"ones", NAN, ones},
    {"constant", 0, constant},
    {"random_uniform", 0.05, random_uniform},
    {"random_normal", 0.05, random_normal},
    {"truncated_normal", 0.05, truncated_normal},
    {"orthogonal", 1, orthogonal},
    {"identity", 1, identity},
    {"unit_forget_bias", NAN, unit_forget_bias},
    {NULL},
};

/* NULL when there is none such, or the number is none. */
static const Initializer *parse(const char *text, double *parameter) {
  const gsize length = strcspn(text, ":");

  for (const Initializer *i = INITIALIZERS; i->name != NULL; i++) {
    if (strlen(i->name) != length || strncmp(i->name, text, length) != 0)
      continue;
    *parameter = i->parameter;
    if (text[length] == '\0')
      return i;
    return !isnan(i->parameter) && text_to_real(text + length + 1, parameter) ? i : NULL;
  }
  return NULL;
}

gboolean initializer_valid(const char *text) {
  double parameter;

  return parse(text, &parameter) != NULL;
}

void initializer_fill(const char *text, const Shape *shape, const Rng *rng, real *values) {
  double parameter;
  const Initializer *self = parse(text, &parameter);

  g_assert(self != NULL);
  self->fill(shape, rng, parameter, values);
}

char *initializer_names(void) {
  GString *text = g_string_new(INITIALIZERS[0].name);

  for (const Initializer *i = INITIALIZERS + 1; i->name != NULL; i++)
    g_string_append_printf(text, ", %s", i->name);
  return g_string_free(text, FALSE);
}
