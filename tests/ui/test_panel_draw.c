/* Drawing a digit: ink, undo, preparation, the answer, by pointer and by keyboard. */
#include "tests/ui/explain_fixture.h"
#include "tests/ui/panel_fixture.h"

#include "ui/explain/explanation.h"
#include "ui/panels/draw_sheet.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#define WIDTH 560
#define HEIGHT 340

/* --- a panel whose host answers --- */

typedef struct {
  ExplainFixture *fixture; /* whose model reads what is drawn; NULL: nobody does */
  Easel *easel;
  Panel *panel;
  float pixels[INK_PIXELS]; /* the last picture */
  int pictures, wiped, deeds;
} Desk;

static void draw_input_cb(gpointer data, const float *pixels) {
  Desk *self = data;

  self->pictures++;
  self->wiped += pixels == NULL;
  if (pixels == NULL)
    return;
  memcpy(self->pixels, pixels, sizeof self->pixels);
  if (self->fixture == NULL)
    return;
  const Run *run = self->fixture->run;
  probe_run(self->fixture->look->drawing, run->parameters, run->step, run->dataset,
            DATASET_VALIDATION, 3, pixels);
}

static void did_cb(gpointer data, const char *what) {
  g_assert_cmpstr(what, ==, "draw_digit");
  ((Desk *)data)->deeds++;
}

static Desk *desk_new(ExplainFixture *fixture) {
  Desk *self = g_new0(Desk, 1);
  const PanelHost host = {.data = self, .draw_input = draw_input_cb, .did = did_cb};
  const PanelFixture *f = fixture == NULL ? panel_fixture() : NULL;
  const Lesson *lesson = f != NULL ? f->lesson : fixture->lesson;
  const Dataset *dataset = f != NULL ? f->dataset : fixture->dataset;

  self->fixture = fixture;
  self->easel = easel_new(WIDTH, HEIGHT, FALSE, 13);
  self->panel = panel_new(panel_class_find("draw_digit"), lesson, dataset,
                          f != NULL ? f->model : fixture->run->model, NULL, &host);
  if (fixture != NULL)
    panel_look(self->panel, fixture->look);
  return self;
}

static void desk_free(Desk *self) {
  panel_free(self->panel);
  easel_free(self->easel);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Desk, desk_free)

static gboolean point(Desk *self, PointerKind kind, double column, double row) {
  const DrawPlaces places = draw_sheet_places(&self->easel->canvas);
  const double zoom = places.sheet.width / INK_SIDE;

  return self->panel->klass->pointer(self->panel, &self->easel->canvas, kind,
                                     places.sheet.x + column * zoom, places.sheet.y + row * zoom);
}

/* A line through points of the sheet, "x,y x,y …", moved and enlarged. */
static void line(Desk *self, const char *points, double dx, double dy, double scale) {
  g_auto(GStrv) words = g_strsplit(points, " ", 0);
  double column = 0, row = 0;

  for (int i = 0; words[i] != NULL; i++) {
    char *comma;
    column = dx + scale * g_ascii_strtod(words[i], &comma);
    row = dy + scale * g_ascii_strtod(comma + 1, NULL);
    g_assert_true(point(self, i == 0 ? POINTER_PRESS : POINTER_DRAG, column, row));
  }
  g_assert_true(point(self, POINTER_RELEASE, column, row));
}

static gboolean key(Desk *self, const char *name, gboolean control) {
  return self->panel->klass->key(self->panel, name, control);
}

static gboolean sensitive(const Desk *self, const char *id) {
  return self->panel->klass->control_sensitive(self->panel, id);
}

static double ink(const Desk *self) {
  double sum = 0;

  for (int i = 0; i < INK_PIXELS; i++)
    sum += (double)self->pixels[i];
  return sum;
}

/* --- undo and clear --- */

