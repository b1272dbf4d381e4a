#include "tests/ui/chart_samples.h"

#include "core/base/rng.h"
#include "ui/chart/bars.h"
#include "ui/chart/diagram.h"
#include "ui/chart/image_grid.h"
#include "ui/chart/line_plot.h"
#include "ui/chart/scatter.h"

#include <math.h>
#include <pango/pangocairo.h>

#define FAMILY "DejaVu Sans"

static Rect whole(const Canvas *canvas) {
  return rect_inset((Rect){0, 0, canvas->width, canvas->height}, 4);
}

static void noise(float *values, gsize n, guint32 seed) {
  const Rng rng = rng_new(seed, RNG_TEST, 0);

  for (gsize i = 0; i < n; i++)
    values[i] = (float)rng_normal(&rng, i);
}

/* --- curves --- */

static void falling(float *values, gsize n, guint32 seed) {
  noise(values, n, seed);
  for (gsize i = 0; i < n; i++)
    values[i] =
        (float)((0.15 + 2.1 * exp(-6.0 * (double)i / (double)n)) * exp(0.25 * (double)values[i]));
}

static const float EPOCH_X[] = {40, 80, 120, 160, 200};
static const float EPOCH_Y[] = {1.02f, 0.55f, 0.38f, 0.33f, 0.35f};

static Line validation(const Theme *theme) {
  return (Line){.name = "validation",
                .x = EPOCH_X,
                .y = EPOCH_Y,
                .n = G_N_ELEMENTS(EPOCH_X),
                .color = theme_series(theme, 1),
                .style = LINE_DASHED,
                .width = 2,
                .markers = TRUE};
}

static void draw_loss(const Canvas *canvas, gpointer data) {
  float raw[200], smooth[200];
  const Rect area = whole(canvas);

  falling(raw, 200, 1);
  smooth[0] = raw[0];
  for (int i = 1; i < 200; i++)
    smooth[i] = 0.9f * smooth[i - 1] + 0.1f * raw[i];
  const Color blue = theme_series(canvas->theme, 0);
  const Line lines[] = {
      {.name = "batch", .x0 = 1, .dx = 1, .y = raw, .n = 200, .color = blue, .faint = TRUE},
      {.name = "training", .x0 = 1, .dx = 1, .y = smooth, .n = 200, .color = blue, .width = 2},
      validation(canvas->theme)};
  const LineMark marks[] = {{95, "learning rate = 0.01", theme_dim(canvas->theme)},
                            {160, "best", theme_series(canvas->theme, 1)},
                            {196, "stop", theme_dim(canvas->theme)}};
  LinePlot plot = {.x = {.low = 0, .high = 200, .integer = TRUE, .title = "step"},
                   .y = axis_make(0, 2.8, FALSE, "loss"),
                   .lines = lines,
                   .n_lines = 3,
                   .marks = marks,
                   .n_marks = 3,
                   .legend = TRUE};
  plot.y.low = 0;
  const Rect inside = line_plot_draw(canvas, &area, &plot);
  if (data != NULL)
    line_plot_draw_cursor(canvas, &inside, &plot, *(const double *)data);
}

static void draw_cursor(const Canvas *canvas, gpointer data) {
  double step = 61;

  draw_loss(canvas, &step);
}

/* Twenty thousand noisy points, a dashed smooth line of as many, and a hole. */
static void draw_dense(const Canvas *canvas, gpointer data) {
  enum { N = 20000 };
  g_autofree float *raw = g_new(float, N), *low = g_new(float, N), *high = g_new(float, N);
  const Rect area = whole(canvas);

  falling(raw, N, 2);
  for (int i = 0; i < N; i++) {
    low[i] = 0.4f + 0.3f * sinf((float)i / 1500);
    high[i] = raw[i];
    if (i > 12000 && i < 13500)
      raw[i] = NAN;
  }
  const Line lines[] = {
      {.name = "batch", .dx = 1, .y = raw, .n = N, .color = theme_series(canvas->theme, 0)},
      {.name = "norm",
       .dx = 1,
       .y = low,
       .n = N,
       .color = theme_series(canvas->theme, 1),
       .style = LINE_DASHED,
       .width = 2}};
  const LinePlot plot = {.x = {.low = 0, .high = N, .integer = TRUE, .title = "step"},
                         .y = axis_make(0, 4, FALSE, "loss"),
                         .lines = lines,
                         .n_lines = 2,
                         .legend = TRUE};
  line_plot_draw(canvas, &area, &plot);
}

