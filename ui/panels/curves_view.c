/* What pointer and keyboard do to a curve: zoom, pan, step along it. */
#include "ui/panels/curves.h"

#include <math.h>

#define LEAST_STEPS 8 /* one can zoom in so far */
#define CURSOR_PIXELS 3

static double first_step(const Axis *axis) { return axis->logarithmic ? 1 : 0; }

static double last_step(const Panel *self) { return MAX(curves_steps(self), LEAST_STEPS + 1); }

static void look_at(Panel *self, double low, double high) {
  Curves *state = self->state;
  const Axis axis = curves_axis(self);
  const double first = first_step(&axis), last = last_step(self);

  state->low = CLAMP(low, first, last - LEAST_STEPS);
  state->high = CLAMP(high, state->low + LEAST_STEPS, last);
  state->zoomed = state->high - state->low < last - first - 1e-6;
  panel_redraw(self);
}

/* `unit`, 0 … 1 along the axis, stays where it is. */
static void zoom_about(Panel *self, double unit, double factor) {
  const Axis x = curves_axis(self);

  look_at(self, axis_from_unit(&x, unit - unit * factor),
          axis_from_unit(&x, unit + (1 - unit) * factor));
}

/* Moves what `from` shows by a share of its width, as far as there are steps. */
static void pan(Panel *self, const Axis *from, double units) {
  const double least = axis_to_unit(from, first_step(from));
  const double most = axis_to_unit(from, last_step(self)) - 1;
  const double by = CLAMP(units, MIN(least, 0), MAX(most, 0));

  if (((const Curves *)self->state)->zoomed)
    look_at(self, axis_from_unit(from, by), axis_from_unit(from, 1 + by));
}

static void whole(Panel *self) {
  ((Curves *)self->state)->zoomed = FALSE;
  panel_redraw(self);
}

/* A look at the newest steps goes on with them; a run that started over is seen as a whole. */
void curves_update(Panel *self) {
  Curves *state = self->state;
  const double steps = curves_steps(self), more = steps - state->steps;

  if (more < 0) {
    state->zoomed = FALSE;
    state->cursor = NAN;
  } else if (state->zoomed && state->high >= state->steps) {
    state->low += more;
    state->high += more;
  }
  state->steps = steps;
}

gboolean curves_scroll(Panel *self, const Canvas *canvas, double x, double y, double dx, double dy,
                       gboolean zoom) {
  CurvesPicture picture;

  curves_picture(self, canvas, &picture);
  const Rect *inside = &picture.inside;
  if (curves_empty(self) || !rect_contains(inside, x, y))
    return FALSE;
  if (zoom && dy != 0) {
    zoom_about(self, (x - inside->x) / inside->width, pow(1.25, dy));
    return TRUE;
  }
  if (!((const Curves *)self->state)->zoomed || dx == 0)
    return FALSE;
  pan(self, &picture.plot.x, dx / 10);
  return TRUE;
}

gboolean curves_pointer(Panel *self, const Canvas *canvas, PointerKind kind, double x, double y) {
  Curves *state = self->state;
  CurvesPicture picture;

  if (kind == POINTER_DOUBLE) {
    whole(self);
    return TRUE;
  }
  curves_picture(self, canvas, &picture);
  if (kind == POINTER_PRESS) {
    if (!state->zoomed || !rect_contains(&picture.inside, x, y))
      return FALSE;
    state->grabbed = x;
    state->grabbed_axis = picture.plot.x;
  } else if (kind == POINTER_DRAG && picture.inside.width > 0) {
    pan(self, &state->grabbed_axis, (state->grabbed - x) / picture.inside.width);
  }
  return TRUE;
}

/* --- keyboard --- */

/* A point of the curve further on: as far as some pixels, at least one. */
static double next_step(const Panel *self, const CurvesPicture *picture, double from, int dx) {
  const Axis *axis = &picture->plot.x;
  const double unit = axis_to_unit(axis, from) + dx * CURSOR_PIXELS / picture->inside.width;
  const double block = self->look->history->block, by = axis_from_unit(axis, unit) - from;
  const double to = from + dx * MAX(fabs(by), block);
  const gsize at = picture->plot.n_lines > 0 ? line_nearest(&picture->lines[0], to) : G_MAXSIZE;

  return at != G_MAXSIZE ? line_x(&picture->lines[0], at) : to;
}

static void follow_cursor(Panel *self) {
  const Curves *state = self->state;
  const Axis axis = curves_axis(self);
  const double unit = axis_to_unit(&axis, state->cursor);

  if (unit < 0 || unit > 1)
    pan(self, &axis, unit < 0 ? unit - 0.1 : unit - 0.9);
}

static gboolean go_to_foot(Panel *self, const CurvesPicture *picture, double *x, double *y) {
  Curves *state = self->state;
  Target target;
  char text[128];

  if (picture->foot.height <= 0 || !state->kind->pinned(self, text, &target))
    return FALSE;
  state->on_foot = TRUE;
  *x = picture->foot.x + picture->foot.width / 2;
  *y = picture->foot.y + picture->foot.height / 2;
  return TRUE;
}

/* Left and Right step along the curve, Down leads to the line under it. */
gboolean curves_move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  Curves *state = self->state;
  CurvesPicture picture;

  curves_picture(self, canvas, &picture);
  self->pointer_x = self->pointer_y = -1;
  if (curves_empty(self) || dy > 0 || (state->on_foot && dy == 0))
    return dy >= 0 && go_to_foot(self, &picture, x, y);
  if (picture.inside.width <= 0 || (dy < 0 && !state->on_foot))
    return FALSE;
  state->on_foot = FALSE;
  if (isnan(state->cursor))
    state->cursor = next_step(self, &picture, picture.plot.x.high, 0);
  else
    state->cursor = next_step(self, &picture, state->cursor, dx);
  follow_cursor(self);
  curves_picture(self, canvas, &picture);
  state->cursor = CLAMP(state->cursor, picture.plot.x.low, picture.plot.x.high);
  *x = axis_x(&picture.plot.x, &picture.inside, state->cursor);
  *y = picture.inside.y + picture.inside.height / 2;
  return TRUE;
}

/* Where the keyboard zooms: at its cursor, or at the newest step. */
static double anchor(const Panel *self) {
  const Curves *state = self->state;
  const Axis axis = curves_axis(self);
  const double unit = axis_to_unit(&axis, state->cursor);

  return unit >= 0 && unit <= 1 ? unit : 1;
}

gboolean curves_key(Panel *self, const char *name, gboolean control) {
  Curves *state = self->state;

  if (g_str_equal(name, "Escape")) {
    state->cursor = NAN;
    state->on_foot = FALSE;
    return FALSE; /* leaving is up to who shows the panel */
  }
  if (control || curves_empty(self))
    return FALSE;
  if (g_str_equal(name, "plus") || g_str_equal(name, "KP_Add") || g_str_equal(name, "equal"))
    zoom_about(self, anchor(self), 0.8);
  else if (g_str_equal(name, "minus") || g_str_equal(name, "KP_Subtract"))
    zoom_about(self, anchor(self), 1.25);
  else if (g_str_equal(name, "0") || g_str_equal(name, "KP_0"))
    whole(self);
  else
    return FALSE;
  return TRUE;
}

void curves_control(Panel *self, const char *id, double value) {
  (void)value;
  if (g_str_equal(id, "whole"))
    whole(self);
}

gboolean curves_control_sensitive(const Panel *self, const char *id) {
  return !g_str_equal(id, "whole") || ((const Curves *)self->state)->zoomed;
}
