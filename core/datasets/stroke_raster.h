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

/* Moves and scales the points (not the radii) so that the ink fits the box. */
void raster_fit(InkPoint *points, int n);

/* Draws the lines and shifts them by whole pixels so that their centre of mass is in the middle.
 * `softness` is the width in pixels over which the edge fades; 1 is exact for straight edges.
 * Writes RASTER_SIDE² bytes, ink bright. */
void raster_draw(const InkPoint *points, int n, float softness, guint8 *pixels);
