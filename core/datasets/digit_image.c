#include "core/datasets/digit_image.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <math.h>
#include <string.h>

#define MAX_PIXELS (64 * 1000 * 1000)
/* Ink and paper closer than this, of 255, are no picture of a digit. */
#define MIN_CONTRAST 32
/* Photographs are averaged down to this: finer detail is grain, not stroke. */
#define MAX_SIDE 512

typedef struct {
  int width, height;
  guint8 *grey;
} Picture;

typedef struct {
  int x, y, width, height;
} Rectangle;

static void picture_clear(Picture *self) { g_clear_pointer(&self->grey, g_free); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Picture, picture_clear)

static gboolean fail(GError **error, const char *path, const char *what) {
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s %s", path, what);
  return FALSE;
}

/* Before anything is decoded: the kind, and the size that the header promises. */
static gboolean check_header(const char *path, GError **error) {
  int width = 0, height = 0;
  GdkPixbufFormat *format;
  g_autofree char *name = NULL;

  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "there is no file %s", path);
    return FALSE;
  }
  format = gdk_pixbuf_get_file_info(path, &width, &height);
  name = format != NULL ? gdk_pixbuf_format_get_name(format) : NULL;
  if (name == NULL || (!g_str_equal(name, "png") && !g_str_equal(name, "jpeg")))
    return fail(error, path, "is not a picture that can be read: PNG or JPEG is expected");
  if (width < 1 || height < 1 || height > MAX_PIXELS / width)
    return fail(error, path, "has more than 64 megapixels: make it smaller");
  return TRUE;
}

/* Rec. 601 luma over a white sheet; the weights add up to 256, so grey stays what it is. */
static guint8 grey_of(const guint8 *rgba, gboolean alpha) {
  guint opacity = alpha ? rgba[3] : 255;
  guint luma = (77u * rgba[0] + 150u * rgba[1] + 29u * rgba[2] + 128) >> 8;

  return (guint8)((luma * opacity + 255 * (255 - opacity) + 127) / 255);
}

static gboolean load(Picture *self, const char *path, GError **error) {
  g_autoptr(GdkPixbuf) raw = NULL, image = NULL;
  const guint8 *pixels;
  int channels, stride;

  if (!check_header(path, error))
    return FALSE;
  raw = gdk_pixbuf_new_from_file(path, error);
  if (raw == NULL) {
    g_prefix_error(error, "%s cannot be read: ", path);
    return FALSE;
  }
  image = gdk_pixbuf_apply_embedded_orientation(raw);
  pixels = gdk_pixbuf_read_pixels(image);
  channels = gdk_pixbuf_get_n_channels(image), stride = gdk_pixbuf_get_rowstride(image);
  self->width = gdk_pixbuf_get_width(image), self->height = gdk_pixbuf_get_height(image);
  self->grey = g_malloc((gsize)self->width * (gsize)self->height);
  for (int y = 0; y < self->height; y++)
    for (int x = 0; x < self->width; x++)
      self->grey[(gsize)y * (gsize)self->width + (gsize)x] =
          grey_of(pixels + (gsize)y * (gsize)stride + x * channels, channels == 4);
  return TRUE;
}

/* Otsu's threshold (1979): splits the histogram so that the variance between the halves is largest.
 * Gives the means of both; what is brighter than the threshold belongs to the second. */
static int split(const Picture *self, double *dark, double *bright) {
  double histogram[256] = {0}, total = (double)self->width * self->height, sum = 0, best = -1;
  double below = 0, below_sum = 0;
  int threshold = 0;

  for (gsize i = 0; i < (gsize)total; i++)
    histogram[self->grey[i]]++;
  for (int i = 0; i < 256; i++)
    sum += i * histogram[i];
  *dark = *bright = sum / total;
  for (int i = 0; i < 255; i++) {
    below += histogram[i], below_sum += i * histogram[i];
    if (below == 0 || below == total)
      continue;
    double low = below_sum / below, high = (sum - below_sum) / (total - below);
    double between = below * (total - below) * (high - low) * (high - low);
    if (between > best)
      best = between, threshold = i, *dark = low, *bright = high;
  }
  return threshold;
}

/* Whether most of the outermost pixels are brighter than the threshold. */
static gboolean border_is_bright(const Picture *self, int threshold) {
  int bright = 0, count = 0;

  for (int y = 0; y < self->height; y++) {
    int step = y == 0 || y == self->height - 1 ? 1 : MAX(1, self->width - 1);
    for (int x = 0; x < self->width; x += step, count++)
      bright += self->grey[y * self->width + x] > threshold;
  }
  return 2 * bright > count;
}

/* Makes the ink bright. Gives the mean brightness of paper and of ink after that. */
static gboolean turn(Picture *self, const char *path, double *paper, double *ink, GError **error) {
  int threshold = split(self, paper, ink);
  double swap = *paper;

  if (*ink - *paper < MIN_CONTRAST)
    return fail(error, path, "shows no ink: nothing in it stands out from the paper");
  if (!border_is_bright(self, threshold))
    return TRUE;
  for (int i = 0; i < self->width * self->height; i++)
    self->grey[i] = (guint8)(255 - self->grey[i]);
  *paper = 255 - *ink, *ink = 255 - swap;
  return TRUE;
}

