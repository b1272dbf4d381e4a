/* Loss and accuracy under pointer and keyboard: zoom, pan, cursor, while the run goes on. */
#include "tests/ui/curve_desk.h"

/* --- zoom and pan --- */

static gboolean scroll(CurveDesk *self, double step, double dx, double dy, gboolean zoom) {
  CurvesPicture picture;

  curve_desk_picture(self, &picture);
  return self->panel->klass->scroll(self->panel, &self->easel->canvas,
                                    axis_x(&picture.plot.x, &picture.inside, step),
                                    picture.inside.y + 10, dx, dy, zoom);
}

static void check_wheel(gboolean logarithmic) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(200, 1, 0));

  panel_set_value(desk.panel, "log_x", logarithmic);
  const Axis before = curves_axis(desk.panel);
  const double unit = axis_to_unit(&before, 50);
  for (int i = 0; i < 3; i++)
    g_assert_true(scroll(&desk, 50, 0, -1, TRUE));
  const Axis after = curves_axis(desk.panel);
  g_assert_cmpfloat_with_epsilon(axis_to_unit(&after, 50), unit, 0.03); /* what is pointed at */
  g_assert_cmpfloat(after.high - after.low, <, (before.high - before.low) * 0.7);
  g_assert_false(scroll(&desk, 50, 0, 1, FALSE)); /* that scrolls the page */
  for (int i = 0; i < 9; i++)
    g_assert_true(scroll(&desk, 50, 0, 1, TRUE));
  const Axis again = curves_axis(desk.panel);
  g_assert_cmpfloat(again.low, ==, before.low);
  g_assert_cmpfloat(again.high, ==, before.high);
}

static void test_wheel(void) {
  check_wheel(FALSE);
  check_wheel(TRUE);
}

static gboolean press(CurveDesk *self, PointerKind kind, double x) {
  CurvesPicture picture;

  curve_desk_picture(self, &picture);
  return self->panel->klass->pointer(self->panel, &self->easel->canvas, kind, x,
                                     picture.inside.y + 10);
}

static void test_drag(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(200, 1, 0));

  g_assert_false(press(&desk, POINTER_PRESS, 200)); /* there is nowhere to go */
  for (int i = 0; i < 6; i++)
    scroll(&desk, 100, 0, -1, TRUE);
  CurvesPicture picture;
  curve_desk_picture(&desk, &picture);
  const Axis before = picture.plot.x;
  const double span = before.high - before.low;
  g_assert_true(press(&desk, POINTER_PRESS, 200));
  press(&desk, POINTER_DRAG, 150);
  press(&desk, POINTER_DRAG, 200 + picture.inside.width / 4);
  g_assert_cmpfloat_with_epsilon(curves_axis(desk.panel).low, before.low - span / 4, 1e-6);
  press(&desk, POINTER_DRAG, -20000);
  g_assert_cmpfloat_with_epsilon(curves_axis(desk.panel).high, 200, 1e-6);
  press(&desk, POINTER_RELEASE, 0);
  g_assert_cmpfloat_with_epsilon(curves_axis(desk.panel).low, 200 - span, 1e-6);
  g_assert_true(panel_value(desk.panel, "whole") == 0);
  g_assert_true(curves_control_sensitive(desk.panel, "whole"));
  press(&desk, POINTER_DOUBLE, 200);
  g_assert_cmpfloat(curves_axis(desk.panel).high - curves_axis(desk.panel).low, ==, 200);
  g_assert_false(curves_control_sensitive(desk.panel, "whole"));
}

/* As far in and out as one likes, with few steps and many. */
static void test_limits(void) {
  static const guint STEPS[] = {1, 3, 9, 1000};

  for (guint i = 0; i < G_N_ELEMENTS(STEPS); i++)
    for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
      g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(STEPS[i], 1, 0));
      panel_set_value(desk.panel, "log_x", logarithmic);
      const Axis all = curves_axis(desk.panel);
      for (int k = 0; k < 40; k++)
        curves_key(desk.panel, "plus", FALSE);
      const Axis near = curves_axis(desk.panel);
      g_assert_cmpfloat(near.high - near.low, >=, 7);
      g_assert_cmpfloat(near.high, <=, all.high);
      easel_draw(desk.easel, desk.panel, NULL);
      for (int k = 0; k < 40; k++)
        curves_key(desk.panel, "minus", FALSE);
      g_assert_cmpfloat(curves_axis(desk.panel).low, ==, all.low);
      g_assert_cmpfloat(curves_axis(desk.panel).high, ==, all.high);
    }
}

/* --- the keyboard --- */

