#include "core/base/file.h"
#include "core/formats/cifar.h"
#include "tests/core/support.h"

static void test_planes(void) {
  guint8 record[CIFAR_RECORD] = {7}, label, pixels[CIFAR_PIXELS];
  GError *error = NULL;

  record[1] = 10, record[1 + 1024] = 20, record[1 + 2048] = 30, record[2] = 11;
  g_autoptr(GBytes) bytes = g_bytes_new(record, sizeof record);
  g_assert_cmpuint(cifar_check(bytes, "here", &error), ==, 1);
  cifar_copy(bytes, &label, pixels);
  g_assert_cmpuint(label, ==, 7);
  g_assert_cmpmem(pixels, 6, ((const guint8[]){10, 20, 30, 11, 0, 0}), 6);
}

static void test_bad(void) {
  guint8 records[2 * CIFAR_RECORD] = {0};
  GError *error = NULL;

  records[CIFAR_RECORD] = 10;
  g_autoptr(GBytes) label = g_bytes_new(records, sizeof records);
  g_autoptr(GBytes) cut = g_bytes_new(records, sizeof records - 1);
  g_autoptr(GBytes) empty = g_bytes_new(records, 0);
  g_assert_cmpuint(cifar_check(label, "here", &error), ==, 0);
  test_assert_error_says(&error, "here", "label 10", "byte 3073", "image 1");
  g_assert_cmpuint(cifar_check(cut, "here", &error), ==, 0);
  test_assert_error_says(&error, "here", "6145 bytes", "3073");
  g_assert_cmpuint(cifar_check(empty, "here", &error), ==, 0);
  test_assert_error_says(&error, "here", "0 bytes");
}

static void test_as_published(void) {
  g_autofree char *path = test_data_path("cifar10/data_batch_1.bin");
  GError *error = NULL;

  if (path == NULL)
    return;
  g_autoptr(GBytes) bytes = file_read(path, (gsize)1 << 26, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(cifar_check(bytes, path, &error), ==, 10000);
  g_autofree guint8 *labels = g_new(guint8, 10000);
  g_autofree guint8 *pixels = g_new(guint8, (gsize)10000 * CIFAR_PIXELS);
  cifar_copy(bytes, labels, pixels);
  g_assert_cmpmem(labels, 5, ((const guint8[]){6, 9, 9, 4, 1}), 5);
  /* the frog's first pixel */
  g_assert_cmpmem(pixels, 3, ((const guint8[]){59, 62, 63}), 3);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cifar/planes", test_planes);
  g_test_add_func("/cifar/bad", test_bad);
  g_test_add_func("/cifar/as-published", test_as_published);
  return g_test_run();
}
