/* Points of the plane: where they lie, which class they have, the same for the same seed. */
#include "core/datasets/catalogue.h"
#include "core/datasets/points.h"

#include <math.h>
#include <string.h>

#define N 600

static void sample(const Dataset *data, guint32 index, float at[2], int *label) {
  dataset_sample(data, DATASET_TRAIN, index, at, label);
}

/* More points are the same ones and others. */
static void test_same(void) {
  for (int kind = POINTS_CIRCLE; kind <= POINTS_EIGHT_GAUSSIANS; kind++) {
    g_autoptr(Dataset) few = dataset_draw_points((PointsKind)kind, 5, 40, 0, 0);
    g_autoptr(Dataset) many = dataset_draw_points((PointsKind)kind, 5, N, 10, 10);
    g_autoptr(Dataset) other = dataset_draw_points((PointsKind)kind, 6, 40, 0, 0);
    gboolean differs = FALSE;
    for (guint32 i = 0; i < 40; i++) {
      float a[2], b[2], c[2];
      int label_a, label_b, label_c;
      sample(few, i, a, &label_a);
      sample(many, i, b, &label_b);
      sample(other, i, c, &label_c);
      g_assert_cmpmem(a, sizeof a, b, sizeof b);
      g_assert_cmpint(label_a, ==, label_b);
      g_assert_cmpint(label_a, ==, (int)i % few->n_classes);
      differs = differs || memcmp(a, c, sizeof a) != 0;
    }
    g_assert_true(differs);
  }
}

static void check_place(PointsKind kind, double x, double y, int label) {
  const double radius = sqrt(x * x + y * y);

  g_assert_cmpfloat(fabs(x), <, 1.5);
  g_assert_cmpfloat(fabs(y), <, 1.5);
  if (kind == POINTS_CIRCLE)
    g_assert_true(label == 1 ? radius <= 0.5001 : radius >= 0.6999 && radius <= 1.0001);
  else if (kind == POINTS_XOR)
    g_assert_cmpint(x * y < 0, ==, label == 1);
  else if (kind == POINTS_EIGHT_GAUSSIANS)
    g_assert_cmpfloat(hypot(x - 0.8 * cos(label * G_PI / 4), y - 0.8 * sin(label * G_PI / 4)), <,
                      0.3);
}

static void test_places(void) {
  for (int kind = POINTS_CIRCLE; kind <= POINTS_EIGHT_GAUSSIANS; kind++) {
    g_autoptr(Dataset) data = dataset_draw_points((PointsKind)kind, 1, N, 0, 0);
    for (guint32 i = 0; i < N; i++) {
      float at[2];
      int label;
      sample(data, i, at, &label);
      check_place((PointsKind)kind, (double)at[0], (double)at[1], label);
    }
  }
}

/* Heights are those of the formula. */
static void test_heights(void) {
  g_autoptr(Dataset) plane = dataset_draw_points(POINTS_PLANE, 1, N, 0, 0);
  g_autoptr(Dataset) bumps = dataset_draw_points(POINTS_BUMPS, 1, N, 0, 0);
  float at[2], height, least = 0, most = 0;
  Tensor point = {.type = TENSOR_FLOAT, .batched = TRUE, .shape = SHAPE(1, 2), .value = at};
  Tensor target = {.type = TENSOR_FLOAT, .batched = TRUE, .shape = SHAPE(1, 1), .value = &height};

  for (guint32 i = 0; i < N; i++) {
    const DatasetBatch batch = {
        .part = DATASET_TRAIN, .indices = &i, .rows = 1, .field = {&point, &target}};
    plane->klass->fill(plane, &batch);
    g_assert_cmpfloat_with_epsilon((double)height, ((double)at[0] + (double)at[1]) / 2, 1e-6);
    bumps->klass->fill(bumps, &batch);
    least = fminf(least, height);
    most = fmaxf(most, height);
  }
  g_assert_cmpfloat((double)most, >, 0.8);
  g_assert_cmpfloat((double)least, <, -0.8);
  g_assert_cmpint(plane->n_classes, ==, 0);
}

static void test_catalogue(void) {
  static const char *const NAMES[] = {"circle", "xor",   "gaussians",       "spiral",
                                      "moons",  "plane", "eight_gaussians", "bumps"};

  for (gsize i = 0; i < G_N_ELEMENTS(NAMES); i++) {
    GError *error = NULL;
    g_autoptr(Dataset) data = catalogue_open(NAMES[i], &error);
    g_assert_no_error(error);
    g_assert_cmpstr(data->name, ==, NAMES[i]);
    g_assert_cmpuint(data->count[DATASET_TRAIN], ==, 1600);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/points/same", test_same);
  g_test_add_func("/points/places", test_places);
  g_test_add_func("/points/heights", test_heights);
  g_test_add_func("/points/catalogue", test_catalogue);
  return g_test_run();
}