static void test_undo(void) {
  g_autoptr(Desk) desk = desk_new(NULL);
  float before[INK_PIXELS];

  g_assert_false(sensitive(desk, "undo"));
  g_assert_false(sensitive(desk, "clear"));
  g_assert_false(key(desk, "z", TRUE));
  g_assert_false(key(desk, "Delete", FALSE));
  line(desk, "8,5 8,22", 0, 0, 1);
  g_assert_true(sensitive(desk, "undo"));
  g_assert_true(sensitive(desk, "clear"));
  memcpy(before, desk->pixels, sizeof before);
  line(desk, "8,14 20,14", 0, 0, 1);
  g_assert_true(memcmp(before, desk->pixels, sizeof before) != 0);
  g_assert_cmpint(desk->deeds, ==, 2);
  g_assert_true(key(desk, "z", TRUE));
  g_assert_cmpmem(before, sizeof before, desk->pixels, sizeof before);
  panel_set_value(desk->panel, "clear", 1);
  g_assert_cmpint(desk->wiped, ==, 1);
  g_assert_false(sensitive(desk, "clear"));
  g_assert_true(sensitive(desk, "undo"));
  panel_set_value(desk->panel, "undo", 1); /* what was cleared comes back */
  g_assert_cmpmem(before, sizeof before, desk->pixels, sizeof before);
  g_assert_true(key(desk, "Delete", FALSE));
  g_assert_true(key(desk, "z", TRUE));
  g_assert_true(key(desk, "z", TRUE));
  g_assert_false(sensitive(desk, "undo"));
  g_assert_false(key(desk, "z", TRUE));
  g_assert_cmpint(desk->wiped, ==, 3);
  g_assert_cmpint(desk->deeds, ==, 2);
}

/* Two quick dots are two steps, though the second is told twice; beside the sheet nothing is
 * drawn. */
static void test_presses(void) {
  g_autoptr(Desk) desk = desk_new(NULL);

  line(desk, "10,10", 0, 0, 1);
  g_assert_true(point(desk, POINTER_PRESS, 10, 10));
  g_assert_true(point(desk, POINTER_DOUBLE, 10, 10));
  g_assert_true(point(desk, POINTER_RELEASE, 10, 10));
  g_assert_true(key(desk, "z", TRUE));
  g_assert_true(key(desk, "z", TRUE));
  g_assert_false(sensitive(desk, "undo"));
  g_assert_false(point(desk, POINTER_PRESS, 40, 10));
  g_assert_false(point(desk, POINTER_DRAG, 10, 10));
  g_assert_false(point(desk, POINTER_RELEASE, 10, 10));
  g_assert_false(sensitive(desk, "undo"));
}

static void test_eraser(void) {
  g_autoptr(Desk) desk = desk_new(NULL);

  panel_set_value(desk->panel, "prepare", 0);
  line(desk, "4,14 24,14", 0, 0, 1);
  const double whole = ink(desk);
  panel_set_value(desk->panel, "eraser", 1);
  line(desk, "14,10 14,18", 0, 0, 1);
  g_assert_cmpfloat(ink(desk), <, 0.95 * whole);
  g_assert_cmpfloat((double)desk->pixels[14 * INK_SIDE + 14], ==, 0);
  g_assert_cmpfloat((double)desk->pixels[14 * INK_SIDE + 6], >, 0.5);
  g_assert_cmpint(desk->deeds, ==, 1); /* rubbing out is no drawing */
  line(desk, "2,2 4,2", 0, 0, 1);      /* where nothing is */
  g_assert_true(key(desk, "z", TRUE));
  g_assert_cmpfloat_with_epsilon(ink(desk), whole, 1e-6);
  g_assert_true(key(desk, "z", TRUE));
  g_assert_false(sensitive(desk, "undo"));
}

/* --- prepared as MNIST was --- */

