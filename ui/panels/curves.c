#include "ui/panels/curves.h"

#include <math.h>
#include <string.h>

#define LEAST_STEPS 8 /* one can zoom in so far */

const PanelControl CURVES_CONTROLS[] = {
    {.id = "smoothing",
     .label = "Smoothing",
     .help = "Share of the past in each point of the smooth curve; 0 shows every batch as it was.",
     .kind = CONTROL_REAL,
     .maximum = 0.99,
     .step = 0.05,
     .initial = 0.9},
    {.id = "log_y",
     .label = "log y",
     .help = "Logarithmic vertical axis: equal distances are equal factors.",
     .kind = CONTROL_TOGGLE,
     .maximum = 1},
    {.id = "log_x",
     .label = "log x",
     .help = "Logarithmic horizontal axis: the first steps get as much room as the last.",
     .kind = CONTROL_TOGGLE,
     .maximum = 1},
    {.id = "whole", .label = "All", .help = "Shows the whole curve again.", .kind = CONTROL_BUTTON},
    {.id = NULL},
};

void curves_init(Panel *self, const CurvesKind *kind) {
  Curves *state = self->state;

  state->kind = kind;
  state->cursor = NAN;
  state->best = -1;
}

void curves_clear(Panel *self) {
  Curves *state = self->state;

  g_free(state->smooth);
  g_free(state->epoch_step);
  g_free(state->epoch_value);
}

/* --- the plot --- */

typedef struct {
  LinePlot plot;
  Line lines[CURVES_MAX_LINES];
  LineMark marks[CURVES_MAX_MARKS];
  char labels[CURVES_MAX_MARKS][64];
  Rect area, foot; /* of the plot; of the line under it */
} CurvesPicture;

static gboolean log_x(const Panel *self) { return panel_value(self, "log_x") != 0; }
static gboolean log_y(const Panel *self) { return panel_value(self, "log_y") != 0; }

static Axis x_axis(const Panel *self) {
  const Curves *state = self->state;
  Axis axis = {.low = 0, .high = MAX(curves_steps(self), 10), .logarithmic = log_x(self)};

  if (state->zoomed) {
    axis.low = state->low;
    axis.high = state->high;
  }
  if (axis.logarithmic)
    axis.low = MAX(axis.low, 0.9);
  axis.integer = TRUE;
  axis.title = "step";
  return axis;
}

/* The lowest value above zero, for a logarithmic axis. */
static double lowest_positive(const Line *lines, int n, double low, double high) {
  double least = INFINITY;

  for (int k = 0; k < n; k++)
    for (gsize i = 0; i < lines[k].n; i++) {
      const double x = line_x(&lines[k], i), y = (double)lines[k].y[i];
      if (x >= low && x <= high && y > 0 && isfinite(y))
        least = MIN(least, y);
    }
  return least;
}

static Axis y_axis(Panel *self, const Axis *x, const Line *lines, int n) {
  const Curves *state = self->state;
  double low = 0, high = 1;

  if (!lines_range(lines, n, x->low, x->high, &low, &high))
    low = 0, high = 1;
  if (log_y(self))
    low = lowest_positive(lines, n, x->low, x->high);
  else if (!state->zoomed)
    low = MIN(low, 0);
  Axis axis = axis_make(low, high, log_y(self), state->kind->metric);
  if (!log_y(self) && !state->zoomed && low == 0)
    axis.low = 0;
  return axis;
}

static void make_picture(Panel *self, const Canvas *canvas, CurvesPicture *picture) {
  picture->area = (Rect){0, 0, canvas->width, canvas->height};
  picture->foot = rect_cut_bottom(&picture->area, 1.6 * canvas->theme->em);
  LinePlot *plot = &picture->plot;
  *plot = (LinePlot){.lines = picture->lines, .marks = picture->marks, .legend = TRUE};
  plot->x = x_axis(self);
  plot->n_lines = curves_lines(self, canvas->theme, picture->lines);
  plot->n_marks = curves_marks(self, canvas->theme, picture->marks, picture->labels);
  plot->y = y_axis(self, &plot->x, picture->lines, plot->n_lines);
}

