/* Axes: round ticks that tell their values apart, whatever the range and the room. */
#include "tests/ui/chart_samples.h"
#include "ui/chart/axis.h"

#include <math.h>
#include <string.h>

#define SPACING 40.0

static Axis range(double low, double high, gboolean logarithmic) {
  return (Axis){.low = low, .high = high, .logarithmic = logarithmic};
}

static int labelled(const Tick *ticks, int n) {
  int count = 0;

  for (int i = 0; i < n; i++)
    count += !ticks[i].minor;
  return count;
}

static void assert_labels(const Axis *axis, double room, const char *const *labels) {
  Tick ticks[AXIS_MAX_TICKS];
  const int n = axis_ticks(axis, room, SPACING, ticks);
  int k = 0;

  for (int i = 0; i < n; i++)
    if (!ticks[i].minor) {
      g_assert_nonnull(labels[k]);
      g_assert_cmpstr(ticks[i].label, ==, labels[k++]);
    }
  g_assert_null(labels[k]);
}
#define assert_ticks(low, high, logarithmic, room, ...)                                            \
  assert_labels(&(Axis){low, high, logarithmic}, room, (const char *const[]){__VA_ARGS__, NULL})

static void test_linear_labels(void) {
  assert_ticks(0, 1, FALSE, 240, "0.0", "0.2", "0.4", "0.6", "0.8", "1.0");
  assert_ticks(0, 1.3, FALSE, 240, "0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2");
  assert_ticks(-3, 3, FALSE, 80, "−2", "0", "2");
  assert_ticks(0, 2345, FALSE, 200, "0", "500", "1 000", "1 500", "2 000");
  assert_ticks(0, 2e6, FALSE, 200, "0", "5e5", "1e6", "1.5e6", "2e6");
  assert_ticks(0, 2e-6, FALSE, 200, "0", "5e−7", "1e−6", "1.5e−6", "2e−6");
  assert_ticks(0.12341, 0.12344, FALSE, 120, "0.12341", "0.12342", "0.12343", "0.12344");
  assert_ticks(10000000, 10000004, FALSE, 160, "10 000 000", "10 000 001", "10 000 002",
               "10 000 003", "10 000 004");
}

static void test_logarithmic_labels(void) {
  assert_ticks(0.01, 100, TRUE, 200, "0.01", "0.1", "1", "10", "100");
  assert_ticks(1, 10, TRUE, 200, "1", "2", "5", "10");
  assert_ticks(1e-8, 1, TRUE, 160, "1e−8", "1e−6", "1e−4", "0.01", "1");
  assert_ticks(3, 4, TRUE, 120, "3.0", "3.5", "4.0"); /* no decade in sight */
}

static void test_integer(void) {
  Axis axis = range(0, 3, FALSE);
  Tick ticks[AXIS_MAX_TICKS];

  axis.integer = TRUE;
  assert_labels(&axis, 2000, (const char *const[]){"0", "1", "2", "3", NULL});
  axis.high = 0.5;
  assert_labels(&axis, 2000, (const char *const[]){"0", NULL});
  axis.high = 12345;
  const int n = axis_ticks(&axis, 300, SPACING, ticks);
  for (int i = 0; i < n; i++)
    g_assert_cmpfloat(ticks[i].value, ==, floor(ticks[i].value));
}

/* 1, 2 or 5 times a power of ten. */
static gboolean is_round(double value) {
  const double first = value / pow(10, floor(log10(value) + 1e-9));

  return fabs(first - 1) < 1e-6 || fabs(first - 2) < 1e-6 || fabs(first - 5) < 1e-6;
}