static void test_keyboard(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(60, 1, 3));
  Hit hit = curve_desk_walk(&desk, 1, 0);
  double x, y;

  curve_assert_step(&hit, 60); /* enters at the newest */
  hit = curve_desk_walk(&desk, -1, 0);
  curve_assert_step(&hit, 59);
  hit = curve_desk_walk(&desk, 1, 0);
  hit = curve_desk_walk(&desk, 1, 0);
  curve_assert_step(&hit, 60);
  hit = curve_desk_walk(&desk, 0, 1);
  g_assert_cmpstr(hit.target.tensor, ==, "loss");
  curve_assert_says(hit.text, "pinned example");
  hit = curve_desk_walk(&desk, 0, -1);
  curve_assert_step(&hit, 60);
  g_assert_false(
      desk.panel->klass->move(desk.panel, &desk.easel->canvas, 0, -1, &x, &y)); /* leaves */
  for (int i = 0; i < 100; i++)
    hit = curve_desk_walk(&desk, -1, 0);
  curve_assert_step(&hit, 1);
}

/* What is in sight goes along with the cursor. */
static void test_keyboard_pans(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(100, 1, 0));
  Hit hit = curve_desk_walk(&desk, -1, 0);

  for (int i = 0; i < 8; i++)
    g_assert_true(curves_key(desk.panel, "plus", FALSE));
  g_assert_cmpfloat(curves_axis(desk.panel).low, >, 50);
  for (int i = 0; i < 60; i++)
    hit = curve_desk_walk(&desk, -1, 0);
  curve_assert_step(&hit, 40);
  g_assert_cmpfloat(curves_axis(desk.panel).low, <=, 40);
  g_assert_cmpfloat(curves_axis(desk.panel).high, >=, 40);
  g_assert_true(curves_key(desk.panel, "0", FALSE));
  g_assert_cmpfloat(curves_axis(desk.panel).low, ==, 0);
  g_assert_false(curves_key(desk.panel, "plus", TRUE));
  g_assert_false(curves_key(desk.panel, "x", FALSE));
  g_assert_false(curves_key(desk.panel, "Escape", FALSE));
  hit = curve_desk_walk(&desk, -1, 0);
  curve_assert_step(&hit, 100);
}

/* The pointer takes over from the keyboard's cursor. */
static void test_pointer_takes_over(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(60, 1, 3));

  curve_desk_walk(&desk, 1, 0);
  const Hit hit = curve_desk_point(&desk, 20);
  curve_assert_step(&hit, 20);
}

/* --- the run goes on --- */

static void test_follow(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", curve_history(100, 1, 0));

  for (int i = 0; i < 5; i++)
    curves_key(desk.panel, "plus", FALSE);
  const Axis before = curves_axis(desk.panel);
  g_assert_cmpfloat(before.high, ==, 100);
  Snapshot *later = curve_look(curve_history(130, 1, 0));
  panel_look(desk.panel, later);
  g_assert_cmpfloat(curves_axis(desk.panel).high, ==, 130);
  g_assert_cmpfloat_with_epsilon(curves_axis(desk.panel).low, before.low + 30, 1e-6);
  panel_look(desk.panel, desk.own);
  panel_fixture_history_free(later);
}

static void test_reset(void) {
  g_auto(CurveDesk) desk = curve_desk_new("loss", NULL);

  curve_desk_walk(&desk, 1, 0);
  curves_key(desk.panel, "plus", FALSE);
  panel_look(desk.panel, panel_fixture()->reset);
  g_assert_true(curves_empty(desk.panel));
  g_autofree char *text = desk.panel->klass->describe(desk.panel);
  curve_assert_says(text, "nothing has been trained");
  easel_draw(desk.easel, desk.panel, NULL);
  g_assert_false(curves_control_sensitive(desk.panel, "whole"));
  const Hit hit = curve_desk_walk(&desk, 1, 0); /* the pinned example is there all the same */
  g_assert_cmpstr(hit.target.tensor, ==, "loss");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/curve_view/wheel", test_wheel);
  g_test_add_func("/curve_view/drag", test_drag);
  g_test_add_func("/curve_view/limits", test_limits);
  g_test_add_func("/curve_view/keyboard", test_keyboard);
  g_test_add_func("/curve_view/keyboard_pans", test_keyboard_pans);
  g_test_add_func("/curve_view/pointer_takes_over", test_pointer_takes_over);
  g_test_add_func("/curve_view/follow", test_follow);
  g_test_add_func("/curve_view/reset", test_reset);
  const int status = g_test_run();
  panel_fixture_end();
  return status;
}
