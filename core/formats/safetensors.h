/* safetensors: a JSON header, then the numbers. Reading trusts nothing; writing replaces at once.
 */
#pragma once

#include "core/graph/tensor.h"
#include <gio/gio.h>

typedef struct {
  char *name;
  char *dtype; /* "F32", "I64", "U8", … */
  int rank;    /* at most SAFETENSORS_MAX_RANK */
  gint64 *dim;
  const guint8 *data; /* little-endian, inside the file's bytes */
  gsize size;         /* bytes */
} SafeTensor;

#define SAFETENSORS_MAX_RANK 8
#define SAFETENSORS_MAX_HEADER 100000000u

typedef struct {
  GPtrArray *tensors;   /* SafeTensor, in the order of their data */
  GHashTable *by_name;  /* to SafeTensor */
  GHashTable *metadata; /* char * to char *, never NULL */
  GBytes *bytes;
} SafeTensors;

/* Reads and checks: header within the limit and the file, every member known, offsets contiguous
 * from 0 to the end of the file, byte counts equal to shape × element size, no duplicate names. An
 * error says which tensor, and at which byte of the header (counted from its {, which is byte 0);
 * FORMAT_ERROR, or file_read's. At most 2 GiB. */
SafeTensors *safetensors_read(const char *path, GError **error);
SafeTensors *safetensors_parse(GBytes *bytes, const char *name, GError **error);
void safetensors_free(SafeTensors *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SafeTensors, safetensors_free)
/* NULL if there is none. */
const SafeTensor *safetensors_find(const SafeTensors *self, const char *name);
/* Bytes of one element; 0 for a dtype that is not known. */
gsize safetensors_dtype_size(const char *dtype);
/* Copies an F32 tensor (or F64, F16, BF16, converted) of exactly this shape; an error names the
 * tensor and says what it is instead. */
gboolean safetensors_copy_float(const SafeTensors *self, const char *name, const Shape *shape,
                                float *values, GError **error);

/* Collects what is to be written; values are borrowed until safetensors_writer_save. */
typedef struct SafeTensorsWriter SafeTensorsWriter;
SafeTensorsWriter *safetensors_writer_new(void);
void safetensors_writer_free(SafeTensorsWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SafeTensorsWriter, safetensors_writer_free)
/* UTF-8; a key set again has the last value. Written sorted by key. */
void safetensors_writer_metadata(SafeTensorsWriter *self, const char *key, const char *value);
/* dtype: any that safetensors_dtype_size knows; `data` little-endian, as in memory. A name may be
 * added once; `data` may be NULL where there are no elements. */
void safetensors_writer_add(SafeTensorsWriter *self, const char *name, const char *dtype, int rank,
                            const gint64 *dim, const void *data);
/* Sorted by descending element size, then name; header padded with spaces to a multiple of 8. The
 * same contents give the same bytes. */
GBytes *safetensors_writer_bytes(const SafeTensorsWriter *self);
gboolean safetensors_writer_save(const SafeTensorsWriter *self, const char *path, GError **error);

#define FORMAT_ERROR (format_error_quark())
GQuark format_error_quark(void);
typedef enum { FORMAT_ERROR_INVALID, FORMAT_ERROR_UNSUPPORTED } FormatError;
