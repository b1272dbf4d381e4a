#include "core/datasets/idx.h"

#include "tests/core/support.h"

static gboolean parse(Idx *idx, const void *data, gsize size, GError **error) {
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);

  return idx_parse(idx, bytes, "here", error);
}

#define PARSE(text, error) parse(&idx, text, sizeof text - 1, error)

static void test_good(void) {
  Idx idx;
  GError *error = NULL;

  g_assert_true(PARSE("\0\0\x08\2\0\0\0\2\0\0\0\3abcdef", &error));
  g_assert_no_error(error);
  g_assert_cmpint(idx.rank, ==, 2);
  g_assert_cmpuint(idx.dim[0], ==, 2);
  g_assert_cmpuint(idx.dim[1], ==, 3);
  g_assert_cmpmem(idx.data, 6, "abcdef", 6);
  idx_clear(&idx);
  g_assert_null(idx.bytes);
  g_assert_true(PARSE("\0\0\x08\1\0\0\0\0", &error));
  g_assert_cmpuint(idx.dim[0], ==, 0);
  idx_clear(&idx);
}

static void test_bad(void) {
  Idx idx;
  GError *error = NULL;

  g_assert_false(PARSE("", &error));
  test_assert_error_says(&error, "here is no IDX file", "0 bytes");
  g_assert_false(PARSE("version https://", &error));
  test_assert_error_says(&error, "here is no IDX file", "76 65");
  g_assert_false(PARSE("\0\0\x0d\1\0\0\0\1abcd", &error));
  test_assert_error_says(&error, "here", "type 0x0d");
  g_assert_false(PARSE("\0\0\x08\0", &error));
  test_assert_error_says(&error, "here", "0 dimensions");
  g_assert_false(PARSE("\0\0\x08\5\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1a", &error));
  test_assert_error_says(&error, "here", "5 dimensions");
}

static void test_sizes(void) {
  Idx idx;
  GError *error = NULL;

  g_assert_false(PARSE("\0\0\x08\3\0\0\0\2\0\0", &error));
  test_assert_error_says(&error, "here is truncated", "header");
  g_assert_false(PARSE("\0\0\x08\1\0\0\0\4abc", &error));
  test_assert_error_says(&error, "here is truncated", "promises 4 bytes", "has 3");
  g_assert_false(PARSE("\0\0\x08\1\0\0\0\4abcde", &error));
  test_assert_error_says(&error, "here is damaged", "promises 4 bytes", "has 5");
  g_assert_false(PARSE("\0\0\x08\2\xff\xff\xff\xff\xff\xff\xff\xff"
                       "a",
                       &error));
  test_assert_error_says(&error, "here is truncated", "18446744065119617025");
  g_assert_false(PARSE("\0\0\x08\4\x80\0\0\0\x80\0\0\0\0\0\0\4\0\0\0\1", &error));
  test_assert_error_says(&error, "here is damaged", "64 bits");
}

static void test_read(void) {
  static const char text[] = "\0\0\x08\1\0\0\0\3abc";
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "labels", NULL);
  g_autofree char *zipped = g_build_filename(folder, "labels.gz", NULL);
  g_autoptr(GBytes) gzip = test_gzip(text, sizeof text - 1);
  Idx idx;
  GError *error = NULL;

  g_assert_false(idx_read(&idx, path, &error));
  g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  test_assert_error_says(&error, path, zipped);
  test_write(zipped, g_bytes_get_data(gzip, NULL), g_bytes_get_size(gzip));
  g_assert_true(idx_read(&idx, path, &error));
  g_assert_cmpmem(idx.data, idx.dim[0], "abc", 3);
  idx_clear(&idx);
  test_write(path, "\0\0\x08\1\0\0\0\1z", 9); /* what is there as named comes first */
  g_assert_true(idx_read(&idx, path, &error));
  g_assert_cmpmem(idx.data, idx.dim[0], "z", 1);
  idx_clear(&idx);
  test_remove_dir(folder);
}

static void test_truncated(void) {
  g_autofree char *path = test_data_path("bad/kmnist-t10k-images-truncated-32k.gz");
  Idx idx;
  GError *error = NULL;

  if (path == NULL)
    return;
  g_assert_false(idx_read(&idx, path, &error));
  test_assert_error_says(&error, path, "is truncated", "fetch it again");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/idx/good", test_good);
  g_test_add_func("/idx/bad", test_bad);
  g_test_add_func("/idx/sizes", test_sizes);
  g_test_add_func("/idx/read", test_read);
  g_test_add_func("/idx/truncated", test_truncated);
  return g_test_run();
}
