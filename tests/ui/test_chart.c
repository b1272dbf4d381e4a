/* Charts bear any data at any size, and a hit is what is seen. */
#include "tests/ui/chart_samples.h"
#include "ui/chart/bars.h"
#include "ui/chart/diagram.h"
#include "ui/chart/image_grid.h"
#include "ui/chart/line_plot.h"
#include "ui/chart/scatter.h"

#include <math.h>

static const Theme LIGHT = {.em = 13}, DARK = {.dark = TRUE, .em = 13};
static const Color RED = {1, 0, 0, 1}, BLACK = {0, 0, 0, 1};

static gboolean is_red(guint32 pixel) {
  return (pixel >> 16) > 180 && (pixel >> 8 & 0xff) < 170 && (pixel & 0xff) < 170;
}

/* --- anything at any size --- */

static void fill_bad(float *values, gsize n, int kind) {
  static const float ODD[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-40f, 0};

  for (gsize i = 0; i < n; i++)
    values[i] = kind == 0 ? NAN : kind == 1 ? 7 : kind == 2 ? ODD[i % G_N_ELEMENTS(ODD)] : (float)i;
}

typedef struct {
  float *values;
  gsize n;
  gboolean logarithmic;
} Odd;

static void draw_odd_lines(const Canvas *canvas, const Odd *odd) {
  const Rect area = {0, 0, canvas->width, canvas->height};
  double low = NAN, high = NAN;
  Line line = {.name = "x", .dx = 1, .y = odd->values, .n = odd->n, .color = RED};

  lines_range(&line, 1, 0, 1e9, &low, &high);
  LinePlot plot = {.x = axis_make(0, (double)odd->n, odd->logarithmic, "step"),
                   .y = axis_make(low, high, odd->logarithmic, "loss"),
                   .lines = &line,
                   .n_lines = 1,
                   .legend = TRUE};
  for (int style = LINE_SOLID; style <= LINE_DOTTED; style++) {
    line.style = style;
    line.markers = style == LINE_DASHED;
    line.low = line.high = style == LINE_DOTTED ? odd->values : NULL;
    const Rect inside = line_plot_draw(canvas, &area, &plot);
    line_plot_draw_cursor(canvas, &inside, &plot, (plot.x.low + plot.x.high) / 2);
  }
}

static void draw_odd_pictures(const Canvas *canvas, const Odd *odd) {
  const Rect area = {0, 0, canvas->width, canvas->height};
  const int side = (int)sqrt((double)odd->n);
  const GridLayout grid = grid_layout(&area, 3, MAX(side, 1), MAX(side, 1), 2, 5);

  for (int map = MAP_SEQUENTIAL; map <= MAP_INK && side > 0; map++) {
    const Scale scale = scale_fit(map, odd->values, odd->n);
    const Rect tile = grid_tile(&grid, map);
    const Picture picture = {odd->values, side, side, (gsize)side, 1, scale};
    picture_draw(canvas, &tile, &picture);
    picture_draw_numbers(canvas, &area, &picture);
    color_bar_draw(canvas, &area, &scale, "scale");
    highlight_draw(canvas, &tile);
  }
}

static void draw_odd(const Canvas *canvas, gpointer data) {
  const Odd *odd = data;
  const Rect area = {0, 0, canvas->width, canvas->height};
  const Axis x = axis_make(0, 1, odd->logarithmic, NULL), y = axis_make(0, 1, FALSE, "y");
  const Histogram histogram = histogram_make(odd->values, odd->n, 20);
  Bar bars[5];

  draw_odd_lines(canvas, odd);
  draw_odd_pictures(canvas, odd);
  histogram_draw(canvas, &area, &histogram, RED, "title");
  for (int i = 0; i < 5; i++)
    bars[i] = (Bar){"label", (gsize)i < odd->n ? (double)odd->values[i] : 0, RED, i == 1};
  bars_draw(canvas, &area, bars, 5, 0);
  scatter_draw(canvas, &area, &x, &y, &(Scatter){odd->values, odd->values, NULL, odd->n, 0});
  canvas_placeholder(canvas, &area, "Nothing yet.");
}