/* Mean of the source over one target pixel; `left`, `top`, … in source pixels, fractions counted.
 */
static double area_mean(const Picture *self, double left, double top, double right, double bottom) {
  double sum = 0, area = 0;

  for (int y = MAX(0, (int)top); y < MIN(self->height, (int)ceil(bottom)); y++) {
    double tall = MIN(bottom, y + 1) - MAX(top, y);
    for (int x = MAX(0, (int)left); x < MIN(self->width, (int)ceil(right)); x++) {
      double part = tall * (MIN(right, x + 1) - MAX(left, x));
      sum += part * self->grey[y * self->width + x];
      area += part;
    }
  }
  return area > 0 ? sum / area : 0;
}

/* A part of the picture at another size. */
static Picture resample(const Picture *self, double left, double top, double width, double height,
                        int new_width, int new_height) {
  Picture made = {new_width, new_height, g_malloc((gsize)new_width * (gsize)new_height)};
  double dx = width / new_width, dy = height / new_height;

  for (int y = 0; y < new_height; y++)
    for (int x = 0; x < new_width; x++)
      made.grey[y * new_width + x] = (guint8)(area_mean(self, left + x * dx, top + y * dy,
                                                        left + (x + 1) * dx, top + (y + 1) * dy) +
                                              .5);
  return made;
}

static void shrink(Picture *self) {
  int longest = MAX(self->width, self->height);
  Picture small;

  if (longest <= MAX_SIDE)
    return;
  small = resample(self, 0, 0, self->width, self->height, MAX(1, self->width * MAX_SIDE / longest),
                   MAX(1, self->height * MAX_SIDE / longest));
  picture_clear(self);
  *self = small;
}

/* Stretches paper to 0 and ink to 255; the grain of the paper, a sixth of the way, is paper too. */
static void stretch(Picture *self, double paper, double ink) {
  double low = paper + (ink - paper) / 6;

  for (int i = 0; i < self->width * self->height; i++) {
    double value = 255 * (self->grey[i] - low) / (ink - low);
    self->grey[i] = (guint8)(CLAMP(value, 0, 255) + .5);
  }
}

/* The smallest rectangle around what is at least half as bright as full ink. */
static Rectangle ink_box(const Picture *self) {
  int left = self->width, top = self->height, right = -1, bottom = -1;

  for (int y = 0; y < self->height; y++)
    for (int x = 0; x < self->width; x++)
      if (self->grey[y * self->width + x] >= 128) {
        left = MIN(left, x), right = MAX(right, x);
        top = MIN(top, y), bottom = MAX(bottom, y);
      }
  return (Rectangle){left, top, right - left + 1, bottom - top + 1};
}

/* Where the picture goes in a field so that its centre of mass is in the middle. */
static void centre(const Picture *self, int width, int height, int *left, int *top) {
  double mass = 0, mx = 0, my = 0;

  for (int y = 0; y < self->height; y++)
    for (int x = 0; x < self->width; x++) {
      double value = self->grey[y * self->width + x];
      mass += value, mx += value * (x + .5), my += value * (y + .5);
    }
  *left = (int)lround(width / 2. - mx / mass);
  *top = (int)lround(height / 2. - my / mass);
}

static void place(const Picture *self, int width, int height, real *pixels) {
  int left, top;

  memset(pixels, 0, sizeof(real) * (gsize)width * (gsize)height);
  centre(self, width, height, &left, &top);
  for (int y = MAX(0, -top); y < MIN(self->height, height - top); y++)
    for (int x = MAX(0, -left); x < MIN(self->width, width - left); x++)
      pixels[(y + top) * width + x + left] = (real)self->grey[y * self->width + x] / 255;
}

static void normalise(Picture *self, int width, int height, real *pixels) {
  Rectangle box = ink_box(self);
  double scale = MIN(width * 20. / 28 / box.width, height * 20. / 28 / box.height);
  int new_width = MAX(1, (int)lround(box.width * scale));
  int new_height = MAX(1, (int)lround(box.height * scale));
  g_auto(Picture) digit =
      resample(self, box.x, box.y, box.width, box.height, new_width, new_height);

  place(&digit, width, height, pixels);
}

gboolean digit_image_read(const char *path, int width, int height, real *pixels, GError **error) {
  g_auto(Picture) picture = {0};
  double paper, ink;

  g_return_val_if_fail(path != NULL && width > 0 && height > 0 && pixels != NULL, FALSE);
  if (!load(&picture, path, error))
    return FALSE;
  if (picture.width == width && picture.height == height) {
    if (!turn(&picture, path, &paper, &ink, error))
      return FALSE;
    for (int i = 0; i < width * height; i++)
      pixels[i] = (real)picture.grey[i] / 255;
    return TRUE;
  }
  shrink(&picture);
  if (!turn(&picture, path, &paper, &ink, error))
    return FALSE;
  stretch(&picture, paper, ink);
  normalise(&picture, width, height, pixels);
  return TRUE;
}
