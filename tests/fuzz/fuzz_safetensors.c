/* safetensors files: as safetensors_read sees them. What is read must be readable to its last byte,
 * and the same after being written and read again. */
#include "core/formats/safetensors.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static guint sum; /* so that no read is optimised away */

static void add(SafeTensorsWriter *writer, const SafeTensor *tensor) {
  for (gsize i = 0; i < tensor->size; i++)
    sum += tensor->data[i];
  safetensors_writer_add(writer, tensor->name, tensor->dtype, tensor->rank, tensor->dim,
                         tensor->data);
}

static GBytes *written(const SafeTensors *file) {
  g_autoptr(SafeTensorsWriter) writer = safetensors_writer_new();
  GHashTableIter iter;
  gpointer key, value;

  for (guint i = 0; i < file->tensors->len; i++)
    add(writer, file->tensors->pdata[i]);
  g_hash_table_iter_init(&iter, file->metadata);
  while (g_hash_table_iter_next(&iter, &key, &value))
    safetensors_writer_metadata(writer, key, value);
  return safetensors_writer_bytes(writer);
}

/* Copies what can be, as floats. */
static void copy(const SafeTensors *file) {
  for (guint i = 0; i < file->tensors->len; i++) {
    const SafeTensor *tensor = file->tensors->pdata[i];
    Shape shape = {.rank = tensor->rank};
    if (tensor->rank > TENSOR_MAX_RANK || tensor->size == 0)
      continue;
    for (int d = 0; d < tensor->rank; d++)
      shape.dim[d] = (int)tensor->dim[d];
    g_autofree float *values = g_new(float, tensor->size);
    g_autoptr(GError) error = NULL;
    g_assert_true(safetensors_copy_float(file, tensor->name, &shape, values, &error) ==
                  (error == NULL));
  }
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(SafeTensors) file = safetensors_parse(bytes, "input", &error);

  g_assert_true((file == NULL) == (error != NULL));
  if (file == NULL)
    return 0;
  copy(file);
  g_autoptr(GBytes) once = written(file);
  g_autoptr(SafeTensors) again = safetensors_parse(once, "again", &error);
  g_assert_no_error(error);
  g_autoptr(GBytes) twice = written(again);
  g_assert_true(g_bytes_equal(once, twice));
  return 0;
}
