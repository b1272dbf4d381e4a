#include "core/datasets/image_folder.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>

#define MOST_CLASSES 256
#define LEAST_PICTURES 3
#define SEED 1

/* Where each picture is, class by class. */
typedef struct {
  GPtrArray *classes; /* char * */
  GPtrArray *paths;   /* char * */
  GArray *labels;     /* guint8, of each path */
} Listing;

static void listing_init(Listing *self) {
  self->classes = g_ptr_array_new_with_free_func(g_free);
  self->paths = g_ptr_array_new_with_free_func(g_free);
  self->labels = g_array_new(FALSE, FALSE, sizeof(guint8));
}

static void listing_clear(Listing *self) {
  g_ptr_array_unref(self->classes);
  g_ptr_array_unref(self->paths);
  g_array_unref(self->labels);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Listing, listing_clear)

static gboolean is_picture(const char *name) {
  static const char *const ENDINGS[] = {".png", ".jpg", ".jpeg", NULL};
  g_autofree char *lower = g_ascii_strdown(name, -1);

  for (gsize i = 0; ENDINGS[i] != NULL; i++)
    if (*name != '.' && g_str_has_suffix(lower, ENDINGS[i]))
      return TRUE;
  return FALSE;
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in a folder, sorted; hidden ones left out. NULL and an error when it cannot be read. */
static GPtrArray *names_in(const char *folder, GError **error) {
  g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
  GPtrArray *names;

  if (dir == NULL)
    return NULL;
  names = g_ptr_array_new_with_free_func(g_free);
  for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
    if (*name != '.')
      g_ptr_array_add(names, g_strdup(name));
  g_ptr_array_sort(names, compare_names);
  return names;
}

/* The pictures of one folder. */
static gboolean list_class(Listing *self, const char *folder, const char *class, GError **error) {
  g_autofree char *path = g_build_filename(folder, class, NULL);
  g_autoptr(GPtrArray) names = names_in(path, error);
  const guint8 label = (guint8)self->classes->len;
  const guint before = self->paths->len;

  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    if (is_picture(names->pdata[i])) {
      g_ptr_array_add(self->paths, g_build_filename(path, names->pdata[i], NULL));
      g_array_append_val(self->labels, label);
    }
  if (self->paths->len == before)
    return TRUE; /* no class: a folder of other things */
  if (self->paths->len < before + LEAST_PICTURES) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s has only %u pictures; a class needs at least %d", path,
                self->paths->len - before, LEAST_PICTURES);
    return FALSE;
  }
  g_ptr_array_add(self->classes, g_strdup(class));
  return TRUE;
}

static gboolean list(Listing *self, const char *folder, GError **error) {
  g_autoptr(GPtrArray) names = names_in(folder, error);

  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len && self->classes->len < MOST_CLASSES; i++) {
    g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
    if (g_file_test(path, G_FILE_TEST_IS_DIR) && !list_class(self, folder, names->pdata[i], error))
      return FALSE;
  }
  if (self->classes->len >= 2)
    return TRUE;
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
              "%s has %s with pictures (.png, .jpg) in it; a data set has a folder for each class, "
              "at least two",
              folder, self->classes->len == 0 ? "no folder" : "only one folder");
  return FALSE;
}

gboolean image_folder_is_one(const char *folder) {
  g_autoptr(GPtrArray) names = names_in(folder, NULL);

  for (guint i = 0; names != NULL && i < names->len; i++) {
    g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
    g_autoptr(GPtrArray) inside =
        g_file_test(path, G_FILE_TEST_IS_DIR) ? names_in(path, NULL) : NULL;
    for (guint k = 0; inside != NULL && k < inside->len; k++)
      if (is_picture(inside->pdata[k]))
        return TRUE;
  }
  return FALSE;
}

/* --- pictures --- */

/* The middle of a picture, as large as asked for, on white. */
static GdkPixbuf *fit(GdkPixbuf *picture, const ImageFolderOptions *options) {
  const double width = gdk_pixbuf_get_width(picture), height = gdk_pixbuf_get_height(picture);
  const double scale = MAX(options->width / width, options->height / height);
  GdkPixbuf *made = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, options->width, options->height);

  gdk_pixbuf_fill(made, 0xffffffff);
  gdk_pixbuf_composite(picture, made, 0, 0, options->width, options->height,
                       (options->width - scale * width) / 2, (options->height - scale * height) / 2,
                       scale, scale, scale < 1 ? GDK_INTERP_BILINEAR : GDK_INTERP_HYPER, 255);
  return made;
}