/* Empty, one, constant, broken and plain data, in areas from nothing to a wall: no warning (fatal
 * in tests), no endless loop, no broken context (chart_sample_render asserts it). */
static void test_odd_data(void) {
  static const gsize COUNTS[] = {0, 1, 2, 30, 3000};
  static const double SIZES[][2] = {{1, 1}, {3, 200}, {200, 3}, {40, 30}, {240, 160}};
  float values[3000];

  for (guint c = 0; c < G_N_ELEMENTS(COUNTS); c++)
    for (int kind = 0; kind < 4; kind++)
      for (guint s = 0; s < G_N_ELEMENTS(SIZES); s++)
        for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
          Odd odd = {values, COUNTS[c], logarithmic};
          fill_bad(values, COUNTS[c], kind);
          cairo_surface_destroy(chart_sample_render(draw_odd, &odd, SIZES[s][0], SIZES[s][1], 1,
                                                    s % 2 == 0 ? &LIGHT : &DARK));
        }
}

static void test_sizes(void) {
  static const double SIZES[][2] = {{1, 1}, {7, 90}, {90, 7}, {31, 27}, {2400, 1500}};

  for (const ChartSample *sample = CHART_SAMPLES; sample->name != NULL; sample++)
    for (guint s = 0; s < G_N_ELEMENTS(SIZES); s++)
      cairo_surface_destroy(
          chart_sample_render(sample->draw, NULL, SIZES[s][0], SIZES[s][1], 1, &DARK));
}

/* --- places --- */

static void test_rects(void) {
  Rect rect = {10, 20, 100, 50};
  const Rect top = rect_cut_top(&rect, 15), left = rect_cut_left(&rect, 30);
  const Rect all = rect_cut_right(&rect, 1000);

  g_assert_cmpfloat(top.height, ==, 15);
  g_assert_cmpfloat(rect.y, ==, 35);
  g_assert_cmpfloat(left.width, ==, 30);
  g_assert_cmpfloat(all.width, ==, 70);
  g_assert_cmpfloat(rect.width, ==, 0);
  g_assert_cmpfloat(rect_inset(top, 40).height, ==, 0);
  g_assert_true(rect_contains(&top, 10, 20));
  g_assert_false(rect_contains(&top, 110, 20));
}

/* Every pixel of every tile says where it is; gaps say nothing; tiles lie in the area. */
static void test_grid_hits(void) {
  static const int SIDES[] = {3, 26, 200};
  const Rect area = {5, 7, 400, 300};

  for (guint s = 0; s < G_N_ELEMENTS(SIDES); s++)
    for (int n = 1; n <= 33; n += 8) {
      const GridLayout grid = grid_layout(&area, n, SIDES[s], SIDES[s], 4, 10);
      g_assert_true(grid.zoom < 1 || grid.zoom == floor(grid.zoom));
      for (int i = 0; i < n; i++) {
        const Rect tile = grid_tile(&grid, i), label = grid_label(&grid, i);
        const ImageCell cell = {i, SIDES[s] - 1, SIDES[s] / 2}, none = {-1};
        const Rect place = grid_cell(&grid, cell);
        const ImageCell hit =
            grid_hit(&grid, place.x + place.width / 2, place.y + place.height / 2);
        g_assert_cmpmem(&hit, sizeof hit, &cell, sizeof cell);
        g_assert_cmpint(grid_hit(&grid, tile.x - 2, tile.y + 1).tile, ==, none.tile);
        g_assert_cmpint(grid_hit(&grid, label.x + 1, label.y + 1).tile, ==, none.tile);
        g_assert_cmpfloat(label.y, >=, area.y);
        g_assert_cmpfloat(tile.x, >=, area.x);
        g_assert_cmpfloat(tile.x + tile.width, <=, area.x + area.width + 1e-6);
        g_assert_cmpfloat(tile.y + tile.height, <=, area.y + area.height + 1e-6);
      }
    }
}