static void measure(const Desk *desk, double *x, double *y, int *width, int *height) {
  int left = INK_SIDE, right = -1, top = INK_SIDE, bottom = -1;
  double mass = 0;

  *x = *y = 0;
  for (int i = 0; i < INK_PIXELS; i++) {
    const double value = (double)desk->pixels[i];
    mass += value;
    *x += value * (i % INK_SIDE + 0.5);
    *y += value * (i / INK_SIDE + 0.5);
    if (value <= 0.1)
      continue;
    left = MIN(left, i % INK_SIDE), right = MAX(right, i % INK_SIDE);
    top = MIN(top, i / INK_SIDE), bottom = MAX(bottom, i / INK_SIDE);
  }
  *x /= mass, *y /= mass;
  *width = right - left + 1;
  *height = bottom - top + 1;
}

#define SEVEN "6,4 20,4 12,24"

/* However large and wherever it is drawn: in a box of 20 × 20, its mass in the middle. */
static void test_prepared(void) {
  static const double PLACES[][3] = {{0, 0, 1}, {1, 1, 0.5}, {12, 13, 0.6}, {14, 0, 0.4}};
  double x, y;
  int width, height;

  for (guint i = 0; i < G_N_ELEMENTS(PLACES); i++) {
    g_autoptr(Desk) desk = desk_new(NULL);
    line(desk, SEVEN, PLACES[i][0], PLACES[i][1], PLACES[i][2]);
    measure(desk, &x, &y, &width, &height);
    g_assert_cmpfloat_with_epsilon(x, INK_SIDE / 2., 0.55);
    g_assert_cmpfloat_with_epsilon(y, INK_SIDE / 2., 0.55);
    g_assert_cmpint(height, >=, 18);
    g_assert_cmpint(height, <=, RASTER_BOX + 1);
    g_assert_cmpint(width, <=, RASTER_BOX + 1);
  }
}

static void test_unprepared(void) {
  g_autoptr(Desk) desk = desk_new(NULL);
  double x, y;
  int width, height;

  line(desk, SEVEN, 1, 1, 0.4);
  panel_set_value(desk->panel, "prepare", 0);
  measure(desk, &x, &y, &width, &height);
  g_assert_cmpfloat(x, <, 10);
  g_assert_cmpfloat(y, <, 10);
  g_assert_cmpint(height, <, 13);
  const double thin = ink(desk);
  panel_set_value(desk->panel, "pen", 4);
  g_assert_cmpfloat(ink(desk), >, 1.3 * thin);
}

/* --- the answer --- */

static void test_answer(void) {
  ExplainFixture *fixture = explain_fixture_new(NULL, 20);
  Desk *desk = desk_new(fixture);
  const Canvas *canvas = &desk->easel->canvas;
  const DrawPlaces places = draw_sheet_places(canvas);
  Hit hit;

  g_assert_false(panel_hit(desk->panel, canvas, places.bars.x + 5, places.bars.y + 5, &hit));
  line(desk, SEVEN, 0, 0, 1);
  panel_look(desk->panel, fixture->look);
  easel_draw(desk->easel, desk->panel, "draw-answer");
  const Tensor *output = fixture->look->drawing->ends.output;
  for (int i = 0; i < 10; i++) {
    const double height = places.bars.height / 10;
    g_assert_true(panel_hit(desk->panel, canvas, places.bars.x + 5,
                            places.bars.y + (i + 0.5) * height, &hit));
    g_assert_cmpstr(hit.target.tensor, ==, output->name);
    g_assert_cmpuint(hit.target.offset, ==, (gsize)i);
    g_assert_true(hit.drawing);
    g_assert_nonnull(strstr(hit.text, "for your drawing"));
    g_autoptr(Explanation) why =
        explanation_new(fixture->look, fixture->look->drawing, &hit.target);
    g_assert_nonnull(why);
    g_assert_true(why->agrees);
    g_assert_cmpfloat_with_epsilon(why->value, (double)output->value[i], 1e-7);
  }
  g_autofree char *words = desk->panel->klass->describe(desk->panel);
  g_assert_true(g_str_has_prefix(words, "A drawing. "));
  g_assert_cmpuint(panel_check_csv(desk->panel), ==, 10);
  g_assert_cmpuint(panel_check_explains(desk->panel), ==, 2); /* outputs and pixels */
  panel_check_draws(desk->panel, "draw_digit-answer");
  panel_set_value(desk->panel, "clear", 1);
  g_assert_false(panel_hit(desk->panel, canvas, places.bars.x + 5, places.bars.y + 5, &hit));
  desk_free(desk);
  explain_fixture_free(fixture);
}