static void copy_pixels(GdkPixbuf *from, const ImageFolderOptions *options, guint8 *to) {
  const int stride = gdk_pixbuf_get_rowstride(from), step = gdk_pixbuf_get_n_channels(from);
  const guint8 *pixels = gdk_pixbuf_read_pixels(from);

  for (int y = 0; y < options->height; y++)
    for (int x = 0; x < options->width; x++) {
      const guint8 *rgb = pixels + y * stride + x * step;
      if (options->channels == 1)
        *to++ = (guint8)((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
      for (int c = 0; options->channels == 3 && c < 3; c++)
        *to++ = rgb[c];
    }
}

static gboolean read_picture(const char *path, const ImageFolderOptions *options, guint8 *to,
                             GError **error) {
  g_autoptr(GdkPixbuf) read = gdk_pixbuf_new_from_file(path, error);

  if (read == NULL) {
    g_prefix_error(error, "%s: ", path);
    return FALSE;
  }
  g_autoptr(GdkPixbuf) turned = gdk_pixbuf_apply_embedded_orientation(read);
  g_autoptr(GdkPixbuf) made = fit(turned, options);
  copy_pixels(made, options, to);
  return TRUE;
}

/* Of each class a tenth (at least one) for either of the later parts: which picture comes where. */
static void arrange(const Listing *listing, guint32 *order, guint32 count[DATASET_PARTS]) {
  const guint32 n = listing->paths->len;
  g_autofree guint32 *mixed = g_new(guint32, n);
  g_autofree DatasetPart *part = g_new0(DatasetPart, n);
  guint32 sizes[MOST_CLASSES] = {0}, taken[MOST_CLASSES] = {0}, at = 0;
  const Rng rng = rng_new(SEED, RNG_DATASET, n);

  rng_permutation(&rng, mixed, n);
  for (guint32 i = 0; i < n; i++)
    sizes[g_array_index(listing->labels, guint8, i)]++;
  for (guint32 i = 0; i < n; i++) {
    const guint8 label = g_array_index(listing->labels, guint8, mixed[i]);
    const guint32 held = MAX(sizes[label] / 10, 1), before = taken[label]++;
    part[i] = before < held ? DATASET_TEST : before < 2 * held ? DATASET_VALIDATION : DATASET_TRAIN;
    count[part[i]]++;
  }
  for (int p = 0; p < DATASET_PARTS; p++)
    for (guint32 i = 0; i < n; i++)
      if (part[i] == (DatasetPart)p)
        order[at++] = mixed[i];
}

Dataset *dataset_open_image_folder(const char *name, const char *folder,
                                   const ImageFolderOptions *options, GError **error) {
  const gsize size = (gsize)(options->height * options->width * options->channels);
  guint32 count[DATASET_PARTS] = {0};
  g_auto(Listing) listing;

  g_assert(options->channels == 1 || options->channels == 3);
  listing_init(&listing);
  if (!list(&listing, folder, error))
    return NULL;
  const guint32 n = listing.paths->len;
  g_autofree guint32 *order = g_new(guint32, n);
  g_autofree guint8 *pixels = g_malloc(n * size), *labels = g_malloc(n);
  arrange(&listing, order, count);
  for (guint32 i = 0; i < n; i++) {
    labels[i] = g_array_index(listing.labels, guint8, order[i]);
    if (!read_picture(listing.paths->pdata[order[i]], options, pixels + i * size, error))
      return NULL;
  }
  g_ptr_array_add(listing.classes, NULL);
  g_autofree char *source = g_strdup_printf("%u pictures in %s", n, folder);
  return dataset_new_images(
      name, source, &SHAPE(options->height, options->width, options->channels),
      g_steal_pointer(&pixels), g_steal_pointer(&labels), count, (int)listing.classes->len - 1,
      (const char *const *)listing.classes->pdata);
}
