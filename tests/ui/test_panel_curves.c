/* Loss and accuracy: what is drawn, marked, read and told. */
#include "tests/ui/curve_desk.h"

#include "ui/explain/explanation.h"

#include <math.h>
#include <string.h>

/* --- lines --- */

static void test_smoothing(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(50, 1, 0));
  const History *history = desk.own->history;
  Line lines[CURVES_MAX_LINES];
  double mean = 0, weight = 0;

  history->mean[0][7] = NAN;
  panel_set_value(desk.panel, "smoothing", 0.8);
  g_assert_cmpint(curves_lines(desk.panel, &desk.easel->theme, lines), ==, 2);
  g_assert_true(lines[0].faint && !lines[1].faint);
  g_assert_true(lines[0].y == history->mean[0]);
  g_assert_cmpfloat_with_epsilon(lines[1].y[0], history->mean[0][0], 1e-6);
  for (guint i = 0; i < 50; i++) {
    if (i != 7) {
      mean = 0.8 * mean + 0.2 * (double)history->mean[0][i];
      weight = 0.8 * weight + 0.2;
    }
    g_assert_cmpfloat_with_epsilon(lines[1].y[i], mean / weight, 1e-5);
  }
  panel_set_value(desk.panel, "smoothing", 0);
  g_assert_cmpint(curves_lines(desk.panel, &desk.easel->theme, lines), ==, 1);
  g_assert_false(lines[0].faint);
}

/* Two lines are never told apart by colour alone. */
static void test_validation(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", NULL);
  Line lines[CURVES_MAX_LINES];

  g_assert_cmpint(curves_lines(desk.panel, &desk.easel->theme, lines), ==, 3);
  g_assert_cmpstr(lines[2].name, ==, "validation");
  g_assert_cmpint(lines[2].style, !=, lines[1].style);
  g_assert_true(lines[2].markers);
  g_assert_cmpuint(lines[2].n, ==, 3);
  g_assert_cmpfloat(line_x(&lines[2], 1), ==, 40);
  g_assert_cmpfloat_with_epsilon(lines[2].y[1],
                                 panel_fixture()->look->history->epochs[1].validation[0], 1e-6);
}

static void test_blocks(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(100, 8, 2));
  Line lines[CURVES_MAX_LINES];

  curves_lines(desk.panel, &desk.easel->theme, lines);
  g_assert_true(lines[0].low == desk.own->history->low[0]);
  g_assert_cmpfloat(line_x(&lines[0], 0), ==, 4.5); /* the middle of steps 1 … 8 */
  g_assert_cmpfloat(curves_steps(desk.panel), ==, 800);
  desk.own->status.step = 795; /* the last block has three steps so far */
  g_assert_cmpfloat(curves_steps(desk.panel), ==, 795);
  g_assert_cmpfloat(curves_axis(desk.panel).high, ==, 795);
}

/* --- marks --- */

static int find_mark(const LineMark *marks, int n, const char *word) {
  for (int i = 0; i < n; i++)
    if (marks[i].label != NULL && strstr(marks[i].label, word) != NULL)
      return i;
  return -1;
}

static void check_best(const char *name, const char *label) {
  g_auto(CurveDesk) desk = curve_desk_new(name, curve_history(60, 1, 3));
  CurvesPicture picture;
  curve_desk_picture(&desk, &picture);
  const int i = find_mark(picture.marks, picture.plot.n_marks, "best");
  g_assert_cmpint(i, >=, 0);
  g_assert_cmpstr(picture.marks[i].label, ==, label);
  g_assert_cmpfloat(picture.marks[i].x, ==, 40);
  g_assert_cmpint(picture.plot.n_marks, ==, 3); /* and the ends of the other two epochs */
}

static void test_best(void) {
  check_best("loss", "best: epoch 2, 0.25");
  check_best("accuracy", "best: epoch 2, 0.9");
}

static void test_changes(void) {
  g_auto(CurveDesk) desk = curve_desk_new("accuracy", NULL);
  CurvesPicture picture;
  curve_desk_picture(&desk, &picture);
  const int i = find_mark(picture.marks, picture.plot.n_marks, "learning_rate = 0.003");
  const int k = find_mark(picture.marks, picture.plot.n_marks, "beta_1 = 0.8");
  g_assert_cmpint(i, >=, 0);
  g_assert_cmpint(k, >=, 0);
  g_assert_cmpfloat(picture.marks[i].x, ==, 30);
  g_assert_cmpfloat(picture.marks[k].x, ==, 30);
  const Hit hit = curve_desk_point(&desk, 30);
  curve_assert_says(hit.text, "learning_rate set to 0.003");
  curve_assert_says(hit.text, "beta_1 set to 0.8");
}

