#include "ui/panels/panel_spots.h"

#include <math.h>

/* A step aside counts so much more than one ahead: rows and columns are kept to. */
#define ASIDE 3

void spots_add(GArray *spots, const Rect *area, int kind, guint32 index) {
  const Spot spot = {*area, kind, index};

  g_array_append_val(spots, spot);
}

const Spot *spots_at(const GArray *spots, double x, double y) {
  for (guint i = spots->len; i > 0; i--) {
    const Spot *spot = &g_array_index(spots, Spot, i - 1);
    if (rect_contains(&spot->area, x, y))
      return spot;
  }
  return NULL;
}

static void centre_of(const Rect *area, double *x, double *y) {
  *x = area->x + area->width / 2;
  *y = area->y + area->height / 2;
}

/* How far a spot is in that direction; infinite when it does not lie there. */
static double distance(const Spot *spot, const SpotCursor *from, int dx, int dy) {
  double x, y;

  centre_of(&spot->area, &x, &y);
  x -= from->x, y -= from->y;
  const double ahead = x * dx + y * dy, aside = fabs(x * dy) + fabs(y * dx);
  if (dx != 0 && dy != 0)
    return x * dx > 0.5 && y * dy > 0.5 ? fabs(x) + fabs(y) + ASIDE * fabs(x * dx - y * dy)
                                        : INFINITY;
  return ahead > 0.5 ? ahead + ASIDE * aside : INFINITY;
}

gboolean spots_move(const GArray *spots, SpotCursor *cursor, int dx, int dy, double *x, double *y) {
  const Spot *best = NULL;
  double nearest = INFINITY;

  if (spots->len == 0)
    return FALSE;
  if (!cursor->entered)
    best = &g_array_index(spots, Spot, 0);
  for (guint i = 0; cursor->entered && i < spots->len; i++) {
    const Spot *spot = &g_array_index(spots, Spot, i);
    const double d = distance(spot, cursor, dx, dy);
    if (d < nearest)
      best = spot, nearest = d;
  }
  if (best == NULL)
    best = spots_at(spots, cursor->x, cursor->y);
  if (best == NULL) /* the place it was at is gone, and nothing lies ahead */
    best = &g_array_index(spots, Spot, 0);
  cursor->entered = TRUE;
  centre_of(&best->area, &cursor->x, &cursor->y);
  *x = cursor->x, *y = cursor->y;
  return TRUE;
}
