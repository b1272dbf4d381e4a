#include "ui/panels/curves.h"

#include <math.h>
#include <string.h>

/* Of the panel, in em: below these the line under the plot, and the words at marks, are left out.
 */
#define FOOT_FROM 12
#define LABELS_FROM_HEIGHT 12
#define LABELS_FROM_WIDTH 20

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

static gboolean log_y(const Panel *self) { return panel_value(self, "log_y") != 0; }

Axis curves_axis(const Panel *self) {
  const Curves *state = self->state;
  Axis axis = {.high = MAX(curves_steps(self), 10),
               .logarithmic = panel_value(self, "log_x") != 0,
               .integer = TRUE,
               .title = "step"};

  if (state->zoomed) {
    axis.low = state->low;
    axis.high = state->high;
  }
  if (axis.logarithmic)
    axis.low = MAX(axis.low, 0.9);
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

static void drop_labels(CurvesPicture *picture, const Canvas *canvas) {
  const double em = canvas->theme->em;

  if (canvas->height >= LABELS_FROM_HEIGHT * em && canvas->width >= LABELS_FROM_WIDTH * em)
    return;
  for (int i = 0; i < picture->plot.n_marks; i++)
    picture->marks[i].label = NULL;
}

void curves_picture(Panel *self, const Canvas *canvas, CurvesPicture *picture) {
  const double em = canvas->theme->em;
  const gboolean foot =
      ((const Curves *)self->state)->kind->pinned != NULL && canvas->height >= FOOT_FROM * em;

  picture->area = (Rect){0, 0, canvas->width, canvas->height};
  picture->foot = rect_cut_bottom(&picture->area, foot ? 1.6 * em : 0);
  LinePlot *plot = &picture->plot;
  *plot = (LinePlot){.lines = picture->lines, .marks = picture->marks, .legend = TRUE};
  plot->x = curves_axis(self);
  plot->n_lines = curves_lines(self, canvas->theme, picture->lines);
  plot->n_marks = curves_marks(self, canvas->theme, picture->marks, picture->labels);
  plot->y = y_axis(self, &plot->x, picture->lines, plot->n_lines);
  drop_labels(picture, canvas);
  picture->inside = line_plot_inside(canvas, &picture->area, plot);
}

static double step_at(const CurvesPicture *picture, double x) {
  return axis_from_unit(&picture->plot.x, (x - picture->inside.x) / picture->inside.width);
}

/* The step under the pointer or the keyboard's cursor; NaN: none. */
static double current_step(const Panel *self, const CurvesPicture *picture) {
  const Curves *state = self->state;

  if (rect_contains(&picture->inside, self->pointer_x, self->pointer_y))
    return step_at(picture, self->pointer_x);
  return state->on_foot || self->pointer_x >= 0 ? NAN : state->cursor;
}

static void draw_foot(Panel *self, const Canvas *canvas, const Rect *foot) {
  const Curves *state = self->state;
  const TextStyle style = {.size = 0.9,
                           .color = theme_dim(canvas->theme),
                           .align = ALIGN_CENTRE,
                           .align_vertical = ALIGN_CENTRE};
  Target target;
  char text[128];

  if (foot->height > 0 && state->kind->pinned(self, text, &target))
    canvas_text_in(canvas, foot, &style, text);
}

void curves_draw(Panel *self, const Canvas *canvas) {
  CurvesPicture picture;

  curves_picture(self, canvas, &picture);
  draw_foot(self, canvas, &picture.foot);
  if (curves_empty(self)) {
    canvas_placeholder(canvas, &picture.area, "Nothing trained yet. Space starts training.");
    return;
  }
  const Rect inside = line_plot_draw(canvas, &picture.area, &picture.plot);
  const double step = current_step(self, &picture);
  if (!isnan(step))
    line_plot_draw_cursor(canvas, &inside, &picture.plot, step);
}

/* --- what is where --- */

static gboolean hit_foot(Panel *self, const CurvesPicture *picture, Hit *hit) {
  const Curves *state = self->state;
  char text[128];

  if (!state->kind->pinned(self, text, &hit->target))
    return FALSE;
  g_strlcpy(hit->text, text, sizeof hit->text);
  hit->shown = TRUE;
  hit->area = rect_inset(picture->foot, 2);
  return TRUE;
}

gboolean curves_hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  const Curves *state = self->state;
  CurvesPicture picture;
  char number[NUMBER_SIZE];

  curves_picture(self, canvas, &picture);
  if (rect_contains(&picture.foot, x, y))
    return hit_foot(self, &picture, hit);
  const Rect reach = rect_inset(picture.inside, -1); /* the last step lies on the border */
  if (curves_empty(self) || !rect_contains(&reach, x, y))
    return FALSE;
  const double step =
      self->pointer_x < 0 && !isnan(state->cursor) ? state->cursor : step_at(&picture, x);
  g_autoptr(GString) text = g_string_new("step ");
  g_string_append(text, count_text(MAX(round(step), 0), number));
  curves_tell(self, &picture.plot, step, text);
  g_strlcpy(hit->text, text->str, sizeof hit->text);
  hit->shown = TRUE;
  return TRUE;
}

gboolean curves_locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  const Curves *state = self->state;
  CurvesPicture picture;
  Target shown;
  char text[128];

  if (state->kind->pinned == NULL || target->gradient || !state->kind->pinned(self, text, &shown) ||
      !g_str_equal(shown.tensor, target->tensor) || shown.offset != target->offset)
    return FALSE;
  curves_picture(self, canvas, &picture);
  *area = rect_inset(picture.foot, 2);
  return area->height > 0;
}
