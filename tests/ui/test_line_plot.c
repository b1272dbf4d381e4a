/* Curves keep what the data says: no peak is lost, however many points there are and whatever they
 * are drawn on. */
#include "tests/ui/chart_samples.h"
#include "ui/chart/line_plot.h"

#include <math.h>
#include <string.h>

static const Theme LIGHT = {.em = 13};
static const Color RED = {1, 0, 0, 1};

typedef struct {
  LinePlot plot;
  Rect inside;
  double known_scale;
  gboolean planned_alike;
} Drawn;

static void draw_plot(const Canvas *canvas, gpointer data) {
  Drawn *drawn = data;
  const Rect area = {0, 0, canvas->width, canvas->height};
  const Rect planned = line_plot_inside(canvas, &area, &drawn->plot);

  drawn->inside = line_plot_draw(canvas, &area, &drawn->plot);
  drawn->planned_alike = memcmp(&planned, &drawn->inside, sizeof planned) == 0;
}

static Line line_of(const float *values, gsize n) {
  return (Line){.name = "x", .dx = 1, .y = values, .n = n, .color = RED};
}

static gboolean is_red(guint32 pixel) {
  return (pixel >> 16) > 180 && (pixel >> 8 & 0xff) < 170 && (pixel & 0xff) < 170;
}

/* Whether any of the pixels around a place of the plot is red. */
static gboolean red_at(cairo_surface_t *surface, const Drawn *drawn, double scale, double x,
                       double y) {
  const int px = (int)floor(axis_x(&drawn->plot.x, &drawn->inside, x) * scale);
  const int py = (int)floor(axis_y(&drawn->plot.y, &drawn->inside, y) * scale);

  for (int k = -1; k <= 1; k++)
    for (int m = -1; m <= 1; m++)
      if (is_red(chart_sample_pixel(surface, px + k, py + m)))
        return TRUE;
  return FALSE;
}

static int count_red(cairo_surface_t *surface) {
  int n = 0;

  for (int y = 0; y < cairo_image_surface_get_height(surface); y++)
    for (int x = 0; x < cairo_image_surface_get_width(surface); x++)
      n += is_red(chart_sample_pixel(surface, x, y));
  return n;
}

static Drawn drawn_of(const Line *lines, int n, double high) {
  return (Drawn){.plot = {.x = {.low = 0, .high = high},
                          .y = {.low = -10, .high = 10},
                          .lines = lines,
                          .n_lines = n}};
}

/* One point in a hundred thousand, up or down, is seen at any scale; the rest of its column is not.
 */
static void test_extremes(void) {
  enum { N = 100000 };
  g_autofree float *values = g_new0(float, N);
  const double scales[] = {1, 1.5, 2};

  for (int i = 0; i < 40; i++)
    values[i * 2500 + 1234] = i % 2 == 0 ? 9 : -9;
  const Line line = line_of(values, N);
  for (guint s = 0; s < G_N_ELEMENTS(scales); s++) {
    Drawn drawn = drawn_of(&line, 1, N);
    cairo_surface_t *surface = chart_sample_render(draw_plot, &drawn, 640, 300, scales[s], &LIGHT);
    for (int i = 0; i < 40; i++) {
      const double x = i * 2500 + 1234, peak = (double)values[i * 2500 + 1234];
      g_assert_true(red_at(surface, &drawn, scales[s], x, peak));
      g_assert_true(red_at(surface, &drawn, scales[s], x, peak / 2));
      g_assert_true(red_at(surface, &drawn, scales[s], x + 1000, 0));
      g_assert_false(red_at(surface, &drawn, scales[s], x, -peak / 2));
      g_assert_false(red_at(surface, &drawn, scales[s], x + 1000, peak / 2));
    }
    cairo_surface_destroy(surface);
  }
}

/* The same curve, drawn from few points and from many, on pixels and on paper, covers the same. */
static void test_ways_agree(void) {
  enum { FEW = 400, MANY = 40000 };
  g_autofree float *few = g_new(float, FEW), *many = g_new(float, MANY);

  for (int i = 0; i < FEW; i++)
    few[i] = 8 * sinf((float)i * 20 / FEW);
  for (int i = 0; i < MANY; i++)
    many[i] = 8 * sinf((float)i * 20 / MANY);
  Line line = line_of(few, FEW);
  Drawn drawn = drawn_of(&line, 1, FEW);
  cairo_surface_t *stroked = chart_sample_render(draw_plot, &drawn, 640, 300, 1, &LIGHT);
  line = line_of(many, MANY);
  drawn.plot.x.high = MANY;
  cairo_surface_t *filled = chart_sample_render(draw_plot, &drawn, 640, 300, 1, &LIGHT);
  for (int i = 10; i < FEW - 10; i++) {
    g_assert_true(red_at(filled, &drawn, 1, i * 100, (double)few[i]));
    drawn.plot.x.high = FEW;
    g_assert_true(red_at(stroked, &drawn, 1, i, (double)few[i]));
    drawn.plot.x.high = MANY;
  }
  g_assert_cmpint(ABS(count_red(stroked) - count_red(filled)), <, count_red(stroked) / 5);
  cairo_surface_destroy(stroked);
  cairo_surface_destroy(filled);
}