static void check_ticks(const Axis *axis, double room) {
  Tick ticks[AXIS_MAX_TICKS];
  const int n = axis_ticks(axis, room, SPACING, ticks);
  const double slack = 1e-6 * (axis->high - axis->low);
  const Tick *last = NULL;

  g_assert_cmpint(n, <=, AXIS_MAX_TICKS);
  g_assert_cmpint(labelled(ticks, n), <=, 2 * room / SPACING + 4);
  for (int i = 0; i < n; i++) {
    g_assert_cmpfloat(ticks[i].value, >=, axis->low - slack);
    g_assert_cmpfloat(ticks[i].value, <=, axis->high + slack);
    g_assert_true(!axis->logarithmic || ticks[i].value > axis->low * (1 - 1e-6));
    g_assert_true(i == 0 || ticks[i].value > ticks[i - 1].value);
    g_assert_true(ticks[i].minor == (ticks[i].label[0] == '\0'));
    g_assert_true(g_utf8_validate(ticks[i].label, -1, NULL));
    if (ticks[i].minor)
      continue;
    g_assert_true(last == NULL || strcmp(last->label, ticks[i].label) != 0);
    if (last != NULL && !axis->logarithmic)
      g_assert_true(is_round(ticks[i].value - last->value));
    last = &ticks[i];
  }
}

/* Ranges from 1e-12 to 1e12, near zero and far from it, in little and in much room. */
static void test_any_range(void) {
  for (int power = -12; power <= 12; power++)
    for (int at = 0; at < 6; at++)
      for (double room = 20; room < 2000; room *= 1.7) {
        const double size = pow(10, power) * (1 + 0.37 * at), low = size * (at - 3) * 7;
        const Axis axis = range(low, low + size, FALSE);
        Tick ticks[AXIS_MAX_TICKS];
        check_ticks(&axis, room);
        if (room > 2.5 * SPACING)
          g_assert_cmpint(axis_ticks(&axis, room, SPACING, ticks), >=, 2);
      }
}

static void test_any_logarithmic_range(void) {
  for (int low = -12; low <= 6; low++)
    for (double decades = 0.2; decades < 25; decades *= 1.4)
      for (double room = 10; room < 2000; room *= 1.7) {
        const double from = 1.3 * pow(10, low);
        const Axis axis = range(from, from * pow(10, decades), TRUE);
        Tick ticks[AXIS_MAX_TICKS];
        check_ticks(&axis, room);
        if (room > 2.5 * SPACING)
          g_assert_cmpint(labelled(ticks, axis_ticks(&axis, room, SPACING, ticks)), >=, 2);
      }
}

/* A decade between two labels has lines at its multiples. */
static void test_minor(void) {
  const Axis axis = range(1, 1000, TRUE);
  Tick ticks[AXIS_MAX_TICKS];
  const int n = axis_ticks(&axis, 150, SPACING, ticks);

  g_assert_cmpint(n, ==, 28);
  g_assert_cmpint(labelled(ticks, n), ==, 4);
  for (int i = 0; i < n; i++)
    g_assert_true(ticks[i].minor == (i % 9 != 0));
}

static void test_bad_ranges(void) {
  static const double BAD[] = {NAN, INFINITY, -INFINITY, 0, -1, 1, 1e308, -1e308, 1e-320, 5, 5};
  Tick ticks[AXIS_MAX_TICKS];

  for (guint i = 0; i < G_N_ELEMENTS(BAD); i++)
    for (guint k = 0; k < G_N_ELEMENTS(BAD); k++)
      for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
        const Axis axis = axis_make(BAD[i], BAD[k], logarithmic, "x");
        g_assert_true(isfinite(axis.low) && isfinite(axis.high));
        g_assert_cmpfloat(axis.low, <, axis.high);
        g_assert_true(!logarithmic || axis.low > 0);
        check_ticks(&axis, 300);
        if (isfinite(BAD[i]) && fabs(BAD[i]) < 1e150 && !logarithmic)
          g_assert_true(axis.low <= BAD[i] && axis.high >= BAD[i]);
      }
  g_assert_cmpint(axis_ticks(&(Axis){1, 1}, 100, SPACING, ticks), ==, 0);
  g_assert_cmpint(axis_ticks(&(Axis){NAN, 1}, 100, SPACING, ticks), ==, 0);
  g_assert_cmpint(axis_ticks(&(Axis){0, 1}, 0, SPACING, ticks), ==, 0);
}