/* Of very many changes the newest are marked; ends of epochs are while they are few. */
static void test_many_marks(void) {
  History *history = curve_history(400, 1, 20);

  for (guint i = 0; i < 200; i++) {
    g_autofree char *value = g_strdup_printf("%u", i);
    curve_change(history, 2 * i, i % 2 ? "momentum" : "beta_1", value);
  }
  g_auto(CurveDesk) desk = curve_desk_new("loss", history);
  CurvesPicture picture;
  curve_desk_picture(&desk, &picture);
  g_assert_cmpint(picture.plot.n_marks, <=, CURVES_MAX_MARKS);
  g_assert_cmpint(find_mark(picture.marks, picture.plot.n_marks, "momentum = 199"), >=, 0);
  g_assert_cmpint(find_mark(picture.marks, picture.plot.n_marks, "momentum = 197"), <, 0);
  g_assert_cmpint(find_mark(picture.marks, picture.plot.n_marks, "beta_1 = 198"), >=, 0);
  const int n = picture.plot.n_marks;
  history->n_epochs = 19;
  curve_desk_picture(&desk, &picture);
  g_assert_cmpint(picture.plot.n_marks, ==, n - 1);
  easel_draw(desk.easel, desk.panel, "curves-many-marks");
}

/* In a small panel marks are lines without words. */
static void test_small(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", NULL);
  g_autoptr(Easel) small = easel_new(160, 120, FALSE, 13);
  CurvesPicture picture;

  curves_picture(desk.panel, &small->canvas, &picture);
  g_assert_cmpint(picture.plot.n_marks, >, 0);
  for (int i = 0; i < picture.plot.n_marks; i++)
    g_assert_null(picture.marks[i].label);
  g_assert_cmpfloat(picture.foot.height, ==, 0);
  g_assert_cmpfloat(picture.inside.height, >, 25);
}

/* --- reading --- */

static void check_value(CurveDesk *desk, guint step) {
  const Hit hit = curve_desk_point(desk, step);
  char number[NUMBER_SIZE];
  g_autofree char *batch = g_strdup_printf(
      "batch %s,", number_text((double)desk->panel->look->history->mean[0][step - 1], number));

  curve_assert_step(&hit, step);
  curve_assert_says(hit.text, batch);
  curve_assert_says(hit.text, "validation 0.25 (epoch 2)");
  g_assert_true(hit.shown);
  g_assert_cmpstr(hit.target.tensor, ==, "");
}

static void test_values(void) {
  for (int axes = 0; axes < 4; axes++) {
    g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(60, 1, 3));
    panel_set_value(desk.panel, "log_x", axes & 1);
    panel_set_value(desk.panel, "log_y", axes >> 1);
    easel_draw(desk.easel, desk.panel, NULL);
    g_autofree char *plain = easel_checksum(desk.easel);
    check_value(&desk, 31);
    check_value(&desk, 45);
    easel_draw(desk.easel, desk.panel, axes == 3 ? "curves-cursor" : NULL);
    g_autofree char *pointed = easel_checksum(desk.easel);
    g_assert_cmpstr(pointed, !=, plain); /* values stand beside the crosshair */
  }
}

/* A logarithmic axis begins where there is something, whatever else there is. */
static void test_logarithmic_low(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(60, 1, 0));
  CurvesPicture picture;

  desk.own->history->mean[0][20] = 0;
  desk.own->history->mean[0][21] = -1;
  panel_set_value(desk.panel, "log_y", 1);
  curve_desk_picture(&desk, &picture);
  const double least = (double)desk.own->history->mean[0][59];
  g_assert_cmpfloat(picture.plot.y.low, >, least / 2);
  g_assert_cmpfloat(picture.plot.y.low, <=, least);
}

