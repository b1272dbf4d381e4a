#include "core/datasets/catalogue.h"

#include "core/datasets/image_folder.h"

static const ImageFolderOptions PICTURES = {32, 32, 3};

const CatalogueEntry *catalogue_find(const char *name) {
  for (const CatalogueEntry *entry = CATALOGUE; entry->name != NULL; entry++)
    if (g_str_equal(entry->name, name))
      return entry;
  return NULL;
}

gboolean catalogue_is_built_in(const CatalogueEntry *entry) {
  return entry->files == NULL && entry->folder == NULL;
}

char *catalogue_download_folder(const CatalogueEntry *entry) {
  return g_build_filename(g_get_user_data_dir(), "bathyscope", "datasets", entry->name, NULL);
}

/* NULL where the variable is not set. */
static char *variable_folder(const CatalogueEntry *entry) {
  const char *root = g_getenv("BATHYSCOPE_DATA");

  return root != NULL && *root != '\0'
             ? g_build_filename(root, entry->folder != NULL ? entry->folder : entry->name, NULL)
             : NULL;
}

char *catalogue_locate(const CatalogueEntry *entry) {
  g_autofree char *given = variable_folder(entry);
  g_autofree char *downloaded = catalogue_download_folder(entry);

  if (catalogue_is_built_in(entry))
    return NULL;
  if (given != NULL && g_file_test(given, G_FILE_TEST_IS_DIR))
    return g_steal_pointer(&given);
  if (g_file_test(downloaded, G_FILE_TEST_IS_DIR))
    return g_steal_pointer(&downloaded);
  return NULL;
}

static Dataset *not_found(const CatalogueEntry *entry, GError **error) {
  g_autofree char *given = variable_folder(entry);
  g_autofree char *downloaded = catalogue_download_folder(entry);

  g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
              "the data set %s is not here: there is no folder %s%s%s; %s%s%s", entry->name,
              given != NULL ? given : "", given != NULL ? " and no folder " : "", downloaded,
              entry->urls != NULL ? "\"bathyscope data fetch " : "put its files there",
              entry->urls != NULL ? entry->name : "", entry->urls != NULL ? "\" downloads it" : "");
  return NULL;
}

static Dataset *open_entry(const CatalogueEntry *entry, GError **error) {
  g_autofree char *folder = catalogue_locate(entry);

  if (folder == NULL && !catalogue_is_built_in(entry))
    return not_found(entry, error);
  return entry->open(folder, error);
}

static Dataset *unknown(const char *name, GError **error) {
  g_autoptr(GString) known = g_string_new(NULL);

  for (const CatalogueEntry *entry = CATALOGUE; entry->name != NULL; entry++)
    g_string_append_printf(known, "%s%s", known->len > 0 ? ", " : "", entry->name);
  g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
              "%s is neither a folder nor the name of a data set; names are: %s", name, known->str);
  return NULL;
}

Dataset *catalogue_open(const char *name_or_path, GError **error) {
  const CatalogueEntry *entry = catalogue_find(name_or_path);
  g_autofree char *base = g_path_get_basename(name_or_path);

  if (entry != NULL)
    return open_entry(entry, error);
  if (image_folder_is_one(name_or_path))
    return dataset_open_image_folder(base, name_or_path, &PICTURES, error);
  if (g_file_test(name_or_path, G_FILE_TEST_IS_DIR))
    return dataset_open_idx(base, name_or_path, DATASET_A_TWELFTH, error);
  return unknown(name_or_path, error);
}

Dataset *catalogue_open_first(const char *const *names, GError **error) {
  const CatalogueEntry *missing = NULL;

  for (; *names != NULL; names++) {
    const CatalogueEntry *entry = catalogue_find(*names);
    g_autofree char *folder = entry != NULL ? catalogue_locate(entry) : NULL;
    if (entry == NULL)
      return unknown(*names, error);
    if (folder != NULL || catalogue_is_built_in(entry))
      return entry->open(folder, error);
    missing = entry;
  }
  g_return_val_if_fail(missing != NULL, NULL);
  return not_found(missing, error);
}