typedef struct {
  float values[12];
  Rect rect;
  Scale scale;
} Board;

static void draw_board(const Canvas *canvas, gpointer data) {
  const Board *board = data;

  picture_draw(canvas, &board->rect, &(Picture){board->values, 3, 4, 1, 3, board->scale});
}

/* Each pixel of a picture is one sharp square of its colour; strides may turn it. */
static void test_picture_pixels(void) {
  Board board = {.rect = {10, 20, 80, 60}, .scale = {MAP_SEQUENTIAL, 0, 11}};
  const double scales[] = {1, 2};

  for (int i = 0; i < 12; i++)
    board.values[i] = (float)i;
  board.values[5] = NAN;
  for (guint s = 0; s < 2; s++) {
    cairo_surface_t *surface = chart_sample_render(draw_board, &board, 100, 100, scales[s], &LIGHT);
    for (int y = 0; y < 60; y++)
      for (int x = 0; x < 80; x++) {
        const float value = board.values[y / 20 + x / 20 * 3];
        g_assert_cmphex(
            chart_sample_pixel(surface, (int)((10 + x) * scales[s]), (int)((20 + y) * scales[s])),
            ==, scale_pixel(&board.scale, &LIGHT, (double)value));
      }
    cairo_surface_destroy(surface);
  }
}

static const Rect BAR_AREA = {20, 10, 300, 120};

static void draw_three_bars(const Canvas *canvas, gpointer data) {
  const Bar bars[] = {{"a", 1, BLACK, FALSE}, {"b", -1, RED, FALSE}, {"c", 0.5, BLACK, FALSE}};

  bars_draw(canvas, &BAR_AREA, bars, 3, 0);
}

/* Leftmost and rightmost pixel of a colour in a row; -1: none. */
static void extent(cairo_surface_t *surface, int y, guint32 color, int *left, int *right) {
  *left = *right = -1;
  for (int x = 0; x < cairo_image_surface_get_width(surface); x++)
    if (chart_sample_pixel(surface, x, y) == color) {
      *left = *left < 0 ? x : *left;
      *right = x;
    }
}

static void test_bars(void) {
  cairo_surface_t *surface = chart_sample_render(draw_three_bars, NULL, 340, 140, 1, &LIGHT);
  int left[3], right[3];

  extent(surface, 30, 0x000000, &left[0], &right[0]);
  extent(surface, 70, 0xff0000, &left[1], &right[1]);
  extent(surface, 110, 0x000000, &left[2], &right[2]);
  g_assert_cmpint(ABS(right[1] - left[0]), <=, 2); /* they meet at zero */
  g_assert_cmpint(ABS(right[1] - left[1] - (right[0] - left[0])), <=, 2);
  g_assert_cmpint(ABS((right[0] - left[0]) - 2 * (right[2] - left[2])), <=, 3);
  for (int i = 0; i < 3; i++) {
    const Rect row = bars_row(&BAR_AREA, 3, i);
    g_assert_cmpint(bars_hit(NULL, &BAR_AREA, 3, row.x + 1, row.y + 1), ==, i);
    g_assert_cmpint(bars_hit(NULL, &BAR_AREA, 3, row.x + 1, row.y + row.height - 1), ==, i);
  }
  g_assert_cmpint(bars_hit(NULL, &BAR_AREA, 3, 0, 50), ==, -1);
  g_assert_cmpint(bars_hit(NULL, &BAR_AREA, 0, 50, 50), ==, -1);
  cairo_surface_destroy(surface);
}