/* Every pixel that the network sees says its value, the look at it only when it is of the same
 * picture. */
static void test_seen(void) {
  ExplainFixture *fixture = explain_fixture_new(NULL, 1);
  Desk *desk = desk_new(fixture);
  const Canvas *canvas = &desk->easel->canvas;
  const DrawPlaces places = draw_sheet_places(canvas);
  char number[NUMBER_SIZE];
  int given = 0;
  Hit hit;

  line(desk, SEVEN, 0, 0, 1);
  for (int i = 0; i < INK_PIXELS; i++) {
    const Rect cell = draw_seen_cell(&places, i);
    g_assert_true(
        panel_hit(desk->panel, canvas, cell.x + cell.width / 2, cell.y + cell.height / 2, &hit));
    g_autofree char *words =
        g_strdup_printf("input[%d, %d, 0] = %s, for your drawing", i / INK_SIDE, i % INK_SIDE,
                        number_text((double)desk->pixels[i], number));
    g_assert_cmpstr(hit.text, ==, words);
    g_assert_cmpstr(hit.target.tensor, ==, "input");
    g_assert_cmpuint(hit.target.offset, ==, (gsize)i);
    given += desk->pixels[i] > 0;
  }
  g_assert_cmpint(given, >, 40);
  desk->fixture = NULL; /* no answer to what comes now */
  panel_set_value(desk->panel, "pen", 5);
  given = 0;
  for (int i = 0; i < INK_PIXELS; i++) {
    const Rect cell = draw_seen_cell(&places, i);
    g_assert_true(
        panel_hit(desk->panel, canvas, cell.x + cell.width / 2, cell.y + cell.height / 2, &hit));
    given += hit.target.tensor[0] == '\0';
  }
  g_assert_cmpint(given, >, 40);
  desk_free(desk);
  explain_fixture_free(fixture);
}

/* --- by keyboard --- */

static void go(Desk *desk, int dx, int dy, int times, Hit *hit) {
  double x, y;

  for (int i = 0; i < times; i++) {
    g_assert_true(desk->panel->klass->move(desk->panel, &desk->easel->canvas, dx, dy, &x, &y));
    g_assert_true(panel_hit(desk->panel, &desk->easel->canvas, x, y, hit));
  }
}

static void test_keyboard(void) {
  ExplainFixture *fixture = explain_fixture_new(NULL, 1);
  Desk *desk = desk_new(fixture);
  Hit hit;

  g_assert_false(key(desk, "space", FALSE)); /* it trains and pauses until one steps in */
  go(desk, 0, 0, 1, &hit);
  g_assert_nonnull(strstr(hit.text, "pen up"));
  go(desk, 0, -1, 8, &hit);
  g_assert_cmpint(desk->pictures, ==, 0);
  g_assert_true(key(desk, "space", FALSE));
  go(desk, 0, 1, 16, &hit);
  g_assert_nonnull(strstr(hit.text, "row 22, column 14, pen down"));
  g_assert_true(key(desk, "Return", FALSE));
  g_assert_cmpint(desk->deeds, ==, 1);
  go(desk, 1, 0, 3, &hit);
  g_assert_cmpint(desk->deeds, ==, 1);
  g_assert_cmpfloat(ink(desk), >, 20);
  go(desk, 1, 0, 11, &hit); /* over the edge: bars */
  g_assert_cmpstr(hit.target.tensor, ==, "probabilities");
  g_assert_false(key(desk, "Return", FALSE)); /* explains it */
  go(desk, 0, 1, 3, &hit);                    /* below the last: pixels */
  g_assert_cmpstr(hit.target.tensor, ==, "input");
  g_assert_cmpuint(hit.target.offset, ==, 0);
  go(desk, -1, 0, 1, &hit);
  g_assert_nonnull(strstr(hit.text, "pen up"));
  g_assert_true(key(desk, "z", TRUE));
  g_assert_false(sensitive(desk, "undo"));
  go(desk, 1, 0, 40, &hit); /* an empty sheet has no answer to go to */
  g_assert_nonnull(strstr(hit.text, "column 27, pen up"));
  desk_free(desk);
  explain_fixture_free(fixture);
}

