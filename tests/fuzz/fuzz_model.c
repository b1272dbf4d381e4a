/* Saved models and sessions: from bytes to a model with its parameters. */
#include "core/formats/model_file.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  g_autoptr(GError) error = NULL;
  SafeTensors *tensors = safetensors_parse(bytes, "input", &error);
  g_autoptr(ModelFile) file = tensors != NULL ? model_file_new(tensors, "input", &error) : NULL;

  g_assert_true((file == NULL) == (error != NULL));
  if (file != NULL)
    g_assert_cmpuint(parameters_count(file->parameters) * sizeof(real), <=, size * 4);
  return 0;
}