static void test_histogram_counts(void) {
  const float values[] = {0, 0, 1, 2, 3, 4, NAN, INFINITY}, same[] = {0.1f, 0.1f, 0.1f};
  Histogram histogram = histogram_make(values, 8, 4);
  guint32 sum = 0;

  g_assert_cmpuint(histogram.total, ==, 6);
  g_assert_cmpuint(histogram.not_finite, ==, 2);
  g_assert_cmpuint(histogram.zeros, ==, 2);
  g_assert_cmpuint(histogram.count[0], ==, 2);
  g_assert_cmpuint(histogram.count[3], ==, 2); /* the upper end belongs to the last bin */
  g_assert_cmpfloat_with_epsilon(histogram.mean, 10.0 / 6, 1e-9);
  g_assert_cmpfloat_with_epsilon(histogram.deviation, sqrt(30.0 / 6 - 100.0 / 36), 1e-9);
  histogram = histogram_make(same, 3, HISTOGRAM_BINS);
  for (int i = 0; i < HISTOGRAM_BINS; i++)
    sum += histogram.count[i];
  g_assert_cmpuint(sum, ==, 3);
  g_assert_cmpfloat(histogram.deviation, ==, 0);
  g_assert_cmpfloat(histogram.low, <, histogram.high);
  histogram = histogram_make(NULL, 0, 1000);
  g_assert_cmpint(histogram.bins, ==, HISTOGRAM_BINS);
  g_assert_true(isnan(histogram.mean));
}

static const Rect HISTOGRAM_AREA = {10, 10, 220, 100};

static void draw_red_histogram(const Canvas *canvas, gpointer data) {
  histogram_draw(canvas, &HISTOGRAM_AREA, data, RED, "title");
}

/* Where a column is red, the hit is a bin that holds something, and the other way round. */
static void test_histogram_hits(void) {
  const float values[] = {1, 1, 1, 5, 5, 5, 9, 9, 9};
  Histogram histogram = histogram_make(values, 9, 8);
  cairo_surface_t *surface =
      chart_sample_render(draw_red_histogram, &histogram, 240, 120, 1, &LIGHT);
  const Canvas canvas = {.theme = &LIGHT};
  int seen = 0;

  for (int x = 15; x < 225; x++) {
    const int bin = histogram_hit(&canvas, &HISTOGRAM_AREA, &histogram, x + 0.5, 60);
    g_assert_cmpint(bin, >=, 0);
    const gboolean red = is_red(chart_sample_pixel(surface, x, 60));
    const int edge = histogram_hit(&canvas, &HISTOGRAM_AREA, &histogram, x + 2, 60);
    if (bin == edge && bin == histogram_hit(&canvas, &HISTOGRAM_AREA, &histogram, x - 1, 60))
      g_assert_true(red == (histogram.count[bin] > 0));
    seen |= 1 << bin;
  }
  g_assert_cmphex((guint)seen, ==, 0xff);
  g_assert_cmpint(histogram_hit(&canvas, &HISTOGRAM_AREA, &histogram, 5, 60), ==, -1);
  cairo_surface_destroy(surface);
}

static void test_scatter_hits(void) {
  const float x[] = {0, 1, 5, NAN, 20}, y[] = {0, 1, 5, 1, 5};
  const Scatter scatter = {x, y, NULL, 5, 0};
  const Axis axis = {.low = 0, .high = 10};
  const Rect inside = {0, 0, 100, 100};

  g_assert_cmpuint(scatter_hit(&inside, &axis, &axis, &scatter, 51, 52, 6), ==, 2);
  g_assert_cmpuint(scatter_hit(&inside, &axis, &axis, &scatter, 9, 91, 20), ==, 1);
  g_assert_true(scatter_hit(&inside, &axis, &axis, &scatter, 80, 20, 6) == G_MAXSIZE);
  /* Beyond the axes: not drawn, so not there. */
  g_assert_true(scatter_hit(&inside, &axis, &axis, &scatter, 200, 50, 6) == G_MAXSIZE);
}

/* Ten groups differ by colour and shape; none looks like another. */
static void draw_marker_of(const Canvas *canvas, gpointer data) {
  marker_draw(canvas, 10, 10, 12, *(const guint *)data);
}

