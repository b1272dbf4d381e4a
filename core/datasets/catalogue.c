#include "core/datasets/catalogue.h"

#include "core/datasets/points.h"

#define MNIST_VALIDATION 5000
/* Any would do; what matters is that everybody has the same digits. */
#define DRAWN_SEED 1

static Dataset *open_mnist(const char *folder, GError **error) {
  g_autoptr(Dataset) dataset = dataset_open_idx("mnist", folder, MNIST_VALIDATION, error);
  char *rest;

  if (dataset == NULL)
    return NULL;
  rest = g_strconcat("MNIST", dataset->source + sizeof "mnist" - 1, NULL);
  g_free(dataset->source);
  dataset->source = rest;
  return g_steal_pointer(&dataset);
}

static Dataset *open_drawn_digits(const char *folder, GError **error) {
  return dataset_draw_digits(DRAWN_SEED, 55000, 5000, 10000);
}

static Dataset *open_points(PointsKind kind) {
  return dataset_draw_points(kind, DRAWN_SEED, 1600, 200, 200);
}

static Dataset *open_circle(const char *folder, GError **error) {
  return open_points(POINTS_CIRCLE);
}

static Dataset *open_xor(const char *folder, GError **error) { return open_points(POINTS_XOR); }

static Dataset *open_gaussians(const char *folder, GError **error) {
  return open_points(POINTS_GAUSSIANS);
}

static Dataset *open_spiral(const char *folder, GError **error) {
  return open_points(POINTS_SPIRAL);
}

static Dataset *open_moons(const char *folder, GError **error) { return open_points(POINTS_MOONS); }

static Dataset *open_eight_gaussians(const char *folder, GError **error) {
  return open_points(POINTS_EIGHT_GAUSSIANS);
}

static Dataset *open_plane(const char *folder, GError **error) { return open_points(POINTS_PLANE); }

static Dataset *open_bumps(const char *folder, GError **error) { return open_points(POINTS_BUMPS); }

#define POINTS(id, what)                                                                           \
  { .name = #id, .title = what, .licence = MADE, .open = open_##id }
#define MADE "made by this program; no rights reserved"

/* Folders, mirrors of each other: LeCun's own site now refuses programs. */
static const char *const MNIST_URLS[] = {
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    NULL,
};

static const CatalogueFile MNIST_FILES[] = {
    {"train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9912422},
    {"train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28881},
    {"t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1648877},
    {"t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4542},
    {NULL},
};

const CatalogueEntry CATALOGUE[] = {
    {
        .name = "mnist",
        .title = "MNIST: 70,000 handwritten digits",
        .licence = "by Yann LeCun, Corinna Cortes and Christopher Burges; CC BY-SA 3.0",
        .urls = MNIST_URLS,
        .files = MNIST_FILES,
        .open = open_mnist,
    },
    {
        .name = "drawn_digits",
        .title = "70,000 digits drawn by a built-in generator",
        .licence = MADE,
        .open = open_drawn_digits,
    },
    POINTS(circle, "2,000 points: a disc within a ring"),
    POINTS(xor, "2,000 points: opposite quarters"),
    POINTS(gaussians, "2,000 points: two clouds"),
    POINTS(spiral, "2,000 points: two arms"),
    POINTS(moons, "2,000 points: two crescents"),
    POINTS(eight_gaussians, "2,000 points: eight clouds on a ring"),
    POINTS(plane, "2,000 points: heights that rise evenly"),
    POINTS(bumps, "2,000 points: a hill and a hollow"),
    {NULL},
};

const CatalogueEntry *catalogue_find(const char *name) {
  for (const CatalogueEntry *entry = CATALOGUE; entry->name != NULL; entry++)
    if (g_str_equal(entry->name, name))
      return entry;
  return NULL;
}

char *catalogue_download_folder(const CatalogueEntry *entry) {
  return g_build_filename(g_get_user_data_dir(), "bathyscope", "datasets", entry->name, NULL);
}

/* NULL where the variable is not set. */
static char *variable_folder(const CatalogueEntry *entry) {
  const char *root = g_getenv("BATHYSCOPE_DATA");

  return root != NULL && *root != '\0' ? g_build_filename(root, entry->name, NULL) : NULL;
}

char *catalogue_locate(const CatalogueEntry *entry) {
  g_autofree char *given = variable_folder(entry);
  g_autofree char *downloaded = catalogue_download_folder(entry);

  if (entry->files == NULL)
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
              "the data set %s is not here: there is no folder %s%s%s; "
              "\"bathyscope data fetch %s\" downloads it",
              entry->name, given != NULL ? given : "", given != NULL ? " and no folder " : "",
              downloaded, entry->name);
  return NULL;
}

static Dataset *open_entry(const CatalogueEntry *entry, GError **error) {
  g_autofree char *folder = catalogue_locate(entry);

  if (folder == NULL && entry->files != NULL)
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
    if (folder != NULL || entry->files == NULL)
      return entry->open(folder, error);
    missing = entry;
  }
  g_return_val_if_fail(missing != NULL, NULL);
  return not_found(missing, error);
}
