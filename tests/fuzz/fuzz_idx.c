/* IDX files, plain or gzipped: as idx_read sees them. */
#include "core/base/file.h"
#include "core/datasets/idx.h"

#define LIMIT ((gsize)1 << 20)

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static guint sum; /* so that no read is optimised away */

static void read_all(GBytes *bytes) {
  g_autoptr(GError) error = NULL;
  gsize size = 1;
  Idx idx;

  if (!idx_parse(&idx, bytes, "input", &error)) {
    g_assert_nonnull(error);
    return;
  }
  for (int i = 0; i < idx.rank; i++)
    size *= idx.dim[i];
  for (gsize i = 0; i < size; i++)
    sum += idx.data[i];
  idx_clear(&idx);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) plain = file_gunzip(bytes, LIMIT, "input", &error);

  g_assert_true((plain == NULL) == (error != NULL));
  read_all(bytes);
  if (plain != NULL) {
    g_assert_cmpuint(g_bytes_get_size(plain), <=, LIMIT);
    read_all(plain);
  }
  return 0;
}