/* Both axes logarithmic; each point stands for a range. */
static void draw_logarithmic(const Canvas *canvas, gpointer data) {
  enum { N = 3000 };
  g_autofree float *mean = g_new(float, N), *low = g_new(float, N), *high = g_new(float, N);
  const Rect area = whole(canvas);

  noise(mean, N, 3);
  for (int i = 0; i < N; i++) {
    const float level = 3 / sqrtf(1 + (float)i);
    low[i] = level * 0.6f;
    high[i] = level * 1.5f;
    mean[i] = level * expf(0.1f * mean[i]);
  }
  const Line line = {.name = "training",
                     .x0 = 1,
                     .dx = 1,
                     .y = mean,
                     .low = low,
                     .high = high,
                     .n = N,
                     .color = theme_series(canvas->theme, 0)};
  const LinePlot plot = {.x = axis_make(1, N, TRUE, "step"),
                         .y = axis_make(0.03, 4, TRUE, "loss"),
                         .lines = &line,
                         .n_lines = 1};
  line_plot_draw(canvas, &area, &plot);
}

/* --- pictures --- */

static void draw_filters(const Canvas *canvas, gpointer data) {
  float values[32 * 9];
  Rect area = whole(canvas);
  const Rect bar = rect_cut_bottom(&area, color_bar_height(canvas));

  noise(values, G_N_ELEMENTS(values), 4);
  values[40] = NAN;
  const Scale scale = scale_fit(MAP_SIGNED, values, G_N_ELEMENTS(values));
  const GridLayout grid = grid_layout(&area, 32, 3, 3, 4, 0);
  for (int i = 0; i < 32; i++) {
    const Rect tile = grid_tile(&grid, i);
    picture_draw(canvas, &tile, &(Picture){values + (gsize)i * 9, 3, 3, 3, 1, scale});
  }
  const Rect chosen = grid_tile(&grid, 10), cell = grid_cell(&grid, (ImageCell){10, 1, 1});
  highlight_draw(canvas, &chosen);
  highlight_draw(canvas, &cell);
  color_bar_draw(canvas, &bar, &scale, "weight");
}

static void draw_maps(const Canvas *canvas, gpointer data) {
  enum { SIDE = 26 };
  float values[SIDE * SIDE];
  Rect area = whole(canvas);
  const Rect bar = rect_cut_bottom(&area, color_bar_height(canvas));
  const Scale scale = {MAP_SEQUENTIAL, 0, 2};
  const double label = 1.2 * canvas->theme->em;
  const GridLayout grid = grid_layout(&area, 8, SIDE, SIDE, 6, label);

  for (int i = 0; i < 8; i++) {
    for (int k = 0; k < SIDE * SIDE; k++) {
      const double x = k % SIDE - 12.5, y = (double)k / SIDE - 12.5;
      values[k] = (float)round(4 + 4 * cos(hypot(x, y) * (0.2 + 0.05 * i))) / 4;
    }
    const Rect tile = grid_tile(&grid, i), head = grid_label(&grid, i);
    picture_draw(canvas, &tile,
                 &(Picture){values, SIDE, SIDE, SIDE, 1, i == 7 ? (Scale){MAP_INK, 0, 2} : scale});
    char name[16];
    g_snprintf(name, sizeof name, "%d", i);
    canvas_text_in(canvas, &head, &(TextStyle){.size = 0.8, .color = theme_dim(canvas->theme)},
                   name);
  }
  color_bar_draw(canvas, &bar, &scale, "activation");
}

static void draw_matrix(const Canvas *canvas, gpointer data) {
  float values[16];
  const Rect area = whole(canvas);
  const GridLayout grid = grid_layout(&area, 1, 4, 4, 0, 0);
  const Rect tile = grid_tile(&grid, 0);

  noise(values, 16, 5);
  const Picture picture = {values, 4, 4, 4, 1, scale_fit(MAP_SIGNED, values, 16)};
  picture_draw(canvas, &tile, &picture);
  picture_draw_numbers(canvas, &tile, &picture);
}

/* --- bars and histogram --- */

