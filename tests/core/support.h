/* What tests share: real data where it is, folders of their own. */
#pragma once

#include <gio/gio.h>

/* $BATHYSCOPE_DATA/relative; NULL, and the running test marked as skipped, where that is not there.
 * Caller frees. */
char *test_data_path(const char *relative);

/* A new empty folder; test_remove_dir removes it and all that is in it. */
char *test_tmp_dir(void);
void test_remove_dir(char *path);

/* A new empty folder, and what g_get_user_data_dir gives from now on: call it before anything asks.
 */
char *test_tmp_user_data_dir(void);

/* Asserts that `error` is set, has all of `words` (NULL-ended) in its message, and frees it. */
void test_assert_error(GError **error, const char *const *words);
#define test_assert_error_says(error, ...)                                                         \
  test_assert_error(error, (const char *const[]){__VA_ARGS__, NULL})

/* Number of entries in a folder, hidden ones too; -1 if there is none. */
int test_count_files(const char *path);

/* Writes a small file; asserts. */
void test_write(const char *path, const void *data, gsize size);

/* Gzips; caller frees. */
GBytes *test_gzip(const void *data, gsize size);
