/* IDX, the format of MNIST: two zero bytes, a type, a rank, big-endian dimensions, the data. */
#pragma once

#include <gio/gio.h>

#define IDX_MAX_RANK 4

typedef struct {
  int rank;
  guint32 dim[IDX_MAX_RANK];
  const guint8 *data; /* product(dim) bytes inside `bytes` */
  GBytes *bytes;
} Idx;

/* Parses unsigned-byte IDX (type 0x08). `name` is used in errors. The sizes are checked against the
 * bytes that are there before anything is followed. On success `self` holds a reference to `bytes`.
 */
gboolean idx_parse(Idx *self, GBytes *bytes, const char *name, GError **error);
/* Reads `path`, or `path`.gz when that is what is there. */
gboolean idx_read(Idx *self, const char *path, GError **error);
void idx_clear(Idx *self);