static void draw_bars(const Canvas *canvas, gpointer data) {
  static const char *const LABELS[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  Bar bars[10];
  const Rect area = whole(canvas);

  for (int i = 0; i < 10; i++)
    bars[i] = (Bar){LABELS[i], i == 7 ? 0.93 : 0.12 * i / 45, theme_series(canvas->theme, (guint)i),
                    i == 7};
  bars_draw(canvas, &area, bars, 10, 1);
}

static void draw_signed_bars(const Canvas *canvas, gpointer data) {
  const Color blue = theme_series(canvas->theme, 0), orange = theme_series(canvas->theme, 1);
  const Bar bars[] = {{"kernel", 1.25, orange, FALSE},
                      {"bias", -0.6, blue, TRUE},
                      {"a name that is too long for its column", -2.11, blue, FALSE},
                      {"nothing", NAN, blue, FALSE},
                      {"zero", 0, blue, FALSE}};
  const Rect area = whole(canvas);

  bars_draw(canvas, &area, bars, G_N_ELEMENTS(bars), 0);
}

static void draw_histogram(const Canvas *canvas, gpointer data) {
  enum { N = 5000 };
  g_autofree float *values = g_new(float, N);
  const Rect area = whole(canvas);

  noise(values, N, 6);
  const Histogram histogram = histogram_make(values, N, 40);
  histogram_draw(canvas, &area, &histogram, theme_series(canvas->theme, 2), "conv1.kernel");
}

/* --- the others --- */

static void draw_scatter(const Canvas *canvas, gpointer data) {
  enum { N = 120 };
  float x[N], y[N];
  int group[N];
  const Rect area = whole(canvas);
  const Axis across = axis_make(-3, 3, FALSE, "first component");
  const Axis up = axis_make(-3, 3, FALSE, "second component");

  noise(x, N, 7);
  noise(y, N, 8);
  for (int i = 0; i < N; i++) {
    group[i] = i % 10;
    x[i] = 2 * cosf((float)group[i] * 0.628f) + 0.22f * x[i];
    y[i] = 2 * sinf((float)group[i] * 0.628f) + 0.22f * y[i];
  }
  const Rect inside = axes_draw(canvas, &area, &across, &up);
  scatter_draw(canvas, &inside, &across, &up, &(Scatter){x, y, group, N, 7});
}

static void draw_chain(const Canvas *canvas, gpointer data) {
  const Color blue = theme_series(canvas->theme, 0), grey = theme_dim(canvas->theme);
  const DiagramBox boxes[] = {
      {"input · Input", {"28 × 28 × 1", NULL}, {-1}, grey, -1},
      {"conv1 · Conv2D", {"26 × 26 × 32", "320 parameters", NULL}, {0, -1}, blue, 0.61},
      {"pool1 · MaxPooling2D", {"13 × 13 × 32", NULL}, {1, -1}, grey, 0.02},
      {"dense1 · Dense", {"10", "54 090 parameters", "108 kFLOP"}, {2, -1}, blue, 0.37}};
  const Rect area = whole(canvas);

  diagram_draw(canvas, &area, boxes, G_N_ELEMENTS(boxes), 1);
}

/* A residual block, and two branches that meet. */
static void draw_branches(const Canvas *canvas, gpointer data) {
  const Color blue = theme_series(canvas->theme, 0), grey = theme_dim(canvas->theme);
  const DiagramBox boxes[] = {{"input", {NULL}, {-1}, grey, -1},
                              {"conv1", {"320 parameters", NULL}, {0, -1}, blue, -1},
                              {"conv2", {"320 parameters", NULL}, {1, -1}, blue, -1},
                              {"add", {NULL}, {2, 0, -1}, grey, -1},
                              {"left", {NULL}, {3, -1}, blue, -1},
                              {"right", {NULL}, {3, -1}, blue, -1},
                              {"join", {NULL}, {4, 5, -1}, grey, -1}};
  const Rect area = whole(canvas);

  diagram_draw(canvas, &area, boxes, G_N_ELEMENTS(boxes), -1);
}

static void draw_placeholder(const Canvas *canvas, gpointer data) {
  const Rect area = whole(canvas);

  canvas_placeholder(canvas, &area, "Nothing trained yet. Space starts training.");
}

const ChartSample CHART_SAMPLES[] = {{"loss", draw_loss},
                                     {"cursor", draw_cursor},
                                     {"dense", draw_dense},
                                     {"logarithmic", draw_logarithmic},
                                     {"filters", draw_filters},
                                     {"maps", draw_maps},
                                     {"matrix", draw_matrix},
                                     {"bars", draw_bars},
                                     {"signed_bars", draw_signed_bars},
                                     {"histogram", draw_histogram},
                                     {"scatter", draw_scatter},
                                     {"chain", draw_chain},
                                     {"branches", draw_branches},
                                     {"placeholder", draw_placeholder},
                                     {NULL}};

/* --- surfaces --- */

cairo_surface_t *chart_sample_render(ChartDraw draw, gpointer data, double width, double height,
                                     double scale, const Theme *theme) {
  cairo_surface_t *surface = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, (int)ceil(width * scale), (int)ceil(height * scale));
  cairo_surface_set_device_scale(surface, scale, scale);
  cairo_t *cr = cairo_create(surface);
  const Canvas canvas = {cr, width, height, theme};

  canvas_set_color(&canvas, theme_background(theme));
  cairo_paint(cr);
  draw(&canvas, data);
  g_assert_cmpint(cairo_status(cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy(cr);
  cairo_surface_flush(surface);
  return surface;
}

guint32 chart_sample_pixel(cairo_surface_t *surface, int x, int y) {
  const guint8 *data = cairo_image_surface_get_data(surface);
  const gsize stride = (gsize)cairo_image_surface_get_stride(surface);

  return ((const guint32 *)(gconstpointer)(data + (gsize)y * stride))[x] & 0xffffff;
}

const char *chart_sample_family(void) {
  PangoFontFamily **families;
  gboolean there = FALSE;
  int n;

  pango_font_map_list_families(pango_cairo_font_map_get_default(), &families, &n);
  for (int i = 0; i < n; i++)
    there = there || g_str_equal(pango_font_family_get_name(families[i]), FAMILY);
  g_free(families);
  return there ? FAMILY : NULL;
}
