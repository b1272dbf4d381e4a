/* Exported charts: whole files of the right kind, or an error that says why and nothing broken. */
#include "tests/core/support.h"
#include "tests/ui/chart_samples.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const Theme LIGHT = {.em = 13}, DARK = {.dark = TRUE, .em = 13};

typedef struct {
  char *folder;
} Folder;

static void set_up(Folder *self, gconstpointer data) { self->folder = test_tmp_dir(); }
static void tear_down(Folder *self, gconstpointer data) { test_remove_dir(self->folder); }

static gboolean export(const char *path, const Theme *theme, int sample, GError **error) {
  return chart_export(path, 240.5, 160, theme, CHART_SAMPLES[sample].draw, NULL, error);
}

static char *bytes_of(const char *path, gsize *size) {
  char *bytes;
  g_autoptr(GError) error = NULL;

  g_file_get_contents(path, &bytes, size, &error);
  g_assert_no_error(error);
  return bytes;
}

static guint32 big_endian(const char *at) {
  guint32 value;

  memcpy(&value, at, sizeof value);
  return GUINT32_FROM_BE(value);
}

/* Twice as many pixels; the last ones covered by the background too. */
static void check_png(const char *path, const char *bytes) {
  g_assert_cmpmem(bytes, 8, "\x89PNG\r\n\x1a\n", 8);
  g_assert_cmpuint(big_endian(bytes + 16), ==, 481);
  g_assert_cmpuint(big_endian(bytes + 20), ==, 320);
  cairo_surface_t *surface = cairo_image_surface_create_from_png(path);
  g_assert_cmphex(chart_sample_pixel(surface, 480, 319), ==, 0x363636);
  cairo_surface_destroy(surface);
}

static void check_svg(const char *bytes, gsize size) {
  g_autofree char *text = g_strndup(bytes, size);
  GMarkupParser parser = {0};
  GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, NULL, NULL);

  g_assert_true(g_markup_parse_context_parse(context, text, (gssize)size, NULL));
  g_assert_true(g_markup_parse_context_end_parse(context, NULL));
  g_markup_parse_context_free(context);
  g_assert_nonnull(strstr(text, "width=\"240.5px\""));
  g_assert_nonnull(strstr(text, "height=\"160px\""));
}

static void test_kinds(Folder *self, gconstpointer data) {
  static const char *const NAMES[] = {"a.svg", "b.pdf", "c.png", "D.PNG"};

  for (int sample = 0; CHART_SAMPLES[sample].name != NULL; sample++)
    for (guint i = 0; i < G_N_ELEMENTS(NAMES); i++) {
      g_autofree char *path = g_build_filename(self->folder, NAMES[i], NULL), *bytes = NULL;
      g_autoptr(GError) error = NULL;
      gsize size;
      g_assert_true(export(path, &DARK, sample, &error));
      g_assert_no_error(error);
      bytes = bytes_of(path, &size);
      g_assert_cmpuint(size, >, 500);
      if (i == 0)
        check_svg(bytes, size);
      else if (i == 1)
        g_assert_true(g_str_has_prefix(bytes, "%PDF-") && memmem(bytes, size, "%%EOF", 5) != NULL);
      else
        check_png(path, bytes);
    }
  g_assert_cmpint(test_count_files(self->folder), ==, 4); /* nothing left beside them */
}

/* A curve of twenty thousand points makes a small file of outlines, not an embedded picture. */
static void test_vector(Folder *self, gconstpointer data) {
  g_autofree char *path = g_build_filename(self->folder, "dense.svg", NULL), *text = NULL;
  int sample = 0;
  gsize size;

  while (!g_str_equal(CHART_SAMPLES[sample].name, "dense"))
    sample++;
  g_assert_true(export(path, &LIGHT, sample, NULL));
  text = bytes_of(path, &size);
  g_assert_cmpuint(size, <, 120000);
  g_assert_null(strstr(text, "<image"));
  g_assert_nonnull(strstr(text, "<path"));
}

static void test_unknown_extension(Folder *self, gconstpointer data) {
  static const char *const NAMES[] = {"chart.bmp", "chart", "svg", "chart.png.txt"};

  for (guint i = 0; i < G_N_ELEMENTS(NAMES); i++) {
    g_autofree char *path = g_build_filename(self->folder, NAMES[i], NULL);
    GError *error = NULL;
    g_assert_false(export(path, &LIGHT, 0, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
    test_assert_error_says(&error, path, ".svg", ".pdf", ".png");
  }
  g_assert_cmpint(test_count_files(self->folder), ==, 0);
}

/* The device that is always full stands for a full disk. */
static void test_full(Folder *self, gconstpointer data) {
  static const char *const NAMES[] = {"full.svg", "full.pdf", "full.png"};

  if (access("/dev/full", W_OK) != 0) {
    g_test_skip("there is no /dev/full here");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS(NAMES); i++) {
    g_autofree char *path = g_build_filename(self->folder, NAMES[i], NULL);
    GError *error = NULL;
    g_assert_cmpint(symlink("/dev/full", path), ==, 0);
    g_assert_false(export(path, &LIGHT, 0, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
    test_assert_error_says(&error, NAMES[i]);
  }
  g_assert_cmpint(test_count_files(self->folder), ==, 3);
}

/* What was there stays when the new file cannot be written. */
static void test_kept(Folder *self, gconstpointer data) {
  g_autofree char *file = g_build_filename(self->folder, "file", NULL), *bytes = NULL;
  g_autofree char *beyond = g_build_filename(file, "chart.svg", NULL);
  GError *error = NULL;
  gsize size;

  test_write(file, "kept", 4);
  g_assert_false(export(beyond, &LIGHT, 0, &error)); /* a file is no folder */
  test_assert_error_says(&error, beyond);
  bytes = bytes_of(file, &size);
  g_assert_cmpmem(bytes, size, "kept", 4);
}

static void draw_broken(const Canvas *canvas, gpointer data) { cairo_restore(canvas->cr); }

/* A drawing that cairo gave up on, and one that no memory holds, leave no file. */
static void test_broken(Folder *self, gconstpointer data) {
  static const char *const NAMES[] = {"a.svg", "a.pdf", "a.png"};

  for (guint i = 0; i < G_N_ELEMENTS(NAMES); i++) {
    g_autofree char *path = g_build_filename(self->folder, NAMES[i], NULL);
    GError *error = NULL;
    g_assert_false(chart_export(path, 240, 160, &LIGHT, draw_broken, NULL, &error));
    test_assert_error_says(&error, path);
  }
  g_assert_null(chart_png(1e6, 1e6, 2, &LIGHT, CHART_SAMPLES[0].draw, NULL));
  g_assert_cmpint(test_count_files(self->folder), ==, 0);
}

static void test_bytes(Folder *self, gconstpointer data) {
  g_autoptr(GBytes) bytes = chart_png(20, 10, 3, &LIGHT, CHART_SAMPLES[0].draw, NULL);
  const char *at = g_bytes_get_data(bytes, NULL);

  g_assert_cmpuint(big_endian(at + 16), ==, 60);
  g_assert_cmpuint(big_endian(at + 20), ==, 30);
}

#define ADD(name, function)                                                                        \
  g_test_add("/chart_export/" name, Folder, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("kinds", test_kinds);
  ADD("vector", test_vector);
  ADD("unknown_extension", test_unknown_extension);
  ADD("full", test_full);
  ADD("kept", test_kept);
  ADD("broken", test_broken);
  ADD("bytes", test_bytes);
  return g_test_run();
}