static gboolean empty(const Panel *self) {
  return curves_metric(self) < 0 || curves_steps(self) == 0;
}

/* The step under the pointer or the keyboard's cursor; NaN: none. */
static double step_at(const Panel *self, const LinePlot *plot, const Rect *inside) {
  const Curves *state = self->state;

  if (!isnan(state->cursor))
    return state->cursor;
  if (!rect_contains(inside, self->pointer_x, self->pointer_y))
    return NAN;
  return axis_from_unit(&plot->x, (self->pointer_x - inside->x) / inside->width);
}

static void draw_foot(Panel *self, const Canvas *canvas, const Rect *foot) {
  const Curves *state = self->state;
  Target target;
  char text[128];

  if (state->kind->pinned != NULL && state->kind->pinned(self, text, &target))
    canvas_text_in(canvas, foot,
                   &(TextStyle){.size = 0.9,
                                .color = theme_dim(canvas->theme),
                                .align = ALIGN_CENTRE,
                                .align_vertical = ALIGN_CENTRE},
                   text);
}

void curves_draw(Panel *self, const Canvas *canvas) {
  CurvesPicture picture;

  make_picture(self, canvas, &picture);
  draw_foot(self, canvas, &picture.foot);
  if (empty(self)) {
    canvas_placeholder(canvas, &picture.area, "Nothing trained yet. Space starts training.");
    return;
  }
  const Rect inside = line_plot_draw(canvas, &picture.area, &picture.plot);
  const double step = step_at(self, &picture.plot, &inside);
  if (!isnan(step))
    line_plot_draw_cursor(canvas, &inside, &picture.plot, step);
}

/* --- what is where --- */

static void tell_values(const LinePlot *plot, double step, Hit *hit) {
  char number[NUMBER_SIZE];
  g_autoptr(GString) text = g_string_new(NULL);

  g_string_printf(text, "step %s", count_text(round(step), number));
  for (int i = 0; i < plot->n_lines; i++) {
    const gsize at = line_nearest(&plot->lines[i], step);
    if (at != G_MAXSIZE)
      g_string_append_printf(text, ", %s %s", plot->lines[i].name,
                             number_text((double)plot->lines[i].y[at], number));
  }
  g_strlcpy(hit->text, text->str, sizeof hit->text);
  hit->shown = TRUE;
}

gboolean curves_hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  Curves *state = self->state;
  CurvesPicture picture;

  make_picture(self, canvas, &picture);
  if (rect_contains(&picture.foot, x, y) && state->kind->pinned != NULL) {
    char text[128];
    hit->area = rect_inset(picture.foot, 2);
    return state->kind->pinned(self, text, &hit->target);
  }
  const Rect inside = line_plot_inside(canvas, &picture.area, &picture.plot);
  if (empty(self) || !rect_contains(&inside, x, y))
    return FALSE;
  if (self->pointer_x >= 0)
    state->cursor = NAN;
  const double step = !isnan(state->cursor)
                          ? state->cursor
                          : axis_from_unit(&picture.plot.x, (x - inside.x) / inside.width);
  tell_values(&picture.plot, step, hit);
  return TRUE;
}

gboolean curves_locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  const Curves *state = self->state;
  CurvesPicture picture;
  Target shown;
  char text[128];

  if (state->kind->pinned == NULL || !state->kind->pinned(self, text, &shown) ||
      !g_str_equal(shown.tensor, target->tensor) || shown.offset != target->offset)
    return FALSE;
  make_picture(self, canvas, &picture);
  *area = rect_inset(picture.foot, 2);
  return TRUE;
}

/* --- zoom and pan --- */