/* The same way by pointer and by keyboard is the same picture. */
static void test_same_line(void) {
  g_autoptr(Desk) pointer = desk_new(NULL);
  g_autoptr(Desk) keys = desk_new(NULL);
  Hit hit;

  line(pointer, "14.5,14.5 14.5,15.5 14.5,16.5 14.5,17.5 15.5,17.5 16.5,17.5", 0, 0, 1);
  go(keys, 0, 0, 1, &hit);
  g_assert_true(key(keys, "space", FALSE));
  go(keys, 0, 1, 3, &hit);
  go(keys, 1, 0, 2, &hit);
  g_assert_true(key(keys, "Escape", FALSE));
  for (int i = 0; i < INK_PIXELS; i++)
    g_assert_cmpfloat_with_epsilon(pointer->pixels[i], keys->pixels[i], 0.02);
  g_assert_cmpfloat(ink(keys), >, 20);
  g_assert_cmpint(keys->deeds, ==, 1);
}

/* --- it reads well --- */

/* Plainly drawn digits, several lines apart by "|". */
static const char *const DIGITS[] = {
    "14,4 9,6 7,14 9,22 14,24 19,22 21,14 19,6 14,4",
    "14,4 14,24",
    "8,8 11,4 17,4 20,8 18,13 8,24 21,24",
    "8,5 14,4 19,7 18,11 13,14 18,16 20,20 15,24 8,23",
    "10,4 7,15 21,15|18,8 17,25",
    "19,4 10,4 9,12 15,11 20,15 19,21 14,24 8,22",
    "17,4 11,9 8,17 10,23 16,24 19,19 16,15 9,17",
    "7,4 20,4 12,24",
    "17,5 11,5 9,9 18,17 19,22 13,24 9,21 11,16 18,10 17,5",
    "19,9 14,12 9,9 11,4 17,4 19,9 18,24",
};

static void test_reads(void) {
  ExplainFixture *fixture = explain_fixture_new(dataset_draw_digits(5, 6000, 20, 20), 375);
  int right = 0;

  for (int digit = 0; digit < 10; digit++) {
    Desk *desk = desk_new(fixture);
    g_auto(GStrv) lines = g_strsplit(DIGITS[digit], "|", 0);
    for (int i = 0; lines[i] != NULL; i++)
      line(desk, lines[i], digit, -1, 0.8);
    const int guess = draw_answer(desk->panel).first;
    g_test_message("%d is read as %d", digit, guess);
    right += guess == digit;
    desk_free(desk);
  }
  g_assert_cmpint(right, >=, 9);
  explain_fixture_free(fixture);
}

int main(int argc, char **argv) {
  setlocale(LC_ALL, "");
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/draw/undo", test_undo);
  g_test_add_func("/draw/presses", test_presses);
  g_test_add_func("/draw/eraser", test_eraser);
  g_test_add_func("/draw/prepared", test_prepared);
  g_test_add_func("/draw/unprepared", test_unprepared);
  g_test_add_func("/draw/answer", test_answer);
  g_test_add_func("/draw/seen", test_seen);
  g_test_add_func("/draw/keyboard", test_keyboard);
  g_test_add_func("/draw/same-line", test_same_line);
  g_test_add_func("/draw/reads", test_reads);
  const int status = g_test_run();
  panel_fixture_end();
  return status;
}
