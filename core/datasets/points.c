#include "core/datasets/points.h"

#include "core/datasets/array_dataset.h"

#include <math.h>

#define DRAWS 8 /* random numbers that a point may use */

/* Where number i of them lies. */
typedef struct {
  Rng rng;
  guint32 index;
} Draw;

static double uniform(const Draw *draw, int which) {
  return (double)rng_uniform(&draw->rng, (guint64)draw->index * DRAWS + (guint64)which);
}

/* Which takes two numbers' place. */
static double normal(const Draw *draw, int which) {
  return rng_normal(&draw->rng, ((guint64)draw->index * DRAWS + (guint64)which) / 2);
}

static double between(const Draw *draw, int which, double low, double high) {
  return low + (high - low) * uniform(draw, which);
}

static void polar(double radius, double angle, double *x, double *y) {
  *x = radius * cos(angle);
  *y = radius * sin(angle);
}

/* A point of a class. */
typedef void (*PointFunc)(const Draw *draw, int class, double *x, double *y);

static void circle(const Draw *draw, int class, double *x, double *y) {
  const double low = class == 1 ? 0 : 0.7, high = class == 1 ? 0.5 : 1;

  /* Evenly over the area, not over the radius. */
  polar(sqrt(between(draw, 0, low * low, high * high)), between(draw, 1, 0, 2 * G_PI), x, y);
}

static void opposite(const Draw *draw, int class, double *x, double *y) {
  *x = between(draw, 0, 0.05, 1) * (uniform(draw, 2) < 0.5 ? -1 : 1);
  *y = between(draw, 1, 0.05, 1) * (*x > 0 ? 1 : -1) * (class == 1 ? -1 : 1);
}

static void gaussians(const Draw *draw, int class, double *x, double *y) {
  *x = *y = class == 1 ? 0.5 : -0.5;
  *x += 0.18 * normal(draw, 0);
  *y += 0.18 * normal(draw, 2);
}

static void spiral(const Draw *draw, int class, double *x, double *y) {
  const double along = uniform(draw, 0);

  polar(along, 3.5 * G_PI * along + class * G_PI, x, y);
  *x += 0.02 * normal(draw, 2);
  *y += 0.02 * normal(draw, 4);
}

static void moons(const Draw *draw, int class, double *x, double *y) {
  polar(0.6, between(draw, 0, 0, G_PI) + class * G_PI, x, y);
  *x += (class == 1 ? 0.3 : -0.3) + 0.06 * normal(draw, 2);
  *y += (class == 1 ? 0.15 : -0.15) + 0.06 * normal(draw, 4);
}

static void eight_gaussians(const Draw *draw, int class, double *x, double *y) {
  polar(0.8, class * G_PI / 4, x, y);
  *x += 0.04 * normal(draw, 0);
  *y += 0.04 * normal(draw, 2);
}

static void square(const Draw *draw, int class, double *x, double *y) {
  *x = between(draw, 0, -1, 1);
  *y = between(draw, 1, -1, 1);
}

typedef double (*HeightFunc)(double x, double y);

static double plane(double x, double y) { return (x + y) / 2; }

static double bump(double x, double y) { return exp(-(x * x + y * y) / 0.08); }
static double bumps(double x, double y) {
  return bump(x - 0.45, y - 0.45) - bump(x + 0.45, y + 0.45);
}

static const struct {
  const char *name, *source;
  PointFunc point;
  HeightFunc height; /* NULL: classes */
  int classes;
} KINDS[] = {
    [POINTS_CIRCLE] = {"circle", "a disc within a ring", circle, NULL, 2},
    [POINTS_XOR] = {"xor", "opposite quarters of a square", opposite, NULL, 2},
    [POINTS_GAUSSIANS] = {"gaussians", "two clouds", gaussians, NULL, 2},
    [POINTS_SPIRAL] = {"spiral", "two arms of a spiral", spiral, NULL, 2},
    [POINTS_MOONS] = {"moons", "two crescents in each other", moons, NULL, 2},
    [POINTS_EIGHT_GAUSSIANS] = {"eight_gaussians", "eight clouds on a ring", eight_gaussians, NULL,
                                8},
    [POINTS_PLANE] = {"plane", "heights that rise evenly", square, plane, 0},
    [POINTS_BUMPS] = {"bumps", "a hill and a hollow", square, bumps, 0},
};

static char **class_names(int n) {
  char **names = g_new0(char *, n + 1);

  for (int i = 0; i < n; i++)
    names[i] = g_strdup_printf("%d", i);
  return names;
}

static ArrayField target_field(PointsKind kind, guint32 n) {
  if (KINDS[kind].height == NULL)
    return (ArrayField){.field = {"label", TENSOR_INT, {0}, FALSE}, .ids = g_new(gint32, n)};
  return (ArrayField){.field = {"height", TENSOR_FLOAT, SHAPE(1), FALSE},
                      .values = g_new(float, n)};
}

static void draw_point(PointsKind kind, const Draw *draw, float *at, ArrayField *target) {
  const int class = KINDS[kind].classes > 0 ? (int)draw->index % KINDS[kind].classes : 0;
  double x, y;

  KINDS[kind].point(draw, class, &x, &y);
  at[0] = (float)x;
  at[1] = (float)y;
  if (target->ids != NULL)
    target->ids[draw->index] = class;
  else
    target->values[draw->index] = (float)KINDS[kind].height(x, y);
}

Dataset *dataset_draw_points(PointsKind kind, guint64 seed, guint32 train, guint32 validation,
                             guint32 test) {
  const guint32 count[DATASET_PARTS] = {train, validation, test}, n = train + validation + test;
  const int classes = KINDS[kind].classes;
  g_auto(GStrv) names = classes > 0 ? class_names(classes) : NULL;
  ArrayField fields[] = {
      {.field = {"point", TENSOR_FLOAT, SHAPE(2), FALSE}, .values = g_new(float, 2 * (gsize)n)},
      target_field(kind, n),
  };

  for (guint32 i = 0; i < n; i++) {
    const Draw draw = {rng_new(seed, RNG_DATASET, (guint32)kind), i};
    draw_point(kind, &draw, fields[0].values + 2 * (gsize)i, &fields[1]);
  }
  return dataset_new_arrays(KINDS[kind].name, KINDS[kind].source, fields, 2, count,
                            (const char *const *)names);
}
