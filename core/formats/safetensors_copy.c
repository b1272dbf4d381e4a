#include "core/formats/safetensors.h"

#include <string.h>

/* --- Elements as float; bytes may lie at any address --- */

static guint16 read_u16(const guint8 *at) { return (guint16)(at[0] | at[1] << 8); }

static float float_from_bits(guint32 bits) {
  float value;

  memcpy(&value, &bits, sizeof value);
  return value;
}

static float from_f32(const guint8 *at) {
  guint32 bits;

  memcpy(&bits, at, sizeof bits);
  return float_from_bits(GUINT32_FROM_LE(bits));
}

static float from_f64(const guint8 *at) {
  guint64 bits;
  double value;

  memcpy(&bits, at, sizeof bits);
  bits = GUINT64_FROM_LE(bits);
  memcpy(&value, &bits, sizeof value);
  return (float)value;
}

/* The upper half of a float. */
static float from_bf16(const guint8 *at) { return float_from_bits((guint32)read_u16(at) << 16); }

/* IEEE 754 half: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
static float from_f16(const guint8 *at) {
  const guint32 half = read_u16(at);
  const guint32 sign = (half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ff;

  if (exponent == 0) { /* zero or subnormal: fraction · 2^-24 */
    const float value = (float)fraction * 0x1p-24f;
    return sign != 0 ? -value : value;
  }
  if (exponent == 31) /* infinity or NaN */
    return float_from_bits(sign | 0x7f800000 | fraction << 13);
  return float_from_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13);
}

static const struct {
  const char *dtype;
  gsize size;
  float (*read)(const guint8 *at);
} FLOATS[] = {
    {"F32", 4, from_f32},
    {"F64", 8, from_f64},
    {"F16", 2, from_f16},
    {"BF16", 2, from_bf16},
};

/* --- Checks --- */

static gboolean same_shape(const SafeTensor *tensor, const Shape *shape) {
  if (tensor->rank != shape->rank)
    return FALSE;
  for (int i = 0; i < shape->rank; i++)
    if (tensor->dim[i] != shape->dim[i])
      return FALSE;
  return TRUE;
}

static char *shape_text(const SafeTensor *tensor) {
  GString *text = g_string_new(tensor->rank == 0 ? "a single number" : NULL);

  for (int i = 0; i < tensor->rank; i++)
    g_string_append_printf(text, "%s%" G_GINT64_FORMAT, i > 0 ? " × " : "", tensor->dim[i]);
  return g_string_free(text, FALSE);
}

static const SafeTensor *find_for(const SafeTensors *self, const char *name, const Shape *shape,
                                  GError **error) {
  const SafeTensor *tensor = safetensors_find(self, name);

  if (tensor == NULL) {
    g_set_error(error, FORMAT_ERROR, FORMAT_ERROR_INVALID, "there is no tensor ‘%s’ in the file",
                name);
    return NULL;
  }
  if (!same_shape(tensor, shape)) {
    g_autofree char *found = shape_text(tensor), *wanted = shape_to_string(shape);
    g_set_error(error, FORMAT_ERROR, FORMAT_ERROR_INVALID,
                "tensor ‘%s’ is %s in the file; the model needs %s", name, found,
                shape->rank > 0 ? wanted : "a single number");
    return NULL;
  }
  return tensor;
}

gboolean safetensors_copy_float(const SafeTensors *self, const char *name, const Shape *shape,
                                float *values, GError **error) {
  const SafeTensor *tensor = find_for(self, name, shape, error);

  if (tensor == NULL)
    return FALSE;
  for (gsize k = 0; k < G_N_ELEMENTS(FLOATS); k++) {
    if (!g_str_equal(FLOATS[k].dtype, tensor->dtype))
      continue;
    const gsize count = tensor->size / FLOATS[k].size;
    for (gsize i = 0; i < count; i++)
      values[i] = FLOATS[k].read(tensor->data + i * FLOATS[k].size);
    return TRUE;
  }
  g_set_error(error, FORMAT_ERROR, FORMAT_ERROR_UNSUPPORTED,
              "tensor ‘%s’ has elements of type %s in the file; only F32, F64, F16 and BF16 are "
              "read as numbers",
              name, tensor->dtype);
  return FALSE;
}