static void test_units(void) {
  const Axis linear = range(-2, 6, FALSE), logarithmic = range(0.1, 1000, TRUE);
  const Rect inside = {10, 20, 100, 50};

  g_assert_cmpfloat(axis_to_unit(&linear, 0), ==, 0.25);
  g_assert_cmpfloat_with_epsilon(axis_to_unit(&logarithmic, 10), 0.5, 1e-12);
  g_assert_true(isinf(axis_to_unit(&logarithmic, 0)));
  for (double unit = -0.5; unit < 1.6; unit += 0.1) {
    g_assert_cmpfloat_with_epsilon(axis_to_unit(&linear, axis_from_unit(&linear, unit)), unit,
                                   1e-12);
    g_assert_cmpfloat_with_epsilon(axis_to_unit(&logarithmic, axis_from_unit(&logarithmic, unit)),
                                   unit, 1e-12);
  }
  g_assert_cmpfloat(axis_x(&linear, &inside, 6), ==, 110);
  g_assert_cmpfloat(axis_y(&linear, &inside, 6), ==, 20);
  g_assert_cmpfloat(axis_y(&linear, &inside, -2), ==, 70);
}

/* --- the frame --- */

typedef struct {
  Axis x, y;
  Rect area, drawn, planned;
} Frame;

static void draw_frame(const Canvas *canvas, gpointer data) {
  Frame *frame = data;

  frame->planned = axes_inside(canvas, &frame->area, &frame->x, &frame->y);
  frame->drawn = axes_draw(canvas, &frame->area, &frame->x, &frame->y);
}

/* The data rectangle lies within the area; nothing is drawn outside the area; both functions agree.
 */
static void test_frame(void) {
  const Theme theme = {.em = 13, .family = chart_sample_family()};

  for (double size = 30; size < 500; size *= 1.6) {
    Frame frame = {axis_make(0, 123456, FALSE, "step"), axis_make(1e-5, 1e5, TRUE, "loss")};
    frame.area = (Rect){20, 20, size * 1.5, size};
    cairo_surface_t *surface = chart_sample_render(draw_frame, &frame, frame.area.width + 40,
                                                   frame.area.height + 40, 1, &theme);
    g_assert_cmpmem(&frame.drawn, sizeof(Rect), &frame.planned, sizeof(Rect));
    g_assert_cmpfloat(frame.drawn.x, >=, 20);
    g_assert_cmpfloat(frame.drawn.x + frame.drawn.width, <=, 20 + frame.area.width);
    g_assert_cmpfloat(frame.drawn.y + frame.drawn.height, <=, 20 + frame.area.height);
    for (int y = 0; y < cairo_image_surface_get_height(surface); y++)
      for (int x = 0; x < cairo_image_surface_get_width(surface); x++)
        if (!rect_contains(&frame.area, x, y))
          g_assert_cmphex(chart_sample_pixel(surface, x, y), ==, 0xffffff);
    cairo_surface_destroy(surface);
  }
}

static void test_numbers(void) {
  static const struct {
    double value;
    const char *text;
  } CASES[] = {{0, "0"},
               {1234.6, "1 235"},
               {-0.5, "−0.5"},
               {0.000123, "1.23e−4"},
               {999999, "999 999"},
               {1e6, "1e6"},
               {NAN, "—"},
               {INFINITY, "∞"},
               {-INFINITY, "−∞"},
               {3.14159, "3.14"},
               {0.0995, "0.0995"},
               {-1234567, "−1.23e6"}};
  char text[NUMBER_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS(CASES); i++)
    g_assert_cmpstr(number_text(CASES[i].value, text), ==, CASES[i].text);
  g_assert_cmpstr(count_text(41200, text), ==, "41 200");
  g_assert_cmpstr(count_text(-1000, text), ==, "−1 000");
  g_assert_cmpstr(scientific_text(-0.00012, 4, text), ==, "−1.2e−4");
  g_assert_cmpstr(scientific_text(NAN, 2, text), ==, "—");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/axis/linear_labels", test_linear_labels);
  g_test_add_func("/axis/logarithmic_labels", test_logarithmic_labels);
  g_test_add_func("/axis/integer", test_integer);
  g_test_add_func("/axis/any_range", test_any_range);
  g_test_add_func("/axis/any_logarithmic_range", test_any_logarithmic_range);
  g_test_add_func("/axis/minor", test_minor);
  g_test_add_func("/axis/bad_ranges", test_bad_ranges);
  g_test_add_func("/axis/units", test_units);
  g_test_add_func("/axis/frame", test_frame);
  g_test_add_func("/axis/numbers", test_numbers);
  return g_test_run();
}
