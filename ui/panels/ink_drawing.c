#include "ui/panels/ink_drawing.h"

#include <math.h>

#define SPACING 0.4f  /* between points of a curve: close enough that nobody sees corners */
#define MARGIN 1.f    /* the pen stays so far from the edge */
#define SOFTNESS 1.1f /* of edges; about that of MNIST's */
#define GROWTH 4.f
#define MOST_POINTS 8192 /* more than anybody draws; keeps a picture cheap */
#define MOST_STEPS 100   /* to take back */

void ink_init(InkDrawing *self) {
  self->points = g_array_new(FALSE, FALSE, sizeof(InkPoint));
  self->past = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
}

void ink_free(InkDrawing *self) {
  g_array_unref(self->points);
  g_ptr_array_unref(self->past);
}

gboolean ink_is_empty(const InkDrawing *self) { return self->points->len == 0; }

gboolean ink_can_undo(const InkDrawing *self) { return self->past->len > 0; }

static void remember(InkDrawing *self) {
  if (self->past->len == MOST_STEPS)
    g_ptr_array_remove_index(self->past, 0);
  g_ptr_array_add(self->past, g_array_copy(self->points));
}

gboolean ink_undo(InkDrawing *self) {
  self->down = FALSE;
  if (self->past->len == 0)
    return FALSE;
  g_array_unref(self->points);
  self->points = g_ptr_array_steal_index(self->past, self->past->len - 1);
  return TRUE;
}

gboolean ink_wipe(InkDrawing *self) {
  self->down = FALSE;
  if (ink_is_empty(self))
    return FALSE;
  remember(self);
  g_array_set_size(self->points, 0);
  return TRUE;
}

/* --- ink --- */

static gboolean add_point(InkDrawing *self, float x, float y, gboolean lift) {
  const InkPoint point = {.x = x, .y = y, .lift = lift};

  if (self->points->len >= MOST_POINTS)
    return FALSE;
  g_array_append_val(self->points, point);
  return TRUE;
}

/* Points of a line whose neighbours are gone leave no ink: they go as well. */
static void drop_single_points(GArray *points) {
  for (guint i = points->len; i > 0; i--) {
    const InkPoint *point = &g_array_index(points, InkPoint, i - 1);
    const gboolean ends = i == points->len || g_array_index(points, InkPoint, i).lift;
    if (point->lift && ends)
      g_array_remove_index(points, i - 1);
  }
}

/* Takes away the points under the eraser; what is left of a line are several. */
static gboolean rub(InkDrawing *self, float x, float y) {
  GArray *points = self->points;
  guint kept = 0;
  gboolean cut = FALSE;

  for (guint i = 0; i < points->len; i++) {
    InkPoint point = g_array_index(points, InkPoint, i);
    if (hypotf(point.x - x, point.y - y) <= self->eraser) {
      cut = TRUE;
      continue;
    }
    point.lift = point.lift || cut;
    cut = FALSE;
    g_array_index(points, InkPoint, kept++) = point;
  }
  if (kept == points->len)
    return FALSE;
  g_array_set_size(points, kept);
  drop_single_points(points);
  return TRUE;
}

/* What the pen or the eraser does at one point of its way. */
static gboolean touch(InkDrawing *self, float x, float y) {
  return self->eraser > 0 ? rub(self, x, y) : add_point(self, x, y, FALSE);
}

/* From where the ink ends to (x, y): a parabola that leaves in the direction of the control point
 * and arrives from there. */
static gboolean curve_to(InkDrawing *self, float cx, float cy, float x, float y) {
  const float ax = self->end_x, ay = self->end_y;
  const float length = hypotf(cx - ax, cy - ay) + hypotf(x - cx, y - cy);
  const int n = MAX(1, (int)ceilf(length / SPACING));
  gboolean changed = FALSE;

  for (int i = 1; i <= n; i++) {
    const float t = (float)i / (float)n, s = 1 - t;
    changed |= touch(self, s * s * ax + 2 * s * t * cx + t * t * x,
                     s * s * ay + 2 * s * t * cy + t * t * y);
  }
  self->end_x = x, self->end_y = y;
  return changed;
}

static float inside(double at) {
  return isfinite(at) ? (float)CLAMP(at, MARGIN, INK_SIDE - MARGIN) : INK_SIDE / 2.f;
}

gboolean ink_press(InkDrawing *self, double x, double y, double eraser) {
  gboolean changed;

  if (self->down)
    ink_lift(self);
  remember(self);
  self->down = TRUE;
  self->eraser = (float)eraser;
  self->last_x = self->end_x = inside(x);
  self->last_y = self->end_y = inside(y);
  if (eraser > 0)
    changed = rub(self, self->end_x, self->end_y);
  else
    changed = self->points->len + 2 <= MOST_POINTS &&
              add_point(self, self->end_x, self->end_y, TRUE) &&
              add_point(self, self->end_x, self->end_y, FALSE);
  self->changed = changed;
  return changed;
}

gboolean ink_drag(InkDrawing *self, double x, double y) {
  const float to_x = inside(x), to_y = inside(y), from_x = self->last_x, from_y = self->last_y;

  if (!self->down || (self->eraser <= 0 && !self->changed) ||
      hypotf(to_x - from_x, to_y - from_y) < SPACING / 4)
    return FALSE;
  self->last_x = to_x, self->last_y = to_y;
  const gboolean changed = curve_to(self, from_x, from_y, (from_x + to_x) / 2, (from_y + to_y) / 2);
  self->changed |= changed;
  return changed;
}

gboolean ink_lift(InkDrawing *self) {
  if (!self->down)
    return FALSE;
  self->down = FALSE;
  if (self->end_x != self->last_x || self->end_y != self->last_y)
    self->changed |= curve_to(self, (self->end_x + self->last_x) / 2,
                              (self->end_y + self->last_y) / 2, self->last_x, self->last_y);
  if (!self->changed)
    g_ptr_array_remove_index(self->past, self->past->len - 1);
  return self->changed;
}

/* --- pixels --- */

static void set_radius(GArray *points, float radius) {
  for (guint i = 0; i < points->len; i++)
    g_array_index(points, InkPoint, i).radius = radius;
}

void ink_pixels(const InkDrawing *self, double pen, gboolean prepare, float pixels[INK_PIXELS]) {
  g_autoptr(GArray) points = g_array_copy(self->points);
  InkPoint *data = (InkPoint *)points->data;
  const int n = (int)points->len;
  guint8 ink[INK_PIXELS] = {0};

  if (n > 0 && prepare) {
    set_radius(points, (float)pen / 2 + SOFTNESS / 2); /* the soft edge is inside the box as well */
    raster_fit(data, n, GROWTH);
    set_radius(points, (float)pen / 2);
    raster_draw(data, n, SOFTNESS, ink);
  } else if (n > 0) {
    set_radius(points, (float)pen / 2);
    raster_ink(data, n, SOFTNESS, ink);
  }
  for (int i = 0; i < INK_PIXELS; i++)
    pixels[i] = (float)ink[i] / 255;
}