/* The line under the plot is the pinned example's: explained, and found again. */
static void check_foot(const char *name, const char *tensor) {
  g_auto(CurveDesk) desk = curve_desk_new(name, NULL);
  CurvesPicture picture;
  const Snapshot *look = desk.panel->look;
  Rect area;
  Hit hit;

  curve_desk_picture(&desk, &picture);
  g_assert_true(panel_hit(desk.panel, &desk.easel->canvas, CURVE_DESK_WIDTH / 2.0,
                          picture.foot.y + picture.foot.height / 2, &hit));
  g_assert_cmpstr(hit.target.tensor, ==, tensor);
  g_autoptr(Explanation) e = explanation_new(look, look->probe, &hit.target);
  g_assert_true(e != NULL && e->agrees);
  g_assert_true(desk.panel->klass->locate(desk.panel, &desk.easel->canvas, &hit.target, &area));
  g_assert_cmpfloat(area.y, >=, picture.foot.y);
  hit.target.gradient = TRUE;
  g_assert_false(desk.panel->klass->locate(desk.panel, &desk.easel->canvas, &hit.target, &area));
}

static void test_foot(void) {
  check_foot("loss", "loss");
  check_foot("accuracy", "probabilities");
}

/* --- words and tables --- */

static void test_describe(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(60, 1, 3));
  g_autofree char *text = NULL;

  curve_change(desk.own->history, 30, "learning_rate", "0.01");
  text = desk.panel->klass->describe(desk.panel);
  curve_assert_says(text, "over 60 steps: 2 at first");
  curve_assert_says(text, "Validation after epoch 3: 1.25; best after epoch 2: 0.25.");
  curve_assert_says(text, "After step 30 learning_rate was set to 0.01.");
}

static void test_csv(void) {
  g_auto(CurveDesk) desk = curve_desk_new("accuracy", curve_history(60, 4, 3));
  g_autoptr(GString) text = g_string_new(NULL);

  desk.own->history->mean[1][1] = NAN;
  desk.own->status.step = 238;
  g_assert_cmpuint(panel_check_csv(desk.panel), ==, 63);
  curves_csv(desk.panel, text);
  g_auto(GStrv) rows = g_strsplit(text->str, "\n", 0);
  g_assert_cmpstr(rows[0], ==, "series,step,accuracy,minimum,maximum");
  g_assert_cmpstr(rows[1], ==, "training,4,0,-0.1,0.1");
  g_assert_true(g_str_has_prefix(rows[2], "training,8,,"));
  g_assert_true(g_str_has_prefix(rows[60], "training,238,"));
  g_assert_cmpstr(rows[62], ==, "validation,160,0.9,,");
}

/* --- odd data --- */

static void fill(History *history, float value) {
  for (guint i = 0; i < history->n; i++)
    history->low[0][i] = history->mean[0][i] = history->high[0][i] = value;
}

static void test_odd(void) {
  static const float VALUES[] = {NAN, INFINITY, -INFINITY, 0, -3, 1e30f, 1e-30f};

  for (guint i = 0; i < G_N_ELEMENTS(VALUES); i++)
    for (int axes = 0; axes < 4; axes++) {
      g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(30, 2, 1));
      fill(desk.own->history, VALUES[i]);
      ((EpochRecord *)desk.own->history->epochs)->validation[0] = (double)VALUES[i];
      panel_set_value(desk.panel, "log_x", axes & 1);
      panel_set_value(desk.panel, "log_y", axes >> 1);
      easel_draw(desk.easel, desk.panel, NULL);
      panel_check_csv(desk.panel);
      curve_desk_point(&desk, 20);
      curve_desk_walk(&desk, 1, 0);
    }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/curves/smoothing", test_smoothing);
  g_test_add_func("/curves/validation", test_validation);
  g_test_add_func("/curves/blocks", test_blocks);
  g_test_add_func("/curves/best", test_best);
  g_test_add_func("/curves/changes", test_changes);
  g_test_add_func("/curves/many_marks", test_many_marks);
  g_test_add_func("/curves/small", test_small);
  g_test_add_func("/curves/values", test_values);
  g_test_add_func("/curves/logarithmic_low", test_logarithmic_low);
  g_test_add_func("/curves/foot", test_foot);
  g_test_add_func("/curves/describe", test_describe);
  g_test_add_func("/curves/csv", test_csv);
  g_test_add_func("/curves/odd", test_odd);
  const int status = g_test_run();
  panel_fixture_end();
  return status;
}
