#include "tests/app/workshop.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <string.h>

#define SIDE 12

static const char LESSON[] =
    "{\"day\": 1, \"title\": \"A lesson of one's own\", \"summary\": \"S\","
    " \"task\": \"classification\", \"datasets\": [\"drawn_digits\"],"
    " \"models\": {\"lines\": [\"input 12x12x1\", \"conv2d 4 3 activation=relu name=conv1\","
    "   \"max_pooling2d\", \"flatten\", \"dropout 0.1\", \"dense 10 activation=softmax\"]},"
    " \"hyperparameters\": ["
    "  {\"name\": \"learning_rate\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"real\","
    "   \"minimum\": 0.00001, \"maximum\": 1e30, \"default\": 0.005, \"live\": true},"
    "  {\"name\": \"optimizer\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"choice\","
    "   \"choices\": [\"sgd\", \"adam\"], \"default\": \"adam\", \"live\": false},"
    "  {\"name\": \"batch_size\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"integer\","
    "   \"minimum\": 1, \"maximum\": 512, \"default\": 16, \"live\": false},"
    "  {\"name\": \"epochs\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"integer\","
    "   \"minimum\": 1, \"maximum\": 100000, \"default\": 2, \"live\": true}],"
    " \"presets\": [{\"name\": \"explode\", \"title\": \"T\", \"help\": \"H\","
    "   \"settings\": {\"optimizer\": \"sgd\", \"learning_rate\": 1e25}}]}";

static void append_u32(GByteArray *bytes, guint32 value) {
  const guint32 big = GUINT32_TO_BE(value);

  g_byte_array_append(bytes, (const guint8 *)&big, sizeof big);
}

static void write_file(const char *folder, const char *name, const GByteArray *bytes) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  GError *error = NULL;

  g_file_set_contents(path, (const char *)bytes->data, bytes->len, &error);
  g_assert_no_error(error);
}

/* Picture i shows a bright line at row i mod 10, on a few bright points. */
static void write_images(const char *folder, const char *name, guint32 n) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();

  append_u32(bytes, 0x00000803);
  append_u32(bytes, n);
  append_u32(bytes, SIDE);
  append_u32(bytes, SIDE);
  for (guint32 i = 0; i < n; i++)
    for (guint32 at = 0; at < SIDE * SIDE; at++) {
      const guint8 pixel = at / SIDE == i % 10 + 1 ? 230 : (at * 31 + i * 17) % 23 == 0 ? 90 : 0;
      g_byte_array_append(bytes, &pixel, 1);
    }
  write_file(folder, name, bytes);
}

static void write_labels(const char *folder, const char *name, guint32 n) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();

  append_u32(bytes, 0x00000801);
  append_u32(bytes, n);
  for (guint32 i = 0; i < n; i++) {
    const guint8 label = (guint8)(i % 10);
    g_byte_array_append(bytes, &label, 1);
  }
  write_file(folder, name, bytes);
}

Workshop *workshop_new(void) {
  Workshop *self = g_new0(Workshop, 1);
  GError *error = NULL;

  self->folder = g_dir_make_tmp("bathyscope-workshop-XXXXXX", &error);
  g_assert_no_error(error);
  self->lesson = workshop_path(self, "tiny");
  self->data = workshop_path(self, "lines");
  g_assert_cmpint(g_mkdir(self->lesson, 0777), ==, 0);
  g_assert_cmpint(g_mkdir(self->data, 0777), ==, 0);
  g_autofree char *path = g_build_filename(self->lesson, "lesson.json", NULL);
  g_file_set_contents(path, LESSON, -1, &error);
  g_assert_no_error(error);
  write_images(self->data, "train-images-idx3-ubyte", 120);
  write_labels(self->data, "train-labels-idx1-ubyte", 120);
  write_images(self->data, "t10k-images-idx3-ubyte", 20);
  write_labels(self->data, "t10k-labels-idx1-ubyte", 20);
  return self;
}

static void remove_tree(const char *path) {
  GDir *folder = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    remove_tree(child);
  }
  g_clear_pointer(&folder, g_dir_close);
  g_assert_cmpint(g_remove(path), ==, 0);
}

void workshop_free(Workshop *self) {
  remove_tree(self->folder);
  g_free(self->folder);
  g_free(self->lesson);
  g_free(self->data);
  g_free(self);
}

char *workshop_path(const Workshop *self, const char *name) {
  return g_build_filename(self->folder, name, NULL);
}

GBytes *workshop_read(const Workshop *self, const char *name) {
  g_autofree char *path = workshop_path(self, name);
  GError *error = NULL;
  char *data;
  gsize size;

  g_file_get_contents(path, &data, &size, &error);
  g_assert_no_error(error);
  return g_bytes_new_take(data, size);
}

void workshop_draw_one(const char *path) {
  g_autoptr(GdkPixbuf) image = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, 28, 28);
  GError *error = NULL;

  gdk_pixbuf_fill(image, 0xffffffff);
  for (int y = 5; y < 23; y++)
    for (int x = 13; x < 16; x++)
      memset(gdk_pixbuf_get_pixels(image) + y * gdk_pixbuf_get_rowstride(image) + 3 * x, 0, 3);
  gdk_pixbuf_save(image, path, "png", &error, NULL);
  g_assert_no_error(error);
}
