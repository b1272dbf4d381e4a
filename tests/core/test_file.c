#include "core/base/file.h"

#include "tests/core/support.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIMIT ((gsize)1 << 20)

typedef struct {
  char *folder, *path; /* path: folder/file, not there yet */
} Place;

static void set_up(Place *self, gconstpointer data) {
  self->folder = test_tmp_dir();
  self->path = g_build_filename(self->folder, "file", NULL);
}

static void tear_down(Place *self, gconstpointer data) {
  g_free(self->path);
  test_remove_dir(self->folder);
}

static void assert_holds(const char *path, const char *text) {
  g_autofree char *found = NULL;

  g_assert_true(g_file_get_contents(path, &found, NULL, NULL));
  g_assert_cmpstr(found, ==, text);
}

/* --- Writing --- */

static void test_write_new(Place *self, gconstpointer data) {
  g_autofree char *deep = g_build_filename(self->folder, "a", "b", "file", NULL);
  GError *error = NULL;

  g_assert_true(file_write(deep, "one", 3, &error));
  g_assert_no_error(error);
  assert_holds(deep, "one");
  g_assert_true(file_write(self->path, NULL, 0, &error));
  assert_holds(self->path, "");
}

static void test_write_again(Place *self, gconstpointer data) {
  struct stat now;

  test_write(self->path, "old", 3);
  g_assert_cmpint(g_chmod(self->path, 0640), ==, 0);
  g_assert_true(file_write(self->path, "new and longer", 14, NULL));
  assert_holds(self->path, "new and longer");
  g_assert_cmpint(stat(self->path, &now), ==, 0);
  g_assert_cmpint(now.st_mode & 0777, ==, 0640);
  g_assert_cmpint(test_count_files(self->folder), ==, 1);
}

static void test_write_through_link(Place *self, gconstpointer data) {
  g_autofree char *link = g_build_filename(self->folder, "link", NULL);

  test_write(self->path, "old", 3);
  g_assert_cmpint(symlink("file", link), ==, 0);
  g_assert_true(file_write(link, "new", 3, NULL));
  g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
  assert_holds(self->path, "new");
}

static void test_write_unfinished(Place *self, gconstpointer data) {
  FileWriter *writer;

  test_write(self->path, "old", 3);
  writer = file_writer_new(self->path, NULL);
  g_assert_true(file_writer_add(writer, "half", 4, NULL));
  assert_holds(self->path, "old");
  file_writer_free(writer);
  assert_holds(self->path, "old");
  g_assert_cmpint(test_count_files(self->folder), ==, 1);
}

static void test_write_no_folder(Place *self, gconstpointer data) {
  g_autofree char *below = g_build_filename(self->path, "below", NULL);
  GError *error = NULL;

  test_write(self->path, "old", 3);
  g_assert_false(file_write(below, "new", 3, &error));
  g_assert_cmpint(error->domain, ==, G_FILE_ERROR);
  test_assert_error_says(&error, below, "Not a directory");
  g_assert_false(file_write(self->folder, "new", 3, &error));
  test_assert_error_says(&error, self->folder, "directory");
  assert_holds(self->path, "old");
  g_assert_cmpint(test_count_files(self->folder), ==, 1);
}

static void test_write_forbidden(Place *self, gconstpointer data) {
  GError *error = NULL;

  test_write(self->path, "old", 3);
  g_assert_cmpint(g_chmod(self->folder, 0500), ==, 0);
  if (g_access(self->folder, W_OK) == 0)
    g_test_skip("this user may write everywhere");
  else {
    g_assert_false(file_write(self->path, "new", 3, &error));
    test_assert_error_says(&error, self->path, "Permission denied");
    assert_holds(self->path, "old");
  }
  g_assert_cmpint(g_chmod(self->folder, 0700), ==, 0);
}

static void test_write_full_device(Place *self, gconstpointer data) {
  GError *error = NULL;

  if (!g_file_test("/dev/full", G_FILE_TEST_EXISTS)) {
    g_test_skip("this system has no /dev/full");
    return;
  }
  g_assert_false(file_write("/dev/full", "new", 3, &error));
  g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  test_assert_error_says(&error, "/dev/full", "No space left");
  g_assert_true(file_write("/dev/null", "new", 3, &error));
  g_assert_no_error(error);
}

/* A limit on the file size stands for a full disk: both fail in the middle of writing. */
static void test_write_full_disk(Place *self, gconstpointer data) {
  g_autofree char *large = g_malloc0(LIMIT);
  GError *error = NULL;

  if (!g_test_subprocess()) {
    test_write(self->path, "old", 3);
    g_setenv("TEST_FILE_PATH", self->path, TRUE);
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    assert_holds(self->path, "old");
    g_assert_cmpint(test_count_files(self->folder), ==, 1);
    return;
  }
  signal(SIGXFSZ, SIG_IGN);
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096}), ==, 0);
  g_assert_false(file_write(g_getenv("TEST_FILE_PATH"), large, LIMIT, &error));
  test_assert_error_says(&error, g_getenv("TEST_FILE_PATH"), "File too large");
}

/* --- Reading --- */