static void look_at(Panel *self, double low, double high) {
  Curves *state = self->state;
  const double steps = MAX(curves_steps(self), LEAST_STEPS), least = log_x(self) ? 1 : 0;

  state->zoomed = high - low < steps - least - 1e-9;
  state->low = CLAMP(low, least, steps - LEAST_STEPS);
  state->high = CLAMP(high, state->low + LEAST_STEPS, steps);
  panel_redraw(self);
}

static void zoom_about(Panel *self, double unit, double factor) {
  const Axis x = x_axis(self);
  const double span = MAX((x.high - x.low) * factor, LEAST_STEPS);
  const double at = axis_from_unit(&x, unit);

  look_at(self, at - unit * span, at + (1 - unit) * span);
}

static void pan(Panel *self, double by) {
  const Curves *state = self->state;
  const double span = state->high - state->low, steps = curves_steps(self);
  const double low = CLAMP(state->low + by, 0, MAX(steps - span, 0));

  if (state->zoomed)
    look_at(self, low, low + span);
}

static void whole(Panel *self) {
  ((Curves *)self->state)->zoomed = FALSE;
  panel_redraw(self);
}

gboolean curves_scroll(Panel *self, const Canvas *canvas, double x, double y, double dx, double dy,
                       gboolean zoom) {
  CurvesPicture picture;

  make_picture(self, canvas, &picture);
  const Rect inside = line_plot_inside(canvas, &picture.area, &picture.plot);
  if (empty(self) || !rect_contains(&inside, x, y))
    return FALSE;
  if (zoom && dy != 0) {
    zoom_about(self, (x - inside.x) / inside.width, pow(1.25, dy));
    return TRUE;
  }
  if (!((const Curves *)self->state)->zoomed || dx == 0)
    return FALSE;
  pan(self, dx * (picture.plot.x.high - picture.plot.x.low) / 10);
  return TRUE;
}

gboolean curves_pointer(Panel *self, const Canvas *canvas, PointerKind kind, double x, double y) {
  Curves *state = self->state;
  CurvesPicture picture;

  if (kind == POINTER_DOUBLE) {
    whole(self);
    return TRUE;
  }
  make_picture(self, canvas, &picture);
  const Rect inside = line_plot_inside(canvas, &picture.area, &picture.plot);
  if (kind == POINTER_PRESS) {
    if (!state->zoomed || !rect_contains(&inside, x, y))
      return FALSE;
    state->grabbed = x;
    state->grab_low = state->low;
    state->grab_high = state->high;
    return TRUE;
  }
  if (kind == POINTER_DRAG) {
    const double span = state->grab_high - state->grab_low;
    const double low = state->grab_low - (x - state->grabbed) / inside.width * span;
    pan(self, low - state->low);
  }
  return TRUE;
}

/* The cursor goes on by one point, or by as many as lie in three pixels. */
gboolean curves_move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  Curves *state = self->state;
  CurvesPicture picture;

  make_picture(self, canvas, &picture);
  const Rect inside = line_plot_inside(canvas, &picture.area, &picture.plot);
  if (empty(self) || inside.width <= 0)
    return FALSE;
  const Axis *axis = &picture.plot.x;
  const double by =
      MAX((axis->high - axis->low) / inside.width * 3, (double)self->look->history->block);
  if (isnan(state->cursor))
    state->cursor = axis->high;
  else
    state->cursor += dx * by;
  state->cursor = CLAMP(state->cursor, MAX(axis->low, 1), axis->high);
  *x = axis_x(axis, &inside, state->cursor);
  *y = inside.y + inside.height / 2;
  self->pointer_x = self->pointer_y = -1;
  return dy == 0;
}

gboolean curves_key(Panel *self, const char *name, gboolean control) {
  if (control || empty(self))
    return FALSE;
  if (g_str_equal(name, "plus") || g_str_equal(name, "KP_Add") || g_str_equal(name, "equal"))
    zoom_about(self, 1, 0.8);
  else if (g_str_equal(name, "minus") || g_str_equal(name, "KP_Subtract"))
    zoom_about(self, 1, 1.25);
  else if (g_str_equal(name, "0"))
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
