/* Pen lines to pixels: antialiased, sized and centred as MNIST's digits are. */
#pragma once

#include <glib.h>

#define RASTER_SIDE 28 /* the image */
#define RASTER_BOX 20  /* what the ink fills, along its longer side */

/* A point of a line of ink and half its width there, in pixels. */
typedef struct {
  float x, y, radius;
  gboolean lift; /* no ink between the point before and this one */
} InkPoint;

/* Moves and scales the points (not the radii) so that the ink fits the box; enlarged at most
 * `largest_scale` times (G_MAXFLOAT: whatever it takes). */
void raster_fit(InkPoint *points, int n, float largest_scale);

/* Draws the lines where they are. `softness` is the width in pixels over which the edge fades; 1 is
 * exact for straight edges. Writes RASTER_SIDE² bytes, ink bright. */
void raster_ink(const InkPoint *points, int n, float softness, guint8 *pixels);
/* The same, shifted by whole pixels so that their centre of mass is in the middle. */
void raster_draw(const InkPoint *points, int n, float softness, guint8 *pixels);
