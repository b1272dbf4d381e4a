/* CIFAR-10's binary files: as cifar_check and cifar_copy see them. */
#include "core/formats/cifar.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  g_autoptr(GError) error = NULL;
  const guint32 n = cifar_check(bytes, "input", &error);

  g_assert_true((n == 0) == (error != NULL));
  if (n == 0)
    return 0;
  g_autofree guint8 *labels = g_new(guint8, n), *pixels = g_new(guint8, (gsize)n * CIFAR_PIXELS);
  cifar_copy(bytes, labels, pixels);
  for (guint32 i = 0; i < n; i++)
    g_assert_cmpuint(labels[i], <, CIFAR_CLASSES);
  return 0;
}
