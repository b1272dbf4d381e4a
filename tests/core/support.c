#include "tests/core/support.h"

#include <glib/gstdio.h>
#include <string.h>

char *test_data_path(const char *relative) {
  const char *root = g_getenv("BATHYSCOPE_DATA");
  g_autofree char *path = root != NULL ? g_build_filename(root, relative, NULL) : NULL;
  g_autofree char *why = NULL;

  if (path != NULL && g_file_test(path, G_FILE_TEST_EXISTS))
    return g_steal_pointer(&path);
  why = root != NULL ? g_strdup_printf("there is no %s", path)
                     : g_strdup("BATHYSCOPE_DATA is not set");
  g_test_skip(why);
  return NULL;
}

char *test_tmp_dir(void) {
  GError *error = NULL;
  char *path = g_dir_make_tmp("bathyscope-test-XXXXXX", &error);

  g_assert_no_error(error);
  return path;
}

char *test_tmp_user_data_dir(void) {
  char *path = test_tmp_dir();

  g_setenv("XDG_DATA_HOME", path, TRUE);
  g_assert_cmpstr(g_get_user_data_dir(), ==, path);
  return path;
}

static void remove_tree(const char *path) {
  GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    remove_tree(child);
  }
  g_clear_pointer(&dir, g_dir_close);
  g_assert_cmpint(g_remove(path), ==, 0);
}

void test_remove_dir(char *path) {
  remove_tree(path);
  g_free(path);
}

void test_assert_error(GError **error, const char *const *words) {
  g_assert_nonnull(*error);
  g_test_message("%s", (*error)->message);
  for (; *words != NULL; words++)
    if (strstr((*error)->message, *words) == NULL)
      g_error("\"%s\" does not say \"%s\"", (*error)->message, *words);
  g_clear_error(error);
}

int test_count_files(const char *path) {
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  int n = 0;

  while (dir != NULL && g_dir_read_name(dir) != NULL)
    n++;
  return dir != NULL ? n : -1;
}

void test_write(const char *path, const void *data, gsize size) {
  GError *error = NULL;

  g_file_set_contents(path, data, (gssize)size, &error);
  g_assert_no_error(error);
}

GBytes *test_gzip(const void *data, gsize size) {
  g_autoptr(GConverter) zip = G_CONVERTER(g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  g_autoptr(GInputStream) plain = g_memory_input_stream_new_from_data(data, (gssize)size, NULL);
  g_autoptr(GInputStream) zipped = g_converter_input_stream_new(plain, zip);
  g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable();
  GError *error = NULL;

  g_output_stream_splice(out, zipped, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  g_assert_no_error(error);
  return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(out));
}