static void test_read(Place *self, gconstpointer data) {
  g_autoptr(GBytes) bytes = NULL;
  GError *error = NULL;

  test_write(self->path, "12345", 5);
  bytes = file_read(self->path, 5, &error);
  g_assert_no_error(error);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "12345", 5);
  g_assert_null(file_read(self->path, 4, &error));
  test_assert_error_says(&error, self->path, "larger than 4");
}

static void test_read_nothing(Place *self, gconstpointer data) {
  GError *error = NULL;

  g_assert_null(file_read(self->path, LIMIT, &error));
  g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  test_assert_error_says(&error, self->path, "No such file");
  g_assert_null(file_read(self->folder, LIMIT, &error));
  g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
  test_assert_error_says(&error, self->folder, "directory");
}

static void append(GByteArray *to, GBytes *bytes) {
  g_byte_array_append(to, g_bytes_get_data(bytes, NULL), (guint)g_bytes_get_size(bytes));
}

static void test_gunzip(Place *self, gconstpointer data) {
  g_autoptr(GBytes) hello = test_gzip("hello ", 6), world = test_gzip("world", 5), bytes = NULL;
  g_autoptr(GByteArray) both = g_byte_array_new();
  g_autoptr(GBytes) nothing = g_bytes_new(NULL, 0);
  GError *error = NULL;

  g_assert_null(file_gunzip(nothing, LIMIT, "nothing", &error));
  test_assert_error_says(&error, "nothing is no gzip file");
  append(both, hello);
  append(both, world);
  g_byte_array_append(both, (const guint8 *)"\0\0\0", 3);
  test_write(self->path, both->data, both->len);
  bytes = file_read(self->path, 11, &error);
  g_assert_no_error(error);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "hello world", 11);
  g_byte_array_append(both, (const guint8 *)"x", 1);
  test_write(self->path, both->data, both->len);
  g_assert_null(file_read(self->path, 11, &error));
  test_assert_error_says(&error, self->path, "damaged");
}

/* A gzip bomb: 64 MiB of zeros in 64 KiB. */
static void test_gunzip_limit(Place *self, gconstpointer data) {
  gsize size = (gsize)64 << 20;
  g_autofree char *zeros = g_malloc0(size);
  g_autoptr(GBytes) zipped = test_gzip(zeros, size);
  GError *error = NULL;

  g_assert_cmpuint(g_bytes_get_size(zipped), <, LIMIT);
  g_assert_null(file_gunzip(zipped, LIMIT, "bomb", &error));
  test_assert_error_says(&error, "bomb", "larger than 1048576 bytes");
}

static void test_gunzip_truncated(Place *self, gconstpointer data) {
  g_autoptr(GBytes) whole = test_gzip("hello world, hello world", 24);
  GError *error = NULL;

  for (gsize size = 2; size < g_bytes_get_size(whole); size++) {
    test_write(self->path, g_bytes_get_data(whole, NULL), size);
    g_assert_null(file_read(self->path, LIMIT, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    test_assert_error_says(&error, self->path, "is truncated", "fetch it again");
  }
}

/* Every flipped bit of the data is noticed, by the format or by its checksum. */
static void test_gunzip_damaged(Place *self, gconstpointer data) {
  g_autoptr(GBytes) whole = test_gzip("hello world, hello world", 24);
  gsize size;
  g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(whole, &size), g_bytes_get_size(whole));
  GError *error = NULL;

  for (gsize bit = 8 * 10; bit < 8 * g_bytes_get_size(whole); bit++) {
    g_autoptr(GBytes) damaged = NULL;
    copy[bit / 8] ^= (guint8)(1 << bit % 8);
    damaged = g_bytes_new(copy, g_bytes_get_size(whole));
    copy[bit / 8] ^= (guint8)(1 << bit % 8);
    g_assert_null(file_gunzip(damaged, LIMIT, "flipped", &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    test_assert_error_says(&error, "flipped", "fetch it again");
  }
}

static void test_real_truncated(void) {
  g_autofree char *path = test_data_path("bad/kmnist-t10k-images-truncated-32k.gz");
  GError *error = NULL;

  if (path == NULL)
    return;
  g_assert_null(file_read(path, (gsize)1 << 30, &error));
  test_assert_error_says(&error, path, "is truncated", "fetch it again");
}

#define ADD(name, func) g_test_add("/file/" name, Place, NULL, set_up, func, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("write/new", test_write_new);
  ADD("write/again", test_write_again);
  ADD("write/through-link", test_write_through_link);
  ADD("write/unfinished", test_write_unfinished);
  ADD("write/no-folder", test_write_no_folder);
  ADD("write/forbidden", test_write_forbidden);
  ADD("write/full-device", test_write_full_device);
  ADD("write/full-disk", test_write_full_disk);
  ADD("read/all", test_read);
  ADD("read/nothing", test_read_nothing);
  ADD("gunzip/members", test_gunzip);
  ADD("gunzip/limit", test_gunzip_limit);
  ADD("gunzip/truncated", test_gunzip_truncated);
  ADD("gunzip/damaged", test_gunzip_damaged);
  g_test_add_func("/file/real/truncated", test_real_truncated);
  return g_test_run();
}