static void test_markers(void) {
  cairo_surface_t *marks[PALETTE_SERIES];

  for (guint i = 0; i < PALETTE_SERIES; i++)
    marks[i] = chart_sample_render(draw_marker_of, &i, 20, 20, 1, &LIGHT);
  for (guint i = 0; i < PALETTE_SERIES; i++)
    for (guint k = 0; k < i; k++) {
      int differ = 0;
      for (int p = 0; p < 400; p++)
        differ += chart_sample_pixel(marks[i], p % 20, p / 20) !=
                  chart_sample_pixel(marks[k], p % 20, p / 20);
      g_assert_cmpint(differ, >, 40);
    }
  for (guint i = 0; i < PALETTE_SERIES; i++)
    cairo_surface_destroy(marks[i]);
}

/* --- diagrams --- */

static void check_boxes(const Rect *area, const DiagramBox *boxes, int n) {
  for (int i = 0; i < n; i++) {
    const Rect a = diagram_box(area, boxes, n, i, 13);
    g_assert_cmpint(diagram_hit(area, boxes, n, 13, a.x + a.width / 2, a.y + a.height / 2), ==, i);
    g_assert_cmpfloat(a.x, >=, area->x - 1e-6);
    g_assert_cmpfloat(a.y, >=, area->y - 1e-6);
    g_assert_cmpfloat(a.x + a.width, <=, area->x + area->width + 1e-6);
    g_assert_cmpfloat(a.y + a.height, <=, area->y + area->height + 1e-6);
    for (int k = 0; k < i; k++) {
      const Rect b = diagram_box(area, boxes, n, k, 13);
      g_assert_true(a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height ||
                    b.y >= a.y + a.height);
    }
  }
}

static void test_diagram(void) {
  const DiagramBox branches[] = {{.title = "a", .from = {-1}},
                                 {.title = "b", .from = {0, -1}},
                                 {.title = "c", .from = {0, -1}},
                                 {.title = "d", .from = {1, 2, -1}},
                                 {.title = "e", .from = {3, 0, -1}}};
  DiagramBox chain[12];

  for (int i = 0; i < 12; i++)
    chain[i] = (DiagramBox){.title = "x", .from = {i - 1, -1}};
  for (double size = 60; size < 1000; size *= 1.7) {
    const Rect tall = {3, 4, size, size * 1.4}, wide = {3, 4, size * 2, size / 2};
    check_boxes(&tall, chain, 12);
    check_boxes(&wide, chain, 12);
    check_boxes(&tall, branches, 5);
  }
  const Rect area = {0, 0, 400, 600};
  g_assert_cmpfloat(diagram_box(&area, branches, 5, 1, 13).y, ==,
                    diagram_box(&area, branches, 5, 2, 13).y);
  g_assert_cmpfloat(diagram_box(&area, branches, 5, 3, 13).y, >,
                    diagram_box(&area, branches, 5, 2, 13).y);
  g_assert_cmpint(diagram_hit(&area, branches, 5, 13, -5, 10), ==, -1);
  g_assert_cmpint(diagram_hit(&area, branches, 0, 13, 5, 10), ==, -1);
}

/* A residual net of forty blocks is laid out at once, not after 2^40 steps. */
static void test_deep_diagram(void) {
  enum { N = 80 };
  DiagramBox boxes[N];
  const Rect area = {0, 0, 400, 4000};

  for (int i = 0; i < N; i++)
    boxes[i] = (DiagramBox){.title = "x", .from = {i - 1, i > 1 ? i - 2 : -1, -1}};
  check_boxes(&area, boxes, N);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/chart/odd_data", test_odd_data);
  g_test_add_func("/chart/sizes", test_sizes);
  g_test_add_func("/chart/rects", test_rects);
  g_test_add_func("/chart/grid/hits", test_grid_hits);
  g_test_add_func("/chart/grid/pixels", test_picture_pixels);
  g_test_add_func("/chart/bars", test_bars);
  g_test_add_func("/chart/histogram/counts", test_histogram_counts);
  g_test_add_func("/chart/histogram/hits", test_histogram_hits);
  g_test_add_func("/chart/scatter/hits", test_scatter_hits);
  g_test_add_func("/chart/scatter/markers", test_markers);
  g_test_add_func("/chart/diagram/places", test_diagram);
  g_test_add_func("/chart/diagram/deep", test_deep_diagram);
  return g_test_run();
}
