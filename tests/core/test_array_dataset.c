/* Data of arrays: numbers and tokens, of one length and of many. */
#include "core/datasets/array_dataset.h"

#include <string.h>

/* Three sentences of 2, 1 and 3 words, a label each, two to train on and one to validate with. */
static Dataset *sentences(void) {
  static const gint32 IDS[] = {5, 6, 7, 8, 9, 10}, LABELS[] = {1, 0, 1};
  static const gsize OFFSETS[] = {0, 2, 3, 6};
  static const guint32 COUNT[DATASET_PARTS] = {2, 1, 0};
  static const char *const CLASSES[] = {"negative", "positive", NULL};
  const ArrayField fields[] = {
      {.field = {"tokens", TENSOR_INT, SHAPE(3), TRUE},
       .ids = g_memdup2(IDS, sizeof IDS),
       .offsets = g_memdup2(OFFSETS, sizeof OFFSETS)},
      {.field = {"label", TENSOR_INT, {0}, FALSE}, .ids = g_memdup2(LABELS, sizeof LABELS)},
  };

  return dataset_new_arrays("sentences", "three of them", fields, 2, COUNT, CLASSES);
}

static void test_sequences(void) {
  g_autoptr(Dataset) data = sentences();
  gint32 ids[6], labels[2];
  Tensor tokens = {
      .type = TENSOR_INT, .shape = SHAPE(2, 3), .batched = TRUE, .index = ids, .room = 6};
  Tensor label = {.type = TENSOR_INT, .shape = SHAPE(2), .batched = TRUE, .index = labels};
  DatasetBatch batch = {.part = DATASET_TRAIN,
                        .indices = (const guint32[]){1, 0},
                        .rows = 2,
                        .field = {&tokens, &label}};

  memset(ids, 0xff, sizeof ids);
  data->klass->fill(data, &batch);
  g_assert_cmpmem(ids, sizeof ids, ((const gint32[]){7, 0, 0, 5, 6, 0}), sizeof ids);
  g_assert_cmpmem(labels, sizeof labels, ((const gint32[]){0, 1}), sizeof labels);
  g_assert_cmpint(data->klass->length(data, DATASET_TRAIN, 0, 0), ==, 2);
  g_assert_cmpint(data->klass->length(data, DATASET_VALIDATION, 0, 0), ==, 3);
  g_assert_cmpint(data->n_classes, ==, 2);

  /* a batch that runs at its own length; the other part; only one field */
  tokens.shape = SHAPE(2, 2);
  data->klass->fill(data, &batch);
  g_assert_cmpmem(ids, 4 * sizeof *ids, ((const gint32[]){7, 0, 5, 6}), 4 * sizeof *ids);
  batch = (DatasetBatch){.part = DATASET_VALIDATION,
                         .indices = (const guint32[]){0},
                         .rows = 1,
                         .field = {NULL, &label}};
  data->klass->fill(data, &batch);
  g_assert_cmpint(labels[0], ==, 1);
}

static void test_numbers(void) {
  static const float POINTS[] = {1, 2, 3, 4, 5, 6};
  static const guint32 COUNT[DATASET_PARTS] = {1, 1, 1};
  const ArrayField field = {.field = {"point", TENSOR_FLOAT, SHAPE(2), FALSE},
                            .values = g_memdup2(POINTS, sizeof POINTS)};
  g_autoptr(Dataset) data = dataset_new_arrays("points", "three", &field, 1, COUNT, NULL);
  float point[2];

  for (int part = 0; part < DATASET_PARTS; part++) {
    dataset_sample(data, (DatasetPart)part, 0, point, NULL);
    g_assert_cmpfloat(point[0], ==, POINTS[2 * part]);
    g_assert_cmpfloat(point[1], ==, POINTS[2 * part + 1]);
  }
  g_assert_cmpint(data->n_classes, ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/array-dataset/sequences", test_sequences);
  g_test_add_func("/array-dataset/numbers", test_numbers);
  return g_test_run();
}