static void draw_recorded(const Canvas *canvas, gpointer data) {
  cairo_surface_t *recording = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
  Canvas inner = *canvas;

  inner.cr = cairo_create(recording);
  inner.scale = ((const Drawn *)data)->known_scale;
  draw_plot(&inner, data);
  cairo_destroy(inner.cr);
  cairo_set_source_surface(canvas->cr, recording, 0, 0);
  cairo_paint(canvas->cr);
  cairo_surface_destroy(recording);
}

/* Toolkits record a drawing and draw it again at their scale: peaks are seen there too, and where
 * the scale is known it is the same to the pixel. */
static void test_recording(void) {
  enum { N = 50000 };
  g_autofree float *values = g_new0(float, N);

  for (int i = 0; i < N; i++)
    values[i] = sinf((float)i);
  values[20000] = 9;
  const Line line = line_of(values, N);
  Drawn direct = drawn_of(&line, 1, N);
  cairo_surface_t *right = chart_sample_render(draw_plot, &direct, 640, 300, 2, &LIGHT);
  for (int known = 0; known <= 2; known += 2) {
    Drawn drawn = drawn_of(&line, 1, N);
    drawn.known_scale = known;
    cairo_surface_t *surface = chart_sample_render(draw_recorded, &drawn, 640, 300, 2, &LIGHT);
    g_assert_true(red_at(surface, &drawn, 2, 20000, 8));
    g_assert_true(red_at(surface, &drawn, 2, 30000, 0));
    g_assert_false(red_at(surface, &drawn, 2, 30000, 5));
    for (int y = 100; y < 500 && known != 0; y++)
      for (int x = 100; x < 1200; x++)
        g_assert_cmphex(chart_sample_pixel(surface, x, y), ==, chart_sample_pixel(right, x, y));
    cairo_surface_destroy(surface);
  }
  cairo_surface_destroy(right);
}

/* NaN and infinities are holes; what is between two numbers is joined, also where the axis spreads
 * them over many columns. */
static void test_gaps(void) {
  enum { N = 20000 };
  g_autofree float *values = g_new0(float, N);

  for (int i = 8000; i < 12000; i++)
    values[i] = i % 2 == 0 ? NAN : INFINITY;
  const Line line = line_of(values, N);
  Drawn drawn = drawn_of(&line, 1, N);
  cairo_surface_t *surface = chart_sample_render(draw_plot, &drawn, 640, 300, 1, &LIGHT);
  g_assert_true(red_at(surface, &drawn, 1, 7900, 0));
  g_assert_true(red_at(surface, &drawn, 1, 12100, 0));
  for (int x = 8200; x < 11800; x += 50)
    g_assert_false(red_at(surface, &drawn, 1, x, 0));
  cairo_surface_destroy(surface);
  for (int i = 0; i < N; i++)
    values[i] = 1;
  drawn.plot.x = (Axis){.low = 0.5, .high = N, .logarithmic = TRUE};
  surface = chart_sample_render(draw_plot, &drawn, 640, 300, 1, &LIGHT);
  for (double x = 1; x < N; x *= 1.05)
    g_assert_true(red_at(surface, &drawn, 1, x, 1));
  cairo_surface_destroy(surface);
}

/* Zoomed in between points far apart, the line passes where it should. */
static void test_zoomed(void) {
  static const float X[] = {0, 1e6f}, Y[] = {-1e6f, 1e6f};
  const Line line = {.name = "x", .x = X, .y = Y, .n = 2, .color = RED};
  Drawn drawn = drawn_of(&line, 1, 0);

  drawn.plot.x = (Axis){.low = 500000 - 10, .high = 500000 + 10};
  drawn.plot.y = (Axis){.low = -20, .high = 20};
  cairo_surface_t *surface = chart_sample_render(draw_plot, &drawn, 640, 300, 1, &LIGHT);
  for (double x = -9; x <= 9; x += 0.5)
    g_assert_true(red_at(surface, &drawn, 1, 500000 + x, 2 * x));
  g_assert_false(red_at(surface, &drawn, 1, 500000 + 5, 0));
  cairo_surface_destroy(surface);
}

