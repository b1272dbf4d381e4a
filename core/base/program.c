#include "core/base/program.h"

#include <gio/gio.h>
#include <stdlib.h>

/* A build folder lies in its source tree, and the program some folders below it. */
#define MAX_LEVELS_UP 6

static char *program_file(void) {
  char *path = g_file_read_link("/proc/self/exe", NULL);

  if (path != NULL)
    return path;
  /* not Linux: the name it was started by */
  const char *name = g_get_prgname();
  g_autofree char *found = name != NULL ? g_find_program_in_path(name) : NULL;
  char *real = found != NULL ? realpath(found, NULL) : NULL;
  path = g_strdup(real);
  free(real);
  return path;
}

char *program_folder(void) {
  g_autofree char *file = program_file();

  return file != NULL ? g_path_get_dirname(file) : NULL;
}

static char *if_folder(char *path) {
  if (g_file_test(path, G_FILE_TEST_IS_DIR))
    return path;
  g_free(path);
  return NULL;
}

/* Only beside our build file: data/NAME above it may be anybody's. */
static char *in_source_tree(const char *root, const char *name) {
  g_autofree char *build = g_build_filename(root, "meson.build", NULL);
  g_autofree char *core = g_build_filename(root, "core", "lesson", NULL);

  if (!g_file_test(build, G_FILE_TEST_IS_REGULAR) || !g_file_test(core, G_FILE_TEST_IS_DIR))
    return NULL;
  return if_folder(g_build_filename(root, "data", name, NULL));
}

char *program_data_folder(const char *name) {
  g_autofree char *folder = program_folder();

  if (folder == NULL)
    return NULL;
  g_autofree char *prefix = g_path_get_dirname(folder);
  char *found = if_folder(g_build_filename(prefix, "share", "bathyscope", name, NULL));
  for (int level = 0; level < MAX_LEVELS_UP && found == NULL; level++) {
    found = in_source_tree(folder, name);
    char *parent = g_path_get_dirname(folder);
    g_free(folder);
    folder = parent;
  }
  return found;
}
