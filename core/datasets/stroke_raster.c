#include "core/datasets/stroke_raster.h"

#include <math.h>
#include <string.h>

#define PIXELS (RASTER_SIDE * RASTER_SIDE)
#define FAR 1e3f

typedef struct {
  float left, top, right, bottom;
} Box;

static Box ink_box(const InkPoint *points, int n) {
  Box box = {FAR, FAR, -FAR, -FAR};

  for (int i = 0; i < n; i++) {
    box.left = MIN(box.left, points[i].x), box.right = MAX(box.right, points[i].x);
    box.top = MIN(box.top, points[i].y), box.bottom = MAX(box.bottom, points[i].y);
  }
  return box;
}

void raster_fit(InkPoint *points, int n, float largest_scale) {
  Box box = ink_box(points, n);
  float longest = MAX(box.right - box.left, box.bottom - box.top), radius = 0, scale;

  for (int i = 0; i < n; i++)
    radius = MAX(radius, points[i].radius);
  scale = MIN((RASTER_BOX - 2 * radius) / MAX(longest, 1e-3f), largest_scale);
  for (int i = 0; i < n; i++) {
    points[i].x = RASTER_SIDE / 2.f + (points[i].x - (box.left + box.right) / 2) * scale;
    points[i].y = RASTER_SIDE / 2.f + (points[i].y - (box.top + box.bottom) / 2) * scale;
  }
}

/* Distance from (x, y) to the ink of one segment, negative inside; the width changes linearly along
 * it. */
static inline float ink_distance(const InkPoint *a, const InkPoint *b, float x, float y) {
  float dx = b->x - a->x, dy = b->y - a->y, square = dx * dx + dy * dy;
  float t = square > 0 ? ((x - a->x) * dx + (y - a->y) * dy) / square : 0;
  float px, py;

  t = CLAMP(t, 0, 1);
  px = a->x + t * dx - x, py = a->y + t * dy - y;
  return sqrtf(px * px + py * py) - (a->radius + t * (b->radius - a->radius));
}

static void draw_segment(const InkPoint *a, const InkPoint *b, float softness, float *distance) {
  float reach = MAX(a->radius, b->radius) + softness / 2;
  int left = MAX(0, (int)floorf(MIN(a->x, b->x) - reach - .5f));
  int right = MIN(RASTER_SIDE - 1, (int)ceilf(MAX(a->x, b->x) + reach - .5f));
  int top = MAX(0, (int)floorf(MIN(a->y, b->y) - reach - .5f));
  int bottom = MIN(RASTER_SIDE - 1, (int)ceilf(MAX(a->y, b->y) + reach - .5f));

  for (int y = top; y <= bottom; y++)
    for (int x = left; x <= right; x++) {
      float d = ink_distance(a, b, (float)x + .5f, (float)y + .5f);
      distance[y * RASTER_SIDE + x] = MIN(distance[y * RASTER_SIDE + x], d);
    }
}

/* Whole pixels from the centre of mass of the ink to the middle of the image. */
static void centre_shift(const guint8 *ink, int *dx, int *dy) {
  double mass = 1e-9, mx = 0, my = 0;

  for (int i = 0; i < PIXELS; i++) {
    mass += ink[i];
    mx += ink[i] * (i % RASTER_SIDE + .5);
    my += ink[i] * (i / RASTER_SIDE + .5);
  }
  *dx = (int)lround(RASTER_SIDE / 2. - mx / mass);
  *dy = (int)lround(RASTER_SIDE / 2. - my / mass);
}

static void shift(const guint8 *from, int dx, int dy, guint8 *to) {
  memset(to, 0, PIXELS);
  for (int y = MAX(0, dy); y < MIN(RASTER_SIDE, RASTER_SIDE + dy); y++)
    for (int x = MAX(0, dx); x < MIN(RASTER_SIDE, RASTER_SIDE + dx); x++)
      to[y * RASTER_SIDE + x] = from[(y - dy) * RASTER_SIDE + x - dx];
}

void raster_ink(const InkPoint *points, int n, float softness, guint8 *pixels) {
  float distance[PIXELS];

  for (int i = 0; i < PIXELS; i++)
    distance[i] = FAR;
  for (int i = 1; i < n; i++)
    if (!points[i].lift)
      draw_segment(&points[i - 1], &points[i], softness, distance);
  for (int i = 0; i < PIXELS; i++)
    pixels[i] = (guint8)(255 * CLAMP(.5f - distance[i] / softness, 0, 1) + .5f);
}

void raster_draw(const InkPoint *points, int n, float softness, guint8 *pixels) {
  guint8 ink[PIXELS];
  int dx, dy;

  raster_ink(points, n, softness, ink);
  centre_shift(ink, &dx, &dy);
  shift(ink, dx, dy, pixels);
}
