/* Charts look as they did: each is drawn in light and dark and compared with the picture of it in
 * golden/charts/. Text, its smoothing and its hinting differ a little from machine to machine, so
 * small blocks of pixels are compared by their mean; where the family of the pictures is not
 * installed, larger blocks, with more patience.
 *
 * When a chart is meant to look different, BATHYSCOPE_WRITE_GOLDEN=1 writes the pictures anew into
 * the source folder; look at them before they are committed. */
#include "tests/ui/chart_samples.h"

#define WIDTH 240
#define HEIGHT 160
#define FAMILIAR_BLOCK 4
#define FAMILIAR_BOUND 16 /* of 255, a block's mean in one channel */
#define STRANGE_BLOCK 20
#define STRANGE_BOUND 60 /* notices a chart that is empty, or in the wrong colours */

typedef struct {
  const ChartSample *sample;
  gboolean dark;
} Case;

static char *golden_path(const Case *self) {
  g_autofree char *name =
      g_strdup_printf("%s_%s.png", self->sample->name, self->dark ? "dark" : "light");

  return g_test_build_filename(G_TEST_DIST, "golden", "charts", name, NULL);
}

static cairo_surface_t *render(const Case *self) {
  const Theme theme = {.dark = self->dark, .em = 13, .family = chart_sample_family()};

  return chart_sample_render(self->sample->draw, NULL, WIDTH, HEIGHT, 1, &theme);
}

static double block_mean(cairo_surface_t *surface, int left, int top, int size, int shift) {
  double sum = 0;

  for (int y = top; y < top + size; y++)
    for (int x = left; x < left + size; x++)
      sum += chart_sample_pixel(surface, x, y) >> shift & 0xff;
  return sum / size / size;
}

/* How far the most different blocks are apart. */
static double difference(cairo_surface_t *a, cairo_surface_t *b, int size) {
  double most = 0;

  for (int y = 0; y + size <= HEIGHT; y += size)
    for (int x = 0; x + size <= WIDTH; x += size)
      for (int shift = 0; shift <= 16; shift += 8)
        most = MAX(most, ABS(block_mean(a, x, y, size, shift) - block_mean(b, x, y, size, shift)));
  return most;
}

static double apart(cairo_surface_t *a, cairo_surface_t *b) {
  const gboolean familiar = chart_sample_family() != NULL;

  return difference(a, b, familiar ? FAMILIAR_BLOCK : STRANGE_BLOCK) /
         (familiar ? FAMILIAR_BOUND : STRANGE_BOUND);
}

static cairo_surface_t *read_golden(const Case *self) {
  g_autofree char *path = golden_path(self);
  cairo_surface_t *surface = cairo_image_surface_create_from_png(path);

  if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
    g_error("%s cannot be read: %s", path, cairo_status_to_string(cairo_surface_status(surface)));
  g_assert_cmpint(cairo_image_surface_get_width(surface), ==, WIDTH);
  g_assert_cmpint(cairo_image_surface_get_height(surface), ==, HEIGHT);
  return surface;
}

static void write_golden(const Case *self, cairo_surface_t *picture) {
  g_autofree char *path = golden_path(self), *folder = g_path_get_dirname(path);

  g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
  g_assert_cmpint(cairo_surface_write_to_png(picture, path), ==, CAIRO_STATUS_SUCCESS);
}

static gboolean writing(void) { return g_strcmp0(g_getenv("BATHYSCOPE_WRITE_GOLDEN"), "1") == 0; }

static void test_picture(gconstpointer data) {
  const Case *self = data;
  cairo_surface_t *picture = render(self);

  if (writing())
    write_golden(self, picture);
  cairo_surface_t *golden = read_golden(self);
  const double found = apart(picture, golden);
  if (found > 1) {
    g_autofree char *path = g_strdup_printf("%s/%s_%s.png", g_get_tmp_dir(), self->sample->name,
                                            self->dark ? "dark" : "light");
    cairo_surface_write_to_png(picture, path);
    g_test_message("%.1f times as different as it may be; it is %s", found, path);
  }
  g_assert_cmpfloat(found, <=, 1);
  cairo_surface_destroy(golden);
  cairo_surface_destroy(picture);
}

/* What the comparison must notice: the wrong theme, another chart, a word that is missing. */
static void draw_other_word(const Canvas *canvas, gpointer data) {
  const Rect area = rect_inset((Rect){0, 0, canvas->width, canvas->height}, 4);

  canvas_placeholder(canvas, &area, "Nothing trained yet. Space starts");
}

static void test_comparison(void) {
  const ChartSample *last = CHART_SAMPLES;
  const ChartSample other = {"placeholder", draw_other_word};

  for (const ChartSample *sample = CHART_SAMPLES; sample->name != NULL; last = sample++) {
    cairo_surface_t *light = read_golden(&(Case){sample, FALSE});
    cairo_surface_t *dark = read_golden(&(Case){sample, TRUE});
    cairo_surface_t *before = read_golden(&(Case){last, FALSE});
    g_assert_cmpfloat(apart(light, dark), >, 1);
    g_assert_true(sample == last || difference(light, before, FAMILIAR_BLOCK) > FAMILIAR_BOUND);
    g_assert_cmpfloat(apart(light, light), ==, 0);
    cairo_surface_destroy(light);
    cairo_surface_destroy(dark);
    cairo_surface_destroy(before);
  }
  g_assert_cmpstr(last->name, ==, other.name);
  if (chart_sample_family() == NULL)
    return; /* larger blocks do not notice a word */
  cairo_surface_t *shorter = render(&(Case){&other, FALSE});
  cairo_surface_t *golden = read_golden(&(Case){last, FALSE});
  g_assert_cmpfloat(apart(shorter, golden), >, 1);
  cairo_surface_destroy(shorter);
  cairo_surface_destroy(golden);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (const ChartSample *sample = CHART_SAMPLES; sample->name != NULL; sample++)
    for (int dark = 0; dark < 2; dark++) {
      const Case it = {sample, dark};
      g_autofree char *name =
          g_strdup_printf("/chart_pictures/%s/%s", sample->name, dark ? "dark" : "light");
      g_test_add_data_func_full(name, g_memdup2(&it, sizeof it), test_picture, g_free);
    }
  if (!writing())
    g_test_add_func("/chart_pictures/comparison", test_comparison);
  return g_test_run();
}
