#include "core/formats/cifar.h"

guint32 cifar_check(GBytes *bytes, const char *name, GError **error) {
  gsize size;
  const guint8 *data = g_bytes_get_data(bytes, &size);

  if (size == 0 || size % CIFAR_RECORD != 0 || size / CIFAR_RECORD > G_MAXUINT32) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s has %" G_GSIZE_FORMAT " bytes; CIFAR-10's binary files are whole records of %d "
                "(10,000 of them: 30,730,000); fetch it again, in the binary version",
                name, size, CIFAR_RECORD);
    return 0;
  }
  for (gsize at = 0; at < size; at += CIFAR_RECORD) {
    if (data[at] < CIFAR_CLASSES)
      continue;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s has the label %u at byte %" G_GSIZE_FORMAT " (image %" G_GSIZE_FORMAT
                "); labels are 0 to %d, so this is not CIFAR-10's binary version",
                name, data[at], at, at / CIFAR_RECORD, CIFAR_CLASSES - 1);
    return 0;
  }
  return (guint32)(size / CIFAR_RECORD);
}

void cifar_copy(GBytes *bytes, guint8 *labels, guint8 *pixels) {
  const gsize plane = CIFAR_SIDE * CIFAR_SIDE, n = g_bytes_get_size(bytes) / CIFAR_RECORD;
  const guint8 *record = g_bytes_get_data(bytes, NULL);

  for (gsize i = 0; i < n; i++, record += CIFAR_RECORD, pixels += CIFAR_PIXELS) {
    labels[i] = record[0];
    for (gsize p = 0; p < plane; p++)
      for (gsize c = 0; c < CIFAR_CHANNELS; c++)
        pixels[p * CIFAR_CHANNELS + c] = record[1 + c * plane + p];
  }
}