static void test_range(void) {
  static const float X[] = {1, 2, 4, 8}, Y[] = {3, NAN, -INFINITY, 5};
  static const float LOW[] = {2, 1, -9, 4}, HIGH[] = {4, 9, INFINITY, 6};
  Line line = {.x = X, .y = Y, .n = 4};
  double low, high;

  g_assert_true(lines_range(&line, 1, 0, 10, &low, &high));
  g_assert_cmpfloat(low, ==, 3);
  g_assert_cmpfloat(high, ==, 5);
  g_assert_true(lines_range(&line, 1, 0, 4, &low, &high));
  g_assert_cmpfloat(high, ==, 3);
  g_assert_false(lines_range(&line, 1, 1.5, 7, &low, &high));
  g_assert_false(lines_range(&line, 0, 0, 10, &low, &high));
  line.low = LOW;
  line.high = HIGH;
  g_assert_true(lines_range(&line, 1, 0, 10, &low, &high));
  g_assert_cmpfloat(low, ==, -9);
  g_assert_cmpfloat(high, ==, 9);
}

static void test_nearest(void) {
  static const float X[] = {1, 2, 4, 8};
  const Line line = {.x = X, .n = 4}, even = {.x0 = 10, .dx = 5, .n = 3}, empty = {.n = 0};

  g_assert_cmpuint(line_nearest(&line, -5), ==, 0);
  g_assert_cmpuint(line_nearest(&line, 2.9), ==, 1);
  g_assert_cmpuint(line_nearest(&line, 3.1), ==, 2);
  g_assert_cmpuint(line_nearest(&line, 99), ==, 3);
  g_assert_cmpuint(line_nearest(&even, 17.6), ==, 2);
  g_assert_true(line_nearest(&empty, 1) == G_MAXSIZE);
  g_assert_cmpfloat(line_x(&even, 2), ==, 20);
}

/* A curve of one point is a dot. */
static void test_single_point(void) {
  static const float VALUE[] = {4};
  const Line line = {.name = "x", .x0 = 5, .dx = 1, .y = VALUE, .n = 1, .color = RED, .width = 3};
  Drawn drawn = drawn_of(&line, 1, 10);
  cairo_surface_t *surface = chart_sample_render(draw_plot, &drawn, 240, 160, 1, &LIGHT);

  g_assert_true(red_at(surface, &drawn, 1, 5, 4));
  g_assert_cmpint(count_red(surface), <, 30);
  cairo_surface_destroy(surface);
}

/* Names that do not fit into one row get another, and the data moves down. */
static void test_legend(void) {
  static const char *const NAMES[] = {"training", "validation", "test", "all of the others"};
  static const float VALUES[] = {0, 0};
  Line lines[4];

  for (int i = 0; i < 4; i++) {
    lines[i] = line_of(VALUES, 2);
    lines[i].name = NAMES[i];
  }
  Drawn drawn = drawn_of(lines, 4, 1);
  drawn.plot.legend = TRUE;
  cairo_surface_destroy(chart_sample_render(draw_plot, &drawn, 900, 300, 1, &LIGHT));
  g_assert_true(drawn.planned_alike);
  const double wide = drawn.inside.y;
  cairo_surface_destroy(chart_sample_render(draw_plot, &drawn, 240, 300, 1, &LIGHT));
  g_assert_true(drawn.planned_alike);
  g_assert_cmpfloat(drawn.inside.y, >, wide + 13);
  for (int i = 0; i < 4; i++)
    lines[i].faint = TRUE;
  cairo_surface_destroy(chart_sample_render(draw_plot, &drawn, 240, 300, 1, &LIGHT));
  g_assert_cmpfloat(drawn.inside.y, <, wide);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/line_plot/extremes", test_extremes);
  g_test_add_func("/line_plot/ways_agree", test_ways_agree);
  g_test_add_func("/line_plot/recording", test_recording);
  g_test_add_func("/line_plot/gaps", test_gaps);
  g_test_add_func("/line_plot/zoomed", test_zoomed);
  g_test_add_func("/line_plot/range", test_range);
  g_test_add_func("/line_plot/nearest", test_nearest);
  g_test_add_func("/line_plot/single_point", test_single_point);
  g_test_add_func("/line_plot/legend", test_legend);
  return g_test_run();
}
